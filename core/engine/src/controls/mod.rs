//! What the controls remember: the state behind every limit that looks at more than one order.
//!
//! Nothing here decides by itself. Inputs are noted as they come; [`crate::assess`], the planning and the sending of
//! orders ask, and name the control that forbids.

mod executions;
mod health;
mod rates;
mod sent;
mod stops;
mod volumes;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use quorate_domain::{Alarm, Command, MarketId, NoTradeReason, Timestamp};
use serde::{Deserialize, Serialize};

pub use executions::{Executions, OUTCOMES_KEPT};
pub use health::Health;
pub(crate) use rates::Admission;
pub use rates::{CANCELS_WINDOW, Rates};
pub use sent::{ISSUED_KEPT, SentOrders};
pub use stops::Stops;
pub(crate) use stops::scopes_of;
pub use volumes::Volumes;

use crate::limits::RiskLimits;
use crate::markets::MarketState;

/// Everything the controls remember.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Controls {
    /// Clock, connections, venue.
    pub health: Health,
    /// What a person stopped.
    pub stops: Stops,
    /// When orders and withdrawals went out.
    pub rates: Rates,
    /// What executed, what of it is final, what failed.
    pub executions: Executions,
    /// Orders that went out.
    pub sent: SentOrders,
    /// What was traded by everybody.
    pub volumes: Volumes,
    raised: BTreeSet<Alarm>,
}

impl Controls {
    /// Why nothing may be ordered in a market now, whatever its book and its worth.
    #[must_use]
    pub fn obstacle(
        &self,
        state: &MarketState,
        now: Timestamp,
        limits: &RiskLimits,
    ) -> Option<NoTradeReason> {
        if let Some(scope) = self.stops.covering(&state.market) {
            return Some(NoTradeReason::Stopped(scope));
        }
        self.health
            .obstacle(state.market.id, limits)
            .or_else(|| self.executions.obstacle(state.market.id, now))
    }

    /// Why nothing may be taken now, though orders may rest.
    #[must_use]
    pub fn taker_obstacle(&self, now: Timestamp, limits: &RiskLimits) -> Option<NoTradeReason> {
        self.post_only(now, limits)
            .or_else(|| self.executions.taker_obstacle(now, &limits.process))
    }

    /// The venue's own ban on orders that take.
    pub(crate) fn post_only(&self, now: Timestamp, limits: &RiskLimits) -> Option<NoTradeReason> {
        self.health
            .is_post_only(now, limits)
            .then_some(NoTradeReason::PostOnlyWindow)
    }

    /// A market is decided: what was remembered of it makes room.
    pub(crate) fn forget(&mut self, market: MarketId) {
        self.health.forget(market);
        self.executions.forget(market);
        self.sent.forget(market);
        self.volumes.forget(market);
        self.clear(Alarm::WeightCollapse(market));
    }

    /// Raises an alarm once; it is raised again only after it was cleared.
    pub(crate) fn raise(&mut self, alarm: Alarm, commands: &mut Vec<Command>) {
        if self.raised.insert(alarm) {
            commands.push(Command::Alarm(alarm));
        }
    }

    /// The cause of an alarm is gone.
    pub(crate) fn clear(&mut self, alarm: Alarm) {
        self.raised.remove(&alarm);
    }
}
