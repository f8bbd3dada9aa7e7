//! Values that hold several: lists of names, texts and markets, and tables of parameters.

use std::collections::BTreeMap;
use std::path::Path;

use quorate_backtest::input::{RawNode, RawValue};

use super::kind::Kind;
use super::secret::SecretRef;
use super::text_value::{Name, hex_bytes, line_of, quoted};
use super::value::{Fault, SettingValue, refuse, wrong_type};

/// Reads every item of a list; the first wrong one is pointed at.
fn items<T>(
    list: &[RawNode],
    read: impl Fn(&RawValue) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let item = |node: &RawNode| {
        read(&node.value).map_err(|mut fault| {
            fault.refusal.message = format!("has an item that {}", fault.refusal.message);
            fault.part = fault.part.or(Some(node.span.clone()));
            fault
        })
    };
    list.iter().map(item).collect()
}

fn list_text<T: SettingValue>(list: &[T]) -> String {
    let items: Vec<String> = list.iter().map(T::show).collect();
    format!("[{}]", items.join(", "))
}

fn no_duplicates<T: PartialEq>(list: &[T], nodes: &[RawNode]) -> Result<(), Fault> {
    for (at, item) in list.iter().enumerate() {
        if list[..at].contains(item) {
            let mut fault = refuse("duplicate-item", "names the same item twice");
            fault.refusal.hint = Some("name every item once".to_owned());
            fault.part = nodes.get(at).map(|node| node.span.clone());
            return Err(fault);
        }
    }
    Ok(())
}

impl SettingValue for Vec<String> {
    const KIND: Kind = Kind::TextList;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        match raw {
            RawValue::Array(list) => items(list, |item| line_of(item).map(str::to_owned)),
            other => Err(wrong_type(other)),
        }
    }

    fn show(&self) -> String {
        list_text(self)
    }
}

impl SettingValue for Vec<Name> {
    const KIND: Kind = Kind::NameList;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        match raw {
            RawValue::Text(_) => Ok(vec![Name::parse(raw)?]),
            RawValue::Array(list) => {
                let names = items(list, Name::parse)?;
                no_duplicates(&names, list)?;
                Ok(names)
            }
            other => Err(wrong_type(other)),
        }
    }

    fn show(&self) -> String {
        list_text(self)
    }
}

/// A market of the venue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarketRef {
    /// By the last part of its address.
    Slug(String),
    /// By the identity of its condition.
    ConditionId([u8; 32]),
    /// The next events of a recurring family of the venue: `series:btc-up-or-down-hourly`.
    Series(String),
    /// The events of a subject with the highest turnover: `tag:us-elections`.
    Tag(String),
}

impl SettingValue for MarketRef {
    const KIND: Kind = Kind::MarketList;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = line_of(raw)?;
        if let Some(digits) = text.strip_prefix("0x") {
            return hex_bytes(digits)
                .map(Self::ConditionId)
                .ok_or_else(|| refuse("not-a-market", "is not a condition id"));
        }
        let is_slug = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let (of, name) = match text.split_once(':') {
            Some((word, name)) => (Some(word), name),
            None => (None, text),
        };
        let is_name = !name.is_empty() && name.bytes().all(is_slug) && name.len() <= 200;
        if is_name && let Some(market) = Self::of_list(of, name) {
            Ok(market)
        } else {
            Err(refuse("not-a-market", "is not a market slug"))
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Slug(slug) => quoted(slug),
            Self::ConditionId(bytes) => format!("\"0x{}\"", super::text_value::hex(bytes)),
            Self::Series(name) => quoted(&format!("series:{name}")),
            Self::Tag(name) => quoted(&format!("tag:{name}")),
        }
    }
}

impl MarketRef {
    /// A name of its own, or one of a list of the venue.
    fn of_list(list: Option<&str>, name: &str) -> Option<Self> {
        let name = name.to_owned();
        match list {
            None => Some(Self::Slug(name)),
            Some("series") => Some(Self::Series(name)),
            Some("tag") => Some(Self::Tag(name)),
            Some(_) => None,
        }
    }
}

impl SettingValue for Vec<MarketRef> {
    const KIND: Kind = Kind::MarketList;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        match raw {
            RawValue::Array(list) => {
                let markets = items(list, MarketRef::parse)?;
                no_duplicates(&markets, list)?;
                Ok(markets)
            }
            other => Err(wrong_type(other)),
        }
    }

    fn show(&self) -> String {
        list_text(self)
    }
}

/// A value handed to a worker as it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Number(f64),
    /// True or false.
    Bool(bool),
}

/// Values handed to a worker by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(pub BTreeMap<String, Parameter>);

impl SettingValue for Parameters {
    const KIND: Kind = Kind::Parameters;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let RawValue::Table(table) = raw else {
            return Err(wrong_type(raw));
        };
        let mut values = BTreeMap::new();
        for entry in &table.entries {
            let at_entry = |mut fault: Fault| {
                fault.part = Some(entry.node.span.clone());
                fault
            };
            let value = match &entry.node.value {
                RawValue::Text(text) => Parameter::Text(text.clone()),
                RawValue::Integer(value) => Parameter::Integer(*value),
                RawValue::Boolean(value) => Parameter::Bool(*value),
                number @ RawValue::Float(_) => {
                    Parameter::Number(f64::parse(number).map_err(at_entry)?)
                }
                _ => {
                    let message = "has a value that is no text, number, true or false";
                    return Err(at_entry(refuse("wrong-type", message)));
                }
            };
            values.insert(entry.key.clone(), value);
        }
        Ok(Self(values))
    }

    fn show(&self) -> String {
        let text = |value: &Parameter| match value {
            Parameter::Text(text) => quoted(text),
            Parameter::Integer(value) => value.to_string(),
            Parameter::Number(value) => format!("{value:?}"),
            Parameter::Bool(value) => value.to_string(),
        };
        inline_table(self.0.iter().map(|(name, value)| (name, text(value))))
    }
}

fn inline_table<'a>(entries: impl Iterator<Item = (&'a String, String)>) -> String {
    let entries: Vec<String> = entries
        .map(|(name, value)| format!("{} = {value}", quoted(name)))
        .collect();
    if entries.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", entries.join(", "))
    }
}

/// What an environment variable of a worker is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvValue {
    /// The text itself.
    Plain(String),
    /// A secret that is read when the worker starts (`file:`, `fd:` or `systemd:` in front).
    Secret(SecretRef),
}

/// Environment variables of a worker. Nothing else of the agent's own environment reaches it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(pub BTreeMap<String, EnvValue>);

impl SettingValue for Environment {
    const KIND: Kind = Kind::Environment;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let RawValue::Table(table) = raw else {
            return Err(wrong_type(raw));
        };
        let mut values = BTreeMap::new();
        for entry in &table.entries {
            let value = variable(&entry.key, &entry.node.value).map_err(|mut fault| {
                fault.part = Some(entry.node.span.clone());
                fault
            })?;
            values.insert(entry.key.clone(), value);
        }
        Ok(Self(values))
    }

    fn show(&self) -> String {
        let text = |value: &EnvValue| match value {
            EnvValue::Plain(text) => quoted(text),
            EnvValue::Secret(reference) => reference.show(),
        };
        inline_table(self.0.iter().map(|(name, value)| (name, text(value))))
    }

    fn masked(&self) -> String {
        let text = |value: &EnvValue| match value {
            EnvValue::Plain(_) => "\"***\"".to_owned(),
            EnvValue::Secret(reference) => reference.show(),
        };
        inline_table(self.0.iter().map(|(name, value)| (name, text(value))))
    }

    fn rebase(self, folder: &Path) -> Self {
        let value = |value| match value {
            EnvValue::Secret(reference) => EnvValue::Secret(reference.rebase(folder)),
            plain @ EnvValue::Plain(_) => plain,
        };
        Self(
            self.0
                .into_iter()
                .map(|(name, old)| (name, value(old)))
                .collect(),
        )
    }
}

fn variable(name: &str, raw: &RawValue) -> Result<EnvValue, Fault> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(refuse(
            "not-a-name",
            "has a name that is not of letters, digits and _",
        ));
    }
    let text = line_of(raw).map_err(|mut fault| {
        fault.refusal.message = format!("has a value that {}", fault.refusal.message);
        fault
    })?;
    let is_reference = ["file:", "fd:", "systemd:"]
        .iter()
        .any(|start| text.starts_with(start));
    match is_reference {
        true => SecretRef::of(text).map(EnvValue::Secret),
        false => Ok(EnvValue::Plain(text.to_owned())),
    }
}
