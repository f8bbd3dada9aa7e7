//! From documents, variables and flags to one located value per key.

use std::collections::{BTreeMap, BTreeSet};

use quorate_backtest::input::{RawTable, RawValue, closest};

use super::from_text::{raw_of_text, toml_value};
use super::key::{Key, SectionTable};
use super::keys::SECTIONS;
use super::leaks_in_files::Scan;
use super::report::{Place, Report};
use super::source::{ENV_PREFIX, Sources};
use super::value::SettingValue;
use super::walk::Walk;

/// A value and where it was given.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) raw: RawValue,
    pub(super) place: Place,
}

/// What was said about one section, or one item of a list.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) table: &'static SectionTable,
    /// Dotted name; the items of a list by their own names.
    pub(super) path: String,
    /// Its header, where missing keys are reported.
    pub(super) anchor: Place,
    pub(super) values: BTreeMap<&'static str, Located>,
    /// Keys whose value was refused already.
    pub(super) refused: BTreeSet<&'static str>,
}

impl Group {
    pub(super) fn new(table: &'static SectionTable, path: String, anchor: Place) -> Self {
        Self {
            table,
            path,
            anchor,
            values: BTreeMap::new(),
            refused: BTreeSet::new(),
        }
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    /// The value of a key, given or by default; `None` if there is none or it does not read.
    pub(super) fn get<T: SettingValue>(&self, key: &str) -> Option<T> {
        if self.refused.contains(key) {
            return None;
        }
        match self.values.get(key) {
            Some(given) => T::parse(&given.raw).ok(),
            None => T::parse(&toml_value(self.table.key(key)?.default?)?).ok(),
        }
    }

    /// Where a key was given.
    pub(super) fn place(&self, key: &str) -> Option<&Place> {
        self.values.get(key).map(|given| &given.place)
    }
}

/// Everything that was said.
pub(super) struct Collected {
    pub(super) sections: BTreeMap<&'static str, Group>,
    /// Items of lists by the list's name.
    pub(super) items: BTreeMap<&'static str, Vec<Group>>,
}

impl Collected {
    /// Goes through all sources in order and reports what belongs nowhere.
    pub(super) fn of(sources: &Sources, report: &mut Report<'_>) -> Self {
        let mut own = Self {
            sections: BTreeMap::new(),
            items: BTreeMap::new(),
        };
        for table in &SECTIONS {
            if table.is_list {
                own.items.insert(table.path, Vec::new());
            } else {
                let group = Group::new(table, table.path.to_owned(), Place::Default);
                own.sections.insert(table.path, group);
            }
        }
        for (file, document) in sources.files.iter().enumerate() {
            Walk::new(file, report, &mut own).file(&document.root, document.source.text());
            own.require_version(file, &document.root, report);
        }
        for (name, value) in &sources.env {
            own.variable(name, value, report);
        }
        for operand in &sources.set {
            own.flag(operand, report);
        }
        own
    }

    /// Every file says which version of the keys it is written in.
    fn require_version(&self, file: usize, root: &RawTable, report: &mut Report<'_>) {
        let is_named = root
            .entries
            .iter()
            .any(|entry| entry.key == "config_version");
        if is_named || report.may_be_unread("config_version") {
            return;
        }
        let message = "missing key `config_version`".to_owned();
        let diagnostic = report.in_file(file, 0..0, "missing-key", message);
        report.push(diagnostic.with_hint("add `config_version = 1` at the top of the file"));
    }

    fn variable(&mut self, name: &str, value: &str, report: &mut Report<'_>) {
        let place = Place::Env(name.to_owned());
        let rest = name.strip_prefix(ENV_PREFIX).unwrap_or(name);
        let path = rest.to_ascii_lowercase().replace("__", ".");
        let is_listed = path.starts_with("topics.") || path.starts_with("workers.");
        if is_listed {
            let message = "topics and workers cannot be set by environment variables".to_owned();
            let hint = "set them in a file, or with `--set topics.NAME.KEY=VALUE`";
            let diagnostic = report.at_key(&place, "unknown-key", message);
            report.push(diagnostic.with_hint(hint));
            return;
        }
        self.assign(&path, value, place, report);
    }

    fn flag(&mut self, operand: &str, report: &mut Report<'_>) {
        let Some((path, value)) = operand.split_once('=') else {
            let place = Place::Flag(String::new());
            let message = "no `=` between key and value".to_owned();
            let diagnostic = report.at_key(&place, "bad-flag", message);
            report.push(diagnostic.with_hint("write --set KEY=VALUE, as --set mode=paper"));
            return;
        };
        let path = path.trim();
        let shown = super::leak::mask(path);
        self.assign(path, value.trim(), Place::Flag(shown), report);
    }

    fn assign(&mut self, path: &str, text: &str, place: Place, report: &mut Report<'_>) {
        let Some((group, key)) = self.find(path) else {
            let message = format!("unknown key `{path}`");
            let diagnostic = report.at_key(&place, "unknown-key", message);
            let hint = self.near(path, &place);
            report.push(diagnostic.with_hint(hint));
            return;
        };
        let raw = raw_of_text(key.kind, text);
        if let Some(diagnostic) = Scan::value(report, key.name, Some(key.kind), &raw, &place) {
            report.push_hidden(diagnostic);
            group.refused.insert(key.name);
            return;
        }
        group.refused.remove(key.name);
        group.values.insert(key.name, Located { raw, place });
    }

    fn find(&mut self, path: &str) -> Option<(&mut Group, &'static Key)> {
        let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
        if let Some((list, item)) = section.split_once('.')
            && let Some(groups) = self.items.get_mut(list)
        {
            let wanted = format!("{list}.{item}");
            let group = groups.iter_mut().find(|group| group.path == wanted)?;
            let key = group.table.key(name).filter(|key| key.name != "name")?;
            return Some((group, key));
        }
        let group = self.sections.get_mut(section)?;
        let key = group.table.key(name)?;
        Some((group, key))
    }

    fn near(&self, path: &str, place: &Place) -> String {
        let mut known: Vec<String> = Vec::new();
        for group in self.sections.values() {
            known.extend(group.table.keys.iter().map(|key| group.path_of(key.name)));
        }
        for group in self.items.values().flatten() {
            known.extend(group.table.keys.iter().map(|key| group.path_of(key.name)));
        }
        let name = path.rsplit_once('.').map_or(path, |(_, name)| name);
        let near = closest(path, known.iter().map(String::as_str))
            .map(str::to_owned)
            .or_else(|| section_with(name));
        let spelt = |path: String| match place {
            Place::Env(_) => format!(
                "{ENV_PREFIX}{}",
                path.replace('.', "__").to_ascii_uppercase()
            ),
            _ => path,
        };
        match near {
            Some(near) => format!("did you mean `{}`?", spelt(near)),
            None => "`quorate config schema` lists all keys".to_owned(),
        }
    }
}

/// A key of that name in any section that stands once.
pub(super) fn section_with(name: &str) -> Option<String> {
    let tables = SECTIONS.iter().filter(|table| !table.is_list);
    let mut found = tables.filter(|table| table.key(name).is_some());
    found.next().map(|table| table.path_of(name))
}
