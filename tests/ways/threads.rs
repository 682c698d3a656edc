//! The thread: an incident's talk as the resident saw it.

use diesel::prelude::*;
use otklik::demo::networks::Net;
use otklik::desk::{self, threads};
use otklik::domain::message::{Attachment, Author, Remark};
use otklik::domain::{Form, Id, Role};
use otklik::store::schema::jobs;
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::crew::{Crew, Path};
use crate::harness::networks::Town;
use crate::harness::server::{City, Source, organisation};

both_engines! {
    the_talk_is_shown_as_the_resident_saw_it,
    what_was_changed_and_taken_away_is_marked,
    answers_stand_in_the_talk_once,
    a_private_talk_is_the_authors_and_the_pages,
    a_long_talk_is_cut_around_the_incident,
    what_a_new_comment_stands_under_is_asked_for_once,
    without_the_right_persons_are_not_shown,
}

/// A resident's comment under the post.
fn comment(id: &str, author: &str, parent: Option<&str>, text: &str, at: &str) -> Value {
    json!({
        "external_id": id, "form": "comment", "post": "post", "parent": parent, "account": "lukomorsk",
        "author": { "id": author, "name": format!("Имя {author}") }, "text": text, "published_at": format!("2025-11-10T{at}Z"),
    })
}

/// What the page says under the post.
fn remark(id: &str, parent: Option<&str>, text: &str, at: &str) -> Remark {
    Remark {
        external_id: id.to_owned(),
        account: "lukomorsk".to_owned(),
        form: if id == "post" { Form::Post } else { Form::Comment },
        post: "post".to_owned(),
        parent: parent.map(str::to_owned),
        to: None,
        author: None,
        own: true,
        text: text.to_owned(),
        attachments: Vec::new(),
        url: Some(format!("https://vk.example/{id}")),
        published_at: format!("2025-11-10T{at}Z").parse().expect("an instant"),
    }
}

fn hear(city: &City, source: &Source, told: Vec<Remark>) {
    let (id, now): (Id, _) = (source.id.parse().expect("an id"), city.now());
    let done: Result<(), desk::Error> = city.app().store().write_now(move |conn| threads::heard(conn, id, &told, now));
    done.expect("the remarks are stored");
}

fn thread(client: &Client<'_>, incident: Id) -> Value {
    client.get(&Path(incident).to("thread")).expect(200).json()
}

fn items(thread: &Value) -> Vec<Value> {
    thread["items"].as_array().expect("items").clone()
}

fn texts(thread: &Value, member: &str) -> Vec<String> {
    items(thread).iter().map(|item| item[member].as_str().unwrap_or("-").to_owned()).collect()
}

fn incident_of(taken: &Value, nth: usize) -> Id {
    taken["results"][nth]["incident"].as_str().expect("an incident").parse().expect("an id")
}

fn the_talk_is_shown_as_the_resident_saw_it(city: City) {
    let source = city.source();
    let mut photo = comment("c2", "anna", Some("c1"), "И у нас яма", "06:20:00");
    photo["attachments"] = json!([{ "kind": "photo", "url": "https://example.org/1.jpg", "name": "1.jpg" },
        { "kind": "document", "url": "telegram:file/AgAC" }]);
    let told = [
        comment("c1", "ivan", None, "Яма на Портовой", "06:10:00"),
        photo,
        comment("c3", "olga", Some("c2"), "Согласна", "06:30:00"),
        comment("c4", "anna", Some("c3"), "Когда починят?", "06:40:00"),
        // Under another post, and in another source.
        {
            let mut other = comment("d1", "ivan", None, "Нет воды", "06:15:00");
            other["post"] = json!("other");
            other
        },
    ];
    let taken = city.push(&source, &told).expect(200).json();
    let mut elsewhere = comment("e1", "ivan", None, "Темно", "06:15:00");
    elsewhere["account"] = json!("another page");
    city.push(&city.source(), &[elsewhere]).expect(200);
    let mut stranger = remark("r0", None, "Мы тоже ждём", "06:12:00");
    (stranger.own, stranger.author) = (false, Some(Author { id: "petr".into(), name: Some("Пётр".into()), url: None }));
    let mut post = remark("post", None, "Как дороги?", "06:00:00");
    post.attachments = vec![Attachment { kind: "photo".into(), url: "https://example.org/p.jpg".into(), name: None }];
    hear(&city, &source, vec![remark("r1", Some("c2"), "Передали", "06:25:00"), stranger, post]);

    let (id, moderator) = (incident_of(&taken, 1), city.sign_in(Role::Moderator));
    let seen = thread(&moderator, id);
    assert_eq!(seen["more"], false);
    assert_eq!(texts(&seen, "id"), ["post", "c1", "r0", "c2", "r1", "c3", "c4"]);
    assert_eq!(texts(&seen, "parent"), ["-", "post", "post", "c1", "c2", "c2", "c3"]);
    assert_eq!(texts(&seen, "who"), ["page", "resident", "resident", "author", "page", "resident", "author"]);
    let names = ["Источник", "Имя ivan", "Пётр", "Имя anna", "Источник", "Имя olga", "Имя anna"];
    assert_eq!(texts(&seen, "author"), names);
    assert_eq!(texts(&seen, "text")[3..5], ["И у нас яма", "Передали"]);
    let of_incident: Vec<_> = items(&seen).iter().map(|item| item["of_incident"] == true).collect();
    assert_eq!(of_incident, [false, false, false, true, false, false, true]);
    let all = items(&seen);
    assert_eq!(all[0]["attachments"][0]["url"], "https://example.org/p.jpg");
    assert_eq!(
        all[3]["attachments"][0],
        json!({ "kind": "photo", "name": "1.jpg", "url": "https://example.org/1.jpg", "content": null })
    );
    assert_eq!(all[3]["attachments"][1]["url"], Value::Null);
    assert_eq!((&all[4]["url"], &all[4]["message"]), (&json!("https://vk.example/r1"), &Value::Null));
    // The others see the same talk, with their own words as theirs.
    assert_eq!(texts(&thread(&moderator, incident_of(&taken, 0)), "who")[1..4], ["author", "resident", "resident"]);
    assert_eq!(texts(&thread(&moderator, incident_of(&taken, 4)), "id"), ["d1"]);
    city.leave_jobs();
}

fn what_was_changed_and_taken_away_is_marked(city: City) {
    let source = city.source();
    let taken = city.push(&source, &[comment("c1", "ivan", None, "Яма", "06:10:00")]).expect(200).json();
    let mut edited = comment("c1", "ivan", None, "Большая яма", "06:15:00");
    edited["change"] = json!("edited");
    city.push(&source, &[edited]).expect(200);
    city.push(&source, &[comment("c2", "olga", None, "Да", "06:20:00")]).expect(200);
    let mut deleted = comment("c2", "olga", None, "", "06:21:00");
    deleted["change"] = json!("deleted");
    // What is known by its deletion alone says nothing.
    let mut unknown = deleted.clone();
    unknown["external_id"] = json!("c9");
    city.push(&source, &[deleted, unknown]).expect(200);
    hear(&city, &source, vec![remark("post", None, "Дороги", "06:00:00"), remark("r1", None, "Первое", "06:30:00")]);
    // A later text stands, whatever comes after it; where it stands in the talk does not change.
    hear(&city, &source, vec![remark("r1", None, "Третье", "06:50:00"), remark("r1", None, "Второе", "06:40:00")]);
    let seen = thread(&city.sign_in(Role::Moderator), incident_of(&taken, 0));
    assert_eq!(texts(&seen, "text"), ["Дороги", "Большая яма", "Да", "Третье"]);
    let marks = |member: &str| items(&seen).iter().map(|item| item[member] == true).collect::<Vec<_>>();
    assert_eq!((marks("edited"), marks("deleted")), (vec![false, true, false, true], vec![false, false, true, false]));
    assert_eq!(items(&seen)[3]["published_at"], "2025-11-10T06:30:00Z");

    let (id, now): (Id, _) = (source.id.parse().expect("an id"), city.now());
    let gone: Result<_, desk::Error> = city.app().store().write_now(move |conn| {
        Ok((
            threads::gone(conn, id, "r1", now)?,
            threads::gone(conn, id, "r1", now)?,
            threads::gone(conn, id, "c1", now)?,
        ))
    });
    assert_eq!(gone.expect("it is marked"), (true, false, false));
    let seen = thread(&city.sign_in(Role::Moderator), incident_of(&taken, 0));
    assert_eq!(items(&seen)[3]["deleted"], true);
}

fn answers_stand_in_the_talk_once(city: City) {
    let crew = Crew::of(&city);
    let path = crew.assigned("post");
    crew.executor.ask("POST", &path.to("work")).send().expect(200);
    crew.answered(&path, 1, "final");
    let seen = thread(&crew.moderator, path.0);
    assert_eq!(texts(&seen, "who"), ["author", "page"]);
    let answer = items(&seen)[1].clone();
    assert_eq!((&answer["parent"], &answer["text"]), (&json!("post"), &json!("Яму засыпали 10 ноября")));
    assert_eq!(answer["url"], "https://vk.example/wall-1_1");
    let works = city.app().policy().organisation(organisation::WORKS).map(|o| o.title.clone());
    let council = city.app().policy().organisation(organisation::CITY).map(|o| o.title.clone());
    let author = answer["author"].as_str().map(str::to_owned);
    assert!(author.is_some() && (author == works || author == council), "{answer}");
    // The network shows it: by its address, or by its words.
    for (id, url, text) in
        [("a1", Some("https://vk.example/wall-1_1"), "Яму засыпали"), ("a2", None, " Яму засыпали 10 ноября\n")]
    {
        let mut shown = remark(id, Some("post"), text, "07:00:00");
        shown.url = url.map(str::to_owned);
        hear(&city, &crew.source, vec![shown]);
        let seen = thread(&crew.moderator, path.0);
        assert!(!texts(&seen, "id").contains(&answer["id"].as_str().unwrap().to_owned()), "{seen}");
    }
    city.run_jobs();
}

fn a_private_talk_is_the_authors_and_the_pages(city: City) {
    let source = city.source();
    let private = |id: &str, author: &str, text: &str, at: &str| {
        let mut told = comment(id, author, None, text, at);
        (told["form"], told["post"]) = (json!("private"), json!(format!("chat of {author}")));
        told
    };
    let told = [
        private("m1", "ivan", "Яма, никому не говорите", "06:10:00"),
        private("m2", "olga", "Тайна", "06:11:00"),
        private("m3", "ivan", "И ещё", "06:20:00"),
        comment("c1", "ivan", None, "При всех", "06:12:00"),
    ];
    let taken = city.push(&source, &told).expect(200).json();
    let reply = |id: &str, to: &str, at: &str| {
        let mut told = remark(id, None, "Ответ", at);
        (told.form, told.post, told.to) = (Form::Private, format!("chat of {to}"), Some(to.to_owned()));
        told
    };
    hear(&city, &source, vec![reply("p1", "ivan", "06:15:00"), reply("p2", "olga", "06:16:00")]);
    let seen = thread(&city.sign_in(Role::Moderator), incident_of(&taken, 0));
    assert_eq!(texts(&seen, "id"), ["m1", "p1", "m3"]);
    assert_eq!(texts(&seen, "parent"), ["-", "-", "-"]);
    let public = thread(&city.sign_in(Role::Moderator), incident_of(&taken, 3));
    assert_eq!(texts(&public, "id"), ["c1"]);
}

fn a_long_talk_is_cut_around_the_incident(city: City) {
    let source = city.source();
    let at = |n: usize| format!("06:{:02}:{:02}", n / 60, n % 60);
    let crowd = |from: usize, to: usize| -> Vec<Value> {
        (from..to).map(|n| comment(&format!("c{n}"), &format!("a{n}"), None, "Нет воды", &at(n))).collect()
    };
    let mut early = crowd(0, 700);
    early[0] = comment("top", "anna", None, "Начало", &at(0));
    city.push(&source, &early).expect(200);
    let mut late = crowd(1000, 1700);
    late[0] = comment("mine", "ivan", Some("top"), "Яма", &at(1000));
    late[699] = comment("reply", "anna", Some("mine"), "Да", &at(1699));
    let taken = city.push(&source, &late).expect(200).json();
    hear(&city, &source, vec![remark("post", None, "Пост", "05:00:00")]);
    let seen = thread(&city.sign_in(Role::Moderator), incident_of(&taken, 0));
    let ids = texts(&seen, "id");
    assert_eq!((ids.len(), &seen["more"]), (500, &json!(true)));
    assert_eq!((ids[0].as_str(), ids[1].as_str(), ids[499].as_str()), ("post", "top", "reply"));
    assert!(ids.contains(&"mine".to_owned()) && ids.contains(&"c1200".to_owned()), "{ids:?}");
    assert!(!ids.contains(&"c1".to_owned()) && !ids.contains(&"c1698".to_owned()), "{ids:?}");
}

fn what_a_new_comment_stands_under_is_asked_for_once(town: Town) {
    let (networks, city) = (&town.networks, &town.city);
    // The post is older than our knowledge of the page.
    let page = networks.page(Net::Vk, "Управа");
    let post = networks.post(&page, "Завтра отключим воду");
    let administrator = city.sign_in(Role::Administrator);
    let registered = town.register(&administrator, &page, organisation::CITY);
    town.connect(&administrator, &registered, &page).expect(200);
    town.arrive();
    let ordered = || -> i64 {
        let found: Result<_, desk::Error> = city
            .app()
            .store()
            .read_now(|conn| Ok(jobs::table.filter(jobs::kind.eq(threads::SURROUNDINGS)).count().get_result(conn)?));
        found.expect("the jobs are counted")
    };
    for name in ["Анна", "Борис"] {
        networks.comment(&page, &post, &networks.person(Net::Vk, name), "Надолго?", None, 0);
    }
    town.arrive();
    assert_eq!(ordered(), 1);
    city.run_jobs();
    networks.comment(&page, &post, &networks.person(Net::Vk, "Вера"), "А горячую?", None, 0);
    // What a resident wrote on the wall stands under nothing.
    networks.wall_post(&page, &networks.person(Net::Vk, "Глеб"), "Темно на Портовой");
    town.arrive();
    assert_eq!(ordered(), 1);
    let incident: Id = town.incidents()[0]["id"].as_str().expect("an id").parse().expect("an id");
    let seen = thread(&city.sign_in(Role::Moderator), incident);
    let expected = [
        ("page", "Завтра отключим воду"),
        ("author", "Надолго?"),
        ("resident", "Надолго?"),
        ("resident", "А горячую?"),
    ];
    let shown: Vec<_> = texts(&seen, "who").into_iter().zip(texts(&seen, "text")).collect();
    assert_eq!(shown, expected.map(|(who, text)| (who.to_owned(), text.to_owned())));
}

fn without_the_right_persons_are_not_shown(city: City) {
    let source = city.source();
    let told = comment("c1", "ivan", None, "Яма, звоните 8 913 123-45-67", "06:10:00");
    let taken = city.push(&source, &[told]).expect(200).json();
    hear(&city, &source, vec![remark("post", None, "Пост", "06:00:00")]);
    let masked = thread(&city.sign_in(Role::Administrator), incident_of(&taken, 0));
    assert_eq!(texts(&masked, "author"), ["Источник", "-"]);
    assert_eq!(texts(&masked, "text")[1], "Яма, звоните <телефон>");
    let plain = thread(&city.sign_in(Role::Moderator), incident_of(&taken, 0));
    assert_eq!(
        (texts(&plain, "author")[1].as_str(), &texts(&plain, "text")[1]),
        ("Имя ivan", &"Яма, звоните <телефон>".to_owned())
    );
}
