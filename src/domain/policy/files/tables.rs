//! The tables of a city's directory: their columns, and a record from each row.

use super::Reading;
use super::sheet::{Columns, Row};
use crate::domain::policy::check::Table;
use crate::domain::policy::doc::{
    ExecutorRule, Group, House, Municipality, MunicipalityKind, Okrug, Organisation, OrganisationAlias,
    OrganisationKind, Route, Street, Template, Term, Topic, TopicAlias,
};
use crate::domain::policy::pattern::{MunicipalityPattern, Pattern, SeverityPattern};
use crate::domain::sla::{Base, ClockKind};

/// How the records of one table are written.
pub(super) struct Layout<T> {
    table: Table,
    /// Whether a city may do without the file.
    may_be_missing: bool,
    columns: Columns,
    record: fn(&mut Row<'_>) -> T,
}

impl Reading<'_> {
    /// The records of a table, in the order of the file.
    pub(super) fn table<T>(&mut self, layout: &Layout<T>) -> Vec<T> {
        let file = layout.table.file();
        let content = if layout.may_be_missing { self.content(file) } else { self.required(file) };
        let Some(content) = content else { return Vec::new() };
        let (mut records, mut lines) = (Vec::new(), Vec::new());
        self.rows(file, content, &layout.columns, |row| {
            records.push((layout.record)(row));
            lines.push(row.line);
        });
        for (index, line) in lines.into_iter().enumerate() {
            self.origins.note(layout.table, Some(index), "", file, line);
        }
        records
    }
}

pub(super) const GROUPS: Layout<Group> = Layout {
    table: Table::Groups,
    may_be_missing: false,
    columns: Columns { required: &["id", "title"], optional: &["title_en"] },
    record: |row| Group { id: row.required("id"), title: row.required("title"), title_en: row.text("title_en") },
};

pub(super) const TOPICS: Layout<Topic> = Layout {
    table: Table::Topics,
    may_be_missing: false,
    columns: Columns { required: &["id", "group", "title", "severity", "keywords", "sensitive"], optional: &[] },
    record: |row| Topic {
        id: row.required("id"),
        group: row.required("group"),
        title: row.required("title"),
        severity: row.parse("severity", 1),
        keywords: row.list("keywords"),
        sensitive: row.flag("sensitive"),
    },
};

pub(super) const TOPIC_ALIASES: Layout<TopicAlias> = Layout {
    table: Table::TopicAliases,
    may_be_missing: true,
    columns: Columns { required: &["alias", "topic"], optional: &[] },
    record: |row| TopicAlias { alias: row.required("alias"), topic: row.required("topic") },
};

pub(super) const MUNICIPALITIES: Layout<Municipality> = Layout {
    table: Table::Municipalities,
    may_be_missing: false,
    columns: Columns { required: &["id", "title", "kind"], optional: &["lat", "lon", "population", "aliases"] },
    record: |row| Municipality {
        id: row.required("id"),
        title: row.required("title"),
        kind: row.parse("kind", MunicipalityKind::City),
        lat: row.parse_optional("lat"),
        lon: row.parse_optional("lon"),
        population: row.parse_optional("population"),
        aliases: row.list("aliases"),
    },
};

pub(super) const OKRUGS: Layout<Okrug> = Layout {
    table: Table::Okrugs,
    may_be_missing: true,
    columns: Columns { required: &["id", "title", "abbr"], optional: &[] },
    record: |row| Okrug { id: row.required("id"), title: row.required("title"), abbr: row.text("abbr") },
};

pub(super) const ORGANISATIONS: Layout<Organisation> = Layout {
    table: Table::Organisations,
    may_be_missing: false,
    columns: Columns {
        required: &["id", "parent", "kind", "title", "short", "municipality", "connected"],
        optional: &["calendar"],
    },
    record: |row| Organisation {
        id: row.required("id"),
        parent: row.optional("parent"),
        kind: row.parse("kind", OrganisationKind::Root),
        title: row.required("title"),
        short: row.text("short"),
        municipality: row.optional("municipality"),
        connected: row.flag("connected"),
        calendar: row.optional("calendar"),
    },
};

pub(super) const ORGANISATION_ALIASES: Layout<OrganisationAlias> = Layout {
    table: Table::OrganisationAliases,
    may_be_missing: true,
    columns: Columns { required: &["alias", "organisation"], optional: &[] },
    record: |row| OrganisationAlias { alias: row.required("alias"), organisation: row.required("organisation") },
};

pub(super) const ROUTES: Layout<Route> = Layout {
    table: Table::Routes,
    may_be_missing: false,
    columns: Columns { required: &["id", "municipality", "group", "topic", "organisation"], optional: &["note"] },
    record: |row| Route {
        id: row.required("id"),
        municipality: row.parse("municipality", MunicipalityPattern::Any),
        group: Pattern::from(row.required("group")),
        topic: Pattern::from(row.required("topic")),
        organisation: row.required("organisation"),
        note: row.text("note"),
    },
};

pub(super) const EXECUTORS: Layout<ExecutorRule> = Layout {
    table: Table::Executors,
    may_be_missing: true,
    columns: Columns {
        required: &["id", "organisation", "municipality", "group", "topic", "executor"],
        optional: &["note"],
    },
    record: |row| ExecutorRule {
        id: row.required("id"),
        organisation: row.required("organisation"),
        municipality: row.parse("municipality", MunicipalityPattern::Any),
        group: Pattern::from(row.required("group")),
        topic: Pattern::from(row.required("topic")),
        executor: row.required("executor"),
        note: row.text("note"),
    },
};

pub(super) const TERMS: Layout<Term> = Layout {
    table: Table::Terms,
    may_be_missing: false,
    columns: Columns {
        required: &["id", "clock", "municipality", "group", "topic", "severity", "organisation", "target", "base"],
        optional: &["calendar", "start", "pauses", "warnings", "note"],
    },
    record: |row| Term {
        id: row.required("id"),
        clock: row.parse("clock", ClockKind::Routing),
        municipality: row.parse("municipality", MunicipalityPattern::Any),
        group: Pattern::from(row.required("group")),
        topic: Pattern::from(row.required("topic")),
        severity: row.parse("severity", SeverityPattern::Any),
        organisation: Pattern::from(row.required("organisation")),
        target: row.required("target"),
        base: row.parse("base", Base::Calendar),
        calendar: row.optional("calendar"),
        start: row.parse_optional("start"),
        pauses: row.parse_list("pauses"),
        warnings: row.parse_list("warnings"),
        note: row.text("note"),
    },
};

pub(super) const STREETS: Layout<Street> = Layout {
    table: Table::Streets,
    may_be_missing: true,
    columns: Columns {
        required: &["name", "type", "core", "key"],
        optional: &["lat", "lon", "bank", "okrug", "source"],
    },
    record: |row| Street {
        name: row.required("name"),
        kind: row.text("type"),
        core: row.required("core"),
        key: row.required("key"),
        lat: row.parse_optional("lat"),
        lon: row.parse_optional("lon"),
        bank: row.text("bank"),
        okrug: row.optional("okrug"),
        source: row.text("source"),
    },
};

pub(super) const HOUSES: Layout<House> = Layout {
    table: Table::Houses,
    may_be_missing: true,
    columns: Columns { required: &["street", "house", "lat", "lon"], optional: &[] },
    record: |row| House {
        street: row.required("street"),
        house: row.required("house"),
        lat: row.parse("lat", 0.0),
        lon: row.parse("lon", 0.0),
    },
};

pub(super) const TEMPLATES: Layout<Template> = Layout {
    table: Table::Templates,
    may_be_missing: true,
    columns: Columns { required: &["id", "title", "text"], optional: &["topic", "group", "outcome", "language"] },
    record: |row| Template {
        id: row.required("id"),
        title: row.required("title"),
        text: row.required("text"),
        topic: row.optional("topic"),
        group: row.optional("group"),
        outcome: row.parse_optional("outcome"),
        language: row.parse_optional("language"),
    },
};
