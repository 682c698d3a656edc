//! Everything that is wrong with a policy document, found in one go.
//!
//! A finding names its table, record and field, and can be shown in two ways: as a JSON pointer ([`Finding::pointer`]) to whoever
//! sent the document over the API, and as file and line ([`super::files::Origins::fault`]) to whoever keeps it as files.

mod entities;
mod rules;

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::tz::TimeZone;

use super::doc::PolicyDoc;
use super::names::Lexicon;
use super::tree::Tree;
use crate::domain::sla::{Base, Target};

/// The longest id, in characters.
pub const ID_LIMIT: usize = 64;

/// A table of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    City,
    Groups,
    Topics,
    TopicAliases,
    Municipalities,
    Okrugs,
    Organisations,
    OrganisationAliases,
    Routes,
    Executors,
    Terms,
    Calendars,
    Streets,
    Houses,
    Templates,
}

impl Table {
    /// Its key in the JSON document.
    pub const fn key(self) -> &'static str {
        match self {
            Table::City => "city",
            Table::Groups => "groups",
            Table::Topics => "topics",
            Table::TopicAliases => "topic_aliases",
            Table::Municipalities => "municipalities",
            Table::Okrugs => "okrugs",
            Table::Organisations => "organisations",
            Table::OrganisationAliases => "organisation_aliases",
            Table::Routes => "routes",
            Table::Executors => "executors",
            Table::Terms => "terms",
            Table::Calendars => "calendars",
            Table::Streets => "streets",
            Table::Houses => "houses",
            Table::Templates => "templates",
        }
    }

    /// The file that holds it in a city's directory.
    pub const fn file(self) -> &'static str {
        match self {
            Table::City => "city.toml",
            Table::Groups => "groups.csv",
            Table::Topics => "topics.csv",
            Table::TopicAliases => "topic-aliases.csv",
            Table::Municipalities => "municipalities.csv",
            Table::Okrugs => "okrugs.csv",
            Table::Organisations => "organisations.csv",
            Table::OrganisationAliases => "organisation-aliases.csv",
            Table::Routes => "routes.csv",
            Table::Executors => "executors.csv",
            Table::Terms => "terms.csv",
            Table::Calendars => "calendars.toml",
            Table::Streets => "streets.csv",
            Table::Houses => "houses.csv",
            Table::Templates => "templates.csv",
        }
    }
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub table: Table,
    /// The record, counted from zero; none when it is about the table, or the table has no records.
    pub index: Option<usize>,
    /// The field, with `/` between nested ones; empty when it is about the whole record.
    pub field: Cow<'static, str>,
    /// What is wrong and what would be right, for people.
    pub message: String,
}

impl Finding {
    /// A finding about a table as a whole.
    pub fn of_table(table: Table, message: impl Into<String>) -> Self {
        Self { table, index: None, field: Cow::Borrowed(""), message: message.into() }
    }

    /// Where it is, as an RFC 6901 pointer into the JSON document: `/routes/12/organisation`.
    pub fn pointer(&self) -> String {
        let mut pointer = format!("/{}", self.table.key());
        if let Some(index) = self.index {
            pointer.push_str(&format!("/{index}"));
        }
        if !self.field.is_empty() {
            pointer.push('/');
            pointer.push_str(&self.field);
        }
        pointer
    }
}

/// Everything that is wrong with the document, table by table; empty if [`super::Policy::build`] will take it.
pub fn check(doc: &PolicyDoc) -> Vec<Finding> {
    let lexicon = Lexicon::new(doc);
    let tree = Tree::new(&doc.organisations, &lexicon.organisations);
    let mut check = Check { doc, lexicon, tree, findings: Vec::new() };
    check.city();
    check.entities();
    check.rules();
    check.findings
}

/// A check under way.
struct Check<'d> {
    doc: &'d PolicyDoc,
    lexicon: Lexicon,
    tree: Tree,
    findings: Vec<Finding>,
}

impl<'d> Check<'d> {
    fn find(&mut self, table: Table, index: usize, field: impl Into<Cow<'static, str>>, message: impl Into<String>) {
        let finding = Finding { table, index: Some(index), field: field.into(), message: message.into() };
        self.findings.push(finding);
    }

    fn find_in_city(&mut self, field: &'static str, message: impl Into<String>) {
        let finding = Finding { table: Table::City, index: None, field: Cow::Borrowed(field), message: message.into() };
        self.findings.push(finding);
    }

    /// Ids are unique within their table and of a form that is safe in addresses, file names and logs.
    fn ids(&mut self, table: Table, ids: impl Iterator<Item = &'d str>) {
        let mut seen = HashSet::new();
        for (index, id) in ids.enumerate() {
            if !is_id(id) {
                self.find(table, index, "id", format!("\"{id}\" is no id: {ID_FORM}"));
            } else if !seen.insert(id) {
                self.find(table, index, "id", format!("the id \"{id}\" is used twice"));
            }
        }
    }

    fn city(&mut self) {
        let city = &self.doc.city;
        if !is_id(&city.id) {
            self.find_in_city("id", format!("\"{}\" is no id: {ID_FORM}", city.id));
        }
        if TimeZone::get(&city.zone).is_err() {
            self.find_in_city("zone", format!("unknown time zone \"{}\"", city.zone));
        }
        for (field, id, what, known) in [
            ("root", &city.root, "organisation", self.lexicon.organisations.has(&city.root)),
            ("controller", &city.controller, "organisation", self.lexicon.organisations.has(&city.controller)),
            ("calendar", &city.calendar, "calendar", self.lexicon.calendars.has(&city.calendar)),
            (
                "default_municipality",
                &city.default_municipality,
                "municipality",
                self.lexicon.municipalities.has(&city.default_municipality),
            ),
        ] {
            if !known {
                self.find_in_city(field, unknown(what, id));
            }
        }
        if let Some(precision) = city.automatic_precision.filter(|share| !(0.5..=0.999).contains(share)) {
            self.find_in_city("automatic_precision", format!("{precision} is out of range: 0.5 to 0.999"));
        }
        self.answers();
        self.life();
    }

    fn answers(&mut self) {
        let bounds = self.doc.city.answers;
        if !(2..=1000).contains(&bounds.identical_to) {
            let message = format!("{} is out of range: 2 to 1000", bounds.identical_to);
            self.find_in_city("answers/identical_to", message);
        }
        if !(1..=366).contains(&bounds.identical_days) {
            let message = format!("{} is out of range: 1 to 366", bounds.identical_days);
            self.find_in_city("answers/identical_days", message);
        }
        if !(0.1..=1.0).contains(&bounds.identical_share) {
            let message = format!("{} is out of range: 0.1 to 1", bounds.identical_share);
            self.find_in_city("answers/identical_share", message);
        }
    }

    fn life(&mut self) {
        const HOUR: i64 = 3_600;
        let life = &self.doc.city.life;
        for (field, number) in [("life/max_returns", life.max_returns), ("life/max_rounds", life.max_rounds)] {
            if !(1..=10).contains(&number) {
                self.find_in_city(field, format!("{number} is out of range: 1 to 10"));
            }
        }
        if let Some(bound) = self.doc.city.merge_automatically
            && !(0.9..=0.999).contains(&bound)
        {
            self.find_in_city("merge_automatically", format!("{bound} is out of range: 0.9 to 0.999"));
        }
        match Target::parse(&life.author_wait, Base::Calendar) {
            Ok(wait) if (HOUR..=60 * 24 * HOUR).contains(&wait.amount()) => {}
            Ok(_) => self
                .find_in_city("life/author_wait", format!("{} is out of range: one hour to 60 days", life.author_wait)),
            Err(fault) => self.find_in_city("life/author_wait", fault.to_string()),
        }
    }
}

const ID_FORM: &str = "write lower-case Latin letters, digits, '-', '_' and '.', beginning with a letter or a digit";

fn is_id(id: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    id.len() <= ID_LIMIT
        && id.bytes().next().is_some_and(is_plain)
        && id.bytes().all(|b| is_plain(b) || matches!(b, b'-' | b'_' | b'.'))
}

fn unknown(what: &str, id: &str) -> String {
    format!("there is no {what} \"{id}\"")
}

#[cfg(test)]
mod tests;
