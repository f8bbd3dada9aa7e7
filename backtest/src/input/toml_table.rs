//! A section of a TOML document: a table that is asked for its keys and for the tables within it.

use super::source::Position;
use super::toml_document::{TomlDocument, join};
use super::toml_tree::{Entry, Node, Table, TableId, Tree, Value};

/// One table of a document, or a table that is absent: all its keys then are.
#[derive(Clone, Debug)]
pub struct Section<'d> {
    document: &'d TomlDocument,
    table: Option<TableId>,
    /// Dotted name; empty at the top.
    path: String,
    /// The nearest table that exists: where an absent key is reported.
    anchor: TableId,
}

impl<'d> Section<'d> {
    pub(super) fn root_of(document: &'d TomlDocument) -> Self {
        Self {
            document,
            table: Some(Tree::ROOT),
            path: String::new(),
            anchor: Tree::ROOT,
        }
    }

    /// A table within this one; an absent table reads as an empty one.
    #[must_use]
    pub fn section(&self, key: &'static str) -> Section<'d> {
        self.section_if_present(key)
            .unwrap_or_else(|| self.child(key, None))
    }

    /// A table within this one, if it is there.
    #[must_use]
    pub fn section_if_present(&self, key: &'static str) -> Option<Section<'d>> {
        let node = self.node(key)?;
        match node.value {
            Value::Table(id) => Some(self.child(key, Some(id))),
            ref other => {
                let message = format!("{} is {}", self.path_of(key), other.kind());
                let hint = format!("write a table: [{}]", self.path_of(key));
                self.report_at(key, "wrong-type", message, Some(hint));
                None
            }
        }
    }

    /// An array of tables (`[[key]]`), in the order of the file; empty if absent.
    #[must_use]
    pub fn sections(&self, key: &'static str) -> Vec<Section<'d>> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        match &node.value {
            Value::Tables(list) => {
                return list.iter().map(|id| self.child(key, Some(*id))).collect();
            }
            Value::Array(items) if items.is_empty() => return Vec::new(),
            _ => {}
        }
        let message = format!("{} is {}", self.path_of(key), node.value.kind());
        let hint = format!("write an array of tables: [[{}]]", self.path_of(key));
        self.report_at(key, "wrong-type", message, Some(hint));
        Vec::new()
    }

    /// All tables within this one with their names, for sections whose names the user chooses.
    #[must_use]
    pub fn named_sections(&self) -> Vec<(String, Section<'d>)> {
        let entries = self.entries();
        let tables = entries.iter().filter_map(|entry| match entry.node.value {
            Value::Table(id) => Some((entry, id)),
            _ => None,
        });
        tables
            .map(|(entry, id)| {
                if let Some(table) = self.table {
                    self.document.note_asked(table, &entry.key);
                }
                (entry.key.clone(), self.child(&entry.key, Some(id)))
            })
            .collect()
    }

    /// Places of the keys of this section, in the order of the file.
    #[must_use]
    pub fn key_places(&self) -> Vec<(String, Position)> {
        let place = |entry: &Entry| self.document.source.position(entry.key_span.start);
        let entries = self.entries().iter();
        entries
            .map(|entry| (entry.key.clone(), place(entry)))
            .collect()
    }

    /// The texts in an array with their places, in its order; other items are left out. `None` if the key is absent or
    /// no array. Reports nothing: [`Section::string_list`] does.
    #[must_use]
    pub fn item_places(&self, key: &'static str) -> Option<Vec<(String, Position)>> {
        let Value::Array(items) = &self.node(key)?.value else {
            return None;
        };
        let text = |item: &Node| match &item.value {
            Value::String(text) => {
                let place = self.document.source.position(item.span.start);
                Some((text.clone(), place))
            }
            _ => None,
        };
        Some(items.iter().filter_map(text).collect())
    }

    /// Whether a key is given.
    #[must_use]
    pub fn has(&self, key: &'static str) -> bool {
        self.node(key).is_some()
    }

    /// Line of the section's header or opening key, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.document
            .source
            .position(self.anchor_table().span.start)
            .line
    }

    /// Dotted name of the section; empty at the top.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reports a mistake at a key that only the caller can see, such as a contradiction between two keys.
    pub fn report(&self, key: &'static str, code: &'static str, message: impl Into<String>) {
        self.report_at(key, code, message.into(), None);
    }

    /// As [`Section::report`], with a hint.
    pub fn report_with_hint(
        &self,
        key: &'static str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.report_at(key, code, message.into(), Some(hint.into()));
    }

    pub(super) fn node(&self, key: &str) -> Option<&'d Node> {
        // An absent table has no keys to offer: what is asked of it cannot be misspelt in it.
        let table = self.table?;
        self.document.note_asked(table, key);
        self.document.tree.tables[table]
            .get(key)
            .map(|entry| &entry.node)
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// The value as written, cut to one short line.
    pub(super) fn text_of(&self, key: &str) -> String {
        let Some(node) = self.node(key) else {
            return String::new();
        };
        let text = self
            .document
            .source
            .text()
            .get(node.span.clone())
            .unwrap_or_default();
        let mut shown: String = text.chars().take_while(|c| *c != '\n').take(40).collect();
        if shown.len() < text.len() {
            shown.push_str("...");
        }
        shown
    }

    pub(super) fn report_at(
        &self,
        key: &str,
        code: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        let span = match self.node(key) {
            Some(node) => node.span.clone(),
            None => self.anchor_table().span.clone(),
        };
        let mut diagnostic = self.document.source.diagnostic(span, code, message);
        diagnostic.hint = hint;
        self.document.errors.borrow_mut().push(diagnostic);
    }

    /// Reports an absent key, unless it may be in a line that was already reported as broken.
    pub(super) fn report_missing(&self, key: &str) {
        if self.document.may_be_unread(key) {
            return;
        }
        let name = self.path_of(key);
        let hint = match self.path.as_str() {
            "" => format!("add `{key} = ...` at the top of the file"),
            path => format!("add `{key} = ...` to [{path}]"),
        };
        self.report_at(
            key,
            "missing-key",
            format!("missing key `{name}`"),
            Some(hint),
        );
    }

    pub(super) fn report_item(&self, key: &str, item: &Node, what: &str) {
        let found = match &item.value {
            Value::String(text) if text.trim().is_empty() => "an empty string",
            other => other.kind(),
        };
        let message = format!("{} has {found} as an item, not {what}", self.path_of(key));
        let diagnostic = self
            .document
            .source
            .diagnostic(item.span.clone(), "wrong-type", message);
        self.document.errors.borrow_mut().push(diagnostic);
    }

    fn child(&self, key: &str, table: Option<TableId>) -> Section<'d> {
        Section {
            document: self.document,
            table,
            path: self.path_of(key),
            anchor: table.unwrap_or(self.anchor),
        }
    }

    fn anchor_table(&self) -> &'d Table {
        &self.document.tree.tables[self.anchor]
    }

    fn entries(&self) -> &'d [Entry] {
        match self.table {
            Some(id) => &self.document.tree.tables[id].entries,
            None => &[],
        }
    }
}
