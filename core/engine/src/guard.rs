//! The stop: a halt is sticky, and losses beyond the limits bring it about.

use quorate_domain::{Cash, HaltReason, Timestamp};

use crate::config::RiskLimits;

/// Whether trading is halted, and the marks that losses are measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    halted: Option<HaltReason>,
    peak: Cash,
    day: u64,
    day_start: Cash,
}

impl Guard {
    /// Why trading is halted, if it is.
    #[must_use]
    pub const fn halted(&self) -> Option<HaltReason> {
        self.halted
    }

    /// Stops trading. Returns whether this is news. A defect outranks every other reason.
    pub fn halt(&mut self, reason: HaltReason) -> bool {
        let outranks = matches!(
            reason,
            HaltReason::Conservation | HaltReason::ImpossibleInput
        ) && self
            .halted
            .is_some_and(|old| old < HaltReason::Conservation);
        if self.halted.is_some() && !outranks {
            return false;
        }
        self.halted = Some(reason);
        true
    }

    /// Trades again, and measures losses from here. A halt for a defect stays: a program that does not balance its
    /// books must not be talked into trading.
    pub fn resume(&mut self, equity: Cash, now: Timestamp) {
        if !matches!(
            self.halted,
            Some(HaltReason::Conservation | HaltReason::ImpossibleInput)
        ) {
            *self = Self {
                halted: None,
                peak: equity,
                day: now.day(),
                day_start: equity,
            };
        }
    }

    /// Capital came in (positive) or went out: neither is a gain or a loss.
    pub fn capital(&mut self, amount: Cash) {
        self.peak += amount;
        self.day_start += amount;
    }

    /// Looks at the equity and says whether trading must stop. A halt for a day's loss ends with that UTC day.
    pub fn watch(
        &mut self,
        equity: Cash,
        now: Timestamp,
        limits: &RiskLimits,
    ) -> Option<HaltReason> {
        if self.day != now.day() {
            self.day = now.day();
            self.day_start = equity;
            if self.halted == Some(HaltReason::DailyLoss) {
                self.halted = None;
            }
        }
        self.peak = self.peak.max(equity);
        if self.halted.is_some() {
            return None;
        }
        let fallen = |from: Cash, ppm: u32| ppm < 1_000_000 && from.share_ppm(ppm) < from - equity;
        if fallen(self.peak, limits.drawdown_ppm) {
            Some(HaltReason::Drawdown)
        } else if fallen(self.day_start, limits.daily_loss_ppm) {
            Some(HaltReason::DailyLoss)
        } else {
            None
        }
    }
}
