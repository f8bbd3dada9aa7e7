//! `quorate config check`: settings, run files and evaluation files, without running anything.

use std::path::{Path, PathBuf};

use quorate_backtest::evaluate::EvaluationFile;
use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass, TomlDocument};
use quorate_backtest::replay::read_run_file;

use super::shell_word;
use crate::console::{Console, Form};
use crate::failure::Failure;
use crate::settings::Settings;

/// What a configuration file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Settings,
    Run,
    Evaluation,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Run => "run",
            Self::Evaluation => "evaluation",
        }
    }
}

pub(super) fn run(files: &[PathBuf], console: &Console) -> Result<(), Failure> {
    let mut errors = Diagnostics::new();
    let mut checked = Vec::new();
    for file in files {
        match check(file) {
            Ok(kind) => checked.push((file, kind)),
            Err(found) => errors.append(found),
        }
    }
    print(&checked, console)?;
    if !errors.is_empty() {
        return Err(errors.into());
    }
    if let Some((file, kind)) = checked.first() {
        let verb = match kind {
            Kind::Settings => "config show -c",
            Kind::Run => "backtest",
            Kind::Evaluation => "evaluate",
        };
        console.next(&format!("quorate {verb} {}", shell_word(file)));
    }
    Ok(())
}

fn print(checked: &[(&PathBuf, Kind)], console: &Console) -> Result<(), Failure> {
    match console.form() {
        Form::Text => {
            let lines: String = checked
                .iter()
                .map(|(file, _)| format!("ok {}\n", file.display()))
                .collect();
            console.result(&lines)
        }
        Form::Json => {
            let files: Vec<_> = checked
                .iter()
                .map(|(file, kind)| serde_json::json!({ "file": file.display().to_string(), "kind": kind.word() }))
                .collect();
            console.result(&format!("{:#}\n", serde_json::json!({ "ok": files })))
        }
    }
}

fn check(file: &Path) -> Result<Kind, Diagnostics> {
    let kind = kind_of(file)?;
    match kind {
        Kind::Settings => Settings::check_file(file).map(|()| kind),
        Kind::Run => read_run_file(file).map(|_| kind),
        Kind::Evaluation => EvaluationFile::read(file).map(|_| kind),
    }
}

/// Tells the kinds apart by keys that only one of them has.
fn kind_of(file: &Path) -> Result<Kind, Diagnostics> {
    let document = TomlDocument::read(file)?;
    let root = document.root();
    if root.has("config_version") {
        return Ok(Kind::Settings);
    }
    let has_any = |keys: &[&'static str]| keys.iter().any(|key| root.has(key));
    if has_any(&["run_version", "tape", "account", "strategy"]) {
        return Ok(Kind::Run);
    }
    if has_any(&["columns", "table", "join", "model"]) {
        return Ok(Kind::Evaluation);
    }
    Err(unrecognised(file, document))
}

/// A file that is none of them, or that cannot be taken apart far enough to tell.
fn unrecognised(file: &Path, document: TomlDocument) -> Diagnostics {
    let mut errors = Diagnostics::new();
    let found = document.finish(Some(())).err().unwrap_or_default();
    // Nothing was asked for, so every key is unknown: only the other mistakes mean something.
    for diagnostic in found
        .iter()
        .filter(|diagnostic| diagnostic.code != "unknown-key")
    {
        errors.push(diagnostic.clone());
    }
    if errors.is_empty() {
        let message = "neither settings nor a run file nor an evaluation file";
        let diagnostic = Diagnostic::new(ExitClass::Config, "unrecognised-file", message);
        let hint = "settings begin with `config_version = 1`, a run file with `run_version = 1`, an evaluation file has \
                    [columns]";
        errors.push(
            diagnostic
                .in_file(file.display().to_string())
                .with_hint(hint),
        );
    }
    errors
}
