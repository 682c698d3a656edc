//! What speaks against an answer.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::fact::{FactKind, is_of};
use super::sentence::Reading;
use super::token::tokens;
use super::{confirmed, measure, phrase};
use crate::domain::policy::doc::AnswerBounds;
use crate::domain::words::vocabulary;
use crate::domain::{AnswerKind, Kind, Outcome, publication, wording};

vocabulary! {
    /// What speaks against an answer.
    ConcernCode {
        /// Nothing but phrases: neither a date nor a place nor a figure, nothing that is done or can be done.
        EmptyAnswer = "empty_answer",
        /// A phrase that says nothing.
        EmptyPhrase = "empty_phrase",
        /// Most of its sentences stand, but for places, dates, numbers and names, in the answers to many other incidents.
        IdenticalToMany = "identical_to_many",
        /// It confirms what was complained about, and names neither a date nor a term.
        MissingDate = "missing_date",
        /// It holds the name or data of somebody who is neither the author nor in office.
        ThirdPerson = "third_person",
        /// A blank of a draft was left.
        UnfilledBlank = "unfilled_blank",
    }
}

vocabulary! {
    /// How much a concern weighs.
    Severity {
        /// It is shown, and nothing more.
        Warning = "warning",
        /// The answer is not approved with it unless the approver says so by name.
        Forbidden = "forbidden",
        /// The answer cannot be handed in with it.
        Refused = "refused",
    }
}

/// Something that speaks against an answer, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    pub code: ConcernCode,
    pub severity: Severity,
    /// Where in the text it begins, in characters.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The words; none if it is about the whole.
    pub piece: String,
    /// Of [`ConcernCode::IdenticalToMany`]: to how many other incidents that sentence was said.
    pub others: Option<usize>,
}

/// What is known of an answer beside its text.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub kind: AnswerKind,
    pub outcome: Option<Outcome>,
    /// What the complaint is.
    pub matter: Kind,
    /// The authors' names, as the network shows them; none where the answer goes to many, each of whom is a stranger to the others.
    pub authors: &'a [String],
    /// What the authors said.
    pub said: &'a [String],
    /// What the city makes public itself.
    pub contacts: &'a [String],
    /// The fingerprints of the sentences of the city's templates.
    pub templates: &'a HashSet<i64>,
    /// How many other incidents were answered with a sentence, by its fingerprint.
    pub repeated: &'a HashMap<i64, usize>,
    pub bounds: AnswerBounds,
}

/// What speaks against an answer: what forbids it first, then by place.
pub fn concerns(reading: &Reading<'_>, case: &Case<'_>) -> Vec<Concern> {
    let mut found = Found { reading, concerns: Vec::new() };
    for (_, span) in wording::blanks(reading.text) {
        found.note(ConcernCode::UnfilledBlank, Severity::Refused, span);
    }
    third_persons(&mut found, case);
    missing_date(&mut found, case);
    for span in phrase::phrases(&reading.tokens) {
        found.note(ConcernCode::EmptyPhrase, Severity::Warning, span);
    }
    if says_nothing(reading, case) {
        found.note(ConcernCode::EmptyAnswer, Severity::Warning, 0..reading.text.len());
    }
    identical(&mut found, case);
    let mut concerns = found.concerns;
    concerns.sort_by_key(|concern| (std::cmp::Reverse(concern.severity), concern.from, concern.code));
    concerns
}

struct Found<'r, 't> {
    reading: &'r Reading<'t>,
    concerns: Vec<Concern>,
}

impl Found<'_, '_> {
    fn note(&mut self, code: ConcernCode, severity: Severity, span: Range<usize>) -> &mut Concern {
        let text = self.reading.text;
        let characters = |end: usize| text.get(..end).map_or(0, |before| before.chars().count());
        let whole = span == (0..text.len());
        let piece = if whole { String::new() } else { text[span.clone()].to_owned() };
        let at = self.concerns.len();
        self.concerns.push(Concern {
            code,
            severity,
            from: characters(span.start),
            to: characters(span.end),
            piece,
            others: None,
        });
        &mut self.concerns[at]
    }
}

/// Names of people who are neither the author nor told with an office, and other people's data. What the author said of himself and
/// what the city makes public is nobody else's.
fn third_persons(found: &mut Found<'_, '_>, case: &Case<'_>) {
    let reading = found.reading;
    let public: Vec<String> = case.contacts.iter().map(|contact| publication::bare(contact)).collect();
    let own = |piece: &str| {
        let bare = publication::bare(piece);
        public.contains(&bare) || case.said.iter().any(|said| said.contains(piece) || holds(said, &bare))
    };
    for fact in &reading.facts {
        let piece = &reading.text[fact.span.clone()];
        let is_concern = match fact.kind {
            FactKind::Person => !is_of(piece, case.authors) && !in_office(reading.text, &fact.span),
            FactKind::Personal(_) => !own(piece),
            _ => false,
        };
        if is_concern {
            found.note(ConcernCode::ThirdPerson, Severity::Forbidden, fact.span.clone());
        }
    }
}

/// Whether a text holds the digits of a number, however it divides them.
fn holds(said: &str, bare: &str) -> bool {
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    bare.len() >= 4 && bare.chars().all(|c| c.is_ascii_digit()) && digits.contains(bare)
}

/// What the names of offices begin with.
#[rustfmt::skip]
const OFFICES: &[&str] = &[
    "директор", "гендиректор", "мастер", "глав", "начальник", "замест", "зам", "руководител", "инженер", "диспетчер", "специалист", "мэр",
    "губернатор", "министр", "председател", "участков", "инспектор", "заведующ", "депутат", "управляющ", "секретар",
    "врач", "прораб", "бригадир", "ответственн", "исполняющ", "координатор", "консультант", "тренер", "педагог", "учител",
    "полковник", "майор", "капитан", "лейтенант", "прокурор", "староста", "менеджер", "куратор", "и.о",
];

/// Whether an office stands shortly before a name in its sentence, or right behind it.
fn in_office(text: &str, span: &Range<usize>) -> bool {
    let is_office = |word: &str| {
        OFFICES.iter().any(|office| if *office == "зам" { word == "зам" } else { word.starts_with(office) })
    };
    let before = text[..span.start].rsplit(['.', '!', '?', '\n']).find(|piece| piece.chars().any(char::is_alphabetic));
    let before = tokens(before.unwrap_or_default());
    let behind = text[span.end..].split(['.', '!', '?', '\n']).next().unwrap_or_default();
    let behind = tokens(behind);
    let words = |token: &super::token::Token| token.word().map(str::to_owned);
    before.iter().rev().filter_map(words).take(6).any(|word| is_office(&word))
        || behind.iter().filter_map(words).take(2).any(|word| is_office(&word))
}

/// The fact is confirmed by the outcome «not resolved» of a problem that can be solved, which the words of a promise or of a
/// confirmation do under any outcome. «Resolved» confirms it too, but the work is done: not to say when is a fault, and forbids nothing.
fn missing_date(found: &mut Found<'_, '_>, case: &Case<'_>) {
    let reading = found.reading;
    if reading.has(&[FactKind::Date]) {
        return;
    }
    let whole = 0..reading.text.len();
    let said = confirmed::confirming(&reading.tokens);
    let is_final = case.kind == AnswerKind::Final && case.matter == Kind::Solvable;
    match (said, case.outcome) {
        (Some(span), _) => _ = found.note(ConcernCode::MissingDate, Severity::Forbidden, span),
        (None, Some(Outcome::NotResolved)) if is_final => {
            found.note(ConcernCode::MissingDate, Severity::Forbidden, whole);
        }
        (None, Some(Outcome::Resolved)) if is_final => {
            found.note(ConcernCode::MissingDate, Severity::Warning, whole);
        }
        _ => {}
    }
}

fn says_nothing(reading: &Reading<'_>, case: &Case<'_>) -> bool {
    let facts = [FactKind::Date, FactKind::Time, FactKind::Place, FactKind::Figure];
    let matters = !matches!(case.matter, Kind::Gratitude | Kind::Spam);
    matters && !reading.has(&facts) && {
        // What stands within an empty phrase is no measure, whatever it sounds like.
        let phrases = phrase::phrases(&reading.tokens);
        let outside = |token: &&super::token::Token| {
            !phrases.iter().any(|phrase| phrase.start <= token.span.start && token.span.end <= phrase.end)
        };
        let rest: Vec<_> = reading.tokens.iter().filter(outside).cloned().collect();
        !measure::is_told(&rest)
    }
}

/// The sentences of the city's templates are meant to be repeated: they count only in an answer that has no fact of its own.
fn identical(found: &mut Found<'_, '_>, case: &Case<'_>) {
    let reading = found.reading;
    let own_facts = reading.has(&[FactKind::Date, FactKind::Time, FactKind::Place, FactKind::Figure, FactKind::Person]);
    let many = usize::from(case.bounds.identical_to);
    let (mut counted, mut repeated) = (0_u32, Vec::new());
    for sentence in &reading.sentences {
        let Some(print) = sentence.print else { continue };
        if own_facts && case.templates.contains(&print) {
            continue;
        }
        counted += 1;
        let others = case.repeated.get(&print).copied().unwrap_or(0);
        if others >= many {
            repeated.push((sentence.span.clone(), others));
        }
    }
    let share = f64::from(u32::try_from(repeated.len()).unwrap_or(u32::MAX)) / f64::from(counted.max(1));
    if repeated.is_empty() || share < case.bounds.identical_share {
        return;
    }
    for (span, others) in repeated {
        let concern = found.note(ConcernCode::IdenticalToMany, Severity::Warning, span.clone());
        concern.others = Some(others);
        // A text of one sentence is a piece of itself.
        reading.text[span].clone_into(&mut concern.piece);
    }
}
