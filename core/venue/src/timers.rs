//! What the exchange will do by itself, in the order in which it will do it.

use alloc::collections::BTreeMap;

use quorate_domain::{CancelReason, FillId, MarketId, OrderId, PlaceOrder, Shares, Timestamp};
use serde::{Deserialize, Serialize};

/// One thing to do when its time has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Action {
    /// An order's life ends.
    End(OrderId, CancelReason),
    /// A match becomes final.
    Settle(FillId),
    /// An order arrives.
    Place(PlaceOrder),
    /// A cancel arrives.
    Cancel(OrderId),
    /// A cancel of everything arrives.
    CancelAll,
    /// A merge becomes final.
    Merge(MarketId, Shares),
    /// A redemption becomes final.
    Redeem(MarketId),
}

impl Action {
    const fn phase(&self) -> Phase {
        match self {
            Self::End(..) | Self::Settle(_) => Phase::BeforeData,
            _ => Phase::AfterData,
        }
    }
}

/// Place within one instant, relative to market data of that instant. An order is dead at its expiry, and whatever
/// arrives with a piece of news finds the news already there: the careful reading of a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Phase {
    BeforeData,
    AfterData,
}

/// Names a timer; the order of keys is the order of doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct TimerKey {
    due: Timestamp,
    phase: Phase,
    serial: u64,
}

/// The agenda.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Timers {
    #[serde(with = "quorate_domain::pairs")]
    agenda: BTreeMap<TimerKey, Action>,
    serial: u64,
}

impl Timers {
    pub(crate) fn add(&mut self, due: Timestamp, action: Action) -> TimerKey {
        let key = TimerKey {
            due,
            phase: action.phase(),
            serial: self.serial,
        };
        self.serial += 1;
        self.agenda.insert(key, action);
        key
    }

    pub(crate) fn remove(&mut self, key: TimerKey) {
        self.agenda.remove(&key);
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.agenda.keys().next().map(|key| key.due)
    }

    /// The next action whose instant and phase are not later than given.
    pub(crate) fn pop(&mut self, until: Timestamp, phase: Phase) -> Option<(Timestamp, Action)> {
        let key = *self.agenda.keys().next()?;
        if (key.due, key.phase) > (until, phase) {
            return None;
        }
        self.agenda.remove(&key).map(|action| (key.due, action))
    }
}
