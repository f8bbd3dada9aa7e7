//! The time that is written into headers: this machine's, corrected by what the venue's clock says.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Reads this machine's clock: unix milliseconds. Given by the caller, so that only the caller reads clocks.
pub type WallClock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The venue's time as far as it is known.
pub struct VenueClock {
    wall: WallClock,
    offset_ms: AtomicI64,
}

impl VenueClock {
    pub(crate) fn new(wall: WallClock) -> Self {
        Self {
            wall,
            offset_ms: AtomicI64::new(0),
        }
    }

    /// This machine's time, unix milliseconds.
    #[must_use]
    pub fn wall_ms(&self) -> u64 {
        (self.wall)()
    }

    /// This machine's time, unix seconds.
    #[must_use]
    pub fn wall_s(&self) -> u64 {
        self.wall_ms() / 1000
    }

    /// The venue's time, unix seconds.
    #[must_use]
    pub fn venue_s(&self) -> u64 {
        self.wall_ms()
            .saturating_add_signed(self.offset_ms.load(Ordering::Relaxed))
            / 1000
    }

    /// The venue's clock less ours, milliseconds.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Takes a sample: the venue said `venue_s` between our `before_ms` and `after_ms`. Returns the new offset,
    /// milliseconds. The venue counts whole seconds, so that the middle of its second is the best guess; what lies within
    /// that uncertainty is no offset at all.
    pub(crate) fn sample(&self, venue_s: u64, before_ms: u64, after_ms: u64) -> i64 {
        let ours = i128::from(before_ms) + i128::from(after_ms.saturating_sub(before_ms)) / 2;
        let theirs = i128::from(venue_s) * 1000 + 500;
        let uncertainty = 500 + i128::from(after_ms.saturating_sub(before_ms)) / 2;
        let offset = theirs - ours;
        let offset = if offset.abs() <= uncertainty {
            0
        } else {
            offset
        };
        let offset = i64::try_from(offset).unwrap_or(0);
        self.offset_ms.store(offset, Ordering::Relaxed);
        offset
    }
}

impl fmt::Debug for VenueClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VenueClock")
            .field("offset_ms", &self.offset_ms())
            .finish_non_exhaustive()
    }
}
