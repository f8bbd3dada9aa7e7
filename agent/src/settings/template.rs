//! A settings file to start from: every key with its meaning and its default, commented out.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass};

use super::key::{Key, SectionTable};
use super::keys::SECTIONS;

const HEAD: &str = "\
# Settings of a Quorate instance. Every key is here with its default; take the `#` away to change one.
# `quorate config check` says what is wrong, `quorate config explain KEY` what a key means.

";

/// The commented settings file.
#[must_use]
pub fn template() -> String {
    let mut text = HEAD.to_owned();
    for table in &SECTIONS {
        section(table, &mut text);
    }
    text
}

fn section(table: &SectionTable, text: &mut String) {
    if !table.path.is_empty() {
        text.push_str(&format!("\n# {}\n", table.doc()));
        let header = match table.is_list {
            true => format!("# [[{}]]\n", table.path),
            false => format!("[{}]\n", table.path),
        };
        text.push_str(&header);
    }
    for key in table.keys {
        text.push_str(&format!("# {}\n", key.doc()));
        text.push_str(&line(table, key));
    }
}

fn line(table: &SectionTable, key: &Key) -> String {
    let value = match key.default {
        Some(default) => default.to_owned(),
        None => key.kind.example(),
    };
    match (table.path, key.name) {
        ("", "config_version" | "mode") => format!("{} = {value}\n", key.name),
        _ => format!("# {} = {value}\n", key.name),
    }
}

/// Writes the template to a file that is not there yet.
///
/// # Errors
/// The file is there already, or cannot be written.
pub fn write_template(path: &Path) -> Result<(), Diagnostics> {
    let failed = |error: std::io::Error| {
        let is_there = error.kind() == std::io::ErrorKind::AlreadyExists;
        let (message, hint) = match is_there {
            true => (
                "the file is there already and is left as it is".to_owned(),
                "write the template into another folder and compare",
            ),
            false => (
                format!("cannot write the file: {error}"),
                "check that the folder exists and may be written to",
            ),
        };
        Diagnostic::new(ExitClass::Config, "file-not-written", message)
            .in_file(path.display().to_string())
            .with_hint(hint)
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(failed)?;
    file.write_all(template().as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(())
}
