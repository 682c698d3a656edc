//! The moderators' desk in a real browser, with a hundred thousand open incidents: how soon it is painted, how soon the next complaint
//! is after a decision, what goes over the wire, and whether the page grows. The figures are of this machine, which browser, service and
//! database share.

use std::time::Duration;

use serde_json::json;

use super::fill;
use super::ground::{On, PASSWORD};
use super::window::{Screen, Window};

/// How often the desk is opened cold.
const LOADS: usize = 12;

/// How many decisions are made in a row.
const DECISIONS: usize = 300;

/// How long a card is looked at: a tenth of what the quickest moderator takes.
const PACE: Duration = Duration::from_millis(200);

/// Writes down, in the page, how long after each press the next card was painted: what is asked for after the frame's own callbacks runs when
/// the frame has been made.
const WATCH: &str = "window.took = []; let since = 0;
    addEventListener('keydown', () => { since = performance.now(); }, true);
    new MutationObserver(() => {
        if (!since) return;
        const began = since; since = 0;
        requestAnimationFrame(() => {
            const painted = new MessageChannel();
            painted.port1.onmessage = () => window.took.push(performance.now() - began);
            painted.port2.postMessage(null);
        });
    }).observe(document.getElementById('card'), { childList: true });";

/// Measures and prints.
pub fn run(on: On, size: u64) {
    let site = fill::waiting(on, size);
    let home = format!("http://{}", site.serving.address);
    println!("\n## The desk in Chromium, {size} incidents open, {}", on.name());
    let window = Window::at(&home, Screen { traffic: true, ..Screen::DESK });
    window.sign_in("moderator", PASSWORD);
    window.wait(".card");
    println!("of them wait for a moderator: {}", window.text("[data-count=distribution]"));

    let (mut painted, mut bytes) = (Vec::new(), Vec::new());
    for _ in 0..LOADS {
        // As whoever was never here: no file is kept from before.
        window.own("Network.clearBrowserCache", json!({}));
        window.go("/account");
        window.own("Network.clearBrowserCache", json!({}));
        window.received();
        window.go("/desk");
        window.wait_text("#live", "На связи");
        let first = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0";
        window.until("the first paint", || window.script(first).as_f64().is_some_and(|at| at > 0.0));
        painted.push(window.script(first).as_f64().unwrap_or_default());
        bytes.push(window.received());
    }
    window.picture(&format!("desk-{size}-{}", on.name()));
    bytes.sort_unstable();
    println!("first paint of the desk, cold: {}", quantiles(&mut painted));
    println!("bytes of the first load, cards drawn ahead included: {} (median)", bytes[bytes.len() / 2]);

    window.script(WATCH);
    let before = heap(&window);
    window.received();
    let mut took = decide(&window, PACE);
    let wire = window.received();
    println!("decision to next complaint painted, {DECISIONS} at five a second: {}", quantiles(&mut took));
    println!("bytes of one decision, cards drawn ahead and live view included: {}", wire / DECISIONS as u64);
    let after = heap(&window);
    println!(
        "heap of the page: {:.2} MB before, {:.2} MB after {DECISIONS} decisions; nodes {} and {}",
        before.0, after.0, before.1, after.1
    );
    let mut took = decide(&window, Duration::ZERO);
    println!("the same, {DECISIONS} as fast as they come: {}", quantiles(&mut took));
}

/// Accepts what is suggested, so long after each time the next card was painted; how long that took each time, in milliseconds.
fn decide(window: &Window, pace: Duration) -> Vec<f64> {
    window.script("window.took.length = 0");
    for n in 0..DECISIONS {
        std::thread::sleep(pace);
        window.press("Digit1");
        window.until("the next card", || window.script("return window.took.length").as_u64() == Some(n as u64 + 1));
    }
    let unsent =
        "return Object.entries(localStorage).filter(([k, v]) => k.startsWith('otklik.outbox') && v !== '[]').length";
    window.until("the decisions to be saved", || window.script(unsent) == 0);
    let took = window.script("return window.took");
    took.as_array().into_iter().flatten().filter_map(|one| one.as_f64()).collect()
}

/// The heap that scripts use after what is not needed is gone, in megabytes, and how many nodes there are.
fn heap(window: &Window) -> (f64, f64) {
    window.own("HeapProfiler.collectGarbage", json!({}));
    window.own("Performance.enable", json!({}));
    let all = window.own("Performance.getMetrics", json!({}));
    let of = |name: &str| {
        let found = all["metrics"].as_array().into_iter().flatten().find(|one| one["name"] == name);
        found.and_then(|one| one["value"].as_f64()).unwrap_or_default()
    };
    (of("JSHeapUsedSize") / 1e6, of("Nodes"))
}

/// The median, the 95th of a hundred, and the largest, in milliseconds.
fn quantiles(all: &mut [f64]) -> String {
    all.sort_by(f64::total_cmp);
    let at = |share: f64| {
        all.get(((all.len() as f64 * share) as usize).min(all.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    format!("p50 {:.0} ms, p95 {:.0} ms, most {:.0} ms", at(0.5), at(0.95), at(1.0))
}
