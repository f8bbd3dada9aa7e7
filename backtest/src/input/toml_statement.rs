//! Which lines a syntax error spoils: one key with its value, or one header and with it the keys of its section.
//!
//! The parser gives up on a document at some errors. Cutting out the spoilt lines and reading again finds every
//! error, and what is left means what its author meant.

use std::ops::Range;

use toml::de::DeTable;

/// The lines that a syntax error spoils.
pub(super) struct Statement {
    /// The lines of the statement itself.
    pub(super) span: Range<usize>,
    /// The lines under a spoilt header: nobody knows which section their keys belong to. Empty after other statements.
    pub(super) section: Range<usize>,
    /// What was never closed, if that is the error: an array, a table or a string of many lines.
    pub(super) unclosed: Option<String>,
}

impl Statement {
    /// The statement around the first error of a text.
    pub(super) fn around(text: &str, at: usize) -> Self {
        let start = start_of(text, at);
        let first_end = line_end(text, start);
        let mut end = first_end;
        let mut unclosed = left_open(&text[start..end]);
        while unclosed.is_some() && end < text.len() {
            end = line_end(text, end);
            unclosed = left_open(&text[start..end]);
        }
        if unclosed.is_some() {
            end = next_line(text, first_end, stands_alone);
        }
        let section_end = match is_header(&text[start..]) {
            true => next_line(text, end, begins_section),
            false => end,
        };
        // Without a letter in it, cutting it out would change nothing.
        if text[start..end].trim().is_empty() {
            end = text.len();
        }
        Self {
            span: start..end,
            section: end..section_end.max(end),
            unclosed,
        }
    }
}

/// Whether a text begins with `[header]`.
pub(super) fn is_header(text: &str) -> bool {
    text.trim_start_matches([' ', '\t']).starts_with('[')
}

/// First byte of the line that holds an offset.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at.min(text.len())];
    before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1)
}

/// First byte of the line after the one that begins at `start`.
pub(super) fn line_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.find('\n')
        .map_or(text.len(), |newline| start + newline + 1)
}

/// The last line at or before an offset that is not in the middle of a value: all before it reads without error.
fn start_of(text: &str, at: usize) -> usize {
    let mut start = line_start(text, at);
    while start > 0 && DeTable::parse(&text[..start]).is_err() {
        start = line_start(text, start - 1);
    }
    start
}

/// What the last line of a piece leaves open, in the parser's words.
fn left_open(piece: &str) -> Option<String> {
    let whole = format!("{}\n", piece.strip_suffix('\n').unwrap_or(piece));
    let (_, errors) = DeTable::parse_recoverable(&whole);
    // Brackets are missed behind the last item, quotes at the very end.
    let open = errors.iter().rfind(|error| {
        let bracket = ["unclosed array,", "unclosed inline table"];
        let at_end = error.span().is_some_and(|span| span.start >= whole.len());
        at_end
            || bracket
                .iter()
                .any(|words| error.message().starts_with(words))
    });
    open.map(|error| error.message().to_owned())
}

/// Start of the first line from `from` on that `wanted` holds for, or the end of the text.
fn next_line(text: &str, from: usize, wanted: impl Fn(&str) -> bool) -> usize {
    let mut start = from;
    while start < text.len() {
        let end = line_end(text, start);
        if wanted(&text[start..end]) {
            return start;
        }
        start = end;
    }
    text.len()
}

/// Whether a line is a complete header, or a complete key with its value.
fn stands_alone(line: &str) -> bool {
    DeTable::parse(line).is_ok_and(|document| !document.get_ref().is_empty())
}

/// Whether a line is a header, well written or not, rather than an array within an array.
fn begins_section(line: &str) -> bool {
    let name = line.trim_start().trim_start_matches('[');
    let named = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    is_header(line) && (named || stands_alone(line))
}
