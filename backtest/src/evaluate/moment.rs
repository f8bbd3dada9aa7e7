//! Times as people write them, to and from Unix milliseconds.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::input::TimeUnit;

/// Reads an RFC 3339 time with a zone, a calendar day (its 00:00 UTC), or a number since 1970-01-01T00:00:00Z.
///
/// A number counts seconds (with or without a fraction), or milliseconds, microseconds or nanoseconds if it is too
/// large for seconds. `None` if the text is none of these, or lies outside the years -9999 to 9999.
/// The result is rounded to the nearest millisecond.
#[must_use]
pub fn parse_time_ms(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<f64>() {
        return from_number(number);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    // A longer text could be a local time without a zone, which would lose its time of day here.
    let day: Date = text
        .parse()
        .ok()
        .filter(|_| text.len() == "2024-11-05".len())?;
    Some(
        TimeZone::UTC
            .to_timestamp(day.at(0, 0, 0, 0))
            .ok()?
            .as_millisecond(),
    )
}

fn from_number(number: f64) -> Option<i64> {
    const NANOS_PER_MS: f64 = 1e6;
    let unit = TimeUnit::of_magnitude(number.abs() as u64).nanos() as f64;
    let ms = (number * (unit / NANOS_PER_MS)).round();
    let ms = (ms.is_finite() && ms.abs() < 1e15).then_some(ms as i64)?;
    Timestamp::from_millisecond(ms)
        .ok()
        .map(Timestamp::as_millisecond)
}

/// RFC 3339 text of a time in Unix milliseconds; the bare number where it has no calendar form.
#[must_use]
pub fn rfc3339(time_ms: i64) -> String {
    Timestamp::from_millisecond(time_ms).map_or_else(|_| time_ms.to_string(), |t| t.to_string())
}
