//! `quorate config show`, `schema` and `explain`.

use quorate_backtest::input::Diagnostic;

use super::folder_words;
use super::operate::folder;
use super::settings_args::{ConfigExplainArgs, ConfigShowArgs};
use super::settings_of::load_settings;
use crate::console::{Console, Form};
use crate::failure::Failure;
use crate::settings::{Detail, Provenance, explain, schema, show_json, show_text};

pub(super) fn show(args: &ConfigShowArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.place.instance);
    let (_, provenance) = load_settings(&args.place.settings, &folder)?;
    if !folder.settings().exists() {
        console.note(&format!("there is no {}", folder.settings().display()));
    }
    warn(&provenance, console);
    let detail = match args.provenance {
        true => Detail::Origins,
        false => Detail::Values,
    };
    match console.form() {
        Form::Text => console.result(&show_text(&provenance, detail))?,
        Form::Json => console.result(&format!("{:#}\n", show_json(&provenance, detail)))?,
    }
    let words = folder_words(&args.place.instance);
    console.next(&format!("quorate config explain KEY{words}"));
    Ok(())
}

/// Says what is allowed and yet unwise.
pub(super) fn warn(provenance: &Provenance, console: &Console) {
    provenance
        .warnings()
        .iter()
        .map(Diagnostic::one_line)
        .for_each(|line| console.note(&format!("warning: {line}")));
}

pub(super) fn print_schema(console: &Console) -> Result<(), Failure> {
    console.result(&format!("{:#}\n", schema()))
}

pub(super) fn explained(args: &ConfigExplainArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.place.instance);
    let settings = &args.place.settings;
    let is_asked = args.place.instance.dir.is_some()
        || !settings.config.is_empty()
        || !settings.set.is_empty()
        || folder.settings().exists();
    // The key is looked up first: a wrong word is a mistake whatever the settings are.
    let alone = explain(&args.key, None)?;
    let text = match is_asked {
        true => explain(&args.key, Some(&load_settings(settings, &folder)?.1))?,
        false => alone,
    };
    match console.form() {
        Form::Text => console.result(&text),
        Form::Json => {
            let json = serde_json::json!({ "key": args.key, "text": text });
            console.result(&format!("{json:#}\n"))
        }
    }
}
