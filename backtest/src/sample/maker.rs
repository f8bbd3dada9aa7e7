//! The market maker: quotes several levels around a belief that is late, noisy and moved by the trades it sees.

use libm::{exp, floor, sqrt};
use quorate_domain::math::{logit, sigmoid};
use quorate_domain::{Book, BookSide, Level, Price, Shares, Side, TickSize};

use super::conduct::Conduct;
use super::random::Stream;

/// A price this far from both ends is quoted in cents, beyond it in tenths of a cent (the venue's own rule).
const FINE_BELOW: f64 = 0.04;
/// Finer price step.
const FINE_TICK_MICROS: i64 = 1_000;
/// Share of the pressure of past trades that is kept from one look to the next.
const FLOW_KEPT: f64 = 0.85;
/// Belief is held within these odds.
const CLIP: f64 = 0.0005;

/// The maker of one market.
pub(super) struct Maker {
    /// Error in units of its standard deviation.
    error: f64,
    /// Pressure of past trades in log odds.
    flow: f64,
    /// Probability it quotes around.
    belief: f64,
}

/// The prices at which a maker wants to rest, best first.
pub(super) struct Quotes {
    pub(super) bids: Vec<Price>,
    pub(super) asks: Vec<Price>,
}

impl Maker {
    pub(super) fn new(random: &mut Stream) -> Self {
        Self {
            error: random.normal(),
            flow: 0.0,
            belief: 0.5,
        }
    }

    pub(super) fn belief(&self) -> f64 {
        self.belief
    }

    /// Looks at what it knows of the truth and forms a new belief.
    pub(super) fn look(&mut self, known: f64, conduct: &Conduct, random: &mut Stream) {
        let kept = conduct.error_kept;
        self.error = kept * self.error + sqrt(1.0 - kept * kept) * random.normal();
        self.flow *= FLOW_KEPT;
        let odds = logit(known.clamp(CLIP, 1.0 - CLIP)) + conduct.error * self.error + self.flow;
        self.belief = sigmoid(odds);
    }

    /// Learns from a trade against its quotes.
    pub(super) fn learn(&mut self, taker: Side, taken: Shares, conduct: &Conduct) {
        let push = conduct.impact * taken.to_f64() / conduct.shares_per_level;
        self.flow += match taker {
            Side::Buy => push,
            Side::Sell => -push,
        };
    }

    /// The finer price step, once the belief is so extreme that the venue would switch to it.
    pub(super) fn finer_tick(&self, tick: TickSize) -> Option<TickSize> {
        let extreme = !(FINE_BELOW..=1.0 - FINE_BELOW).contains(&self.belief);
        let fine = TickSize::from_micros(FINE_TICK_MICROS).ok()?;
        (extreme && tick > fine).then_some(fine)
    }

    /// Where it wants to rest: rounded away from its belief. Near the ends of the scale a side can be empty.
    pub(super) fn quotes(&self, tick: TickSize, conduct: &Conduct) -> Quotes {
        // The less uncertain the outcome, the less a share can move.
        let width = 0.3 + 0.7 * 4.0 * self.belief * (1.0 - self.belief);
        let half = conduct.half_spread_micros * width;
        let bid = tick.floor(micros(self.belief * 1e6 - half));
        let ask = tick.ceil(micros(self.belief * 1e6 + half) + 1);
        Quotes {
            bids: ladder(bid, -1, tick, conduct.levels),
            asks: ladder(ask, 1, tick, conduct.levels),
        }
    }
}

/// Whole micro-dollars at or below `value`.
fn micros(value: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "prices are below a million"
    )]
    let whole = floor(value) as i64;
    whole
}

/// Prices from the best outwards, a cent apart, or three fine steps.
fn ladder(best: Option<Price>, direction: i64, tick: TickSize, levels: u32) -> Vec<Price> {
    let gap = if tick == TickSize::CENT { 1 } else { 3 };
    let step = i64::from(tick.micros()) * gap * direction;
    best.map(|best| {
        (0..i64::from(levels))
            .map_while(|level| Price::from_micros(i64::from(best.micros()) + step * level).ok())
            .collect()
    })
    .unwrap_or_default()
}

/// Fresh levels at the wanted prices.
pub(super) fn fresh_levels(prices: &[Price], conduct: &Conduct, random: &mut Stream) -> Vec<Level> {
    prices
        .iter()
        .map(|price| Level {
            price: *price,
            shares: level_shares(conduct, random),
        })
        .collect()
}

/// What must change for the book to hold the quotes: first what is no longer wanted goes, then missing and worn levels
/// are filled. Levels that are still wanted keep their size and their place in the queue.
pub(super) fn requote(
    book: &Book,
    quotes: &Quotes,
    conduct: &Conduct,
    random: &mut Stream,
) -> Vec<(BookSide, Level)> {
    let mut changes = Vec::new();
    for (side, wanted) in [(BookSide::Bid, &quotes.bids), (BookSide::Ask, &quotes.asks)] {
        let gone = book
            .levels(side)
            .filter(|level| !wanted.contains(&level.price));
        changes.extend(gone.map(|level| {
            (
                side,
                Level {
                    price: level.price,
                    shares: Shares::ZERO,
                },
            )
        }));
    }
    let worn = Shares::floor_from_f64(0.4 * conduct.shares_per_level);
    for (side, wanted) in [(BookSide::Bid, &quotes.bids), (BookSide::Ask, &quotes.asks)] {
        for price in wanted
            .iter()
            .filter(|price| book.shares_at(side, **price) < worn)
        {
            changes.push((
                side,
                Level {
                    price: *price,
                    shares: level_shares(conduct, random),
                },
            ));
        }
    }
    changes
}

/// Whole shares around the median, never worn from the start.
fn level_shares(conduct: &Conduct, random: &mut Stream) -> Shares {
    let factor = exp(0.5 * random.normal()).clamp(0.45, 3.0);
    Shares::floor_from_f64(conduct.shares_per_level * factor).floor_to(Shares::whole(1))
}
