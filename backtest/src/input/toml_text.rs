//! TOML 1.1 text to a located tree: lines, headers, keys and values.
//!
//! After a syntax error reading goes on with the next line, so that all errors of a file are found at once.

use std::ops::Range;

use super::diagnostic::Diagnostic;
use super::diagnostics::Diagnostics;
use super::source::SourceText;
use super::toml_tree::{Node, Origin, Table, TableId, Tree, Value};

/// Deepest nesting of arrays and inline tables.
const DEPTH_MAX: usize = 32;

/// Outcome of reading a piece; the diagnostic is boxed because errors are rare.
pub(super) type Read<T> = Result<T, Box<Diagnostic>>;

/// One part of a possibly dotted key.
pub(super) type KeyPart = (String, Range<usize>);

/// Reads a document. The tree holds whatever could be read.
pub(super) fn parse(source: &SourceText) -> (Tree, Diagnostics) {
    let mut reader = Reader {
        source,
        at: 0,
        tree: Tree::new(),
        table: Some(Tree::ROOT),
    };
    let mut errors = Diagnostics::new();
    if source.text().starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    while reader.at < source.text().len() {
        if let Err(error) = reader.line() {
            errors.push(*error);
            reader.skip_line();
        }
    }
    (reader.tree, errors)
}

/// Place in the text, and the tree so far.
pub(super) struct Reader<'s> {
    pub(super) source: &'s SourceText,
    pub(super) at: usize,
    pub(super) tree: Tree,
    /// The table that keys go into; `None` after a header that was refused.
    table: Option<TableId>,
}

impl<'s> Reader<'s> {
    pub(super) fn rest(&self) -> &'s str {
        &self.source.text()[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub(super) fn fail<T>(&self, span: Range<usize>, message: impl Into<String>) -> Read<T> {
        Err(Box::new(self.source.diagnostic(
            span,
            "toml-syntax",
            message,
        )))
    }

    /// Fails at the next character.
    pub(super) fn expected<T>(&self, what: &str) -> Read<T> {
        let (found, length) = match self.peek() {
            None => ("the end of the file".to_owned(), 0),
            Some('\n' | '\r') => ("the end of the line".to_owned(), 1),
            Some(other) => (format!("`{}`", other.escape_debug()), other.len_utf8()),
        };
        self.fail(
            self.at..self.at + length,
            format!("expected {what}, found {found}"),
        )
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn skip_line(&mut self) {
        self.at += self
            .rest()
            .find('\n')
            .map_or(self.rest().len(), |end| end + 1);
    }

    /// Blanks, line breaks and comments, as inside an array.
    fn skip_space(&mut self) -> Read<()> {
        loop {
            self.skip_blanks();
            self.comment()?;
            if !(self.eat("\n") || self.eat("\r\n")) {
                return Ok(());
            }
        }
    }

    fn comment(&mut self) -> Read<()> {
        if self.peek() != Some('#') {
            return Ok(());
        }
        let end = self.rest().find('\n').unwrap_or(self.rest().len());
        let text = self.rest()[..end].trim_end_matches('\r');
        if let Some(at) = text.find(|c: char| c.is_control() && c != '\t') {
            return self.fail(
                self.at + at..self.at + at + 1,
                "control character in a comment",
            );
        }
        self.at += text.len();
        Ok(())
    }

    /// One line: nothing, a header, or a key with its value.
    fn line(&mut self) -> Read<()> {
        self.skip_blanks();
        match self.peek() {
            None | Some('\n' | '\r' | '#') => {}
            Some('[') => self.header()?,
            Some(_) => self.pair()?,
        }
        self.skip_blanks();
        self.comment()?;
        if self.at == self.source.text().len() || self.eat("\n") || self.eat("\r\n") {
            return Ok(());
        }
        self.expected("the end of the line")
    }

    fn header(&mut self) -> Read<()> {
        let start = self.at;
        self.table = None;
        let repeated = self.eat("[[");
        let close = if repeated {
            "]]"
        } else {
            self.at += 1;
            "]"
        };
        let key = self.key()?;
        if !self.eat(close) {
            return self.expected(&format!("`{close}`"));
        }
        let span = start..self.at;
        let table = match repeated {
            true => self.define_element(&key, span)?,
            false => self.define_table(&key, span)?,
        };
        self.table = Some(table);
        Ok(())
    }

    /// A dotted key; blanks around the parts are skipped.
    fn key(&mut self) -> Read<Vec<KeyPart>> {
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            parts.push(self.key_part()?);
            self.skip_blanks();
            if !self.eat(".") {
                return Ok(parts);
            }
        }
    }

    fn key_part(&mut self) -> Read<KeyPart> {
        let start = self.at;
        if let Some('"' | '\'') = self.peek() {
            let text = self.line_string()?;
            return Ok((text, start..self.at));
        }
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let length = self.rest().find(|c| !bare(c)).unwrap_or(self.rest().len());
        if length == 0 {
            return self.expected("a key");
        }
        self.at += length;
        Ok((
            self.source.text()[start..self.at].to_owned(),
            start..self.at,
        ))
    }

    fn pair(&mut self) -> Read<()> {
        let (key, node) = self.key_and_value(0)?;
        match self.table {
            Some(table) => self.define_value(table, key, node),
            None => Ok(()),
        }
    }

    fn key_and_value(&mut self, depth: usize) -> Read<(Vec<KeyPart>, Node)> {
        let key = self.key()?;
        if !self.eat("=") {
            return self.expected("`=`");
        }
        self.skip_blanks();
        Ok((key, self.value(depth)?))
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        let start = self.at;
        if depth > DEPTH_MAX {
            return self.fail(
                start..start + 1,
                format!("nested deeper than {DEPTH_MAX} levels"),
            );
        }
        let value = match self.peek() {
            Some('"' | '\'') => Value::String(self.string()?),
            Some('[') => self.array(depth)?,
            Some('{') => self.inline_table(depth)?,
            None | Some('\n' | '\r' | '#') => return self.expected("a value"),
            Some(_) => self.word()?,
        };
        Ok(Node {
            value,
            span: start..self.at,
        })
    }

    fn array(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space()?;
            if self.eat("]") {
                return Ok(Value::Array(items));
            }
            items.push(self.value(depth + 1)?);
            self.skip_space()?;
            if !self.eat(",") && self.peek() != Some(']') {
                return self.expected("`,` or `]`");
            }
        }
    }

    fn inline_table(&mut self, depth: usize) -> Read<Value> {
        let start = self.at;
        self.at += 1;
        let table = self.tree.add(Table::new(Origin::Header, start..start + 1));
        loop {
            self.skip_space()?;
            if self.eat("}") {
                break;
            }
            let (key, node) = self.key_and_value(depth + 1)?;
            self.define_value(table, key, node)?;
            self.skip_space()?;
            if !self.eat(",") && self.peek() != Some('}') {
                return self.expected("`,` or `}`");
            }
        }
        self.tree.tables[table].origin = Origin::Inline;
        self.tree.tables[table].span = start..self.at;
        Ok(Value::Table(table))
    }
}
