//! Forecasts taken down while a tape runs, and scored once the outcomes are known.
//!
//! A row is one market at one forecast time. Markets that ask the negation of a topic's question are left out: they
//! would count every forecast twice.

use std::collections::BTreeMap;

use quorate_domain::{LinkSense, MarketId, Payout, Timestamp, WorkerId};
use quorate_engine::{Engine, ForecastRow};

use crate::metrics::bootstrap::{SEED, block_bootstrap};
use crate::metrics::calibration::{calibration_bins, murphy};
use crate::metrics::scores::{Scored, brier, log_loss, mean_loss, skill};
use crate::report::model::{ForecasterKind, ForecasterScore, RowScore, Skill};

/// Forecasts of one run.
#[derive(Debug, Default)]
pub struct Scorebook {
    rows: Vec<(MarketId, ForecastRow)>,
}

/// A forecast with the market's on the same row, and its outcome.
#[derive(Clone, Copy)]
struct Judged {
    date: u64,
    own: Scored,
    market: Scored,
}

impl Scorebook {
    /// Takes down what everybody says now about every open market of a topic.
    pub fn take_down(&mut self, engine: &Engine, at: Timestamp) {
        for state in engine.markets().iter() {
            let direct = state.market.link.is_some_and(|link| link.sense == LinkSense::Direct);
            if !direct || !state.is_open(at) {
                continue;
            }
            if let Some(row) = engine.forecast(state.market.id)
                && row.market_mid.is_some()
            {
                self.rows.push((state.market.id, row));
            }
        }
    }

    /// Scores of everybody. `outcomes` has each resolved market's payout and the time of its resolution.
    #[must_use]
    pub fn scores(
        &self,
        outcomes: &BTreeMap<MarketId, (Payout, Timestamp)>,
        names: &BTreeMap<WorkerId, String>,
    ) -> Vec<ForecasterScore> {
        let rows: Vec<(&ForecastRow, Payout, u64)> = self
            .rows
            .iter()
            .filter_map(|(market, row)| {
                let (payout, at) = outcomes.get(market)?;
                Some((row, *payout, at.day()))
            })
            .collect();
        let forecasters = forecasters(names);
        let common: Vec<bool> =
            rows.iter().map(|(row, ..)| forecasters.iter().all(|f| f.value(row).is_some())).collect();
        forecasters
            .iter()
            .map(|forecaster| {
                let judged: Vec<(bool, Judged)> = rows
                    .iter()
                    .zip(&common)
                    .filter_map(|((row, payout, date), common)| {
                        Some((*common, judge(forecaster.value(row)?, row.market_mid?, *payout, *date)))
                    })
                    .collect();
                let all: Vec<Judged> = judged.iter().map(|(_, j)| *j).collect();
                let shared: Vec<Judged> = judged.iter().filter(|(c, _)| *c).map(|(_, j)| *j).collect();
                ForecasterScore {
                    name: forecaster.name.clone(),
                    kind: forecaster.kind,
                    own: score(&all),
                    common: score(&shared),
                }
            })
            .collect()
    }
}

struct Forecaster {
    name: String,
    kind: ForecasterKind,
    worker: Option<WorkerId>,
}

impl Forecaster {
    fn value(&self, row: &ForecastRow) -> Option<f64> {
        match self.kind {
            ForecasterKind::Worker => row.workers.iter().find(|(w, _)| Some(*w) == self.worker).map(|(_, v)| *v),
            ForecasterKind::Mean => row.mean,
            ForecasterKind::Median => row.median,
            ForecasterKind::LogitMean => row.logit_mean,
            ForecasterKind::Collective => row.collective,
            ForecasterKind::Blend => row.blend,
            ForecasterKind::Market => row.market_mid,
        }
    }
}

/// The collective and its baselines first, then the workers by number.
fn forecasters(names: &BTreeMap<WorkerId, String>) -> Vec<Forecaster> {
    let shared = [
        ("blend with market", ForecasterKind::Blend),
        ("collective", ForecasterKind::Collective),
        ("market", ForecasterKind::Market),
        ("plain mean", ForecasterKind::Mean),
        ("median", ForecasterKind::Median),
        ("logit mean", ForecasterKind::LogitMean),
    ];
    let shared = shared.into_iter().map(|(name, kind)| Forecaster { name: name.into(), kind, worker: None });
    let workers = names.iter().map(|(worker, name)| Forecaster {
        name: name.clone(),
        kind: ForecasterKind::Worker,
        worker: Some(*worker),
    });
    shared.chain(workers).collect()
}

fn judge(value: f64, mid: f64, payout: Payout, date: u64) -> Judged {
    let scored = |forecast| Scored { forecast, payout: payout.to_f64() };
    Judged { date, own: scored(value), market: scored(mid) }
}

fn score(judged: &[Judged]) -> Option<RowScore> {
    let own: Vec<Scored> = judged.iter().map(|j| j.own).collect();
    let market: Vec<Scored> = judged.iter().map(|j| j.market).collect();
    let brier_own = mean_loss(&own, brier)?;
    let brier_market = mean_loss(&market, brier)?;
    let blocks = by_date(judged);
    let bins = calibration_bins(&own);
    Some(RowScore {
        rows: judged.len() as u64,
        dates: blocks.len() as u64,
        brier: brier_own,
        log_loss: mean_loss(&own, log_loss)?,
        brier_market,
        log_loss_market: mean_loss(&market, log_loss)?,
        skill: skill(brier_own, brier_market).map(|value| Skill {
            value,
            interval: block_bootstrap(&blocks, SEED, |[own, market]| skill(*own, *market)),
        }),
        murphy: murphy(&bins),
        calibration: bins,
    })
}

/// Summed Brier losses, own and market's, of every resolution date.
fn by_date(judged: &[Judged]) -> Vec<[f64; 2]> {
    let mut dates: BTreeMap<u64, [f64; 2]> = BTreeMap::new();
    for j in judged {
        let sums = dates.entry(j.date).or_default();
        sums[0] += brier(j.own);
        sums[1] += brier(j.market);
    }
    dates.into_values().collect()
}
