//! The moves: what a moderator, a coordinator, an executor, an approver and a controller do with an incident before them.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Incident, Office};
use crate::demo::client::{Member, Missed};
use crate::demo::generator::Truth;
use crate::domain::answer::{ConcernCode, Severity};
use crate::domain::{AnswerKind, AnswerState, CloseReason, Id, Kind, Outcome, ReworkReason, Step};

/// How often what happens.
mod share {
    /// A moderator reads on, and corrects the topic that was proposed wrongly.
    pub const CORRECTED: f64 = 0.9;
    /// A moderator sees that it is about what somebody else wrote of, and merges it.
    pub const MERGED: f64 = 0.7;
    /// A coordinator gives back what is not theirs: with the wrong topic, with the right one, for a further time.
    pub const RETURNED_WRONG: f64 = 0.8;
    pub const RETURNED: f64 = 0.03;
    pub const RETURNED_AGAIN: f64 = 0.25;
    /// A coordinator passes on to a department what no rule has passed on.
    pub const PASSED: f64 = 0.3;
    /// An executor writes what will happen, before it has happened.
    pub const INTERMEDIATE: f64 = 0.12;
    /// The work has to wait for a season.
    pub const DEFERRED: f64 = 0.02;
    /// The executor sleeps on the draft.
    pub const LEFT_AS_DRAFT: f64 = 0.15;
    /// The approver wants it better.
    pub const REWORK: f64 = 0.09;
    /// A controller ends a talk that leads nowhere.
    pub const POINTLESS: f64 = 0.6;
}

/// For how many seconds something is put off.
const DEFERRED_SECONDS: i64 = 21 * 86_400;

/// What approvers want better.
const COMPLAINTS: [(&str, &str); 4] = [
    ("no_date", "Назовите срок: когда именно будут работы."),
    ("formal", "Слишком общо. Напишите, что сделано по этому адресу."),
    ("no_evidence", "Приложите фото после работ."),
    ("off_subject", "Ответ не на тот вопрос, прочитайте сообщение ещё раз."),
];

/// What approvers say of an answer that names somebody else.
const OF_OTHERS: (&str, &str) = ("personal_data", "Уберите имя постороннего человека, назовите должность.");

/// How many matters a moderator remembers.
const MATTERS: usize = 5_000;

/// Which incident on a matter, a topic in a street, was seen last.
pub(super) type Merging = HashMap<(String, String), Id>;

/// An answer of an incident, as far as it is looked at.
#[derive(Deserialize)]
struct Answer {
    n: i32,
    state: AnswerState,
    #[serde(default)]
    concerns: Vec<Concern>,
}

/// What speaks against an answer, as far as the approver looks at it.
#[derive(Deserialize)]
struct Concern {
    code: ConcernCode,
    severity: Severity,
}

#[derive(Deserialize)]
struct Answers {
    items: Vec<Answer>,
}

/// A message of an incident, as far as it is looked at.
#[derive(Deserialize)]
struct Message {
    text: String,
}

#[derive(Deserialize)]
struct Messages {
    items: Vec<Message>,
}

#[derive(Deserialize)]
struct Answered {
    answer: Answer,
    incident: Incident,
}

type Moved = Result<Option<Incident>, Missed>;

fn post(member: &mut Member, incident: &Incident, what: &str, body: &Value) -> Moved {
    member.change("POST", &incident.path(what), incident.version, Some(body)).map(Some)
}

impl Office {
    /// Makes the move that is due in the incident's step; the incident as it is then, or none if there is nothing left to do.
    pub(super) fn move_on(&mut self, incident: Incident) -> Moved {
        if matches!(incident.step, Step::Control | Step::Assigned | Step::InWork)
            && self.close_with_thanks(&incident)?
        {
            return Ok(None);
        }
        match incident.step {
            Step::Distribution => self.distribute(incident),
            Step::Control => self.decide(&incident),
            Step::Assigned => self.accept(&incident),
            Step::InWork if self.dice.chance(share::DEFERRED) => self.defer(&incident),
            Step::Rework if self.undelivered.remove(&incident.id) => self.answer_outside(&incident),
            Step::InWork | Step::Rework => self.answer(&incident),
            Step::Drafted => self.submit(&incident),
            Step::Approval => self.approve(&incident),
            Step::Approved => self.look_after_delivery(incident),
            Step::AwaitingAuthor | Step::Closed => Ok(None),
        }
    }

    /// The moderator reads it: puts aside what is no complaint, corrects the topic, merges what is known, distributes the rest.
    fn distribute(&mut self, mut incident: Incident) -> Moved {
        let known = self.read(&incident);
        match known.as_ref().map(|known| &known.truth) {
            Some(Truth::Noise) => return self.dismiss(&incident, noise(&incident.text)),
            Some(Truth::Thanks) => {
                if incident.kind != Kind::Gratitude {
                    incident = self.correct(&incident, json!({ "kind": Kind::Gratitude }))?;
                }
                return self.dismiss(&incident, CloseReason::NoProblem);
            }
            Some(Truth::About(topic)) => {
                let place = known.as_ref().and_then(|known| known.municipality.as_deref());
                incident = self.correct_what_is_wrong(incident, topic, place)?;
            }
            // Written before the demo was started anew, so nobody remembers it.
            None if incident.topic.is_none() => return self.dismiss(&incident, CloseReason::Unclear),
            None => {}
        }
        let street = known.and_then(|known| known.street);
        if let Some(survivor) = self.same_matter(&incident, street) {
            return post(&mut self.team.moderator, &incident, "/merge", &json!({ "into": survivor })).map(|_| None);
        }
        post(&mut self.team.moderator, &incident, "/assignments", &json!({}))
    }

    fn correct(&mut self, incident: &Incident, change: Value) -> Result<Incident, Missed> {
        self.team.moderator.change("PATCH", &incident.path(""), incident.version, Some(&change))
    }

    /// What the program guessed, and where it says nothing of the place: most of it somebody sees.
    fn correct_what_is_wrong(
        &mut self,
        incident: Incident,
        topic: &str,
        place: Option<&str>,
    ) -> Result<Incident, Missed> {
        let topic = Some(topic).filter(|topic| incident.topic.as_deref() != Some(*topic));
        let place = place.filter(|place| incident.municipality != *place);
        if (topic.is_none() && place.is_none()) || !self.dice.chance(share::CORRECTED) {
            return Ok(incident);
        }
        let mut change = json!({});
        if let Some(topic) = topic {
            change["topic"] = json!(topic);
        }
        if let Some(place) = place {
            change["place"] = json!({ "municipality": place });
        }
        self.correct(&incident, change)
    }

    /// The author came back to say thanks, and nobody has to do anything any more.
    fn close_with_thanks(&mut self, incident: &Incident) -> Result<bool, Missed> {
        if incident.rounds == 0 {
            return Ok(false);
        }
        let thread: Messages = self.team.controller.get(&incident.path("/messages"))?;
        let last = thread.items.last().filter(|message| self.writer.is_thanks(&message.text));
        if last.is_none() {
            return Ok(false);
        }
        let body = json!({ "reason": CloseReason::AuthorSatisfied, "note": "Автор благодарит" });
        post(&mut self.team.controller, incident, "/closures", &body).map(|_| true)
    }

    fn dismiss(&mut self, incident: &Incident, reason: CloseReason) -> Moved {
        post(&mut self.team.moderator, incident, "/dismissals", &json!({ "reason": reason })).map(|_| None)
    }

    /// An earlier incident on the same topic in the same street, if the moderator thinks of it and it is still open.
    fn same_matter(&mut self, incident: &Incident, street: Option<String>) -> Option<Id> {
        let matter = (incident.topic.clone()?, street?);
        if self.merging.len() >= MATTERS {
            self.merging.clear();
        }
        let earlier = self.merging.insert(matter.clone(), incident.id)?;
        if earlier == incident.id || incident.returns + incident.rounds > 0 || !self.dice.chance(share::MERGED) {
            return None;
        }
        let other: Incident = self.team.moderator.get(&format!("/api/v1/incidents/{earlier}")).ok()?;
        let open = !matches!(other.step, Step::Closed | Step::AwaitingAuthor);
        open.then(|| {
            // The survivor stays the one that others are merged into.
            self.merging.insert(matter, earlier);
            earlier
        })
    }

    /// The controller decides what came back too often, or is argued about without end.
    fn decide(&mut self, incident: &Incident) -> Moved {
        if incident.rounds > 0 && self.dice.chance(share::POINTLESS) {
            let body = json!({ "reason": CloseReason::DialoguePointless, "note": "Ответы даны, новых сведений нет" });
            return post(&mut self.team.controller, incident, "/closures", &body).map(|_| None);
        }
        post(&mut self.team.controller, incident, "/assignments", &json!({}))
    }

    /// The coordinator gives it back, passes it on, or lets the executor take it.
    fn accept(&mut self, incident: &Incident) -> Moved {
        if !self.is_connected(incident) {
            return self.answer_outside(incident);
        }
        if let Some(reason) = self.reason_to_return(incident) {
            let body = json!({ "reason": reason, "note": "Не наша компетенция" });
            return post(&mut self.team.coordinator, incident, "/returns", &body);
        }
        if let Some(department) = self.department(incident) {
            return post(&mut self.team.coordinator, incident, "/passes", &json!({ "executor": department }));
        }
        self.team.executor.change("POST", &incident.path("/work"), incident.version, None).map(Some)
    }

    fn is_connected(&self, incident: &Incident) -> bool {
        let organisation = incident.organisation.as_deref().and_then(|id| self.policy.organisation(id));
        organisation.is_none_or(|organisation| organisation.connected)
    }

    fn reason_to_return(&mut self, incident: &Incident) -> Option<&'static str> {
        let truth = self.read(incident).map(|known| known.truth);
        let wrong = matches!(&truth, Some(Truth::About(topic)) if incident.topic.as_ref() != Some(topic));
        let (share, reason) = match incident.returns {
            0 if wrong => (share::RETURNED_WRONG, "wrong_topic"),
            0 => (share::RETURNED, "not_our_competence"),
            _ => (share::RETURNED_AGAIN, "not_our_competence"),
        };
        (incident.rounds == 0 && self.dice.chance(share)).then_some(reason)
    }

    /// A department right below the organisation, for what no rule has passed on.
    fn department(&mut self, incident: &Incident) -> Option<String> {
        let organisation = incident.organisation.as_deref().filter(|_| incident.executor.is_none())?;
        let organisations = &self.policy.doc().organisations;
        let below: Vec<&str> = organisations
            .iter()
            .filter(|o| {
                o.connected && o.parent.as_deref() == Some(organisation) && organisation != self.policy.doc().city.root
            })
            .map(|o| o.id.as_str())
            .collect();
        let department = self.dice.word(&below);
        (!department.is_empty() && self.dice.chance(share::PASSED)).then(|| department.to_owned())
    }

    /// An organisation that does not work in the system answers in the network itself; the coordinator notes it.
    fn answer_outside(&mut self, incident: &Incident) -> Moved {
        let body = json!({
            "text": self.text(incident, AnswerKind::Final),
            "outcome": self.outcome(),
            "at": self.clock.now(),
        });
        let answered: Answered =
            self.team.coordinator.change("POST", &incident.path("/outside-answers"), incident.version, Some(&body))?;
        Ok(Some(answered.incident))
    }

    fn defer(&mut self, incident: &Incident) -> Moved {
        let until = self.clock.now().plus_seconds(DEFERRED_SECONDS);
        let body = json!({ "until": until, "reason": "Работы внесены в план, нужна тёплая погода" });
        post(&mut self.team.coordinator, incident, "/deferrals", &body)
    }

    /// The executor drafts, and mostly submits at once.
    fn answer(&mut self, incident: &Incident) -> Moved {
        let first = incident.first_answer_at.is_none() && incident.step == Step::InWork;
        let intermediate = first && self.dice.chance(share::INTERMEDIATE);
        let kind = if intermediate { AnswerKind::Intermediate } else { AnswerKind::Final };
        let outcome = (kind == AnswerKind::Final).then(|| self.outcome());
        let body = json!({ "kind": kind, "outcome": outcome, "text": self.text(incident, kind) });
        let drafted: Answered =
            self.team.executor.change("POST", &incident.path("/answers"), incident.version, Some(&body))?;
        if self.dice.chance(share::LEFT_AS_DRAFT) {
            return Ok(Some(drafted.incident));
        }
        self.hand_in(&drafted.incident, drafted.answer.n)
    }

    fn submit(&mut self, incident: &Incident) -> Moved {
        let n = last(&mut self.team.executor, incident)?.n;
        self.hand_in(incident, n)
    }

    fn hand_in(&mut self, incident: &Incident, n: i32) -> Moved {
        let path = incident.path(&format!("/answers/{n}/submission"));
        let submitted: Answered = self.team.executor.change("POST", &path, incident.version, None)?;
        Ok(Some(submitted.incident))
    }

    /// The approver approves, or wants it better.
    fn approve(&mut self, incident: &Incident) -> Moved {
        let Answer { n, concerns, .. } = last(&mut self.team.approver, incident)?;
        let forbidden = concerns.iter().find(|concern| concern.severity == Severity::Forbidden);
        let unwanted = match forbidden.map(|concern| concern.code) {
            Some(ConcernCode::MissingDate) => Some(COMPLAINTS[0]),
            Some(_) => Some(OF_OTHERS),
            None if self.dice.chance(share::REWORK) => {
                Some(COMPLAINTS[self.dice.below(COMPLAINTS.len() as u32) as usize])
            }
            None => None,
        };
        let answered: Answered = if let Some((reason, text)) = unwanted {
            let body = json!({ "reason": reason, "text": text });
            let path = incident.path(&format!("/answers/{n}/rework"));
            self.team.approver.change("POST", &path, incident.version, Some(&body))?
        } else {
            let path = incident.path(&format!("/answers/{n}/approval"));
            self.team.approver.change("POST", &path, incident.version, None)?
        };
        Ok(Some(answered.incident))
    }

    /// What the network does not take (the question was deleted, say, or the author takes no private messages) comes back from the
    /// approver, and the author is told otherwise.
    fn look_after_delivery(&mut self, incident: Incident) -> Moved {
        let answers: Answers = self.team.approver.get(&incident.path("/answers"))?;
        let Some(failed) = answers.items.last().filter(|answer| answer.state == AnswerState::Failed) else {
            return Ok(Some(incident));
        };
        let body =
            json!({ "reason": ReworkReason::Formal, "text": "Опубликовать не удалось. Свяжитесь с заявителем иначе." });
        let path = incident.path(&format!("/answers/{}/rework", failed.n));
        let answered: Answered = self.team.approver.change("POST", &path, incident.version, Some(&body))?;
        self.undelivered.insert(answered.incident.id);
        Ok(Some(answered.incident))
    }

    fn outcome(&mut self) -> Outcome {
        match self.dice.below(20) {
            0..=8 => Outcome::Resolved,
            9..=17 => Outcome::Explained,
            _ => Outcome::NotResolved,
        }
    }

    fn text(&mut self, incident: &Incident, kind: AnswerKind) -> String {
        let street = self.read(incident).and_then(|known| known.street);
        self.writer.write(incident, kind, street.as_deref(), self.clock.now(), &mut self.dice)
    }
}

/// The incident's last answer.
fn last(member: &mut Member, incident: &Incident) -> Result<Answer, Missed> {
    let answers: Answers = member.get(&incident.path("/answers"))?;
    // Without an answer the step would be another by now.
    answers.items.into_iter().next_back().ok_or(Missed::Raced)
}

fn noise(text: &str) -> CloseReason {
    let sells = ["http", "Продам", "Отдам", "Подписывайтесь"].iter().any(|word| text.contains(word));
    if sells { CloseReason::Advertisement } else { CloseReason::NoProblem }
}
