//! Telling the threads of the demo to stop, also while they sleep.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Says when to stop. All clones are one.
#[derive(Debug, Clone, Default)]
pub struct Halt(Arc<(Mutex<bool>, Condvar)>);

impl Halt {
    /// Stops everybody who heeds this.
    pub fn halt(&self) {
        let (stopped, bell) = &*self.0;
        *stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        bell.notify_all();
    }

    /// Whether it is time to stop.
    pub fn is_halted(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps, but not longer than until it is time to stop; whether to go on.
    pub fn sleep(&self, how_long: Duration) -> bool {
        let (stopped, bell) = &*self.0;
        let stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = bell.wait_timeout_while(stopped, how_long, |stopped| !*stopped);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_sleeper_is_woken() {
        let halt = Halt::default();
        assert!(halt.sleep(Duration::from_millis(1)));
        let sleeper = {
            let halt = halt.clone();
            std::thread::spawn(move || {
                let began = Instant::now();
                (halt.sleep(Duration::from_secs(60)), began.elapsed())
            })
        };
        halt.halt();
        let (goes_on, slept) = sleeper.join().unwrap();
        assert!(!goes_on && slept < Duration::from_secs(30));
        assert!(halt.is_halted());
    }
}
