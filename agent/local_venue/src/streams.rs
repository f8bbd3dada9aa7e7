//! What subscribers are told: books and trades to everybody, orders and trades to their owners.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256};
use quorate_domain::Outcome;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::book::Half;
use crate::number::decimal;
use crate::venue::{Venue, on_yes_scale};
use crate::wire;

/// A frame on its way to a socket.
#[derive(Clone, Debug)]
pub(crate) enum Outgoing {
    Text(String),
    /// The venue hangs up.
    Close,
}

/// Who listens.
#[derive(Debug)]
pub(crate) enum Audience {
    Market {
        assets: BTreeSet<String>,
        custom: bool,
    },
    User {
        owner: Address,
        markets: BTreeSet<String>,
    },
}

/// One socket.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) id: u64,
    pub(crate) out: mpsc::Sender<Outgoing>,
    pub(crate) audience: Audience,
    /// Silent until then although alive, milliseconds.
    pub(crate) frozen_until: u64,
}

impl Venue {
    /// Sends to the sockets that `wanted` picks; a socket that does not keep up is dropped.
    fn send(&mut self, frame: &Value, wanted: impl Fn(&Audience) -> bool) {
        let now = self.now_ms();
        let text = frame.to_string();
        self.subscribers.retain(|s| {
            if now < s.frozen_until || !wanted(&s.audience) {
                return !s.out.is_closed();
            }
            s.out.try_send(Outgoing::Text(text.clone())).is_ok()
        });
    }

    pub(crate) fn send_market(&mut self, market: usize, frame: &Value) {
        let tokens = [Outcome::Yes, Outcome::No].map(|o| self.markets[market].token(o));
        self.send(frame, |audience| {
            matches!(audience, Audience::Market { assets, .. } if tokens.iter().any(|t| assets.contains(t)))
        });
    }

    fn send_custom(&mut self, frame: &Value, tokens: Option<[String; 2]>) {
        self.send(frame, |audience| match audience {
            Audience::Market { assets, custom } => {
                *custom
                    && tokens
                        .as_ref()
                        .is_none_or(|tokens| tokens.iter().any(|t| assets.contains(t)))
            }
            Audience::User { .. } => false,
        });
    }

    fn send_user(&mut self, account: usize, market: usize, frame: &Value) {
        let Some(owner) = self.accounts.get(account).map(|a| a.setup.owner) else {
            return;
        };
        let condition = self.markets[market].condition();
        self.send(frame, |audience| match audience {
            Audience::User {
                owner: who,
                markets,
            } => *who == owner && (markets.is_empty() || markets.contains(&condition)),
            Audience::Market { .. } => false,
        });
    }

    /// Tells subscribers which levels changed since they were last told.
    pub(crate) fn tell_book(&mut self, market: usize) {
        let now = self.stamp_ms();
        let Some(listed) = self.markets.get_mut(market) else {
            return;
        };
        let mut shown = BTreeMap::new();
        for half in [Half::Bid, Half::Ask] {
            for (price, qty) in listed.book.shown(half) {
                shown.insert((half, price), qty);
            }
        }
        let gone = listed.shown.keys().filter(|key| !shown.contains_key(key));
        let mut changes: Vec<(Half, u32, u64)> = gone.map(|(half, p)| (*half, *p, 0)).collect();
        let moved = shown
            .iter()
            .filter(|(key, qty)| listed.shown.get(key) != Some(qty));
        changes.extend(moved.map(|((half, price), qty)| (*half, *price, *qty)));
        listed.shown = shown;
        if self.subscribers.is_empty() {
            return;
        }
        for (half, price, qty) in changes {
            let frame = wire::price_change(&self.markets[market], half, price, qty, now);
            self.send_delta(market, half, frame);
        }
    }

    /// A delta, unless a fault loses, repeats, delays or falsifies it.
    fn send_delta(&mut self, market: usize, half: Half, mut frame: Value) {
        if self.subscribers.is_empty() || self.faults.strikes(43) {
            return;
        }
        let change = |frame: &mut Value, name: &str, to: &str| {
            if let Some(changes) = frame["price_changes"].as_array_mut() {
                for one in changes {
                    one[name] = json!(to);
                }
            }
        };
        if self.faults.strikes(45) {
            let wrong = if half == Half::Bid { "SELL" } else { "BUY" };
            change(&mut frame, "side", wrong);
        }
        if self.faults.strikes(46) {
            change(&mut frame, "best_bid", "0.9");
            change(&mut frame, "best_ask", "0.1");
        }
        if self.faults.strikes(47) {
            let absurd = ["0", "1", "-0.5", "1.5", "1e73", "NaN"];
            let pick = self.faults.draw(47, 6);
            let pick = usize::try_from(pick).unwrap_or(0);
            change(&mut frame, "price", absurd[pick]);
        }
        self.send_market(market, &frame);
        if self.faults.strikes(44) {
            self.send_market(market, &frame);
        }
        if self.faults.strikes(52) {
            let huge = json!({"event_type": "padding", "data": "x".repeat(1 << 20)});
            self.send_market(market, &huge);
        }
        self.tell_best(market);
    }

    fn tell_best(&mut self, market: usize) {
        let now = self.stamp_ms();
        for outcome in [Outcome::Yes, Outcome::No] {
            let listed = &self.markets[market];
            let (bid, ask) = wire::best(listed, outcome);
            let (Some(bid), Some(ask)) = (bid, ask) else {
                continue;
            };
            let frame = json!({
                "event_type": "best_bid_ask", "market": listed.condition(), "asset_id": listed.token(outcome),
                "best_bid": decimal(bid.into()), "best_ask": decimal(ask.into()),
                "spread": decimal(i128::from(ask) - i128::from(bid)), "timestamp": now.to_string(),
            });
            let token = listed.token(outcome);
            self.send_custom(&frame, Some([token.clone(), token]));
        }
    }

    pub(crate) fn tell_last_trade(&mut self, id: &str) {
        let Some(trade) = self.trades.get(id) else {
            return;
        };
        let listed = &self.markets[trade.market];
        let leg = &trade.taker;
        let frame = json!({
            "event_type": "last_trade_price", "market": listed.condition(), "asset_id": listed.token(leg.outcome),
            "price": decimal(on_yes_scale(leg.outcome, trade.yes_price).into()),
            "size": decimal(leg.qty.into()), "side": wire::side(leg.side), "fee_rate_bps": "0",
            "transaction_hash": "", "timestamp": self.stamp_ms().to_string(),
        });
        self.send_market(trade.market, &frame);
    }

    pub(crate) fn tell_new_market(&mut self, market: usize) {
        let frame = wire::new_market(&self.markets[market], market, self.stamp_ms());
        self.send_custom(&frame, None);
    }

    pub(crate) fn tell_resolved(&mut self, market: usize, yes_micros: u32) {
        let frame = wire::market_resolved(&self.markets[market], yes_micros, self.stamp_ms());
        let tokens = [Outcome::Yes, Outcome::No].map(|o| self.markets[market].token(o));
        self.send_custom(&frame, Some(tokens));
    }

    pub(crate) fn tell_order(&mut self, id: B256, kind: &str) {
        let Some(order) = self.orders.get(&id) else {
            return;
        };
        let (account, market) = (order.account, order.market);
        let mut frame = wire::order(self, order);
        frame["event_type"] = json!("order");
        frame["type"] = json!(kind);
        frame["order_owner"] = frame["owner"].clone();
        frame["timestamp"] = json!(self.stamp_ms().to_string());
        self.send_user(account, market, &frame);
    }

    /// Tells every account of a trade how far it has come.
    pub(crate) fn tell_trade(&mut self, id: &str) {
        let Some(trade) = self.trades.get(id).cloned() else {
            return;
        };
        let mut told = BTreeSet::new();
        for leg in trade.legs() {
            if self.accounts.get(leg.account).is_none() || !told.insert(leg.account) {
                continue;
            }
            let mut frame = wire::trade(self, &trade, leg.account);
            frame["event_type"] = json!("trade");
            frame["type"] = json!("TRADE");
            frame["trade_owner"] = json!(leg.key);
            frame["timestamp"] = json!(self.stamp_ms().to_string());
            let copies = if self.faults.strikes(31) {
                2 + self.faults.draw(31, 4)
            } else {
                1
            };
            for _ in 0..copies {
                self.send_user(leg.account, trade.market, &frame);
            }
        }
    }

    /// Venue time as it is told to others, milliseconds.
    pub(crate) fn stamp_ms(&self) -> u64 {
        self.now_ms().saturating_add_signed(self.clock_jump_ms)
    }
}
