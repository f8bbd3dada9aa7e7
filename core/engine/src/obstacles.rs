//! What forbids acting beside the book itself: workers that are no collective, an old reference price, and what is left to
//! a kill that lets sales pass.

use quorate_domain::{
    HaltReason, KillMode, LinkSense, NoTradeReason, Outcome, Price, Probability, TopicId,
};

use crate::assess::Known;
use crate::beliefs::Joined;
use crate::markets::MarketState;
use crate::quorum::{dispersion, dominance, exceeds_ppm};
use crate::reference::ReferenceAge;

impl Known<'_> {
    /// Whether only what is held may be sold.
    #[must_use]
    pub const fn sells_only(&self) -> bool {
        matches!(self.halted, Some(HaltReason::Killed(KillMode::ReduceOnly)))
    }

    /// Whether everything held is to be sold.
    #[must_use]
    pub const fn flattens(&self) -> bool {
        matches!(self.halted, Some(HaltReason::Killed(KillMode::Flatten)))
    }

    /// What forbids even a sale that flattens. What a person stopped and what was paused is sold too.
    pub(crate) fn exit_obstacle(&self, state: &MarketState) -> Option<NoTradeReason> {
        let limits = &self.config.limits;
        self.outside_trading_time(state)
            .or_else(|| self.controls.health.obstacle(state.market.id, limits))
            .or_else(|| self.controls.post_only(self.now, limits))
            .or_else(|| self.book_obstacle(state))
    }

    /// Whether a price is near enough to the midpoint of a book.
    pub(crate) fn in_collar(&self, mid: Probability, outcome: Outcome, price: Price) -> bool {
        let mid = match outcome {
            Outcome::Yes => mid.get(),
            Outcome::No => 1.0 - mid.get(),
        };
        let collar = f64::from(self.config.limits.collar_micros) * 1e-6;
        libm::fabs(price.to_f64() - mid) <= collar + 1e-9
    }

    /// Age of the reference price behind a market's question, by the price's own time.
    pub(crate) fn reference_age(&self, state: &MarketState) -> ReferenceAge {
        let asks = state
            .market
            .link
            .filter(|link| matches!(link.sense, LinkSense::Price(_)));
        let Some(track) = asks.and_then(|link| self.prices.track(link.topic)) else {
            return ReferenceAge::NotNeeded;
        };
        track.latest().map_or(ReferenceAge::Never, |seen| {
            ReferenceAge::Known(self.now.since(seen.at))
        })
    }

    /// Whether the workers who spoke are a collective: not too far apart, and none of them alone.
    pub(crate) fn check_quorum(
        &self,
        topic: TopicId,
        joined: &Joined,
        market: Option<f64>,
    ) -> Result<(), NoTradeReason> {
        let limits = &self.config.limits.data;
        if let Some(most) = limits.dispersion_max_milli
            && let Some(sd) = dispersion(&joined.values)
            && f64::from(most) * 1e-3 < sd
        {
            return Err(NoTradeReason::Dispersed { sd });
        }
        if limits.weight_max_ppm.is_some()
            && let Some(weight) = self.dominance(topic, joined, market)
            && exceeds_ppm(weight, limits.weight_max_ppm)
        {
            return Err(NoTradeReason::SingleModel { weight });
        }
        Ok(())
    }

    fn dominance(&self, topic: TopicId, joined: &Joined, market: Option<f64>) -> Option<f64> {
        dominance(&self.beliefs.weights(topic, joined, market), joined.present)
    }

    /// Largest share of the weight that one worker has behind a market; nothing with fewer than two workers.
    pub(crate) fn dominance_of(&self, state: &MarketState) -> Option<f64> {
        let link = state.market.link?;
        let age_max = self.config.of_topic(Some(link.topic)).age_max();
        let joined = self
            .beliefs
            .join(link.topic, link.epoch, link.label, self.now, age_max);
        let mid = state.book.midpoint().map(|mid| match link.sense {
            LinkSense::Direct | LinkSense::Price(_) => mid.get(),
            LinkSense::Complement => 1.0 - mid.get(),
        });
        self.dominance(link.topic, &joined, mid)
    }
}
