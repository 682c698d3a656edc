//! Whole lives a second: a complaint comes in, is assigned, taken, answered, approved, delivered and closed, each by a request of
//! its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use otklik::domain::{At, Role};
use serde_json::{Value, json};

use super::client::{self, Client};
use super::fill::Site;
use super::table;
use super::talk::Talk;

const CONNECTIONS: usize = 32;

/// The requests of one life.
const REQUESTS: u64 = 8;

pub fn run(site: &Site, slice: Duration) {
    let talk = Talk::new(&site.ground.policy);
    let tokens = [Role::Moderator, Role::Coordinator, Role::Approver].map(|role| site.serving.sign_in(role));
    let next = AtomicU64::new(1_000_000_000);
    let mut rates = Vec::new();
    for round in 0..4 {
        let (lives, begun) = (AtomicU64::new(0), Instant::now());
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let mut client = site.serving.client();
                    while begun.elapsed() < slice {
                        let complaint = talk.complaint(next.fetch_add(1, Ordering::Relaxed), At::now());
                        live(&mut client, &site.ground.secret, complaint, &tokens);
                        lives.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        // The first round is for warming up.
        if round > 0 {
            rates.push(lives.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64());
        }
    }
    let rate = table::median(rates);
    table::head(
        &format!("Whole lives, {}", site.ground.on.name()),
        &["incidents", "connections", "lives/s", "requests/s", "resident MB"],
    );
    table::row(&[
        site.size.to_string(),
        CONNECTIONS.to_string(),
        format!("{rate:.0}"),
        format!("{:.0}", rate * REQUESTS as f64),
        site.serving.resident().to_string(),
    ]);
}

fn live(client: &mut Client, secret: &[u8], mut complaint: Value, [moderator, coordinator, approver]: &[String; 3]) {
    if let Some(fields) = complaint.as_object_mut() {
        fields.remove("topic");
    }
    let request = super::talk::signed(secret, complaint.to_string().as_bytes(), At::now());
    let taken = client.ask(&request).json();
    let id = taken["results"][0]["incident"].as_str().expect("an incident").to_owned();
    let mut act = |who: &str, path: &str, body: Option<Value>| {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let path = format!("/api/v1/incidents/{id}/{path}");
        let answer = client.ask(&client::request("POST", &path, &[("authorization", who)], body.as_bytes()));
        assert!(answer.status < 300, "{path}: {} {}", answer.status, String::from_utf8_lossy(answer.body));
    };
    act(moderator, "assignments", Some(json!({ "organisation": "omsk-city" })));
    act(coordinator, "work", None);
    let text = "Здравствуйте! Работы по вашему обращению выполнены, спасибо за сигнал.";
    act(coordinator, "answers", Some(json!({ "kind": "final", "outcome": "resolved", "text": text })));
    act(coordinator, "answers/1/submission", None);
    act(approver, "answers/1/approval", None);
    act(moderator, "answers/1/delivery", Some(json!({})));
    act(moderator, "closures", Some(json!({ "reason": "author_satisfied" })));
}
