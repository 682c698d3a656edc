//! Every clock of an incident, with what made its deadline: rule, calendar, hours that counted, days off, pauses.

use maud::{Markup, html};

use super::whole::Whole;
use crate::desk::Desk;
use crate::desk::deadlines::Explained;
use crate::domain::At;
use crate::domain::sla::{Base, ClockKind, ClockState, Fact, SpecialDay};
use crate::http::ui::parts;
use crate::http::ui::words::Words;

/// How many windows are listed; a promise of months has hundreds.
const MOST: usize = 60;

/// The clocks: those that run first.
pub fn section(words: Words, whole: &Whole) -> Markup {
    let runs = |clock: &&Explained| matches!(clock.verdict.state, ClockState::Running | ClockState::Paused);
    let (running, over): (Vec<_>, Vec<_>) = whole.clocks.iter().partition(runs);
    html! {
        section .clocks aria-labelledby="clocks" {
            h2 #clocks { (words.say("incident-clocks")) }
            @if whole.clocks.is_empty() { p .quiet { (words.say("incident-clocks-none")) } }
            @for clock in running { (one(words, whole, clock)) }
            @if !over.is_empty() {
                details {
                    summary { (words.with("incident-clocks-over", [("count", over.len().into())])) }
                    @for clock in over { (one(words, whole, clock)) }
                }
            }
        }
    }
}

fn one(words: Words, whole: &Whole, clock: &Explained) -> Markup {
    let (desk, verdict) = (&whole.desk, &clock.verdict);
    let is_due = verdict.due_at != At::NEVER;
    html! {
        details .clock {
            summary {
                (words.named("clock", clock.clock.kind.as_str()))
                @if clock.clock.cycle > 1 { " (" (clock.clock.cycle) ")" }
                ": " (state(words, desk, clock))
                @if is_due { " · " (words.say("incident-until")) " " (parts::moment(words, desk, verdict.due_at)) }
            }
            (promised(words, whole, clock))
            (counted(words, desk, clock))
            (happened(words, whole, clock))
        }
    }
}

fn state(words: Words, desk: &Desk, clock: &Explained) -> Markup {
    let verdict = &clock.verdict;
    let left = verdict.due_at.seconds_since(desk.now);
    let class = match verdict.state {
        ClockState::Breached => "over",
        ClockState::Met => "good",
        ClockState::Running if left < 0 => "over",
        ClockState::Running => "fair",
        ClockState::Paused | ClockState::Cancelled => "paused",
    };
    html! {
        span class={ "due " (class) } {
            @if verdict.state == ClockState::Running && verdict.due_at != At::NEVER {
                (words.with("due-left", [("span", parts::span(words, left).into())]))
            } @else {
                (words.named("clock-state", verdict.state.as_str()))
            }
        }
    }
}

/// What was promised: how long, by which rule, by which calendar, from when.
fn promised(words: Words, whole: &Whole, clock: &Explained) -> Markup {
    let (desk, promise) = (&whole.desk, &clock.verdict.promise);
    let calendar = desk.policy.calendar(&promise.calendar).map_or(promise.calendar.as_str(), |known| known.title());
    let start = clock.term.as_ref().and_then(|term| term.start).map_or("received", |start| start.as_str());
    let registered = ClockKind::AT_REGISTRATION.contains(&clock.clock.kind);
    let note = clock.term.as_ref().map(|term| term.note.as_str()).filter(|note| !note.is_empty());
    html! {
        dl .facts {
            dt { (words.say("incident-clock-target")) } dd { (target(words, clock)) }
            dt { (words.say("incident-clock-rule")) }
            dd {
                (words.with("incident-rule", [("rule", promise.term.as_str().into()), ("version", promise.policy_version.into())]))
                @if let Some(matched) = clock.matched {
                    span .quiet {
                        ": " (words.named("match-topic", matched.topic.as_str()))
                        ", " (words.named("match-severity", matched.severity.as_str()))
                        ", " (words.named("match-organisation", matched.organisation.as_str()))
                        ", " (words.named("match-municipality", matched.municipality.as_str()))
                    }
                }
                @if let Some(note) = note { p .quiet { (note) } }
            }
            dt { (words.say("incident-clock-calendar")) } dd { (calendar) }
            dt { (words.say("incident-clock-began")) }
            dd {
                (parts::moment(words, desk, promise.started_at))
                @if registered { " · " (words.named("counted-from", start)) }
            }
            @if let Some(term) = clock.term.as_ref().filter(|term| !term.pauses.is_empty()) {
                dt { (words.say("incident-clock-pauses-in")) }
                dd { (term.pauses.iter().map(|step| words.named("step", step.as_str())).collect::<Vec<_>>().join(", ")) }
            }
            @if let Some(organisation) = &clock.clock.organisation {
                dt { (words.say("incident-organisation")) } dd { (parts::organisation(desk, organisation)) }
            }
        }
    }
}

fn target(words: Words, clock: &Explained) -> String {
    let target = clock.verdict.promise.target;
    match target.base() {
        Base::Working => words.with("incident-target-working", [("span", hours(words, target.amount()).into())]),
        Base::Calendar => {
            words.with("incident-target-calendar", [("span", parts::span(words, target.amount()).into())])
        }
        Base::Days => words.with("incident-target-days", [("count", target.amount().into())]),
        Base::CalendarDays => words.with("incident-target-calendar-days", [("count", target.amount().into())]),
        Base::CalendarDaysNext => words.with("incident-target-next", [("count", target.amount().into())]),
        Base::CalendarDaysPrevious => words.with("incident-target-previous", [("count", target.amount().into())]),
    }
}

/// Working time in hours and minutes: a working day has no fixed length.
fn hours(words: Words, seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let mut said = Vec::new();
    if hours > 0 {
        said.push(words.with("span-hours", [("count", hours.into())]));
    }
    if minutes > 0 || hours == 0 {
        said.push(words.with("span-minutes", [("count", minutes.into())]));
    }
    said.join("\u{a0}")
}

/// The sum that gives the deadline.
fn counted(words: Words, desk: &Desk, clock: &Explained) -> Markup {
    let told = &clock.explanation;
    html! {
        @if told.consumed > 0 {
            p { (words.with("incident-clock-consumed", [("span", hours(words, told.consumed).into())])) }
        }
        @if !told.counted.is_empty() {
            p { (words.say("incident-clock-counted")) }
            ul .counted {
                @for piece in told.counted.iter().take(MOST) {
                    li {
                        (parts::moment(words, desk, piece.from)) " – " (parts::moment(words, desk, piece.to))
                        ": " (hours(words, piece.seconds))
                    }
                }
            }
            @if told.counted.len() > MOST {
                p .quiet { (words.with("incident-clock-more", [("count", (told.counted.len() - MOST).into())])) }
            }
        }
        @if !told.days.is_empty() {
            p {
                (words.say("incident-clock-days")) " "
                (told.days.iter().take(MOST).map(|day| date(words, *day)).collect::<Vec<_>>().join(", "))
            }
        }
        @if !told.special.is_empty() {
            p { (words.say("incident-clock-special")) }
            ul { @for day in &told.special { li { (special(words, day)) } } }
        }
    }
}

fn date(words: Words, date: jiff::civil::Date) -> String {
    let weekday = words.named("weekday", &date.weekday().to_monday_one_offset().to_string());
    format!("{weekday} {} {}", date.day(), words.named("month", &date.month().to_string()))
}

fn special(words: Words, day: &SpecialDay) -> Markup {
    html! {
        (date(words, day.date)) ": "
        @if day.windows.is_empty() { (words.say("incident-clock-day-off")) } @else { (day.windows.join(", ")) }
        @if let Some(note) = &day.note { " · " span lang="ru" { (note) } }
    }
}

/// When it stood still, how it was put off, broken and settled, and what else happened to it.
fn happened(words: Words, whole: &Whole, clock: &Explained) -> Markup {
    let (desk, verdict) = (&whole.desk, &clock.verdict);
    let line =
        |message: &'static str, at: At| html! { li { (words.say(message)) " " (parts::moment(words, desk, at)) } };
    html! {
        ul .happened {
            @for (span, why) in &verdict.pauses {
                li {
                    (words.say("incident-clock-stood")) " " (parts::moment(words, desk, At::new(span.from))) " – "
                    (parts::moment(words, desk, At::new(span.to))) ": " (words.named("step", why))
                }
            }
            @if let Some((since, why)) = &verdict.paused {
                li { (words.say("incident-clock-stands")) " " (parts::moment(words, desk, *since)) ": " (words.named("step", why)) }
            }
            @if let Some(at) = verdict.deferred_to { (line("incident-clock-deferred", at)) }
            @if let Some(by) = verdict.bound_by {
                li { a href=(parts::address(by)) { (words.say("incident-clock-bound")) } }
            }
            @if let Some(at) = verdict.breached_at { (line("incident-clock-breached", at)) }
            @if let Some(at) = verdict.settled_at { (line("incident-clock-settled", at)) }
            @for (share, at) in &clock.reminders {
                li .quiet { (words.with("incident-clock-reminder", [("share", i64::from(*share).into())])) " " (parts::moment(words, desk, *at)) }
            }
            @for mark in clock.history.iter().filter(|mark| matches!(mark.fact, Fact::Promised { .. } | Fact::Revived)) {
                li .quiet { (parts::moment(words, desk, mark.at)) ": " (changed(words, &mark.fact)) }
            }
        }
    }
}

/// Why another promise took the place of the one before.
fn changed(words: Words, fact: &Fact) -> String {
    match fact {
        Fact::Promised { why, from, to } => {
            let (why, from, to) = (words.named("promised", why), from.target.to_string(), to.target.to_string());
            words.with("incident-clock-promised", [("why", why.into()), ("from", from.into()), ("to", to.into())])
        }
        _ => words.say("incident-clock-revived").into_owned(),
    }
}
