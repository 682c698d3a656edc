//! A row as facts, and back.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::cell::Cell;
use super::columns::Column;
use super::labels::Labelled;
use super::read::Line;
use crate::domain::text::mask_personal;
use crate::domain::{At, CloseReason, Kind, Outcome, Policy, Step};

/// The columns whose cells have no field of their own: kept as they are, and written back so.
const KEPT: &[Column] = &[
    Column::Cabinet,
    Column::GlobalId,
    Column::InTime,
    Column::Region,
    Column::ObjectOld,
    Column::Object,
    Column::AnswerMedia,
    Column::BlogUrl,
    Column::Audience,
    Column::Engagement,
    Column::AnswerAccount,
    Column::Tags,
    Column::SurveySent,
];

/// The most characters of an incident's number.
const LONGEST_NUMBER: usize = 200;

/// The most characters of any cell. Spreadsheets hold 32,767; a csv file might hold anything.
const LONGEST_TEXT: usize = 100_000;

/// What one row says. Organisations, topics and places are ids of the policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The incident's number in its cabinet.
    pub number: String,
    pub step: Step,
    pub kind: Kind,
    pub outcome: Option<Outcome>,
    pub close_reason: Option<CloseReason>,
    /// The author's mark, 1 to 5, which the table has for a reason of closing.
    pub rating: Option<i32>,
    pub organisation: Option<String>,
    pub executor: Option<String>,
    pub group: Option<String>,
    pub topic: Option<String>,
    pub municipality: Option<String>,
    pub settlement: Option<String>,
    pub street: Option<String>,
    pub house: Option<String>,
    pub text: String,
    /// Whether the message came with files.
    pub media: bool,
    pub url: Option<String>,
    pub author_url: Option<String>,
    pub note: Option<String>,
    pub received_at: At,
    /// When the last executor was made responsible.
    pub assigned_at: Option<At>,
    /// When the last executor's first answer went to the approver, and for how many seconds it was there.
    pub submitted_at: Option<At>,
    pub approval_seconds: Option<i64>,
    /// The first answer of all: when, what, and after how many working seconds.
    pub first_answer_at: Option<At>,
    pub first_answer_text: Option<String>,
    pub first_answer_work: Option<i64>,
    /// The last executor's first answer.
    pub executor_answer_at: Option<At>,
    /// The last executor's answers.
    pub answers: [Option<String>; 3],
    /// When the wait for the author began.
    pub awaiting_since: Option<At>,
    pub closed_at: Option<At>,
    /// Cells without a field of their own, by header: those of [`KEPT`] columns and of columns that are not known.
    pub kept: BTreeMap<String, Value>,
}

impl Record {
    /// Reads a row; names are resolved by the policy, moments by the city's clocks.
    ///
    /// # Errors
    /// Every reason why the row cannot be taken.
    pub fn read(line: &Line, policy: &Policy) -> Result<Record, Vec<String>> {
        let mut row = Row { line, zone: policy.zone(), faults: Vec::new() };
        let (close_reason, rating) = close_reason(&row);
        let received_at = row.moment(Column::ReceivedAt);
        let closed_at = row.moment(Column::ClosedAt);
        let first_answer_at = row.moment(Column::FirstAnswerAt);
        let first_answer_after = row.seconds(Column::FirstAnswerAfter);
        let topic = row.resolved(Column::Topic, |name| policy.topic_by_name(name).map(|topic| topic.id.clone()));
        let own_group = topic.as_deref().and_then(|id| policy.topic(id)).map(|topic| topic.group.clone());
        let mut record = Record {
            number: row.text(Column::Number).unwrap_or_default(),
            step: Step::Distribution,
            kind: row.labelled(Column::Kind).unwrap_or(Kind::Solvable),
            outcome: row.labelled(Column::Outcome),
            close_reason,
            rating,
            organisation: row.organisation(Column::Organisation, policy),
            executor: row.organisation(Column::Executor, policy),
            group: own_group.or_else(|| row.group(policy)),
            topic,
            municipality: row
                .resolved(Column::Municipality, |name| policy.municipality_by_name(name).map(|place| place.id.clone())),
            settlement: row.text(Column::Settlement),
            street: row.text(Column::Street),
            house: row.text(Column::House),
            text: row.text(Column::Text).unwrap_or_default(),
            media: row.flag(Column::MessageMedia),
            url: row.text(Column::PostUrl),
            author_url: row.text(Column::AuthorUrl),
            note: row.text(Column::Note),
            received_at: received_at.unwrap_or(At::EVER),
            assigned_at: row.moment(Column::AssignedAt),
            submitted_at: row.moment(Column::SubmittedAt),
            approval_seconds: row.seconds(Column::ApprovalTime),
            executor_answer_at: row.moment(Column::ExecutorAnswerAt),
            first_answer_at: first_answer_at.or_else(|| Some(received_at?.plus_seconds(first_answer_after?))),
            first_answer_text: row.text(Column::FirstAnswerText),
            first_answer_work: row.seconds(Column::FirstAnswerWork),
            answers: [Column::Answer1, Column::Answer2, Column::Answer3].map(|column| row.text(column)),
            awaiting_since: row.moment(Column::AwaitingSince),
            closed_at,
            kept: kept(line, close_reason),
        };
        row.needed(&record, received_at.is_some());
        record.first_answer_at = record.first_answer_at.or(record.executor_answer_at);
        record.stand(&mut row);
        if row.faults.is_empty() { Ok(record) } else { Err(row.faults) }
    }

    /// Finds the step, and makes closing agree with it.
    fn stand(&mut self, row: &mut Row<'_>) {
        let label = row.text(Column::Step);
        self.step = label.as_deref().and_then(Step::of_label).unwrap_or_else(|| self.likely_step());
        if let Some(label) = label.filter(|label| Step::of_label(label).is_none()) {
            self.kept.insert(Column::Step.header().to_owned(), Value::String(label));
        }
        if self.step != Step::Closed {
            // A reopened incident keeps the date of its first end in the real system.
            (self.closed_at, self.close_reason) = (None, None);
        } else if self.closed_at.is_none() {
            row.faults.push(format!("«{}» is empty, though the incident is closed", Column::ClosedAt.header()));
        }
    }

    /// The step that the other columns speak for, where the row's own says nothing known.
    fn likely_step(&self) -> Step {
        if self.closed_at.is_some() {
            Step::Closed
        } else if self.awaiting_since.is_some() {
            Step::AwaitingAuthor
        } else if self.submitted_at.is_some() && self.first_answer_at.is_none() {
            Step::Approval
        } else if self.executor.is_some() {
            Step::InWork
        } else if self.organisation.is_some() {
            Step::Assigned
        } else {
            Step::Distribution
        }
    }

    /// The row as it is written: a cell for each of [`Column::ALL`].
    pub fn cells(&self, policy: &Policy) -> Vec<Cell> {
        Column::ALL.iter().map(|column| self.cell(*column, policy)).collect()
    }

    fn cell(&self, column: Column, policy: &Policy) -> Cell {
        let zone = policy.zone();
        let text = |text: &Option<String>| text.as_deref().map_or(Cell::Empty, Cell::of_text);
        let moment = |at: Option<At>| at.map_or(Cell::Empty, |at| Cell::of_moment(at, zone));
        let label = |label: Option<&str>| label.map_or(Cell::Empty, Cell::of_text);
        let organisation = |id: &Option<String>| {
            let id = id.as_deref();
            label(id.map(|id| policy.organisation(id).map_or(id, |one| one.title.as_str())))
        };
        match column {
            Column::Number => Cell::of_text(&self.number),
            Column::Organisation => organisation(&self.organisation),
            Column::Executor => organisation(&self.executor),
            Column::FirstAnswerAt => moment(self.first_answer_at),
            Column::FirstAnswerText => text(&self.first_answer_text),
            Column::FirstAnswerAfter => since(self.first_answer_at, Some(self.received_at)),
            Column::FirstAnswerWork => self.first_answer_work.map_or(Cell::Empty, Cell::Duration),
            Column::AssignedAt => moment(self.assigned_at),
            Column::ExecutorAnswerAt => moment(self.executor_answer_at),
            Column::ExecutorReaction => since(self.executor_answer_at, self.assigned_at),
            Column::LifeTime => since(self.closed_at, Some(self.received_at)),
            Column::SubmittedAt => moment(self.submitted_at),
            Column::ApprovalTime => self.approval_seconds.map_or(Cell::Empty, Cell::Duration),
            Column::Step => Cell::of_text(self.step.label()),
            Column::ReceivedAt => moment(Some(self.received_at)),
            Column::ClosedAt => moment(self.closed_at),
            Column::Group => {
                label(self.group.as_deref().map(|id| policy.group(id).map_or(id, |one| one.title.as_str())))
            }
            Column::Topic => {
                label(self.topic.as_deref().map(|id| policy.topic(id).map_or(id, |one| one.title.as_str())))
            }
            Column::Municipality => label(
                self.municipality.as_deref().map(|id| policy.municipality(id).map_or(id, |one| one.title.as_str())),
            ),
            Column::Settlement => text(&self.settlement),
            Column::Street => text(&self.street),
            Column::House => text(&self.house),
            Column::Kind => Cell::of_text(self.kind.label()),
            Column::Outcome => label(self.outcome.map(Labelled::label)),
            Column::MessageMedia => Cell::of_flag(self.media),
            Column::PostUrl => text(&self.url),
            Column::Text => Cell::of_text(&self.text),
            Column::Answer1 => text(&self.answers[0]),
            Column::Answer2 => text(&self.answers[1]),
            Column::Answer3 => text(&self.answers[2]),
            Column::CloseReason => match (self.close_reason, self.rating) {
                (Some(CloseReason::SurveyMark), Some(mark)) => Cell::of_text(&mark.to_string()),
                (Some(reason), _) => Cell::of_text(reason.label()),
                (None, _) => self.kept(column),
            },
            Column::AuthorUrl => text(&self.author_url),
            Column::Note => text(&self.note),
            Column::AwaitingSince => moment(self.awaiting_since),
            _ => self.kept(column),
        }
    }

    fn kept(&self, column: Column) -> Cell {
        self.kept.get(column.header()).map_or(Cell::Empty, Cell::of_value)
    }

    /// The record as it may be shown to somebody without the right to personal data: addresses of pages and profiles are left
    /// out, and what texts say of persons is masked.
    #[must_use]
    pub fn masked(mut self) -> Record {
        (self.url, self.author_url) = (None, None);
        self.kept.remove(Column::BlogUrl.header());
        self.text = mask_personal(&self.text);
        // Of columns that are not known, nobody knows what they say.
        let known: Vec<&str> = KEPT.iter().map(|column| column.header()).collect();
        for (_, cell) in self.kept.iter_mut().filter(|(header, _)| !known.contains(&header.as_str())) {
            let said = cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
            let masked = mask_personal(&said);
            if masked != said {
                *cell = Value::String(masked);
            }
        }
        let place = [&mut self.settlement, &mut self.street, &mut self.house];
        let texts = self.answers.iter_mut().chain([&mut self.first_answer_text, &mut self.note]).chain(place);
        for text in texts.flatten() {
            *text = mask_personal(text);
        }
        self
    }
}

/// The time from one moment to the other, whole seconds apart as they are written.
fn since(later: Option<At>, earlier: Option<At>) -> Cell {
    later.zip(earlier).map_or(Cell::Empty, |(later, earlier)| Cell::Duration(later.seconds_since(earlier)))
}

/// The reason of closing, or the mark that stands for one. A reason that is not known is kept as it is.
fn close_reason(row: &Row<'_>) -> (Option<CloseReason>, Option<i32>) {
    let Some(text) = row.text(Column::CloseReason) else { return (None, None) };
    match text.parse::<i32>() {
        Ok(mark) if (1..=5).contains(&mark) => (Some(CloseReason::SurveyMark), Some(mark)),
        _ => (CloseReason::of_label(&text), None),
    }
}

fn kept(line: &Line, close_reason: Option<CloseReason>) -> BTreeMap<String, Value> {
    let unknown_reason = close_reason.is_none().then_some(&Column::CloseReason);
    let known = KEPT.iter().chain(unknown_reason).map(|column| (column.header().to_owned(), line.cell(*column)));
    let unknown = line.others.iter().map(|(header, cell)| (header.clone(), cell));
    known.chain(unknown).filter(|(_, cell)| !cell.is_empty()).map(|(header, cell)| (header, cell.value())).collect()
}

/// A row being read, with the faults found so far.
struct Row<'a> {
    line: &'a Line,
    zone: &'a TimeZone,
    faults: Vec<String>,
}

impl Row<'_> {
    fn text(&self, column: Column) -> Option<String> {
        self.line.cell(column).text()
    }

    fn sound<T: Default>(&mut self, column: Column, read: Result<T, String>) -> T {
        read.unwrap_or_else(|fault| {
            self.faults.push(format!("«{}»: {fault}", column.header()));
            T::default()
        })
    }

    fn moment(&mut self, column: Column) -> Option<At> {
        let read = self.line.cell(column).moment(self.zone);
        self.sound(column, read)
    }

    fn seconds(&mut self, column: Column) -> Option<i64> {
        let read = self.line.cell(column).seconds();
        self.sound(column, read)
    }

    fn flag(&mut self, column: Column) -> bool {
        let read = self.line.cell(column).flag();
        self.sound(column, read).unwrap_or(false)
    }

    fn labelled<T: Labelled>(&mut self, column: Column) -> Option<T> {
        let label = self.text(column)?;
        let known = T::of_label(&label).ok_or_else(|| format!("«{label}» is none of {}", T::known()));
        self.sound(column, known.map(Some))
    }

    fn resolved(&mut self, column: Column, find: impl Fn(&str) -> Option<String>) -> Option<String> {
        let name = self.text(column)?;
        let found = find(&name).ok_or_else(|| format!("the policy knows no «{name}»: add it, or an alias for it"));
        self.sound(column, found.map(Some))
    }

    fn organisation(&mut self, column: Column, policy: &Policy) -> Option<String> {
        self.resolved(column, |name| policy.organisation_by_name(name).map(|one| one.id.clone()))
    }

    /// The group by its title; it counts only where there is no topic, which brings its own.
    fn group(&mut self, policy: &Policy) -> Option<String> {
        let title = |name: &str| crate::domain::text::fold(name);
        self.resolved(Column::Group, |name| {
            let group = policy.doc().groups.iter().find(|group| title(&group.title) == title(name) || group.id == name);
            group.map(|group| group.id.clone())
        })
    }

    fn needed(&mut self, record: &Record, has_date: bool) {
        if record.number.is_empty() {
            self.faults.push(format!("«{}» is empty", Column::Number.header()));
        }
        if record.number.chars().count() > LONGEST_NUMBER {
            self.faults.push(format!("«{}» is longer than {LONGEST_NUMBER} characters", Column::Number.header()));
        }
        let cells = self.line.cells.iter().chain(self.line.others.iter().map(|(_, cell)| cell));
        if cells.filter_map(Cell::text).any(|text| text.chars().count() > LONGEST_TEXT) {
            self.faults.push(format!("a cell is longer than {LONGEST_TEXT} characters"));
        }
        if !has_date && self.line.cell(Column::ReceivedAt).is_empty() {
            self.faults.push(format!("«{}» is empty", Column::ReceivedAt.header()));
        }
    }
}
