//! The incident's life: four separate facts (step, kind, outcome, reason of closing) and the table of moves between steps.
//!
//! The facts are separate because the real system keeps them so: a *solvable* complaint usually ends *explained*, not
//! *resolved*, and closes because its author stayed *silent*. One status would hide just what residents complain about.

use serde::Serialize;

use super::refusal::Refusal;
use super::words::vocabulary;

vocabulary! {
    /// Where an incident stands («текущий шаг»).
    Step {
        /// Nobody is responsible yet: a moderator distributes it («на распределении»).
        Distribution = "distribution",
        /// Returned as misrouted too often, or argued past the last round: a controller decides («у контролёра»).
        Control = "control",
        /// An organisation, or one of its departments, has it and has not begun («распределено»).
        Assigned = "assigned",
        /// Somebody works on it («в работе»).
        InWork = "in_work",
        /// An answer is written but not submitted («ответ подготовлен»).
        Drafted = "drafted",
        /// The answer waits for an approver («на согласовании»).
        Approval = "approval",
        /// The approver sent the answer back («на доработке»).
        Rework = "rework",
        /// The answer is approved and on its way to the network («согласовано»). Delivered is another fact.
        Approved = "approved",
        /// The answer is delivered, its author may speak («оценка удовлетворённости»).
        AwaitingAuthor = "awaiting_author",
        /// Done («готово»).
        Closed = "closed",
    }
}

vocabulary! {
    /// What the message is («тип инцидента»).
    Kind {
        /// A problem that somebody can solve («решаемый»).
        Solvable = "solvable",
        /// A problem that nobody here can solve («не решаемый»).
        Unsolvable = "unsolvable",
        /// A question, a wish («информационный»).
        Informational = "informational",
        /// Thanks («благодарность»).
        Gratitude = "gratitude",
        /// Advertisement or noise («спам»).
        Spam = "spam",
    }
}

vocabulary! {
    /// What came of it («итог»).
    Outcome {
        /// Mended («решено»).
        Resolved = "resolved",
        /// Explained («разъяснено»).
        Explained = "explained",
        /// Not mended («не решено»): counts as an open problem.
        NotResolved = "not_resolved",
        /// Put off to a date («отложено»): counts as an open problem.
        Deferred = "deferred",
    }
}

vocabulary! {
    /// Why it was closed («причина закрытия»).
    CloseReason {
        /// The author said so («автор доволен»).
        AuthorSatisfied = "author_satisfied",
        /// The wait for the author ran out («нет ответа от автора»). Never counted as satisfied.
        NoAuthorReply = "no_author_reply",
        /// «Дальнейший диалог нецелесообразен».
        DialoguePointless = "dialogue_pointless",
        /// The author gave a mark from 1 to 5.
        SurveyMark = "survey_mark",
        /// Not a complaint: advertisement or links.
        Advertisement = "advertisement",
        /// Not a complaint: insults, threats, obscenity.
        Insult = "insult",
        /// Not a complaint: false or banned information.
        FalseInformation = "false_information",
        /// Not a complaint: nobody can tell what it is about, or where.
        Unclear = "unclear",
        /// Not a complaint: repeats an answered one without new facts.
        Repeat = "repeat",
        /// Not a complaint: thanks, a greeting, a talk among residents.
        NoProblem = "no_problem",
        /// Merged into another incident on the same matter.
        Duplicate = "duplicate",
    }
}

impl CloseReason {
    /// The reasons with which a message may be put aside as not a complaint.
    pub const NOT_A_COMPLAINT: &'static [CloseReason] = &[
        CloseReason::Advertisement,
        CloseReason::Insult,
        CloseReason::FalseInformation,
        CloseReason::Unclear,
        CloseReason::Repeat,
        CloseReason::NoProblem,
    ];
    /// The reasons with which an answered incident may be closed.
    pub const ANSWERED: &'static [CloseReason] = &[
        CloseReason::AuthorSatisfied,
        CloseReason::NoAuthorReply,
        CloseReason::DialoguePointless,
        CloseReason::SurveyMark,
    ];
}

vocabulary! {
    /// Who decided the topic.
    TopicOrigin {
        /// It came with the message.
        Message = "message",
        /// A member of staff.
        Staff = "staff",
        /// A classifier proposed it; a moderator confirms or corrects.
        Classifier = "classifier",
        /// A classifier decided it alone, being as sure as the city wants it to be for that.
        Automatic = "automatic",
        /// Nobody yet.
        None = "none",
    }
}

vocabulary! {
    /// Whether an answer ends the matter.
    AnswerKind {
        /// Says what happens next; a final one follows («промежуточный»).
        Intermediate = "intermediate",
        /// Ends the round («окончательный»).
        Final = "final",
    }
}

vocabulary! {
    /// Where an answer goes.
    Via {
        /// To where the question was asked.
        Thread = "thread",
        /// To its author, in a private message.
        Private = "private",
    }
}

vocabulary! {
    /// How far one posting of an answer is: to one thread, or a part of it.
    PostingState {
        /// Not yet handed to the network.
        Waiting = "waiting",
        /// Handed to the network, which has not said yet that it has it.
        Sent = "sent",
        /// The network has it.
        Delivered = "delivered",
        /// Every attempt failed; it may be tried again by hand.
        Failed = "failed",
    }
}

vocabulary! {
    /// How far an answer is on its way. "Approved" and "delivered" are two facts.
    AnswerState {
        /// Written.
        Draft = "draft",
        /// Waits for an approver.
        Submitted = "submitted",
        /// Sent back for rework; a new draft follows.
        Returned = "returned",
        /// Approved, not yet handed to the network.
        Approved = "approved",
        /// Handed to the network, which has not said yet that it has it.
        Sent = "sent",
        /// Stands where the question was asked.
        Delivered = "delivered",
        /// Every attempt at delivery failed; it may be tried again by hand.
        Failed = "failed",
    }
}

vocabulary! {
    /// Why an approver sends an answer back. The list follows the criteria of Moscow's and Yakutia's regulations.
    ReworkReason {
        /// A formal reply («отписка»).
        Formal = "formal",
        /// Not on the substance.
        OffSubject = "off_subject",
        /// The fact is confirmed, but no date for the work is named.
        NoDate = "no_date",
        /// No evidence of the work done.
        NoEvidence = "no_evidence",
        /// Quotes laws without explaining them.
        LegalJargon = "legal_jargon",
        /// Contradicts itself or an earlier answer.
        Contradiction = "contradiction",
        /// Discloses personal data of third persons.
        PersonalData = "personal_data",
        /// Something else, said in the text.
        Other = "other",
    }
}

vocabulary! {
    /// Why an organisation gives an incident back.
    ReturnReason {
        /// «Не наша компетенция».
        NotOurCompetence = "not_our_competence",
        /// It is ours, but of another municipality.
        OtherTerritory = "other_territory",
        /// The topic is wrong.
        WrongTopic = "wrong_topic",
        /// Something else, said in the text.
        Other = "other",
    }
}

vocabulary! {
    /// What can be done to an incident.
    Action {
        /// A moderator or controller makes an organisation responsible.
        Assign = "assign",
        /// The organisation passes it to one of its departments, or on from one to another.
        Pass = "pass",
        /// Somebody begins to work.
        Take = "take",
        /// The organisation gives it back as wrongly routed.
        Return = "return",
        /// An answer is written or rewritten.
        Draft = "draft",
        /// The answer is handed to the approver.
        Submit = "submit",
        /// The approver sends it back.
        Rework = "rework",
        /// The approver approves.
        Approve = "approve",
        /// A final answer reached the network.
        Deliver = "deliver",
        /// An intermediate answer reached the network.
        DeliverIntermediate = "deliver_intermediate",
        /// The organisation answered in the network itself.
        AnswerOutside = "answer_outside",
        /// It, or a moderator, gave an intermediate answer in the network itself.
        SpeakOutside = "speak_outside",
        /// Put off to a date.
        Defer = "defer",
        /// Closed after an answer.
        Close = "close",
        /// Put aside: not a complaint.
        Dismiss = "dismiss",
        /// Joined to another incident on the same matter.
        Merge = "merge",
        /// Parted again.
        Unmerge = "unmerge",
        /// The author replied, or a controller opened it again.
        Reopen = "reopen",
        /// Topic, kind, severity or place were corrected; the step stays.
        Correct = "correct",
    }
}

/// One row of the state machine.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Move {
    /// What is done.
    pub action: Action,
    /// The steps it may be done in.
    pub from: &'static [Step],
    /// The steps it may lead to; empty: the step stays.
    pub to: &'static [Step],
}

const OPEN: &[Step] = &[
    Step::Distribution,
    Step::Control,
    Step::Assigned,
    Step::InWork,
    Step::Drafted,
    Step::Approval,
    Step::Rework,
    Step::Approved,
    Step::AwaitingAuthor,
];

/// The state machine: every move there is. What is not in the table is refused.
pub const MOVES: &[Move] = {
    use Step::*;
    &[
        Move { action: Action::Assign, from: &[Distribution, Control, Assigned, InWork, Rework], to: &[Assigned] },
        Move { action: Action::Pass, from: &[Assigned, InWork, Rework], to: &[Assigned] },
        Move { action: Action::Take, from: &[Assigned], to: &[InWork] },
        Move { action: Action::Return, from: &[Assigned, InWork], to: &[Distribution, Control] },
        Move { action: Action::Draft, from: &[InWork, Rework, Drafted], to: &[Drafted] },
        Move { action: Action::Submit, from: &[Drafted], to: &[Approval] },
        // An approved answer comes back if it cannot be delivered.
        Move { action: Action::Rework, from: &[Approval, Approved], to: &[Rework] },
        Move { action: Action::Approve, from: &[Approval], to: &[Approved] },
        Move { action: Action::Deliver, from: &[Approved], to: &[AwaitingAuthor] },
        Move { action: Action::DeliverIntermediate, from: &[Approved], to: &[InWork] },
        Move {
            action: Action::AnswerOutside,
            from: &[Distribution, Control, Assigned, InWork, Drafted, Rework],
            to: &[AwaitingAuthor],
        },
        Move {
            action: Action::SpeakOutside,
            from: &[Distribution, Control, Assigned, InWork, Drafted, Rework],
            to: &[],
        },
        Move { action: Action::Defer, from: &[Assigned, InWork, Drafted, Rework], to: &[] },
        Move { action: Action::Close, from: &[AwaitingAuthor, Assigned, InWork, Control], to: &[Closed] },
        Move { action: Action::Dismiss, from: &[Distribution, Control, Assigned, InWork], to: &[Closed] },
        Move { action: Action::Merge, from: OPEN, to: &[Closed] },
        Move { action: Action::Unmerge, from: &[Closed], to: OPEN },
        Move { action: Action::Reopen, from: &[AwaitingAuthor, Closed], to: &[InWork, Distribution, Control] },
        Move { action: Action::Correct, from: OPEN, to: &[] },
    ]
};

/// What the state machine needs to know of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub step: Step,
    /// Why it was closed, if it is.
    pub close_reason: Option<CloseReason>,
    /// The step it was merged in, if it is merged.
    pub step_before: Option<Step>,
    /// Whether an organisation is responsible.
    pub assigned: bool,
    /// How often it came back as wrongly routed.
    pub returns: i32,
    /// How many final answers were delivered.
    pub rounds: i32,
}

/// The numbers of the city's policy that bear on the life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// With this many returns an incident goes to a controller instead of round again.
    pub max_returns: i32,
    /// After this many delivered final answers an arguing author goes to a controller.
    pub max_rounds: i32,
}

impl Standing {
    /// The step that `action` leads to from here.
    ///
    /// # Errors
    /// [`Refusal::IllegalMove`] with the actions that are legal now.
    pub fn after(&self, action: Action, limits: Limits) -> Result<Step, Refusal> {
        let legal = MOVES.iter().find(|m| m.action == action && m.from.contains(&self.step) && self.meets(action));
        let Some(row) = legal else {
            return Err(Refusal::IllegalMove { action, step: self.step, legal: self.legal() });
        };
        Ok(match action {
            Action::Return if self.returns + 1 >= limits.max_returns => Step::Control,
            Action::Return => Step::Distribution,
            Action::Unmerge => self.step_before.unwrap_or(Step::Distribution),
            Action::Reopen if !self.assigned => Step::Distribution,
            Action::Reopen if self.rounds >= limits.max_rounds => Step::Control,
            Action::Reopen => Step::InWork,
            _ => row.to.first().copied().unwrap_or(self.step),
        })
    }

    /// The actions that the state machine allows now, whoever asks.
    pub fn legal(&self) -> Vec<Action> {
        MOVES.iter().filter(|m| m.from.contains(&self.step) && self.meets(m.action)).map(|m| m.action).collect()
    }

    /// The conditions beyond the step.
    fn meets(&self, action: Action) -> bool {
        let merged = self.close_reason == Some(CloseReason::Duplicate);
        match action {
            // Only an answered incident is closed as answered; the others are dismissed or merged.
            Action::Close => self.rounds > 0 || self.step == Step::AwaitingAuthor,
            Action::Unmerge => merged,
            Action::Reopen => !merged,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { max_returns: 3, max_rounds: 3 };

    fn standing(step: Step) -> Standing {
        Standing { step, close_reason: None, step_before: None, assigned: true, returns: 0, rounds: 0 }
    }

    #[test]
    fn every_step_and_action_is_either_in_the_table_or_refused_with_the_legal_moves() {
        for &step in Step::ALL {
            for &action in Action::ALL {
                let standing = standing(step);
                match standing.after(action, LIMITS) {
                    Ok(next) => {
                        let row = MOVES.iter().find(|m| m.action == action).unwrap();
                        assert!(row.from.contains(&step), "{action} from {step}");
                        assert!(
                            row.to.contains(&next) || (row.to.is_empty() && next == step),
                            "{action}: {step} -> {next}"
                        );
                    }
                    Err(Refusal::IllegalMove { legal, .. }) => assert_eq!(legal, standing.legal()),
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn every_step_can_be_reached_and_every_open_step_can_be_left() {
        for &step in Step::ALL {
            let reached = step == Step::Distribution || MOVES.iter().any(|m| m.to.contains(&step));
            assert!(reached, "{step} is a dead name");
            assert!(!standing(step).legal().is_empty(), "{step} is a trap");
        }
    }

    #[test]
    fn the_third_return_goes_to_a_controller() {
        let step = |returns| Standing { returns, ..standing(Step::Assigned) }.after(Action::Return, LIMITS);
        assert_eq!((step(0), step(1), step(2)), (Ok(Step::Distribution), Ok(Step::Distribution), Ok(Step::Control)));
    }

    #[test]
    fn an_author_who_argues_past_the_last_round_goes_to_a_controller() {
        let step = |rounds| Standing { rounds, ..standing(Step::AwaitingAuthor) }.after(Action::Reopen, LIMITS);
        assert_eq!((step(1), step(3)), (Ok(Step::InWork), Ok(Step::Control)));
    }

    #[test]
    fn closing_needs_an_answer() {
        assert!(standing(Step::InWork).after(Action::Close, LIMITS).is_err());
        assert_eq!(Standing { rounds: 1, ..standing(Step::InWork) }.after(Action::Close, LIMITS), Ok(Step::Closed));
    }

    #[test]
    fn a_merged_incident_is_unmerged_to_where_it_was_and_not_reopened() {
        let merged = Standing {
            close_reason: Some(CloseReason::Duplicate),
            step_before: Some(Step::InWork),
            ..standing(Step::Closed)
        };
        assert_eq!(merged.after(Action::Unmerge, LIMITS), Ok(Step::InWork));
        assert!(merged.after(Action::Reopen, LIMITS).is_err());
        assert!(standing(Step::Closed).after(Action::Unmerge, LIMITS).is_err());
    }
}
