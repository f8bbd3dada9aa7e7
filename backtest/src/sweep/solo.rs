//! One variant over one tape, without baselines: what a sweep, the look-ahead finder and contributions are made of.

use std::collections::BTreeMap;

use quorate_collective::SchemeError;
use quorate_domain::{Cash, Entry, Input, MarketId, Outcome, Payout, Timestamp, Token, WorkerId};
use quorate_engine::{Effects, Engine, Strategy};
use quorate_venue::{Exchange, FillRule};

use crate::replay::recorder::Recorder;
use crate::replay::scores::schedule;
use crate::replay::{RunSpec, Session, UnknownTopic, Witness};
use crate::tape::{LoadedTape, Tape, TapeRecord};

/// Why a variant cannot be replayed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SoloError {
    /// The tape has no record.
    #[error("the tape is empty: there is nothing to replay")]
    EmptyTape,
    /// Midpoints were recorded, and the exchange was told to fill at the observation that an order was decided on.
    #[error(
        "the tape has midpoints and no prices: set `fills = \"next_observation\"` under [venue]"
    )]
    Midpoints,
    /// A topic that the tape does not have.
    #[error(transparent)]
    Topic(#[from] UnknownTopic),
    /// A scheme whose parameters make no sense.
    #[error("the collective's scheme: {0}")]
    Scheme(SchemeError),
}

/// What one market came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketResult {
    /// The market.
    pub market: MarketId,
    /// Its first execution.
    pub from: Timestamp,
    /// Its resolution; the end of the replay when it came later or never.
    pub until: Timestamp,
    /// Whether it was resolved; an open one is marked at the bid.
    pub resolved: bool,
    /// Cash in less cash out, fees included, and the worth of what is still held; micro-dollars.
    pub pnl: Cash,
}

/// What was said about a market at a scheduled moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The market.
    pub market: MarketId,
    /// The moment.
    pub at: Timestamp,
    /// Probability that is traded on; absent when there was none.
    pub blend: Option<f64>,
    /// Midpoint of the book.
    pub market_mid: Option<f64>,
    /// What each worker said, as a probability of the market's YES.
    pub workers: Vec<(WorkerId, f64)>,
}

/// A finished replay.
#[derive(Debug)]
pub struct Solo {
    /// Everything written down.
    pub recorder: Recorder,
    /// Forecasts at the scheduled moments, in order of time.
    pub said: Vec<Said>,
    /// Markets with at least one execution, by number.
    pub markets: Vec<MarketResult>,
    /// Equity at the end, micro-dollars.
    pub final_equity: Cash,
    /// Payout and time of every resolution that was replayed.
    pub outcomes: BTreeMap<MarketId, (Payout, Timestamp)>,
}

/// Which part of a tape is replayed.
pub type Keep<'a> = &'a (dyn Fn(&TapeRecord) -> bool + Sync);

/// Replays every record.
#[must_use]
pub fn everything(_: &TapeRecord) -> bool {
    true
}

/// Replays the product of a run file over those records of a tape that `keep` takes.
///
/// # Errors
/// See [`SoloError`].
pub fn solo(spec: &RunSpec, loaded: &LoadedTape, keep: Keep<'_>) -> Result<Solo, SoloError> {
    let strategy = spec.strategy(&loaded.tape)?;
    solo_with(spec, loaded, strategy, keep, &mut Unseen)
}

/// As [`solo`], with a strategy of the caller's and a second witness who sees everything as well.
///
/// # Errors
/// See [`SoloError`].
pub fn solo_with(
    spec: &RunSpec,
    loaded: &LoadedTape,
    strategy: Box<dyn Strategy>,
    keep: Keep<'_>,
    second: &mut impl Witness,
) -> Result<Solo, SoloError> {
    let tape = &loaded.tape;
    let (start, last) = tape.span().ok_or(SoloError::EmptyTape)?;
    if loaded.assumptions.quotes_from_mid != 0 && spec.venue.fills == FillRule::RecordedDepth {
        return Err(SoloError::Midpoints);
    }
    let config = spec.engine_config(tape)?;
    let engine = Engine::new(config, strategy).map_err(SoloError::Scheme)?;
    let mut session = Session::new(engine, Exchange::new(spec.venue));
    let names = tape.markets.iter().map(|listed| listed.market.name.clone());
    let mut witness = Both {
        first: Recorder::new(spec.equity_every, names.collect()),
        second,
    };
    let mut said = Vec::new();
    let mut moments = schedule(tape, spec.forecasts_per_market)
        .into_iter()
        .peekable();
    for listing in tape.listings() {
        session.observe(start, Input::Listed(listing), &mut witness);
    }
    session.deposit(start, spec.bankroll, &mut witness);
    let mut end = start;
    for record in tape.records.iter().filter(|record| keep(record)) {
        while let Some((at, market)) = moments.next_if(|(at, _)| *at < record.at) {
            session.advance(at, &mut witness);
            said.extend(heard(session.engine(), market, at));
        }
        session.observe(record.at, record.input.clone(), &mut witness);
        end = record.at;
    }
    session.finish(&mut witness);
    let mut recorder = witness.first;
    let end = end
        .max(session.venue().now())
        .min(last.max(session.venue().now()));
    recorder.sample(session.engine(), end);
    let outcomes = resolved_by(tape, keep);
    let markets = market_results(session.engine(), &recorder, &outcomes, end);
    Ok(Solo {
        final_equity: session.engine().equity(),
        recorder,
        said,
        markets,
        outcomes,
    })
}

fn heard(engine: &Engine, market: MarketId, at: Timestamp) -> Option<Said> {
    let open = engine.markets().get(market)?.is_open(at);
    let row = engine.forecast(market, at).filter(|_| open)?;
    Some(Said {
        market,
        at,
        blend: row.blend,
        market_mid: row.market_mid,
        workers: row.workers,
    })
}

fn resolved_by(tape: &Tape, keep: Keep<'_>) -> BTreeMap<MarketId, (Payout, Timestamp)> {
    let mut outcomes = BTreeMap::new();
    for record in tape.records.iter().filter(|record| keep(record)) {
        if let Input::Resolved(resolution) = &record.input {
            let outcome = (resolution.payout, record.at);
            outcomes.entry(resolution.market).or_insert(outcome);
        }
    }
    outcomes
}

fn market_results(
    engine: &Engine,
    recorder: &Recorder,
    outcomes: &BTreeMap<MarketId, (Payout, Timestamp)>,
    end: Timestamp,
) -> Vec<MarketResult> {
    let mut first_fill = BTreeMap::new();
    for recorded in &recorder.fills {
        let market = recorded.fill.token.market;
        first_fill.entry(market).or_insert(recorded.at);
    }
    first_fill
        .into_iter()
        .map(|(market, from)| {
            let flow = recorder
                .markets
                .get(&market)
                .map_or(Cash::ZERO, |it| it.flow);
            let resolved = outcomes.get(&market).map(|(_, at)| *at);
            MarketResult {
                market,
                from,
                until: resolved.unwrap_or(end).max(from),
                resolved: resolved.is_some(),
                pnl: flow + worth(engine, market),
            }
        })
        .collect()
}

/// Worth of what is still held in a market, at the marks of the equity curve, rounded down to a micro-dollar.
fn worth(engine: &Engine, market: MarketId) -> Cash {
    let held = |outcome| {
        let position = engine.ledger().position(Token { market, outcome });
        let mark = engine
            .markets()
            .get(market)
            .map_or(0.0, |it| it.mark(outcome));
        mark * position.expected().to_f64()
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates; worth is reported, never paid"
    )]
    let micros = libm::floor((held(Outcome::Yes) + held(Outcome::No)) * 1e6) as i64;
    Cash::from_micros(micros)
}

/// A witness that looks away.
pub(crate) struct Unseen;

impl Witness for Unseen {
    fn handled(&mut self, _: &Engine, _: &Entry, _: &Effects) {}
}

struct Both<'a, W> {
    first: Recorder,
    second: &'a mut W,
}

impl<W: Witness> Witness for Both<'_, W> {
    fn handled(&mut self, engine: &Engine, entry: &Entry, effects: &Effects) {
        self.first.handled(engine, entry, effects);
        self.second.handled(engine, entry, effects);
    }
}
