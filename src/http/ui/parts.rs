//! Pieces that several pages draw: moments, spans of time, deadlines, people, facts, rows, choices.

pub mod talk;

use maud::{Markup, html};

use super::words::Words;
use crate::desk::Desk;
use crate::domain::{At, Id, Step};
use crate::http::api::incidents::views::IncidentView;
use crate::store::records::Incident;

/// A moment as people of the city read it: «чт 16 окт, 15:00»; with the year when it is another one than now.
pub fn moment(words: Words, desk: &Desk, at: At) -> Markup {
    html! { time datetime=(at) { (said(words, desk, at)) } }
}

/// The words of [`moment`].
pub fn said(words: Words, desk: &Desk, at: At) -> String {
    let zone = desk.policy.zone();
    let (there, now) = (zone.to_datetime(*at), zone.to_datetime(*desk.now));
    let day = words.named("weekday", &there.weekday().to_monday_one_offset().to_string());
    let month = words.named("month", &there.month().to_string());
    let year = if there.year() == now.year() { String::new() } else { format!(" {}", there.year()) };
    format!("{day} {} {month}{year}, {:02}:{:02}", there.day(), there.hour(), there.minute())
}

/// A span of time in its two largest units: «2 д 4 ч», «3 ч 20 мин», «12 мин».
pub fn span(words: Words, seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let unit = |message, count: i64| (count > 0).then(|| words.with(message, [("count", count.into())]));
    let said: Vec<String> = match (days, hours) {
        (0, 0) => return words.with("span-minutes", [("count", minutes.into())]),
        (0, _) => [unit("span-hours", hours), unit("span-minutes", minutes)].into_iter().flatten().collect(),
        _ => [unit("span-days", days), unit("span-hours", hours)].into_iter().flatten().collect(),
    };
    // A number and its unit stay on one line.
    said.join("\u{a0}")
}

/// A span of time in its largest unit: «2 д», «3 ч», «12 мин».
pub fn about(words: Words, seconds: i64) -> String {
    let unit = match seconds {
        86_400.. => 86_400,
        3_600.. => 3_600,
        _ => 60,
    };
    span(words, seconds / unit * unit)
}

/// How much time is left until an incident's nearest deadline: in words, and in a colour that says the same.
pub fn due(words: Words, desk: &Desk, incident: &Incident) -> Markup {
    if !incident.is_open() {
        return html! { span .due.over-with { (words.named("step", Step::Closed.as_str())) } };
    }
    if incident.due_at == At::NEVER {
        let message = if incident.step == Step::AwaitingAuthor { "due-author" } else { "due-none" };
        return html! { span .due.paused { (words.say(message)) } };
    }
    let left = incident.due_at.seconds_since(desk.now);
    let whole = incident.due_at.seconds_since(incident.received_at).max(1);
    let (class, text) = match left {
        left if left < 0 => ("over", words.with("due-over", [("span", span(words, -left).into())])),
        left if left * 4 < whole => ("near", words.with("due-left", [("span", span(words, left).into())])),
        left if left * 2 > whole => ("good", words.with("due-left", [("span", span(words, left).into())])),
        left => ("fair", words.with("due-left", [("span", span(words, left).into())])),
    };
    html! { span class={ "due " (class) } title=(said(words, desk, incident.due_at)) { (text) } }
}

/// A count with its thousands apart: «12 345».
pub fn number(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut said = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if count < 0 {
        said.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            said.push('\u{a0}');
        }
        said.push(digit);
    }
    said
}

/// What a rule says; in English, marked so, where this language does not know it.
pub fn rule(words: Words, said: &str) -> Markup {
    html! {
        @match words.rule(said) {
            Some(told) => (told),
            None => span lang="en" { (said) },
        }
    }
}

/// What an organisation is called; its id, should the policy have lost it.
pub fn organisation(desk: &Desk, id: &str) -> String {
    desk.policy.organisation(id).map_or_else(|| id.to_owned(), |found| found.title.clone())
}

/// What a topic is called; its id, should the policy have lost it.
pub fn topic(desk: &Desk, id: &str) -> String {
    desk.policy.topic(id).map_or_else(|| id.to_owned(), |found| found.title.clone())
}

/// What residents begin with before they come to the point.
const GREETINGS: [&str; 7] = [
    "здравствуйте",
    "доброго времени суток",
    "доброго дня",
    "доброе утро",
    "добрый вечер",
    "добрый день",
    "приветствую",
];

/// A text from where it comes to the point.
fn after_greeting(text: &str) -> &str {
    const ENDS: [char; 5] = [' ', '!', '.', ',', ')'];
    let rest = |greeting: &&str| {
        let (end, _) = text.char_indices().nth(greeting.chars().count())?;
        let (head, rest) = text.split_at(end);
        // A word may only begin like a greeting; and of a text that is nothing else, all is told.
        let is_one = head.to_lowercase() == *greeting && rest.starts_with(ENDS);
        Some(rest.trim_start_matches(ENDS)).filter(|rest| is_one && !rest.is_empty())
    };
    GREETINGS.iter().find_map(rest).unwrap_or(text)
}

/// The first words of a text that say something, up to so many characters, cut between words.
pub fn beginning(text: &str, most: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let flat = after_greeting(&flat);
    if flat.chars().count() <= most {
        return flat.to_owned();
    }
    let cut: String = flat.chars().take(most).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole}…")
}

/// Where an incident is, as far as it is known and may be seen: municipality, street, house.
pub fn place(desk: &Desk, view: &IncidentView) -> String {
    let municipality = desk.policy.municipality(&view.municipality).map_or(&view.municipality, |m| &m.title);
    let street = view.street.as_deref().map(|street| match view.house.as_deref() {
        Some(house) => format!("{street}, {house}"),
        None => street.to_owned(),
    });
    let parts = [Some(municipality.clone()), view.settlement.clone(), street];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// One incident in a list: which, how much time is left, what and where; and what may be done with it from there.
pub fn row(words: Words, desk: &Desk, incident: &Incident, moves: &Markup) -> Markup {
    let view = IncidentView::of(incident, desk);
    let whose = incident.executor.as_deref().or(incident.organisation.as_deref());
    html! {
        li {
            a .name href=(address(incident.id)) { "№\u{a0}" (incident.number) " · " (beginning(&view.text, 140)) }
            (due(words, desk, incident))
            p .facts-line.quiet {
                // What is closed says so where else the time is told.
                @if incident.is_open() { span { (words.named("step", incident.step.as_str())) } }
                @if let Some(id) = &incident.topic { span { (topic(desk, id)) } }
                span { (place(desk, &view)) }
                span { (words.named("network", &incident.network)) }
                @if let Some(id) = whose { span { (organisation(desk, id)) } }
            }
            div .row-moves { (moves) }
        }
    }
}

/// The way to the next page of a list. `address` is that of its first page, with its query.
pub fn pager(words: Words, address: &str, next: Option<&str>) -> Markup {
    let between = if address.contains('?') { '&' } else { '?' };
    html! {
        @if let Some(next) = next {
            p .pager { a rel="next" href={ (address) (between) "cursor=" (next) } { (words.say("next-page")) } }
        }
    }
}

/// The address of an incident's page.
pub fn address(id: Id) -> String {
    format!("/incidents/{id}")
}

/// The choices of a `select`: value, words, and which one is chosen.
pub fn options<'v>(choices: impl IntoIterator<Item = (&'v str, String)>, chosen: Option<&str>) -> Markup {
    html! {
        @for (value, said) in choices {
            option value=(value) selected[chosen == Some(value)] { (said) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Language;

    #[test]
    fn spans_are_said_in_two_units() {
        let say = |seconds| span(Words::of(Language::Russian), seconds).replace('\u{a0}', " ");
        assert_eq!(say(30), "0 мин");
        assert_eq!(say(12 * 60 + 59), "12 мин");
        assert_eq!(say(3 * 3600 + 20 * 60), "3 ч 20 мин");
        assert_eq!(say(3 * 3600), "3 ч");
        assert_eq!(say(2 * 86_400 + 4 * 3600 + 59), "2 д 4 ч");
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(-1_234_567), "−1\u{a0}234\u{a0}567");
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(beginning("ямы  на\nдороге", 40), "ямы на дороге");
        assert_eq!(beginning("ямы на дороге", 8), "ямы на…");
        assert_eq!(beginning("ямынадороге", 4), "ямын…");
        assert_eq!(beginning("Здравствуйте!  На Портовой яма", 80), "На Портовой яма");
        assert_eq!(beginning("ДОБРЫЙ ДЕНЬ, снег", 80), "снег");
        assert_eq!(beginning("Здравствуйте!", 80), "Здравствуйте!");
        assert_eq!(beginning("Добрыйский переулок", 80), "Добрыйский переулок");
    }
}
