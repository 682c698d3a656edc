//! What came in and what came back: seen in the lists of the API, as any program at the service's side could.

use std::time::{Duration, Instant};

use super::{Office, Page};
use crate::demo::client::Missed;

/// How often somebody looks whether anything came in; every so many looks, also whether authors have written back.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS_UNTIL_RETURNS: u64 = 5;

/// How many are seen at once, the newest first.
const AT_ONCE: i64 = 100;

/// How many are followed back at most; what is older the next round finds.
const FAR_BACK: i64 = 1_000;

/// How far somebody has looked.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    last: Option<Instant>,
    looks: u64,
    /// The number of the newest incident that was seen.
    newest: i64,
}

impl Office {
    /// Notes what came in since the last look, unless that was just now.
    pub(super) fn look_out(&mut self) -> Result<(), Missed> {
        if self.arrivals.last.is_some_and(|last| last.elapsed() < LOOK) {
            return Ok(());
        }
        self.arrivals.last = Some(Instant::now());
        self.arrivals.looks += 1;
        if self.arrivals.looks.is_multiple_of(LOOKS_UNTIL_RETURNS) { self.see_returned() } else { self.see_new() }
    }

    fn see_new(&mut self) -> Result<(), Missed> {
        let mut after = String::new();
        let (seen, mut newest) = (self.arrivals.newest, self.arrivals.newest);
        loop {
            let path = format!("/api/v1/incidents?sort=newest&limit={AT_ONCE}{after}");
            let Page { items, next } = self.team.controller.get(&path)?;
            newest = items.first().map_or(newest, |first| newest.max(first.number));
            let fresh = |number: i64| number > seen && number > newest - FAR_BACK;
            let all_new = items.iter().all(|incident| fresh(incident.number));
            for incident in items.iter().filter(|incident| fresh(incident.number)) {
                // Read now: its author may change the words.
                let _ = self.read(incident);
                self.plan(incident);
            }
            match next.filter(|_| all_new) {
                Some(cursor) => after = format!("&cursor={cursor}"),
                None => break,
            }
        }
        self.arrivals.newest = newest;
        Ok(())
    }

    /// Those who were answered and wrote back.
    fn see_returned(&mut self) -> Result<(), Missed> {
        let path = format!("/api/v1/incidents?step=control,in_work&answered=true&sort=newest&limit={AT_ONCE}");
        let page: Page = self.team.controller.get(&path)?;
        for incident in &page.items {
            self.plan(incident);
        }
        Ok(())
    }
}
