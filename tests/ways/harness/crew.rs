//! Everybody whom an incident meets on its way through the tiny city.

use otklik::domain::{Id, Role};
use serde_json::{Value, json};

use super::client::Client;
use super::server::{City, Source, message, organisation};

/// A city with one person in each role that works on an incident.
pub struct Crew<'a> {
    pub city: &'a City,
    pub source: Source,
    pub moderator: Client<'a>,
    pub coordinator: Client<'a>,
    pub executor: Client<'a>,
    pub approver: Client<'a>,
    pub controller: Client<'a>,
    pub integration: Client<'a>,
}

impl<'a> Crew<'a> {
    /// One person in each role.
    pub fn of(city: &'a City) -> Crew<'a> {
        Crew {
            source: city.source(),
            moderator: city.sign_in(Role::Moderator),
            coordinator: city.sign_in_at(Role::Coordinator, organisation::CITY),
            executor: city.sign_in_at(Role::Executor, organisation::WORKS),
            approver: city.sign_in_at(Role::Approver, organisation::CITY),
            controller: city.sign_in(Role::Controller),
            integration: city.sign_in(Role::Integration),
            city,
        }
    }

    /// An incident that is with the works department.
    pub fn assigned(&self, external: &str) -> Path {
        let mut told = message(external, "На Портовой яма");
        told["topic"] = json!("hole-in-road");
        Path(self.city.complaint(&self.source, told))
    }

    /// One that the department has taken.
    pub fn in_work(&self, external: &str) -> Path {
        let path = self.assigned(external);
        self.executor.ask("POST", &path.to("work")).send().expect(200);
        path
    }

    /// Writes an answer and hands it to the approver.
    pub fn submitted(&self, path: &Path, n: i32, kind: &str) {
        let outcome = if kind == "final" { json!("resolved") } else { Value::Null };
        let text = "Яму засыпали 10 ноября";
        self.executor.post(&path.to("answers"), &json!({ "kind": kind, "outcome": outcome, "text": text })).expect(200);
        self.executor.ask("POST", &path.to(&format!("answers/{n}/submission"))).send().expect(200);
    }

    /// Writes an answer, has it approved and reports it delivered; the incident then.
    pub fn answered(&self, path: &Path, n: i32, kind: &str) -> Value {
        self.submitted(path, n, kind);
        self.approver.ask("POST", &path.to(&format!("answers/{n}/approval"))).send().expect(200);
        let link = json!({ "permalink": "https://vk.example/wall-1_1" });
        self.integration.post(&path.to(&format!("answers/{n}/delivery")), &link).expect(200).json()["incident"].clone()
    }

    /// The incident as it is.
    pub fn incident(&self, path: &Path) -> Value {
        self.controller.get(&path.to("")).expect(200).json()
    }

    /// Its latest clock of a kind.
    pub fn clock(&self, path: &Path, kind: &str) -> Value {
        let clocks = self.controller.get(&path.to("clocks")).expect(200).json();
        let of_kind = clocks["items"].as_array().unwrap().iter().rfind(|c| c["kind"] == kind).cloned();
        of_kind.unwrap_or_else(|| panic!("no {kind} clock: {clocks}"))
    }

    /// What happened to it, in order; the chain of hashes is whole.
    pub fn kinds_of_events(&self, path: &Path) -> Vec<String> {
        let events = self.controller.get(&path.to("events?limit=200")).expect(200).json();
        let events = events["items"].as_array().unwrap().clone();
        assert!(events.iter().all(|e| e["intact"] == true));
        events.iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// The author of a complaint says something more; what became of it.
    pub fn says(&self, external: &str, of: &str, text: &str, rating: Option<i32>) -> Value {
        let told = json!({
            "external_id": external, "form": "comment", "post": of, "account": "lukomorsk",
            "author": { "id": format!("author of {of}") }, "text": text, "rating": rating,
            "published_at": self.city.now(),
        });
        self.city.push(&self.source, &[told]).expect(200).json()["results"][0]["status"].clone()
    }
}

/// Where an incident is in the API.
pub struct Path(pub Id);

impl Path {
    /// Something that belongs to it.
    pub fn to(&self, what: &str) -> String {
        format!("/api/v1/incidents/{}/{what}", self.0).trim_end_matches('/').to_owned()
    }
}
