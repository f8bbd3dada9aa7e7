//! Forecasts taken down while a tape runs, and scored once the outcomes are known.
//!
//! A row is one market at one forecast time. Markets that ask the negation of a topic's question are left out: they
//! would count every forecast twice.

use std::collections::BTreeMap;

use quorate_domain::{LinkSense, MarketId, Payout, Timestamp, WorkerId};
use quorate_engine::{Engine, ForecastRow};

use crate::report::forecasts::{self, Forecaster, score_forecasters};
use crate::report::model::{ForecasterKind, ForecasterScore};
use crate::tape::Tape;

/// When forecasts are taken down: for every market as many times, evenly spaced over its life on the tape, so that every
/// market counts the same. In order of time.
#[must_use]
pub fn schedule(tape: &Tape, per_market: u32) -> Vec<(Timestamp, MarketId)> {
    let Some((first, last)) = tape.span() else {
        return Vec::new();
    };
    let mut moments = Vec::new();
    for listed in &tape.markets {
        let market = &listed.market;
        if market
            .link
            .is_none_or(|link| link.sense == LinkSense::Complement)
        {
            continue;
        }
        let opens = market.opens_at.unwrap_or(first).max(first);
        let life = market.closes_at.unwrap_or(last).min(last).since(opens);
        let moment = |place: u32| opens.plus(life * (2 * place + 1) / (2 * per_market.max(1)));
        moments.extend((0..per_market).map(|place| (moment(place), market.id)));
    }
    moments.sort_unstable();
    moments
}

/// Forecasts of one run.
#[derive(Debug, Default)]
pub struct Scorebook {
    rows: Vec<(MarketId, Timestamp, ForecastRow)>,
}

impl Scorebook {
    /// Takes down what everybody says about a market at `at`, if it is open and has a price.
    pub fn take_down(&mut self, engine: &Engine, market: MarketId, at: Timestamp) {
        let open = engine
            .markets()
            .get(market)
            .is_some_and(|state| state.is_open(at));
        let row = engine
            .forecast(market, at)
            .filter(|row| row.market_mid.is_some());
        if let Some(row) = row.filter(|_| open) {
            self.rows.push((market, at, row));
        }
    }

    /// Scores of everybody. `outcomes` has each resolved market's payout and the time of its resolution.
    #[must_use]
    pub fn scores(
        &self,
        outcomes: &BTreeMap<MarketId, (Payout, Timestamp)>,
        names: &BTreeMap<WorkerId, String>,
    ) -> Vec<ForecasterScore> {
        let shared = [
            ("blend with market", ForecasterKind::Blend),
            ("collective", ForecasterKind::Collective),
            ("market", ForecasterKind::Market),
            ("plain mean", ForecasterKind::Mean),
            ("median", ForecasterKind::Median),
            ("logit mean", ForecasterKind::LogitMean),
        ];
        let shared = shared
            .into_iter()
            .map(|(name, kind)| (name.to_owned(), kind, None));
        let workers = names
            .iter()
            .map(|(worker, name)| (name.clone(), ForecasterKind::Worker, Some(*worker)));
        let forecasters: Vec<Forecaster> = shared
            .chain(workers)
            .map(|(name, kind, worker)| Forecaster {
                name,
                kind,
                rows: self.rows_of(outcomes, |row| value(row, kind, worker)),
            })
            .collect();
        score_forecasters(&forecasters)
    }

    fn rows_of(
        &self,
        outcomes: &BTreeMap<MarketId, (Payout, Timestamp)>,
        value: impl Fn(&ForecastRow) -> Option<f64>,
    ) -> Vec<forecasts::ForecastRow> {
        let scored = |(market, at, row): &(MarketId, Timestamp, ForecastRow)| {
            let (payout, resolved_at) = outcomes.get(market)?;
            Some(forecasts::ForecastRow {
                market: *market,
                at: *at,
                forecast: value(row)?,
                market_mid: row.market_mid?,
                payout: payout.to_f64(),
                resolved_at: *resolved_at,
            })
        };
        self.rows.iter().filter_map(scored).collect()
    }
}

fn value(row: &ForecastRow, kind: ForecasterKind, worker: Option<WorkerId>) -> Option<f64> {
    match kind {
        ForecasterKind::Worker => row
            .workers
            .iter()
            .find(|(w, _)| Some(*w) == worker)
            .map(|(_, v)| *v),
        ForecasterKind::Mean => row.mean,
        ForecasterKind::Median => row.median,
        ForecasterKind::LogitMean => row.logit_mean,
        ForecasterKind::Collective => row.collective,
        ForecasterKind::Blend => row.blend,
        ForecasterKind::Market => row.market_mid,
    }
}
