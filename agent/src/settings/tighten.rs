//! Changing settings while the program runs: limits may be tightened, and little else may change.

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass};

use super::Settings;
use super::key::Reload;
use super::provenance::{Entry, Provenance};
use super::report::Origin;
use super::source::Sources;

/// A key that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Dotted name.
    pub path: String,
    /// What it was, as TOML; `None` if it had no value.
    pub from: Option<String>,
    /// What it becomes; `None` if it loses its value.
    pub to: Option<String>,
}

/// Settings that were read again and may be used from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Reloaded {
    /// The new settings.
    pub settings: Settings,
    /// Who said so.
    pub provenance: Provenance,
    /// What changes, in the order of the table of keys.
    pub changes: Vec<Change>,
    /// Digest of the new settings, for the journal.
    pub fingerprint: String,
}

/// Reads the files of `sources` again and compares them with what is in force. Nothing is changed: the caller takes
/// the whole result or none of it.
///
/// # Errors
/// A file cannot be read, is wrong, looks half-written (no line break at its end), or changes what needs a restart.
pub fn reload(current: &Provenance, sources: &Sources) -> Result<Reloaded, Diagnostics> {
    let fresh = sources.reread()?;
    for file in &fresh.files {
        let text = file.source.text();
        if !text.ends_with('\n') {
            let message = "the file does not end with a line break: it may be half-written";
            let end = text.len();
            let diagnostic = file.source.diagnostic(end..end, "half-written", message);
            return Err(diagnostic
                .with_hint("write the whole file under another name and rename it into place")
                .into());
        }
    }
    let (settings, provenance) = Settings::load(&fresh)?;
    let changes = tighten(current, &provenance)?;
    let fingerprint = provenance.fingerprint();
    Ok(Reloaded {
        settings,
        provenance,
        changes,
        fingerprint,
    })
}

/// What changes from `old` to `new`, if all of it may change while the program runs.
///
/// # Errors
/// Every key that would loosen a limit or that needs a restart, each with its reason.
pub fn tighten(old: &Provenance, new: &Provenance) -> Result<Vec<Change>, Diagnostics> {
    let mut changes = Vec::new();
    let mut refused = Diagnostics::new();
    let gone = old
        .entries()
        .iter()
        .filter(|entry| new.entry(&entry.path).is_none());
    let pairs = new
        .entries()
        .iter()
        .map(|entry| (old.entry(&entry.path), Some(entry)))
        .chain(gone.map(|entry| (Some(entry), None)));
    for (before, after) in pairs {
        let Some(entry) = after.or(before) else {
            continue;
        };
        if before.map(|entry| entry.stamp) == after.map(|entry| entry.stamp) {
            continue;
        }
        match reason_against(entry.key.reload, before, after) {
            None => changes.push(Change {
                path: entry.path.clone(),
                from: before.map(|entry| entry.shown.clone()),
                to: after.map(|entry| entry.shown.clone()),
            }),
            Some(reason) => refused.push(refusal(entry, before, after, reason)),
        }
    }
    refused.into_result(changes)
}

/// Why a change must wait for a restart.
fn reason_against(
    reload: Reload,
    before: Option<&Entry>,
    after: Option<&Entry>,
) -> Option<&'static str> {
    let ranks = (
        before.and_then(|entry| entry.rank),
        after.and_then(|entry| entry.rank),
    );
    let is_tighter = match (reload, ranks) {
        (Reload::Restart, _) => return Some("it is read at the start only"),
        (Reload::Live, _) => true,
        (Reload::Lower, (Some(before), Some(after))) => after <= before,
        (Reload::Raise, (Some(before), Some(after))) => before <= after,
        // A key without a value falls back to another key.
        (Reload::Lower | Reload::Raise, _) => {
            return Some(
                "without a value of its own before and after, nothing says which is tighter",
            );
        }
    };
    match is_tighter {
        true => None,
        false => Some("that would loosen a limit"),
    }
}

fn refusal(
    entry: &Entry,
    before: Option<&Entry>,
    after: Option<&Entry>,
    reason: &str,
) -> Diagnostic {
    let shown = |entry: Option<&Entry>| {
        entry.map_or_else(|| "no value".to_owned(), |entry| entry.shown.clone())
    };
    let message = format!(
        "{} cannot change from {} to {} while running: {reason}",
        entry.path,
        shown(before),
        shown(after)
    );
    let diagnostic = Diagnostic::new(ExitClass::Config, "needs-restart", message);
    let hint = match entry.key.reload {
        Reload::Lower => "only a lower value is taken over while running; restart for a higher one",
        Reload::Raise => "only a higher value is taken over while running; restart for a lower one",
        Reload::Restart | Reload::Live => "restart the instance to change it",
    };
    let placed = match after.map(|entry| &entry.origin) {
        Some(Origin::File { path, line, column }) => diagnostic.at(path.clone(), *line, *column),
        _ => diagnostic,
    };
    placed.with_hint(hint)
}
