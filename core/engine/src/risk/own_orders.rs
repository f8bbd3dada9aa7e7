//! Trading with oneself: whether an order would meet another one of the same account.
//!
//! All orders of a market meet in one book. Buying NO at `q` is selling YES at `1 - q` there: a purchase of YES and one
//! of NO whose prices reach a dollar together would be matched by minting a pair.

use quorate_domain::{BookSide, Outcome, Price, Side, Token};

/// Where an order stands on the YES scale.
fn on_yes_scale(token: Token, side: Side, limit: Price) -> (BookSide, Price) {
    let half = BookSide::taken_by(side).opposite();
    match token.outcome {
        Outcome::Yes => (half, limit),
        Outcome::No => (half.opposite(), limit.complement()),
    }
}

/// Whether two orders of one market would be matched with each other.
#[must_use]
pub fn would_meet(one: (Token, Side, Price), other: (Token, Side, Price)) -> bool {
    let (half, price) = on_yes_scale(one.0, one.1, one.2);
    let (other_half, other_price) = on_yes_scale(other.0, other.1, other.2);
    let meets = match (half, other_half) {
        (BookSide::Bid, BookSide::Ask) => other_price <= price,
        (BookSide::Ask, BookSide::Bid) => price <= other_price,
        _ => false,
    };
    one.0.market == other.0.market && meets
}
