//! What speaks against an answer, found before it is approved.

use std::collections::{HashMap, HashSet};

use crate::desk::{Desk, Error, incidents as shown};
use crate::domain::answer::{self, Concern, ConcernCode, Reading, Severity};
use crate::domain::refusal::Faults;
use crate::domain::{AnswerState, Id, Refusal, wording};
use crate::store::records::{Answer, ApprovedAnswer, Incident};
use crate::store::{Conn, approvals, incidents, messages, spine};

/// The concerns that an approver may pass over by name.
pub const DESPITE: [ConcernCode; 2] = [ConcernCode::MissingDate, ConcernCode::ThirdPerson];

const DAY: i64 = 86_400;

/// An answer, with what speaks against it if it is not decided about yet.
pub type Looked = (Answer, Option<Vec<Concern>>);

/// What speaks against an answer that is not decided about yet; none of one that is.
///
/// # Errors
/// [`Error::Store`].
pub fn concerns(
    conn: &mut Conn,
    desk: &Desk,
    incident: &Incident,
    answer: &Answer,
) -> Result<Option<Vec<Concern>>, Error> {
    if !matches!(answer.state, AnswerState::Draft | AnswerState::Submitted) {
        return Ok(None);
    }
    let reading = Reading::new(&answer.text, desk.policy.gazetteer());
    let since = desk.now.plus_seconds(-DAY * i64::from(desk.policy.doc().city.answers.identical_days));
    let root = incident.parent_id.unwrap_or(incident.id);
    let repeated = approvals::repeated(conn, &reading.prints(), since, root)?;
    found(conn, desk, (incident, answer), &reading, &repeated).map(Some)
}

/// An incident's answers, with what speaks against the one that is not decided about yet.
///
/// # Errors
/// [`Error::NotFound`].
pub fn of_incident(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Vec<Looked>, Error> {
    let incident = shown::get(conn, desk, id)?;
    let answers = spine::answers_of(conn, id)?;
    answers
        .into_iter()
        .map(|answer| concerns(conn, desk, &incident, &answer).map(|concerns| (answer, concerns)))
        .collect()
}

fn found(
    conn: &mut Conn,
    desk: &Desk,
    (incident, answer): (&Incident, &Answer),
    reading: &Reading<'_>,
    repeated: &HashMap<i64, usize>,
) -> Result<Vec<Concern>, Error> {
    let doc = desk.policy.doc();
    // The answer to a mass incident goes to many: what belongs to one of them is somebody else's to the others.
    let is_mass = !incidents::merged_into(conn, incident.id)?.is_empty();
    let thread = if is_mass { Vec::new() } else { messages::of_incident(conn, incident.id)? };
    let authors: Vec<String> = thread.iter().filter_map(|message| message.author_name.clone()).collect();
    let said: Vec<String> = thread.into_iter().map(|message| message.text).collect();
    let many = usize::from(doc.city.answers.identical_to);
    let templates =
        if repeated.values().any(|others| *others >= many) { templates(desk, answer) } else { HashSet::new() };
    let case = answer::Case {
        kind: answer.kind,
        outcome: answer.outcome,
        matter: incident.kind,
        authors: &authors,
        said: &said,
        contacts: &doc.city.public_contacts,
        templates: &templates,
        repeated,
        bounds: doc.city.answers,
    };
    Ok(answer::concerns(reading, &case))
}

/// The fingerprints of the templates' sentences, as they are once the organisation that answers is filled in.
fn templates(desk: &Desk, answer: &Answer) -> HashSet<i64> {
    let organisation = desk.policy.organisation(&answer.organisation).map(|known| known.title.as_str());
    let prints = desk.policy.doc().templates.iter().flat_map(|template| {
        let text = wording::prepared(&template.text, None, None, organisation);
        Reading::new(&text, desk.policy.gazetteer()).prints()
    });
    prints.collect()
}

/// Refuses a text in which a blank is left.
pub(super) fn filled(answer: &Answer) -> Result<(), Error> {
    let mut faults = Faults::default();
    for (_, span) in wording::blanks(&answer.text) {
        let blank = &answer.text[span];
        faults.need(false, "/text", format!("the blank {blank} is not filled (unfilled_blank)"));
    }
    Ok(faults.settle()?)
}

/// Refuses an answer that holds what is forbidden, but for what the approver names; what there was of that.
pub(super) fn allowed(
    conn: &mut Conn,
    desk: &Desk,
    incident: &Incident,
    answer: &Answer,
    despite: &[ConcernCode],
) -> Result<Vec<ConcernCode>, Error> {
    let mut faults = Faults::default();
    for (n, code) in despite.iter().enumerate() {
        let pointer = format!("/despite/{n}");
        faults.need(
            DESPITE.contains(code),
            &pointer,
            "must be missing_date or third_person: only these forbid an approval",
        );
    }
    faults.settle()?;
    let reading = Reading::new(&answer.text, desk.policy.gazetteer());
    let forbidden = found(conn, desk, (incident, answer), &reading, &HashMap::new())?;
    let forbidden = forbidden.into_iter().filter(|concern| concern.severity == Severity::Forbidden);
    let (passed, left): (Vec<_>, Vec<_>) = forbidden.partition(|concern| despite.contains(&concern.code));
    if !left.is_empty() {
        return Err(Refusal::Concerns(left).into());
    }
    let topic = incident.topic.clone();
    let approved = ApprovedAnswer { answer_id: answer.id, incident_id: incident.id, topic, at: desk.now };
    approvals::note(conn, &approved, &reading.prints())?;
    let mut passed: Vec<ConcernCode> = passed.into_iter().map(|concern| concern.code).collect();
    passed.sort_unstable();
    passed.dedup();
    Ok(passed)
}

/// The words of the authors' names, by incident.
pub(super) fn names(conn: &mut Conn, incidents: &[Id]) -> Result<HashMap<Id, Vec<String>>, Error> {
    let mut names: HashMap<Id, Vec<String>> = HashMap::new();
    for (incident, name) in approvals::authors(conn, incidents)? {
        names.entry(incident).or_default().push(name);
    }
    Ok(names)
}
