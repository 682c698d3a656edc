//! Otklik measured, on both engines: `cargo bench -- [--only start,likeness,intake,deadlines,pages,life,desk] [--engines sqlite,postgres] [--sizes 10k,100k,1M]
//! [--seconds 3]`. What is compared takes turns within one run, so that a machine that drifts does not decide.

mod bare;
mod client;
mod deadlines;
mod desk;
#[path = "../browser/driver.rs"]
mod driver;
mod fill;
mod ground;
mod intake;
mod life;
mod likeness;
mod pages;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../ways/harness/postgres.rs"]
mod postgres;
mod samples;
mod start;
mod table;
mod talk;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../browser/window.rs"]
mod window;

use std::time::{Duration, Instant};

use ground::On;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let value =
        |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).map(String::as_str);
    let engines: Vec<On> = value("--engines")
        .unwrap_or("sqlite,postgres")
        .split(',')
        .map(|name| match name {
            "sqlite" => On::Sqlite,
            "postgres" => On::Postgres,
            other => panic!("no engine is called {other}"),
        })
        .collect();
    let slice =
        Duration::from_secs_f64(value("--seconds").map_or(3.0, |text| text.parse().expect("--seconds is a number")));
    let only: Option<Vec<&str>> = value("--only").map(|names| names.split(',').collect());
    let wanted = |name: &str| only.as_ref().is_none_or(|only| only.contains(&name));
    let sizes: Vec<u64> = value("--sizes").unwrap_or("10k,100k,1M").split(',').map(size).collect();
    println!("{}", machine());
    if wanted("start") {
        start::run(&engines);
    }
    if wanted("likeness") {
        likeness::run();
    }
    if wanted("intake") {
        intake::run(&engines, slice);
    }
    if wanted("deadlines") {
        let sizes: Vec<u64> = sizes.iter().copied().filter(|size| *size <= 100_000).collect();
        deadlines::run(&engines, &sizes, slice);
    }
    if wanted("desk") {
        let size = sizes.iter().copied().filter(|size| *size <= 100_000).max().unwrap_or(100_000);
        engines.iter().for_each(|on| desk::run(*on, size));
    }
    if wanted("pages") || wanted("life") {
        for on in engines {
            let sites = fill::sites(on, &sizes);
            if wanted("pages") {
                pages::run(&sites);
            }
            if wanted("life")
                && let Some(largest) = sites.last()
            {
                life::run(largest, slice);
            }
        }
    }
}

/// `10k`, `1M`, or a plain number.
fn size(text: &str) -> u64 {
    let (digits, times) = match text.strip_suffix(['k', 'M']) {
        Some(digits) => (digits, if text.ends_with('k') { 1000 } else { 1_000_000 }),
        None => (text, 1),
    };
    digits.parse::<u64>().expect("--sizes are numbers such as 10k") * times
}

/// What it runs on.
fn machine() -> String {
    let read = |path: &str, key: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kib: u64 = read("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
    format!(
        "{cores} cores ({}), {} GB of memory; clients, service and database share them.",
        read("/proc/cpuinfo", "model name"),
        kib / 1_000_000
    )
}

/// Waits for what must come to pass, by looking; panics after half a minute.
#[track_caller]
pub fn until(what: &str, mut come: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !come() {
        assert!(Instant::now() < deadline, "waited 30 s in vain for: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
