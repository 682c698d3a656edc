//! What a letter says. It names incidents by their numbers and holds nothing that a resident wrote.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::notice::NoticeKind;
use crate::domain::sla::ClockKind;
use crate::domain::words::MONTHS;
use crate::domain::{At, Id, Language};
use Language::{English, Russian};

/// How many clocks a letter names; of the others it says how many there are.
const NAMED: usize = 50;

/// A letter to one member of staff about deadlines of one kind.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The same each time it is tried; the Message-ID is made of it.
    pub id: Id,
    pub name: String,
    pub email: String,
    pub language: Language,
    pub kind: NoticeKind,
    /// What it is about, the most urgent first. A clock that stands here twice is named once.
    pub lines: Vec<Line>,
    /// The zone in which days and hours are told.
    pub zone: TimeZone,
    /// When it is written.
    pub now: At,
    /// Where the service is reached; without a slash at the end.
    pub public_url: String,
    /// The address that turns letters of this kind off.
    pub off_url: String,
}

/// One clock of an incident.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub incident: Id,
    pub number: i64,
    pub clock: ClockKind,
    pub due_at: At,
}

impl Letter {
    /// Its subject: what about, and how many incidents.
    pub fn subject(&self) -> String {
        let incidents = self.lines.iter().map(|line| line.incident).collect::<BTreeSet<_>>().len();
        let counted = match self.language {
            Russian => plural(incidents, ["обращение", "обращения", "обращений"]).to_owned(),
            English if incidents == 1 => "incident".to_owned(),
            English => "incidents".to_owned(),
        };
        format!("{}: {incidents} {counted}", self.kind.title(self.language))
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let w = self.wording();
        let mut text = format!("{}\n\n{}\n", w.greeting, w.heading);
        for (said, url) in self.said() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{said}\n{url}\n");
        }
        if let Some(more) = self.more() {
            let _ = write!(text, "\n{more}\n{}\n", self.public_url);
        }
        let _ = write!(text, "\n--\n{}\n{}: {}\n", w.because, w.off, self.off_url);
        text
    }

    /// As HTML.
    pub fn html(&self) -> String {
        let w = self.wording();
        let link = |said: &str, url: &str| format!("<a href=\"{}\">{}</a>", escaped(url), escaped(said));
        let mut list: String = self.said().map(|(said, url)| format!("<li>{}</li>\n", link(&said, &url))).collect();
        if let Some(more) = self.more() {
            let _ = writeln!(list, "<li>{}</li>", link(&more, &self.public_url));
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n<p>{}</p>\n<p>{}</p>\n\
             <ul>\n{list}</ul>\n<p><small>{} {}</small></p>\n</body>\n</html>\n",
            self.language,
            escaped(&self.subject()),
            escaped(&w.greeting),
            escaped(&w.heading),
            escaped(w.because),
            link(&w.off, &self.off_url),
        )
    }

    /// The clocks, each once.
    fn clocks(&self) -> Vec<&Line> {
        let mut seen = BTreeSet::new();
        self.lines.iter().filter(|line| seen.insert(*line)).collect()
    }

    /// What is said of each clock, and where more of it stands.
    fn said(&self) -> impl Iterator<Item = (String, String)> {
        let said = |line: &Line| {
            let (clock, due) = (clock_name(line.clock, self.language), self.due(line.due_at));
            let sign = match self.language {
                Russian => "№",
                English => "No.",
            };
            (
                format!("{sign} {} — {clock}: {due}", line.number),
                format!("{}/incidents/{}", self.public_url, line.incident),
            )
        };
        self.clocks().into_iter().take(NAMED).map(said)
    }

    /// How many clocks there are that are not named.
    fn more(&self) -> Option<String> {
        let more = self.clocks().len().saturating_sub(NAMED);
        (more > 0).then(|| match self.language {
            Russian => format!("и ещё {more} {}", plural(more, ["срок", "срока", "сроков"])),
            English if more == 1 => "and 1 more deadline".to_owned(),
            English => format!("and {more} more deadlines"),
        })
    }

    /// When it is due, or was.
    fn due(&self, due_at: At) -> String {
        let (today, due) = (self.zone.to_datetime(self.now.0).date(), self.zone.to_datetime(due_at.0));
        let (day, hour, minute) = (day(due.date(), today, self.language), due.hour(), due.minute());
        match (self.language, due_at < self.now) {
            (Russian, false) => format!("{day}, до {hour:02}:{minute:02}"),
            (Russian, true) => format!("срок был {day}, в {hour:02}:{minute:02}"),
            (English, false) => format!("due {day}, {hour:02}:{minute:02}"),
            (English, true) => format!("was due {day}, {hour:02}:{minute:02}"),
        }
    }

    fn wording(&self) -> Wording {
        let (name, title) = (&self.name, self.kind.title(self.language));
        match self.language {
            Russian => Wording {
                greeting: format!("Здравствуйте, {name}!"),
                heading: format!("{title}:"),
                because: "Вы получаете это письмо, потому что это работа ваша или вашей организации.",
                off: format!("Не присылать больше писем «{title}»"),
            },
            English => Wording {
                greeting: format!("Hello, {name}!"),
                heading: format!("{title}:"),
                because: "You get this letter because this is your work, or your organisation's.",
                off: format!("No more letters “{title}”"),
            },
        }
    }
}

struct Wording {
    greeting: String,
    heading: String,
    because: &'static str,
    off: String,
}

/// What a clock waits for, in the words of those who work.
fn clock_name(clock: ClockKind, language: Language) -> &'static str {
    let (russian, english) = match clock {
        ClockKind::Routing => ("маршрутизация", "routing"),
        ClockKind::Reaction => ("первая реакция", "first reaction"),
        ClockKind::Acceptance => ("принятие или возврат", "acceptance or return"),
        ClockKind::FirstAnswer => ("первый ответ", "first answer"),
        ClockKind::FinalAnswer => {
            ("окончательный ответ после промежуточного", "final answer after an intermediate one")
        }
        ClockKind::NextAnswer => ("ответ на повторное сообщение", "answer to a further message"),
        ClockKind::Resolution => ("окончательный ответ", "final answer"),
        ClockKind::Approval => ("согласование", "approval"),
        ClockKind::Rework => ("доработка ответа", "rework of the answer"),
        ClockKind::AuthorWait => ("ожидание автора", "wait for the author"),
    };
    match language {
        Russian => russian,
        English => english,
    }
}

/// A day as people say it: its date, and what it is to today. The year only where it is another one.
fn day(date: Date, today: Date, language: Language) -> String {
    let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    let month = match language {
        Russian => MONTHS[month % 12],
        English => MONTHS_EN[month % 12],
    };
    let mut said = format!("{} {month}", date.day());
    if date.year() != today.year() {
        // Writing to a string cannot fail.
        let _ = match language {
            Russian => write!(said, " {} года", date.year()),
            English => write!(said, " {}", date.year()),
        };
    }
    let near = [(-1, "вчера", "yesterday"), (0, "сегодня", "today"), (1, "завтра", "tomorrow")];
    let near = near.iter().find(|(days, ..)| today.checked_add(days.days()).is_ok_and(|other| other == date));
    match (near, language) {
        (Some((_, russian, _)), Russian) => format!("{russian}, {said}"),
        (Some((_, _, english)), English) => format!("{english}, {said}"),
        (None, _) => said,
    }
}

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The form of a Russian noun that goes with a number: for 1, for 2, for 5.
fn plural(n: usize, [one, few, many]: [&str; 3]) -> &str {
    match (n % 10, n % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// Text in HTML, also within an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn at(text: &str) -> At {
        text.parse().unwrap()
    }

    fn line(number: i64, clock: ClockKind, due: &str) -> Line {
        Line {
            incident: format!("00000000-0000-7000-8000-{number:012}").parse().unwrap(),
            number,
            clock,
            due_at: at(due),
        }
    }

    pub fn sample() -> Letter {
        Letter {
            id: "00000000-0000-7000-8000-00000000000a".parse().unwrap(),
            name: "Анна <Петрова> & сын".to_owned(),
            email: "anna@example.org".to_owned(),
            language: Russian,
            kind: NoticeKind::DeadlineNear,
            lines: vec![
                line(7, ClockKind::Routing, "2025-11-10T06:30:00Z"),
                line(12, ClockKind::FirstAnswer, "2025-11-10T15:30:00Z"),
                line(12, ClockKind::FirstAnswer, "2025-11-10T15:30:00Z"),
                line(12, ClockKind::Resolution, "2026-01-12T03:00:00Z"),
            ],
            zone: TimeZone::get("Asia/Omsk").unwrap(),
            now: at("2025-11-10T07:00:00Z"),
            public_url: "https://otklik.example.org".to_owned(),
            off_url: "https://otklik.example.org/notices/off/abc".to_owned(),
        }
    }

    #[test]
    fn a_letter_in_russian() {
        let letter = sample();
        assert_eq!(letter.subject(), "Подходит срок: 2 обращения");
        assert_eq!(
            letter.text(),
            "Здравствуйте, Анна <Петрова> & сын!\n\nПодходит срок:\n\n\
             № 7 — маршрутизация: срок был сегодня, 10 ноября, в 12:30\n\
             https://otklik.example.org/incidents/00000000-0000-7000-8000-000000000007\n\n\
             № 12 — первый ответ: сегодня, 10 ноября, до 21:30\n\
             https://otklik.example.org/incidents/00000000-0000-7000-8000-000000000012\n\n\
             № 12 — окончательный ответ: 12 января 2026 года, до 09:00\n\
             https://otklik.example.org/incidents/00000000-0000-7000-8000-000000000012\n\n\
             --\nВы получаете это письмо, потому что это работа ваша или вашей организации.\n\
             Не присылать больше писем «Подходит срок»: https://otklik.example.org/notices/off/abc\n"
        );
        let html = letter.html();
        assert!(html.contains("<p>Здравствуйте, Анна &lt;Петрова&gt; &amp; сын!</p>"), "{html}");
        assert!(html.contains("<html lang=\"ru\">") && html.contains("<meta charset=\"utf-8\">"));
        assert_eq!(html.matches("<li>").count(), 3);
    }

    #[test]
    fn a_letter_in_english() {
        let letter = Letter { language: English, kind: NoticeKind::DeadlineMissed, ..sample() };
        assert_eq!(letter.subject(), "A deadline has passed: 2 incidents");
        let text = letter.text();
        assert!(text.contains("No. 7 — routing: was due today, 10 November, 12:30\n"), "{text}");
        assert!(text.contains("No. 12 — final answer: due 12 January 2026, 09:00\n"), "{text}");
    }

    #[test]
    fn a_long_letter_names_fifty_and_counts_the_rest() {
        let lines = (1..=71).map(|n| line(n, ClockKind::Resolution, "2025-11-10T15:30:00Z")).collect();
        let letter = Letter { lines, ..sample() };
        assert_eq!(letter.subject(), "Подходит срок: 71 обращение");
        assert_eq!(letter.html().matches("<li>").count(), 51);
        assert!(letter.text().contains("\nи ещё 21 срок\n"));
    }

    #[test]
    fn days_are_told_as_people_say_them() {
        let today = "2025-12-31".parse().unwrap();
        let said = |date: &str, language| day(date.parse().unwrap(), today, language);
        assert_eq!(said("2025-12-30", Russian), "вчера, 30 декабря");
        assert_eq!(said("2025-12-31", Russian), "сегодня, 31 декабря");
        assert_eq!(said("2026-01-01", Russian), "завтра, 1 января 2026 года");
        assert_eq!(said("2026-02-03", English), "3 February 2026");
    }

    #[test]
    fn russian_numbers_have_three_forms() {
        let forms = ["обращение", "обращения", "обращений"];
        for (n, form) in
            [(1, 0), (2, 1), (4, 1), (5, 2), (11, 2), (12, 2), (14, 2), (21, 0), (22, 1), (100, 2), (111, 2)]
        {
            assert_eq!(plural(n, forms), forms[form], "{n}");
        }
    }
}
