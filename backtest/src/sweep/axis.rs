//! An axis of a sweep: a key of the run file, and the values it may take.

use toml::Value;

/// A key and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Dotted key of the run file.
    pub key: String,
    /// What it may be.
    pub values: Values,
}

/// The values of an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// These; at least one.
    Listed(Vec<Value>),
    /// From `low` to `high`.
    Range(Range),
}

/// A range of numbers, written with a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Least value.
    pub low: f64,
    /// Greatest value, above `low`.
    pub high: f64,
    /// How values are spread.
    pub scale: Scale,
    /// Written behind the number, or before it for `$`; empty for a bare number.
    pub unit: String,
    /// Digits behind the point that values are rounded to.
    pub decimals: u32,
    /// Values of it on a grid, both ends among them; at least 2.
    pub steps: u32,
}

/// How values are spread over a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly in the logarithm.
    Log,
}

impl Axis {
    /// The values on a grid.
    #[must_use]
    pub fn steps(&self) -> Vec<Value> {
        match &self.values {
            Values::Listed(values) => values.clone(),
            Values::Range(range) => {
                let last = range.steps.max(2) - 1;
                let part = |step: u32| f64::from(step) / f64::from(last);
                (0..=last).map(|step| range.at(part(step))).collect()
            }
        }
    }

    /// The value at a place from 0 up to, not including, 1.
    #[must_use]
    pub fn at(&self, place: f64) -> Value {
        match &self.values {
            Values::Listed(values) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "between zero and the number of values"
                )]
                let index = libm::floor(place.clamp(0.0, 1.0) * values.len() as f64) as usize;
                let value = values.get(index.min(values.len().saturating_sub(1)));
                value.cloned().unwrap_or(Value::Boolean(false))
            }
            Values::Range(range) => range.at(place),
        }
    }
}

impl Range {
    fn at(&self, part: f64) -> Value {
        let exact = match self.scale {
            Scale::Linear => self.low + part * (self.high - self.low),
            Scale::Log => {
                libm::exp(libm::log(self.low) + part * (libm::log(self.high) - libm::log(self.low)))
            }
        };
        let decimals = self.decimals as usize;
        let text = format!("{:.decimals$}", exact.clamp(self.low, self.high));
        match self.unit.as_str() {
            "" if decimals == 0 => text.parse().map_or(Value::Float(exact), Value::Integer),
            "" => text.parse().map_or(Value::Float(exact), Value::Float),
            "$" => Value::String(format!("${text}")),
            unit => Value::String(format!("{text}{unit}")),
        }
    }
}
