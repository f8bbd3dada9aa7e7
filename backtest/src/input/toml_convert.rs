//! From a document of the `toml` crate to a located tree: keys in the order of the text, numbers by their digits.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::toml_tree::{Entry, Node, Table, TableId, Tree, Value};

/// A document as a tree.
pub(super) struct Converted {
    pub(super) tree: Tree,
    /// Whole numbers that do not fit 64 bits, which are not in the tree.
    pub(super) too_large: Vec<Range<usize>>,
}

/// Converts a document that has no syntax errors; `text` is what it was read from.
pub(super) fn convert(text: &str, document: &DeTable<'_>) -> Converted {
    let mut converter = Converter {
        text,
        tree: Tree::new(),
        too_large: Vec::new(),
    };
    converter.fill(Tree::ROOT, document);
    Converted {
        tree: converter.tree,
        too_large: converter.too_large,
    }
}

struct Converter<'t> {
    text: &'t str,
    tree: Tree,
    too_large: Vec<Range<usize>>,
}

impl Converter<'_> {
    fn fill(&mut self, id: TableId, table: &DeTable<'_>) {
        let mut pairs: Vec<_> = table.iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in pairs {
            if let Some(node) = self.node(value) {
                self.tree.tables[id].entries.push(Entry {
                    key: key.get_ref().clone().into_owned(),
                    key_span: key.span(),
                    node,
                });
            }
        }
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Node> {
        let span = value.span();
        let value = match value.get_ref() {
            DeValue::String(text) => Value::String(text.clone().into_owned()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Value::Integer(number),
                    Err(_) => {
                        self.too_large.push(span);
                        return None;
                    }
                }
            }
            // The digits as written, never by way of a binary float: amounts stay exact.
            DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Datetime(_) => Value::Datetime(self.text[span.clone()].to_owned()),
            DeValue::Array(items) => self.array(items),
            DeValue::Table(table) => Value::Table(self.table(table, span.clone())),
        };
        Some(Node { value, span })
    }

    fn table(&mut self, table: &DeTable<'_>, span: Range<usize>) -> TableId {
        let id = self.tree.add(Table::new(span));
        self.fill(id, table);
        id
    }

    fn array(&mut self, items: &DeArray<'_>) -> Value {
        let nodes: Vec<Node> = items.iter().filter_map(|item| self.node(item)).collect();
        let tables: Option<Vec<TableId>> = nodes.iter().map(table_of).collect();
        match tables {
            Some(tables) if !tables.is_empty() => Value::Tables(tables),
            _ => Value::Array(nodes),
        }
    }
}

fn table_of(node: &Node) -> Option<TableId> {
    match node.value {
        Value::Table(id) => Some(id),
        _ => None,
    }
}
