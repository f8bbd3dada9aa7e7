//! The time of an instance's world, for those outside its loop.

use std::sync::RwLock;

use quorate_domain::Timestamp;

use super::pace::Pace;

/// Tells the time of a world that runs at some pace. Before the pace is known it stands at the beginning.
#[derive(Debug, Default)]
pub struct WorldClock {
    pace: RwLock<Option<Pace>>,
}

impl WorldClock {
    /// The world starts to run.
    pub fn start(&self, pace: Pace) {
        let mut known = self
            .pace
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *known = Some(pace);
    }
}

impl quorate_workers::Clock for WorldClock {
    fn now(&self) -> Timestamp {
        let pace = self
            .pace
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = tokio::time::Instant::now().into_std();
        let now = pace.as_ref().and_then(|pace| pace.world_at(now));
        now.unwrap_or_default()
    }
}
