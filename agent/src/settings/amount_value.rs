//! Values with a unit: shares, money, prices, sizes, times, speeds.

use quorate_backtest::input::{
    RawValue, format_micros, format_rfc3339, parse_micros, parse_money, parse_price, parse_ratio,
    parse_rfc3339,
};
use quorate_domain::{Cash, Timestamp};

use super::kind::Kind;
use super::value::{Fault, SettingValue, refuse, text_of, wrong_type};

/// A share in parts per million, from 0 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u32);

impl Percent {
    /// Parts per million.
    #[must_use]
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// The share as a number from 0 to 1.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

impl SettingValue for Percent {
    const KIND: Kind = Kind::Percent;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = text_of(raw)?;
        let Some(number) = text.strip_suffix('%') else {
            return Err(refuse("not-a-percentage", "is not a percentage"));
        };
        let micros = parse_micros(number)?;
        if micros < 0 {
            return Err(refuse("out-of-range", "is negative"));
        }
        if micros > 100_000_000 {
            return Err(refuse("out-of-range", "is more than 100%"));
        }
        if micros % 100 != 0 {
            return Err(refuse("too-precise", "has more than 4 decimals"));
        }
        u32::try_from(micros / 100)
            .map(Self)
            .map_err(|_| refuse("out-of-range", "is more than 100%"))
    }

    fn show(&self) -> String {
        format!("\"{}%\"", format_micros(i64::from(self.0) * 100))
    }

    fn rank(&self) -> Option<f64> {
        Some(f64::from(self.0))
    }
}

/// A dimensionless share or rate of at least 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Ratio(pub f64);

impl Ratio {
    /// The plain number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl SettingValue for Ratio {
    const KIND: Kind = Kind::Ratio;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let value = match raw {
            RawValue::Integer(value) => parse_ratio(&value.to_string())?,
            RawValue::Float(digits) => match digits.trim_start_matches('+') {
                digits if digits.ends_with(|c: char| c.is_ascii_digit()) => parse_ratio(digits)?,
                _ => return Err(refuse("out-of-range", "is not a finite number")),
            },
            other => parse_ratio(text_of(other)?)?,
        };
        Ok(Self(value))
    }

    fn show(&self) -> String {
        format!("{:?}", self.0)
    }

    fn rank(&self) -> Option<f64> {
        Some(self.0)
    }
}

/// More than any account holds; beyond it the number is a slip.
const MOST_MONEY_MICROS: i64 = 1_000_000_000_000_000;

impl SettingValue for Cash {
    const KIND: Kind = Kind::Money;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let micros = parse_money(text_of(raw)?)?;
        if micros > MOST_MONEY_MICROS {
            return Err(refuse("out-of-range", "is more than a billion dollars"));
        }
        Ok(Self::from_micros(micros))
    }

    fn show(&self) -> String {
        format!("\"${}\"", format_micros(self.micros()))
    }

    fn rank(&self) -> Option<f64> {
        Some(self.micros() as f64)
    }
}

/// A price per share or a difference of two, in micro-dollars from 0 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cents(pub u32);

impl Cents {
    /// Micro-dollars.
    #[must_use]
    pub const fn micros(self) -> u32 {
        self.0
    }

    /// Dollars.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

impl SettingValue for Cents {
    const KIND: Kind = Kind::Cents;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = text_of(raw)?;
        if !(text.ends_with('c') || text.starts_with('$')) {
            return Err(refuse("not-a-price", "has no unit"));
        }
        let micros = parse_price(text)?;
        u32::try_from(micros)
            .map(Self)
            .map_err(|_| refuse("out-of-range", "is outside 0c..100c"))
    }

    fn show(&self) -> String {
        format!("\"{}c\"", format_micros(i64::from(self.0) * 100))
    }

    fn rank(&self) -> Option<f64> {
        Some(f64::from(self.0))
    }
}

/// Sizes of files with their number of bytes.
const SIZES: [(&str, u64); 4] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("B", 1),
];

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl SettingValue for Bytes {
    const KIND: Kind = Kind::Bytes;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = text_of(raw)?;
        let bad = || refuse("not-a-size", "is not a size");
        let (number, unit) = SIZES
            .iter()
            .find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))
            .ok_or_else(bad)?;
        let is_plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = match number.parse() {
            Ok(number) if is_plain => number,
            _ => return Err(bad()),
        };
        match number.checked_mul(unit) {
            Some(bytes) if bytes <= 1 << 50 => Ok(Self(bytes)),
            _ => Err(refuse("out-of-range", "is too large")),
        }
    }

    fn show(&self) -> String {
        let whole = SIZES[..3].iter().rev();
        let unit = whole
            .into_iter()
            .find(|(_, unit)| self.0 > 0 && self.0.is_multiple_of(*unit));
        match unit {
            Some((name, unit)) => format!("\"{}{name}\"", self.0 / unit),
            None => format!("\"{}B\"", self.0),
        }
    }

    fn rank(&self) -> Option<f64> {
        Some(self.0 as f64)
    }
}

impl SettingValue for Timestamp {
    const KIND: Kind = Kind::Time;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let nanos = match raw {
            RawValue::Datetime(text) => parse_rfc3339(text)?,
            other => parse_rfc3339(text_of(other)?)?,
        };
        Ok(Self::from_nanos(nanos))
    }

    fn show(&self) -> String {
        format!("\"{}\"", format_rfc3339(self.nanos()))
    }

    fn rank(&self) -> Option<f64> {
        Some(self.nanos() as f64)
    }
}

/// How fast recorded time runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// Without waiting.
    Max,
    /// Seconds of the recording per second of the clock; positive.
    Factor(f64),
}

impl SettingValue for Speed {
    const KIND: Kind = Kind::Speed;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        match raw {
            RawValue::Text(text) if text == "max" => Ok(Self::Max),
            RawValue::Integer(_) | RawValue::Float(_) => match f64::parse(raw)? {
                factor if 0.0 < factor && factor <= 1e6 => Ok(Self::Factor(factor)),
                _ => Err(refuse("out-of-range", "is not above 0 and up to 1000000")),
            },
            RawValue::Text(_) => Err(refuse("not-a-speed", "is not a speed")),
            other => Err(wrong_type(other)),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Max => "\"max\"".to_owned(),
            Self::Factor(factor) => format!("{factor:?}"),
        }
    }
}
