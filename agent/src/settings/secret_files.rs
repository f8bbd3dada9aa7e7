//! Warnings about files that hold secrets: who else can read them, and whether they are about to be committed.

use std::path::Path;

use quorate_backtest::input::{Diagnostic, ExitClass};

use super::Settings;
use super::list_value::EnvValue;
use super::secret::{SecretRef, TokenRef};

/// What is unwise about the secret files that exist.
pub(super) fn warnings(settings: &Settings) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut look = |key: String, path: &Path| found.extend(about_file(&key, path));
    if let Some(keystore) = &settings.account.keystore {
        look("account.keystore".to_owned(), keystore.as_path());
    }
    if let Some(path) = settings.account.password_source.file() {
        look("account.password_source".to_owned(), path);
    }
    for worker in &settings.workers {
        let name = worker.name.as_str();
        if let Some(TokenRef::Source(SecretRef::File(path))) = &worker.token {
            look(format!("workers.{name}.token"), path.as_path());
        }
        for value in worker.env.iter().flat_map(|env| env.0.values()) {
            if let EnvValue::Secret(SecretRef::File(path)) = value {
                look(format!("workers.{name}.env"), path.as_path());
            }
        }
    }
    found
}

fn about_file(key: &str, path: &Path) -> Vec<Diagnostic> {
    if !path.exists() {
        return Vec::new();
    }
    let warn = |code, message: String, hint: &str| {
        Diagnostic::new(ExitClass::Config, code, message)
            .in_file(path.display().to_string())
            .with_hint(hint)
    };
    let mut found = Vec::new();
    if is_open_to_others(path) {
        let message = format!("the file of {key} can be read by others");
        found.push(warn("secret-file-mode", message, "chmod 600 it"));
    }
    if is_in_git_tree(path) {
        let message = format!("the file of {key} lies inside a git tree");
        let hint = "move it out of the tree, so that it is never committed";
        found.push(warn("secret-file-in-git", message, hint));
    }
    found
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

fn is_in_git_tree(path: &Path) -> bool {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    full.ancestors()
        .skip(1)
        .any(|folder| folder.join(".git").exists())
}
