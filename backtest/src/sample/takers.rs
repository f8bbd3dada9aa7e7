//! Those who take: informed traders who know the truth and buy below it, and noise traders who know nothing.

use quorate_domain::{Book, BookSide, FeeSchedule, Price, Shares, Side};

use super::conduct::Conduct;
use super::random::Stream;

/// Profit per share after the fee that an informed trader wants, in dollars.
const WANTED_PROFIT: f64 = 0.01;

/// What a taker sends: a direction, the worst price it accepts, and a size.
pub(super) struct Taking {
    pub(super) side: Side,
    pub(super) limit: Price,
    pub(super) shares: Shares,
}

/// What a trader does who knows the true value: it takes every level that is wrong by more than the fee and the wanted
/// profit, up to its size.
pub(super) fn informed(
    book: &Book,
    truth: f64,
    fee: FeeSchedule,
    conduct: &Conduct,
    random: &mut Stream,
) -> Option<Taking> {
    let shares = whole_shares(conduct.informed_shares, random);
    [Side::Buy, Side::Sell].into_iter().find_map(|side| {
        let worth_it = |price: Price| {
            let gain = match side {
                Side::Buy => truth - price.to_f64(),
                Side::Sell => price.to_f64() - truth,
            };
            gain - fee.taker_per_share(price.to_f64()) > WANTED_PROFIT
        };
        let levels = book.levels(BookSide::taken_by(side));
        let limit = levels
            .map(|level| level.price)
            .take_while(|price| worth_it(*price))
            .last()?;
        Some(Taking {
            side,
            limit,
            shares,
        })
    })
}

/// What a trader does who knows nothing: a random side and size, at the best price.
pub(super) fn noise(book: &Book, conduct: &Conduct, random: &mut Stream) -> Option<Taking> {
    let side = if random.happens(0.5) {
        Side::Buy
    } else {
        Side::Sell
    };
    let shares = whole_shares(conduct.noise_shares, random);
    let limit = book.best(BookSide::taken_by(side))?.price;
    Some(Taking {
        side,
        limit,
        shares,
    })
}

/// From 5 whole shares, the venue's smallest order, to `most`; small sizes are more common.
fn whole_shares(most: u64, random: &mut Stream) -> Shares {
    let larger = 1 + random.below(most.saturating_sub(5).max(1));
    Shares::whole(5 + random.below(larger))
}
