//! Micro-units as the decimal text of the wire.

use serde_json::Value;

/// Micro-units as a decimal without trailing zeros: 520000 is `0.52`.
pub(crate) fn decimal(micros: i128) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, part) = (
        micros.unsigned_abs() / 1_000_000,
        micros.unsigned_abs() % 1_000_000,
    );
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{part:06}");
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// Micro-units as a JSON number.
pub(crate) fn number(micros: i128) -> Value {
    serde_json::from_str(&decimal(micros)).unwrap_or(Value::Null)
}

/// `qty * price` in micro-dollars, rounded down.
pub(crate) fn cost(qty: u64, price: u32) -> i128 {
    i128::from(qty) * i128::from(price) / 1_000_000
}

/// `qty * price` in micro-dollars, rounded up.
pub(crate) fn cost_up(qty: u64, price: u32) -> i128 {
    (i128::from(qty) * i128::from(price) + 999_999) / 1_000_000
}
