//! TOML 1.1 text to a located tree and all syntax errors. The grammar is the `toml` crate's.

use std::ops::Range;

use toml::de::{DeTable, Error};

use super::diagnostic::{Diagnostic, ExitClass, Related};
use super::diagnostics::Diagnostics;
use super::source::SourceText;
use super::toml_convert::convert;
use super::toml_statement::{Statement, is_header, line_end, line_start};
use super::toml_tree::{Entry, TableId, Tree, Value};

/// Most syntax errors that are shown; a text with more is hardly TOML at all.
const SYNTAX_ERRORS_MAX: usize = 50;

/// What could be read of a text, and what could not.
pub(super) struct Parsed {
    pub(super) tree: Tree,
    pub(super) errors: Diagnostics,
    /// Parts of the text that were skipped because of an error.
    pub(super) unread: Vec<Range<usize>>,
}

/// Reads a document. The tree holds all but the statements with an error.
pub(super) fn parse(source: &SourceText) -> Parsed {
    let mut text = source.text().to_owned();
    let mut parsed = Parsed {
        tree: Tree::new(),
        errors: Diagnostics::new(),
        unread: Vec::new(),
    };
    parsed.cut_errors(source, &mut text);
    if parsed.errors.len() >= SYNTAX_ERRORS_MAX {
        let message = format!("no more than {SYNTAX_ERRORS_MAX} syntax errors are shown");
        let diagnostic = Diagnostic::new(ExitClass::Config, "toml-syntax", message);
        parsed.errors.push(diagnostic.in_file(source.name()));
    }
    let (document, _) = DeTable::parse_recoverable(&text);
    let converted = convert(&text, document.get_ref());
    parsed.tree = converted.tree;
    for span in converted.too_large {
        parsed.unread.push(line_start(&text, span.start)..span.end);
        let message = "the whole number does not fit 64 bits";
        let diagnostic = source.diagnostic(span, "toml-syntax", message);
        parsed.errors.push(diagnostic);
    }
    parsed
}

impl Parsed {
    /// Reports every syntax error and overwrites its statement with blanks, so that offsets stay those of the source.
    fn cut_errors(&mut self, source: &SourceText, text: &mut String) {
        while let Some(error) = first_error(text) {
            let statement = Statement::around(text, error_span(text, &error).start);
            if self.errors.len() >= SYNTAX_ERRORS_MAX {
                let rest = statement.span.start..text.len();
                blank(text, rest.clone());
                self.unread.push(rest);
                return;
            }
            let diagnostic = diagnose(source, text, &statement, &error);
            self.errors.push(diagnostic);
            let mut section = text.clone();
            let section_end = statement.section.end;
            blank(&mut section, 0..statement.section.start);
            blank(&mut section, section_end..text.len());
            blank(text, statement.span.start..section_end);
            self.unread.push(statement.span.start..section_end);
            self.cut_errors(source, &mut section);
        }
    }
}

/// The error that stands first. Later ones may only follow from it.
fn first_error(text: &str) -> Option<Error> {
    let (_, errors) = DeTable::parse_recoverable(text);
    let place = |error: &Error| error_span(text, error).start;
    errors.into_iter().min_by_key(place)
}

fn error_span(text: &str, error: &Error) -> Range<usize> {
    error.span().unwrap_or(text.len()..text.len())
}

/// Overwrites all but line breaks.
fn blank(text: &mut String, span: Range<usize>) {
    let keep = |c: char| {
        if c == '\n' {
            "\n"
        } else {
            BLANKS[c.len_utf8()]
        }
    };
    let blanked: String = text[span.clone()].chars().map(keep).collect();
    text.replace_range(span, &blanked);
}

/// Blanks by number of bytes.
const BLANKS: [&str; 5] = ["", " ", "  ", "   ", "    "];

fn diagnose(source: &SourceText, text: &str, statement: &Statement, error: &Error) -> Diagnostic {
    if let Some(message) = &statement.unclosed {
        let start = statement.span.start;
        let span = start..line_end(text, start);
        return source.diagnostic(span, "toml-syntax", message.as_str());
    }
    let span = error_span(text, error);
    let found = text.get(span.clone()).unwrap_or_default();
    let message = error.message();
    let redefined = ["duplicate key", "cannot extend value"];
    if redefined.iter().any(|words| message.starts_with(words)) {
        return defined_twice(source, text, statement, span);
    }
    if !message.starts_with("string values must be quoted") {
        return source.diagnostic(span, "toml-syntax", message);
    }
    if found.is_empty() {
        return source.diagnostic(span, "toml-syntax", "expected a value");
    }
    let diagnostic = source.diagnostic(span, "toml-syntax", "not a TOML value");
    match found.contains(['"', '\\']) {
        true => diagnostic,
        false => diagnostic.with_hint(format!("put text in quotes: \"{found}\"")),
    }
}

fn defined_twice(
    source: &SourceText,
    text: &str,
    statement: &Statement,
    key: Range<usize>,
) -> Diagnostic {
    let name = text.get(key.clone()).unwrap_or_default();
    let message = format!("`{name}` is defined twice");
    let first = first_definition(text, statement.span.clone(), key.start);
    let diagnostic = source.diagnostic(key, "duplicate-key", message);
    let Some(first) = first else {
        return diagnostic;
    };
    let place = source.position(first.start);
    diagnostic.with_related(Related {
        note: "first defined here".to_owned(),
        file: source.name().to_owned(),
        line: place.line,
        column: place.column,
    })
}

/// Where the key that begins at `key` was defined before the statement it stands in.
fn first_definition(text: &str, statement: Range<usize>, key: usize) -> Option<Range<usize>> {
    let start = statement.start;
    let before = tree_of(&text[..start]);
    let path = tree_of(&text[statement]);
    let mut table = match is_header(&text[start..]) {
        true => Tree::ROOT,
        false => last_section(text, &before),
    };
    let mut part = path.tables[Tree::ROOT].entries.first()?;
    loop {
        let defined = before.tables[table].get(&part.key)?;
        if start + part.key_span.start == key {
            return Some(defined.key_span.clone());
        }
        part = path.tables[last_table(part)?].entries.first()?;
        table = last_table(defined)?;
    }
}

/// The table that keys at the end of a text go into.
fn last_section(text: &str, tree: &Tree) -> TableId {
    let tables = tree.tables.iter().enumerate();
    let headed = tables.filter(|(_, table)| is_header(&text[table.span.start..]));
    let last = headed.max_by_key(|(_, table)| table.span.start);
    last.map_or(Tree::ROOT, |(id, _)| id)
}

fn tree_of(text: &str) -> Tree {
    let (document, _) = DeTable::parse_recoverable(text);
    convert(text, document.get_ref()).tree
}

fn last_table(entry: &Entry) -> Option<TableId> {
    match &entry.node.value {
        Value::Table(id) => Some(*id),
        Value::Tables(list) => list.last().copied(),
        _ => None,
    }
}
