//! What derives from the table of keys stays in step with it: template, documentation, schema, samples.

use std::path::{Path, PathBuf};

use quorate_agent::settings::keys::SECTIONS;
use quorate_agent::settings::{
    Detail, Mode, Settings, Sources, explain, key_tables, schema, show_json, show_text, template,
    write_template,
};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn load(text: &str) -> Result<Settings, String> {
    let sources = Sources::new(".").text("quorate.toml", text, Path::new("."));
    let loaded = Settings::load(&sources).map_err(|errors| errors.to_string());
    loaded.map(|(settings, _)| settings)
}

#[test]
fn the_template_is_the_defaults() {
    let from_template = load(&template()).unwrap();
    let from_nothing = load("config_version = 1\n").unwrap();
    assert_eq!(from_template, from_nothing);
}

#[test]
fn the_template_shows_the_defaults_that_hold() {
    let mut taken = String::new();
    let mut in_list = false;
    for line in template().lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if bare.starts_with('[') {
            in_list = bare.starts_with("[[");
            if !in_list {
                taken.push_str(&format!("{bare}\n"));
            }
            continue;
        }
        let Some((key, _)) = bare.split_once(" = ") else {
            continue;
        };
        let has_default = SECTIONS.iter().flat_map(|table| table.keys).any(|row| {
            row.name == key
                && row
                    .default
                    .is_some_and(|d| bare.ends_with(&format!("= {d}")))
        });
        if has_default && !in_list && !line.starts_with("config_version") {
            taken.push_str(&format!("{bare}\n"));
        }
    }
    assert!(taken.lines().count() > 80, "{taken}");
    let settings = load(&format!("config_version = 1\n{taken}")).unwrap();
    assert_eq!(settings, load("config_version = 1\n").unwrap());
}

#[test]
fn the_template_is_never_written_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quorate.toml");
    write_template(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), template());
    std::fs::write(&path, "mine").unwrap();
    let refused = write_template(&path).unwrap_err();
    assert_eq!(refused.iter().next().unwrap().code, "file-not-written");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn the_samples_are_valid() {
    for (name, mode) in [
        ("instance.toml", Mode::Paper),
        ("live.example.toml", Mode::Live),
        ("topics.example.toml", Mode::Paper),
    ] {
        let path = root().join("config").join(name);
        let sources = Sources::new(".").file(&path).unwrap();
        let loaded = Settings::load(&sources);
        let (settings, _) = loaded.unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(settings.mode(), mode, "{name}");
    }
}

#[test]
fn the_samples_of_topics_go_with_the_sample_instance() {
    let sources = Sources::new(".")
        .file(&root().join("config/instance.toml"))
        .unwrap()
        .file(&root().join("config/topics.example.toml"))
        .unwrap();
    let (settings, _) = Settings::load(&sources).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(settings.topics.len(), 6);
    assert_eq!(settings.workers.len(), 5);
}

#[test]
fn the_documentation_lists_every_key() {
    let path = root().join("docs/configuration.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- keys:").unwrap();
    let (note, _) = rest.split_once("-->").unwrap();
    let (_, tail) = text.split_once("<!-- end of keys -->").unwrap();
    let tables = key_tables();
    let wanted = format!("{head}<!-- keys:{note}-->\n\n{tables}<!-- end of keys -->{tail}");
    if std::env::var_os("QUORATE_BLESS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text == wanted,
        "docs/configuration.md is out of step: run this test with QUORATE_BLESS=1"
    );
}

#[test]
fn the_example_in_the_documentation_is_valid() {
    let text = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let (_, rest) = text.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    assert_eq!(load(example).unwrap().risk.max_drawdown.ppm(), 80_000);
}

#[test]
fn the_schema_has_every_key_and_no_other() {
    let schema = schema();
    assert_eq!(schema["additionalProperties"], Value::from(false));
    for table in &SECTIONS {
        let mut node = &schema;
        for part in table.path.split('.').filter(|part| !part.is_empty()) {
            node = &node["properties"][part];
        }
        if table.is_list {
            node = &node["items"];
        }
        assert_eq!(
            node["additionalProperties"],
            Value::from(false),
            "{}",
            table.path
        );
        let properties = node["properties"].as_object().unwrap();
        for key in table.keys {
            let property = &properties[key.name];
            assert_eq!(
                property["description"],
                Value::from(key.doc()),
                "{}",
                key.name
            );
        }
        let inner = SECTIONS
            .iter()
            .filter(|other| other.path.rsplit_once('.').map_or("", |(up, _)| up) == table.path)
            .filter(|other| !other.path.is_empty() && other.path != table.path)
            .count();
        assert_eq!(properties.len(), table.keys.len() + inner, "{}", table.path);
    }
}

#[test]
fn every_key_is_explained() {
    for table in &SECTIONS {
        for key in table.keys {
            let path = table.path_of(key.name);
            let text = explain(&path, None).unwrap();
            assert!(
                text.starts_with(&path) && text.contains(key.doc()),
                "{text}"
            );
            assert!(!key.doc().is_empty() && key.doc().ends_with('.'), "{path}");
        }
    }
}

#[test]
fn an_explanation_says_what_the_key_is_here() {
    let text = "config_version = 1\n[risk]\nmax_drawdown = \"8%\"\n";
    let sources = Sources::new(".").text("quorate.toml", text, Path::new("."));
    let (_, provenance) = Settings::load(&sources).unwrap();
    let text = explain("risk.max_drawdown", Some(&provenance)).unwrap();
    assert!(text.contains("ceiling    \"25%\""), "{text}");
    assert!(
        text.contains("risk.max_drawdown = \"8%\"  (quorate.toml:3:1)"),
        "{text}"
    );
    assert_eq!(text.matches("  here ").count(), 1);
}

#[test]
fn a_misspelt_key_is_met_with_the_nearest() {
    let refused = explain("risk.max_drawdwn", None).unwrap_err();
    let refused = refused.iter().next().unwrap();
    assert_eq!(
        refused.hint.as_deref(),
        Some("did you mean `risk.max_drawdown`?")
    );
    let refused = explain("risk_aversion", None).unwrap_err();
    let refused = refused.iter().next().unwrap();
    assert_eq!(
        refused.hint.as_deref(),
        Some("did you mean `loop.risk_aversion`?")
    );
}

#[test]
fn what_is_shown_reads_back_and_says_who_said_so() {
    let text = "config_version = 1\n[risk]\nmax_drawdown = \"8%\"\n[[topics]]\nname = \"a\"\nkind = \"probability\"\n";
    let sources = Sources::new(".")
        .text("quorate.toml", text, Path::new("."))
        .env([("QUORATE__DATA__SEED".to_owned(), "7".to_owned())])
        .set(["account.name=night".to_owned()]);
    let (settings, provenance) = Settings::load(&sources).unwrap();
    let shown = show_text(&provenance, Detail::Values);
    let plain: String = shown
        .lines()
        .filter(|line| !line.starts_with("topics."))
        .map(|line| format!("{line}\n"))
        .collect();
    let again = load(&format!(
        "{plain}[[topics]]\nname = \"a\"\nkind = \"probability\"\n"
    ))
    .unwrap();
    assert_eq!(again, settings);
    let json = show_json(&provenance, Detail::Origins);
    assert_eq!(
        json["settings"]["risk.max_drawdown"]["line"],
        Value::from(3)
    );
    assert_eq!(
        json["settings"]["data.seed"]["name"],
        Value::from("QUORATE__DATA__SEED")
    );
    assert_eq!(
        json["settings"]["account.name"]["origin"],
        Value::from("flag")
    );
    assert_eq!(
        json["settings"]["risk.max_gross"]["origin"],
        Value::from("default")
    );
}
