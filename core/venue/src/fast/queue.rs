//! Where an own order stands among the recorded ones at its price, under four readings of what a shrinking level means.
//!
//! A trade and the level that follows describe one thing in two messages, in either order; the shares are counted once.
//! What a shrinking level did before the trade was reported is remembered as *unexplained* and used up by the trade;
//! what a trade did before the level followed is remembered as *expected* and is no cancel when the level shrinks.

/// Nothing is known of who is ahead: no believable book has been seen since the order came.
const UNKNOWN: u64 = u64::MAX;

/// How far a level change and the trade that caused it may lie apart, nanoseconds.
const REPORT_LAG: u64 = 1_000_000_000;

/// What a level that shrinks without a trade says about the shares ahead of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueModel {
    /// Others cancel behind us as long as that is possible; only trades, and the level's size, bring us forward.
    RiskAverse,
    /// Of a decrease `d` with `A` ahead and `B` behind, `d A^n / (A^n + B^n)` was ahead: the expected value of the
    /// power family of hftbacktest's probabilistic queue models.
    Power(u8),
    /// The same with `ln(1 + x)` in place of `x^n`.
    Log,
    /// Everything displayed is ahead, always.
    Back,
}

/// Place in the queue at one price, micro-shares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    ahead: u64,
    unexplained: u64,
    expected: u64,
    /// The level when last seen.
    seen: u64,
    moved_at: u64,
    traded_at: u64,
}

impl Place {
    pub(crate) const NONE: Self = Self::behind(None);

    /// Behind all that rests at the price; `None` when the book cannot be relied on.
    pub(crate) const fn behind(level: Option<u64>) -> Self {
        let (ahead, seen) = match level {
            Some(level) => (level, level),
            None => (UNKNOWN, 0),
        };
        Self {
            ahead,
            unexplained: 0,
            expected: 0,
            seen,
            moved_at: 0,
            traded_at: 0,
        }
    }

    /// Micro-shares that trade before ours; `None` while unknown.
    pub(crate) fn ahead(&self) -> Option<u64> {
        (self.ahead != UNKNOWN).then_some(self.ahead)
    }

    /// A level at or above this leaves the place as it is.
    pub(crate) fn indifferent_from(&self, model: QueueModel) -> u64 {
        match model {
            QueueModel::RiskAverse => self.ahead,
            _ => UNKNOWN,
        }
    }

    /// The level now holds this much. At most that can be ahead; except in [`QueueModel::Back`] it never sets us back.
    pub(crate) fn level_is(&mut self, model: QueueModel, level: u64, at: u64) {
        let before = core::mem::replace(&mut self.seen, level);
        if self.ahead == UNKNOWN {
            self.ahead = level;
            return;
        }
        match model {
            QueueModel::Back => {
                self.ahead = level;
                return;
            }
            QueueModel::RiskAverse => {}
            QueueModel::Power(_) | QueueModel::Log => {
                let cancelled = self.cancelled(before, level, at);
                let behind = before
                    .saturating_sub(self.expected)
                    .saturating_sub(self.ahead);
                let moved = share_ahead(model, cancelled, self.ahead, behind);
                self.expected -= (before.saturating_sub(level) - cancelled).min(self.expected);
                self.advance(moved, at);
            }
        }
        self.advance(self.ahead.saturating_sub(level), at);
    }

    /// Others traded this much at our price; returns how much of it reached us.
    pub(crate) fn traded(&mut self, model: QueueModel, shares: u64, at: u64) -> u64 {
        if self.ahead == UNKNOWN {
            return 0;
        }
        self.forget_stale(at);
        let fresh = shares.saturating_sub(self.unexplained);
        self.unexplained = self.unexplained.saturating_sub(shares);
        let reached = fresh.saturating_sub(self.ahead);
        self.ahead = self.ahead.saturating_sub(fresh);
        if matches!(model, QueueModel::Power(_) | QueueModel::Log) {
            self.expected = self.expected.saturating_add(fresh);
            self.traded_at = at;
        }
        reached
    }

    /// A trade went through our price: nobody is ahead any more.
    pub(crate) fn passed(&mut self) {
        self.ahead = 0;
        self.unexplained = 0;
    }

    /// The part of a decrease that no trade has announced.
    fn cancelled(&mut self, before: u64, level: u64, at: u64) -> u64 {
        if at.saturating_sub(self.traded_at) > REPORT_LAG {
            self.expected = 0;
        }
        before.saturating_sub(level).saturating_sub(self.expected)
    }

    fn advance(&mut self, moved: u64, at: u64) {
        if moved == 0 {
            return;
        }
        self.forget_stale(at);
        self.unexplained = self.unexplained.saturating_add(moved);
        self.moved_at = at;
        self.ahead = self.ahead.saturating_sub(moved);
    }

    fn forget_stale(&mut self, at: u64) {
        if at.saturating_sub(self.moved_at) > REPORT_LAG {
            self.unexplained = 0;
        }
    }
}

/// The expected part of `cancelled` that was ahead. The share is a chance; the shares themselves stay integers.
fn share_ahead(model: QueueModel, cancelled: u64, ahead: u64, behind: u64) -> u64 {
    if cancelled == 0 || ahead == 0 {
        return 0;
    }
    let weight = |micros: u64| {
        let shares = micros as f64 * 1e-6;
        match model {
            QueueModel::Log => libm::log1p(shares),
            QueueModel::Power(n) => (0..n).fold(1.0, |product, _| product * shares),
            QueueModel::RiskAverse | QueueModel::Back => 0.0,
        }
    };
    let (front, back) = (weight(ahead), weight(behind));
    let chance = front / (front + back);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a chance is at most 1, and NaN gives 0"
    )]
    let per_billion = libm::floor(chance * 1e9) as u64;
    let moved = u128::from(cancelled) * u128::from(per_billion) / 1_000_000_000;
    u64::try_from(moved).unwrap_or(u64::MAX).min(ahead)
}

#[cfg(test)]
mod tests {
    use super::{Place, QueueModel};

    const SHARE: u64 = 1_000_000;

    #[test]
    fn a_cancel_is_split_by_the_model() {
        // 30 ahead, 10 more came behind, 8 go: a quarter of 40 is behind.
        let after = |model| {
            let mut place = Place::behind(Some(30 * SHARE));
            place.level_is(model, 40 * SHARE, 1);
            place.level_is(model, 32 * SHARE, 2);
            place.ahead()
        };
        assert_eq!(after(QueueModel::RiskAverse), Some(30 * SHARE));
        assert_eq!(after(QueueModel::Power(1)), Some(24 * SHARE));
        // 900 / (900 + 100) of 8 are ahead.
        assert_eq!(after(QueueModel::Power(2)), Some(30 * SHARE - 7_200_000));
        assert_eq!(after(QueueModel::Back), Some(32 * SHARE));
        // ln 31 / (ln 31 + ln 11) = 0.588830...
        let log = after(QueueModel::Log).unwrap_or_default();
        assert!((25_289_000..25_290_000).contains(&log), "{log}");
    }

    #[test]
    fn a_trade_and_its_level_count_once_in_either_order() {
        for model in [
            QueueModel::RiskAverse,
            QueueModel::Power(1),
            QueueModel::Log,
        ] {
            let mut trade_first = Place::behind(Some(30 * SHARE));
            assert_eq!(trade_first.traded(model, 8 * SHARE, 1), 0);
            trade_first.level_is(model, 22 * SHARE, 2);
            assert_eq!(trade_first.ahead(), Some(22 * SHARE), "{model:?}");
            let mut level_first = Place::behind(Some(30 * SHARE));
            level_first.level_is(model, 22 * SHARE, 1);
            assert_eq!(level_first.traded(model, 8 * SHARE, 2), 0);
            assert_eq!(level_first.ahead(), Some(22 * SHARE), "{model:?}");
        }
    }
}
