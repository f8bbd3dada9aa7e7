//! What an operator asks of an instance. Questions are answered from its journal, whether its process runs or not.

mod accounts;
mod decisions;
mod explain;
mod journal;
mod status;
mod switch;
mod trades;

use std::path::{Path, PathBuf};

pub(in crate::commands) use status::running;

use serde::Serialize;

use crate::args::{InstanceArgs, OperateCommand};
use crate::console::{Console, Form};
use crate::failure::{EXIT_JOURNAL, EXIT_NOT_FOUND, Failure};
use crate::journal::{Reader, RealDisk, SharedDisk};
use crate::runtime::instance::Folder;
use crate::runtime::recovery::{Elsewhere, Past, RecoveryError, Spectator, go_through};
use crate::runtime::view::View;

/// Runs an operator's command.
///
/// # Errors
/// Why it failed.
pub(super) fn run(command: OperateCommand, console: &Console) -> Result<(), Failure> {
    match command {
        OperateCommand::Status(args) => status::run(&args, console),
        OperateCommand::Positions(args) => accounts::positions(&args, console),
        OperateCommand::Orders(args) => trades::orders(&args, console),
        OperateCommand::Fills(args) => trades::fills(&args, console),
        OperateCommand::Pnl(args) => accounts::pnl(&args, console),
        OperateCommand::Decisions(args) => decisions::run(&args, console),
        OperateCommand::Explain(args) => explain::run(&args, console),
        OperateCommand::Kill(args) => switch::kill(&args, console),
        OperateCommand::Resume(args) => switch::resume(&args, console),
        OperateCommand::Halt(args) => switch::halt(&args, console),
        OperateCommand::Reload(args) => switch::reload(&args, console),
        OperateCommand::Stop(args) => switch::stop(&args, console),
        OperateCommand::Logs(args) => status::logs(&args, console),
        OperateCommand::Journal(command) => journal::run(command, console),
        OperateCommand::Replay(args) => journal::replay(&args, console),
        OperateCommand::Record(args) => journal::record(&args, console),
    }
}

/// The folder that is meant: the one given, else this one if it is an instance's, else the one `quorate paper` makes.
pub(super) fn folder(args: &InstanceArgs) -> Folder {
    let given = args.dir.clone();
    let here = || {
        Path::new("quorate.toml")
            .exists()
            .then(|| PathBuf::from("."))
    };
    Folder::new(
        given
            .or_else(here)
            .unwrap_or_else(|| PathBuf::from("out/paper")),
    )
}

/// An instance's past, seen by `spectator`.
///
/// # Errors
/// There is none, or it cannot be gone through.
pub(super) fn past(
    folder: &Folder,
    spectator: &mut impl Spectator,
) -> Result<Past<Elsewhere>, Failure> {
    if !folder.has_journal() {
        return Err(no_journal(folder));
    }
    let disk: SharedDisk = std::sync::Arc::new(RealDisk);
    let records = Reader::from_start(&disk, &folder.journal()).map_err(RecoveryError::from)?;
    let records = records.map(|read| read.map(|(_, record)| record));
    let past = go_through::<Elsewhere>(records, spectator)?;
    past.ok_or_else(|| no_journal(folder))
}

/// An instance's past, with everything that is asked for about it.
///
/// # Errors
/// As [`past`].
pub(super) fn view(folder: &Folder) -> Result<(Past<Elsewhere>, View), Failure> {
    let mut view = View::default();
    let past = past(folder, &mut view)?;
    Ok((past, view))
}

fn no_journal(folder: &Folder) -> Failure {
    Failure::state_hint(
        "no-instance",
        EXIT_NOT_FOUND,
        format!("nothing has run in {} yet", folder.root().display()),
        "name an instance's folder with -C DIR, or start one with `quorate paper`",
    )
}

impl From<RecoveryError> for Failure {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::Journal(error) => {
                Self::state_hint("journal", error.exit(), error.to_string(), error.hint())
            }
            RecoveryError::Differs { .. } => Self::state_hint(
                "journal-differs",
                EXIT_JOURNAL,
                error.to_string(),
                "use the version that wrote it, or start in another folder",
            ),
            other => Self::state("journal", EXIT_JOURNAL, other.to_string()),
        }
    }
}

/// Prints a result: as JSON if asked for, else as `text`.
///
/// # Errors
/// It cannot be written.
pub(super) fn answer(
    console: &Console,
    json: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let out = match console.form() {
        Form::Text => text(),
        Form::Json => {
            let text = serde_json::to_string_pretty(json);
            text.map_err(|error| Failure::internal(format!("no JSON: {error}")))?
        }
    };
    let ends = if out.ends_with('\n') { "" } else { "\n" };
    console.result(&format!("{out}{ends}"))
}

/// The last `count` of something, all if zero.
pub(super) fn last<T>(all: &[T], count: usize) -> &[T] {
    let from = if count == 0 {
        0
    } else {
        all.len().saturating_sub(count)
    };
    &all[from..]
}
