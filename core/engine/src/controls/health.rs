//! Clock, connections and the venue's mode, as last reported.

use alloc::collections::BTreeSet;
use core::time::Duration;

use quorate_domain::{HaltReason, HealthInput, Heartbeat, MarketId, NoTradeReason, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits::RiskLimits;

/// What the venue accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum VenueMode {
    #[default]
    Open,
    CancelOnly,
    Disabled,
}

/// Where the process stands between its start and the reconciliation with the venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Reconciliation {
    /// No start was ever reported: there is nothing to reconcile with.
    #[default]
    NotNeeded,
    Awaited,
    Done,
}

/// The state of everything around the engine. Until something else is reported it is well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    reconciliation: Reconciliation,
    skew_micros: i64,
    heartbeat_lost: Option<Timestamp>,
    diverged: BTreeSet<MarketId>,
    post_only_until: Option<Timestamp>,
    mode: VenueMode,
}

impl Health {
    /// The process started: what was measured before counts no more, what the venue said until when still does.
    pub(crate) fn started(&mut self) {
        *self = Self {
            reconciliation: Reconciliation::Awaited,
            post_only_until: self.post_only_until,
            ..Self::default()
        };
    }

    /// The account agrees with the venue's.
    pub(crate) fn reconciled(&mut self) {
        self.reconciliation = Reconciliation::Done;
    }

    /// Takes note of a report.
    pub(crate) fn note(&mut self, news: HealthInput, now: Timestamp) {
        match news {
            HealthInput::ClockSkew { micros } => self.skew_micros = micros,
            HealthInput::Heartbeat(Heartbeat::Healthy) => self.heartbeat_lost = None,
            HealthInput::Heartbeat(Heartbeat::Unhealthy) => {
                self.heartbeat_lost.get_or_insert(now);
            }
            HealthInput::Diverged(market) => {
                self.diverged.insert(market);
            }
            HealthInput::Agreed(market) => {
                self.diverged.remove(&market);
            }
            HealthInput::PostOnlyUntil(until) => self.post_only_until = Some(until),
            HealthInput::CancelOnly => self.mode = VenueMode::CancelOnly,
            HealthInput::TradingDisabled => self.mode = VenueMode::Disabled,
            HealthInput::TradingEnabled => self.mode = VenueMode::Open,
            HealthInput::Watchdog => {}
        }
    }

    /// A market is decided: nothing about it will be asked again.
    pub(super) fn forget(&mut self, market: MarketId) {
        self.diverged.remove(&market);
    }

    /// Since when the venue does not hear our heartbeat, if it does not.
    #[must_use]
    pub const fn heartbeat_lost_since(&self) -> Option<Timestamp> {
        self.heartbeat_lost
    }

    /// Difference of our clock from a trusted one, without sign.
    #[must_use]
    pub const fn clock_skew(&self) -> Duration {
        Duration::from_micros(self.skew_micros.unsigned_abs())
    }

    /// What stops everything, if anything does.
    #[must_use]
    pub fn halted(&self, limits: &RiskLimits) -> Option<HaltReason> {
        let process = &limits.process;
        if process.reconciliation.is_enforced() && self.reconciliation == Reconciliation::Awaited {
            return Some(HaltReason::NotReconciled);
        }
        (process.venue_mode.is_enforced() && self.mode == VenueMode::Disabled)
            .then_some(HaltReason::VenueDisabled)
    }

    /// Why nothing may be ordered in a market now.
    pub(crate) fn obstacle(&self, market: MarketId, limits: &RiskLimits) -> Option<NoTradeReason> {
        let process = &limits.process;
        if process.venue_mode.is_enforced() && self.mode == VenueMode::CancelOnly {
            return Some(NoTradeReason::CancelOnly);
        }
        if process.heartbeat.is_enforced() && self.heartbeat_lost.is_some() {
            return Some(NoTradeReason::HeartbeatLost);
        }
        let skew = self.clock_skew();
        if limits.data.clock_skew_max.is_some_and(|most| most < skew) {
            return Some(NoTradeReason::ClockSkew {
                skew_ms: u64::try_from(skew.as_millis()).unwrap_or(u64::MAX),
            });
        }
        (limits.data.divergence.is_enforced() && self.diverged.contains(&market))
            .then_some(NoTradeReason::FeedDiverged)
    }

    /// Whether the venue takes only orders that rest.
    pub(super) fn is_post_only(&self, now: Timestamp, limits: &RiskLimits) -> bool {
        limits.process.post_only_window.is_enforced()
            && self.post_only_until.is_some_and(|until| now < until)
    }

    /// End of the time in which only orders that rest are taken, if it lies ahead.
    #[must_use]
    pub fn post_only_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.post_only_until.filter(|until| now < *until)
    }
}
