//! What a market on a price has seen so far: its own reference price, its extremes, the average that it settles by.

use core::time::Duration;

use quorate_domain::{PriceCondition, Timestamp};
use serde::{Deserialize, Serialize};

use super::units::Seen;

/// The price that an up/down window compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opening {
    /// The window has not opened, or no price was seen since.
    Awaited,
    /// The first price at or after the opening.
    At(Seen),
    /// It was not seen in time.
    Missed,
}

/// One market on a price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// What it asks.
    pub condition: PriceCondition,
    /// When its time begins.
    pub opens_at: Option<Timestamp>,
    /// When it settles.
    pub closes_at: Timestamp,
    /// Newest price at or before the settlement.
    pub last: Option<Seen>,
    /// First price of its time.
    pub opening: Opening,
    /// Lowest and highest price of its time, millionths.
    pub extremes: Option<(i64, i64)>,
    /// Integral of the price over the part of the averaging window that was seen, millionths times seconds.
    area: f64,
    /// Seconds of that part.
    covered: f64,
}

impl Watch {
    /// A market whose topic's newest price is `latest`.
    #[must_use]
    pub fn new(
        condition: PriceCondition,
        opens_at: Option<Timestamp>,
        closes_at: Timestamp,
        latest: Option<Seen>,
    ) -> Self {
        let mut watch = Self {
            condition,
            opens_at,
            closes_at,
            last: latest.filter(|seen| seen.at <= closes_at),
            opening: Opening::Awaited,
            extremes: None,
            area: 0.0,
            covered: 0.0,
        };
        if let (Some(opens), Some(seen)) = (opens_at, latest)
            && opens <= seen.at
        {
            // Later than the opening it need not be the first one.
            watch.opening = if opens == seen.at {
                Opening::At(seen)
            } else {
                Opening::Missed
            };
        }
        if let Some(seen) = watch.last.filter(|seen| watch.is_its_time(seen.at)) {
            watch.extremes = Some((seen.micros, seen.micros));
        }
        watch
    }

    /// A price was seen, perhaps later than newer ones. One older than `age_max` counts for nothing in an average.
    pub fn see(&mut self, seen: Seen, age_max: Duration) {
        self.note_opening(seen, age_max);
        if self.last.is_some_and(|last| seen.at < last.at) {
            self.note_extremes(seen);
            return;
        }
        if let Some(last) = self.last {
            self.add_to_average(last, seen.at, age_max);
        }
        self.note_extremes(seen);
        if seen.at <= self.closes_at {
            self.last = Some(seen);
        } else if let Some(last) = &mut self.last {
            // The time up to the end is accounted for; nothing after it counts.
            last.at = last.at.max(self.closes_at);
        }
    }

    /// Average of the settlement window so far, millionths; `None` unless all of its `elapsed` seconds were seen but for a
    /// gap of `age_max`.
    #[must_use]
    pub fn average(&self, elapsed: f64, age_max: Duration) -> Option<f64> {
        let is_seen = 0.0 < self.covered && elapsed <= self.covered + age_max.as_secs_f64();
        is_seen.then(|| self.area / self.covered)
    }

    /// Whether the barrier lies between the extremes: then the price has been there.
    #[must_use]
    pub fn has_touched(&self, barrier_micros: i64) -> bool {
        self.extremes
            .is_some_and(|(low, high)| (low..=high).contains(&barrier_micros))
    }

    fn is_its_time(&self, at: Timestamp) -> bool {
        self.opens_at.is_none_or(|opens| opens <= at) && at <= self.closes_at
    }

    fn note_opening(&mut self, seen: Seen, age_max: Duration) {
        let Some(opens) = self.opens_at.filter(|opens| *opens <= seen.at) else {
            return;
        };
        self.opening = match self.opening {
            Opening::At(first) if first.at <= seen.at => Opening::At(first),
            Opening::Missed => Opening::Missed,
            Opening::Awaited | Opening::At(_) if seen.at.since(opens) <= age_max => {
                Opening::At(seen)
            }
            Opening::Awaited | Opening::At(_) => Opening::Missed,
        };
    }

    fn note_extremes(&mut self, seen: Seen) {
        if self.is_its_time(seen.at) {
            let (low, high) = self.extremes.unwrap_or((seen.micros, seen.micros));
            self.extremes = Some((low.min(seen.micros), high.max(seen.micros)));
        }
    }

    /// The price stood at `last` until `until`, but not for longer than it is believed.
    fn add_to_average(&mut self, last: Seen, until: Timestamp, age_max: Duration) {
        let window = Duration::from_secs(u64::from(self.condition.average_secs()));
        let from = last.at.max(self.closes_at.minus(window));
        let to = until.min(self.closes_at).min(last.at.plus(age_max));
        let secs = to.since(from).as_secs_f64();
        self.area += last.micros as f64 * secs;
        self.covered += secs;
    }
}
