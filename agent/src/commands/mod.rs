//! One file per command.

mod backtest;
mod compare;
mod config_check;
mod contribution;
mod evaluate;
mod export;
mod import;
pub(crate) mod import_args;
mod instance_run;
mod lint;
mod live;
mod new_strategy;
mod operate;
mod paper;
mod record;
mod report;
mod reread;
mod sample;
mod settings_of;
mod sweep;
pub(crate) mod sweep_args;
mod version;

pub(crate) mod chores;
mod collective;
pub(crate) mod collective_args;
mod completions;
pub(crate) mod doctor;
mod init;
pub(crate) mod keys;
mod leaderboard;
pub(crate) mod markets;
pub(crate) mod reconcile;
pub(crate) mod settings_args;
mod settings_show;
mod topics;
pub(crate) mod venue;
pub(crate) mod venue_client;
mod workers;

use std::path::{Path, PathBuf};

use sweep_args::DevelopCommand;

use crate::args::{Command, ConfigCommand, InstanceArgs};
use crate::console::Console;
use crate::failure::Failure;

/// Runs a command to its end.
///
/// # Errors
/// Why it failed; stdout then holds nothing that could be taken for a result, unless all that failed was to write the
/// files of a report: its summary is printed nevertheless.
pub(crate) fn run(command: Command, console: &Console) -> Result<(), Failure> {
    match command {
        Command::Paper(args) => paper::run(&args, console),
        Command::Live(args) => live::run(&args, console),
        Command::Backtest(args) => backtest::run(&args, console),
        Command::Evaluate(args) => evaluate::run(&args, console),
        Command::Sample(args) => sample::run(&args, console),
        Command::Report(args) => report::run(&args, console),
        Command::Import(args) => import::run(&args, console),
        Command::Export(args) => export::run(&args, console),
        Command::Operate(command) => operate::run(command, console),
        Command::Config(ConfigCommand::Check { files }) => config_check::run(&files, console),
        Command::Version => version::run(console),
        Command::Init(args) => init::run(&args, console),
        Command::Config(ConfigCommand::Show(args)) => settings_show::show(&args, console),
        Command::Config(ConfigCommand::Schema) => settings_show::print_schema(console),
        Command::Config(ConfigCommand::Explain(args)) => settings_show::explained(&args, console),
        Command::Collective(command) => collective::run(command, console),
        Command::Leaderboard(args) => leaderboard::run(&args, console),
        Command::Topics(command) => topics::run(command, console),
        Command::Workers(command) => workers::run(command, console),
        Command::Doctor(args) => doctor::run(&args, console),
        Command::Markets(command) => markets::run(command, console),
        Command::Chore(command) => chores::run(command, console),
        Command::Reconcile(args) => reconcile::run(&args, console),
        Command::Keys(command) => keys::run(command, console),
        Command::Venue(args) => venue::run(&args, console),
        Command::Develop(DevelopCommand::Sweep(args)) => sweep::run(args, console),
        Command::Develop(DevelopCommand::Lint(args)) => lint::run(&args, console),
        Command::Develop(DevelopCommand::Contribution(args)) => contribution::run(&args, console),
        Command::Develop(DevelopCommand::Compare(args)) => compare::run(&args, console),
        Command::Develop(DevelopCommand::NewStrategy(args)) => new_strategy::run(&args, console),
        Command::Completions(args) => completions::run(&args, console),
    }
}

/// Folder of a run that was given none: `out/` and the run's name, made harmless as a file name.
pub(crate) fn default_folder(name: &str) -> PathBuf {
    let harmless = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(harmless).take(80).collect();
    let name = name.trim_matches(['.', '-']);
    Path::new("out").join(if name.is_empty() { "run" } else { name })
}

/// A path as a word of a command line, quoted where a shell would take it apart.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@,+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// ` -C DIR`, if an instance's folder was given.
fn folder_words(instance: &InstanceArgs) -> String {
    let folder = instance.dir.as_deref();
    folder
        .map(|folder| format!(" -C {}", shell_word(folder)))
        .unwrap_or_default()
}

/// ` --seed N`, if a seed was given.
fn seed_words(seed: Option<u64>) -> String {
    seed.map(|seed| format!(" --seed {seed}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{default_folder, shell_word};

    #[test]
    fn the_name_of_a_run_cannot_leave_the_out_folder() {
        assert_eq!(default_folder("night 1"), Path::new("out/night-1"));
        assert_eq!(
            default_folder("../../etc/passwd"),
            Path::new("out/etc-passwd")
        );
        assert_eq!(default_folder("../.."), Path::new("out/run"));
        assert_eq!(
            default_folder("Wahl-Übersicht_2.0"),
            Path::new("out/Wahl-Übersicht_2.0")
        );
    }

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        assert_eq!(
            shell_word(Path::new("out/a-1/run.toml")),
            "out/a-1/run.toml"
        );
        assert_eq!(
            shell_word(Path::new("my runs/it's.toml")),
            r"'my runs/it'\''s.toml'"
        );
    }
}
