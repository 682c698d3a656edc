//! The terms and calendars of every version of the policy that clocks still run by.
//!
//! A clock counts by the calendar of the version that it was promised under, whatever version is in force. Versions never change,
//! so what was read once is kept for good; of a version only its terms and calendars are, a few kilobytes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

use super::Error;
use crate::domain::calendar::{Calendar, CalendarSpec};
use crate::domain::policy::{Policy, Term};
use crate::domain::sla::Calendars;
use crate::store::{Conn, StoreError, policies};

/// What is known of versions. All replicas of a service have their own; they agree, because versions do not change.
#[derive(Debug, Default)]
pub struct Book(Mutex<HashMap<i64, Arc<Page>>>);

/// The terms and calendars of one version.
#[derive(Debug)]
struct Page {
    calendars: Vec<Calendar>,
    /// The city's own.
    city: Calendar,
    terms: Vec<Term>,
}

/// The part of a policy's document that clocks need.
#[derive(Deserialize)]
struct Document {
    city: City,
    terms: Vec<Term>,
    calendars: Vec<CalendarSpec>,
}

#[derive(Deserialize)]
struct City {
    calendar: String,
}

impl Page {
    fn of(policy: &Policy) -> Page {
        let doc = policy.doc();
        Page {
            calendars: doc.calendars.iter().filter_map(|spec| policy.calendar(&spec.id)).cloned().collect(),
            city: policy.city_calendar().clone(),
            terms: doc.terms.clone(),
        }
    }

    /// None if it is not a document that this program can read.
    fn read(doc: Document) -> Option<Page> {
        let calendars: Vec<Calendar> = doc.calendars.iter().filter_map(|spec| spec.build().ok()).collect();
        let city = calendars.iter().find(|calendar| calendar.id() == doc.city.calendar)?.clone();
        Some(Page { calendars, city, terms: doc.terms })
    }
}

/// Some pages of the book, held open.
#[derive(Debug, Clone)]
pub struct Pages {
    pages: BTreeMap<i64, Arc<Page>>,
    /// That of the version in force, where another is not known: an incident may have come from elsewhere.
    present: Arc<Page>,
}

impl Pages {
    /// The term of this id as it was written in this version.
    pub fn term(&self, policy_version: i64, id: &str) -> Option<&Term> {
        self.pages.get(&policy_version)?.terms.iter().find(|term| term.id == id)
    }
}

impl Calendars for Pages {
    fn calendar(&self, policy_version: i64, id: &str) -> &Calendar {
        let page = self.pages.get(&policy_version).unwrap_or(&self.present);
        page.calendars.iter().find(|calendar| calendar.id() == id).unwrap_or(&page.city)
    }
}

impl Book {
    /// Opens the pages of these versions; those that are not known yet are read.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn open(&self, conn: &mut Conn, policy: &Policy, versions: BTreeSet<i64>) -> Result<Pages, Error> {
        let Pages { mut pages, present } = self.present(policy);
        for version in versions.into_iter().filter(|version| *version != policy.version()) {
            let known = self.lock().get(&version).cloned();
            let page = match known {
                Some(page) => Some(page),
                None => {
                    let row = policies::find(conn, version)?;
                    let document = row.map(|row| row.doc.to::<Document>()).transpose();
                    let document = document.map_err(StoreError::unreadable)?;
                    document.and_then(Page::read).map(|page| self.keep(version, || page))
                }
            };
            pages.extend(page.map(|page| (version, page)));
        }
        Ok(Pages { pages, present })
    }

    /// The version in force alone.
    pub fn present(&self, policy: &Policy) -> Pages {
        let present = self.keep(policy.version(), || Page::of(policy));
        Pages { pages: BTreeMap::from([(policy.version(), Arc::clone(&present))]), present }
    }

    /// A copy to try a version in that is not stored.
    #[must_use]
    pub fn copied(&self) -> Book {
        Book(Mutex::new(self.lock().clone()))
    }

    fn keep(&self, version: i64, page: impl FnOnce() -> Page) -> Arc<Page> {
        Arc::clone(self.lock().entry(version).or_insert_with(|| Arc::new(page())))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Arc<Page>>> {
        // A map that a panicking thread held is still a map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
