//! Times as people write them, to and from Unix milliseconds.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::input::{LEAST_UNIX_TIME, Refusal, TimeUnit, parse_exact, too_small_for_a_time};

/// Which millisecond a time between two of them counts as.
///
/// A decision is taken at the earlier one and knows what is stamped with the later one at the latest: rounding never
/// lets a row see a record of its future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// The millisecond before: for the time of a decision.
    Down,
    /// The millisecond after: for the time at which something became known.
    Up,
}

/// Reads an RFC 3339 time with a zone, a calendar day (its 00:00 UTC), or a number since 1970-01-01T00:00:00Z.
///
/// A number counts seconds (with or without a fraction), or milliseconds, microseconds or nanoseconds if it is too
/// large for seconds. The result is in Unix milliseconds.
///
/// # Errors
/// None of these, a number below 10^8, or a time after the year 2554.
pub fn parse_time_ms(text: &str, rounding: Rounding) -> Result<i64, Refusal> {
    if let Ok(number) = parse_exact(text) {
        return from_number(text, number, rounding);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(whole_ms(time.as_nanosecond(), rounding));
    }
    // A longer text could be a local time without a zone, which would lose its time of day here.
    let day = text.parse::<Date>().ok();
    let day = day.filter(|_| text.len() == "2024-11-05".len() && text.contains('-'));
    let midnight = day.and_then(|day| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
    midnight
        .map(jiff::Timestamp::as_millisecond)
        .ok_or_else(not_a_time)
}

fn not_a_time() -> Refusal {
    Refusal::new("not-a-time", "is not a time")
        .hint("write RFC 3339 with a zone, a day as 2024-11-05, or Unix seconds")
}

fn from_number(text: &str, number: Decimal, rounding: Rounding) -> Result<i64, Refusal> {
    if number < Decimal::from(LEAST_UNIX_TIME) {
        return Err(too_small_for_a_time(text));
    }
    let too_late = || Refusal::new("out-of-range", "is after the year 2554");
    let unit = TimeUnit::of_magnitude(number.trunc().to_u64().ok_or_else(too_late)?);
    let nanos = number.checked_mul(Decimal::from(unit.nanos()));
    let nanos = nanos.ok_or_else(too_late)?;
    let nanos = match rounding {
        Rounding::Down => nanos.floor(),
        Rounding::Up => nanos.ceil(),
    };
    let nanos = nanos.to_u64().ok_or_else(too_late)?;
    Ok(whole_ms(i128::from(nanos), rounding))
}

fn whole_ms(nanos: i128, rounding: Rounding) -> i64 {
    const NANOS_PER_MS: i128 = 1_000_000;
    let below = nanos.div_euclid(NANOS_PER_MS);
    let between = nanos.rem_euclid(NANOS_PER_MS) != 0;
    let ms = below + i128::from(between && rounding == Rounding::Up);
    // Nanoseconds of the years -9999 to 9999 fit by far.
    ms.to_i64().unwrap_or(i64::MAX)
}

/// RFC 3339 text of a time in Unix milliseconds; the bare number where it has no calendar form.
#[must_use]
pub fn rfc3339(time_ms: i64) -> String {
    Timestamp::from_millisecond(time_ms).map_or_else(|_| time_ms.to_string(), |t| t.to_string())
}
