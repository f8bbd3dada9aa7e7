//! The JSON Schema of a settings file, for completion and checks in editors.

use serde_json::{Map, Value, json};

use super::from_text::toml_value;
use super::key::{Key, SectionTable};
use super::keys::SECTIONS;
use super::kind::Kind;

/// The schema (draft 2020-12).
#[must_use]
pub fn schema() -> Value {
    let mut root = Node::default();
    for table in &SECTIONS {
        root.add(table);
    }
    let mut schema = root.object();
    if let Some(fields) = schema.as_object_mut() {
        let dialect = "https://json-schema.org/draft/2020-12/schema";
        fields.insert("$schema".to_owned(), json!(dialect));
        fields.insert("title".to_owned(), json!("Settings of a Quorate instance"));
        fields.insert("required".to_owned(), json!(["config_version"]));
    }
    schema
}

/// A table of the schema while it is put together.
#[derive(Default)]
struct Node {
    about: &'static str,
    properties: Map<String, Value>,
    required: Vec<&'static str>,
    inner: Vec<(String, Node)>,
}

impl Node {
    fn add(&mut self, table: &SectionTable) {
        let own = match (table.path, table.is_list) {
            ("", _) => self,
            (path, true) => {
                let mut item = Self::default();
                item.fill(table);
                let list = json!({ "type": "array", "items": item.object() });
                self.properties.insert(path.to_owned(), list);
                return;
            }
            (path, false) => path.split('.').fold(self, |node, part| node.child(part)),
        };
        own.fill(table);
    }

    fn child(&mut self, name: &str) -> &mut Self {
        let known = self.inner.iter().position(|(known, _)| known == name);
        let index = known.unwrap_or_else(|| {
            self.inner.push((name.to_owned(), Self::default()));
            self.inner.len() - 1
        });
        &mut self.inner[index].1
    }

    fn fill(&mut self, table: &SectionTable) {
        self.about = table.doc();
        for key in table.keys {
            self.properties.insert(key.name.to_owned(), property(key));
            if key.is_required {
                self.required.push(key.name);
            }
        }
    }

    fn object(self) -> Value {
        let mut properties = self.properties;
        for (name, node) in self.inner {
            properties.insert(name, node.object());
        }
        let mut object = json!({
            "type": "object",
            "description": self.about,
            "properties": properties,
            "additionalProperties": false,
        });
        if let (false, Some(fields)) = (self.required.is_empty(), object.as_object_mut()) {
            fields.insert("required".to_owned(), json!(self.required));
        }
        object
    }
}

fn property(key: &Key) -> Value {
    let mut property = shape(key.kind);
    let Some(fields) = property.as_object_mut() else {
        return property;
    };
    fields.insert("description".to_owned(), json!(key.doc()));
    let literal = |text: &str| {
        let raw = toml_value(text)?;
        super::from_text::json_of(&raw)
    };
    if let Some(default) = key.default.and_then(literal) {
        fields.insert("default".to_owned(), default);
    }
    if matches!(key.kind, Kind::Count | Kind::Number) {
        let least = key.floor.or(key.min).and_then(literal);
        let most = key.ceiling.or(key.max).and_then(literal);
        fields.extend(least.map(|value| ("minimum".to_owned(), value)));
        fields.extend(most.map(|value| ("maximum".to_owned(), value)));
    }
    property
}

/// What JSON can say about a kind.
fn shape(kind: Kind) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Duration => text("^([0-9]+(\\.[0-9]+)?(d|h|m|s|ms|us|ns))+$"),
        Kind::Percent => text("^[0-9]+(\\.[0-9]{1,4})?%$"),
        Kind::Ratio => json!({ "type": ["number", "string"] }),
        Kind::Money => text("^\\$[0-9]+(\\.[0-9]{1,6})?$"),
        Kind::Cents => text("^([0-9]+(\\.[0-9]{1,4})?c|\\$[0-9]+(\\.[0-9]{1,6})?)$"),
        Kind::Bytes => text("^[0-9]+(B|KiB|MiB|GiB)$"),
        Kind::Time => json!({ "type": "string", "format": "date-time" }),
        Kind::Loopback => text("^(127\\.[0-9.]+|\\[::1\\]):[0-9]+$"),
        Kind::Funder => text("^(auto|0x[0-9a-fA-F]{40})$"),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Name => text("^[a-z0-9][a-z0-9_-]{0,63}$"),
        Kind::Url => text("^https?://"),
        Kind::Path | Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::TextList | Kind::MarketList => {
            json!({ "type": "array", "items": { "type": "string" } })
        }
        Kind::NameList => json!({
            "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        }),
        Kind::Condition => text("^(up|down|(above|below) \\$?[0-9.]+)$"),
        Kind::Parameters => json!({
            "type": "object",
            "additionalProperties": { "type": ["string", "number", "boolean"] }
        }),
        Kind::Environment => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        Kind::SecretRef => text("^(prompt|fd:[0-9]+|file:.+|systemd:.+)$"),
        Kind::TokenRef => text("^(prompt|fd:[0-9]+|file:.+|systemd:.+|sha256:[0-9a-fA-F]{64})$"),
        Kind::Speed => json!({ "anyOf": [{ "const": "max" }, { "type": "number" }] }),
    }
}
