//! Who is told that time runs out: those whose work it is.

use crate::domain::sla::ClockKind;
use crate::domain::{Role, Step};
use crate::store::records::Incident;

/// The roles whose work a clock waits for, and at which organisation; none: the root, where moderators and controllers are. The wait
/// for the author is nobody's work.
pub(super) fn concerned(kind: ClockKind, incident: &Incident) -> Option<(&'static [Role], Option<String>)> {
    let executor = incident.executor.clone().or_else(|| incident.organisation.clone());
    let (roles, organisation): (&[Role], _) = match (kind, incident.step) {
        (ClockKind::AuthorWait, _) => return None,
        (ClockKind::Routing, Step::Control) | (_, Step::Control) => (&[Role::Controller], None),
        (ClockKind::Routing, _) | (_, Step::Distribution) => (&[Role::Moderator], None),
        (ClockKind::Approval, _) | (_, Step::Approval) => (&[Role::Approver], incident.organisation.clone()),
        (ClockKind::Acceptance, _) => (&[Role::Coordinator], incident.organisation.clone()),
        (ClockKind::Rework, _) | (_, Step::InWork | Step::Drafted | Step::Rework) => {
            (&[Role::Executor, Role::Coordinator], executor)
        }
        _ => (&[Role::Coordinator], incident.organisation.clone()),
    };
    Some((roles, organisation))
}
