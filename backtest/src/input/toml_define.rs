//! What may be defined where in a TOML document: no key twice, no table reopened.

use std::ops::Range;

use super::diagnostic::Related;
use super::toml_text::{KeyPart, Read, Reader};
use super::toml_tree::{Entry, Node, Origin, Table, TableId, Tree, Value};

impl Reader<'_> {
    /// `[a.b.c]`.
    pub(super) fn define_table(&mut self, key: &[KeyPart], span: Range<usize>) -> Read<TableId> {
        let Some(((name, name_span), parents)) = key.split_last() else {
            return self.expected("a key");
        };
        let parent = self.walk_header(parents)?;
        let Some(entry) = self.tree.tables[parent].get(name) else {
            return Ok(self.add_table(
                parent,
                (name.clone(), name_span.clone()),
                Origin::Header,
                span,
            ));
        };
        let implied = |id: &TableId| self.tree.tables[*id].origin == Origin::Implied;
        match &entry.node.value {
            Value::Table(id) if implied(id) => {
                let id = *id;
                self.tree.tables[id].origin = Origin::Header;
                self.tree.tables[id].span = span;
                Ok(id)
            }
            _ => self.twice(name_span.clone(), name, entry),
        }
    }

    /// `[[a.b.c]]`.
    pub(super) fn define_element(&mut self, key: &[KeyPart], span: Range<usize>) -> Read<TableId> {
        let Some(((name, name_span), parents)) = key.split_last() else {
            return self.expected("a key");
        };
        let parent = self.walk_header(parents)?;
        let element = self.tree.add(Table::new(Origin::Header, span.clone()));
        let entries = &self.tree.tables[parent].entries;
        let Some(place) = entries.iter().position(|entry| entry.key == *name) else {
            let node = Node {
                value: Value::Tables(vec![element]),
                span,
            };
            let entry = Entry {
                key: name.clone(),
                key_span: name_span.clone(),
                node,
            };
            self.tree.tables[parent].entries.push(entry);
            return Ok(element);
        };
        if let Value::Tables(list) = &mut self.tree.tables[parent].entries[place].node.value {
            list.push(element);
            return Ok(element);
        }
        self.twice(
            name_span.clone(),
            name,
            &self.tree.tables[parent].entries[place],
        )
    }

    /// The table that the leading parts of a header name, made where it does not exist yet.
    fn walk_header(&mut self, parts: &[KeyPart]) -> Read<TableId> {
        let mut table = Tree::ROOT;
        for (name, span) in parts {
            let next = match self.tree.tables[table].get(name) {
                None => None,
                Some(entry) => match &entry.node.value {
                    Value::Table(id) if self.tree.tables[*id].origin != Origin::Inline => Some(*id),
                    Value::Tables(list) => list.last().copied(),
                    _ => return self.twice(span.clone(), name, entry),
                },
            };
            table = match next {
                Some(next) => next,
                None => {
                    let key = (name.clone(), span.clone());
                    self.add_table(table, key, Origin::Implied, span.clone())
                }
            };
        }
        Ok(table)
    }

    /// `a.b.c = value` within a table.
    pub(super) fn define_value(
        &mut self,
        table: TableId,
        mut key: Vec<KeyPart>,
        node: Node,
    ) -> Read<()> {
        let Some((name, name_span)) = key.pop() else {
            return self.expected("a key");
        };
        let mut table = table;
        for (part, span) in key {
            let next = match self.tree.tables[table].get(&part) {
                None => None,
                Some(entry) => match &entry.node.value {
                    Value::Table(id) if self.tree.tables[*id].origin == Origin::Dotted => Some(*id),
                    _ => return self.twice(span, &part, entry),
                },
            };
            table = match next {
                Some(next) => next,
                None => self.add_table(table, (part, span.clone()), Origin::Dotted, span),
            };
        }
        if let Some(entry) = self.tree.tables[table].get(&name) {
            return self.twice(name_span, &name, entry);
        }
        self.tree.tables[table].entries.push(Entry {
            key: name,
            key_span: name_span,
            node,
        });
        Ok(())
    }

    fn add_table(
        &mut self,
        parent: TableId,
        (key, key_span): KeyPart,
        origin: Origin,
        span: Range<usize>,
    ) -> TableId {
        let id = self.tree.add(Table::new(origin, span.clone()));
        let node = Node {
            value: Value::Table(id),
            span,
        };
        self.tree.tables[parent].entries.push(Entry {
            key,
            key_span,
            node,
        });
        id
    }

    fn twice<T>(&self, span: Range<usize>, name: &str, first: &Entry) -> Read<T> {
        let place = self.source.position(first.key_span.start);
        let related = Related {
            note: "first defined here".to_owned(),
            file: self.source.name().to_owned(),
            line: place.line,
            column: place.column,
        };
        let message = format!("`{name}` is defined twice");
        let diagnostic = self.source.diagnostic(span, "duplicate-key", message);
        Err(Box::new(diagnostic.with_related(related)))
    }
}
