//! Figures over the API: each is as long as the list that it opens, and equals a recount from the incidents' events and clocks.

use std::collections::BTreeMap;
use std::time::Duration;

use otklik::domain::{At, Id, Role};
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::server::{City, Source, message, organisation};

both_engines! {
    every_figure_opens_its_list_and_equals_a_recount_from_events,
    t49_days_and_months_are_those_of_the_city,
    silence_is_no_satisfaction_and_one_case_is_no_rating,
    staff_count_what_they_see,
    a_period_that_is_none_is_refused,
}

const WHOLE: &str = "from=2025-11-01&to=2026-02-01";

/// A city in which incidents of all fates come to pass.
struct Town<'a> {
    city: &'a City,
    source: Source,
    controller: Client<'a>,
    coordinator: Client<'a>,
    approver: Client<'a>,
}

impl<'a> Town<'a> {
    fn of(city: &'a City) -> Town<'a> {
        Town {
            source: city.source(),
            controller: city.sign_in(Role::Controller),
            coordinator: city.sign_in_at(Role::Coordinator, organisation::CITY),
            approver: city.sign_in_at(Role::Approver, organisation::CITY),
            city,
        }
    }

    fn complaint(&self, external: &str, topic: Option<&str>, municipality: &str) -> String {
        let mut told = message(external, "На Портовой яма");
        told["topic"] = json!(topic);
        told["place"] = json!({ "municipality": municipality });
        format!("/api/v1/incidents/{}", self.city.complaint(&self.source, told))
    }

    fn pass(&self, hours: u64) {
        self.city.advance(Duration::from_secs(hours * 3600));
        self.city.run_jobs();
    }

    fn answer(&self, path: &str, n: i32, outcome: &str) {
        let told = json!({ "kind": "final", "outcome": outcome, "text": "Яму засыпали 10 ноября" });
        self.coordinator.post(&format!("{path}/answers"), &told).expect(200);
        self.coordinator.ask("POST", &format!("{path}/answers/{n}/submission")).send().expect(200);
    }

    fn deliver(&self, path: &str, n: i32) {
        self.approver.ask("POST", &format!("{path}/answers/{n}/approval")).send().expect(200);
        let integration = self.city.sign_in(Role::Integration);
        integration.post(&format!("{path}/answers/{n}/delivery"), &json!({})).expect(200);
    }

    fn take(&self, path: &str) {
        self.coordinator.ask("POST", &format!("{path}/work")).send().expect(200);
    }

    fn says(&self, of: &str, text: &str, rating: Option<i32>) {
        let told = json!({
            "external_id": format!("{of}-{}", self.city.now()), "form": "comment", "post": of, "account": "lukomorsk",
            "author": { "id": format!("author of {of}") }, "text": text, "rating": rating, "published_at": self.city.now(),
        });
        self.city.push(&self.source, &[told]).expect(200);
    }

    /// Fifteen incidents, one fate each, with time in between.
    fn live(&self) {
        for (n, topic) in (0..15).map(|n| (n, ["hole-in-road", "dark-street", "no-water"][n % 3])) {
            let external = n.to_string();
            let topic = (n % 5 != 4).then_some(topic);
            let path = self.complaint(&external, topic, if n % 4 == 3 { "Островной район" } else { "Лукоморск" });
            self.pass(1);
            if topic.is_none() || n % 4 == 3 {
                // Nobody is responsible, or somebody whom the coordinator is not.
                if n % 2 == 0 {
                    let reason = json!({ "reason": "no_problem", "note": "приветствие" });
                    self.controller.post(&format!("{path}/dismissals"), &reason).expect(200);
                }
                continue;
            }
            match n % 7 {
                0 => {
                    let reason = json!({ "reason": "not_our_competence", "note": "дорога краевая" });
                    self.coordinator.post(&format!("{path}/returns"), &reason).expect(200);
                    self.controller.post(&format!("{path}/assignments"), &json!({})).expect(200);
                }
                1 => {
                    self.take(&path);
                    self.pass(80);
                    self.answer(&path, 1, "explained");
                    let reason = json!({ "reason": "formal", "text": "назовите срок" });
                    self.approver.post(&format!("{path}/answers/1/rework"), &reason).expect(200);
                    self.answer(&path, 2, "resolved");
                    self.deliver(&path, 2);
                    self.says(&external, "", Some(4));
                }
                2 => {
                    self.take(&path);
                    self.answer(&path, 1, "explained");
                    self.deliver(&path, 1);
                    self.pass(25);
                }
                3 => {
                    self.take(&path);
                    self.answer(&path, 1, "not_resolved");
                    self.deliver(&path, 1);
                    self.says(&external, "Ничего не сделали!", None);
                }
                4 => {
                    let first = self.first_open();
                    self.controller.post(&format!("{path}/merge"), &json!({ "into": first })).expect(200);
                }
                _ => self.pass(30),
            }
        }
    }

    /// The oldest open incident.
    fn first_open(&self) -> Id {
        let open = self.controller.get("/api/v1/incidents?open=true&sort=oldest&limit=1").expect(200).json();
        open["items"][0]["id"].as_str().unwrap().parse().unwrap()
    }

    fn report(&self, path: &str) -> Value {
        self.controller.get(&format!("/api/v1/statistics/{path}")).expect(200).json()
    }
}

/// Every object of a report with a count and the query of its list.
fn figures(report: &Value, found: &mut Vec<(i64, String)>) {
    match report {
        Value::Object(fields) => {
            if let (Some(count), Some(query)) = (report["count"].as_i64(), report["query"].as_str()) {
                found.push((count, query.to_owned()));
            }
            fields.values().for_each(|value| figures(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| figures(item, found)),
        _ => {}
    }
}

/// How many figures above zero there are; each must be as long as its list.
fn check(client: &Client<'_>, report: &Value) -> usize {
    let mut found = Vec::new();
    figures(report, &mut found);
    for (count, query) in &found {
        let list = client.get(&format!("/api/v1/incidents?{query}&limit=100")).expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), usize::try_from(*count).unwrap(), "{query}");
    }
    found.iter().filter(|(count, _)| *count > 0).count()
}

/// What the events say of one incident.
#[derive(Debug, Default)]
struct Told {
    received: String,
    answered: bool,
    reason: Option<String>,
    outcome: Option<String>,
    organisation: Option<String>,
}

fn told(client: &Client<'_>, id: &Value) -> Told {
    let path = format!("/api/v1/incidents/{}/events?limit=200", id.as_str().unwrap());
    let events = client.get(&path).expect(200).json();
    let mut told = Told::default();
    for event in events["items"].as_array().unwrap() {
        let data = &event["data"];
        let text = |field: &str| data[field].as_str().map(str::to_owned);
        match event["kind"].as_str().unwrap() {
            "opened" => told.received = event["at"].as_str().unwrap().to_owned(),
            "assigned" => told.organisation = text("organisation"),
            "returned" => told.organisation = None,
            "delivered" => (told.answered, told.outcome) = (true, text("outcome")),
            "closed" | "dismissed" => told.reason = text("reason"),
            "merged" => told.reason = Some("duplicate".to_owned()),
            "reopened" => (told.reason, told.outcome) = (None, None),
            _ => {}
        }
    }
    told
}

fn every_figure_opens_its_list_and_equals_a_recount_from_events(city: City) {
    let town = Town::of(&city);
    town.live();
    let mut seen = 0;
    for cohort in ["created", "closed"] {
        for part in ["", "&organisation=harbour-city", "&network=vk&kind=solvable"] {
            let mut reports = vec!["summary", "rating", "by/executor"];
            if part.is_empty() {
                reports.extend([
                    "by/organisation",
                    "by/topic",
                    "by/group",
                    "by/network",
                    "by/municipality",
                    "by/month",
                ]);
            }
            for report in reports {
                seen += check(&town.controller, &town.report(&format!("{report}?{WHOLE}&cohort={cohort}{part}")));
            }
        }
    }
    assert!(seen > 300, "only {seen} figures above zero");

    let all = town.controller.get("/api/v1/incidents?limit=100").expect(200).json();
    let recount: Vec<Told> =
        all["items"].as_array().unwrap().iter().map(|i| told(&town.controller, &i["id"])).collect();
    let unique: Vec<&Told> = recount.iter().filter(|t| t.reason.as_deref() != Some("duplicate")).collect();
    let count = |of: &dyn Fn(&&&Told) -> bool| unique.iter().filter(of).count();
    let summary = town.report(&format!("summary?{WHOLE}"));
    let figure = |path: &str| summary.pointer(&format!("/figures/{path}/count")).unwrap().as_u64().unwrap() as usize;
    assert_eq!((figure("total"), figure("unique")), (recount.len(), unique.len()));
    assert_eq!(figure("answered"), count(&|t| t.answered));
    assert_eq!(figure("still_open"), count(&|t| t.reason.is_none()));
    assert_eq!(figure("closed/total"), count(&|t| t.reason.is_some()));
    for outcome in ["resolved", "explained", "not_resolved"] {
        let recounted = count(&|t| t.reason.is_some() && t.outcome.as_deref() == Some(outcome));
        assert_eq!(figure(&format!("closed/{outcome}")), recounted, "{outcome}");
    }
    let reasons: BTreeMap<&str, usize> =
        unique.iter().filter_map(|t| t.reason.as_deref()).fold(BTreeMap::new(), |mut sum, r| {
            *sum.entry(r).or_default() += 1;
            sum
        });
    for row in summary["figures"]["closed"]["reasons"].as_array().unwrap() {
        assert_eq!(row["incidents"]["count"], json!(reasons[row["reason"].as_str().unwrap()]), "{row}");
    }
    let rows = town.report(&format!("by/organisation?{WHOLE}"));
    for row in rows["rows"].as_array().unwrap() {
        let recounted = recount.iter().filter(|t| json!(t.organisation) == row["key"]).count();
        assert_eq!(row["figures"]["total"]["count"], json!(recounted), "{}", row["key"]);
    }
}

fn t49_days_and_months_are_those_of_the_city(city: City) {
    let town = Town::of(&city);
    // The tiny city is two hours ahead of UTC: the last hours of a UTC day are its next one.
    city.advance("2025-11-30T21:59:00Z".parse::<At>().unwrap().duration_since(*city.now()).try_into().unwrap());
    town.complaint("1", Some("dark-street"), "Лукоморск");
    city.advance(Duration::from_secs(60));
    town.complaint("2", Some("dark-street"), "Лукоморск");
    city.leave_jobs();
    let rows = |dimension: &str| {
        let rows = town.report(&format!("by/{dimension}?from=2025-11-30&to=2025-12-02"))["rows"].clone();
        let count =
            |row: &Value| (row["key"].as_str().unwrap().to_owned(), row["figures"]["total"]["count"].as_i64().unwrap());
        rows.as_array().unwrap().iter().map(count).collect::<Vec<_>>()
    };
    assert_eq!(rows("month"), [("2025-11".to_owned(), 1), ("2025-12".to_owned(), 1)]);
    assert_eq!(rows("day"), [("2025-11-30".to_owned(), 1), ("2025-12-01".to_owned(), 1)]);
}

fn silence_is_no_satisfaction_and_one_case_is_no_rating(city: City) {
    let town = Town::of(&city);
    for n in 0..3 {
        let external = n.to_string();
        let path = town.complaint(&external, Some(if n == 2 { "no-water" } else { "dark-street" }), "Лукоморск");
        town.take(&path);
        town.answer(&path, 1, "explained");
        town.deliver(&path, 1);
    }
    town.pass(25);
    let summary = town.report(&format!("summary?{WHOLE}&cohort=closed"));
    let satisfaction = &summary["figures"]["satisfaction"];
    assert_eq!(satisfaction["silent"]["count"], 3);
    assert_eq!((&satisfaction["satisfied"]["count"], &satisfaction["ratings"]["count"]), (&json!(0), &json!(0)));
    assert_eq!(satisfaction["mean_rating"], Value::Null);
    assert_eq!(
        (&summary["figures"]["on_time"]["met"]["count"], &summary["figures"]["on_time"]["share"]),
        (&json!(3), &json!(1.0))
    );
    let rating = town.report(&format!("rating?{WHOLE}"));
    assert_eq!((rating["rows"].as_array().unwrap().len(), &rating["not_rated"]), (1, &json!(1)));
    assert_eq!((&rating["rows"][0]["executor"], &rating["rows"][0]["place"]), (&json!("harbour-works"), &json!(1)));
}

fn staff_count_what_they_see(city: City) {
    let town = Town::of(&city);
    town.complaint("1", Some("dark-street"), "Лукоморск");
    town.complaint("2", Some("dark-street"), "Островной район");
    city.leave_jobs();
    let total = |client: &Client<'_>| {
        let path = format!("/api/v1/statistics/summary?{WHOLE}");
        client.get(&path).expect(200).json()["figures"]["total"]["count"].clone()
    };
    assert_eq!((total(&town.controller), total(&town.coordinator)), (json!(2), json!(1)));
    let executor = city.sign_in_at(Role::Executor, organisation::WORKS);
    executor.get("/api/v1/statistics/summary").problem(403, "forbidden");
    city.anybody().get("/api/v1/statistics/rating").problem(401, "not_signed_in");
}

fn a_period_that_is_none_is_refused(city: City) {
    let controller = city.sign_in(Role::Controller);
    let ask = |query: &str| controller.get(&format!("/api/v1/statistics/summary?{query}"));
    let problem = ask("from=24.12.2025&to=soon").problem(422, "invalid");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    ask("from=2025-12&to=2025-12").problem(422, "invalid");
    ask("from=2020-12&to=2025-12").problem(422, "invalid");
    ask("organisation=nobody").problem(422, "invalid");
    ask("cohort=all").problem(422, "invalid");
    ask("month=12").problem(422, "invalid");
    controller.get("/api/v1/statistics/by/moon").problem(404, "not_found");
    let now = ask("").expect(200).json();
    assert_eq!((&now["span"]["from"], &now["span"]["to"]), (&json!("2025-11-01"), &json!("2025-11-11")));
}
