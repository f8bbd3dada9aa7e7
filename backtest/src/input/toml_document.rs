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
use std::ops::Range;
use std::path::Path;

use super::diagnostic::{Diagnostic, ExitClass};
use super::diagnostics::Diagnostics;
use super::source::SourceText;
use super::spelling::closest;
use super::toml_read::{Parsed, parse};
use super::toml_table::Section;
use super::toml_tree::{Entry, TableId, Tree, Value};

/// A TOML file being read, with the mistakes found so far.
#[derive(Debug)]
pub struct TomlDocument {
    pub(super) source: SourceText,
    pub(super) tree: Tree,
    /// Parts of the text that are no valid TOML and were skipped.
    unread: Vec<Range<usize>>,
    /// Keys that were asked for, by table.
    asked: RefCell<BTreeMap<TableId, Vec<String>>>,
    pub(super) errors: RefCell<Diagnostics>,
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
        let Parsed {
            tree,
            errors,
            unread,
        } = parse(&source);
        Self {
            source,
            tree,
            unread,
            asked: RefCell::default(),
            errors: RefCell::new(errors),
        }
    }

    /// The text itself, for a copy or a hash of the file.
    #[must_use]
    pub fn text(&self) -> &str {
        self.source.text()
    }

    pub(super) fn into_text(self) -> (SourceText, Diagnostics, Vec<Range<usize>>) {
        (self.source, self.errors.into_inner(), self.unread)
    }

    /// The top of the file.
    #[must_use]
    pub fn root(&self) -> Section<'_> {
        Section::root_of(self)
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

    /// Whether a key may stand in a part of the text that could not be read, so that it cannot be called missing.
    pub(super) fn may_be_unread(&self, key: &str) -> bool {
        let texts = self
            .unread
            .iter()
            .filter_map(|span| self.text().get(span.clone()));
        texts.into_iter().any(|text| text.contains(key))
    }

    pub(super) fn note_asked(&self, table: TableId, key: &str) {
        let mut asked = self.asked.borrow_mut();
        let keys = asked.entry(table).or_default();
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
