//! Trades: from the match to finality, and the money and tokens that move.

use std::collections::VecDeque;

use alloy_primitives::{Address, B256};
use quorate_domain::{Outcome, Price, Shares, Side};

use crate::ledger::{AccountIndex, CROWD, FEES};
use crate::number::cost;
use crate::venue::{Venue, on_yes_scale};

/// How far a trade has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Matched,
    Mined,
    Retrying,
    Confirmed,
    Failed,
}

impl Stage {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Matched => "MATCHED",
            Self::Mined => "MINED",
            Self::Retrying => "RETRYING",
            Self::Confirmed => "CONFIRMED",
            Self::Failed => "FAILED",
        }
    }

    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Confirmed | Self::Failed)
    }
}

/// One order's part in a trade.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    pub(crate) order: B256,
    pub(crate) account: AccountIndex,
    pub(crate) key: String,
    pub(crate) address: Address,
    pub(crate) outcome: Outcome,
    pub(crate) side: Side,
    /// In the token's own terms.
    pub(crate) price: u32,
    pub(crate) qty: u64,
    pub(crate) fee: i128,
}

/// A trade: one taker, one or more makers, one price.
#[derive(Clone, Debug)]
pub(crate) struct Trade {
    pub(crate) id: String,
    pub(crate) market: usize,
    pub(crate) yes_price: u32,
    pub(crate) taker: Leg,
    pub(crate) makers: Vec<Leg>,
    pub(crate) stage: Stage,
    pub(crate) hash: Option<B256>,
    pub(crate) matched_ms: u64,
    pub(crate) updated_ms: u64,
    /// Stages to come and when, milliseconds.
    pub(crate) plan: VecDeque<(u64, Stage)>,
}

impl Trade {
    pub(crate) fn legs(&self) -> impl Iterator<Item = &Leg> {
        [&self.taker].into_iter().chain(&self.makers)
    }
}

/// What a leg gives: micro-dollars of a buy, fee included. Zero for a sale.
fn spent(leg: &Leg, yes_price: u32) -> i128 {
    match leg.side {
        Side::Buy => leg_cash(leg, yes_price) + leg.fee,
        Side::Sell => 0,
    }
}

/// Micro-dollars of a leg without its fee; both legs of a pair add up to one dollar a share.
pub(crate) fn leg_cash(leg: &Leg, yes_price: u32) -> i128 {
    match leg.outcome {
        Outcome::Yes => cost(leg.qty, yes_price),
        Outcome::No => i128::from(leg.qty) - cost(leg.qty, yes_price),
    }
}

impl Venue {
    /// Books a match; it is not final yet.
    pub(crate) fn matched(
        &mut self,
        market: usize,
        yes_price: u32,
        mut taker: Leg,
        makers: Vec<Leg>,
    ) -> String {
        let now = self.now_ms();
        let id = crate::keys::uuid_of(self.fresh("trade").as_slice());
        if taker.account != CROWD {
            taker.fee = self.fee_of(market, &taker);
        }
        let plan = self.plan_of(now);
        for leg in [&taker].into_iter().chain(&makers) {
            if let Some(order) = self.orders.get_mut(&leg.order) {
                order.trades.push(id.clone());
            }
        }
        let trade = Trade {
            id: id.clone(),
            market,
            yes_price,
            taker,
            makers,
            stage: Stage::Matched,
            hash: None,
            matched_ms: now,
            updated_ms: now,
            plan,
        };
        if let Some(listed) = self.markets.get_mut(market) {
            let taker_yes = match trade.taker.outcome {
                Outcome::Yes => trade.taker.side,
                Outcome::No => trade.taker.side.opposite(),
            };
            listed.last = Some((yes_price, taker_yes));
            listed.volume = listed.volume.saturating_add(trade.taker.qty);
            listed.history.push((now / 1000, yes_price));
        }
        self.unsettled.push(id.clone());
        self.trades.insert(id.clone(), trade);
        self.tell_trade(&id);
        self.tell_last_trade(&id);
        id
    }

    fn fee_of(&mut self, market: usize, leg: &Leg) -> i128 {
        let Some(listed) = self.markets.get(market) else {
            return 0;
        };
        let Ok(price) = Price::from_micros(i64::from(leg.price)) else {
            return 0;
        };
        let schedule = listed.listing.market.fee;
        let fee = i128::from(schedule.taker(Shares::from_micros(leg.qty), price).micros());
        if fee > 0 && self.faults.strikes(35) {
            fee / 2
        } else {
            fee
        }
    }

    fn plan_of(&mut self, now: u64) -> VecDeque<(u64, Stage)> {
        let mined = now + millis(self.timings.mined_after);
        let confirmed = mined + millis(self.timings.confirmed_after);
        if self.faults.strikes(29) {
            return [(now + 600_000, Stage::Failed)].into();
        }
        if self.faults.strikes(28) {
            return [(mined, Stage::Retrying), (confirmed, Stage::Failed)].into();
        }
        if self.faults.strikes(30) {
            return [
                (mined, Stage::Retrying),
                (mined + 1000, Stage::Mined),
                (confirmed + 1000, Stage::Confirmed),
            ]
            .into();
        }
        if self.faults.strikes(37) {
            return [
                (mined, Stage::Mined),
                (mined + 500, Stage::Retrying),
                (mined + 1000, Stage::Mined),
                (confirmed + 1000, Stage::Confirmed),
            ]
            .into();
        }
        [(mined, Stage::Mined), (confirmed, Stage::Confirmed)].into()
    }

    pub(crate) fn settle_due(&mut self, now: u64) {
        for id in self.unsettled.clone() {
            while let Some(stage) = self.next_stage(&id, now) {
                self.reach(&id, stage, now);
            }
        }
        let trades = &self.trades;
        self.unsettled
            .retain(|id| trades.get(id).is_some_and(|t| !t.stage.is_final()));
    }

    fn next_stage(&mut self, id: &str, now: u64) -> Option<Stage> {
        let plan = &mut self.trades.get_mut(id)?.plan;
        let due = plan.front().is_some_and(|(at, _)| *at <= now);
        if due {
            plan.pop_front().map(|(_, stage)| stage)
        } else {
            None
        }
    }

    fn reach(&mut self, id: &str, stage: Stage, now: u64) {
        let hash = self.fresh("transaction");
        let Some(trade) = self.trades.get_mut(id) else {
            return;
        };
        trade.stage = stage;
        trade.updated_ms = now;
        if matches!(stage, Stage::Mined | Stage::Retrying) || trade.hash.is_none() {
            trade.hash = (stage != Stage::Failed).then_some(hash);
        }
        if stage == Stage::Confirmed {
            let done = trade.clone();
            for maker in &done.makers {
                self.exchange(&done, maker);
            }
            self.ledger.pay(done.taker.account, FEES, done.taker.fee);
        }
        self.tell_trade(id);
    }

    /// Moves what the taker and one maker owe each other.
    fn exchange(&mut self, trade: &Trade, maker: &Leg) {
        let (market, y) = (trade.market, trade.yes_price);
        let part = Leg {
            qty: maker.qty,
            ..trade.taker.clone()
        };
        let qty = i128::from(maker.qty);
        if part.outcome == maker.outcome {
            let (buyer, seller) = match part.side {
                Side::Buy => (part.account, maker.account),
                Side::Sell => (maker.account, part.account),
            };
            self.ledger.pay(buyer, seller, leg_cash(maker, y));
            self.ledger
                .give((market, maker.outcome), seller, buyer, qty);
            return;
        }
        let (yes, no) = match part.outcome {
            Outcome::Yes => (&part, maker),
            Outcome::No => (maker, &part),
        };
        let no_token = (market, Outcome::No);
        match part.side {
            Side::Buy => {
                self.ledger.pay(no.account, yes.account, leg_cash(no, y));
                self.ledger.split(yes.account, market, qty);
                self.ledger.give(no_token, yes.account, no.account, qty);
            }
            Side::Sell => {
                self.ledger.give(no_token, no.account, yes.account, qty);
                self.ledger.split(yes.account, market, -qty);
                self.ledger.pay(yes.account, no.account, leg_cash(no, y));
            }
        }
    }

    /// Micro-dollars of matched and not yet final buys of an account.
    pub(crate) fn cash_matched(&self, account: AccountIndex) -> i128 {
        self.pending(account)
            .map(|(trade, leg)| spent(leg, trade.yes_price))
            .sum()
    }

    /// Micro-shares of matched and not yet final sales of a token.
    pub(crate) fn tokens_matched(
        &self,
        account: AccountIndex,
        market: usize,
        outcome: Outcome,
    ) -> i128 {
        self.pending(account)
            .filter(|(trade, leg)| {
                trade.market == market && leg.outcome == outcome && leg.side == Side::Sell
            })
            .map(|(_, leg)| i128::from(leg.qty))
            .sum()
    }

    fn pending(&self, account: AccountIndex) -> impl Iterator<Item = (&Trade, &Leg)> {
        self.unsettled
            .iter()
            .filter_map(|id| self.trades.get(id))
            .filter(|trade| !trade.stage.is_final())
            .flat_map(|trade| trade.legs().map(move |leg| (trade, leg)))
            .filter(move |(_, leg)| leg.account == account)
    }

    /// The crowd's side of a trade: it holds the other end of the same token, or buys the other outcome.
    pub(crate) fn crowd_leg(&mut self, against: &Leg, yes_price: u32, qty: u64) -> Leg {
        let order = self.fresh("crowd");
        let crosses = self.faults.strikes(34);
        let (outcome, side) = if crosses {
            (against.outcome.opposite(), against.side)
        } else {
            (against.outcome, against.side.opposite())
        };
        Leg {
            order,
            account: CROWD,
            key: crate::keys::uuid_of(order.as_slice()),
            address: Address::from_word(order),
            outcome,
            side,
            price: on_yes_scale(outcome, yes_price),
            qty,
            fee: 0,
        }
    }
}

pub(crate) fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
