//! Checks of the rules: routes, executors and terms.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Check, Finding, Table, unknown};
use crate::domain::calendar::{Calendar, Pauses};
use crate::domain::incident::Step;
use crate::domain::policy::doc::{NO_TARGET, Term};
use crate::domain::policy::pattern::{MunicipalityPattern, Pattern, SeverityPattern};
use crate::domain::policy::route_rules;
use crate::domain::policy::term::TermCase;
use crate::domain::route::RuleTable;
use crate::domain::sla::{ClockKind, StartPoint, Target, due_with};

impl Check<'_> {
    pub(super) fn rules(&mut self) {
        let doc = self.doc;
        self.ids(Table::Routes, doc.routes.iter().map(|route| route.id.as_str()));
        self.ids(Table::Executors, doc.executors.iter().map(|rule| rule.id.as_str()));
        self.ids(Table::Terms, doc.terms.iter().map(|term| term.id.as_str()));
        self.routes();
        self.every_case_is_routed();
        self.executors();
        self.terms();
        self.every_clock_has_a_term();
        self.terms_can_be_met();
    }

    fn routes(&mut self) {
        let mut rules = RuleTable::default();
        for (index, (position, route)) in (0u32..).zip(&self.doc.routes).enumerate() {
            self.place_pattern(Table::Routes, index, &route.municipality);
            self.subject_patterns(Table::Routes, index, &route.group, &route.topic);
            if !self.lexicon.organisations.has(&route.organisation) {
                self.find(Table::Routes, index, "organisation", unknown("organisation", &route.organisation));
            }
            let subject = self.lexicon.subject(&route.group, &route.topic);
            let earlier = subject
                .zip(self.lexicon.place(&route.municipality))
                .and_then(|(subject, place)| rules.add((), subject, place, position));
            if let Some(earlier) = earlier.and_then(|earlier| self.doc.routes.get(earlier as usize)) {
                let message = format!("routes \"{}\" and \"{}\" say the same case", earlier.id, route.id);
                self.find(Table::Routes, index, "", message);
            }
        }
    }

    /// Every topic leads somewhere from every municipality: asked of the compiled rules, as a complaint will.
    fn every_case_is_routed(&mut self) {
        let rules = route_rules(self.doc, &self.lexicon);
        for (index, topic) in self.doc.topics.iter().enumerate() {
            let subjects = self.lexicon.subjects(Some(&topic.id), None);
            let is_routed = |id: &str| rules.find((), subjects, self.lexicon.places(Some(id))).is_some();
            let unrouted: Vec<_> =
                self.doc.municipalities.iter().map(|place| place.id.as_str()).filter(|id| !is_routed(id)).collect();
            if let [first, others @ ..] = unrouted.as_slice() {
                let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
                self.find(Table::Topics, index, "", format!("topic \"{}\" has no route in {first}{more}", topic.id));
            }
        }
    }

    fn executors(&mut self) {
        let mut rules = RuleTable::default();
        for (index, (position, rule)) in (0u32..).zip(&self.doc.executors).enumerate() {
            self.place_pattern(Table::Executors, index, &rule.municipality);
            self.subject_patterns(Table::Executors, index, &rule.group, &rule.topic);
            let owner = self.lexicon.organisations.position(&rule.organisation);
            let executor = self.lexicon.organisations.position(&rule.executor);
            for (field, id, found) in
                [("organisation", &rule.organisation, owner), ("executor", &rule.executor, executor)]
            {
                if found.is_none() {
                    self.find(Table::Executors, index, field, unknown("organisation", id));
                }
            }
            let Some(owner) = owner else { continue };
            if executor.is_some_and(|executor| executor == owner || !self.tree.is_within(executor, owner)) {
                let message = format!("\"{}\" is not a part of \"{}\"", rule.executor, rule.organisation);
                self.find(Table::Executors, index, "executor", message);
            }
            let subject = self.lexicon.subject(&rule.group, &rule.topic);
            let earlier = subject
                .zip(self.lexicon.place(&rule.municipality))
                .and_then(|(subject, place)| rules.add(owner, subject, place, position));
            if let Some(earlier) = earlier.and_then(|earlier| self.doc.executors.get(earlier as usize)) {
                let message = format!("executors \"{}\" and \"{}\" say the same case", earlier.id, rule.id);
                self.find(Table::Executors, index, "", message);
            }
        }
    }

    fn terms(&mut self) {
        let mut cases: HashMap<TermCase, &str> = HashMap::new();
        for (index, term) in self.doc.terms.iter().enumerate() {
            self.place_pattern(Table::Terms, index, &term.municipality);
            self.subject_patterns(Table::Terms, index, &term.group, &term.topic);
            self.term_fields(index, term);
            let case = TermCase::of(term, &self.lexicon);
            if let Some(earlier) = case.and_then(|case| cases.insert(case, &term.id)) {
                self.find(
                    Table::Terms,
                    index,
                    "",
                    format!("terms \"{earlier}\" and \"{}\" say the same case", term.id),
                );
            }
        }
    }

    fn term_fields(&mut self, index: usize, term: &Term) {
        if let SeverityPattern::AtLeast(severity) | SeverityPattern::Exactly(severity) = term.severity
            && !(1..=5).contains(&severity)
        {
            self.find(Table::Terms, index, "severity", format!("{severity} is out of range: 1 to 5"));
        }
        if let Some(organisation) = term.organisation.id()
            && !self.lexicon.organisations.has(organisation)
        {
            self.find(Table::Terms, index, "organisation", unknown("organisation", organisation));
        }
        if let Some(calendar) = &term.calendar
            && !self.lexicon.calendars.has(calendar)
        {
            self.find(Table::Terms, index, "calendar", unknown("calendar", calendar));
        }
        if term.target != NO_TARGET
            && let Err(fault) = Target::parse(&term.target, term.base)
        {
            self.find(Table::Terms, index, "target", fault.to_string());
        }
        self.term_start(index, term);
        self.term_warnings(index, term);
        if let Some(step) = term.pauses.iter().find(|step| **step == Step::Closed) {
            self.find(Table::Terms, index, "pauses", format!("in the step \"{step}\" no clock runs"));
        }
    }

    fn term_start(&mut self, index: usize, term: &Term) {
        let Some(start) = term.start else { return };
        if !ClockKind::AT_REGISTRATION.contains(&term.clock) {
            let message =
                format!("the clock \"{}\" begins with an event of its own, so it has no other start", term.clock);
            self.find(Table::Terms, index, "start", message);
        } else if term.clock == ClockKind::Routing && start == StartPoint::Assigned {
            self.find(
                Table::Terms,
                index,
                "start",
                "the clock \"routing\" ends with the assignment, so it cannot begin there",
            );
        }
    }

    fn term_warnings(&mut self, index: usize, term: &Term) {
        if let Some(share) = term.warnings.iter().find(|share| !(1..=99).contains(*share)) {
            self.find(
                Table::Terms,
                index,
                "warnings",
                format!("{share} is no share: 1 to 99 percent of the time left"),
            );
        } else if term.warnings.windows(2).any(|pair| pair[0] <= pair[1]) {
            self.find(Table::Terms, index, "warnings", "write each share once, the largest first");
        }
    }

    /// Every target can be reached by every calendar that it may be counted with: a clock whose due time cannot be told would
    /// never ring.
    fn terms_can_be_met(&mut self) {
        let built: Vec<Option<Calendar>> = self.doc.calendars.iter().map(|spec| spec.build().ok()).collect();
        let start = Timestamp::UNIX_EPOCH;
        for (index, term) in self.doc.terms.iter().enumerate() {
            let Ok(target) = Target::parse(&term.target, term.base) else { continue };
            let own = term.calendar.as_deref().and_then(|id| self.lexicon.calendars.position(id));
            let mut counted = built.iter().enumerate().filter(|(at, _)| own.is_none_or(|own| own as usize == *at));
            let never = counted.find_map(|(_, calendar)| {
                let calendar = calendar.as_ref()?;
                due_with(start, target, 0, calendar, &Pauses::NONE).is_err().then(|| calendar.id().to_owned())
            });
            if let Some(calendar) = never {
                let message = format!("by the calendar \"{calendar}\" {target} is more than three years");
                self.find(Table::Terms, index, "target", message);
            }
        }
    }

    fn every_clock_has_a_term(&mut self) {
        for &clock in ClockKind::REQUIRED {
            let running = self.doc.terms.iter().filter(|term| term.target != NO_TARGET);
            let mut cases = running.filter_map(|term| TermCase::of(term, &self.lexicon));
            if !cases.any(|case| case.is_anything(clock)) {
                let message = format!("the clock \"{clock}\" has no term for any case: one with * everywhere");
                self.findings.push(Finding::of_table(Table::Terms, message));
            }
        }
    }

    fn place_pattern(&mut self, table: Table, index: usize, pattern: &MunicipalityPattern) {
        if let MunicipalityPattern::Is(id) = pattern
            && !self.lexicon.municipalities.has(id)
        {
            self.find(table, index, "municipality", unknown("municipality", id));
        }
    }

    fn subject_patterns(&mut self, table: Table, index: usize, group: &Pattern, topic: &Pattern) {
        if let Some(group) = group.id()
            && !self.lexicon.groups.has(group)
        {
            self.find(table, index, "group", unknown("group", group));
        }
        let Some(topic) = topic.id() else { return };
        let Some(found) = self.lexicon.topics.position(topic).and_then(|at| self.doc.topics.get(at as usize)) else {
            self.find(table, index, "topic", unknown("topic", topic));
            return;
        };
        if group.id().is_some_and(|group| group != found.group) {
            let message = format!("topic \"{topic}\" is in the group \"{}\", so this can never apply", found.group);
            self.find(table, index, "group", message);
        }
    }
}
