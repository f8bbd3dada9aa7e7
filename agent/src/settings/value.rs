//! From a value as written to what it means, and back: truth, counts, numbers and durations.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use quorate_backtest::input::{RawValue, Refusal, parse_duration};

use super::kind::Kind;

/// Why a value is refused, and which part of it if not the whole.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The reason; the message continues `KEY = VALUE ...`.
    pub refusal: Refusal,
    /// Bytes of the part in the file, such as one item of a list.
    pub part: Option<Range<usize>>,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            part: None,
        }
    }
}

/// What a key can hold.
pub trait SettingValue: Sized {
    /// The kind in the table of keys.
    const KIND: Kind;

    /// Reads a value.
    ///
    /// # Errors
    /// The value is not of this kind or outside its range.
    fn parse(raw: &RawValue) -> Result<Self, Fault>;

    /// Writes the value as TOML.
    fn show(&self) -> String;

    /// The value as TOML for the eyes of others.
    fn masked(&self) -> String {
        self.show()
    }

    /// The value on a scale, for bounds and for telling tighter from looser; `None` if it has no order.
    fn rank(&self) -> Option<f64> {
        None
    }

    /// What a key without a value means, if that means anything.
    fn absent() -> Option<Self> {
        None
    }

    /// Resolves relative paths in it.
    #[must_use]
    fn rebase(self, _folder: &Path) -> Self {
        self
    }
}

impl<T: SettingValue> SettingValue for Option<T> {
    const KIND: Kind = T::KIND;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        T::parse(raw).map(Some)
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }

    fn masked(&self) -> String {
        self.as_ref().map(T::masked).unwrap_or_default()
    }

    fn rank(&self) -> Option<f64> {
        self.as_ref().and_then(T::rank)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn rebase(self, folder: &Path) -> Self {
        self.map(|value| value.rebase(folder))
    }
}

pub(super) fn wrong_type(found: &RawValue) -> Fault {
    Refusal::new("wrong-type", format!("is {}", found.kind())).into()
}

pub(super) fn refuse(code: &'static str, message: &str) -> Fault {
    Refusal::new(code, message).into()
}

pub(super) fn text_of(raw: &RawValue) -> Result<&str, Fault> {
    match raw {
        RawValue::Text(text) if text.trim().is_empty() => {
            Err(Refusal::new("empty-text", "is empty").into())
        }
        RawValue::Text(text) => Ok(text),
        other => Err(wrong_type(other)),
    }
}

impl SettingValue for bool {
    const KIND: Kind = Kind::Bool;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        match raw {
            RawValue::Boolean(value) => Ok(*value),
            other => Err(wrong_type(other)),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn rank(&self) -> Option<f64> {
        Some(f64::from(u8::from(*self)))
    }
}

impl SettingValue for u64 {
    const KIND: Kind = Kind::Count;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        match raw {
            RawValue::Integer(value) => {
                Self::try_from(*value).map_err(|_| refuse("out-of-range", "is negative"))
            }
            other => Err(wrong_type(other)),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn rank(&self) -> Option<f64> {
        Some(*self as f64)
    }
}

impl SettingValue for f64 {
    const KIND: Kind = Kind::Number;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let digits = match raw {
            RawValue::Integer(value) => value.to_string(),
            RawValue::Float(digits) => digits.clone(),
            other => return Err(wrong_type(other)),
        };
        match digits.parse::<Self>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(refuse("out-of-range", "is not a finite number")),
        }
    }

    fn show(&self) -> String {
        // With a point, so that TOML reads it back as what it is.
        format!("{self:?}")
    }

    fn rank(&self) -> Option<f64> {
        Some(*self)
    }
}

/// Longest span of time that makes sense anywhere: ten years.
const LONGEST: Duration = Duration::from_secs(3650 * 86_400);

impl SettingValue for Duration {
    const KIND: Kind = Kind::Duration;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let span = Self::from_nanos(parse_duration(text_of(raw)?)?);
        if span > LONGEST {
            return Err(refuse("out-of-range", "is longer than ten years"));
        }
        Ok(span)
    }

    fn show(&self) -> String {
        let nanos = self.as_nanos();
        let units: [(u128, &str); 7] = [
            (86_400_000_000_000, "d"),
            (3_600_000_000_000, "h"),
            (60_000_000_000, "m"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        let whole = units.iter().find(|(unit, _)| nanos.is_multiple_of(*unit));
        match whole {
            Some((unit, name)) if nanos > 0 => format!("\"{}{name}\"", nanos / unit),
            _ => "\"0s\"".to_owned(),
        }
    }

    fn rank(&self) -> Option<f64> {
        Some(self.as_nanos() as f64)
    }
}
