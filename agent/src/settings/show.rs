//! The settings in force, as text and as JSON, secrets masked.

use serde_json::{Map, Value, json};

use super::provenance::{Entry, Provenance};
use super::report::Origin;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Values.
    Values,
    /// Values with who said so.
    Origins,
}

/// One line for each key that has a value: `risk.max_drawdown = "10%"`, with the origin as a comment.
#[must_use]
pub fn show_text(provenance: &Provenance, detail: Detail) -> String {
    let line = |entry: &Entry| format!("{} = {}", entry.path, entry.shown);
    let lines: Vec<String> = provenance.entries().iter().map(line).collect();
    let widths = lines.iter().map(|line| line.chars().count());
    let width = widths.max().unwrap_or_default().min(60);
    let mut text = String::new();
    for (entry, line) in provenance.entries().iter().zip(lines) {
        match detail {
            Detail::Values => text.push_str(&line),
            Detail::Origins => text.push_str(&format!("{line:<width$}  # {}", entry.origin)),
        }
        text.push('\n');
    }
    text
}

/// An object with the dotted names; each has `value` (TOML as text) and with [`Detail::Origins`] also `origin`, and
/// for files `file`, `line`, `col`.
#[must_use]
pub fn show_json(provenance: &Provenance, detail: Detail) -> Value {
    let entry = |entry: &Entry| {
        let mut shown = json!({ "value": entry.shown });
        if let (Detail::Origins, Some(fields)) = (detail, shown.as_object_mut()) {
            origin_of(&entry.origin, fields);
        }
        (entry.path.clone(), shown)
    };
    let settings: Map<String, Value> = provenance.entries().iter().map(entry).collect();
    json!({ "settings": settings, "fingerprint": provenance.fingerprint() })
}

fn origin_of(origin: &Origin, fields: &mut Map<String, Value>) {
    let word = match origin {
        Origin::Default => "default",
        Origin::File { .. } => "file",
        Origin::Env(_) => "env",
        Origin::Flag => "flag",
    };
    fields.insert("origin".to_owned(), json!(word));
    match origin {
        Origin::File { path, line, column } => {
            fields.insert("file".to_owned(), json!(path));
            fields.insert("line".to_owned(), json!(line));
            fields.insert("col".to_owned(), json!(column));
        }
        Origin::Env(name) => {
            fields.insert("name".to_owned(), json!(name));
        }
        Origin::Default | Origin::Flag => {}
    }
}
