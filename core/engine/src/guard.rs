//! The stop: a halt is sticky, and losses beyond the limits bring it about.

use quorate_domain::number::mul_div;
use quorate_domain::{Cash, HaltReason, KillMode, Rounding, Timestamp};

use serde::{Deserialize, Serialize};

use crate::config::RiskLimits;

/// Whether trading is halted, and the marks that losses are measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    halted: Option<HaltReason>,
    /// End of a pause that ends by itself, whatever else stops trading meanwhile.
    until: Option<Timestamp>,
    peak: Cash,
    day: u64,
    day_start: Cash,
    /// Equity when it was last looked at.
    last: Cash,
}

/// Severity from which on only a person ends a halt.
const PERSON: u8 = 2;
/// Severity of what nothing ends.
const DEFECT: u8 = 4;

/// How much it takes to end a halt: hours, the next day, a person, a person after a kill, or nothing.
const fn severity(reason: HaltReason) -> u8 {
    match reason {
        HaltReason::LossStreak => 0,
        HaltReason::DailyLoss => 1,
        HaltReason::NotReconciled
        | HaltReason::VenueDisabled
        | HaltReason::Drawdown
        | HaltReason::Operator
        | HaltReason::Mismatch
        | HaltReason::Watchdog => PERSON,
        HaltReason::Killed(_) => 3,
        HaltReason::Conservation | HaltReason::ImpossibleInput | HaltReason::OrdersMiscounted => {
            DEFECT
        }
    }
}

impl Guard {
    /// Why trading is halted, if it is.
    #[must_use]
    pub const fn halted(&self) -> Option<HaltReason> {
        self.halted
    }

    /// Stops trading. Returns whether this is news. A reason replaces one that is easier to end.
    pub fn halt(&mut self, reason: HaltReason) -> bool {
        if self
            .halted
            .is_some_and(|old| severity(reason) <= severity(old))
        {
            return false;
        }
        self.halted = Some(reason);
        true
    }

    /// Pauses after a streak of losses, until a time. Returns whether trading stops by it; where it has stopped already, it
    /// does not go on before that time either.
    pub fn pause(&mut self, until: Timestamp) -> bool {
        self.until = self.until.max(Some(until));
        self.halt(HaltReason::LossStreak)
    }

    /// A person stops everything for good; a later kill replaces the mode of an earlier one. A defect remains the reason.
    pub fn kill(&mut self, mode: KillMode) {
        let defect = self.halted.is_some_and(|old| DEFECT <= severity(old));
        if !defect {
            self.halted = Some(HaltReason::Killed(mode));
        }
    }

    /// Trades again, and measures losses from here. Without a halt nothing changes: resuming is no way to forget losses.
    /// A halt for a defect stays: a program that does not balance its books must not be talked into trading.
    pub fn resume(&mut self, equity: Cash, now: Timestamp) {
        if self.halted.is_some_and(|reason| severity(reason) < DEFECT) {
            *self = Self {
                halted: None,
                until: None,
                peak: equity,
                day: now.day(),
                day_start: equity,
                last: equity,
            };
        }
    }

    /// Capital came in (positive) or went out while the account was worth `equity`: neither is a gain or a loss, so every
    /// mark keeps its distance in percent.
    pub fn capital(&mut self, amount: Cash, equity: Cash) {
        let after = equity + amount;
        for mark in [&mut self.peak, &mut self.day_start, &mut self.last] {
            *mark = if Cash::ZERO < equity {
                let wide = |cash: Cash| i128::from(cash.micros());
                let scaled = mul_div(wide(*mark), wide(after), wide(equity), Rounding::Up);
                Cash::from_micros_saturating(scaled)
            } else {
                *mark + amount
            };
        }
    }

    /// Looks at the equity and says whether trading must stop. A halt for a day's loss ends with that UTC day.
    pub fn watch(
        &mut self,
        equity: Cash,
        now: Timestamp,
        limits: &RiskLimits,
    ) -> Option<HaltReason> {
        if self.day != now.day() {
            // The day starts from what the last one ended with, so that a loss overnight counts.
            self.day_start = self.last;
            self.day = now.day();
            if self.halted == Some(HaltReason::DailyLoss) {
                self.halted = None;
            }
        }
        self.until = self.until.filter(|until| now < *until);
        match (self.halted, self.until) {
            (Some(HaltReason::LossStreak), None) => self.halted = None,
            // The day's halt is over, the pause is not.
            (None, Some(_)) => self.halted = Some(HaltReason::LossStreak),
            _ => {}
        }
        self.last = equity;
        self.peak = self.peak.max(equity);
        // A halt that ends by itself must not hide a loss that takes more to end.
        if self.halted.is_some_and(|reason| PERSON <= severity(reason)) {
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
