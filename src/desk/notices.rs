//! Notices: whoever's work it is hears of deadlines that come near and of those that passed.
//!
//! [`give`] notes, in the transaction of the sweep that found it, that certain people should hear of something: each step of a clock
//! once a person, however many workers sweep. Each notice knows when it may be sent, so that nobody is written to in their quiet
//! hours. [`order_letters`] gathers what has waited for the length of the digest into letters, one a person and kind, and orders a
//! job for each; a notice is put into one letter only, and into none before its own transaction is durable, so none is forgotten and
//! none is sent in two. As long as a letter is under way, the next one of that person and kind gathers what comes: when a mail server
//! is back after a day, it does not bring a heap. [`letter`] says what a letter has to say when it is sent: what is over by then is dropped.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Desk, Error, staff};
use crate::domain::calendar::Calendar;
use crate::domain::notice::{NoticeKind, NoticeKinds, NoticeState};
use crate::domain::sla::ClockKind;
use crate::domain::{At, Doc, Id, Language, Policy, Role};
use crate::store::records::{Notice, Staff};
use crate::store::{Conn, jobs, notices, staff as rows};

/// The kind of job that sends a letter.
pub const LETTER: &str = "letter";

/// How many letters one transaction orders.
const LETTERS: i64 = 100;

/// How many notices one statement settles.
const SETTLED_AT_ONCE: usize = 500;

/// Something that staff should hear of.
#[derive(Debug, Clone)]
pub struct Alarm {
    pub incident: Id,
    /// The incident's number.
    pub number: i64,
    pub clock: ClockKind,
    pub cycle: i32,
    /// Which of the clock's steps it is: with the due time, what is told once.
    pub step: i32,
    pub kind: NoticeKind,
    pub due_at: At,
    /// Whose work it is: any of these roles …
    pub roles: &'static [Role],
    /// … at this organisation, or at the nearest one above it that has such a person with an address. None: the root.
    pub organisation: Option<String>,
    /// The id of the calendar that the clock runs by.
    pub calendar: String,
}

/// Notes for everybody concerned that they should hear of it, each step once. In the caller's transaction; the letters follow by
/// [`order_letters`].
///
/// Concerned are active members with an address and one of the roles at the nearest organisation that has any; those among them who
/// turned the kind off get none, and nobody above gets it in their stead. Two statements, however many alarms there are.
///
/// # Errors
/// [`Error::Store`].
pub fn give(conn: &mut Conn, desk: &Desk, alarms: &[Alarm]) -> Result<(), Error> {
    let chains: Vec<Vec<&str>> = alarms.iter().map(|alarm| chain(desk, alarm)).collect();
    let organisations = distinct(chains.iter().flatten().copied());
    let roles = distinct(alarms.iter().flat_map(|alarm| alarm.roles.iter().copied()));
    if organisations.is_empty() || roles.is_empty() {
        return Ok(());
    }
    let mut posts: HashMap<(String, Role), Vec<Staff>> = HashMap::new();
    for member in notices::reachable(conn, &roles, &organisations)? {
        posts.entry((member.organisation.clone(), member.role)).or_default().push(member);
    }
    let mut quiet = QuietHours { desk, ends: HashMap::new() };
    let mut new = Vec::new();
    for (alarm, chain) in alarms.iter().zip(chains) {
        let at = |organisation: &str| {
            let of_role = |role: &Role| posts.get(&(organisation.to_owned(), *role));
            alarm.roles.iter().filter_map(of_role).flatten().collect::<Vec<_>>()
        };
        let concerned = chain.into_iter().map(at).find(|members| !members.is_empty()).unwrap_or_default();
        let wants = |member: &&&Staff| !NoticeKinds::read(&member.notices_off).contains(alarm.kind);
        new.extend(concerned.iter().filter(wants).map(|member| notice(alarm, member, desk.now, &mut quiet)));
    }
    // Always in one order, so that two sweeps that give the same do not wait for each other in turn.
    new.sort_by_key(|n| (n.staff_id, n.incident_id, n.clock, n.cycle, n.step, n.due_at));
    notices::add(conn, &new)?;
    Ok(())
}

/// The organisations that may be concerned, the nearest first.
fn chain<'d>(desk: &'d Desk, alarm: &'d Alarm) -> Vec<&'d str> {
    let policy = &desk.policy;
    match &alarm.organisation {
        Some(id) => std::iter::once(id.as_str()).chain(policy.ancestors(id).map(|above| above.id.as_str())).collect(),
        None => vec![policy.doc().city.root.as_str()],
    }
}

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<std::collections::BTreeSet<T>>().into_iter().collect()
}

fn notice(alarm: &Alarm, member: &Staff, now: At, quiet: &mut QuietHours<'_>) -> Notice {
    Notice {
        id: Id::new(now),
        staff_id: member.id,
        kind: alarm.kind,
        incident_id: alarm.incident,
        number: alarm.number,
        clock: alarm.clock,
        cycle: alarm.cycle,
        step: alarm.step,
        due_at: alarm.due_at,
        state: NoticeState::Waiting,
        created_at: now,
        send_after: quiet.end(&member.organisation, &alarm.calendar),
        letter: None,
        settled_at: None,
        failure: None,
    }
}

/// When people may be written to.
struct QuietHours<'d> {
    desk: &'d Desk,
    /// By the id of the calendar: when it is open next.
    ends: HashMap<&'d str, Option<At>>,
}

impl<'d> QuietHours<'d> {
    /// When somebody at an organisation may next be written to about a clock: as soon as the organisation works, or the calendar of
    /// the clock runs. A calendar that never opens holds nothing back.
    fn end(&mut self, organisation: &str, clock: &str) -> At {
        let policy: &'d Policy = &self.desk.policy;
        let calendars = [Some(policy.calendar_of(organisation)), policy.calendar(clock)];
        let now = self.desk.now;
        let opens = |calendar: &Calendar| calendar.opens(*now).ok().map(At::new);
        let mut known = |calendar| *self.ends.entry(Calendar::id(calendar)).or_insert_with(|| opens(calendar));
        calendars.into_iter().flatten().filter_map(&mut known).min().unwrap_or(now)
    }
}

/// What a job of the kind [`LETTER`] is told. The letter's identity is the job's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterOrder {
    /// To whom.
    pub staff: Id,
    pub kind: NoticeKind,
}

/// Orders the letters that are due: one for everybody who has had something to hear for `digest` seconds outside quiet hours, with
/// all of that kind that they may hear by now. Whether there may be more.
///
/// # Errors
/// [`Error::Store`].
pub fn order_letters(conn: &mut Conn, now: At, digest: i64) -> Result<bool, Error> {
    let due = notices::due(conn, now, now.plus_seconds(-digest), LETTERS)?;
    for (member, kind) in &due {
        let mut job = jobs::ready(String::new(), LETTER, Doc(json!(LetterOrder { staff: *member, kind: *kind })), now);
        job.key = format!("{LETTER}:{}", job.id);
        // Nothing is left where another worker was faster.
        if notices::gather(conn, *member, *kind, job.id, now)? > 0 {
            jobs::order(conn, &job)?;
        }
    }
    Ok(due.len() as i64 == LETTERS)
}

/// A letter as it stands when it is sent.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The same each time it is tried.
    pub id: Id,
    /// To whom.
    pub staff: Id,
    pub name: String,
    pub email: String,
    pub language: Language,
    pub kind: NoticeKind,
    /// What it says, the earliest due first.
    pub notices: Vec<Notice>,
    /// What it would have said, had it not been over.
    over: Vec<Id>,
}

impl Letter {
    /// Whether there is nothing to be said any more.
    pub fn is_empty(&self) -> bool {
        self.notices.is_empty()
    }
}

/// What a letter has to say now. Nothing, if the member left, has no address any more or turned the kind off.
///
/// # Errors
/// [`Error::Store`].
pub fn letter(conn: &mut Conn, id: Id, order: &LetterOrder) -> Result<Letter, Error> {
    let member = rows::find(conn, order.staff)?.filter(|member| member.active);
    let wanted = member.filter(|member| !NoticeKinds::read(&member.notices_off).contains(order.kind));
    let recipient = wanted.and_then(|member| {
        let language = Language::of(&member.language);
        member.email.map(|email| (member.name, email, language))
    });
    let reached = recipient.is_some();
    let (holding, over): (Vec<_>, Vec<_>) =
        notices::of_letter(conn, id)?.into_iter().partition(|(_, holds)| *holds && reached);
    let (name, email, language) = recipient.unwrap_or((String::new(), String::new(), Language::Russian));
    Ok(Letter {
        id,
        staff: order.staff,
        name,
        email,
        language,
        kind: order.kind,
        notices: holding.into_iter().map(|(notice, _)| notice).collect(),
        over: over.into_iter().map(|(notice, _)| notice.id).collect(),
    })
}

/// What came of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterFate {
    /// The mail server took it, or there was nothing left to say.
    Sent,
    /// It cannot be sent.
    Failed(String),
}

/// Writes down what came of a letter and ends its job, together.
///
/// # Errors
/// [`Error::Store`].
pub fn settle_letter(conn: &mut Conn, now: At, lease: Id, letter: &Letter, fate: &LetterFate) -> Result<(), Error> {
    let (state, failure) = match fate {
        LetterFate::Sent => (NoticeState::Sent, None),
        LetterFate::Failed(why) => (NoticeState::Failed, Some(why.chars().take(1000).collect::<String>())),
    };
    let said: Vec<Id> = letter.notices.iter().map(|notice| notice.id).collect();
    for (ids, state, failure) in [(&said, state, failure.as_deref()), (&letter.over, NoticeState::Dropped, None)] {
        for ids in ids.chunks(SETTLED_AT_ONCE) {
            notices::settle(conn, letter.id, ids, state, now, failure)?;
        }
    }
    match &failure {
        None => jobs::done(conn, letter.id, lease, now)?,
        Some(why) => jobs::dead(conn, letter.id, lease, now, why)?,
    };
    Ok(())
}

/// What a member of staff is written about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeSettings {
    /// Where letters go; an administrator changes it. None: no letters.
    #[schema(example = "anna.petrova@example.org")]
    pub email: Option<String>,
    /// The kinds that are turned off.
    pub off: Vec<NoticeKind>,
}

impl From<Staff> for NoticeSettings {
    fn from(row: Staff) -> NoticeSettings {
        NoticeSettings { off: NoticeKinds::read(&row.notices_off).iter().collect(), email: row.email }
    }
}

/// The actor's own settings.
///
/// # Errors
/// [`Error::NotFound`] when the actor is not a member of staff.
pub fn settings(conn: &mut Conn, desk: &Desk) -> Result<NoticeSettings, Error> {
    Ok(staff::own(conn, desk)?.into())
}

/// Turns these kinds off for the actor, and all others on.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`].
pub fn set_off(
    conn: &mut Conn,
    desk: &Desk,
    off: impl IntoIterator<Item = NoticeKind>,
) -> Result<NoticeSettings, Error> {
    let member = staff::own(conn, desk)?;
    change_off(conn, member, off.into_iter().collect())
}

/// The language of a member to whom letters were sent, so that they can be asked whether they mean it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn language_of(conn: &mut Conn, member: Id) -> Result<Language, Error> {
    Ok(Language::of(&staff::known(conn, member)?.language))
}

/// Turns a kind off for the member to whom a letter was sent. Doing so again changes nothing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`].
pub fn turn_off(conn: &mut Conn, member: Id, kind: NoticeKind) -> Result<Language, Error> {
    let member = staff::known(conn, member)?;
    let language = Language::of(&member.language);
    let mut off = NoticeKinds::read(&member.notices_off);
    off.insert(kind);
    change_off(conn, member, off)?;
    Ok(language)
}

fn change_off(conn: &mut Conn, member: Staff, off: NoticeKinds) -> Result<NoticeSettings, Error> {
    let text = off.to_string();
    if notices::set_off(conn, member.id, &member.notices_off, &text)? {
        Ok(Staff { notices_off: text, ..member }.into())
    } else {
        Err(Error::Conflict("the account changed at the same moment; look again"))
    }
}

/// The actor's own notices before one, the newest first.
///
/// # Errors
/// [`Error::NotFound`] when the actor is not a member of staff.
pub fn mine(conn: &mut Conn, desk: &Desk, before: Option<Id>, limit: i64) -> Result<Vec<Notice>, Error> {
    let member = staff::own(conn, desk)?;
    Ok(notices::of_member(conn, member.id, before, limit)?)
}

/// How many notices the actor has.
///
/// # Errors
/// [`Error::NotFound`] when the actor is not a member of staff.
pub fn count_mine(conn: &mut Conn, desk: &Desk) -> Result<i64, Error> {
    let member = staff::own(conn, desk)?;
    Ok(notices::count_of_member(conn, member.id)?)
}
