//! What is known of every market: rules, book, last sound midpoint, final word.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{
    Book, BookSide, GroupId, Level, Market, MarketEvent, MarketGroup, MarketId, Outcome, Payout,
    Price, Probability, SetId, TickSize, Timestamp, TopicLink,
};
use serde::{Deserialize, Serialize};

/// Markets that are sized together: a correlated set, else a group of exclusive outcomes, else a single market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ScopeKey {
    /// A correlated set.
    Set(SetId),
    /// A group.
    Group(GroupId),
    /// A market on its own.
    Market(MarketId),
}

/// The prices that make a decision stale when they move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    bid: Option<Price>,
    ask: Option<Price>,
}

/// One market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketState {
    /// Its rules.
    pub market: Market,
    /// Its book.
    pub book: Book,
    /// Last midpoint of a sound book.
    pub last_mid: Option<Probability>,
    /// Midpoint as it stood when inferences froze for scoring.
    pub frozen_mid: Option<Probability>,
    /// Whether trading has stopped.
    pub closed: bool,
    /// The final word.
    pub payout: Option<Payout>,
}

impl MarketState {
    fn new(market: Market) -> Self {
        Self {
            book: Book::new(market.tick),
            market,
            last_mid: None,
            frozen_mid: None,
            closed: false,
            payout: None,
        }
    }

    fn relisted(mut self, market: Market) -> Self {
        if self.book.tick() != market.tick && self.payout.is_none() {
            self.book.change_tick(market.tick);
        }
        Self { market, ..self }
    }

    /// The prices that make a decision stale when they move.
    #[must_use]
    pub fn touch(&self) -> Touch {
        let price = |side| self.book.best(side).map(|level: Level| level.price);
        Touch {
            bid: price(BookSide::Bid),
            ask: price(BookSide::Ask),
        }
    }

    /// Which markets it is sized with.
    #[must_use]
    pub fn scope(&self) -> ScopeKey {
        match (self.market.set, self.market.group) {
            (Some(set), _) => ScopeKey::Set(set),
            (None, Some(group)) => ScopeKey::Group(group),
            (None, None) => ScopeKey::Market(self.market.id),
        }
    }

    /// What one share of an outcome would bring now: the best bid, else nothing better than the last midpoint, dollars.
    #[must_use]
    pub fn liquidation_price(&self, outcome: Outcome) -> f64 {
        match self.book.best_of(outcome, BookSide::Bid) {
            Some(bid) => bid.price.to_f64(),
            None => self.mark(outcome),
        }
    }

    /// Worth of one share of an outcome for the equity curve: the payout, else the last sound midpoint, else even odds.
    #[must_use]
    pub fn mark(&self, outcome: Outcome) -> f64 {
        let yes = match (self.payout, self.last_mid) {
            (Some(payout), _) => payout.to_f64(),
            (None, Some(mid)) => mid.get(),
            (None, None) => 0.5,
        };
        match outcome {
            Outcome::Yes => yes,
            Outcome::No => 1.0 - yes,
        }
    }

    /// Whether an order could be accepted at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        !self.closed
            && self.payout.is_none()
            && self.market.opens_at.is_none_or(|opens| opens <= at)
            && self.market.closes_at.is_none_or(|closes| at < closes)
    }
}

/// All markets, groups and scopes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Markets {
    /// By number, for speed; a number that was never listed is empty.
    states: Vec<Option<MarketState>>,
    groups: BTreeMap<GroupId, MarketGroup>,
    #[serde(with = "quorate_domain::pairs")]
    scopes: BTreeMap<ScopeKey, Vec<MarketId>>,
    #[serde(with = "quorate_domain::pairs")]
    by_link: BTreeMap<(u64, u64, u16), Vec<MarketId>>,
    /// What the decided markets of a group paid together, micro-dollars.
    decided: BTreeMap<GroupId, u32>,
}

/// A listing with this number would need an absurd table.
pub const MARKET_ID_MAX: u32 = 1_000_000;

impl Markets {
    /// A market exists. A second listing replaces its rules and keeps its book, unless the tick is another.
    pub fn list(&mut self, market: Market) {
        if MARKET_ID_MAX < market.id.0 {
            return;
        }
        let id = market.id;
        let index = id.0 as usize;
        if self.states.len() <= index {
            self.states.resize(index + 1, None);
        }
        let old = self.states[index].take();
        if let Some(old) = &old {
            self.unplace(old);
        }
        let state = match old {
            Some(old) => old.relisted(market),
            None => MarketState::new(market),
        };
        if state.payout.is_none() {
            self.place(&state);
        }
        self.states[index] = Some(state);
    }

    /// The final word on a market: it leaves its scope, its link and its book.
    pub fn decide(&mut self, id: MarketId, payout: Payout) {
        let Some(mut state) = self.states.get_mut(id.0 as usize).and_then(Option::take) else {
            return;
        };
        self.unplace(&state);
        if let Some(group) = state.market.group {
            let paid = self.decided.entry(group).or_default();
            *paid = paid.saturating_add(u32::from(payout)).min(1_000_000);
        }
        state.payout = Some(payout);
        state.closed = true;
        state.book = Book::new(TickSize::CENT);
        self.states[id.0 as usize] = Some(state);
    }

    /// What is left of the one dollar that the markets of a group pay together, once some are decided; 0 to 1.
    #[must_use]
    pub fn undecided_mass(&self, group: GroupId) -> f64 {
        1.0 - f64::from(self.decided.get(&group).copied().unwrap_or(0)) * 1e-6
    }

    fn place(&mut self, state: &MarketState) {
        let id = state.market.id;
        if let Some(link) = state.market.link {
            self.by_link.entry(link_key(link)).or_default().push(id);
        }
        let members = self.scopes.entry(state.scope()).or_default();
        members.push(id);
        members.sort_unstable();
    }

    fn unplace(&mut self, state: &MarketState) {
        let id = state.market.id;
        if let Some(link) = state.market.link {
            remove(&mut self.by_link, &link_key(link), id);
        }
        remove(&mut self.scopes, &state.scope(), id);
    }

    /// A group exists.
    pub fn list_group(&mut self, group: MarketGroup) {
        self.groups.insert(group.id, group);
    }

    /// A market.
    #[must_use]
    pub fn get(&self, id: MarketId) -> Option<&MarketState> {
        self.states.get(id.0 as usize)?.as_ref()
    }

    /// A market, to be changed.
    pub fn get_mut(&mut self, id: MarketId) -> Option<&mut MarketState> {
        self.states.get_mut(id.0 as usize)?.as_mut()
    }

    /// A group.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&MarketGroup> {
        self.groups.get(&id)
    }

    /// Undecided markets of a scope, by number.
    #[must_use]
    pub fn scope(&self, key: ScopeKey) -> &[MarketId] {
        self.scopes.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Undecided markets that hang on one label of one round of a topic.
    #[must_use]
    pub fn linked(&self, link: (u64, u64, u16)) -> &[MarketId] {
        self.by_link.get(&link).map_or(&[], Vec::as_slice)
    }

    /// Every scope with undecided markets, in order.
    pub fn scopes(&self) -> impl Iterator<Item = ScopeKey> + '_ {
        self.scopes.keys().copied()
    }

    /// All markets, by number.
    pub fn iter(&self) -> impl Iterator<Item = &MarketState> + '_ {
        self.states.iter().flatten()
    }

    /// Applies news to a book. Returns whether the touch moved, so that a decision may have grown stale.
    pub fn apply(
        &mut self,
        id: MarketId,
        event: &MarketEvent,
        at: Timestamp,
        score_at: Option<Timestamp>,
    ) -> bool {
        let Some(state) = self.get_mut(id) else {
            return false;
        };
        let before = (state.touch(), state.book.health());
        match event {
            // A price off the grid leaves the book broken, which is exactly what it then is.
            MarketEvent::Snapshot { bids, asks } => drop(state.book.replace(bids, asks, at)),
            MarketEvent::Level { side, level } => drop(state.book.set(*side, *level, at)),
            MarketEvent::Trade(_) | MarketEvent::DayVolume(_) => return false,
            MarketEvent::TickSize(tick) => {
                state.market.tick = *tick;
                state.book.change_tick(*tick);
            }
            MarketEvent::Gap => state.book.break_continuity(),
            MarketEvent::Closed => state.closed = true,
        }
        let moved = before != (state.touch(), state.book.health());
        if moved && let Some(mid) = state.book.midpoint() {
            state.last_mid = Some(mid);
            if score_at.is_some_and(|freeze| at <= freeze) {
                state.frozen_mid = Some(mid);
            }
        }
        moved
    }
}

/// The key of a link.
#[must_use]
pub const fn link_key(link: TopicLink) -> (u64, u64, u16) {
    (link.topic.0, link.epoch.0, link.label.0)
}

fn remove<K: Ord>(lists: &mut BTreeMap<K, Vec<MarketId>>, key: &K, id: MarketId) {
    if let Some(list) = lists.get_mut(key) {
        list.retain(|other| *other != id);
        if list.is_empty() {
            lists.remove(key);
        }
    }
}
