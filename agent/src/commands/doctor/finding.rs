//! What a check finds.

use serde::Serialize;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// As it should be.
    Ok(String),
    /// Unwise; with what to do.
    Warn(String, String),
    /// It keeps the instance from working, or puts the account at risk; with what to do.
    Fail(String, String),
    /// Was wrong and is mended.
    Fixed(String),
    /// Could not be looked at, and why.
    Skip(String),
}

impl Finding {
    pub(super) fn ok(what: impl Into<String>) -> Self {
        Self::Ok(what.into())
    }

    pub(super) fn warn(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Warn(what.into(), fix.into())
    }

    pub(super) fn fail(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Fail(what.into(), fix.into())
    }

    pub(super) fn skip(why: impl Into<String>) -> Self {
        Self::Skip(why.into())
    }
}

/// How much a check matters when it does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// It can fail, and then the command does.
    Error,
    /// It only ever warns.
    Warning,
}

/// One check as it is shown.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) about: &'static str,
    pub(super) severity: Severity,
    pub(super) result: &'static str,
    pub(super) found: String,
    pub(super) fix: Option<String>,
}

impl Row {
    pub(super) fn of(
        (id, severity, about): (&'static str, Severity, &'static str),
        finding: Finding,
    ) -> Self {
        let (result, found, fix) = match finding {
            Finding::Ok(found) => ("ok", found, None),
            Finding::Warn(found, fix) => ("warn", found, Some(fix)),
            Finding::Fail(found, fix) => ("fail", found, Some(fix)),
            Finding::Fixed(found) => ("fixed", found, None),
            Finding::Skip(found) => ("skip", found, None),
        };
        Self {
            id,
            about,
            severity,
            result,
            found,
            fix,
        }
    }
}
