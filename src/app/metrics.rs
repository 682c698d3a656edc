//! What the service counts about itself, in the form that Prometheus reads.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// Every figure. Labels hold only words from closed lists: never an id, a path or a name.
pub struct Metrics {
    /// Where further figures may be registered.
    pub registry: Registry,
    /// Requests by route, method and status.
    pub requests: IntCounterVec,
    /// How long requests took, by route.
    pub seconds: HistogramVec,
    /// Requests in flight.
    pub in_flight: IntGauge,
    /// Messages taken in, by what became of them: `opened`, `joined`, `seen`, … or `refused`.
    pub intake: IntCounterVec,
    /// Sign-ins by what became of them: `ok`, `wrong`, `slowed`.
    pub sign_ins: IntCounterVec,
    /// Closures that wait for the database, by lane: `read`, `write`.
    pub waiting: IntGaugeVec,
    /// Transactions committed since the start; a group counts once.
    pub commits: IntGauge,
    /// Writes committed since the start.
    pub written: IntGauge,
    /// Jobs by state.
    pub jobs: IntGaugeVec,
    /// Clocks that run, by `running` and `overdue`.
    pub clocks: IntGaugeVec,
    /// The version of the policy in force here.
    pub policy: IntGauge,
}

impl Metrics {
    /// All figures at zero.
    ///
    /// # Errors
    /// When two figures have one name, which only a change of this file can bring about.
    pub fn new() -> prometheus::Result<Metrics> {
        let registry = Registry::new();
        let in_list = |metric: &dyn Collect| registry.register(metric.boxed());
        let metrics = Metrics {
            requests: counters("otklik_http_requests_total", "Requests answered.", &["route", "method", "status"])?,
            seconds: HistogramVec::new(
                HistogramOpts::new("otklik_http_request_seconds", "How long requests took.")
                    .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]),
                &["route"],
            )?,
            in_flight: IntGauge::new("otklik_http_in_flight", "Requests in flight.")?,
            intake: counters("otklik_intake_messages_total", "Messages taken in.", &["outcome"])?,
            sign_ins: counters("otklik_sign_ins_total", "Attempts to sign in.", &["outcome"])?,
            waiting: gauges("otklik_store_waiting", "Closures that wait for the database.", &["lane"])?,
            commits: IntGauge::new("otklik_store_commits", "Transactions committed since the start.")?,
            written: IntGauge::new("otklik_store_written", "Writes committed since the start.")?,
            jobs: gauges("otklik_jobs", "Jobs by state.", &["state"])?,
            clocks: gauges("otklik_clocks", "Clocks that run.", &["state"])?,
            policy: IntGauge::new("otklik_policy_version", "The version of the policy in force.")?,
            registry: registry.clone(),
        };
        let m = &metrics;
        let all: [&dyn Collect; 11] = [
            &m.requests,
            &m.seconds,
            &m.in_flight,
            &m.intake,
            &m.sign_ins,
            &m.waiting,
            &m.commits,
            &m.written,
            &m.jobs,
            &m.clocks,
            &m.policy,
        ];
        all.into_iter().try_for_each(in_list)?;
        Ok(metrics)
    }
}

/// A figure that can be put in the list.
trait Collect {
    fn boxed(&self) -> Box<dyn prometheus::core::Collector>;
}

impl<T: prometheus::core::Collector + Clone + 'static> Collect for T {
    fn boxed(&self) -> Box<dyn prometheus::core::Collector> {
        Box::new(self.clone())
    }
}

fn counters(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
    IntCounterVec::new(Opts::new(name, help), labels)
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
    IntGaugeVec::new(Opts::new(name, help), labels)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_figure_has_a_name_of_its_own() {
        super::Metrics::new().unwrap();
    }
}
