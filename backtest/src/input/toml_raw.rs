//! A TOML document as plain located values, for readers that are driven by a table of keys.

use std::ops::Range;

use super::diagnostics::Diagnostics;
use super::source::SourceText;
use super::toml_document::TomlDocument;
use super::toml_tree::{Node, TableId, Tree, Value};

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum RawValue {
    /// A string, its escapes resolved.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number: its digits as written, without underscores, so that decimals stay exact.
    Float(String),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or time, as written.
    Datetime(String),
    /// A list of values.
    Array(Vec<RawNode>),
    /// A table.
    Table(RawTable),
    /// `[[name]]`, or an array that holds nothing but tables.
    Tables(Vec<RawTable>),
}

impl RawValue {
    /// What the value is, in words.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
            Self::Datetime(_) => "a date or time",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
            Self::Tables(_) => "an array of tables",
        }
    }
}

/// A value and the bytes of the text that it stands in.
#[derive(Clone, Debug, PartialEq)]
pub struct RawNode {
    /// The value.
    pub value: RawValue,
    /// Bytes of the source.
    pub span: Range<usize>,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct RawEntry {
    /// The key, one part of a dotted name.
    pub key: String,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub node: RawNode,
}

/// A table with its entries in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct RawTable {
    /// Bytes of its header, its opening key or its braces.
    pub span: Range<usize>,
    /// Its keys.
    pub entries: Vec<RawEntry>,
}

/// A document taken apart: what could be read, and the syntax errors of the rest.
#[derive(Clone, Debug)]
pub struct RawDocument {
    /// The text, to point into.
    pub source: SourceText,
    /// The top of the document.
    pub root: RawTable,
    /// Syntax errors.
    pub errors: Diagnostics,
    /// Parts of the text that were skipped because of those errors.
    pub unread: Vec<Range<usize>>,
}

impl TomlDocument {
    /// Takes the document apart. Nothing counts as asked for, so the caller reports unknown keys itself.
    #[must_use]
    pub fn into_raw(self) -> RawDocument {
        let root = table(&self.tree, Tree::ROOT);
        let (source, errors, unread) = self.into_text();
        RawDocument {
            source,
            root,
            errors,
            unread,
        }
    }
}

fn table(tree: &Tree, id: TableId) -> RawTable {
    let own = &tree.tables[id];
    let entries = own.entries.iter().map(|entry| RawEntry {
        key: entry.key.clone(),
        key_span: entry.key_span.clone(),
        node: node(tree, &entry.node),
    });
    RawTable {
        span: own.span.clone(),
        entries: entries.collect(),
    }
}

fn node(tree: &Tree, given: &Node) -> RawNode {
    let value = match &given.value {
        Value::String(text) => RawValue::Text(text.clone()),
        Value::Integer(number) => RawValue::Integer(*number),
        Value::Float(digits) => RawValue::Float(digits.clone()),
        Value::Boolean(value) => RawValue::Boolean(*value),
        Value::Datetime(text) => RawValue::Datetime(text.clone()),
        Value::Array(items) => RawValue::Array(items.iter().map(|item| node(tree, item)).collect()),
        Value::Table(id) => RawValue::Table(table(tree, *id)),
        Value::Tables(list) => RawValue::Tables(list.iter().map(|id| table(tree, *id)).collect()),
    };
    RawNode {
        value,
        span: given.span.clone(),
    }
}
