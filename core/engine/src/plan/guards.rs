//! Guards that look at one order beside the others: what the venue takes now, our own orders, the reservation price, and
//! what the topic may lose.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use quorate_domain::{
    Cash, GroupId, LimitName, Market, MarketId, NoTradeReason, Outcome, Price, Side, Token, TopicId,
};

use super::Plan;
use crate::risk::{Held, OtherOutcome, Sized, worst_loss, would_meet};
use crate::sizing::{LegOutcome, reservation_price, state_prices};
use crate::strategy::{MarketView, Style};

impl Plan<'_> {
    /// An order that takes needs a venue that lets it, and executions that become final.
    pub(super) fn check_taker(&self, wish: &Sized) -> Result<(), NoTradeReason> {
        let known = &self.desk.known;
        let obstacle = match wish.style {
            Style::Take => known
                .controls
                .taker_obstacle(known.now, &known.config.limits),
            Style::Make => None,
        };
        obstacle.map_or(Ok(()), Err)
    }

    /// Of two orders of ours that would meet, the newer is refused.
    pub(super) fn check_self_trade(&self, wish: &Sized) -> Result<(), NoTradeReason> {
        if !self.desk.known.config.limits.self_trade.is_enforced() {
            return Ok(());
        }
        let own = (wish.token, wish.side, wish.limit);
        let meets = |token: Token, side: Side, limit: Price| would_meet(own, (token, side, limit));
        let open = self.desk.orders.of_market(wish.token.market);
        let open = open.map(|order| &order.placed);
        let refused = open.into_iter().any(|o| meets(o.token, o.side, o.limit))
            || self
                .approved
                .iter()
                .any(|o| meets(o.token, o.side, o.limit));
        if refused {
            Err(NoTradeReason::Limit(LimitName::SelfTrade))
        } else {
            Ok(())
        }
    }

    /// Orders of a market that count against its limit while a wish is judged: without those that it would replace.
    pub(super) fn market_open_orders(&self, token: Token, side: Side) -> usize {
        let open = self.desk.orders.of_market(token.market).count();
        let replaced = self.resting(token, side).count();
        let planned = self
            .approved
            .iter()
            .filter(|order| order.token.market == token.market)
            // One that replaces another is already counted in its place.
            .filter(|order| self.resting(order.token, order.side).next().is_none());
        open.saturating_sub(replaced) + planned.count()
    }

    /// Given everything held and approved before it, the last share of an order must still be worth its price. The joint
    /// optimum says so of all orders together; this looks at one alone, since the others may not execute.
    pub(super) fn check_reservation(
        &self,
        order: &Sized,
        market: &MarketView<'_>,
    ) -> Result<(), NoTradeReason> {
        let config = self.desk.known.config;
        let Some(slack) = config.limits.reservation_slack_micros else {
            return Ok(());
        };
        let slack = f64::from(slack) * 1e-6;
        let worth = self.reservation(order.token, config.risk_aversion);
        let unit = self.unit_cash(order, market);
        let holds = worth.is_some_and(|worth| match order.side {
            Side::Buy => unit <= worth + slack,
            Side::Sell => worth - slack <= unit,
        });
        if holds {
            Ok(())
        } else {
            Err(NoTradeReason::Limit(LimitName::Reservation))
        }
    }

    fn reservation(&self, token: Token, risk_aversion: f64) -> Option<f64> {
        let (contest, place) = self.portfolio.place(token.market)?;
        let space = &self.portfolio.space;
        let prices = state_prices(space, &self.wealth, risk_aversion).ok()?;
        let outcome = match token.outcome {
            Outcome::Yes => LegOutcome::Yes,
            Outcome::No => LegOutcome::No,
        };
        reservation_price(space, &prices, contest, place, outcome).ok()
    }

    /// Cash per share at an order's limit, all costs included, dollars.
    fn unit_cash(&self, order: &Sized, market: &MarketView<'_>) -> f64 {
        match (order.style, order.side) {
            (Style::Make, side) => self.resting_cash(market, side, order.limit),
            (Style::Take, Side::Buy) => market.taker_cost(order.limit),
            (Style::Take, Side::Sell) => market.taker_proceeds(order.limit),
        }
    }

    /// Notes an approved order for the judgement of the next ones; one that takes counts as executed at its limit.
    pub(super) fn execute(&mut self, order: &Sized, market: &MarketView<'_>) {
        self.approved.push(*order);
        if order.style == Style::Make {
            return;
        }
        let (shares, unit) = (order.shares.to_f64(), self.unit_cash(order, market));
        let sign = match order.side {
            Side::Buy => 1.0,
            Side::Sell => -1.0,
        };
        for (state, wealth) in self.wealth.iter_mut().enumerate() {
            let pays = self
                .portfolio
                .pays(order.token.market, order.token.outcome, state);
            *wealth += sign * shares * (f64::from(u8::from(pays)) - unit);
        }
    }

    /// What an order's contest may come to lose under the limit of its topic: the limit less what the topic's other
    /// contests may lose, each taken alone. Nothing without a limit or a topic.
    pub(super) fn topic_room(&self, market: &Market) -> Option<Cash> {
        let limits = &self.desk.known.config.limits;
        let cap = self.account.equity.share_ppm(limits.topic_loss_ppm?);
        let topic = market.link?.topic;
        let own: Vec<MarketId> = self.contest(market);
        let elsewhere = |holdings: &dyn Fn(MarketId) -> Held| -> Cash {
            let contests = self.contests_of(topic, &own);
            let losses = contests.values().map(|members| {
                let held: Vec<Held> = members.iter().map(|id| holdings(*id)).collect();
                worst_loss(&held, OtherOutcome::Possible)
            });
            losses.sum()
        };
        let mut lost = elsewhere(&|id| self.holdings(id, |_, _| false));
        if limits.provisional_views.is_enforced() {
            lost = lost.max(elsewhere(&|id| self.holdings_if_void(id, |_, _| false)));
        }
        Some(cap - lost)
    }

    /// Undecided markets of a topic in which something is held or ordered, by contest, but for those named.
    fn contests_of(
        &self,
        topic: TopicId,
        without: &[MarketId],
    ) -> BTreeMap<(Option<GroupId>, Option<MarketId>), Vec<MarketId>> {
        let held = self.desk.ledger.positions().map(|(token, _)| token.market);
        let ordered = self
            .desk
            .orders
            .iter()
            .map(|order| order.placed.token.market);
        let planned = self.planned.keys().copied();
        let touched: BTreeSet<MarketId> = held.chain(ordered).chain(planned).collect();
        let mut contests: BTreeMap<_, Vec<MarketId>> = BTreeMap::new();
        for id in touched {
            let Some(state) = self.desk.known.markets.get(id) else {
                continue;
            };
            let same_topic = state.market.link.is_some_and(|link| link.topic == topic);
            if same_topic && state.payout.is_none() && !without.contains(&id) {
                let alone = state.market.group.is_none().then_some(id);
                let key = (state.market.group, alone);
                contests.entry(key).or_default().push(id);
            }
        }
        contests
    }
}
