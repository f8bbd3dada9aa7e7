//! A world the program carries with it: elections and price windows that never were, with order books, trades,
//! workers and outcomes, all drawn from a seed.
//!
//! The structure is true and the content is invented. Outcomes are drawn from the very process whose probabilities
//! are the true values, those values are martingales, the market is a late and noisy but decent forecaster, and among
//! the workers there are good ones, useless ones and a liar. A result on such a world proves that the machinery works;
//! it proves nothing about profit.
//!
//! Everything is computed with whole numbers and `libm`, so that a seed makes the same bytes on every platform.

mod as_tape;
mod campaign;
mod conduct;
mod files;
mod listing;
mod maker;
mod path;
mod price;
mod price_session;
mod publishing;
mod question;
mod random;
mod readme;
mod recorded_book;
mod spec;
mod takers;
mod trading;
mod workers;

use quorate_domain::{MarketInput, Timestamp};

pub use files::write;
pub use path::Path;
pub use price_session::price_session;
pub use publishing::SampleInference;
pub use question::{Pace, Question, SampleMarket};
pub use spec::{WorldSize, WorldSpec};
pub use workers::{Attendance, Method, SampleWorker, WORKERS};

use publishing::Knowledge;
use random::Stream;

/// What is true: the markets with their true values and payouts, without any trading.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// All markets; a market's identity is its place here.
    pub markets: Vec<SampleMarket>,
    /// The questions that bind them together.
    pub questions: Vec<Question>,
}

/// A whole sample world.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// What it was made from.
    pub spec: WorldSpec,
    /// What is true.
    pub truth: Truth,
    /// Book changes, trades and changes of the tick size, in time order.
    pub market_inputs: Vec<(Timestamp, MarketInput)>,
    /// Path of the midpoint by market; NaN while a book is one-sided.
    pub mids: Vec<Path>,
    /// What the workers published, in time order.
    pub inferences: Vec<SampleInference>,
}

/// Draws what is true in the world of a specification, without trading: much faster than [`generate`], and equal to
/// its [`World::truth`].
#[must_use]
pub fn draw_truth(spec: &WorldSpec) -> Truth {
    listing::draw(*spec)
}

/// Makes the world of a specification.
#[must_use]
pub fn generate(spec: &WorldSpec) -> World {
    let truth = draw_truth(spec);
    let (market_inputs, mids) = trade_all(*spec, &truth);
    let inferences = publish_all(
        *spec,
        &Knowledge {
            markets: &truth.markets,
            mids: &mids,
        },
        &truth.questions,
    );
    World {
        spec: *spec,
        truth,
        market_inputs,
        mids,
        inferences,
    }
}

fn trade_all(spec: WorldSpec, truth: &Truth) -> (Vec<(Timestamp, MarketInput)>, Vec<Path>) {
    let mut inputs = Vec::new();
    let mut mids = vec![Path::default(); truth.markets.len()];
    for question in &truth.questions {
        for market in &question.markets {
            let place = market.0 as usize;
            let mut random = Stream::of_part(spec.seed, "trading", u64::from(market.0));
            let (feed, path) = trading::trade(
                &truth.markets[place],
                question.pace,
                spec.calendar(),
                &mut random,
            );
            inputs.extend(feed);
            mids[place] = path;
        }
    }
    // Stable: what happens to one market at one moment keeps its order.
    inputs.sort_by_key(|(at, input)| (*at, input.market));
    (inputs, mids)
}

fn publish_all(
    spec: WorldSpec,
    knowledge: &Knowledge<'_>,
    questions: &[Question],
) -> Vec<SampleInference> {
    let mut inferences = Vec::new();
    for worker in 0..WORKERS.len() {
        for (number, question) in (0_u64..).zip(questions) {
            let index = number * WORKERS.len() as u64 + worker as u64;
            let mut random = Stream::of_part(spec.seed, "worker", index);
            inferences.extend(publishing::publish(
                worker,
                question,
                knowledge,
                &mut random,
            ));
        }
    }
    inferences
        .sort_by_key(|inference| (inference.published_at, inference.worker, inference.market));
    inferences
}
