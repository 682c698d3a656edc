//! What keeps the service standing when it is asked too much: a cap on requests in flight, and patience with guessed passwords.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpRequest};

use super::peer::peer;
use super::problem::Problem;
use crate::app::{App, Recent};
use crate::domain::Refusal;

/// Paths that are answered however busy the service is: whoever watches it must not be turned away.
const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Counts the requests in flight, over all threads that serve.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    /// Takes a place among `most`; none if all are taken.
    pub fn enter(&self, most: usize) -> Option<Place> {
        let entered = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < most).then_some(n + 1));
        entered.ok().map(|_| Place(Arc::clone(&self.0)))
    }
}

/// A place among the requests in flight; dropping it frees it.
#[derive(Debug)]
pub struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Lets a request in if there is a place for it, else asks to come back in a second.
///
/// # Errors
/// None of its own.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let place = match (request.app_data::<App>(), request.app_data::<InFlight>()) {
        (Some(app), Some(flight)) => flight.enter(app.config().limits.in_flight),
        _ => None,
    };
    if place.is_none() && !ALWAYS.contains(&request.path()) {
        return Ok(request.error_response(Problem::busy("too many requests at once; try again")));
    }
    let response = next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    drop(place);
    response
}

/// How long failures are remembered.
const WINDOW: Duration = Duration::from_secs(300);
/// How many failures one address may have on one login.
const FAILURES: u32 = 10;
/// How many failures one login may have from all addresses together.
const FAILURES_OF_LOGIN: u32 = 100;

/// Slows down whoever guesses passwords. It is kept by each replica for itself.
pub struct Throttle {
    failures: Recent<(String, String), (u32, Instant)>,
}

impl Default for Throttle {
    fn default() -> Self {
        Throttle { failures: Recent::new(WINDOW) }
    }
}

impl Throttle {
    /// Goes on unless there were too many failures of late.
    ///
    /// # Errors
    /// [`Refusal::SlowDown`] with the seconds to wait.
    pub fn check(&self, login: &str, address: &str) -> Result<(), Refusal> {
        let all = [(address, FAILURES), ("", FAILURES_OF_LOGIN)];
        let waits = all.into_iter().filter_map(|(address, most)| self.wait(login, address, most));
        waits.max().map_or(Ok(()), |seconds| Err(Refusal::SlowDown(seconds)))
    }

    fn wait(&self, login: &str, address: &str, most: u32) -> Option<u32> {
        let (count, first) = self.failures.get(&(login.to_owned(), address.to_owned()))?;
        let left = WINDOW.saturating_sub(first.elapsed());
        (count >= most && !left.is_zero()).then(|| u32::try_from(left.as_secs()).unwrap_or(u32::MAX) + 1)
    }

    /// Notes a failure.
    pub fn failed(&self, login: &str, address: &str) {
        for address in [address, ""] {
            let key = (login.to_owned(), address.to_owned());
            let known = self.failures.get(&key).filter(|(_, first)| first.elapsed() < WINDOW);
            let (count, first) = known.unwrap_or((0, Instant::now()));
            self.failures.put(key, (count + 1, first));
        }
    }

    /// Forgets an address's failures on a login: it has just been right.
    pub fn passed(&self, login: &str, address: &str) {
        self.failures.forget(|(l, a), _| l == login && a == address);
    }
}

/// An attempt to prove a password, from one address.
pub struct Attempt {
    throttle: Arc<Throttle>,
    address: String,
}

impl Attempt {
    /// [`Throttle::check`] for this address.
    ///
    /// # Errors
    /// [`Refusal::SlowDown`].
    pub fn check(&self, login: &str) -> Result<(), Refusal> {
        self.throttle.check(login, &self.address)
    }

    /// Notes how it went.
    pub fn settle(&self, login: &str, right: bool) {
        if right { self.throttle.passed(login, &self.address) } else { self.throttle.failed(login, &self.address) }
    }
}

impl FromRequest for Attempt {
    type Error = Problem;
    type Future = Ready<Result<Attempt, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let throttle = request.app_data::<Arc<Throttle>>().cloned().ok_or_else(Problem::internal);
        // Behind a proxy that is not among `listen.proxies` this is the proxy: then all addresses count as one, which is stricter.
        let address = request.app_data::<App>().map(|app| peer(request, app.config()).to_string()).unwrap_or_default();
        ready(throttle.map(|throttle| Attempt { throttle, address }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_freed() {
        let flight = InFlight::default();
        let first = flight.enter(2).unwrap();
        let second = flight.enter(2).unwrap();
        assert!(flight.enter(2).is_none());
        drop(first);
        assert!(flight.enter(2).is_some());
        drop(second);
        assert_eq!(flight.0.load(Ordering::Acquire), 0);
    }

    #[test]
    fn guessing_is_slowed_down_and_a_right_guess_forgiven() {
        let throttle = Throttle::default();
        for _ in 0..FAILURES {
            throttle.check("anna", "10.0.0.1").unwrap();
            throttle.failed("anna", "10.0.0.1");
        }
        assert!(matches!(throttle.check("anna", "10.0.0.1"), Err(Refusal::SlowDown(1..=300))));
        throttle.check("anna", "10.0.0.2").unwrap();
        throttle.check("boris", "10.0.0.1").unwrap();
        throttle.passed("anna", "10.0.0.1");
        throttle.check("anna", "10.0.0.1").unwrap();
    }
}
