//! The account of one variant: collateral and tokens, final, pending and promised kept apart.

use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::{Outcome, Side};

/// Tokens of one outcome, micro-shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Final; those sold and not yet final are still among them.
    pub confirmed: i64,
    /// Bought and not yet final.
    pub pending_in: i64,
    /// Sold and not yet final.
    pub pending_out: i64,
    /// Promised to open sell orders.
    pub reserved: i64,
}

impl Tokens {
    /// What can be sold, merged or converted now.
    #[must_use]
    pub const fn free(&self) -> i64 {
        self.confirmed - self.pending_out - self.reserved
    }

    /// What will be held when everything pending is final.
    #[must_use]
    pub const fn net(&self) -> i64 {
        self.confirmed + self.pending_in - self.pending_out
    }
}

/// Tokens of one market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Tokens that pay when it happens.
    pub yes: Tokens,
    /// Tokens that pay when it does not.
    pub no: Tokens,
}

impl Position {
    /// Tokens of one outcome.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> &Tokens {
        match outcome {
            Outcome::Yes => &self.yes,
            Outcome::No => &self.no,
        }
    }

    pub(crate) const fn of_mut(&mut self, outcome: Outcome) -> &mut Tokens {
        match outcome {
            Outcome::Yes => &mut self.yes,
            Outcome::No => &mut self.no,
        }
    }
}

/// Everything that ever moved, micro-dollars: the second entry of each booking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// Put in at the start.
    pub deposited: i64,
    /// Paid for tokens, without fees.
    pub bought: i64,
    /// Received for tokens, before fees.
    pub sold: i64,
    /// Taker fees.
    pub fees: i64,
    /// Received for pairs merged and sets converted, less paid for pairs split.
    pub converted: i64,
    /// Received at resolution.
    pub paid_out: i64,
}

impl Flows {
    /// What must be there.
    #[must_use]
    pub const fn net(&self) -> i64 {
        self.deposited - self.bought + self.sold - self.fees + self.converted + self.paid_out
    }
}

/// Collateral and tokens of one variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Final collateral less what matched buys have cost, micro-dollars.
    pub cash: i64,
    /// Proceeds of sells that are not yet final, micro-dollars.
    pub proceeds: i64,
    /// The part of `cash` that open buys keep, micro-dollars.
    pub reserved: i64,
    /// By market.
    pub positions: Vec<Position>,
    /// Everything that ever moved.
    pub flows: Flows,
}

/// One execution in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) market: u32,
    pub(crate) outcome: Outcome,
    pub(crate) side: Side,
    pub(crate) shares: i64,
    /// Micro-dollars without the fee.
    pub(crate) amount: i64,
    pub(crate) fee: i64,
}

impl Booking {
    /// What the buyer pays or the seller receives.
    pub(crate) const fn total(&self) -> i64 {
        match self.side {
            Side::Buy => self.amount + self.fee,
            Side::Sell => self.amount - self.fee,
        }
    }
}

impl Account {
    pub(crate) fn new(cash: i64, markets: usize) -> Self {
        Self {
            cash,
            proceeds: 0,
            reserved: 0,
            positions: vec![Position::default(); markets],
            flows: Flows {
                deposited: cash,
                ..Flows::default()
            },
        }
    }

    /// Whether collateral equals everything that ever moved, and nothing is promised twice or negative.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let tokens = self.positions.iter().flat_map(|p| [&p.yes, &p.no]);
        let mut parts = tokens
            .clone()
            .flat_map(|t| [t.confirmed, t.pending_in, t.pending_out, t.reserved]);
        self.cash + self.proceeds == self.flows.net()
            && (0..=self.cash).contains(&self.reserved)
            && self.proceeds >= 0
            && parts.all(|part| part >= 0)
            && tokens.clone().all(|t| t.free() >= 0)
    }

    /// Micro-dollars that are nobody's claim.
    #[must_use]
    pub const fn free_cash(&self) -> i64 {
        self.cash - self.reserved
    }

    /// Collateral including what open buys keep and what sells still bring, micro-dollars.
    #[must_use]
    pub const fn cash_total(&self) -> i64 {
        self.cash + self.proceeds
    }

    #[inline]
    pub(crate) fn tokens(&mut self, market: u32, outcome: Outcome) -> &mut Tokens {
        self.positions[market as usize].of_mut(outcome)
    }

    /// What an order of this direction may still claim.
    pub(crate) fn free(&self, market: u32, outcome: Outcome, side: Side) -> i64 {
        match side {
            Side::Buy => self.free_cash(),
            Side::Sell => self.positions[market as usize].of(outcome).free(),
        }
    }

    pub(crate) fn reserve(&mut self, market: u32, outcome: Outcome, side: Side, by: i64) {
        match side {
            Side::Buy => self.reserved += by,
            Side::Sell => self.tokens(market, outcome).reserved += by,
        }
    }

    /// A match: a buyer's money and a seller's tokens are gone at once, the other part comes when it is final.
    pub(crate) fn book(&mut self, booking: &Booking) {
        self.flows.fees += booking.fee;
        match booking.side {
            Side::Buy => {
                self.cash -= booking.total();
                self.flows.bought += booking.amount;
                self.tokens(booking.market, booking.outcome).pending_in += booking.shares;
            }
            Side::Sell => {
                self.proceeds += booking.total();
                self.flows.sold += booking.amount;
                self.tokens(booking.market, booking.outcome).pending_out += booking.shares;
            }
        }
    }

    /// The match became final.
    pub(crate) fn confirm(&mut self, booking: &Booking) {
        let total = booking.total();
        let tokens = self.tokens(booking.market, booking.outcome);
        match booking.side {
            Side::Buy => {
                tokens.pending_in -= booking.shares;
                tokens.confirmed += booking.shares;
            }
            Side::Sell => {
                tokens.pending_out -= booking.shares;
                tokens.confirmed -= booking.shares;
                self.proceeds -= total;
                self.cash += total;
            }
        }
    }

    /// The match failed: it never happened.
    pub(crate) fn undo(&mut self, booking: &Booking) {
        self.flows.fees -= booking.fee;
        match booking.side {
            Side::Buy => {
                self.cash += booking.total();
                self.flows.bought -= booking.amount;
                self.tokens(booking.market, booking.outcome).pending_in -= booking.shares;
            }
            Side::Sell => {
                self.proceeds -= booking.total();
                self.flows.sold -= booking.amount;
                self.tokens(booking.market, booking.outcome).pending_out -= booking.shares;
            }
        }
    }
}
