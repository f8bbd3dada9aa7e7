//! A TOML file as sections that are asked for their keys; whatever nobody asked for is a mistake.
//!
//! ```
//! use quorate_backtest::input::TomlDocument;
//!
//! let text = "name = \"night\"\n[risk]\nmax_age = \"5s\"\n";
//! let document = TomlDocument::parse("run.toml", text);
//! let root = document.root();
//! let name = root.string("name").required();
//! let max_age = root.section("risk").duration("max_age").within(1, 60_000_000_000).or(1);
//! let run = document.finish(name.map(|name| (name, max_age)));
//! assert_eq!(run, Ok(("night".to_owned(), 5_000_000_000)));
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use super::diagnostic::{Diagnostic, Diagnostics, ExitClass};
use super::source::SourceText;
use super::spelling::closest;
use super::toml_text;
use super::toml_tree::{Entry, Node, Table, TableId, Tree, Value};

/// A TOML file being read, with the mistakes found so far.
#[derive(Debug)]
pub struct TomlDocument {
    source: SourceText,
    tree: Tree,
    /// Keys that were asked for, by table.
    asked: RefCell<BTreeMap<TableId, Vec<String>>>,
    errors: RefCell<Diagnostics>,
}

impl TomlDocument {
    /// Reads a file. Syntax errors are reported by [`TomlDocument::finish`].
    ///
    /// # Errors
    /// The file cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Diagnostics> {
        SourceText::read(path).map(Self::new)
    }

    /// Reads a text; `name` is what diagnostics call it. Syntax errors are reported by [`TomlDocument::finish`].
    #[must_use]
    pub fn parse(name: &str, text: &str) -> Self {
        Self::new(SourceText::new(name, text))
    }

    fn new(source: SourceText) -> Self {
        let (tree, errors) = toml_text::parse(&source);
        Self {
            source,
            tree,
            asked: RefCell::default(),
            errors: RefCell::new(errors),
        }
    }

    /// The text itself, for a copy or a hash of the file.
    #[must_use]
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// The top of the file.
    #[must_use]
    pub fn root(&self) -> Section<'_> {
        Section {
            document: self,
            table: Some(Tree::ROOT),
            path: String::new(),
            anchor: Tree::ROOT,
        }
    }

    /// Ends the reading: reports every key that nobody asked for, and hands over what was built.
    ///
    /// # Errors
    /// All mistakes: syntax, then values in the order they were asked for, then unknown keys.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Diagnostics> {
        self.report_unknown(Tree::ROOT, "");
        let errors = self.errors.into_inner();
        match value {
            Some(value) => errors.into_result(value),
            None if errors.is_empty() => {
                let message = "a required setting was given up without a reason";
                let bug = Diagnostic::new(ExitClass::Internal, "unexplained-refusal", message);
                Err(bug.in_file(self.source.name()).into())
            }
            None => Err(errors),
        }
    }

    fn report_unknown(&self, table: TableId, path: &str) {
        for entry in &self.tree.tables[table].entries {
            let name = join(path, &entry.key);
            let asked = self
                .asked
                .borrow()
                .get(&table)
                .is_some_and(|keys| keys.contains(&entry.key));
            if !asked {
                self.report_unknown_key(table, entry, &name);
                continue;
            }
            match &entry.node.value {
                Value::Table(id) => self.report_unknown(*id, &name),
                Value::Tables(list) => list.iter().for_each(|id| self.report_unknown(*id, &name)),
                _ => {}
            }
        }
    }

    fn report_unknown_key(&self, table: TableId, entry: &Entry, name: &str) {
        let diagnostic = self.source.diagnostic(
            entry.key_span.clone(),
            "unknown-key",
            format!("unknown key `{name}`"),
        );
        let asked = self.asked.borrow();
        let known = asked.get(&table).map(Vec::as_slice).unwrap_or_default();
        let hint = match closest(&entry.key, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "this section has no keys".to_owned(),
            None => format!("known here: {}", known.join(", ")),
        };
        self.errors.borrow_mut().push(diagnostic.with_hint(hint));
    }

    fn note_asked(&self, table: TableId, key: &str) {
        let mut asked = self.asked.borrow_mut();
        let keys = asked.entry(table).or_default();
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
}

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
        let inline = |item: &Node| match item.value {
            Value::Table(id) => Some(id),
            _ => None,
        };
        let tables = match &node.value {
            Value::Tables(list) => Some(list.clone()),
            Value::Array(items) => items.iter().map(inline).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        if let Some(tables) = tables {
            return tables
                .into_iter()
                .map(|id| self.child(key, Some(id)))
                .collect();
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

    pub(super) fn report_missing(&self, key: &str) {
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

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
