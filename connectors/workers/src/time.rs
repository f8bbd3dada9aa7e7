//! Times as text: RFC 3339 with a zone, or a number since 1970 whose size tells its unit.

use quorate_domain::Timestamp;

/// Numbers below this are refused as times: they would lie before March 1973, and are rather a compact date.
const NUMBER_MIN: u64 = 100_000_000;

/// RFC 3339 in UTC.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(at.nanos()))
        .map_or_else(|_| at.nanos().to_string(), |instant| instant.to_string())
}

/// Reads a time: RFC 3339 with a zone (`2024-11-05T00:00:00Z`), or a number since 1970-01-01 UTC in seconds (below
/// 10^11, with up to nine decimals), milliseconds (below 10^14), microseconds (below 10^17) or nanoseconds.
///
/// # Errors
/// A sentence naming the text and what was expected.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let numeric = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if numeric { number(text) } else { date(text) }.ok_or_else(|| {
        format!(
            "`{}` is no time: expected RFC 3339 with a zone (2024-11-05T00:00:00Z) or a number of seconds, \
             milliseconds, microseconds or nanoseconds since 1970",
            crate::text::bounded(text, 40)
        )
    })
}

/// Reads a time from JSON: a text or a number as in [`parse`].
///
/// # Errors
/// As [`parse`].
pub fn parse_json(value: &serde_json::Value) -> Result<Timestamp, String> {
    match value {
        serde_json::Value::String(text) => parse(text),
        serde_json::Value::Number(number) => parse(&number.to_string()),
        _ => Err("a time must be a text (RFC 3339 with a zone) or a number since 1970".to_owned()),
    }
}

fn date(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(instant.as_nanosecond())
        .ok()
        .map(Timestamp::from_nanos)
}

fn number(text: &str) -> Option<Timestamp> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let units: u64 = whole.parse().ok()?;
    let nanos_per_unit: u64 = match units {
        0..NUMBER_MIN => return None,
        NUMBER_MIN..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    let nanos = units
        .checked_mul(nanos_per_unit)?
        .checked_add(fraction(decimals, nanos_per_unit)?)?;
    Some(Timestamp::from_nanos(nanos))
}

/// Nanoseconds of the decimals of a unit; digits below a nanosecond are dropped. `None` where they are no digits.
fn fraction(decimals: &str, nanos_per_unit: u64) -> Option<u64> {
    let mut place = nanos_per_unit;
    let mut nanos = 0;
    for digit in decimals.chars() {
        place /= 10;
        nanos += u64::from(digit.to_digit(10)?) * place;
    }
    Some(nanos)
}
