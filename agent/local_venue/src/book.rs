//! One market's book on the YES scale: recorded depth of the crowd and resting orders of clients, level by level.
//!
//! Buying NO at `q` is selling YES at `1 - q`, so one book serves both outcomes. At one price, clients are met before
//! the crowd and in order of arrival. What a client took from the crowd stays taken until the recorded level shrinks.

use std::collections::BTreeMap;

use alloy_primitives::B256;

/// Half of a book, on the YES scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Half {
    Bid,
    Ask,
}

impl Half {
    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Bid => Self::Ask,
            Self::Ask => Self::Bid,
        }
    }
}

/// A client's order in the book.
#[derive(Clone, Debug)]
pub(crate) struct Resting {
    pub(crate) id: B256,
    pub(crate) remaining: u64,
    /// Recorded shares that were there before it.
    pub(crate) ahead: u64,
}

/// What rests at one price.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    recorded: u64,
    taken: u64,
    pub(crate) clients: Vec<Resting>,
}

impl Level {
    pub(crate) fn crowd(&self) -> u64 {
        self.recorded.saturating_sub(self.taken)
    }

    fn shown(&self) -> u64 {
        self.crowd() + self.clients.iter().map(|c| c.remaining).sum::<u64>()
    }
}

/// A part of a walk: so many shares at this price, from a client's order or from the crowd.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) price: u32,
    pub(crate) qty: u64,
    pub(crate) maker: Option<B256>,
}

/// How much a taker wants.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    /// Shares.
    Shares(u64),
    /// Shares of YES (or of NO, at one minus the price) for at most so many micro-dollars.
    YesFor(i128),
    /// See [`Want::YesFor`].
    NoFor(i128),
}

/// Step of shares bought for an amount of money: 0.0001.
const MARKET_BUY_STEP: i128 = 100;

impl Want {
    fn most(self, price: u32) -> u64 {
        let affordable = |money: i128, price: u32| {
            let shares = money.max(0) * 1_000_000 / i128::from(price.max(1));
            u64::try_from(shares / MARKET_BUY_STEP * MARKET_BUY_STEP).unwrap_or(u64::MAX)
        };
        match self {
            Self::Shares(shares) => shares,
            Self::YesFor(money) => affordable(money, price),
            Self::NoFor(money) => affordable(money, 1_000_000 - price),
        }
    }

    fn less(self, qty: u64, price: u32) -> Self {
        match self {
            Self::Shares(shares) => Self::Shares(shares - qty),
            Self::YesFor(money) => Self::YesFor(money - crate::number::cost_up(qty, price)),
            Self::NoFor(money) => {
                Self::NoFor(money - crate::number::cost_up(qty, 1_000_000 - price))
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    bids: BTreeMap<u32, Level>,
    asks: BTreeMap<u32, Level>,
}

impl Book {
    pub(crate) fn half(&self, half: Half) -> &BTreeMap<u32, Level> {
        match half {
            Half::Bid => &self.bids,
            Half::Ask => &self.asks,
        }
    }

    fn half_mut(&mut self, half: Half) -> &mut BTreeMap<u32, Level> {
        match half {
            Half::Bid => &mut self.bids,
            Half::Ask => &mut self.asks,
        }
    }

    /// Prices and shares shown, best first.
    pub(crate) fn shown(&self, half: Half) -> Vec<(u32, u64)> {
        let levels = self.half(half).iter();
        let mut shown: Vec<(u32, u64)> = levels
            .map(|(price, level)| (*price, level.shown()))
            .filter(|(_, qty)| *qty > 0)
            .collect();
        if half == Half::Bid {
            shown.reverse();
        }
        shown
    }

    pub(crate) fn best(&self, half: Half) -> Option<u32> {
        self.shown(half).first().map(|(price, _)| *price)
    }

    /// Sets what the recorded data shows at a price.
    pub(crate) fn record(&mut self, half: Half, price: u32, shares: u64) {
        let level = self.half_mut(half).entry(price).or_default();
        let gone = level.recorded.saturating_sub(shares);
        level.taken = level.taken.saturating_sub(gone);
        level.recorded = shares;
        for client in &mut level.clients {
            client.ahead = client.ahead.min(shares);
        }
        self.sweep_empty(half);
    }

    /// Replaces all recorded depth.
    pub(crate) fn record_all(&mut self, half: Half, levels: &[(u32, u64)]) {
        let old: Vec<u32> = self.half(half).keys().copied().collect();
        for price in old {
            if !levels.iter().any(|(p, _)| *p == price) {
                self.record(half, price, 0);
            }
        }
        for (price, shares) in levels {
            self.record(half, *price, *shares);
        }
    }

    pub(crate) fn rest(&mut self, half: Half, price: u32, id: B256, remaining: u64) {
        let level = self.half_mut(half).entry(price).or_default();
        let ahead = level.crowd();
        level.clients.push(Resting {
            id,
            remaining,
            ahead,
        });
    }

    pub(crate) fn remove(&mut self, half: Half, price: u32, id: B256) {
        if let Some(level) = self.half_mut(half).get_mut(&price) {
            level.clients.retain(|client| client.id != id);
        }
        self.sweep_empty(half);
    }

    /// What a taker of this half would get, best price first, down to `limit`.
    pub(crate) fn walk(&self, taken: Half, limit: u32, mut want: Want) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut prices: Vec<u32> = self.half(taken).keys().copied().collect();
        if taken == Half::Bid {
            prices.reverse();
        }
        for price in prices {
            let within = match taken {
                Half::Ask => price <= limit,
                Half::Bid => price >= limit,
            };
            let Some(level) = self.half(taken).get(&price).filter(|_| within) else {
                break;
            };
            let clients = level.clients.iter().map(|c| (Some(c.id), c.remaining));
            for (maker, there) in clients.chain([(None, level.crowd())]) {
                let qty = there.min(want.most(price));
                if qty > 0 {
                    steps.push(Step { price, qty, maker });
                    want = want.less(qty, price);
                }
            }
        }
        steps
    }

    /// Takes what a walk found.
    pub(crate) fn take(&mut self, taken: Half, step: &Step) {
        if let Some(level) = self.half_mut(taken).get_mut(&step.price) {
            match step.maker {
                None => level.taken += step.qty,
                Some(id) => {
                    for client in level.clients.iter_mut().filter(|c| c.id == id) {
                        client.remaining = client.remaining.saturating_sub(step.qty);
                    }
                    level.clients.retain(|client| client.remaining > 0);
                }
            }
        }
        self.sweep_empty(taken);
    }

    /// What a recorded trade that takes `half` at `price` fills of the clients' orders: everything better, and at the
    /// price what the queue ahead leaves.
    pub(crate) fn passed(&mut self, half: Half, price: u32, mut shares: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        for (at, level) in self.half_mut(half) {
            let through = match half {
                Half::Bid => *at > price,
                Half::Ask => *at < price,
            };
            if !through && *at != price {
                continue;
            }
            let mut before = shares;
            for client in &mut level.clients {
                let waits = if through { 0 } else { client.ahead.min(before) };
                client.ahead -= if through { 0 } else { waits };
                let qty = client.remaining.min(before - waits).min(shares);
                if qty > 0 {
                    steps.push(Step {
                        price: *at,
                        qty,
                        maker: Some(client.id),
                    });
                    shares -= qty;
                    before -= qty;
                }
            }
        }
        steps
    }

    /// Forgets recorded depth; clients' orders stay.
    pub(crate) fn forget_recorded(&mut self) {
        self.record_all(Half::Bid, &[]);
        self.record_all(Half::Ask, &[]);
    }

    fn sweep_empty(&mut self, half: Half) {
        self.half_mut(half)
            .retain(|_, level| level.recorded > 0 || !level.clients.is_empty());
    }
}
