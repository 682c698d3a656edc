//! What each decision of staff teaches. Lessons are noted in the transaction of the decision.

use crate::desk::{Desk, Error};
use crate::domain::classify::{KindHint, kind_hint};
use crate::domain::{CloseReason, Kind, TopicOrigin};
use crate::store::records::{Incident, NewLesson};
use crate::store::{Conn, lessons};

/// Topic, kind or severity were corrected; what was not named was not decided.
pub fn corrected(
    conn: &mut Conn,
    desk: &Desk,
    incident: &Incident,
    topic: bool,
    kind: bool,
    severity: bool,
) -> Result<(), Error> {
    let lesson = NewLesson {
        topic: incident.topic.clone().filter(|_| topic),
        kind: kind.then_some(incident.kind),
        severity: severity.then_some(incident.severity),
        ..blank(desk, incident)
    };
    note(conn, &lesson)
}

/// The incident was distributed for the first time: whoever does that lets what was proposed stand.
pub fn assigned(conn: &mut Conn, desk: &Desk, incident: &Incident) -> Result<(), Error> {
    // What staff had decided before is a lesson already.
    let confirmed = matches!(incident.topic_origin, TopicOrigin::Classifier | TopicOrigin::Message);
    if !confirmed || incident.topic.is_none() {
        return Ok(());
    }
    let lesson = NewLesson {
        topic: incident.topic.clone(),
        kind: Some(incident.kind),
        severity: Some(incident.severity),
        ..blank(desk, incident)
    };
    note(conn, &lesson)
}

/// The incident was put aside. Some reasons say what the message is; others, such as that it repeats another one, do not.
pub fn dismissed(conn: &mut Conn, desk: &Desk, incident: &Incident, reason: CloseReason) -> Result<(), Error> {
    let kind = match reason {
        CloseReason::Advertisement | CloseReason::Insult => Some(Kind::Spam),
        CloseReason::NoProblem if incident.kind != Kind::Solvable => Some(incident.kind),
        CloseReason::NoProblem if kind_hint(&incident.text) == Some(KindHint::Gratitude) => Some(Kind::Gratitude),
        CloseReason::NoProblem => Some(Kind::Informational),
        _ => None,
    };
    note(conn, &NewLesson { kind, ..blank(desk, incident) })
}

fn blank(desk: &Desk, incident: &Incident) -> NewLesson {
    NewLesson { incident_id: incident.id, topic: None, kind: None, severity: None, by: desk.actor.tag(), at: desk.now }
}

/// A decision that says nothing teaches nothing.
fn note(conn: &mut Conn, lesson: &NewLesson) -> Result<(), Error> {
    if lesson.topic.is_some() || lesson.kind.is_some() || lesson.severity.is_some() {
        lessons::add(conn, lesson)?;
    }
    Ok(())
}
