//! A TOML document as a tree in which every key and value knows its place in the text.

use std::ops::Range;

/// Index of a table in [`Tree`].
pub(super) type TableId = usize;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    String(String),
    Integer(i64),
    /// The digits as written, without underscores, so that decimals stay exact.
    Float(String),
    Boolean(bool),
    /// As written.
    Datetime(String),
    Array(Vec<Node>),
    Table(TableId),
    /// `[[name]]`, or an array that holds nothing but tables, in the order of the text.
    Tables(Vec<TableId>),
}

impl Value {
    /// What the value is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a string",
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

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) span: Range<usize>,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: Node,
}

/// A table; `span` is its header, its opening key or its braces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) span: Range<usize>,
    pub(super) entries: Vec<Entry>,
}

impl Table {
    pub(super) fn new(span: Range<usize>) -> Self {
        Self {
            span,
            entries: Vec::new(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// All tables of a document; the first is the document itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub(super) tables: Vec<Table>,
}

impl Tree {
    pub(super) const ROOT: TableId = 0;

    pub(super) fn new() -> Self {
        Self {
            tables: vec![Table::new(0..0)],
        }
    }

    pub(super) fn add(&mut self, table: Table) -> TableId {
        self.tables.push(table);
        self.tables.len() - 1
    }
}
