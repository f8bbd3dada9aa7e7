//! How the time of a recorded world runs against the clock on the wall.

use std::time::{Duration, Instant};

use quorate_domain::Timestamp;

/// Speed of a recorded or generated world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// As fast as it goes.
    Max,
    /// Seconds of the world per second on the wall; positive.
    Times(f64),
}

/// A mapping of one time to the other, fixed at the start.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    speed: Speed,
    began: Instant,
    world: Timestamp,
}

impl Pace {
    /// The world stands at `world` now.
    #[must_use]
    pub fn starting(speed: Speed, world: Timestamp) -> Self {
        Self {
            speed,
            // The clock that the event loop sleeps by.
            began: tokio::time::Instant::now().into_std(),
            world,
        }
    }

    /// Time of the world at a moment on the wall. At full speed the world has no time of its own between its records.
    #[must_use]
    pub fn world_at(&self, wall: Instant) -> Option<Timestamp> {
        match self.speed {
            Speed::Max => None,
            Speed::Times(times) => {
                let passed = wall.saturating_duration_since(self.began).as_secs_f64() * times;
                Some(self.world.plus(seconds(passed)))
            }
        }
    }

    /// When the world will have come to `at`; `None` at full speed, where it always has.
    #[must_use]
    pub fn wall_at(&self, at: Timestamp) -> Option<Instant> {
        match self.speed {
            Speed::Max => None,
            Speed::Times(times) => {
                let ahead = at.since(self.world).as_secs_f64() / times;
                Some(self.began + seconds(ahead))
            }
        }
    }
}

/// A hundred years at most: a wait beyond that is a wait for ever, and no time type overflows.
fn seconds(seconds: f64) -> Duration {
    const CENTURY: f64 = 100.0 * 365.25 * 86_400.0;
    Duration::from_secs_f64(seconds.clamp(0.0, CENTURY))
}
