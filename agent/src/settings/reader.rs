//! Reads one section: every key of it by its row of the table.

use std::path::Path;

use quorate_backtest::input::{Diagnostic, ExitClass, RawValue, Refusal};

use super::collect::{Group, Located};
use super::from_text::toml_value;
use super::key::Key;
use super::leak;
use super::provenance::Entry;
use super::report::{Place, Report};
use super::source::Sources;
use super::value::{Fault, SettingValue};

/// Whether limits may exceed their compiled ceilings.
pub const IS_UNLOCKED: bool = cfg!(feature = "unlocked");

/// A section being read.
pub(super) struct Reader<'a, 's> {
    pub(super) group: &'a Group,
    pub(super) sources: &'s Sources,
    pub(super) report: &'a mut Report<'s>,
    pub(super) entries: &'a mut Vec<Entry>,
}

impl Reader<'_, '_> {
    /// The value of a key: what was given, else the default, else what absence means. `None` means that something was
    /// reported.
    pub(super) fn take<T: SettingValue>(&mut self, name: &str) -> Option<T> {
        let Some(key) = self.group.table.key(name) else {
            self.bug(name, "is not in the table of keys");
            return None;
        };
        if self.group.refused.contains(name) {
            return None;
        }
        let group = self.group;
        match group.values.get(name) {
            Some(given) => self.given::<T>(key, given),
            None => self.not_given::<T>(key),
        }
    }

    fn given<T: SettingValue>(&mut self, key: &'static Key, given: &Located) -> Option<T> {
        match T::parse(&given.raw).and_then(|value| within(key, value)) {
            Ok(value) => {
                let value = value.rebase(self.folder(&given.place));
                self.note(key, &value, &given.place);
                Some(value)
            }
            Err(fault) => {
                self.refuse(key, given, fault);
                None
            }
        }
    }

    fn not_given<T: SettingValue>(&mut self, key: &'static Key) -> Option<T> {
        let Some(default) = key.default else {
            if let Some(value) = T::absent() {
                return Some(value);
            }
            self.missing(key);
            return None;
        };
        let parsed = toml_value(default).and_then(|raw| T::parse(&raw).ok());
        let Some(value) = parsed else {
            self.bug(key.name, "has a default that does not read");
            return None;
        };
        let value = value.rebase(&self.sources.folder);
        self.note(key, &value, &Place::Default);
        Some(value)
    }

    fn note<T: SettingValue>(&mut self, key: &'static Key, value: &T, place: &Place) {
        self.entries.push(Entry::new(
            self.group.path_of(key.name),
            key,
            value,
            self.report.origin(place),
        ));
    }

    /// Where relative paths given at a place start.
    fn folder(&self, place: &Place) -> &Path {
        let file = match place {
            Place::File { file, .. } => self.sources.files.get(*file),
            Place::Default | Place::Env(_) | Place::Flag(_) => None,
        };
        file.map_or(&self.sources.folder, |file| &file.folder)
    }

    fn refuse(&mut self, key: &'static Key, given: &Located, fault: Fault) {
        let path = self.group.path_of(key.name);
        let Fault { refusal, part } = fault;
        let place = narrowed(&given.place, part);
        let hint = refusal
            .hint
            .unwrap_or_else(|| format!("write {}", key.kind.expected()));
        if key.kind.is_secret() || refusal.code == "secret-in-settings" {
            let message = format!("{path} {}; it is not shown here", refusal.message);
            let diagnostic = self.report.at_value(&place, refusal.code, message);
            self.report.push_hidden(diagnostic.with_hint(hint));
            return;
        }
        let shown = self.report.written(&given.place);
        let shown = leak::mask(&shown.unwrap_or_else(|| raw_text(&given.raw)));
        let message = format!("{path} = {shown} {}", refusal.message);
        let diagnostic = self.report.at_value(&place, refusal.code, message);
        self.report.push(diagnostic.with_hint(hint));
    }

    fn missing(&mut self, key: &'static Key) {
        if self.report.may_be_unread(key.name) {
            return;
        }
        let path = self.group.path_of(key.name);
        let message = format!("missing key `{path}`");
        let diagnostic = self
            .report
            .at_key(&self.group.anchor, "missing-key", message);
        let hint = format!("add `{} = ...`: {}", key.name, key.kind.expected());
        self.report.push(diagnostic.with_hint(hint));
    }

    fn bug(&mut self, name: &str, what: &str) {
        let message = format!("the key `{}` {what}", self.group.path_of(name));
        let bug = Diagnostic::new(ExitClass::Internal, "bad-table-of-keys", message);
        self.report.push(bug.with_hint("report this as a bug"));
    }
}

fn narrowed(place: &Place, part: Option<std::ops::Range<usize>>) -> Place {
    match (place, part) {
        (Place::File { file, key, .. }, Some(value)) => Place::File {
            file: *file,
            key: key.clone(),
            value,
        },
        (place, _) => place.clone(),
    }
}

fn raw_text(raw: &RawValue) -> String {
    match raw {
        RawValue::Text(text) => format!("\"{}\"", text.chars().take(60).collect::<String>()),
        RawValue::Integer(value) => value.to_string(),
        RawValue::Float(digits) => digits.clone(),
        RawValue::Boolean(value) => value.to_string(),
        RawValue::Datetime(text) => text.clone(),
        RawValue::Array(_) | RawValue::Table(_) | RawValue::Tables(_) => raw.kind().to_owned(),
    }
}

/// Checks a value against the bounds of its row.
fn within<T: SettingValue>(key: &Key, value: T) -> Result<T, Fault> {
    let Some(rank) = value.rank() else {
        return Ok(value);
    };
    let bound = |text: Option<&'static str>| -> Option<(&'static str, f64)> {
        let text = text?;
        Some((text, T::parse(&toml_value(text)?).ok()?.rank()?))
    };
    let refused = |what: &str, limit: &str, hint: String| {
        let message = format!("is {what} {limit}");
        Err(Refusal::new("out-of-range", message).hint(hint).into())
    };
    if let Some((limit, _)) = bound(key.min).filter(|(_, least)| rank < *least) {
        return refused(
            "below the least value",
            limit,
            format!("write at least {limit}"),
        );
    }
    if let Some((limit, _)) = bound(key.max).filter(|(_, most)| rank > *most) {
        return refused(
            "above the greatest value",
            limit,
            format!("write at most {limit}"),
        );
    }
    if IS_UNLOCKED {
        return Ok(value);
    }
    let only = "only a build with the feature `unlocked` goes beyond";
    if let Some((limit, _)) = bound(key.floor).filter(|(_, least)| rank < *least) {
        return refused(
            "below the compiled floor",
            limit,
            format!("write at least {limit}; {only}"),
        );
    }
    if let Some((limit, _)) = bound(key.ceiling).filter(|(_, most)| rank > *most) {
        return refused(
            "above the compiled ceiling",
            limit,
            format!("write at most {limit}; {only}"),
        );
    }
    Ok(value)
}
