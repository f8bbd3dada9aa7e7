//! What the venue tells a variant, who may listen, and the hash over all of it.

use quorate_domain::{CancelReason, Liquidity, Outcome, RefusalReason, Side};

use super::tick::Ticks;

/// An execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastFill {
    /// Number of the order.
    pub order: u32,
    /// Index of the market.
    pub market: u32,
    /// What was traded.
    pub outcome: Outcome,
    /// Direction, ours.
    pub side: Side,
    /// Price in the token's own terms.
    pub price: Ticks,
    /// Micro-shares.
    pub shares: u64,
    /// Fee, micro-dollars.
    pub fee: u64,
    /// Maker or taker.
    pub liquidity: Liquidity,
}

/// What the venue says. Orders go by their numbers; sizes are micro-shares, money micro-dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields' names and units are said once, above"
)]
pub enum Answer {
    /// The order rests.
    Accepted { order: u32 },
    /// The order was refused.
    Refused { order: u32, reason: RefusalReason },
    /// The order ended before it was filled whole.
    Cancelled { order: u32, reason: CancelReason },
    /// The order executed, wholly or in part.
    Filled(FastFill),
    /// A match became final.
    Confirmed { order: u32, shares: u64 },
    /// A match failed on the chain and is undone.
    Failed { order: u32, shares: u64 },
    /// Pairs became collateral.
    Merged { market: u32, shares: u64 },
    /// Collateral became pairs.
    Split { market: u32, shares: u64 },
    /// NO tokens of a set of a group's markets became the others' YES tokens, and collateral.
    Converted { group: u32, set: u64, shares: u64 },
    /// A decided market paid.
    Redeemed {
        market: u32,
        yes: u64,
        no: u64,
        cash: u64,
    },
    /// A transaction asked for more than was there and changed nothing. For a conversion `market` is the group.
    Reverted { market: u32, shares: u64 },
}

/// Listens to everything the venue says.
pub trait Witness {
    /// The venue says `answer` to the variant with this index, at an instant in nanoseconds.
    fn heard(&mut self, variant: u32, at: u64, answer: &Answer);
}

/// Nobody listens.
impl Witness for () {
    #[inline]
    fn heard(&mut self, _: u32, _: u64, _: &Answer) {}
}

/// Keeps everything, in the order said.
impl Witness for alloc::vec::Vec<(u32, u64, Answer)> {
    fn heard(&mut self, variant: u32, at: u64, answer: &Answer) {
        self.push((variant, at, *answer));
    }
}

/// A running hash over answers and their times. It tells runs apart; it does not resist people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogHash(pub(crate) u64);

impl LogHash {
    pub(crate) const EMPTY: Self = Self(0x243f_6a88_85a3_08d3);

    #[inline]
    pub(crate) fn add(&mut self, at: u64, answer: &Answer) {
        let (code, a, b, c): (u64, u64, u64, u64) = match *answer {
            Answer::Accepted { order } => (1, u64::from(order), 0, 0),
            Answer::Refused { order, reason } => (2, u64::from(order), reason as u64, 0),
            Answer::Cancelled { order, reason } => (3, u64::from(order), reason as u64, 0),
            Answer::Filled(fill) => {
                let terms = u64::from(fill.market)
                    | u64::from(fill.price) << 32
                    | (fill.outcome as u64) << 48
                    | (fill.side as u64) << 49
                    | (fill.liquidity as u64) << 50;
                let order = u64::from(fill.order) << 32 ^ fill.fee;
                (4, order, terms, fill.shares)
            }
            Answer::Confirmed { order, shares } => (5, u64::from(order), shares, 0),
            Answer::Failed { order, shares } => (6, u64::from(order), shares, 0),
            Answer::Merged { market, shares } => (7, u64::from(market), shares, 0),
            Answer::Split { market, shares } => (8, u64::from(market), shares, 0),
            Answer::Converted { group, set, shares } => (9, u64::from(group), set, shares),
            Answer::Redeemed {
                market,
                yes,
                no,
                cash,
            } => {
                self.word(cash);
                (10, u64::from(market), yes, no)
            }
            Answer::Reverted { market, shares } => (11, u64::from(market), shares, 0),
        };
        self.word(at);
        self.word(code << 56 ^ a);
        if code >= 2 {
            self.word(b);
            self.word(c);
        }
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(29) ^ word).wrapping_mul(0x9fb2_1c65_1e98_df25);
    }
}
