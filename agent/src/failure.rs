//! Why a command failed: what it says to a person, what to a program, and the exit code.

use std::fmt::Write;
use std::io;
use std::path::Path;

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass};
use serde::Serialize;

/// Exit code of a wrong command line.
pub(crate) const EXIT_USAGE: u8 = 2;
/// Exit code of a broken invariant, or of a result that could not be written.
pub(crate) const EXIT_INTERNAL: u8 = 1;
/// Exit code of invalid settings.
pub(crate) const EXIT_CONFIG: u8 = 3;
/// Exit code of something that does not exist.
pub(crate) const EXIT_NOT_FOUND: u8 = 4;
/// Exit code when a process is needed and none runs.
pub(crate) const EXIT_NOT_RUNNING: u8 = 5;
/// Exit code when a venue or network cannot be reached.
pub(crate) const EXIT_NETWORK: u8 = 7;
/// Exit code when something did not answer in time.
pub(crate) const EXIT_TIMEOUT: u8 = 8;
/// Exit code of a refusal by a limit or the kill switch.
pub(crate) const EXIT_REFUSED: u8 = 9;
/// Exit code of a journal that is damaged, or does not say what the program does.
pub(crate) const EXIT_JOURNAL: u8 = 12;
/// The account differs from its journal.
pub(crate) const EXIT_MISMATCH: u8 = 11;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something is wrong with what was read.
    Input(Diagnostics),
    /// The command line asks for what this program does not do.
    Usage(Box<Problem>),
    /// What was asked for cannot be done as things stand.
    State(Box<Problem>),
    /// A result could not be written.
    Output(Box<Problem>),
    /// A broken invariant.
    Internal(Box<Problem>),
    /// A signal ended it, in good order.
    Signalled(i32),
    /// Whoever read our results has read enough. Not a failure of ours.
    PipeClosed,
}

/// One problem, as machines read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    code: &'static str,
    exit: u8,
    message: String,
    hint: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    col: Option<usize>,
}

impl Problem {
    fn new(code: &'static str, exit: u8, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            exit,
            message,
            hint: None,
            file: None,
            line: None,
            col: None,
        }
    }

    fn about(mut self, path: &Path) -> Self {
        self.file = Some(path.display().to_string());
        self
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn text(&self) -> String {
        let mut text = format!("error: {}", self.message);
        // Writing to a string cannot fail.
        if let Some(file) = &self.file {
            let _ = write!(text, "\n  --> {file}");
        }
        if let Some(hint) = &self.hint {
            let _ = write!(text, "\nhint: {hint}");
        }
        text
    }
}

impl From<&Diagnostic> for Problem {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            code: diagnostic.code,
            exit: diagnostic.exit.code(),
            message: diagnostic.message.clone(),
            hint: diagnostic.hint.clone(),
            file: diagnostic.file.clone(),
            line: diagnostic.line,
            col: diagnostic.column,
        }
    }
}

impl Failure {
    /// A command line that asks for what this program does not do.
    pub(crate) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::Usage(Box::new(Problem::new(code, EXIT_USAGE, message)))
    }

    /// What was asked for cannot be done as things stand.
    pub(crate) fn state(code: &'static str, exit: u8, message: impl Into<String>) -> Self {
        Self::State(Box::new(Problem::new(code, exit, message)))
    }

    /// [`Failure::state`] with a hint.
    pub(crate) fn state_hint(
        code: &'static str,
        exit: u8,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::State(Box::new(Problem::new(code, exit, message).with_hint(hint)))
    }

    /// A folder that holds what must not be replaced.
    pub(crate) fn refuses_folder(path: &Path, message: &str, hint: impl Into<String>) -> Self {
        let problem = Problem::new("folder-in-use", EXIT_USAGE, message);
        Self::Usage(Box::new(problem.about(path).with_hint(hint)))
    }

    /// A folder for results that cannot take them.
    pub(crate) fn unusable_folder(path: &Path, message: String, hint: &str) -> Self {
        let problem = Problem::new("unusable-folder", EXIT_USAGE, message);
        Self::Usage(Box::new(problem.about(path).with_hint(hint)))
    }

    /// A file or folder that could not be written.
    pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> Self {
        let problem = Problem::new(
            "cannot-write",
            EXIT_INTERNAL,
            format!("cannot write: {error}"),
        );
        Self::Output(Box::new(problem.about(path)))
    }

    /// Results that could not be written to stdout.
    pub(crate) fn from_stdout(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::PipeClosed,
            _ => Self::cannot_write(Path::new("stdout"), error),
        }
    }

    /// A broken invariant.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        let problem = Problem::new("internal", EXIT_INTERNAL, message);
        Self::Internal(Box::new(
            problem.with_hint("please report this with the command line"),
        ))
    }

    /// The exit code; a closed pipe is no failure.
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::Input(diagnostics) => diagnostics.exit_class().code(),
            Self::Usage(problem)
            | Self::State(problem)
            | Self::Output(problem)
            | Self::Internal(problem) => problem.exit,
            Self::Signalled(signal) => u8::try_from(128 + signal).unwrap_or(EXIT_INTERNAL),
            Self::PipeClosed => 0,
        }
    }

    /// For a person: every problem with its place, the source line and a hint.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Input(diagnostics) => match diagnostics.len() {
                0 | 1 => diagnostics.to_string(),
                count => format!("{diagnostics}\n\n{count} errors"),
            },
            Self::Usage(problem)
            | Self::State(problem)
            | Self::Output(problem)
            | Self::Internal(problem) => problem.text(),
            Self::Signalled(_) | Self::PipeClosed => String::new(),
        }
    }

    /// For a program: `{"error": ...}`, or `{"errors": [...]}` when there are several.
    pub(crate) fn json(&self) -> String {
        match self.problems().as_slice() {
            [problem] => serde_json::json!({ "error": problem }).to_string(),
            problems => serde_json::json!({ "errors": problems }).to_string(),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Input(diagnostics) => diagnostics.iter().map(Problem::from).collect(),
            Self::Usage(problem)
            | Self::State(problem)
            | Self::Output(problem)
            | Self::Internal(problem) => {
                vec![Problem::clone(problem)]
            }
            Self::Signalled(_) | Self::PipeClosed => Vec::new(),
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Input(diagnostics)
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Input(diagnostic.into())
    }
}

/// Adds a hint to what was not found and has none yet.
pub(crate) fn hint_if_missing(found: &Diagnostics, hint: &str) -> Diagnostics {
    let mut hinted = Diagnostics::new();
    for diagnostic in found {
        let diagnostic = diagnostic.clone();
        hinted.push(match (diagnostic.exit, &diagnostic.hint) {
            (ExitClass::NotFound, None) => diagnostic.with_hint(hint),
            _ => diagnostic,
        });
    }
    hinted
}

impl From<crate::runtime::host::HostError> for Failure {
    fn from(error: crate::runtime::host::HostError) -> Self {
        use crate::runtime::host::HostError;
        use crate::runtime::start::StartError;
        match error {
            HostError::Start(StartError::Past(past)) => past.into(),
            HostError::Start(StartError::Journal(journal)) => Self::state_hint(
                "journal",
                journal.exit(),
                journal.to_string(),
                journal.hint(),
            ),
            HostError::Start(
                error @ (StartError::OtherSource { .. } | StartError::Reconfigured(_)),
            ) => Self::state_hint(
                "other-instance",
                EXIT_CONFIG,
                error.to_string(),
                "use another folder",
            ),
            HostError::Address { .. } => Self::state_hint(
                "address",
                EXIT_NETWORK,
                error.to_string(),
                "is another instance running? change the address under [http]",
            ),
            HostError::Venue(error) => {
                Self::state_hint(error.code(), error.exit(), error.to_string(), error.hint())
            }
            HostError::Worker(error) => Self::state("worker", EXIT_CONFIG, error.to_string()),
            other => Self::state("start", EXIT_INTERNAL, other.to_string()),
        }
    }
}
