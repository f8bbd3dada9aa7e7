//! Where an own order stands among the recorded ones at its price.
//!
//! A trade and the change of the level that describes it reach us as two messages in either order. Both are seen here,
//! and the shares are counted once: a trade moves us up at once, and the level that follows only caps what is ahead; a
//! level that comes first moves us up by capping, and the trade that follows is used up as its explanation.

use core::time::Duration;

use quorate_domain::{Shares, Timestamp};
use serde::{Deserialize, Serialize};

/// How far a level change may run ahead of the trade that caused it.
const TRADE_REPORT_LAG: Duration = Duration::from_secs(1);

/// Place in the queue at one price.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct QueuePlace {
    /// Shares that trade before ours; unknown while no sound book has been seen.
    ahead: Option<Shares>,
    /// Shares by which a shrinking level moved us up and for which no trade has been reported yet.
    unexplained: Shares,
    /// When a shrinking level last moved us up.
    moved_at: Timestamp,
}

impl QueuePlace {
    /// Behind everything that rests at the price now; `None` when the book cannot be relied on.
    pub(crate) fn behind(level: Option<Shares>) -> Self {
        Self {
            ahead: level,
            unexplained: Shares::ZERO,
            moved_at: Timestamp::default(),
        }
    }

    /// The level now holds this much: no more than that can be ahead. It never sets us back, and never puts us to the
    /// front by itself.
    pub(crate) fn level_is(&mut self, level: Shares, at: Timestamp) {
        let Some(ahead) = self.ahead else {
            self.ahead = Some(level);
            return;
        };
        let moved = ahead.saturating_sub(level);
        if moved.is_zero() {
            return;
        }
        self.forget_stale(at);
        self.unexplained += moved;
        self.moved_at = at;
        self.ahead = Some(level);
    }

    /// Others traded this much at our price; returns how much of it reached us.
    pub(crate) fn traded(&mut self, shares: Shares, at: Timestamp) -> Shares {
        let Some(ahead) = self.ahead else {
            return Shares::ZERO;
        };
        self.forget_stale(at);
        let fresh = shares.saturating_sub(self.unexplained);
        self.unexplained = self.unexplained.saturating_sub(shares);
        self.ahead = Some(ahead.saturating_sub(fresh));
        fresh.saturating_sub(ahead)
    }

    /// A trade went through our price: nobody is ahead any more.
    pub(crate) fn passed(&mut self) {
        self.ahead = Some(Shares::ZERO);
        self.unexplained = Shares::ZERO;
    }

    fn forget_stale(&mut self, at: Timestamp) {
        if at.since(self.moved_at) > TRADE_REPORT_LAG {
            self.unexplained = Shares::ZERO;
        }
    }
}
