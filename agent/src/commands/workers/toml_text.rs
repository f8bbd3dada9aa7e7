//! Tables of settings as text, to be put at the end of a file.

use std::fmt::Write as _;

/// A `[[list]]` item with its keys in order.
pub(super) struct Item {
    text: String,
}

impl Item {
    pub(super) fn of(list: &str) -> Self {
        Self {
            text: format!("\n[[{list}]]\n"),
        }
    }

    /// A key that holds a text.
    pub(super) fn text(mut self, key: &str, value: &str) -> Self {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{key} = {}", quoted(value));
        self
    }

    /// [`Item::text`] if there is a value.
    pub(super) fn text_if(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self,
        }
    }

    /// A key that holds a list of texts.
    pub(super) fn list(mut self, key: &str, values: &[String]) -> Self {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{key} = [{}]", values.join(", "));
        self
    }

    /// The item as it is written.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
