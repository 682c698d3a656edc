//! The social networks, both ways: what residents write there becomes incidents, and answers stand where the question was asked.

use std::time::Duration;

use otklik::demo::networks::{Net, Person, Weather};
use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::crew::{Crew, Path};
use crate::harness::networks::{Open, Town, approve};
use crate::harness::server::organisation;

both_engines! {
    a_comment_in_any_network_is_answered_below_it,
    a_private_message_is_answered_in_private,
    what_authors_change_and_take_back_is_followed,
    an_album_is_one_message,
    what_is_delivered_twice_counts_once,
    what_is_forged_is_refused_and_nothing_is_stored,
    a_long_answer_goes_out_in_parts,
    too_many_requests_are_waited_out,
    a_lost_reply_is_published_once_where_the_network_has_a_key_and_listed_where_it_has_none,
    what_cannot_be_published_fails_with_its_reason_and_can_be_tried_again,
    one_answer_reaches_every_author_of_a_mass_incident_in_their_own_thread,
    what_a_colleague_answers_by_hand_is_recognised,
    personal_data_is_stopped_before_it_is_published,
    asking_for_an_address_goes_to_a_private_message,
    each_comment_under_a_collecting_post_is_an_incident_of_its_own,
    pages_are_polled_where_nothing_is_delivered,
    where_an_organisation_may_not_speak_the_page_that_was_asked_does,
}

/// A final answer.
fn said(text: &str) -> Value {
    json!({ "kind": "final", "outcome": "resolved", "text": text })
}

/// The postings in an incident's thread.
fn postings(crew: &Crew<'_>, path: &Path) -> Vec<Value> {
    let found = crew.controller.get(&format!("/api/v1/postings?incident={}", path.0)).expect(200).json();
    found["items"].as_array().expect("items").clone()
}

fn states(crew: &Crew<'_>, path: &Path) -> Vec<String> {
    postings(crew, path).iter().map(|one| one["state"].as_str().expect("a state").to_owned()).collect()
}

fn answer(crew: &Crew<'_>, path: &Path) -> Value {
    let answers = crew.controller.get(&path.to("answers")).expect(200).json();
    answers["items"].as_array().and_then(|all| all.last().cloned()).unwrap_or_else(|| panic!("no answer: {answers}"))
}

/// Lets the networks deliver, and the city do what is due.
fn settle(ground: &Town) {
    ground.arrive();
    ground.city.run_jobs();
    ground.arrive();
}

fn a_comment_in_any_network_is_answered_below_it(ground: Town) {
    let crew = Crew::of(&ground.city);
    for net in [Net::Vk, Net::Telegram, Net::Max] {
        let open = ground.page(net);
        let post = ground.networks.post(&open.page, "Доброе утро, Лукоморск!");
        let person = ground.networks.person(net, "Василиса Премудрая");
        let (comment, path) = ground.complaint(&open, &post, &person, "На Портовой, 7 третий день яма");
        let incident = crew.incident(&path);
        assert_eq!(
            (&incident["network"], &incident["step"]),
            (&json!(net.name()), &json!("distribution")),
            "{incident}"
        );
        approve(&crew, &path, &said("Яму засыпали 10 ноября."));
        assert_eq!(answer(&crew, &path)["state"], "approved");
        settle(&ground);
        let published: Vec<_> = ground.networks.said().into_iter().filter(|said| said.net == net).collect();
        let [one] = &published[..] else { panic!("{published:?}") };
        assert_eq!(one.text, "Яму засыпали 10 ноября.");
        assert_eq!((one.post.as_deref(), one.reply_to.as_deref()), (Some(&*post), Some(&*comment)), "{net:?}");
        let answer = answer(&crew, &path);
        assert_eq!(answer["state"], "delivered", "{answer}");
        assert!(answer["sent_at"].is_string() && answer["delivered_at"].is_string(), "{answer}");
        assert_eq!(crew.incident(&path)["step"], "awaiting_author");
        // Its own event came back from VK, and is not taken for somebody else's answer.
        ground.city.advance(Duration::from_secs(60));
        settle(&ground);
        assert!(!crew.kinds_of_events(&path).contains(&"answered_outside".to_owned()));
    }
}

fn a_private_message_is_answered_in_private(ground: Town) {
    let crew = Crew::of(&ground.city);
    for net in Net::ALL {
        let open = ground.page(net);
        let person = ground.networks.person(net, "Иван Царевич");
        ground.networks.write(&open.page, &person, "У нас в подъезде нет света");
        ground.arrive();
        let last = ground.incidents().pop().expect("an incident");
        let path = Path(last["id"].as_str().unwrap().parse().unwrap());
        approve(&crew, &path, &said("Свет включили."));
        settle(&ground);
        let one = ground.networks.said().pop().expect("an answer");
        assert_eq!((one.net, one.to.as_deref(), &*one.text), (net, Some(&*person.id), "Свет включили."));
        assert_eq!(answer(&crew, &path)["state"], "delivered", "{net:?}");
        // The author writes back, and the incident is open again.
        ground.city.advance(Duration::from_secs(3600));
        ground.networks.write(&open.page, &person, "Опять темно!");
        settle(&ground);
        assert_eq!(crew.incident(&path)["step"], "in_work", "{net:?}");
    }
}

fn what_authors_change_and_take_back_is_followed(ground: Town) {
    let crew = Crew::of(&ground.city);
    for net in [Net::Vk, Net::Max] {
        let open = ground.page(net);
        let post = ground.networks.post(&open.page, "Новости");
        let person = ground.networks.person(net, "Марья");
        let (comment, path) = ground.complaint(&open, &post, &person, "Яма на Портвой");
        ground.city.advance(Duration::from_secs(60));
        ground.networks.edit(&open.page, &comment, "Яма на Портовой");
        ground.arrive();
        assert_eq!(crew.incident(&path)["text"], "Яма на Портовой", "{net:?}");
        ground.city.advance(Duration::from_secs(60));
        ground.networks.delete(&open.page, &comment);
        ground.arrive();
        assert_eq!(crew.kinds_of_events(&path).last().unwrap(), "message_deleted");
        if net == Net::Vk {
            ground.networks.restore(&open.page, &comment);
            ground.arrive();
            assert_eq!(crew.kinds_of_events(&path).last().unwrap(), "message_restored");
        }
    }
    let open = ground.page(Net::Telegram);
    let post = ground.networks.post(&open.page, "Новости");
    let person = ground.networks.person(Net::Telegram, "Марья");
    let (comment, path) = ground.complaint(&open, &post, &person, "Яма на Портвой");
    ground.city.advance(Duration::from_secs(60));
    ground.networks.edit(&open.page, &comment, "Яма на Портовой");
    ground.arrive();
    assert_eq!(crew.incident(&path)["text"], "Яма на Портовой");
    ground.city.leave_jobs();
}

fn an_album_is_one_message(ground: Town) {
    let open = ground.page(Net::Telegram);
    let post = ground.networks.post(&open.page, "Новости");
    let person = ground.networks.person(Net::Telegram, "Марья");
    ground.networks.album(&open.page, &post, &person, "Вот какие ямы на Портовой", 3);
    ground.arrive();
    let incidents = ground.incidents();
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    assert_eq!(incidents[0]["text"], "Вот какие ямы на Портовой");
    let id = incidents[0]["id"].as_str().unwrap();
    let messages =
        ground.city.sign_in(Role::Controller).get(&format!("/api/v1/incidents/{id}/messages")).expect(200).json();
    let items = messages["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{messages}");
    assert_eq!(items[0]["attachments"].as_array().unwrap().len(), 3, "{messages}");
    ground.city.leave_jobs();
}

fn what_is_delivered_twice_counts_once(ground: Town) {
    ground.networks.weather(Weather { duplicates: 1.0, disorder: 0.5, ..Weather::default() });
    let crew = Crew::of(&ground.city);
    let mut paths = Vec::new();
    for net in [Net::Vk, Net::Telegram, Net::Max] {
        let open = ground.page(net);
        let post = ground.networks.post(&open.page, "Новости");
        let person = ground.networks.person(net, "Марья");
        let (comment, path) = ground.complaint(&open, &post, &person, "Яма");
        ground.networks.comment(&open.page, &post, &person, "И ещё одна", Some(&comment), 0);
        ground.arrive();
        paths.push(path);
    }
    assert!(ground.networks.journal().repeats >= 6);
    assert_eq!(ground.incidents().len(), 3);
    for path in &paths {
        assert_eq!(crew.kinds_of_events(path), ["opened", "message_joined"]);
    }
    ground.city.leave_jobs();
}

/// How many rows of any kind residents' words have left.
fn traces(ground: &Town) -> usize {
    ground.incidents().len()
}

fn what_is_forged_is_refused_and_nothing_is_stored(ground: Town) {
    for net in Net::ALL {
        let open = ground.page(net);
        let person = ground.networks.person(net, "Марья");
        ground.networks.write(&open.page, &person, "Настоящая жалоба");
        ground.arrive();
        let before = traces(&ground);
        let (headers, body) = ground.networks.last_event(&open.page).expect("an event");
        let hook = open.hook.as_deref().expect("a hook");
        let path = &hook[hook.find("/hooks/").unwrap()..];
        let send = |path: &str, forged: &dyn Fn(&str, &str) -> Option<String>, body: &[u8]| {
            let nobody = ground.city.anybody();
            let mut ask = nobody.ask("POST", path);
            for (name, value) in &headers {
                if let Some(value) = forged(name, value) {
                    ask = ask.header(name, &value);
                }
            }
            ask.body("application/json", body).send()
        };
        let same = |_: &str, value: &str| Some(value.to_owned());
        // As it was it is taken, and changes nothing.
        send(path, &same, body.as_bytes()).expect(200);
        // Another address, another page's address, another network's.
        send(&format!("{path}x"), &same, body.as_bytes()).expect(404);
        send(&path.replace(net.name(), "fax"), &same, body.as_bytes()).expect(404);
        let other = ground.page(net);
        if net != Net::Ok {
            let hook = other.hook.unwrap();
            send(&hook[hook.find("/hooks/").unwrap()..], &same, body.as_bytes()).expect(403);
        }
        // A wrong secret and none: in a header, or in the body.
        match net {
            Net::Vk => {
                let event: Value = serde_json::from_str(&body).unwrap();
                for (field, value) in [("secret", json!("wrong")), ("secret", Value::Null), ("group_id", json!(1))] {
                    let mut forged = event.clone();
                    forged[field] = value;
                    forged["event_id"] = json!("forged");
                    send(path, &same, forged.to_string().as_bytes()).expect(403);
                }
            }
            Net::Telegram | Net::Max => {
                let is_secret = |name: &str| name.to_lowercase().contains("secret");
                send(
                    path,
                    &|name, value| Some(if is_secret(name) { "wrong".to_owned() } else { value.to_owned() }),
                    body.as_bytes(),
                )
                .expect(403);
                send(path, &|name, value| (!is_secret(name)).then(|| value.to_owned()), body.as_bytes()).expect(403);
            }
            // Nothing of the network's proves it but where it comes from.
            Net::Ok => {}
        }
        for broken in ["", "[]", "7", "{", "null", "\u{0}"] {
            let answer = send(path, &same, broken.as_bytes());
            assert!([400, 403, 422].contains(&answer.status), "{net:?} {broken}: {}", answer.status);
        }
        let large = format!("{{\"text\":\"{}\"}}", "я".repeat(1 << 20));
        send(path, &same, large.as_bytes()).expect(413);
        assert_eq!(traces(&ground), before, "{net:?}");
    }
    ground.city.leave_jobs();
}

fn a_long_answer_goes_out_in_parts(ground: Town) {
    let crew = Crew::of(&ground.city);
    let open = ground.page(Net::Telegram);
    let post = ground.networks.post(&open.page, "Новости");
    let person = ground.networks.person(Net::Telegram, "Марья");
    let (_, path) = ground.complaint(&open, &post, &person, "Яма на Портовой");
    let long = "Работы по ремонту дороги идут по плану. ".repeat(150);
    approve(&crew, &path, &said(&long));
    settle(&ground);
    // The second has to wait for its turn in the chat.
    assert_eq!(states(&crew, &path), ["delivered", "waiting"]);
    assert_eq!(answer(&crew, &path)["state"], "sent");
    assert_eq!(crew.incident(&path)["step"], "approved");
    crate::harness::until("the chat's turn comes", || {
        ground.city.advance(Duration::from_secs(10));
        ground.city.run_jobs();
        states(&crew, &path) == ["delivered", "delivered"]
    });
    let texts: Vec<_> = ground.networks.said().into_iter().map(|said| said.text).collect();
    assert!(texts[0].ends_with("(1/2)") && texts[1].ends_with("(2/2)"), "{texts:?}");
    assert!(texts.iter().all(|text| text.encode_utf16().count() <= 4096));
    assert_eq!(crew.incident(&path)["step"], "awaiting_author");
}

fn too_many_requests_are_waited_out(ground: Town) {
    let crew = Crew::of(&ground.city);
    for net in [Net::Vk, Net::Telegram, Net::Max] {
        let open = ground.page(net);
        let post = ground.networks.post(&open.page, "Новости");
        let person = ground.networks.person(net, "Марья");
        let (_, path) = ground.complaint(&open, &post, &person, "Яма на Портовой");
        ground.networks.weather(Weather { too_fast: 1.0, ..Weather::default() });
        approve(&crew, &path, &said("Яму засыпали."));
        settle(&ground);
        assert_eq!(states(&crew, &path), ["waiting"], "{net:?}");
        assert_eq!(answer(&crew, &path)["state"], "approved");
        ground.networks.weather(Weather::default());
        crate::harness::until("it may be sent again", || {
            ground.city.advance(Duration::from_secs(60));
            ground.city.run_jobs();
            states(&crew, &path) == ["delivered"]
        });
        let posting = &postings(&crew, &path)[0];
        assert_eq!(posting["maybe_twice"], false, "{net:?}: {posting}");
        assert_eq!(ground.networks.said().iter().filter(|said| said.net == net).count(), 1);
    }
    ground.city.leave_jobs();
}

fn a_lost_reply_is_published_once_where_the_network_has_a_key_and_listed_where_it_has_none(ground: Town) {
    let crew = Crew::of(&ground.city);
    for (net, times) in [(Net::Vk, 1), (Net::Telegram, 2), (Net::Max, 2)] {
        let open = ground.page(net);
        let post = ground.networks.post(&open.page, "Новости");
        let person = ground.networks.person(net, "Марья");
        let (_, path) = ground.complaint(&open, &post, &person, "Яма на Портовой");
        ground.networks.weather(Weather { lost_replies: 1.0, ..Weather::default() });
        approve(&crew, &path, &said("Яму засыпали."));
        ground.city.run_jobs();
        assert_eq!(states(&crew, &path), ["sent"], "{net:?}");
        assert_eq!(answer(&crew, &path)["state"], "sent");
        ground.networks.weather(Weather::default());
        crate::harness::until("it is sent again", || {
            ground.city.advance(Duration::from_secs(6));
            ground.city.run_jobs();
            states(&crew, &path) == ["delivered"]
        });
        let published: Vec<_> = ground.networks.said().into_iter().filter(|said| said.net == net).collect();
        assert_eq!(published.len(), times, "{published:?}");
        let posting = &postings(&crew, &path)[0];
        assert_eq!(posting["maybe_twice"], times == 2, "{net:?}: {posting}");
    }
    let listed = crew.controller.get("/api/v1/postings?maybe_twice=true").expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    ground.city.leave_jobs();
}

fn what_cannot_be_published_fails_with_its_reason_and_can_be_tried_again(ground: Town) {
    let crew = Crew::of(&ground.city);
    let open = ground.page(Net::Vk);
    let person = ground.networks.person(Net::Vk, "Марья");
    ground.networks.write(&open.page, &person, "Яма на Портовой");
    ground.arrive();
    let path = Path(ground.incidents()[0]["id"].as_str().unwrap().parse().unwrap());
    approve(&crew, &path, &said("Яму засыпали."));
    ground.networks.deny(&open.page, &person);
    ground.city.run_jobs();
    let failed = answer(&crew, &path);
    assert_eq!((&failed["state"], states(&crew, &path)), (&json!("failed"), vec!["failed".to_owned()]));
    assert!(failed["failure"].as_str().unwrap().contains("does not"), "{failed}");
    assert_eq!(ground.networks.said().len(), 0);
    // The author changes their mind, and somebody presses the button.
    ground.networks.write(&open.page, &person, "Ну так что?");
    ground.arrive();
    let id = postings(&crew, &path)[0]["id"].as_str().unwrap().to_owned();
    crew.integration.ask("POST", &format!("/api/v1/postings/{id}/retries")).send().expect(200);
    crate::harness::until("the talk's turn comes", || {
        ground.city.advance(Duration::from_secs(6));
        ground.city.run_jobs();
        answer(&crew, &path)["state"] == "delivered"
    });
    crew.integration.ask("POST", &format!("/api/v1/postings/{id}/retries")).send().expect(409);
    // What failed may also be written anew.
    let again = ground.networks.person(Net::Vk, "Пётр");
    ground.networks.write(&open.page, &again, "Нет света");
    ground.arrive();
    let path = Path(ground.incidents().pop().unwrap()["id"].as_str().unwrap().parse().unwrap());
    approve(&crew, &path, &said("Свет дадут к вечеру."));
    crew.approver.post(&path.to("answers/1/rework"), &json!({ "reason": "other", "text": "Не то" })).expect(409);
    ground.networks.deny(&open.page, &again);
    ground.city.run_jobs();
    crew.approver
        .post(&path.to("answers/1/rework"), &json!({ "reason": "other", "text": "Не берёт писем" }))
        .expect(200);
    assert_eq!(crew.incident(&path)["step"], "rework");
    ground.city.leave_jobs();
}

fn one_answer_reaches_every_author_of_a_mass_incident_in_their_own_thread(ground: Town) {
    let crew = Crew::of(&ground.city);
    let mut threads = Vec::new();
    for (net, name) in [(Net::Vk, "Анна К."), (Net::Telegram, "Борис"), (Net::Max, "Вера"), (Net::Vk, "Глеб")]
    {
        let open = ground.page(net);
        let post = ground.networks.post(&open.page, "Новости");
        let person = ground.networks.person(net, name);
        threads.push((net, ground.complaint(&open, &post, &person, "Нет воды на Портовой").1));
    }
    let [(_, parent), children @ ..] = &threads[..] else { panic!() };
    for (_, child) in children {
        crew.controller.post(&child.to("merge"), &json!({ "into": parent.0 })).expect(200);
    }
    let text = "{Здравствуйте|Добрый день}, {имя|сосед}! Вода есть с 10 ноября, обращение {номер}.";
    approve(&crew, parent, &said(text));
    settle(&ground);
    let published = ground.networks.said();
    assert_eq!(published.len(), 4, "{published:?}");
    for (_, path) in &threads {
        let posting = &postings(&crew, path)[0];
        assert_eq!(posting["state"], "delivered", "{posting}");
        let number = crew.incident(path)["number"].to_string();
        let text = posting["text"].as_str().unwrap();
        assert!(text.contains(&format!("обращение {number}.")) && !text.contains('{'), "{text}");
        assert!(crew.kinds_of_events(path).contains(&"delivered".to_owned()));
    }
    assert!(published.iter().any(|said| said.text.contains("Борис")), "{published:?}");
    assert_eq!(crew.incident(parent)["step"], "awaiting_author");
    // Who is found to belong to it later is answered too.
    let late = ground.page(Net::Max);
    let post = ground.networks.post(&late.page, "Новости");
    let person = ground.networks.person(Net::Max, "Дарья");
    let (_, path) = ground.complaint(&late, &post, &person, "И у нас нет воды");
    crew.controller.post(&path.to("merge"), &json!({ "into": parent.0 })).expect(200);
    settle(&ground);
    assert_eq!(states(&crew, &path), ["delivered"]);
    let all =
        crew.controller.get(&format!("/api/v1/postings?answer={}", answer(&crew, parent)["id"].as_str().unwrap()));
    assert_eq!(all.expect(200).json()["items"].as_array().unwrap().len(), 5);
    ground.city.leave_jobs();
}

fn what_a_colleague_answers_by_hand_is_recognised(ground: Town) {
    let crew = Crew::of(&ground.city);
    for net in [Net::Vk, Net::Telegram] {
        let open = ground.page(net);
        let post = ground.networks.post(&open.page, "Новости");
        let person = ground.networks.person(net, "Марья");
        let (comment, path) = ground.complaint(&open, &post, &person, "Яма на Портовой");
        ground.city.advance(Duration::from_secs(600));
        ground.networks.by_hand(&open.page, &post, "Передали дорожникам, засыплют завтра", Some(&comment));
        ground.arrive();
        ground.city.advance(Duration::from_secs(60));
        ground.city.run_jobs();
        let answer = answer(&crew, &path);
        assert_eq!(
            (&answer["kind"], &answer["state"]),
            (&json!("intermediate"), &json!("delivered")),
            "{net:?} {answer}"
        );
        assert_eq!(answer["text"], "Передали дорожникам, засыплют завтра");
        assert_eq!(crew.clock(&path, "first_answer")["state"], "met", "{net:?}");
        assert_eq!(crew.incident(&path)["step"], "distribution");
        // A word of the page to nobody in particular answers nobody.
        ground.networks.by_hand(&open.page, &post, "Всем хорошего дня", None);
        ground.arrive();
        ground.city.advance(Duration::from_secs(60));
        ground.city.run_jobs();
        assert_eq!(crew.kinds_of_events(&path).iter().filter(|kind| *kind == "answered_outside").count(), 1);
    }
    let open = ground.page(Net::Vk);
    let person = ground.networks.person(Net::Vk, "Марья");
    ground.networks.write(&open.page, &person, "Нет воды");
    ground.arrive();
    ground.networks.by_hand_private(&open.page, &person, "Авария, к вечеру дадим");
    ground.arrive();
    ground.city.advance(Duration::from_secs(60));
    ground.city.run_jobs();
    let path = Path(ground.incidents().pop().unwrap()["id"].as_str().unwrap().parse().unwrap());
    assert_eq!(answer(&crew, &path)["text"], "Авария, к вечеру дадим");
}

/// An incident from VK that somebody works on.
fn in_work(ground: &Town, crew: &Crew<'_>) -> (Open, Person, Path) {
    let open = ground.page(Net::Vk);
    let post = ground.networks.post(&open.page, "Новости");
    let person = ground.networks.person(Net::Vk, "Марья");
    let (_, path) = ground.complaint(&open, &post, &person, "Яма на Портовой");
    let to = json!({ "organisation": organisation::CITY, "executor": organisation::WORKS });
    crew.controller.post(&path.to("assignments"), &to).expect(200);
    crew.executor.ask("POST", &path.to("work")).send().expect(200);
    (open, person, path)
}

fn personal_data_is_stopped_before_it_is_published(ground: Town) {
    let crew = Crew::of(&ground.city);
    let (_, _, path) = in_work(&ground, &crew);
    for (text, what) in [
        ("Позвоните мастеру: 8-913-123-45-67", "telephone"),
        ("Пишите на ivan.petrov@mail.example", "e-mail"),
        ("В кв. 12 течь устранена", "flat"),
    ] {
        crew.executor.post(&path.to("answers"), &said(text)).expect(200);
        let refused = crew.executor.ask("POST", &path.to("answers/1/submission")).send().problem(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], "/text");
        assert!(refused["errors"][0]["message"].as_str().unwrap().contains(what), "{refused}");
    }
    let brace = crew.executor.post(&path.to("answers"), &said("Здравствуйте, {отчество}!")).problem(422, "invalid");
    assert_eq!(brace["errors"][0]["pointer"], "/text");
    crew.executor.post(&path.to("answers"), &said("Течь устранена")).expect(200);
    crew.executor.ask("POST", &path.to("answers/1/submission")).send().expect(200);
    ground.city.leave_jobs();
}

fn asking_for_an_address_goes_to_a_private_message(ground: Town) {
    let crew = Crew::of(&ground.city);
    let (open, person, path) = in_work(&ground, &crew);
    ground.networks.write(&open.page, &person, "Здравствуйте");
    ground.arrive();
    let ask = "Здравствуйте! Сообщите, пожалуйста, точный адрес и номер квартиры.";
    let publicly = json!({ "kind": "intermediate", "text": ask, "via": "thread" });
    crew.executor.post(&path.to("answers"), &publicly).expect(200);
    let refused = crew.executor.ask("POST", &path.to("answers/1/submission")).send().problem(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/via");
    // Who does not say where, has it sent where it belongs.
    let drafted =
        crew.executor.post(&path.to("answers"), &json!({ "kind": "intermediate", "text": ask })).expect(200).json();
    assert_eq!(drafted["answer"]["via"], "private");
    crew.executor.ask("POST", &path.to("answers/1/submission")).send().expect(200);
    crew.approver.ask("POST", &path.to("answers/1/approval")).send().expect(200);
    settle(&ground);
    let [one] = &ground.networks.said()[..] else { panic!() };
    assert_eq!((one.to.as_deref(), one.post.as_deref()), (Some(&*person.id), None));
    assert_eq!(crew.incident(&path)["step"], "in_work");
    // Who does not want to be written to is not.
    ground.networks.deny(&open.page, &person);
    ground.arrive();
    crew.executor.post(&path.to("answers"), &json!({ "kind": "intermediate", "text": ask })).expect(200);
    let refused = crew.executor.ask("POST", &path.to("answers/2/submission")).send().problem(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/via");
    ground.city.leave_jobs();
}

fn each_comment_under_a_collecting_post_is_an_incident_of_its_own(ground: Town) {
    let crew = Crew::of(&ground.city);
    let open = ground.page(Net::Vk);
    let post = ground.networks.post(&open.page, "Пишите адреса, где не горят фонари");
    let person = ground.networks.person(Net::Vk, "Марья");
    let (_, first) = ground.complaint(&open, &post, &person, "Портовая, 1");
    let listed = crew.controller.get(&format!("/api/v1/incidents/{}/messages", first.0)).expect(200).json();
    let key = listed["items"][0]["post"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/pages/{}/collections/{key}", open.id);
    crew.moderator.put(&path, &json!({ "topic": "Нет такой" })).problem(422, "invalid");
    crew.moderator.put(&path, &json!({ "topic": "dark-street" })).expect(200);
    let all = crew.moderator.get(&format!("/api/v1/pages/{}/collections", open.id)).expect(200).json();
    assert_eq!((&all[0]["post"], &all[0]["topic"]), (&json!(key), &json!("dark-street")));
    let (second, path_of_second) = ground.complaint(&open, &post, &person, "Портовая, 2");
    ground.complaint(&open, &post, &person, "Портовая, 3");
    let incidents = ground.incidents();
    assert_eq!(incidents.len(), 3, "{incidents:?}");
    assert!(incidents[1..].iter().all(|one| one["topic"] == "dark-street"), "{incidents:?}");
    // A reply in the branch of one's own comment belongs to it.
    ground.networks.comment(&open.page, &post, &person, "у второго подъезда", Some(&second), 0);
    ground.arrive();
    assert_eq!(ground.incidents().len(), 3);
    assert!(crew.kinds_of_events(&path_of_second).contains(&"message_joined".to_owned()));
    crew.moderator.delete(&path).expect(204);
    crew.moderator.delete(&path).expect(204);
    ground.city.leave_jobs();
}

fn pages_are_polled_where_nothing_is_delivered(ground: Town) {
    let crew = Crew::of(&ground.city);
    let ok = ground.page(Net::Ok);
    let telegram = ground.page_of(Net::Telegram, organisation::CITY, "poll");
    let post = ground.networks.post(&telegram.page, "Новости");
    let person = ground.networks.person(Net::Telegram, "Марья");
    ground.networks.comment(&telegram.page, &post, &person, "Яма на Портовой", None, 1);
    ground.poll();
    assert_eq!(ground.incidents().len(), 1);
    let administrator = ground.city.sign_in(Role::Administrator);
    administrator.delete(&format!("/api/v1/pages/{}/connection", telegram.id)).expect(200);

    let post = ground.networks.post(&ok.page, "Новости");
    let person = ground.networks.person(Net::Ok, "Пётр");
    let comment = ground.networks.comment(&ok.page, &post, &person, "Нет воды на Портовой", None, 0);
    ground.city.advance(Duration::from_secs(120));
    ground.poll();
    ground.city.advance(Duration::from_secs(120));
    ground.poll();
    let incidents = ground.incidents();
    assert_eq!(incidents.len(), 2, "{incidents:?}");
    let path = Path(incidents[1]["id"].as_str().unwrap().parse().unwrap());
    approve(&crew, &path, &said("Вода есть."));
    ground.city.run_jobs();
    let [one] = &ground.networks.said()[..] else { panic!() };
    assert_eq!((one.post.as_deref(), one.reply_to.as_deref()), (Some(&*post), Some(&*comment)));
    assert_eq!(answer(&crew, &path)["state"], "delivered");
    ground.city.leave_jobs();
}

fn where_an_organisation_may_not_speak_the_page_that_was_asked_does(ground: Town) {
    let crew = Crew::of(&ground.city);
    // The department has a page of its own, but the wall of the administration is closed to other communities.
    ground.page_of(Net::Vk, organisation::WORKS, "hook");
    let open = ground.page(Net::Vk);
    let person = ground.networks.person(Net::Vk, "Марья");
    let post = ground.networks.post(&open.page, "Новости");
    let (comment, path) = ground.complaint(&open, &post, &person, "Яма на Портовой");
    approve(&crew, &path, &said("Яму засыпали."));
    settle(&ground);
    let [one] = &ground.networks.said()[..] else { panic!() };
    assert_eq!((&one.account, one.reply_to.as_deref()), (&open.page.account, Some(&*comment)));
    assert_eq!(
        (&postings(&crew, &path)[0]["attempts"], &answer(&crew, &path)["state"]),
        (&json!(2), &json!("delivered"))
    );
    ground.city.leave_jobs();
}
