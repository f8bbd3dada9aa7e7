//! Orders that went out: against sending one twice, and against answers to orders that were never sent.

use alloc::collections::{BTreeMap, VecDeque};
use core::time::Duration;

use quorate_domain::{
    FOREIGN_INDEX_MIN, MarketId, OrderId, PlaceOrder, Price, Shares, Side, Timestamp, Token,
};
use serde::{Deserialize, Serialize};

/// Names of sent orders that are remembered. An answer follows within minutes, so this outlasts it by far.
pub const ISSUED_KEPT: usize = 10_000;

/// What was last ordered in a token and direction, and has not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    id: OrderId,
    limit: Price,
    shares: Shares,
    at: Timestamp,
}

/// Orders that went out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentOrders {
    #[serde(with = "quorate_domain::pairs")]
    last: BTreeMap<(Token, Side), Last>,
    /// In rising order: names follow the entries that caused them.
    issued: VecDeque<OrderId>,
    forgotten: u64,
    total: u64,
}

impl SentOrders {
    pub(crate) fn sent(&mut self, order: &PlaceOrder, now: Timestamp) {
        let last = Last {
            id: order.id,
            limit: order.limit,
            shares: order.shares,
            at: now,
        };
        self.last.insert((order.token, order.side), last);
        self.issued.push_back(order.id);
        self.total += 1;
        if ISSUED_KEPT < self.issued.len() {
            self.issued.pop_front();
            self.forgotten += 1;
        }
    }

    /// An execution makes the same wish a new one.
    pub(crate) fn filled(&mut self, order: OrderId) {
        self.last.retain(|_, last| last.id != order);
    }

    /// A market is decided: nothing will be ordered there again.
    pub(super) fn forget(&mut self, market: MarketId) {
        self.last.retain(|(token, _), _| token.market != market);
    }

    /// Whether the very same order went out less than `window` ago and has not executed.
    pub(crate) fn is_repeat(&self, order: &PlaceOrder, now: Timestamp, window: Duration) -> bool {
        self.last
            .get(&(order.token, order.side))
            .is_some_and(|last| {
                last.limit == order.limit
                    && last.shares == order.shares
                    && now.since(last.at) < window
            })
    }

    /// Whether a name belongs to an order of ours that was never sent.
    pub(crate) fn is_unsent(&self, id: OrderId) -> bool {
        let remembered = self.issued.front().is_none_or(|oldest| *oldest <= id);
        let old = self.forgotten != 0 && !remembered;
        id.index < FOREIGN_INDEX_MIN && !old && self.issued.binary_search(&id).is_err()
    }

    /// Orders sent so far.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }
}
