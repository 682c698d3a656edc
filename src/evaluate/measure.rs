//! Time and memory.

use std::time::Duration;

/// Milliseconds that half, and nineteen in twenty, of the durations did not exceed.
pub fn quantiles(mut durations: Vec<Duration>) -> (f64, f64) {
    durations.sort_unstable();
    let at = |share: usize| {
        let place = (durations.len() * share).div_ceil(100).saturating_sub(1);
        durations.get(place).map_or(0.0, |duration| duration.as_secs_f64() * 1000.0)
    };
    (at(50), at(95))
}

/// The most memory this process held, in bytes; none where the system does not tell.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_durations_seen() {
        assert_eq!(quantiles((1..=100).rev().map(Duration::from_millis).collect()), (50.0, 95.0));
        assert_eq!(quantiles(vec![Duration::from_millis(3)]), (3.0, 3.0));
        assert_eq!(quantiles(Vec::new()), (0.0, 0.0));
    }
}
