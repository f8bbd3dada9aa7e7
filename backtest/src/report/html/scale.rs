//! Axes: round steps for values, calendar steps for time.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::Offset;
use quorate_domain::Timestamp;

use crate::report::format::civil;

/// Length of either side of a drawing, in its own units; the browser stretches it to the frame.
pub(super) const SIDE: f64 = 1000.0;

/// A linear map of `[low, high]` onto the drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// Covers all of `values` with a little room, and something around a single value.
    pub(super) fn around(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = values
            .into_iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
                (l.min(v), h.max(v))
            });
        if !(low.is_finite() && high.is_finite()) {
            return Self {
                low: 0.0,
                high: 1.0,
            };
        }
        let room = if high > low {
            (high - low) * 0.05
        } else {
            (high.abs() * 0.01).max(1.0)
        };
        Self {
            low: low - room,
            high: high + room,
        }
    }

    /// Covers exactly `[low, high]`, or one unit from `low` when that is empty.
    pub(super) fn exactly(low: f64, high: f64) -> Self {
        Self {
            low,
            high: if high > low { high } else { low + 1.0 },
        }
    }

    /// Share of the way from low to high.
    pub(super) fn share(self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// Distance from the left of the drawing.
    pub(super) fn x(self, value: f64) -> f64 {
        SIDE * self.share(value)
    }

    /// Distance from the top of the drawing: high values are up.
    pub(super) fn y(self, value: f64) -> f64 {
        SIDE * (1.0 - self.share(value))
    }

    /// Round values inside the scale, about four of them, a step of 1, 2 or 5 times a power of ten apart.
    pub(super) fn ticks(self) -> Vec<f64> {
        let rough = (self.high - self.low) / 4.0;
        let magnitude = libm::pow(10.0, libm::floor(libm::log10(rough)));
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * magnitude)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(rough);
        let first = libm::ceil(self.low / step);
        (0..8)
            .map(|k| (first + f64::from(k)) * step)
            .take_while(|tick| *tick <= self.high)
            .collect()
    }
}

/// A labelled instant.
pub(super) type TimeTick = (Timestamp, String);

/// Most labels along a time axis: what a phone has room for.
const TIME_TICKS_MAX: u64 = 5;

/// Steps below a month, seconds.
const STEPS: [u64; 15] = [
    1, 5, 15, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
    1_209_600,
];

/// Steps of whole months.
const MONTHS: [i32; 6] = [1, 2, 3, 6, 12, 24];

/// Round instants between two others.
pub(super) fn time_ticks(from: Timestamp, to: Timestamp) -> Vec<TimeTick> {
    let seconds = to.since(from).as_secs();
    if let Some(step) = STEPS
        .into_iter()
        .find(|step| seconds / step < TIME_TICKS_MAX)
    {
        return even_ticks(from, to, step);
    }
    let months = seconds / 2_629_746;
    let step = MONTHS
        .into_iter()
        .find(|step| months / u64::from(step.unsigned_abs()) < TIME_TICKS_MAX)
        .unwrap_or(60);
    month_ticks(from, to, step).unwrap_or_default()
}

fn even_ticks(from: Timestamp, to: Timestamp, step: u64) -> Vec<TimeTick> {
    // A time of day alone says nothing once there are two days.
    let pattern = match (step, from.day() == to.day()) {
        (0..60, _) => "%H:%M:%S",
        (60..86_400, true) => "%H:%M",
        (60..86_400, false) => "%-d %b %H:%M",
        _ => "%-d %b",
    };
    let first = from.secs().div_ceil(step);
    (first..=to.secs() / step)
        .map(|k| Timestamp::from_secs(k * step))
        .map(|at| (at, civil(at, pattern)))
        .collect()
}

fn month_ticks(from: Timestamp, to: Timestamp, step: i32) -> Result<Vec<TimeTick>, jiff::Error> {
    let start = jiff::Timestamp::from_nanosecond(i128::from(from.nanos()))?;
    let mut day = Date::new(Offset::UTC.to_datetime(start).year(), 1, 1)?;
    let mut ticks = Vec::new();
    loop {
        let midnight = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0))?;
        let at = Timestamp::from_secs(u64::try_from(midnight.as_second()).unwrap_or(0));
        if at > to {
            return Ok(ticks);
        }
        if at >= from {
            ticks.push((at, civil(at, "%b %Y")));
        }
        day = day.checked_add(step.months())?;
    }
}
