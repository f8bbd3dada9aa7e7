//! Topics on prices: from the workers' prices, returns or volatilities to the probability of every market that is about
//! the same price.
//!
//! A round's values become log returns against the price at its opening, are combined, frozen when submissions close,
//! and judged by the reference price at the end of the horizon. What is learned is the pool, a calibration slope and
//! the scale of the collective's own errors; the spread of the workers is reported and never taken for that scale.
//! What was not seen is not made up: a round without its prices is void, and a market without them has no probability.

pub mod outlook;
pub mod question;
pub mod record;
pub mod residuals;
pub mod round;
pub mod settings;
pub mod slope;
pub mod speaking;
pub mod track;
pub mod units;
pub mod watch;
mod watches;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use quorate_collective::Quantity;
use quorate_domain::{
    Inference, LinkSense, Market, MarketId, NoTradeReason, ReferencePrice, Timestamp, Topic,
    TopicId, WorkerId,
};
use serde::{Deserialize, Serialize};

pub use settings::PriceConfig;
pub use track::{NotHeard, Track};
use units::Seen;
use watch::Watch;
use watches::Watches;

/// All topics on prices and all markets on them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    tracks: BTreeMap<TopicId, Track>,
    watches: BTreeMap<TopicId, Watches>,
}

/// Whose word on the price counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The topic's scheme.
    Collective,
    /// The plain mean of the workers.
    Mean,
    /// One worker.
    Worker(WorkerId),
}

/// A market as one topic on prices sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Priced {
    /// Probability of YES.
    pub probability: f64,
    /// Workers whose inference counted.
    pub workers: u16,
    /// How far they disagree, basis points of return; `None` for fewer than two.
    pub disagreement_bp: Option<f64>,
}

/// A topic whose objective makes no sense, or a price that is none or belongs to no topic on prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUsable;

impl Prices {
    /// A topic exists. One that does not predict prices is none of ours; the same one again changes nothing, another
    /// objective starts afresh.
    ///
    /// # Errors
    /// An objective whose parts do not fit each other, or a scheme that is none for prices.
    pub fn list(
        &mut self,
        topic: &Topic,
        settings: &PriceConfig,
        now: Timestamp,
    ) -> Result<(), NotUsable> {
        let objective = topic.objective;
        if self
            .tracks
            .get(&topic.id)
            .is_some_and(|old| old.objective == objective)
        {
            return Ok(());
        }
        self.tracks.remove(&topic.id);
        objective.check().map_err(|_| NotUsable)?;
        if !objective.predicts.is_priced() {
            return Ok(());
        }
        let scheme = settings.scheme_of(objective.scheme);
        let pool = scheme.build(Quantity::Price).map_err(|_| NotUsable)?;
        let track = Track::new(objective, settings.clone(), pool, now);
        self.tracks.insert(topic.id, track);
        Ok(())
    }

    /// Whether a topic predicts prices.
    #[must_use]
    pub fn has(&self, topic: TopicId) -> bool {
        self.tracks.contains_key(&topic)
    }

    /// A topic on prices.
    #[must_use]
    pub fn track(&self, topic: TopicId) -> Option<&Track> {
        self.tracks.get(&topic)
    }

    /// A market exists. Without a condition on a price, or an end, there is nothing to watch.
    pub fn watch(&mut self, market: &Market, now: Timestamp) {
        if let (Some(link), Some(closes_at)) = (market.link, market.closes_at)
            && let LinkSense::Price(condition) = link.sense
        {
            let latest = self.track(link.topic).and_then(Track::latest);
            self.watches.entry(link.topic).or_default().add(
                market.id,
                (condition, market.opens_at, closes_at),
                (now, latest),
            );
        }
    }

    /// A market was decided.
    pub fn forget(&mut self, market: MarketId) {
        for watches in self.watches.values_mut() {
            watches.remove(market);
        }
    }

    /// A worker spoke at `at`.
    ///
    /// # Errors
    /// The topic is not one on prices, submissions of the round are not open, or the value is none of the topic's.
    pub fn hear(&mut self, said: &Inference, at: Timestamp) -> Result<(), NotHeard> {
        self.tracks
            .get_mut(&said.topic)
            .ok_or(NotHeard)?
            .hear(said, at)
    }

    /// A reference price was seen by `at`; a stamp from the future counts as now.
    ///
    /// # Errors
    /// The price is not positive, or its topic is not one on prices.
    pub fn see(&mut self, price: &ReferencePrice, at: Timestamp) -> Result<(), NotUsable> {
        let track = self.tracks.get_mut(&price.topic).ok_or(NotUsable)?;
        if price.price_micros <= 0 {
            return Err(NotUsable);
        }
        let seen = Seen {
            micros: price.price_micros,
            at: price.observed_at.min(at),
        };
        let watches = self.watches.entry(price.topic).or_default();
        watches.start_due(at, track.latest());
        watches.see(seen, track.settings.reference_age_max);
        track.see(seen, at);
        Ok(())
    }

    /// Time has passed: markets begin, submissions close, truths become known.
    pub fn settle_due(&mut self, now: Timestamp) {
        for (topic, track) in &mut self.tracks {
            track.open_due(now);
            track.settle_due(now);
            if let Some(watches) = self.watches.get_mut(topic) {
                watches.start_due(now, track.latest());
            }
        }
    }

    /// Markets of a topic whose time has begun and that are undecided, by number.
    pub fn live(&self, topic: TopicId) -> impl Iterator<Item = MarketId> + '_ {
        self.watches.get(&topic).into_iter().flat_map(Watches::live)
    }

    /// When the price behind a market will be too old to act on.
    #[must_use]
    pub fn stale_from(&self, topic: TopicId, market: MarketId) -> Option<Timestamp> {
        let last = self.watches.get(&topic)?.get(market)?.last?;
        let age_max = self.track(topic)?.settings.reference_age_max;
        Some(last.at.plus(age_max).plus(Duration::from_nanos(1)))
    }

    /// What one voice says about a market at `now`, from inferences no older than `age_max`.
    ///
    /// # Errors
    /// Why there is no probability: nobody speaks, a price is missing or stale, or the scale of the errors is unknown.
    pub fn price(
        &self,
        topic: TopicId,
        market: MarketId,
        voice: Voice,
        (now, age_max): (Timestamp, Duration),
    ) -> Result<Priced, NoTradeReason> {
        let view = self.view(topic, market, now, age_max)?;
        let values = &view.speaking.spoken.values;
        let said = match voice {
            Voice::Collective => view.track.combine(values),
            Voice::Mean => mean(values),
            Voice::Worker(worker) => {
                let column = view.track.column(worker);
                column.and_then(|column| values.get(column).copied().flatten())
            }
        };
        Ok(Priced {
            probability: view.probability(said.ok_or(NoTradeReason::NoInference)?)?,
            workers: view.speaking.spoken.present,
            disagreement_bp: round::disagreement(values),
        })
    }

    /// What every worker alone says about a market, on its YES scale.
    #[must_use]
    pub fn price_by_worker(
        &self,
        topic: TopicId,
        market: MarketId,
        (now, age_max): (Timestamp, Duration),
    ) -> Vec<(WorkerId, f64)> {
        let Ok(view) = self.view(topic, market, now, age_max) else {
            return Vec::new();
        };
        let of = |(worker, column): (WorkerId, usize)| {
            let said = view.speaking.spoken.values.get(column).copied().flatten()?;
            Some((worker, view.probability(said).ok()?))
        };
        view.track.workers().filter_map(of).collect()
    }

    fn view(
        &self,
        topic: TopicId,
        market: MarketId,
        now: Timestamp,
        age_max: Duration,
    ) -> Result<MarketOnTrack<'_>, NoTradeReason> {
        let track = self.track(topic).ok_or(NoTradeReason::Unlinked)?;
        let watches = self.watches.get(&topic).ok_or(NoTradeReason::Unlinked)?;
        let watch = watches.get(market).ok_or(NoTradeReason::NoReference)?;
        let last = watch.last.ok_or(NoTradeReason::NoReference)?;
        let age = now.since(last.at);
        if track.settings.reference_age_max < age {
            return Err(NoTradeReason::StaleReference {
                age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
            });
        }
        Ok(MarketOnTrack {
            track,
            watch,
            speaking: track.speaking(now, age_max)?,
        })
    }
}

/// A market with the topic and the round that speak about it.
struct MarketOnTrack<'a> {
    track: &'a Track,
    watch: &'a Watch,
    speaking: speaking::Speaking,
}

impl MarketOnTrack<'_> {
    fn probability(&self, said: f64) -> Result<f64, NoTradeReason> {
        let forecast = self.track.forecast(self.speaking.epoch, said);
        let forecast = forecast.ok_or(NoTradeReason::UnknownScale)?;
        question::probability(self.watch, &forecast, self.track.settings.reference_age_max)
    }
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    let count = values.iter().flatten().count();
    let sum: f64 = values.iter().flatten().sum();
    (count != 0).then(|| sum / count as f64)
}
