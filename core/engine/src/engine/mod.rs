//! The engine: one entry in, commands and decisions out.

mod account;
mod executions;
mod health;
mod reconfigure;
mod sending;
mod snapshot;
mod stops;
mod worth;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use quorate_collective::{Quantity, SchemeError};
use quorate_domain::{
    Command, Crossing, Decision, Entry, HaltReason, Inference, Input, LinkSense, Listing,
    MarketEvent, MarketId, MarketInput, OrderId, PlaceOrder, ReferencePrice, Timestamp, TopicId,
};

use serde::{Deserialize, Serialize};

use crate::assess::Known;
use crate::beliefs::Beliefs;
use crate::config::{EngineConfig, ProbabilitySource, TopicConfig};
use crate::controls::Controls;
use crate::decide::Desk;
use crate::forecast::ForecastRow;
use crate::guard::Guard;
use crate::ledger::Ledger;
use crate::markets::{MarketState, Markets, ScopeKey};
use crate::orders::{OrderState, Orders};
use crate::portfolio::Scenarios;
use crate::prices::Prices;
use crate::reconcile::reconcile;
use crate::strategy::Strategy;
use health::Start;

pub use reconfigure::NotReconfigurable;
pub use snapshot::{EngineSnapshot, SNAPSHOT_VERSION, SnapshotError};

/// What one entry caused. The caller empties it between entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// What to do, in order.
    pub commands: Vec<Command>,
    /// Why, for every market judged.
    pub decisions: Vec<Decision>,
}

impl Effects {
    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.commands.clear();
        self.decisions.clear();
    }
}

/// Counts of things that were refused or ignored at the door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// Inferences that are no value of their topic, about questions that no open market asks, or out of their round's time.
    pub inferences: u64,
    /// News of markets that were never listed.
    pub unknown_markets: u64,
    /// Reference prices that are none, or of topics that predict no price.
    pub references: u64,
    /// Topics whose objective makes no sense.
    pub topics: u64,
}

/// The decision core. [`Engine::handle`] is the only way anything changes; it cannot fail.
pub struct Engine {
    config: EngineConfig,
    strategy: Box<dyn Strategy>,
    markets: Markets,
    beliefs: Beliefs,
    prices: Prices,
    ledger: Ledger,
    orders: Orders,
    guard: Guard,
    controls: Controls,
    /// Scopes that wait for their turn under a limit on pace.
    delayed: BTreeSet<ScopeKey>,
    scenarios: Scenarios,
    due: BTreeMap<Timestamp, BTreeSet<ScopeKey>>,
    waiting: BTreeSet<ScopeKey>,
    /// When the resting orders of a scope are to be looked at again although nothing may happen.
    reviews: BTreeMap<ScopeKey, Timestamp>,
    redeeming: BTreeSet<MarketId>,
    merging: BTreeSet<MarketId>,
    refusals: Refusals,
    /// The last start, until what follows it.
    start: Option<Start>,
    now: Timestamp,
    seq: u64,
    next_order: u32,
}

impl Engine {
    /// An engine that knows nothing yet.
    ///
    /// # Errors
    /// A scheme whose parameters make no sense.
    pub fn new(config: EngineConfig, strategy: Box<dyn Strategy>) -> Result<Self, SchemeError> {
        let fresh = config.topic.scheme.build(Quantity::Probability)?;
        config.topic.price.check()?;
        let mut own = BTreeMap::new();
        for (topic, settings) in &config.topics {
            settings.price.check()?;
            own.insert(*topic, settings.scheme.build(Quantity::Probability)?);
        }
        Ok(Self {
            markets: Markets::default(),
            beliefs: Beliefs::new(fresh, own),
            prices: Prices::default(),
            ledger: Ledger::default(),
            orders: Orders::default(),
            guard: Guard::default(),
            controls: Controls::default(),
            delayed: BTreeSet::new(),
            scenarios: Scenarios::new(config.scenarios, config.seed),
            due: BTreeMap::new(),
            waiting: BTreeSet::new(),
            reviews: BTreeMap::new(),
            redeeming: BTreeSet::new(),
            merging: BTreeSet::new(),
            refusals: Refusals::default(),
            start: None,
            now: Timestamp::default(),
            seq: 0,
            next_order: 0,
            config,
            strategy,
        })
    }

    /// Takes up one entry. Commands and decisions are appended to `effects` in order.
    pub fn handle(&mut self, entry: &Entry, effects: &mut Effects) {
        self.now = entry.at;
        self.seq = entry.seq;
        self.next_order = 0;
        match &entry.input {
            Input::Listed(listing) => self.listed(listing),
            Input::Market(news) => self.market_moved(news, effects),
            Input::Inference(said) => self.heard(said, effects),
            Input::Reference(price) => self.referred(price, effects),
            Input::Resolved(resolution) => {
                self.prices.forget(resolution.market);
                self.resolved(*resolution, effects);
            }
            Input::Account(news) => self.account_changed(news, effects),
            Input::Operator(order) => self.told(*order, effects),
            Input::Started => self.started(effects),
            Input::Health(news) => self.health_changed(*news, effects),
            Input::Wake => {}
        }
        self.watch_unsettled(effects);
        self.beliefs.learn_due(self.now);
        self.prices.settle_due(self.now);
        if entry.input != Input::Started {
            self.start = None;
            self.decide_due(effects);
        }
    }

    /// Settings in force.
    #[must_use]
    pub const fn config(&self) -> &EngineConfig {
        &self.config
    }

    /// Cash and positions.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Orders that may still execute.
    #[must_use]
    pub const fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Markets as the engine knows them.
    #[must_use]
    pub const fn markets(&self) -> &Markets {
        &self.markets
    }

    /// Topics on prices, with what was learned about them.
    #[must_use]
    pub const fn prices(&self) -> &Prices {
        &self.prices
    }

    /// Why trading is halted, if it is: what a person or a limit brought about, else what is awaited.
    #[must_use]
    pub fn halted(&self) -> Option<HaltReason> {
        let around = self.controls.health.halted(&self.config.limits);
        self.guard.halted().or(around)
    }

    /// What the controls remember: pauses, rates, the state of everything around the engine.
    #[must_use]
    pub const fn controls(&self) -> &Controls {
        &self.controls
    }

    /// What was refused at the door.
    #[must_use]
    pub const fn refusals(&self) -> Refusals {
        self.refusals
    }

    /// What everybody says about a market at `at`, which is not before the last entry; `None` when it hangs on no topic
    /// or nobody spoke.
    #[must_use]
    pub fn forecast(&self, market: MarketId, at: Timestamp) -> Option<ForecastRow> {
        let known = Known {
            now: at,
            ..self.known()
        };
        ForecastRow::of(&known, market)
    }

    fn known(&self) -> Known<'_> {
        Known {
            config: &self.config,
            markets: &self.markets,
            beliefs: &self.beliefs,
            prices: &self.prices,
            controls: &self.controls,
            now: self.now,
            halted: self.stopped(),
        }
    }

    fn listed(&mut self, listing: &Listing) {
        match listing {
            Listing::Market(market) => {
                self.markets.list((**market).clone());
                // A decided market that is listed again stays decided.
                if self
                    .markets
                    .get(market.id)
                    .is_some_and(|m| m.payout.is_none())
                {
                    self.prices.watch(market, self.now);
                }
            }
            Listing::Group(group) => self.markets.list_group(group.clone()),
            Listing::Topic(topic) => {
                let settings = &self.config.of_topic(Some(topic.id)).price;
                if self.prices.list(topic, settings, self.now).is_err() {
                    self.refusals.topics += 1;
                }
            }
            // Names are the shell's business; the engine knows workers by number.
            Listing::Worker(_) => {}
        }
    }

    fn market_moved(&mut self, news: &MarketInput, effects: &mut Effects) {
        let Some(state) = self.markets.get(news.market) else {
            self.refusals.unknown_markets += 1;
            return;
        };
        let scope = state.scope();
        let topic = state.market.link.map(|link| link.topic);
        let freeze = freeze_at(state.market.closes_at, self.config.of_topic(topic));
        self.count_volume(news);
        let moved = self
            .markets
            .apply(news.market, &news.event, self.now, freeze);
        // A book that was too old to sell into is fresh again even where its best prices are the same.
        if moved || self.is_getting_out() {
            self.mark_stale(scope, effects);
        }
    }

    fn referred(&mut self, price: &ReferencePrice, effects: &mut Effects) {
        match self.prices.see(price, self.now) {
            Ok(()) => self.reprice(price.topic, effects),
            Err(_) => self.refusals.references += 1,
        }
    }

    /// What was thought of the open markets on a topic's price no longer stands.
    fn reprice(&mut self, topic: TopicId, effects: &mut Effects) {
        if self.config.source == ProbabilitySource::Market {
            return;
        }
        let live: Vec<MarketId> = self.prices.live(topic).collect();
        for market in live {
            let state = self.markets.get(market);
            if let Some(scope) = state
                .filter(|s| s.is_open(self.now))
                .map(MarketState::scope)
            {
                self.mark_stale(scope, effects);
            }
        }
    }

    fn count_volume(&mut self, news: &MarketInput) {
        if self.config.limits.volume_share_ppm.is_none() {
            return;
        }
        let volumes = &mut self.controls.volumes;
        match &news.event {
            MarketEvent::Trade(trade) => volumes.traded(news.market, trade.shares, self.now),
            MarketEvent::DayVolume(shares) => volumes.reported(news.market, *shares, self.now),
            _ => {}
        }
    }

    fn heard(&mut self, said: &Inference, effects: &mut Effects) {
        if self.prices.has(said.topic) {
            match self.prices.hear(said, self.now) {
                Ok(()) => self.reprice(said.topic, effects),
                Err(_) => self.refusals.inferences += 1,
            }
            return;
        }
        let linked = self
            .markets
            .linked((said.topic.0, said.epoch.0, said.label.0))
            .to_vec();
        let closes = linked
            .iter()
            .filter_map(|id| self.markets.get(*id)?.market.closes_at)
            .min();
        let freeze = freeze_at(closes, self.config.of_topic(Some(said.topic)));
        if linked.is_empty() || self.beliefs.hear(said, self.now, freeze).is_err() {
            self.refusals.inferences += 1;
            return;
        }
        // Trading on the market's own price, words change nothing.
        if self.config.source == ProbabilitySource::Market {
            return;
        }
        for market in linked {
            if let Some(scope) = self.markets.get(market).map(MarketState::scope) {
                self.mark_stale(scope, effects);
            }
        }
    }

    /// A scope's last decision no longer stands. It is judged anew at once, or after the coalescing time.
    fn mark_stale(&mut self, scope: ScopeKey, effects: &mut Effects) {
        if self.waiting.insert(scope) {
            let due = self.now.plus(self.config.coalesce);
            self.due.entry(due).or_default().insert(scope);
            if self.now < due {
                effects.commands.push(Command::WakeAt(due));
            }
        }
    }

    fn decide_due(&mut self, effects: &mut Effects) {
        while let Some(due) = self.due.first_entry() {
            if self.now < *due.key() {
                return;
            }
            for scope in due.remove() {
                self.waiting.remove(&scope);
                self.decide(scope, effects);
            }
        }
    }

    fn decide(&mut self, scope: ScopeKey, effects: &mut Effects) {
        self.watch_losses(effects);
        let equity = self.equity_at_risk();
        let desk = Desk {
            // Not `self.known()`: the draws of the scenarios are changed beside it.
            known: Known {
                config: &self.config,
                markets: &self.markets,
                beliefs: &self.beliefs,
                prices: &self.prices,
                controls: &self.controls,
                now: self.now,
                halted: self.stopped(),
            },
            ledger: &self.ledger,
            orders: &self.orders,
            merging: &self.merging,
            equity,
        };
        let judged = desk.decide(scope, self.strategy.as_ref(), &mut self.scenarios);
        let first = OrderId {
            seq: self.seq,
            index: self.next_order,
        };
        let members = self.markets.scope(scope);
        let outcome = reconcile(&judged, members, &self.orders, first);
        self.send(scope, outcome, first, effects);
        self.watch_weights(scope, effects);
        self.review_later(scope, effects);
    }
}

impl Engine {
    /// Most that one share of an order can cost: makers pay no fee.
    fn unit_cost_micros(&self, placed: &PlaceOrder) -> i64 {
        let market = self
            .markets
            .get(placed.token.market)
            .map(|state| &state.market);
        match (placed.crossing, market) {
            (Crossing::Allowed, Some(market)) => market.fee.worst_unit_cost_micros(placed.limit),
            _ => i64::from(placed.limit.micros()),
        }
    }

    /// Time alone makes a resting order wrong: its book falls silent, the words behind it grow old, trading ends. Asks to
    /// be woken for the first of these.
    fn review_later(&mut self, scope: ScopeKey, effects: &mut Effects) {
        let members = self.markets.scope(scope).iter();
        let at = members
            .filter_map(|market| self.review_of(*market))
            .filter(|at| self.now < *at)
            .min();
        let Some(at) = at else {
            self.reviews.remove(&scope);
            return;
        };
        if self.reviews.insert(scope, at) != Some(at) {
            self.due.entry(at).or_default().insert(scope);
            effects.commands.push(Command::WakeAt(at));
        }
    }

    fn review_of(&self, market: MarketId) -> Option<Timestamp> {
        let state = self.markets.get(market)?;
        self.orders
            .of_market(market)
            .find(|order| !order.is_taking() && order.state != OrderState::CancelRequested)?;
        let link = state.market.link;
        let settings = self.config.of_topic(link.map(|link| link.topic));
        let just_after = |at: Timestamp| at.plus(core::time::Duration::from_nanos(1));
        let silent = just_after(state.book.updated_at().plus(settings.book_age_max));
        let old = link.and_then(|link| {
            let age_max = settings.age_max();
            let oldest = self.beliefs.oldest(link, self.now, age_max)?;
            Some(just_after(oldest.plus(age_max)))
        });
        let unseen = link.and_then(|link| self.prices.stale_from(link.topic, market));
        let asks_price = link.filter(|link| matches!(link.sense, LinkSense::Price(_)));
        let forbidden = asks_price.and_then(|link| {
            let age_max = self.config.limits.data.reference_age_max?;
            let latest = self.prices.track(link.topic)?.latest()?;
            Some(just_after(latest.at.plus(age_max)))
        });
        let ends = state
            .market
            .closes_at
            .map(|closes| closes.minus(self.config.close_blackout));
        [Some(silent), old, unseen, forbidden, ends]
            .into_iter()
            .flatten()
            .filter(|at| self.now < *at)
            .min()
    }
}

impl core::fmt::Debug for Engine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Engine")
            .field("strategy", &self.strategy.name())
            .field("seq", &self.seq)
            .field("now", &self.now)
            .field("cash", &self.ledger.cash())
            .field("open_orders", &self.orders.len())
            .finish_non_exhaustive()
    }
}

/// When a question freezes for learning; without an announced end it never does, and nothing is learned from it.
fn freeze_at(closes: Option<Timestamp>, config: &TopicConfig) -> Option<Timestamp> {
    closes.map(|closes| closes.minus(config.score_lead))
}
