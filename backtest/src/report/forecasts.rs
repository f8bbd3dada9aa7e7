//! Scores forecasters side by side: each on its own rows, and all on the rows they share.

use std::collections::{BTreeMap, BTreeSet};

use quorate_domain::{MarketId, Timestamp};

use super::model::{ForecasterKind, ForecasterScore, RowScore, Skill};
use crate::metrics::bootstrap::{SEED, block_bootstrap};
use crate::metrics::calibration::{calibration_bins, murphy};
use crate::metrics::scores::{Scored, brier, log_loss, mean_loss, skill};

/// One forecast of one market, with the market's own price at that moment and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForecastRow {
    /// The market.
    pub market: MarketId,
    /// When the forecast stood; with the market it names the row.
    pub at: Timestamp,
    /// Probability given to YES, 0 to 1.
    pub forecast: f64,
    /// Midpoint of the book at that moment, 0 to 1.
    pub market_mid: f64,
    /// What a YES share paid, 0 to 1.
    pub payout: f64,
    /// When the market resolved; its UTC date is the block of the bootstrap.
    pub resolved_at: Timestamp,
}

/// A forecaster and everything it said about markets that have resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecaster {
    /// Name, unique within the run.
    pub name: String,
    /// What it is.
    pub kind: ForecasterKind,
    /// Its rows in any order, at most one per market and instant.
    pub rows: Vec<ForecastRow>,
}

type RowKey = (MarketId, Timestamp);

/// Scores every forecaster, in the order given. Common rows are those that every forecaster with any row has.
#[must_use]
pub fn score_forecasters(forecasters: &[Forecaster]) -> Vec<ForecasterScore> {
    let shared = shared_keys(forecasters);
    forecasters
        .iter()
        .map(|forecaster| ForecasterScore {
            name: forecaster.name.clone(),
            kind: forecaster.kind,
            own: score_rows(forecaster.rows.iter()),
            common: score_rows(
                forecaster
                    .rows
                    .iter()
                    .filter(|row| shared.contains(&key(row))),
            ),
        })
        .collect()
}

fn key(row: &ForecastRow) -> RowKey {
    (row.market, row.at)
}

fn shared_keys(forecasters: &[Forecaster]) -> BTreeSet<RowKey> {
    let mut sets = forecasters
        .iter()
        .filter(|forecaster| !forecaster.rows.is_empty())
        .map(|forecaster| forecaster.rows.iter().map(key).collect::<BTreeSet<_>>());
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |shared, keys| {
        shared.intersection(&keys).copied().collect()
    })
}

/// Scores one set of rows; `None` when it is empty.
#[must_use]
pub fn score_rows<'a>(rows: impl Iterator<Item = &'a ForecastRow>) -> Option<RowScore> {
    let rows: Vec<&ForecastRow> = rows.collect();
    let own = scored(&rows, |row| row.forecast);
    let market = scored(&rows, |row| row.market_mid);
    let blocks = date_blocks(&rows);
    let bins = calibration_bins(&own);
    let (brier_own, brier_market) = (mean_loss(&own, brier)?, mean_loss(&market, brier)?);
    Some(RowScore {
        rows: rows.len() as u64,
        dates: blocks.len() as u64,
        brier: brier_own,
        log_loss: mean_loss(&own, log_loss)?,
        brier_market,
        log_loss_market: mean_loss(&market, log_loss)?,
        skill: skill(brier_own, brier_market).map(|value| Skill {
            value,
            interval: block_bootstrap(&blocks, SEED, |sums| skill(sums[0], sums[1])),
        }),
        murphy: murphy(&bins),
        calibration: bins,
    })
}

fn scored(rows: &[&ForecastRow], forecast: fn(&ForecastRow) -> f64) -> Vec<Scored> {
    rows.iter()
        .map(|row| Scored {
            forecast: forecast(row),
            payout: row.payout,
        })
        .collect()
}

/// Sums of squared errors of the forecast and of the market, one pair per UTC date of resolution.
fn date_blocks(rows: &[&ForecastRow]) -> Vec<[f64; 2]> {
    let mut blocks: BTreeMap<u64, [f64; 2]> = BTreeMap::new();
    for row in rows {
        let sums = blocks.entry(row.resolved_at.day()).or_default();
        sums[0] += brier(Scored {
            forecast: row.forecast,
            payout: row.payout,
        });
        sums[1] += brier(Scored {
            forecast: row.market_mid,
            payout: row.payout,
        });
    }
    blocks.into_values().collect()
}
