//! What everybody says about one market at one moment, for scoring.

use alloc::vec::Vec;

use quorate_domain::{LinkSense, MarketId, Probability, TopicLink, WorkerId};

use crate::assess::Known;
use crate::prices::Voice;

/// Values on the market's own YES scale.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastRow {
    /// Midpoint of the book.
    pub market_mid: Option<f64>,
    /// Every worker with a usable value.
    pub workers: Vec<(WorkerId, f64)>,
    /// Weight of each of them in the configured scheme, 0 to 1, where it has one; not for topics on prices.
    pub weights: Vec<(WorkerId, f64)>,
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
            LinkSense::Direct | LinkSense::Price(_) => p,
            LinkSense::Complement => 1.0 - p,
        };
        let mid = state.book.midpoint().map(Probability::get);
        if matches!(link.sense, LinkSense::Price(_)) {
            return Self::of_price(known, (market, link), mid);
        }
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
        let shares = known.beliefs.weights(link.topic, &joined, mid.map(sense));
        let weights = known
            .beliefs
            .workers(link.topic)
            .filter_map(|(worker, column)| Some((worker, *shares.get(column)?)))
            .collect();
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
            weights,
            mean: joined.mean().map(sense),
            median: quorate_collective::simple::median_pool(&joined.values).map(sense),
            logit_mean: quorate_collective::simple::logit_mean_pool(&joined.values, 1.0).map(sense),
            collective,
            blend: collective.zip(mid).map(|(q, m)| known.blend(link, q, m)),
        })
    }

    /// The row of a market on a price: every voice goes through the same forecast of the price.
    fn of_price(
        known: &Known<'_>,
        (market, link): (MarketId, TopicLink),
        mid: Option<f64>,
    ) -> Option<Self> {
        let age_max = known.config.of_topic(Some(link.topic)).inference_age_max;
        let moment = (known.now, age_max);
        let said = |voice| {
            let priced = known.prices.price(link.topic, market, voice, moment);
            priced.ok().map(|priced| priced.probability)
        };
        let workers = known.prices.price_by_worker(link.topic, market, moment);
        let collective = said(Voice::Collective);
        if workers.is_empty() {
            return None;
        }
        let alone: Vec<Option<f64>> = workers.iter().map(|(_, p)| Some(*p)).collect();
        Some(Self {
            market_mid: mid,
            workers,
            weights: Vec::new(),
            mean: said(Voice::Mean),
            median: quorate_collective::simple::median_pool(&alone),
            logit_mean: quorate_collective::simple::logit_mean_pool(&alone, 1.0),
            collective,
            blend: collective.zip(mid).map(|(q, m)| known.blend(link, q, m)),
        })
    }
}
