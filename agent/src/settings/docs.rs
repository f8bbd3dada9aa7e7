//! The tables of keys in the documentation.

use super::key::{Key, SectionTable};
use super::keys::SECTIONS;

/// One Markdown table for each section.
#[must_use]
pub fn key_tables() -> String {
    let mut text = String::new();
    for table in &SECTIONS {
        section(table, &mut text);
    }
    text
}

fn section(table: &SectionTable, text: &mut String) {
    let title = match (table.path, table.is_list) {
        ("", _) => "Top of the file".to_owned(),
        (path, true) => format!("`[[{path}]]`"),
        (path, false) => format!("`[{path}]`"),
    };
    text.push_str(&format!("### {title}\n\n{}\n\n", table.doc()));
    text.push_str("| key | holds | default | bounds | may change | meaning |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for key in table.keys {
        text.push_str(&row(key));
    }
    text.push('\n');
}

fn row(key: &Key) -> String {
    let code = |value: &str| format!("`{value}`");
    let holds = match key.kind {
        super::kind::Kind::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| code(word)).collect();
            words.join(" ")
        }
        kind => kind.name().to_owned(),
    };
    let default = match (key.default, key.is_required) {
        (Some(default), _) => code(default),
        (None, true) => "required".to_owned(),
        (None, false) => "-".to_owned(),
    };
    format!(
        "| `{}` | {holds} | {default} | {} | {} | {} |\n",
        key.name,
        bounds(key),
        key.reload.words(),
        key.doc()
    )
}

fn bounds(key: &Key) -> String {
    let parts: Vec<String> = [
        ("from", key.min),
        ("to", key.max),
        ("floor", key.floor),
        ("ceiling", key.ceiling),
    ]
    .into_iter()
    .filter_map(|(word, value)| Some(format!("{word} `{}`", value?)))
    .collect();
    match parts.is_empty() {
        true => "-".to_owned(),
        false => parts.join(", "),
    }
}
