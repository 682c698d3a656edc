//! The two TOML files of a city's directory: the city itself and its calendars, with the production calendar's days beside them.

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeTable;

use super::sheet::Columns;
use super::{Reading, line_of};
use crate::domain::calendar::{CalendarSpec, DayKind, DayRow, WeekSpec};
use crate::domain::policy::check::Table;
use crate::domain::policy::doc::City;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarsFile {
    #[serde(default)]
    calendar: Vec<Spanned<CalendarSection>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarSection {
    id: String,
    title: String,
    zone: String,
    week: WeekSpec,
    short: Option<String>,
    /// The file with the rows of the production calendar.
    days: Option<String>,
}

const DAYS: Columns = Columns { required: &["date", "kind"], optional: &["note"] };

impl Reading<'_> {
    pub(super) fn city(&mut self) -> Option<City> {
        let file = Table::City.file();
        let content = self.required(file)?;
        let city = self.toml(file, content)?;
        if let Ok(table) = DeTable::parse(content) {
            self.note_lines(content, "", table.get_ref());
        }
        Some(city)
    }

    /// Notes the line of every key, nested ones as `life/max_rounds`.
    fn note_lines(&mut self, content: &str, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let field = format!("{prefix}{}", key.get_ref());
            let line = line_of(content, key.span().start);
            self.origins.note(Table::City, None, field.as_str(), Table::City.file(), line);
            if let Some(nested) = value.get_ref().as_table() {
                self.note_lines(content, &format!("{field}/"), nested);
            }
        }
    }

    pub(super) fn calendars(&mut self) -> Option<Vec<CalendarSpec>> {
        let file = Table::Calendars.file();
        let content = self.required(file)?;
        let sections = self.toml::<CalendarsFile>(file, content)?.calendar;
        let calendars = sections.into_iter().enumerate().map(|(index, section)| {
            let line = line_of(content, section.span().start);
            self.origins.note(Table::Calendars, Some(index), "", file, line);
            let CalendarSection { id, title, zone, week, short, days } = section.into_inner();
            let days = days.map(|days| self.days(index, &days, line)).unwrap_or_default();
            CalendarSpec { id, title, zone, week, short, days }
        });
        Some(calendars.collect())
    }

    /// The rows of a production calendar, which the calendar at `index` asks for in `line`.
    fn days(&mut self, index: usize, file: &str, line: u64) -> Vec<DayRow> {
        let Some(content) = self.content(file) else {
            self.broken(Table::Calendars.file(), line, format!("the file \"{file}\" is missing"));
            return Vec::new();
        };
        let rows = self.day_rows(file, content);
        for (day, (line, _)) in rows.iter().enumerate() {
            self.origins.note(Table::Calendars, Some(index), format!("days/{day}"), file, *line);
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The rows of a production calendar's file, each with its line.
    pub(super) fn day_rows(&mut self, file: &str, content: &str) -> Vec<(u64, DayRow)> {
        let mut rows = Vec::new();
        self.rows(file, content, &DAYS, |row| {
            let date = row.parse("date", Date::ZERO);
            let kind = row.parse("kind", DayKind::Holiday);
            rows.push((row.line, DayRow { date, kind, note: row.text("note") }));
        });
        rows
    }

    fn toml<T: DeserializeOwned>(&mut self, file: &str, content: &str) -> Option<T> {
        match toml::from_str(content) {
            Ok(value) => Some(value),
            Err(error) => {
                let line = error.span().map_or(0, |span| line_of(content, span.start));
                self.broken(file, line, error.message().trim());
                None
            }
        }
    }
}
