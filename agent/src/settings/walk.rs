//! Goes through one file and puts every value where it belongs.

use std::collections::BTreeMap;

use quorate_backtest::input::{RawEntry, RawTable, RawValue, closest};

use super::collect::{Collected, Group, Located, section_with};
use super::key::{Key, SectionTable};
use super::keys::SECTIONS;
use super::leaks_in_files::Scan;
use super::report::{Place, Report};

/// One file being gone through.
pub(super) struct Walk<'a, 's> {
    file: usize,
    report: &'a mut Report<'s>,
    collected: &'a mut Collected,
    scan: Scan,
    /// Names of list items of this file with their places.
    seen: BTreeMap<String, Place>,
}

impl<'a, 's> Walk<'a, 's> {
    pub(super) fn new(
        file: usize,
        report: &'a mut Report<'s>,
        collected: &'a mut Collected,
    ) -> Self {
        Self {
            file,
            report,
            collected,
            scan: Scan::default(),
            seen: BTreeMap::new(),
        }
    }

    /// Goes through a whole file, and through what in it is no value.
    pub(super) fn file(mut self, root: &RawTable, text: &str) {
        self.table("", root);
        self.scan.rest_of(self.file, text, self.report);
    }

    fn table(&mut self, path: &'static str, table: &RawTable) {
        if let Some(group) = self.collected.sections.get_mut(path) {
            group.anchor = Place::File {
                file: self.file,
                key: table.span.clone(),
                value: table.span.clone(),
            };
        }
        for entry in &table.entries {
            let full = match path {
                "" => entry.key.clone(),
                path => format!("{path}.{}", entry.key),
            };
            let inner = SECTIONS.iter().find(|table| table.path == full);
            let own = SECTIONS.iter().find(|table| table.path == path);
            match (inner, own.and_then(|table| table.key(&entry.key))) {
                (Some(inner), _) if inner.is_list => self.list(inner, entry),
                (Some(inner), _) => self.section(inner, entry),
                (None, Some(key)) => self.value(path, key, entry),
                (None, None) => self.unknown(path, own, entry, &full),
            }
        }
    }

    fn section(&mut self, table: &'static SectionTable, entry: &RawEntry) {
        match &entry.node.value {
            RawValue::Table(inner) => self.table(table.path, inner),
            other => {
                let message = format!("{} is {}", table.path, other.kind());
                self.wrong_shape(entry, message, format!("write a table: [{}]", table.path));
            }
        }
    }

    fn list(&mut self, table: &'static SectionTable, entry: &RawEntry) {
        match &entry.node.value {
            RawValue::Tables(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.item(table, at, item);
                }
            }
            RawValue::Array(items) if items.is_empty() => {}
            other => {
                let message = format!("{} is {}", table.path, other.kind());
                let hint = format!("write an array of tables: [[{}]]", table.path);
                self.wrong_shape(entry, message, hint);
            }
        }
    }

    fn wrong_shape(&mut self, entry: &RawEntry, message: String, hint: String) {
        self.scan.tree(entry, None, self.file, self.report);
        let span = entry.node.span.clone();
        let diagnostic = self.report.in_file(self.file, span, "wrong-type", message);
        self.report.push(diagnostic.with_hint(hint));
    }

    fn place(&self, entry: &RawEntry) -> Place {
        Place::File {
            file: self.file,
            key: entry.key_span.clone(),
            value: entry.node.span.clone(),
        }
    }

    fn value(&mut self, section: &'static str, key: &'static Key, entry: &RawEntry) {
        let place = self.place(entry);
        let is_clean = self
            .scan
            .tree(entry, Some(key.kind), self.file, self.report);
        if let Some(group) = self.collected.sections.get_mut(section) {
            put(group, key, entry, place, is_clean);
        }
    }

    fn unknown(
        &mut self,
        path: &str,
        own: Option<&'static SectionTable>,
        entry: &RawEntry,
        full: &str,
    ) {
        if !self.scan.tree(entry, None, self.file, self.report) {
            return;
        }
        let keys = own.map(|table| table.keys).unwrap_or_default();
        let inner = SECTIONS.iter().filter_map(|table| below(path, table.path));
        let known: Vec<&str> = keys.iter().map(|key| key.name).chain(inner).collect();
        let hint = match closest(&entry.key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => match section_with(&entry.key) {
                Some(other) => format!("did you mean `{other}`?"),
                None if known.is_empty() => "remove it".to_owned(),
                None => format!("known here: {}", known.join(", ")),
            },
        };
        let message = format!("unknown key `{full}`");
        let span = entry.key_span.clone();
        let diagnostic = self.report.in_file(self.file, span, "unknown-key", message);
        self.report.push(diagnostic.with_hint(hint));
    }

    fn item(&mut self, table: &'static SectionTable, at: usize, item: &RawTable) {
        let named = item.entries.iter().find(|entry| entry.key == "name");
        let name = named.and_then(|entry| match &entry.node.value {
            RawValue::Text(text) => Some((text, self.place(entry))),
            _ => None,
        });
        let path = match &name {
            Some((name, _)) => format!("{}.{name}", table.path),
            None => format!("{}[{}]", table.path, at + 1),
        };
        let mut is_duplicate = false;
        if let Some((name, place)) = &name {
            is_duplicate = self.is_duplicate(&path, table, name, place);
        }
        let anchor = Place::File {
            file: self.file,
            key: item.span.clone(),
            value: item.span.clone(),
        };
        let groups = self.collected.items.entry(table.path).or_default();
        let known = groups
            .iter()
            .position(|group| group.path == path && name.is_some() && !is_duplicate);
        let index = known.unwrap_or_else(|| {
            groups.push(Group::new(table, path.clone(), anchor));
            groups.len() - 1
        });
        for entry in &item.entries {
            let full = format!("{path}.{}", entry.key);
            match table.key(&entry.key) {
                Some(key) => self.item_value(table.path, index, key, entry),
                None => self.unknown(&path, Some(table), entry, &full),
            }
        }
    }

    fn item_value(
        &mut self,
        list: &'static str,
        index: usize,
        key: &'static Key,
        entry: &RawEntry,
    ) {
        let place = self.place(entry);
        let is_clean = self
            .scan
            .tree(entry, Some(key.kind), self.file, self.report);
        let groups = self.collected.items.entry(list).or_default();
        if let Some(group) = groups.get_mut(index) {
            put(group, key, entry, place, is_clean);
        }
    }

    fn is_duplicate(
        &mut self,
        path: &str,
        table: &SectionTable,
        name: &str,
        place: &Place,
    ) -> bool {
        let Some(first) = self.seen.get(path) else {
            self.seen.insert(path.to_owned(), place.clone());
            return false;
        };
        let message = format!("two of [[{}]] are named \"{name}\"", table.path);
        let mut diagnostic = self.report.at_value(place, "duplicate-name", message);
        diagnostic.related = self.report.related(first, "the first one is here");
        self.report
            .push(diagnostic.with_hint("give every one a name of its own"));
        true
    }
}

fn put(group: &mut Group, key: &'static Key, entry: &RawEntry, place: Place, is_clean: bool) {
    if !is_clean {
        group.refused.insert(key.name);
        return;
    }
    group.refused.remove(key.name);
    let raw = entry.node.value.clone();
    group.values.insert(key.name, Located { raw, place });
}

/// The next part of `inner` if it lies directly below `outer`.
fn below<'p>(outer: &str, inner: &'p str) -> Option<&'p str> {
    let rest = match outer {
        "" => inner,
        outer => inner.strip_prefix(outer)?.strip_prefix('.')?,
    };
    (!rest.is_empty() && !rest.contains('.')).then_some(rest)
}
