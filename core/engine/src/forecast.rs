//! What everybody says about one market at one moment, for scoring.

use alloc::vec::Vec;

use quorate_domain::{LinkSense, MarketId, Probability, WorkerId};

use crate::assess::Known;

/// Values on the market's own YES scale.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastRow {
    /// Midpoint of the book.
    pub market_mid: Option<f64>,
    /// Every worker with a usable value.
    pub workers: Vec<(WorkerId, f64)>,
    /// Plain mean of the workers.
    pub mean: Option<f64>,
    /// Median of the workers.
    pub median: Option<f64>,
    /// Mean of the workers in log odds.
    pub logit_mean: Option<f64>,
    /// The configured scheme.
    pub collective: Option<f64>,
    /// The scheme blended with the market, before exclusive outcomes are made to add up.
    pub blend: Option<f64>,
}

impl ForecastRow {
    pub(crate) fn of(known: &Known<'_>, market: MarketId) -> Option<Self> {
        let state = known.markets.get(market)?;
        let link = state.market.link?;
        let sense = |p: f64| match link.sense {
            LinkSense::Direct => p,
            LinkSense::Complement => 1.0 - p,
        };
        let mid = state.book.midpoint().map(Probability::get);
        let joined = known.beliefs.join(
            link.topic,
            link.epoch,
            link.label,
            known.now,
            known.config.of_topic(Some(link.topic)).age_max(),
        );
        if joined.present == 0 {
            return None;
        }
        let collective = known
            .beliefs
            .combine(link.topic, &joined, mid.map(sense))
            .map(sense);
        let workers = known
            .beliefs
            .workers(link.topic)
            .filter_map(|(worker, column)| {
                Some((worker, sense(joined.values.get(column).copied().flatten()?)))
            })
            .collect();
        Some(Self {
            market_mid: mid,
            workers,
            mean: joined.mean().map(sense),
            median: quorate_collective::simple::median_pool(&joined.values).map(sense),
            logit_mean: quorate_collective::simple::logit_mean_pool(&joined.values, 1.0).map(sense),
            collective,
            blend: collective
                .zip(mid)
                .map(|(q, m)| known.blend(link.topic, q, m)),
        })
    }
}
