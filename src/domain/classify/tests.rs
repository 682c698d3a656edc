use super::*;
use crate::domain::policy::fixture;

fn rules() -> WordRules {
    WordRules::new(&fixture::doc().topics)
}

fn topics(text: &str) -> Vec<String> {
    rules().propose(text).into_iter().map(|proposal| proposal.topic).collect()
}

#[test]
fn keywords_are_found_in_any_form() {
    for (text, topic) in [
        ("Двор завалило снегом, сугробы по пояс", "snow"),
        ("Второй день НЕ ЧИСТЯТ нашу дорогу", "snow"),
        ("На дороге яма, асфальт провалился", "holes"),
        ("Батареи еле тёплые", "cold"),
        ("В квартире очень холодно", "cold"),
        ("С утра нет воды", "hot-water"),
        ("Воды горячей третий день нет", "hot-water"),
    ] {
        assert_eq!(topics(text).first().map(String::as_str), Some(topic), "{text}");
    }
}

#[test]
fn chance_likenesses_are_no_hits() {
    // «ям» of «яма» begins «ямщик»; «вод» begins «водитель»; the words of a phrase far apart are no phrase.
    for text in
        ["Ямщик, не гони лошадей", "Нет водителя", "нет ни света, ни газа, ни тепла, ни даже воды", "", "!!! 12"]
    {
        assert_eq!(topics(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_proposal_names_its_words_and_scores_grow_with_them() {
    let rules = rules();
    let one = rules.propose("Снег во дворе");
    let two = rules.propose("Сугробы! Снег и снова снег.");
    assert_eq!(one[0].words, ["снег"]);
    assert_eq!(two[0].words, ["сугробы", "снег"]);
    assert!(0.0 < one[0].score && one[0].score < two[0].score && two[0].score < 1.0);
}

#[test]
fn rarer_and_longer_keywords_weigh_more() {
    let mut list = fixture::doc().topics;
    list[1].keywords = vec!["дорога".into()];
    list[0].keywords = vec!["дорога".into(), "грейдер".into()];
    let rules = WordRules::new(&list);
    let proposals = rules.propose("на дорогу нужен грейдер");
    assert_eq!(proposals.iter().map(|proposal| proposal.topic.as_str()).collect::<Vec<_>>(), ["snow", "holes"]);
}

#[test]
fn ties_are_broken_by_id_and_three_are_the_most() {
    let mut list = fixture::doc().topics;
    for topic in &mut list {
        topic.keywords = vec!["беда".into()];
    }
    let found: Vec<_> =
        WordRules::new(&list).propose("Беда у нас").into_iter().map(|proposal| proposal.topic).collect();
    assert_eq!(found, ["cold", "holes", "hot-water"]);
}

#[test]
fn thanks_are_told_only_when_plain() {
    for text in [
        "Спасибо за расчищенную дорогу, всё сделали быстро!",
        "Благодарим коммунальщиков, двор чистый",
        "Большое спасибо дворнику дома 5 по улице Мира",
    ] {
        assert_eq!(kind_hint(text), Some(KindHint::Gratitude), "{text}");
    }
    for text in [
        "Спасибо за ваши ямы, когда почините?",
        "Спасибо, но снег так и не убрали",
        "Заранее спасибо, сделайте остановку",
        "Прошу убрать снег. Спасибо",
        "Спасибо за «ремонт»",
        "Спасибо вам за чистый двор 🤡",
        "Уберите снег",
        "",
    ] {
        assert_eq!(kind_hint(text), None, "{text}");
    }
}
