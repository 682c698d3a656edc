//! Checks of what a policy speaks of: topics, places, organisations, calendars.

use std::collections::HashSet;

use jiff::civil::Date;

use super::{Check, Table, unknown};
use crate::domain::calendar::{CalendarFault, CalendarSpec};
use crate::domain::place::house_key;
use crate::domain::policy::names::Names;
use crate::domain::text::{fold, words};
use crate::domain::{Outcome, wording};

/// The longest title of a calendar, in characters.
const TITLE_LIMIT: usize = 200;

/// The longest template, in characters: as long as an answer may be.
const TEMPLATE_LIMIT: usize = 9000;

impl Check<'_> {
    pub(super) fn entities(&mut self) {
        let doc = self.doc;
        self.ids(Table::Groups, doc.groups.iter().map(|group| group.id.as_str()));
        self.ids(Table::Topics, doc.topics.iter().map(|topic| topic.id.as_str()));
        self.ids(Table::Municipalities, doc.municipalities.iter().map(|place| place.id.as_str()));
        self.ids(Table::Okrugs, doc.okrugs.iter().map(|okrug| okrug.id.as_str()));
        self.ids(Table::Organisations, doc.organisations.iter().map(|one| one.id.as_str()));
        self.ids(Table::Calendars, doc.calendars.iter().map(|calendar| calendar.id.as_str()));
        self.topics();
        self.topic_names();
        self.municipalities();
        self.organisations();
        self.organisation_names();
        self.roots();
        self.calendars();
        self.streets();
        self.houses();
        self.templates();
    }

    fn templates(&mut self) {
        let doc = self.doc;
        self.ids(Table::Templates, doc.templates.iter().map(|template| template.id.as_str()));
        for (index, template) in doc.templates.iter().enumerate() {
            let find = |check: &mut Self, field: &'static str, message: String| {
                check.find(Table::Templates, index, field, message)
            };
            if !(1..=TITLE_LIMIT).contains(&template.title.trim().chars().count()) {
                find(self, "title", format!("must have 1 to {TITLE_LIMIT} characters"));
            }
            if !(2..=TEMPLATE_LIMIT).contains(&template.text.trim().chars().count()) {
                find(self, "text", format!("must have 2 to {TEMPLATE_LIMIT} characters"));
            }
            if let Err(bad) = wording::check(&template.text) {
                find(self, "text", bad.to_string());
            }
            if let Some(topic) = template.topic.as_ref().filter(|topic| !self.lexicon.topics.has(topic)) {
                find(self, "topic", unknown("topic", topic));
            }
            if let Some(group) = template.group.as_ref().filter(|group| !self.lexicon.groups.has(group)) {
                find(self, "group", unknown("group", group));
            }
            if template.topic.is_some() && template.group.is_some() {
                find(self, "group", "say a topic or a group, not both".to_owned());
            }
            if template.outcome == Some(Outcome::Deferred) {
                find(self, "outcome", "must be resolved, explained or not_resolved".to_owned());
            }
        }
    }

    fn topics(&mut self) {
        for (index, topic) in self.doc.topics.iter().enumerate() {
            if !self.lexicon.groups.has(&topic.group) {
                self.find(Table::Topics, index, "group", unknown("group", &topic.group));
            }
            if !(1..=5).contains(&topic.severity) {
                self.find(Table::Topics, index, "severity", format!("{} is out of range: 1 to 5", topic.severity));
            }
            for keyword in &topic.keywords {
                if words(&fold(keyword)).next().is_none() {
                    self.find(Table::Topics, index, "keywords", format!("\"{keyword}\" has no word in it"));
                }
            }
        }
    }

    fn topic_names(&mut self) {
        let doc = self.doc;
        let mut names = Names::default();
        let own = doc.topics.iter().map(|topic| (topic.id.as_str(), topic.title.as_str()));
        self.own_names(Table::Topics, own, &mut names);
        for (index, alias) in doc.topic_aliases.iter().enumerate() {
            match self.lexicon.topics.position(&alias.topic) {
                Some(topic) => self.alias(Table::TopicAliases, index, &alias.alias, topic, &mut names),
                None => self.find(Table::TopicAliases, index, "topic", unknown("topic", &alias.topic)),
            }
        }
    }

    fn organisation_names(&mut self) {
        let doc = self.doc;
        let mut names = Names::default();
        let own = doc.organisations.iter().map(|one| (one.id.as_str(), one.title.as_str()));
        self.own_names(Table::Organisations, own, &mut names);
        for (index, alias) in doc.organisation_aliases.iter().enumerate() {
            match self.lexicon.organisations.position(&alias.organisation) {
                Some(one) => self.alias(Table::OrganisationAliases, index, &alias.alias, one, &mut names),
                None => {
                    let message = unknown("organisation", &alias.organisation);
                    self.find(Table::OrganisationAliases, index, "organisation", message);
                }
            }
        }
    }

    /// Titles must tell things apart, for imports know nothing else. (Ids that clash with ids are reported as such.)
    fn own_names<'a>(
        &mut self,
        table: Table,
        own: impl Iterator<Item = (&'a str, &'a str)> + Clone,
        names: &mut Names,
    ) {
        for (position, (id, _)) in (0u32..).zip(own.clone()) {
            names.add(id, position);
        }
        for (index, (position, (_, title))) in (0u32..).zip(own).enumerate() {
            if names.add(title, position).is_some() {
                self.find(table, index, "title", format!("\"{title}\" is already the name of another"));
            }
        }
    }

    fn alias(&mut self, table: Table, index: usize, alias: &str, position: u32, names: &mut Names) {
        if names.add(alias, position).is_some() {
            let field = if table == Table::Municipalities { "aliases" } else { "alias" };
            self.find(table, index, field, format!("\"{alias}\" is already the name of another"));
        }
    }

    fn municipalities(&mut self) {
        let doc = self.doc;
        let mut names = Names::default();
        let own = doc.municipalities.iter().map(|place| (place.id.as_str(), place.title.as_str()));
        self.own_names(Table::Municipalities, own, &mut names);
        for (index, (position, municipality)) in (0u32..).zip(&doc.municipalities).enumerate() {
            for alias in &municipality.aliases {
                self.alias(Table::Municipalities, index, alias, position, &mut names);
            }
            for (field, degrees, limit) in [("lat", municipality.lat, 90.0), ("lon", municipality.lon, 180.0)] {
                if degrees.is_some_and(|degrees| !(-limit..=limit).contains(&degrees)) {
                    self.find(Table::Municipalities, index, field, format!("out of range: -{limit} to {limit}"));
                }
            }
        }
    }

    fn organisations(&mut self) {
        for (index, (position, organisation)) in (0u32..).zip(&self.doc.organisations).enumerate() {
            if let Some(parent) = &organisation.parent {
                if !self.lexicon.organisations.has(parent) {
                    self.find(Table::Organisations, index, "parent", unknown("organisation", parent));
                } else if self.tree.is_in_cycle(position) {
                    let message = format!("\"{}\" stands above itself", organisation.id);
                    self.find(Table::Organisations, index, "parent", message);
                }
            }
            if let Some(municipality) = &organisation.municipality
                && !self.lexicon.municipalities.has(municipality)
            {
                self.find(Table::Organisations, index, "municipality", unknown("municipality", municipality));
            }
            if let Some(calendar) = &organisation.calendar
                && !self.lexicon.calendars.has(calendar)
            {
                self.find(Table::Organisations, index, "calendar", unknown("calendar", calendar));
            }
        }
    }

    /// Exactly one organisation has no parent, and it is the one that the city calls its root.
    fn roots(&mut self) {
        let root = &self.doc.city.root;
        for (index, organisation) in self.doc.organisations.iter().enumerate() {
            if organisation.parent.is_none() && organisation.id != *root {
                let message = format!("only the root, \"{root}\", may have no parent");
                self.find(Table::Organisations, index, "parent", message);
            }
            if organisation.parent.is_some() && organisation.id == *root {
                self.find_in_city("root", format!("\"{root}\" has a parent, so it is no root"));
            }
        }
    }

    fn calendars(&mut self) {
        for (index, spec) in self.doc.calendars.iter().enumerate() {
            if !(1..=TITLE_LIMIT).contains(&spec.title.trim().chars().count()) {
                self.find(Table::Calendars, index, "title", format!("must have 1 to {TITLE_LIMIT} characters"));
            }
            for fault in spec.build().err().unwrap_or_default() {
                self.find(Table::Calendars, index, calendar_field(spec, &fault), fault.to_string());
            }
        }
    }

    fn streets(&mut self) {
        for (index, street) in self.doc.streets.iter().enumerate() {
            if let Some(okrug) = &street.okrug
                && !self.doc.okrugs.iter().any(|known| known.id == *okrug)
            {
                self.find(Table::Streets, index, "okrug", unknown("okrug", okrug));
            }
        }
    }

    fn houses(&mut self) {
        let doc = self.doc;
        let streets: HashSet<_> = doc.streets.iter().map(|street| street.name.as_str()).collect();
        let mut known = HashSet::new();
        for (index, house) in doc.houses.iter().enumerate() {
            if !streets.contains(house.street.as_str()) {
                self.find(Table::Houses, index, "street", unknown("street", &house.street));
            }
            if !house.house.starts_with(|c: char| c.is_ascii_digit()) {
                self.find(Table::Houses, index, "house", "must begin with a number".to_owned());
            } else if !known.insert((house.street.as_str(), house_key(&house.house))) {
                self.find(Table::Houses, index, "house", "the street has it already".to_owned());
            }
            for (field, degrees, limit) in [("lat", house.lat, 90.0), ("lon", house.lon, 180.0)] {
                if !(-limit..=limit).contains(&degrees) {
                    self.find(Table::Houses, index, field, format!("out of range: -{limit} to {limit}"));
                }
            }
        }
    }
}

/// The field of a calendar that a fault is about. Of a date's rows that is the first, but for one that says again what another said.
fn calendar_field(spec: &CalendarSpec, fault: &CalendarFault) -> String {
    let day = |found: Option<usize>| found.map(|day| format!("days/{day}"));
    let of_date = |date: Date| day(spec.days.iter().position(|row| row.date == date));
    match fault {
        CalendarFault::UnknownZone(_) => "zone".to_owned(),
        CalendarFault::BadShort(_) => "short".to_owned(),
        CalendarFault::NoWorkingTime => "week".to_owned(),
        CalendarFault::TooManyRows(_) => "days".to_owned(),
        CalendarFault::BadWindow { place, .. }
        | CalendarFault::TooManyWindows { place, .. }
        | CalendarFault::Overlap { place, .. } => {
            place.parse().ok().and_then(of_date).unwrap_or_else(|| format!("week/{place}"))
        }
        CalendarFault::Repeated(date, kind) => {
            day(spec.days.iter().rposition(|row| row.date == *date && row.kind == *kind)).unwrap_or_default()
        }
        CalendarFault::HolidayAndWorking(date)
        | CalendarFault::FarDate(date)
        | CalendarFault::ShortDayOff(date)
        | CalendarFault::NoExtra(date)
        | CalendarFault::NothingLeft(date) => of_date(*date).unwrap_or_default(),
    }
}
