//! What the organisations write to residents.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};

use super::Incident;
use crate::demo::data::DemoData;
use crate::demo::dice::Dice;
use crate::demo::wording::fill;
use crate::domain::words::MONTHS;
use crate::domain::{AnswerKind, At, Policy};

/// What is written where the phrases of the city do not fit.
const PLAIN: &str =
    "Здравствуйте! Специалисты проверили ваше сообщение {date}. Если вопрос остался, ответьте на это сообщение.";
const PLAIN_INTERMEDIATE: &str = "Здравствуйте! Сообщение принято в работу, о результате напишем в этой ветке.";

/// Words before a date that is still to come.
const AHEAD: [&str; 8] = ["до", "с", "на", "—", "позднее", "встреча", "приём", "проверка"];

/// Writes answers from the city's phrases.
pub(super) struct Writer {
    data: Arc<DemoData>,
    zone: TimeZone,
}

impl Writer {
    pub fn new(data: Arc<DemoData>, policy: &Policy) -> Writer {
        Writer { data, zone: policy.zone().clone() }
    }

    /// Whether somebody says thanks, and nothing else.
    pub fn is_thanks(&self, text: &str) -> bool {
        self.data.thanks.has(text)
    }

    /// An answer about an incident; `street` as people name it.
    pub fn write(
        &self,
        incident: &Incident,
        kind: AnswerKind,
        street: Option<&str>,
        now: At,
        dice: &mut Dice,
    ) -> String {
        let group = incident.group.as_deref().unwrap_or_default();
        let template = self.data.answers(group, kind).map(|answers| answers.draw(dice).as_str());
        // A phrase about a street that nobody knows would be a riddle.
        match template.filter(|text| street.is_some() || !text.contains("{street}")) {
            Some(template) => self.filled(template, street.unwrap_or_default(), now, dice),
            None if kind == AnswerKind::Intermediate => PLAIN_INTERMEDIATE.to_owned(),
            None => self.filled(PLAIN, "", now, dice),
        }
    }

    fn filled(&self, template: &str, street: &str, now: At, dice: &mut Dice) -> String {
        let today = self.zone.to_datetime(*now).date();
        let mut seen = 0;
        fill(template, |name| {
            let place = seen + template.get(seen..)?.find(&format!("{{{name}}}"))?;
            seen = place + 1;
            match name {
                "street" => Some(street.to_owned()),
                "date" => Some(self.date(today, template.get(..place)?, dice)),
                _ => None,
            }
        })
    }

    /// A date that suits the words before it: «до» a day to come, otherwise today or yesterday.
    fn date(&self, today: Date, before: &str, dice: &mut Dice) -> String {
        let word = before.split_whitespace().next_back().unwrap_or_default().to_lowercase();
        let by: Span = if AHEAD.contains(&word.as_str()) {
            i64::from(2 + dice.below(14)).days()
        } else {
            (-i64::from(dice.below(2))).days()
        };
        let day = today.saturating_add(by);
        let month = usize::try_from(day.month() - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&"");
        format!("{} {month}", day.day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::data::{OMSK, tests::policy};
    use crate::domain::{Id, Kind, Step};

    fn incident(group: &str) -> Incident {
        Incident {
            id: Id::new(At::EVER),
            version: 1,
            step: Step::InWork,
            kind: Kind::Solvable,
            number: 1,
            network: "vk".to_owned(),
            account: "1".to_owned(),
            text: String::new(),
            municipality: "omsk".to_owned(),
            topic: None,
            group: Some(group.to_owned()),
            organisation: None,
            executor: None,
            returns: 0,
            rounds: 0,
            first_answer_at: None,
            deferred_until: None,
        }
    }

    #[test]
    fn answers_of_every_group_are_whole_sentences() {
        let policy = policy(OMSK);
        let writer = Writer::new(Arc::new(DemoData::read(OMSK).unwrap()), &policy);
        let (mut dice, now) = (Dice::new(1, 1), "2026-02-27T04:00:00Z".parse().unwrap());
        for group in &policy.doc().groups {
            for kind in AnswerKind::ALL {
                for street in [None, Some("ул. Перова")] {
                    let text = writer.write(&incident(&group.id), *kind, street, now, &mut dice);
                    assert!(!text.contains(['{', '}']) && !text.contains("  "), "{text}");
                    assert!((20..9000).contains(&text.chars().count()), "{text}");
                }
            }
        }
    }

    #[test]
    fn dates_lie_where_the_words_before_them_say() {
        let writer = Writer::new(Arc::new(DemoData::read(OMSK).unwrap()), &policy(OMSK));
        let (mut dice, today) = (Dice::new(1, 1), "2026-02-27".parse().unwrap());
        for _ in 0..20 {
            let past = writer.date(today, "закончила работу ", &mut dice);
            assert!(["27 февраля", "26 февраля"].contains(&past.as_str()), "{past}");
            let ahead = writer.date(today, "ответ дадим до ", &mut dice);
            assert!(ahead.ends_with("марта"), "{ahead}");
        }
    }
}
