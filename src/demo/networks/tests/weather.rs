use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Hook, agent, form, get, json as post_json, patient, says, told, until, world};
use crate::demo::networks::{Net, Weather};

#[test]
fn calls_that_are_too_many_are_refused_as_each_network_does() {
    for net in Net::ALL {
        let (networks, page) = world(net);
        networks.weather(Weather { too_many: 1.0, ..Weather::default() });
        let base = networks.base(net);
        match net {
            Net::Vk => {
                let pairs = [("access_token", page.token.as_str()), ("v", "5.199")];
                let code = form(&format!("{base}/method/users.get"), &pairs).1["error"]["error_code"].as_i64();
                assert!(matches!(code, Some(6 | 29)), "{code:?}");
            }
            Net::Ok => assert_eq!(get(&format!("{base}/fb.do"), "").1["error_code"], 11),
            Net::Telegram => {
                let (status, body) = get(&format!("{base}/bot{}/getMe", page.token), "");
                assert_eq!((status, &body["parameters"]["retry_after"]), (429, &json!(1)));
            }
            Net::Max => {
                let response = agent().get(format!("{base}/me")).header("authorization", &page.token).call().unwrap();
                assert_eq!(
                    (response.status().as_u16(), response.headers()["retry-after"].as_bytes()),
                    (429, &b"1"[..])
                );
            }
        }
    }
}

#[test]
fn a_broken_call_does_nothing_and_a_lost_one_is_carried_out() {
    let (networks, page) = world(Net::Max);
    let news = networks.post(&page, "Новость");
    let url = format!("{}/messages/{news}/comments", networks.base(Net::Max));
    let say = || {
        let mut response =
            agent().post(&url).header("authorization", &page.token).send_json(json!({ "text": "Сделано" }))?;
        let status = response.status().as_u16();
        response.body_mut().read_json::<Value>().map(|body| (status, body))
    };
    networks.weather(Weather { broken: 1.0, ..Weather::default() });
    assert!((0..8).all(|_| say().is_err()), "an answer could be read");
    assert_eq!(networks.said().len(), 0);
    networks.weather(Weather { lost_replies: 1.0, ..Weather::default() });
    assert!(say().is_err(), "an answer came");
    assert_eq!(networks.said().len(), 1);
    let slow_for = Duration::from_millis(100);
    networks.weather(Weather { slow: 1.0, slow_for, ..Weather::default() });
    let began = Instant::now();
    assert_eq!(say().unwrap().0, 200);
    assert!(began.elapsed() >= slow_for);
}

#[test]
fn events_come_twice_or_late_and_yet_all_come() {
    let (networks, page) = world(Net::Max);
    let hook = Hook::new(|_, _| says(200, ""));
    let url = format!("{}/subscriptions", networks.base(Net::Max));
    post_json(&url, &page.token, &json!({ "url": hook.url }));
    networks.weather(Weather { duplicates: 1.0, disorder: 0.5, ..Weather::default() });
    let keys: Vec<String> = (0..20).map(|at| networks.post(&page, &at.to_string())).collect();
    until("all to be delivered", || (networks.deliveries_pending() == 0).then_some(()));
    let mids = |heard: &[super::Heard]| -> Vec<String> {
        heard.iter().map(|one| one.body["message"]["body"]["mid"].as_str().unwrap().to_owned()).collect()
    };
    let came = mids(&hook.heard());
    assert_eq!(came.len(), 40);
    assert_eq!(came.iter().collect::<BTreeSet<_>>(), keys.iter().collect::<BTreeSet<_>>());
    let mut firsts: Vec<&String> = Vec::new();
    for key in &came {
        if !firsts.contains(&key) {
            firsts.push(key);
        }
    }
    assert_ne!(firsts, keys.iter().collect::<Vec<_>>(), "nothing was held back");
    let journal = networks.journal();
    assert_eq!((journal.deliveries, journal.repeats, journal.refusals), (40, 20, 0));
}

#[test]
fn a_webhook_that_does_not_answer_in_time_is_asked_again() {
    let networks = patient(Duration::from_millis(300));
    let page = networks.page(Net::Ok, "Город Омск");
    let hook = Hook::new(|_, before| {
        if before == 0 {
            // Longer than the networks' patience.
            std::thread::sleep(Duration::from_millis(600));
        }
        says(200, "")
    });
    let url = format!("{}/graph/me/subscribe?access_token={}", networks.base(Net::Ok), page.token);
    assert_eq!(told(agent().post(url).send_json(json!({ "url": hook.url }))).0, 200);
    networks.write(&page, &networks.person(Net::Ok, "Анна"), "Яма");
    assert_eq!(hook.wait(2)[0].body, hook.heard()[1].body);
    until("it to be acknowledged", || (networks.deliveries_pending() == 0).then_some(()));
    assert!(networks.journal().refusals >= 1);
}
