//! Numbers and instants as people read them: two decimals of a dollar, thousands separators, UTC. Plain ASCII.

use quorate_domain::{Cash, Price, Shares, Timestamp};

/// Micro-units of one cent or of one hundredth of a share.
const HUNDREDTH: u128 = 10_000;

/// Digits in groups of three: `12,345`.
#[must_use]
pub fn count(value: u64) -> String {
    group(&value.to_string())
}

/// Dollars and cents, rounded half away from zero: `-$1,234.50`.
#[must_use]
pub fn money(cash: Cash) -> String {
    let cents = (u128::from(cash.micros().unsigned_abs()) + HUNDREDTH / 2) / HUNDREDTH;
    let sign = if cash.micros() < 0 && cents > 0 {
        "-"
    } else {
        ""
    };
    format!("{sign}${}", hundredths(cents))
}

/// As [`money`], with a plus sign above zero.
#[must_use]
pub fn money_signed(cash: Cash) -> String {
    let text = money(cash);
    let positive = cash > Cash::ZERO && text != "$0.00";
    if positive { format!("+{text}") } else { text }
}

/// Shares to a hundredth, rounded half up: `1,250.00`.
#[must_use]
pub fn shares(shares: Shares) -> String {
    hundredths((u128::from(shares.micros()) + HUNDREDTH / 2) / HUNDREDTH)
}

/// A price in dollars per share with three decimals, more where the tick is finer: `0.620`, `0.0125`.
#[must_use]
pub fn price(price: Price) -> String {
    per_share(Cash::from_micros(i64::from(price.micros())))
}

/// Dollars per share as [`price`] writes them.
#[must_use]
pub fn per_share(cash: Cash) -> String {
    let micros = cash.micros().unsigned_abs();
    let sign = if cash.micros() < 0 { "-" } else { "" };
    let decimals = format!("{:06}", micros % 1_000_000);
    let kept = decimals.trim_end_matches('0').len().max(3);
    format!("{sign}{}.{}", micros / 1_000_000, &decimals[..kept])
}

/// A ratio as a percentage with two decimals and a sign: `+4.12%`.
#[must_use]
pub fn percent_signed(ratio: f64) -> String {
    format!("{}%", signed(ratio * 100.0, 2))
}

/// A ratio as a percentage with the decimals asked for: `54.3%`.
#[must_use]
pub fn percent(ratio: f64, decimals: usize) -> String {
    format!("{}%", fixed(ratio * 100.0, decimals))
}

/// A number with a fixed count of decimals; never `-0.00`.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// As [`fixed`], with a plus sign above zero.
#[must_use]
pub fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let above = text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) && value > 0.0;
    if above { format!("+{text}") } else { text }
}

/// Something that may be absent: a lone hyphen where it is.
#[must_use]
pub fn or_dash<T>(value: Option<T>, text: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

/// UTC date: `2024-11-05`.
#[must_use]
pub fn date(at: Timestamp) -> String {
    civil(at, "%Y-%m-%d")
}

/// UTC date and time to the second: `2024-11-05 18:00:00`.
#[must_use]
pub fn date_time(at: Timestamp) -> String {
    civil(at, "%Y-%m-%d %H:%M:%S")
}

/// UTC time of day to the minute: `18:00`.
#[must_use]
pub fn time_of_day(at: Timestamp) -> String {
    civil(at, "%H:%M")
}

/// A span in the largest unit that leaves at least two of it: `122 days`, `36 hours`, `50 minutes`.
#[must_use]
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.since(from).as_secs();
    for (unit, size) in [("days", 86_400), ("hours", 3_600), ("minutes", 60)] {
        if seconds >= 2 * size {
            return format!("{} {unit}", count((seconds + size / 2) / size));
        }
    }
    format!("{seconds} seconds")
}

/// A UTC instant by a `strftime` pattern. Every count of nanoseconds that a timestamp holds lies inside the calendar.
pub(super) fn civil(at: Timestamp, pattern: &str) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(at.nanos())).map_or_else(
        |_| format!("{} s since 1970", at.secs()),
        |instant| instant.strftime(pattern).to_string(),
    )
}

fn hundredths(value: u128) -> String {
    format!("{}.{:02}", group(&(value / 100).to_string()), value % 100)
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
