//! The settings of a section, read as what they mean.

use super::csv_cell::not_a_choice;
use super::quantity::{Refusal, parse_micros, parse_money, parse_price, parse_ratio};
use super::reading::{Place, Reading};
use super::time_text::{parse_duration, parse_rfc3339};
use super::toml_table::Section;
use super::toml_tree::{Node, Value};

/// A setting that was asked for.
pub type Setting<'d, T> = Reading<KeyPlace<'d>, T>;

/// Where a setting stands: a key of a section.
#[derive(Clone)]
pub struct KeyPlace<'d> {
    section: Section<'d>,
    key: &'static str,
}

impl Place for KeyPlace<'_> {
    fn refuse(&self, refusal: Refusal) {
        let name = self.section.path_of(self.key);
        let shown = self.section.text_of(self.key);
        let message = format!("{name} = {shown} {}", refusal.message);
        self.section
            .report_at(self.key, refusal.code, message, refusal.hint);
    }

    fn missing(&self) {
        self.section.report_missing(self.key);
    }
}

impl<'d> Section<'d> {
    /// A text that is not empty.
    pub fn string(&self, key: &'static str) -> Setting<'d, String> {
        self.text_as(key, "a string", |text| match text.trim().is_empty() {
            true => Err(Refusal::new("empty-text", "is empty").hint("leave the key out instead")),
            false => Ok(text.to_owned()),
        })
    }

    /// `true` or `false`.
    pub fn bool(&self, key: &'static str) -> Setting<'d, bool> {
        self.read(key, |node| match node.value {
            Value::Boolean(value) => Ok(value),
            ref other => Err(wrong_kind(other, "true or false")),
        })
    }

    /// A whole number of at least 0.
    pub fn u64(&self, key: &'static str) -> Setting<'d, u64> {
        self.read(key, |node| match node.value {
            Value::Integer(value) => {
                u64::try_from(value).map_err(|_| Refusal::new("out-of-range", "is negative"))
            }
            ref other => Err(wrong_kind(other, "a whole number")),
        })
    }

    /// A finite dimensionless number, whole or not.
    pub fn number(&self, key: &'static str) -> Setting<'d, f64> {
        self.read(key, |node| match &node.value {
            Value::Integer(_) | Value::Float(_) => {
                let parsed = bare_number(&node.value).and_then(|text| text.parse::<f64>().ok());
                parsed
                    .filter(|value| value.is_finite())
                    .ok_or_else(not_finite)
            }
            other => Err(wrong_kind(other, "a number")),
        })
    }

    /// A span of time such as `"5s"`, `"250ms"` or `"1h30m"`, in nanoseconds.
    pub fn duration(&self, key: &'static str) -> Setting<'d, u64> {
        self.text_as(key, "a duration such as \"5s\"", parse_duration)
    }

    /// A ratio, `"2.5%"` or the bare number `0.025`; finite and at least 0.
    pub fn ratio(&self, key: &'static str) -> Setting<'d, f64> {
        self.read(key, |node| match &node.value {
            Value::String(text) => parse_ratio(text),
            Value::Integer(_) | Value::Float(_) => match bare_number(&node.value) {
                Some(text) => parse_ratio(&text),
                None => Err(not_finite()),
            },
            other => Err(wrong_kind(other, "a ratio such as \"2.5%\"")),
        })
    }

    /// An amount of money such as `"$250"`, in micro-dollars; at least 0.
    pub fn money(&self, key: &'static str) -> Setting<'d, i64> {
        self.text_as(key, "an amount of money such as \"$250\"", parse_money)
    }

    /// A price per share such as `"10c"` or `"0.5"`, in micro-dollars from 0 to 1,000,000.
    pub fn price(&self, key: &'static str) -> Setting<'d, i64> {
        self.text_as(key, "a price such as \"10c\" or \"0.5\"", parse_price)
    }

    /// A number of shares, bare (`5`, `2.5`) or as text, in micro-shares; at least 0.
    pub fn shares(&self, key: &'static str) -> Setting<'d, u64> {
        self.read(key, |node| {
            let text = match &node.value {
                Value::String(text) => Some(text.clone()),
                Value::Integer(_) | Value::Float(_) => bare_number(&node.value),
                other => return Err(wrong_kind(other, "a number of shares")),
            };
            let micros = parse_micros(&text.ok_or_else(not_finite)?)?;
            u64::try_from(micros).map_err(|_| Refusal::new("out-of-range", "is negative"))
        })
    }

    /// An RFC 3339 time with a zone, bare or as text, in nanoseconds since 1970-01-01T00:00:00Z.
    pub fn timestamp(&self, key: &'static str) -> Setting<'d, u64> {
        self.read(key, |node| match &node.value {
            Value::String(text) | Value::Datetime(text) => parse_rfc3339(text),
            other => Err(wrong_kind(other, "a time such as \"2024-11-05T00:00:00Z\"")),
        })
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Setting<'d, T> {
        self.text_as(key, "one of a few words", |text| {
            let found = words.iter().find(|(word, _)| *word == text);
            found
                .map(|(_, value)| *value)
                .ok_or_else(|| not_a_choice(text, words))
        })
    }

    /// An array of texts; none of them is empty. Every item that is wrong is reported at its own place.
    pub fn string_list(&self, key: &'static str) -> Setting<'d, Vec<String>> {
        self.list(key, "a string", |value| match value {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            _ => None,
        })
    }

    /// An array of finite numbers. Every item that is wrong is reported at its own place.
    pub fn number_list(&self, key: &'static str) -> Setting<'d, Vec<f64>> {
        self.list(key, "a number", |value| {
            bare_number(value)?
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
        })
    }

    fn list<T>(
        &self,
        key: &'static str,
        what: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Setting<'d, Vec<T>> {
        let place = KeyPlace {
            section: self.clone(),
            key,
        };
        let items = self.read(key, |node| match &node.value {
            Value::Array(items) => Ok(items),
            other => Err(wrong_kind(other, "an array")),
        });
        let values = items.optional().map(|items| {
            for item in items.iter().filter(|item| read(&item.value).is_none()) {
                self.report_item(key, item, what);
            }
            items.iter().filter_map(|item| read(&item.value)).collect()
        });
        Reading::new(place, values, Ok)
    }

    fn text_as<T>(
        &self,
        key: &'static str,
        what: &str,
        parse: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Setting<'d, T> {
        self.read(key, |node| match &node.value {
            Value::String(text) => parse(text),
            other => Err(wrong_kind(other, what)),
        })
    }

    fn read<T>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&'d Node) -> Result<T, Refusal>,
    ) -> Setting<'d, T> {
        let place = KeyPlace {
            section: self.clone(),
            key,
        };
        Reading::new(place, self.node(key), parse)
    }
}

fn wrong_kind(found: &Value, wanted: &str) -> Refusal {
    Refusal::new("wrong-type", format!("is {}", found.kind())).hint(format!("write {wanted}"))
}

fn not_finite() -> Refusal {
    Refusal::new("out-of-range", "is not a finite number")
}

/// The digits of a number, or `None` for NaN, infinities and values that are no numbers.
fn bare_number(value: &Value) -> Option<String> {
    match value {
        Value::Integer(value) => Some(value.to_string()),
        Value::Float(text) if text.ends_with(|c: char| c.is_ascii_digit()) => {
            Some(text.trim_start_matches('+').to_owned())
        }
        _ => None,
    }
}
