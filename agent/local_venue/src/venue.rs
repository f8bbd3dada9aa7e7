//! The venue's whole state, and the passing of its time. Everything here is synchronous; sockets only call in.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};
use quorate_domain::{MarketId, Outcome, Side};

use crate::book::{Book, Half};
use crate::clock::Clock;
use crate::faults::Mischief;
use crate::keys::ApiKeys;
use crate::ledger::Ledger;
use crate::options::{AccountSetup, MarketListing, Timings, VenueOptions};
use crate::streams::Subscriber;
use crate::trades::Trade;

/// Order type on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Gtc,
    Gtd,
    Fok,
    Fak,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gtc => "GTC",
            Self::Gtd => "GTD",
            Self::Fok => "FOK",
            Self::Fak => "FAK",
        }
    }

    pub(crate) fn rests(self) -> bool {
        matches!(self, Self::Gtc | Self::Gtd)
    }
}

/// Where an order stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OrderStatus {
    Live,
    /// Matches at this time, milliseconds.
    Delayed(u64),
    Matched,
    /// Ended before it was filled; the text is the venue's status.
    Canceled(String),
}

impl OrderStatus {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Live => "LIVE",
            Self::Delayed(_) => "DELAYED",
            Self::Matched => "MATCHED",
            Self::Canceled(why) => why,
        }
    }
}

/// An accepted order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: B256,
    pub(crate) key: String,
    pub(crate) account: usize,
    pub(crate) market: usize,
    pub(crate) outcome: Outcome,
    pub(crate) side: Side,
    /// Limit in the token's own terms, micro-dollars.
    pub(crate) price: u32,
    /// Shares, micro.
    pub(crate) size: u64,
    pub(crate) matched: u64,
    /// Micro-dollars that a market buy may spend.
    pub(crate) budget: Option<i128>,
    pub(crate) kind: Kind,
    /// Seconds as sent; 0 for none.
    pub(crate) expiration: u64,
    pub(crate) status: OrderStatus,
    pub(crate) created_ms: u64,
    pub(crate) trades: Vec<String>,
}

impl Order {
    /// Which half of the YES book it would rest in.
    pub(crate) fn half(&self) -> Half {
        match (self.side, self.outcome) {
            (Side::Buy, Outcome::Yes) | (Side::Sell, Outcome::No) => Half::Bid,
            _ => Half::Ask,
        }
    }

    /// Its limit on the YES scale.
    pub(crate) fn yes_price(&self) -> u32 {
        on_yes_scale(self.outcome, self.price)
    }

    pub(crate) fn remaining(&self) -> u64 {
        self.size.saturating_sub(self.matched)
    }
}

/// A price of an outcome on the YES scale, and back.
pub(crate) fn on_yes_scale(outcome: Outcome, price: u32) -> u32 {
    match outcome {
        Outcome::Yes => price,
        Outcome::No => 1_000_000 - price.min(1_000_000),
    }
}

/// A market at the venue.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) listing: MarketListing,
    pub(crate) tick: u32,
    pub(crate) book: Book,
    /// What subscribers have been told.
    pub(crate) shown: BTreeMap<(Half, u32), u64>,
    pub(crate) last: Option<(u32, Side)>,
    pub(crate) history: Vec<(u64, u32)>,
    pub(crate) paused_until: u64,
    pub(crate) closed: bool,
    /// What a YES share pays, micro-dollars, once decided.
    pub(crate) payout: Option<u32>,
    pub(crate) volume: u64,
    pub(crate) listed_ms: u64,
}

impl Listed {
    pub(crate) fn condition(&self) -> String {
        format!("{:#x}", self.listing.condition_id)
    }

    pub(crate) fn token(&self, outcome: Outcome) -> String {
        self.listing.tokens[index(outcome)].to_string()
    }

    pub(crate) fn outcome_name(&self, outcome: Outcome) -> &str {
        &self.listing.outcomes[index(outcome)]
    }

    pub(crate) fn accepts(&self, now_ms: u64) -> bool {
        let opened = self.listing.market.opens_at;
        let opened = opened.is_none_or(|at| at.nanos() / 1_000_000 <= now_ms);
        !self.closed && self.payout.is_none() && now_ms >= self.paused_until && opened
    }
}

pub(crate) fn index(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Yes => 0,
        Outcome::No => 1,
    }
}

/// An account and what the venue remembers about it.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) setup: AccountSetup,
    /// Until when the sum of matched orders is stuck, milliseconds.
    pub(crate) stuck_until: u64,
    pub(crate) relayer_nonce: u64,
    pub(crate) notifications: Vec<serde_json::Value>,
}

/// The last heartbeat of a key.
#[derive(Debug)]
pub(crate) struct Beat {
    pub(crate) id: String,
    pub(crate) deadline_ms: u64,
}

/// Times during which the venue takes only a part of what it is asked for, milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    pub(crate) restarting_until: u64,
    pub(crate) post_only_until: u64,
    pub(crate) cancel_only_until: u64,
    pub(crate) disabled_until: u64,
    pub(crate) revoked_until: u64,
}

/// The venue.
pub(crate) struct Venue {
    pub(crate) seed: u64,
    pub(crate) chain_id: u64,
    pub(crate) clock: Clock,
    pub(crate) timings: Timings,
    pub(crate) faults: Mischief,
    pub(crate) keys: ApiKeys,
    pub(crate) ledger: Ledger,
    pub(crate) accounts: Vec<Account>,
    pub(crate) markets: Vec<Listed>,
    pub(crate) by_token: BTreeMap<U256, (usize, Outcome)>,
    pub(crate) by_market: BTreeMap<MarketId, usize>,
    pub(crate) orders: BTreeMap<B256, Order>,
    pub(crate) open: BTreeSet<B256>,
    pub(crate) trades: BTreeMap<String, Trade>,
    /// Trades that are not final, in order of matching.
    pub(crate) unsettled: Vec<String>,
    pub(crate) beats: BTreeMap<String, Beat>,
    pub(crate) windows: Windows,
    pub(crate) subscribers: Vec<Subscriber>,
    pub(crate) transactions: BTreeMap<String, crate::relayer::Transaction>,
    pub(crate) closed_only: bool,
    pub(crate) clock_jump_ms: i64,
    pub(crate) counter: u64,
    pub(crate) last_second: u64,
}

impl Venue {
    pub(crate) fn new(options: &VenueOptions) -> Self {
        let mut venue = Self {
            seed: options.seed,
            chain_id: options.chain_id,
            clock: options.clock.clone(),
            timings: options.timings,
            faults: Mischief::new(&options.faults),
            keys: ApiKeys::default(),
            ledger: Ledger::default(),
            accounts: Vec::new(),
            markets: Vec::new(),
            by_token: BTreeMap::new(),
            by_market: BTreeMap::new(),
            orders: BTreeMap::new(),
            open: BTreeSet::new(),
            trades: BTreeMap::new(),
            unsettled: Vec::new(),
            beats: BTreeMap::new(),
            windows: Windows::default(),
            subscribers: Vec::new(),
            transactions: BTreeMap::new(),
            closed_only: false,
            clock_jump_ms: 0,
            counter: 0,
            last_second: 0,
        };
        for setup in &options.accounts {
            let cash = i128::from(setup.cash.micros());
            venue.ledger.deposit(venue.accounts.len(), cash);
            venue.accounts.push(Account {
                setup: *setup,
                stuck_until: 0,
                relayer_nonce: 0,
                notifications: Vec::new(),
            });
        }
        venue
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// A new id, the same for the same history.
    pub(crate) fn fresh(&mut self, what: &str) -> B256 {
        self.counter += 1;
        let text = format!("{}/{what}/{}", self.seed, self.counter);
        alloy_primitives::keccak256(text.as_bytes())
    }

    pub(crate) fn list(&mut self, listing: MarketListing) {
        let at = self.markets.len();
        let known = self.by_market.get(&listing.market.id).copied();
        let place = known.unwrap_or(at);
        for (token, outcome) in listing.tokens.iter().zip([Outcome::Yes, Outcome::No]) {
            self.by_token.insert(*token, (place, outcome));
        }
        self.by_market.insert(listing.market.id, place);
        let tick = listing.market.tick.micros();
        if let Some(listed) = self.markets.get_mut(place) {
            listed.tick = tick;
            listed.listing = listing;
        } else {
            self.markets.push(Listed {
                listing,
                tick,
                book: Book::default(),
                shown: BTreeMap::new(),
                last: None,
                history: Vec::new(),
                paused_until: 0,
                closed: false,
                payout: None,
                volume: 0,
                listed_ms: self.clock.now_ms(),
            });
        }
        self.tell_new_market(place);
    }

    pub(crate) fn account_of(&self, owner: Address, signature_type: u8) -> Option<usize> {
        self.accounts
            .iter()
            .position(|a| a.setup.owner == owner && a.setup.signature_type == signature_type)
    }

    pub(crate) fn token_of(&self, text: &str) -> Option<(usize, Outcome)> {
        let token = U256::from_str_radix(text, 10).ok()?;
        self.by_token.get(&token).copied()
    }

    pub(crate) fn market_by_condition(&self, text: &str) -> Option<usize> {
        let condition: B256 = text.parse().ok()?;
        self.markets
            .iter()
            .position(|m| m.listing.condition_id == condition)
    }

    /// Does what fell due: expiries, heartbeats, delayed orders, settlements, chores, and faults that come by themselves.
    pub(crate) fn advance(&mut self) {
        let now = self.now_ms();
        self.expire(now);
        self.miss_heartbeats(now);
        self.match_delayed(now);
        self.settle_due(now);
        if now / 1000 != self.last_second {
            self.last_second = now / 1000;
            self.spontaneous_faults(now);
        }
    }

    fn expire(&mut self, now: u64) {
        let over = |order: &Order| {
            order.kind == Kind::Gtd && (order.expiration.saturating_sub(60)) * 1000 <= now
        };
        let due: Vec<B256> = self
            .open
            .iter()
            .copied()
            .filter(|id| self.orders.get(id).is_some_and(over))
            .collect();
        for id in due {
            self.end(id, "CANCELED_EXPIRED_ORDER");
        }
    }

    fn miss_heartbeats(&mut self, now: u64) {
        let due: Vec<String> = self
            .beats
            .iter()
            .filter(|(_, beat)| beat.deadline_ms <= now)
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            self.beats.remove(&key);
            let of_key = |id: &B256| self.orders.get(id).is_some_and(|order| order.key == key);
            let ids: Vec<B256> = self.open.iter().copied().filter(of_key).collect();
            for id in ids {
                self.end(id, "CANCELED");
            }
        }
    }

    fn match_delayed(&mut self, now: u64) {
        let is_due = |id: &B256| {
            let status = self.orders.get(id).map(|order| &order.status);
            matches!(status, Some(OrderStatus::Delayed(due)) if *due <= now)
        };
        let due: Vec<B256> = self.open.iter().copied().filter(is_due).collect();
        for id in due {
            self.execute(id);
        }
    }

    /// Ends an open order that is not filled.
    pub(crate) fn end(&mut self, id: B256, why: &str) {
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        if !self.open.remove(&id) {
            return;
        }
        order.status = OrderStatus::Canceled(why.to_owned());
        let (market, half, price) = (order.market, order.half(), order.yes_price());
        if let Some(listed) = self.markets.get_mut(market) {
            listed.book.remove(half, price, id);
        }
        self.tell_order(id, "CANCELLATION");
        self.tell_book(market);
    }
}
