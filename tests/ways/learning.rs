//! What staff decide is learned: at once by every replica, in the background as models that are compared, and taken back if need be.

use std::sync::Arc;
use std::time::Duration;

use otklik::app::App;
use otklik::domain::{Actor, Id, Role};
use otklik::import::{Options, import};
use otklik::jobs::Worker;
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::server::{City, Source, message, organisation};
use crate::harness::until;

both_engines! {
    a_correction_counts_at_once_on_every_replica,
    worse_figures_are_rejected_and_activation_goes_back,
    what_is_sure_is_decided_alone_if_the_city_says_so,
    a_new_topic_is_proposed_by_its_name,
    kinds_and_urgencies_are_learned_too,
    a_training_begins_by_itself_when_enough_was_decided,
    an_imported_table_teaches_and_is_looked_at,
    what_cannot_be_is_refused,
}

const MODELS: &str = "/api/v1/models";

/// Places, so that no two texts are the same.
const PLACES: [&str; 8] =
    ["у школы", "возле рынка", "за вокзалом", "около порта", "напротив аптеки", "у маяка", "под мостом", "в переулке"];

/// What residents of the tiny city say of a matter, the `n`th way.
fn about(topic: &str, n: usize) -> String {
    let (what, how) = match topic {
        "hole-in-road" => (
            ["провалился асфальт", "глубокая выбоина", "разбитое покрытие", "колдобины на проезжей части"],
            ["машины объезжают по встречке", "пробил колесо", "ремонт просим", "подвеску оставишь"],
        ),
        "dark-street" => (
            ["фонарь погас", "освещение не включают", "лампы перегорели", "столбы стоят тёмные"],
            ["вечером идём наощупь", "дети боятся ходить", "включите свет", "темень сплошная"],
        ),
        _ => (
            ["кран сухой", "водоснабжение пропало", "насосная молчит", "давления в трубах никакого"],
            ["сидим без стирки", "носим вёдрами", "верните водопровод", "душ забыли когда принимали"],
        ),
    };
    format!("{} {}, {}", what[n % 4], PLACES[(n / 4) % 8], how[(n / 2 + n / 8) % 4])
}

/// Pushes texts in one batch; their incidents.
fn told(city: &City, source: &Source, name: &str, texts: &[String]) -> Vec<Id> {
    let messages: Vec<Value> =
        texts.iter().enumerate().map(|(n, text)| message(&format!("{name}-{n}"), text)).collect();
    let taken = city.push(source, &messages).expect(200).json();
    let results = taken["results"].as_array().expect("results").iter();
    results.map(|one| one["incident"].as_str().expect("an incident").parse().expect("an id")).collect()
}

/// A moderator says of all these what they are about.
fn decided(moderator: &Client<'_>, incidents: &[Id], topic: &str) {
    let items: Vec<Value> = incidents.iter().map(|id| json!({ "id": id })).collect();
    let bulk = json!({ "action": "correct", "items": items, "topic": topic });
    let done = moderator.post("/api/v1/incidents/bulk", &bulk).expect(207).json();
    assert!(done["results"].as_array().expect("results").iter().all(|one| one["status"] == 200), "{done}");
}

/// A city in which `each` texts of three topics were decided.
fn taught(city: &City, source: &Source, each: usize) {
    let moderator = city.sign_in(Role::Moderator);
    for topic in ["hole-in-road", "dark-street", "no-water"] {
        let texts: Vec<String> = (0..each).map(|n| about(topic, n)).collect();
        decided(&moderator, &told(city, source, topic, &texts), topic);
    }
}

/// Orders a training and has it done; what came of it.
fn trained(city: &City) -> Value {
    let administrator = city.sign_in(Role::Administrator);
    let ordered = administrator.post(MODELS, &Value::Null).expect(202).json();
    assert_eq!(ordered["state"], "waiting");
    city.run_jobs();
    let id = ordered["id"].as_str().expect("an id");
    let done = administrator.get(&format!("/api/v1/trainings/{id}")).expect(200).json();
    assert_eq!(done["state"], "done", "{done}");
    done
}

fn proposed(who: &Client<'_>, incident: Id) -> Value {
    who.get(&format!("/api/v1/incidents/{incident}/proposals")).expect(200).json()
}

fn first(proposals: &Value) -> &str {
    proposals["topics"][0]["topic"].as_str().unwrap_or_else(|| panic!("nothing is proposed: {proposals}"))
}

fn replica(city: &City) -> App {
    let now = city.now();
    App::start(city.app().config().clone(), Arc::new(move || now)).expect("another replica starts")
}

fn topic_by(app: &App, text: &str) -> Option<String> {
    app.classifier().propose(text).into_iter().next().map(|proposal| proposal.topic)
}

fn a_correction_counts_at_once_on_every_replica(city: City) {
    let (source, moderator) = (city.source(), city.sign_in(Role::Moderator));
    taught(&city, &source, 16);
    trained(&city);
    // Another replica, with a worker of its own, which looks for news every few seconds.
    let second = replica(&city);
    let work = second.clone();
    let worker = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(Worker::new(work).run());
    });

    let text = "глубокая выбоина возле рынка залита водой из колодца, качели скрипят";
    let incident = told(&city, &source, "odd", &[text.to_owned()])[0];
    let before = proposed(&moderator, incident);
    assert_eq!(first(&before), "hole-in-road", "{before}");
    assert_eq!(before["model"], 1);
    let likely = before["topics"][0]["probability"].as_f64().expect("a probability");
    assert!(likely > 0.0 && likely <= 1.0);
    assert!(before["topics"].as_array().is_some_and(|topics| topics.len() <= 3));
    assert!(!before["topics"][0]["words"].as_array().expect("words").is_empty(), "{before}");
    assert_eq!(before["groups"][0]["topic"], "streets", "{before}");

    moderator.patch(&format!("/api/v1/incidents/{incident}"), &json!({ "topic": "no-water" })).expect(200);
    let same = told(&city, &source, "same", &[text.to_owned()])[0];
    assert_eq!(first(&proposed(&moderator, same)), "no-water");
    let like = format!("{text}, третий день");
    let similar = told(&city, &source, "similar", std::slice::from_ref(&like))[0];
    let seen = moderator.get(&format!("/api/v1/incidents/{similar}")).expect(200).json();
    assert_eq!((&seen["topic"], &seen["topic_origin"]), (&json!("no-water"), &json!("classifier")));
    until("the other replica knows it too", || topic_by(&second, &like).as_deref() == Some("no-water"));
    second.stop();
    worker.join().expect("the worker ends well");
    // And so does one that starts only now.
    assert_eq!(topic_by(&replica(&city), text).as_deref(), Some("no-water"));
}

fn worse_figures_are_rejected_and_activation_goes_back(city: City) {
    let (source, moderator) = (city.source(), city.sign_in(Role::Moderator));
    let administrator = city.sign_in(Role::Administrator);
    taught(&city, &source, 16);
    assert_eq!(trained(&city)["versions"], json!([1]));
    let model = administrator.get(&format!("{MODELS}/1")).expect(200).json();
    assert_eq!((&model["head"], &model["state"], &model["examples"]), (&json!("topic"), &json!("active"), &json!(48)));
    assert!(model["held_back"]["accuracy"].as_f64().is_some_and(|share| share > 0.8), "{model}");
    assert!(!model["held_back"]["curve"].as_array().expect("a curve").is_empty());

    // Decisions in which there is nothing to learn: the figures fall.
    let texts: Vec<String> = (0..30).map(|n| format!("обращение номер {n} от гражданина {}", PLACES[n % 8])).collect();
    let odd = told(&city, &source, "odd", &texts);
    for (n, topic) in ["hole-in-road", "dark-street", "no-water"].iter().enumerate() {
        let own: Vec<Id> =
            odd.iter().copied().enumerate().filter(|(at, _)| at * 7 % 3 == n).map(|(_, id)| id).collect();
        decided(&moderator, &own, topic);
    }
    let done = trained(&city);
    assert_eq!(done["versions"], json!([2]));
    let rejected = administrator.get(&format!("{MODELS}/2")).expect(200).json();
    assert_eq!(rejected["state"], "rejected", "{rejected}");
    assert!(rejected["reason"].as_str().is_some_and(|why| why.contains("worse held-back figures")), "{rejected}");
    assert_eq!(administrator.get(&format!("{MODELS}/1")).expect(200).json()["state"], "active");

    // An administrator knows better, and then again does not.
    for (version, state_of_other) in [(2, "retired"), (1, "retired")] {
        let path = format!("{MODELS}/{version}/activation");
        let put = administrator.ask("POST", &path).once(&format!("k-{version}")).send().expect(200).json();
        assert_eq!((&put["state"], &put["version"]), (&json!("active"), &json!(version)));
        let other = administrator.get(&format!("{MODELS}/{}", 3 - version)).expect(200).json();
        assert_eq!(other["state"], state_of_other);
        assert_eq!(proposed(&moderator, odd[0])["model"], version);
    }
    let page = administrator.get(&format!("{MODELS}?limit=1")).expect(200).json();
    assert_eq!(page["items"][0]["version"], 2);
    let next = page["next"].as_str().expect("there is one more");
    let page = administrator.get(&format!("{MODELS}?limit=1&cursor={next}")).expect(200).json();
    assert_eq!((&page["items"][0]["version"], page.get("next")), (&json!(1), None));
    // After a restart all is as it was.
    assert_eq!(replica(&city).classifier().model(), Some(1));
}

fn wants(city: &City, precision: Value) {
    city.amend(|document| document["city"]["automatic_precision"] = precision).expect(201);
}

fn what_is_sure_is_decided_alone_if_the_city_says_so(city: City) {
    let (source, moderator) = (city.source(), city.sign_in(Role::Moderator));
    taught(&city, &source, 32);
    trained(&city);
    let of = |id: Id| moderator.get(&format!("/api/v1/incidents/{id}")).expect(200).json();
    let sure = |name: &str| {
        told(&city, &source, name, &["фонарь погас у школы, включите свет, темень сплошная".to_owned()])[0]
    };
    let before = of(sure("before"));
    assert_eq!((&before["topic_origin"], &before["step"]), (&json!("classifier"), &json!("distribution")));

    wants(&city, json!(0.9));
    let id = sure("after");
    let threshold = proposed(&moderator, id)["threshold"].as_f64().expect("a threshold");
    let seen = of(id);
    assert_eq!((&seen["topic_origin"], &seen["topic"]), (&json!("automatic"), &json!("dark-street")), "{seen}");
    assert_eq!((&seen["step"], &seen["organisation"]), (&json!("assigned"), &json!(organisation::CITY)));
    let events = moderator.get(&format!("/api/v1/incidents/{id}/events")).expect(200).json();
    let decision = &events["items"][0]["data"]["decision"];
    assert_eq!(decision["model"], 1, "{events}");
    assert!(decision["probability"].as_f64().is_some_and(|share| share >= threshold), "{decision}");
    assert!(!decision["words"].as_array().expect("words").is_empty());
    assert_eq!(events["items"][1]["kind"], "assigned");

    // Half about one matter, half about another: a moderator is asked.
    let torn = told(&city, &source, "torn", &["фонарь погас возле рынка, провалился асфальт".to_owned()])[0];
    let likely = proposed(&moderator, torn)["topics"][0]["probability"].as_f64().expect("a probability");
    assert!(likely < threshold, "{likely} is above {threshold}");
    let torn = of(torn);
    assert_eq!((&torn["topic_origin"], &torn["step"]), (&json!("classifier"), &json!("distribution")));
    let listed = moderator.get("/api/v1/incidents?topic_origin=automatic&total=true").expect(200).json();
    assert_eq!(listed["total"], 1);

    wants(&city, Value::Null);
    assert_eq!(of(sure("never"))["topic_origin"], "classifier");
}

fn a_new_topic_is_proposed_by_its_name(city: City) {
    let (source, moderator) = (city.source(), city.sign_in(Role::Moderator));
    taught(&city, &source, 16);
    trained(&city);
    let text = "Бродячие собаки стаей встречают детей".to_owned();
    let topic = json!({
        "id": "stray-dogs", "group": "streets", "title": "Бродячие собаки", "severity": 3, "keywords": ["собак", "бродяч"],
    });
    city.amend(|document| document["topics"].as_array_mut().expect("topics").push(topic)).expect(201);
    let incident = told(&city, &source, "dogs", std::slice::from_ref(&text))[0];
    let proposals = proposed(&moderator, incident);
    assert_eq!(first(&proposals), "stray-dogs", "{proposals}");
    assert_eq!(proposals["topics"][0]["title"], "Бродячие собаки");
    // Also by one that starts with the model as it was stored.
    assert_eq!(topic_by(&replica(&city), &text).as_deref(), Some("stray-dogs"));
    // The other topics make it worth another training, but not within the hour.
    city.run_jobs();
    let newest = || moderator.get(&format!("{MODELS}?limit=1")).expect(200).json()["items"][0]["version"].clone();
    assert_eq!(newest(), 1);
    city.advance(Duration::from_secs(3601));
    city.run_jobs();
    assert_eq!(newest(), 2);
}

fn kinds_and_urgencies_are_learned_too(city: City) {
    let (source, moderator) = (city.source(), city.sign_in(Role::Moderator));
    let complaint = |n: usize| about(["hole-in-road", "no-water"][n % 2], n / 2);
    let complaints = told(&city, &source, "complaint", &(0..40).map(complaint).collect::<Vec<_>>());
    for (n, id) in complaints.iter().enumerate() {
        let (topic, severity) = [("hole-in-road", 2), ("no-water", 5)][n % 2];
        let change = json!({ "topic": topic, "kind": "solvable", "severity": severity });
        moderator.patch(&format!("/api/v1/incidents/{id}"), &change).expect(200);
    }
    let before = proposed(&moderator, complaints[0]);
    assert_eq!((&before["kind"], &before["urgency"]), (&Value::Null, &Value::Null));
    let advert = |n: usize| {
        let goods = ["натяжные потолки", "кредит без справок", "пластиковые окна", "доставка суши"][n % 4];
        format!("{goods} недорого, скидка {} процентов, звоните и заказывайте сегодня", n + 5)
    };
    let adverts = told(&city, &source, "advert", &(0..30).map(advert).collect::<Vec<_>>());
    for id in adverts {
        let reason = json!({ "reason": "advertisement" });
        moderator.post(&format!("/api/v1/incidents/{id}/dismissals"), &reason).expect(200);
    }
    let done = trained(&city);
    let remarks = done["remarks"].as_array().expect("remarks");
    assert!(remarks.iter().any(|one| one.as_str().is_some_and(|one| one.starts_with("urgency:"))), "{done}");
    let asked = told(&city, &source, "asked", &["пластиковые окна недорого, заказывайте сегодня".to_owned()])[0];
    let proposals = proposed(&moderator, asked);
    assert_eq!(proposals["kind"]["kind"], "spam", "{proposals}");
    let seen = moderator.get(&format!("/api/v1/incidents/{asked}")).expect(200).json();
    assert_eq!(seen["kind"], "solvable", "it is proposed, not decided");

    let more = told(&city, &source, "more", &(40..64).map(complaint).collect::<Vec<_>>());
    for (n, id) in more.iter().enumerate() {
        let severity = [2, 5][n % 2];
        let change = json!({ "severity": severity });
        moderator.patch(&format!("/api/v1/incidents/{id}"), &change).expect(200);
    }
    trained(&city);
    let dry = told(&city, &source, "dry", &["кран сухой, водоснабжение пропало, носим вёдрами".to_owned()])[0];
    assert_eq!(proposed(&moderator, dry)["urgency"]["severity"], 5);
}

fn a_training_begins_by_itself_when_enough_was_decided(city: City) {
    let source = city.source();
    taught(&city, &source, 16);
    city.run_jobs();
    let reader = city.sign_in(Role::Executor);
    let models = || reader.get(MODELS).expect(200).json()["items"].as_array().expect("items").len();
    assert_eq!(models(), 0, "48 decisions are not yet enough");
    // The same texts once more, from elsewhere.
    taught(&city, &city.source(), 16);
    city.run_jobs();
    assert_eq!(models(), 1);
    assert_eq!(reader.get(&format!("{MODELS}/1")).expect(200).json()["trained_by"], "system");
    city.run_jobs();
    assert_eq!(models(), 1);
}

fn an_imported_table_teaches_and_is_looked_at(city: City) {
    let (source, moderator) = (city.source(), city.sign_in(Role::Moderator));
    let topics = [("hole-in-road", "Ямы на дороге"), ("dark-street", "Не горят фонари"), ("no-water", "Нет воды")];
    let mut table =
        "Номер инцидента;Дата создания;Дата окончания;Текущий шаг инцидента;Тема;Улица;Дом;Текст инцидента\n"
            .to_owned();
    for (number, (n, (topic, title))) in (0..20).flat_map(|n| topics.map(|topic| (n, topic))).enumerate() {
        let text = about(topic, n);
        table += &format!("{number};05.11.2025 10:00;07.11.2025 10:00;Готово;{title};;;{text}\n");
    }
    let cold = "Третий день нет отопления, батареи ледяные";
    table += &format!("900;10.11.2025 09:00;;Распределение;;Парусная;5;{cold}\n");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    std::fs::write(&path, table).expect("a file");
    let report = import(city.app().store(), &city.app().desk(Actor::System), &path, Options::default());
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((report.taken, report.refused.len()), (61, 0), "{:?}", report.refused);

    assert_eq!(trained(&city)["versions"], json!([1]));
    for (topic, _) in topics {
        let new = told(&city, &source, &format!("new-{topic}"), &[about(topic, 33)])[0];
        assert_eq!(first(&proposed(&moderator, new)), topic);
    }
    let mut neighbour = message("neighbour", "Батареи ледяные, отопления нет третий день");
    neighbour["place"] = json!({ "street": "Парусная", "house": "5" });
    let neighbour = city.complaint(&source, neighbour);
    city.run_jobs();
    let alike = moderator.get(&format!("/api/v1/incidents/{neighbour}/likenesses")).expect(200).json();
    assert_eq!(alike["items"][0]["text"], cold, "{alike}");
}

fn what_cannot_be_is_refused(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    for bad in [json!(0.49), json!(1.0), json!(95)] {
        let set = |document: &mut Value| document["city"]["automatic_precision"] = bad;
        let problem = city.amend(set).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/document/city/automatic_precision");
    }
    administrator.get(&format!("{MODELS}/1")).problem(404, "not_found");
    administrator.get(&format!("{MODELS}/x")).problem(404, "not_found");
    administrator.post(&format!("{MODELS}/7/activation"), &Value::Null).problem(404, "not_found");
    administrator.get("/api/v1/trainings/019a0000-0000-7000-8000-000000000000").problem(404, "not_found");
    city.sign_in(Role::Moderator).post(MODELS, &Value::Null).problem(403, "forbidden");
    city.sign_in_at(Role::Administrator, organisation::CITY).post(MODELS, &Value::Null).problem(403, "forbidden");

    // Two who order at once wait for the same training; too few decisions make nothing, and it is said why.
    let one = administrator.ask("POST", MODELS).once("k").send().expect(202).json();
    let other = administrator.post(MODELS, &Value::Null).expect(202).json();
    assert_eq!(one["id"], other["id"]);
    city.run_jobs();
    let path = format!("/api/v1/trainings/{}", one["id"].as_str().expect("an id"));
    let done = administrator.get(&path).expect(200).json();
    assert_eq!((&done["state"], &done["versions"]), (&json!("done"), &json!([])));
    assert_eq!(done["remarks"].as_array().map(Vec::len), Some(3), "{done}");
}
