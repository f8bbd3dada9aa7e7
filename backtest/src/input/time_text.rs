//! Durations and instants in text, each read exactly or refused.

use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::quantity::{Refusal, parse_exact};

/// Units of a duration with their length in nanoseconds, longest first.
const DURATION_UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Reads a duration such as `5s`, `250ms`, `1.5h` or `1h30m` as nanoseconds.
///
/// # Errors
/// No or an unknown unit, units out of order, or more than 584 years.
pub fn parse_duration(text: &str) -> Result<u64, Refusal> {
    let bad = || {
        Refusal::new("not-a-duration", "is not a duration")
            .hint("write a number with a unit, as \"5s\", \"250ms\", \"2h\" or \"1d\"")
    };
    let (mut rest, mut total, mut next_unit) = (text, 0_u64, 0);
    while !rest.is_empty() {
        let (number, unit, behind) = split_quantity(rest).ok_or_else(bad)?;
        let place = DURATION_UNITS
            .iter()
            .position(|(name, _)| *name == unit)
            .ok_or_else(bad)?;
        if place < next_unit {
            return Err(bad());
        }
        let nanos = exact_multiple(number, DURATION_UNITS[place].1).ok_or_else(bad)?;
        total = total.checked_add(nanos).ok_or_else(bad)?;
        (rest, next_unit) = (behind, place + 1);
    }
    if text.is_empty() {
        Err(bad())
    } else {
        Ok(total)
    }
}

/// Splits `90s5ms` into `90`, `s` and `5ms`.
fn split_quantity(text: &str) -> Option<(&str, &str, &str)> {
    let unit_start = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, tail) = text.split_at(unit_start);
    let unit_end = tail
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(tail.len());
    let (unit, behind) = tail.split_at(unit_end);
    Some((number, unit, behind))
}

/// `number * unit` where that is a whole number.
fn exact_multiple(number: &str, unit: u64) -> Option<u64> {
    let product = parse_exact(number).ok()?.checked_mul(Decimal::from(unit))?;
    if product.fract().is_zero() {
        product.to_u64()
    } else {
        None
    }
}

/// Unit of a whole-number time since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// Below 10^11: seconds up to the year 5138.
    Seconds,
    /// From 10^11 to below 10^14.
    Milliseconds,
    /// From 10^14 to below 10^17.
    Microseconds,
    /// From 10^17 on.
    Nanoseconds,
}

impl TimeUnit {
    /// The unit that the size of a number tells: the ranges do not overlap for any time after March 1973.
    #[must_use]
    pub fn of_magnitude(value: u64) -> Self {
        match value {
            0..=99_999_999_999 => Self::Seconds,
            100_000_000_000..=99_999_999_999_999 => Self::Milliseconds,
            100_000_000_000_000..=99_999_999_999_999_999 => Self::Microseconds,
            _ => Self::Nanoseconds,
        }
    }

    /// Nanoseconds in one unit.
    #[must_use]
    pub fn nanos(self) -> u64 {
        match self {
            Self::Seconds => 1_000_000_000,
            Self::Milliseconds => 1_000_000,
            Self::Microseconds => 1_000,
            Self::Nanoseconds => 1,
        }
    }

    /// The unit in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
        }
    }
}

fn not_a_time() -> Refusal {
    Refusal::new("not-a-time", "is not a time")
        .hint("write RFC 3339 with a zone, as 2024-11-05T00:00:00Z")
}

/// Seconds below this lie before March 1973. Such a number is a compact date (`20260301`), a count or an offset.
pub(crate) const LEAST_UNIX_TIME: u64 = 100_000_000;

/// The refusal of a bare number below [`LEAST_UNIX_TIME`].
pub(crate) fn too_small_for_a_time(text: &str) -> Refusal {
    let date = text.len() == "20260301".len() && text.bytes().all(|b| b.is_ascii_digit());
    let hint = match date {
        true => format!(
            "write {}-{}-{}T00:00:00Z",
            &text[..4],
            &text[4..6],
            &text[6..]
        ),
        false => "write 2026-03-01T00:00:00Z, or a number since 1970 of at least 10^8".to_owned(),
    };
    Refusal::new("not-a-time", "is not a time; a compact date?").hint(hint)
}

fn time_out_of_range() -> Refusal {
    Refusal::new("out-of-range", "is outside the years 1970 to 2554")
}

/// Reads an RFC 3339 time with a zone as nanoseconds since 1970-01-01T00:00:00Z.
///
/// # Errors
/// Not such a time, no zone, or outside the years 1970 to 2554.
pub fn parse_rfc3339(text: &str) -> Result<u64, Refusal> {
    let shaped = text.len() >= "2024-11-05T00:00:00Z".len() && text.is_ascii();
    let time: Timestamp = match text.parse() {
        Ok(time) if shaped && !text.contains('[') => time,
        _ => return Err(not_a_time()),
    };
    u64::try_from(time.as_nanosecond()).map_err(|_| time_out_of_range())
}

/// Reads a number of seconds (with up to 9 decimals) or a whole number of a finer unit since the epoch as
/// nanoseconds. Without `unit`, the magnitude decides ([`TimeUnit::of_magnitude`]); with it, another magnitude is
/// refused. Returns the nanoseconds and the unit used.
///
/// # Errors
/// Not a number, below 10^8, of another unit than `unit`, finer than a nanosecond, or after the year 2554.
pub(super) fn parse_unix_time(
    text: &str,
    unit: Option<TimeUnit>,
) -> Result<(u64, TimeUnit), Refusal> {
    let value = parse_exact(text).map_err(|_| not_a_time())?;
    let whole = value.trunc().to_u64().ok_or_else(time_out_of_range)?;
    if value.is_sign_negative() {
        return Err(time_out_of_range());
    }
    if whole < LEAST_UNIX_TIME {
        return Err(too_small_for_a_time(text));
    }
    let own = TimeUnit::of_magnitude(whole);
    if let Some(unit) = unit.filter(|unit| *unit != own) {
        let (own, unit) = (own.name(), unit.name());
        return Err(Refusal::new(
            "mixed-time-units",
            format!("looks like {own}, earlier ones like {unit}"),
        )
        .hint("use one unit of time throughout the file"));
    }
    let nanos = value
        .checked_mul(Decimal::from(own.nanos()))
        .ok_or_else(time_out_of_range)?;
    if !nanos.fract().is_zero() {
        return Err(Refusal::new("too-precise", "is finer than a nanosecond"));
    }
    nanos
        .to_u64()
        .map(|nanos| (nanos, own))
        .ok_or_else(time_out_of_range)
}

/// Writes nanoseconds since the epoch as RFC 3339 in UTC, with as many decimals as needed.
#[must_use]
pub fn format_rfc3339(nanos: u64) -> String {
    match Timestamp::from_nanosecond(i128::from(nanos)) {
        Ok(time) => time.to_string(),
        // Unreachable: all 64-bit nanoseconds lie before the year 2555. The bare number reads back the same.
        Err(_) => nanos.to_string(),
    }
}
