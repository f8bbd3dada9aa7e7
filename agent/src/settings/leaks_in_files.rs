//! The hunt for secrets in settings: in values, under names that call for one, and in what is no value at all.

use std::ops::Range;

use quorate_backtest::input::{Diagnostic, RawEntry, RawValue};

use super::kind::Kind;
use super::leak::{self, Leak};
use super::report::{Place, Report};

/// The values of a file that were looked at, so that the rest of it can be looked at too.
#[derive(Default)]
pub(super) struct Scan {
    seen: Vec<Range<usize>>,
}

impl Scan {
    /// Looks at a value and everything in it. False if a secret was found and reported.
    pub(super) fn tree(
        &mut self,
        entry: &RawEntry,
        kind: Option<Kind>,
        file: usize,
        report: &mut Report<'_>,
    ) -> bool {
        self.seen.push(entry.node.span.clone());
        let place = Place::File {
            file,
            key: entry.key_span.clone(),
            value: entry.node.span.clone(),
        };
        match Self::value(report, &entry.key, kind, &entry.node.value, &place) {
            Some(diagnostic) => {
                report.push_hidden(diagnostic);
                false
            }
            None => true,
        }
    }

    /// What is to be reported about a value, if it holds a secret.
    pub(super) fn value(
        report: &Report<'_>,
        key: &str,
        kind: Option<Kind>,
        raw: &RawValue,
        place: &Place,
    ) -> Option<Diagnostic> {
        let (what, span) = find(key, kind, raw)?;
        let place = match (place, span) {
            (Place::File { file, key, .. }, Some(value)) => Place::File {
                file: *file,
                key: key.clone(),
                value,
            },
            (place, _) => place.clone(),
        };
        let message = format!("holds what looks like {what}; it is not shown here");
        let hint = "take it out, count it as known to others, and put the new one into a file of mode 0600 that is \
                    named here, as \"file:keys/secret\"";
        let diagnostic = report.at_value(&place, "secret-in-settings", message);
        Some(diagnostic.with_hint(hint))
    }

    /// Looks at the parts of a file that are no values: comments, keys, and what could not be read.
    pub(super) fn rest_of(&self, file: usize, text: &str, report: &mut Report<'_>) {
        for Leak { span, what } in leak::tokens(text) {
            let is_value = |seen: &Range<usize>| seen.start <= span.start && span.start < seen.end;
            if self.seen.iter().any(is_value) {
                continue;
            }
            let message = format!("holds what looks like {what}; it is not shown here");
            let diagnostic = report.in_file(file, span, "secret-in-settings", message);
            let hint = "take it out, comments included, and count it as known to others";
            report.push_hidden(diagnostic.with_hint(hint));
        }
    }
}

/// What a value looks like, and the part of it that does if that has a place of its own.
fn find(
    key: &str,
    kind: Option<Kind>,
    raw: &RawValue,
) -> Option<(&'static str, Option<Range<usize>>)> {
    match raw {
        RawValue::Text(text) => text_leak(key, kind, text).map(|what| (what, None)),
        RawValue::Array(items) => items.iter().find_map(|item| {
            let (what, inner) = find("", kind, &item.value)?;
            Some((what, inner.or(Some(item.span.clone()))))
        }),
        RawValue::Table(table) => in_entries(&table.entries),
        RawValue::Tables(tables) => tables.iter().find_map(|table| in_entries(&table.entries)),
        RawValue::Integer(_)
        | RawValue::Float(_)
        | RawValue::Boolean(_)
        | RawValue::Datetime(_) => None,
    }
}

fn in_entries(entries: &[RawEntry]) -> Option<(&'static str, Option<Range<usize>>)> {
    entries.iter().find_map(|entry| {
        let (what, inner) = find(&entry.key, None, &entry.node.value)?;
        Some((what, inner.or(Some(entry.node.span.clone()))))
    })
}

fn text_leak(key: &str, kind: Option<Kind>, text: &str) -> Option<&'static str> {
    if is_digest(kind, text) {
        return None;
    }
    if let Some(found) = leak::in_value(text) {
        return Some(found.what);
    }
    let names_secret = leak::is_secret_name(key) && !kind.is_some_and(Kind::is_secret);
    (names_secret && !leak::is_reference(text) && !text.is_empty()).then_some("a secret")
}

/// Whether a kind may hold 64 hexadecimal digits that are no key, and does.
fn is_digest(kind: Option<Kind>, text: &str) -> bool {
    match kind {
        Some(Kind::MarketList) => text.starts_with("0x"),
        Some(Kind::TokenRef) => text.starts_with("sha256:"),
        _ => false,
    }
}
