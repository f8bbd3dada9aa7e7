//! Where the venue's time comes from: the machine, the machine sped up, or whoever drives a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use quorate_domain::Timestamp;

/// A source of venue time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    Real,
    /// Starts at `from` when made and runs `factor` times as fast as the machine's.
    Accelerated {
        /// Venue time at `started`.
        from: Timestamp,
        /// Seconds of venue time in one second.
        factor: u32,
        /// When it began to run.
        started: Instant,
    },
    /// Stands still until it is set; nanoseconds since the epoch.
    Stepped(Arc<AtomicU64>),
}

impl Clock {
    /// A clock that begins at `from` and runs `factor` times as fast as the machine's.
    #[must_use]
    pub fn accelerated(from: Timestamp, factor: u32) -> Self {
        Self::Accelerated {
            from,
            factor,
            started: Instant::now(),
        }
    }

    /// A clock that stands at `from` until [`Clock::set`].
    #[must_use]
    pub fn stepped(from: Timestamp) -> Self {
        Self::Stepped(Arc::new(AtomicU64::new(from.nanos())))
    }

    /// Sets a stepped clock, never backwards. Other clocks run by themselves and ignore it.
    pub fn set(&self, to: Timestamp) {
        if let Self::Stepped(nanos) = self {
            nanos.fetch_max(to.nanos(), Ordering::SeqCst);
        }
    }

    /// Venue time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Real => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                Timestamp::from_nanos(
                    since.map_or(0, |d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)),
                )
            }
            Self::Accelerated {
                from,
                factor,
                started,
            } => from.plus(started.elapsed().saturating_mul(*factor)),
            Self::Stepped(nanos) => Timestamp::from_nanos(nanos.load(Ordering::SeqCst)),
        }
    }

    /// Venue time in milliseconds since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.now().nanos() / 1_000_000
    }
}
