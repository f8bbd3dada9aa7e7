//! The command line of those who develop strategies: sweeps, the look-ahead finder, contributions, comparisons, new
//! strategies. Every word, flag and help text; nothing here does anything.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What a developer of strategies asks.
#[derive(Debug, Subcommand)]
pub(crate) enum DevelopCommand {
    /// Vary a run, and say what it takes to believe the best variant
    #[command(before_help = "\
Examples:
  quorate sweep SWEEP.toml                      everything, in this process
  quorate sweep plan SWEEP.toml                 one line of JSON per unit of work
  quorate sweep run SWEEP.toml --unit ID        one unit, anywhere
  quorate sweep merge SWEEP.toml                one result, the same bytes whatever ran where")]
    Sweep(SweepArgs),
    /// Find decisions that know the future; exit 14 if there are any
    #[command(before_help = "\
Examples:
  quorate lint RUN.toml
  quorate lint RUN.toml --moments 10 --json")]
    Lint(LintArgs),
    /// Show what each worker contributes: the run without it, for every one
    #[command(before_help = "\
Examples:
  quorate contribution RUN.toml
  quorate contribution RUN.toml --html page.html")]
    Contribution(ContributionArgs),
    /// Show two reports side by side, and what was set differently
    #[command(before_help = "\
Examples:
  quorate compare out/before out/after
  quorate compare a/report.json b/report.json --json")]
    Compare(CompareArgs),
    /// Write a crate with a strategy of your own that backtests and paper-trades
    #[command(before_help = "\
Examples:
  quorate new-strategy calm-seas
  quorate new-strategy calm-seas --quorate ../quorate")]
    NewStrategy(NewStrategyArgs),
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SweepArgs {
    #[command(subcommand)]
    pub(crate) part: Option<SweepPart>,
    /// Sweep file
    #[arg(value_name = "SWEEP.toml", required = true)]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: SweepPlace,
}

/// A part of a sweep.
#[derive(Debug, Subcommand)]
pub(crate) enum SweepPart {
    /// Print the manifest: one line of JSON per unit of work
    Plan(SweepPartArgs),
    /// Run units of work; those that have a result are skipped
    Run(SweepRunArgs),
    /// Put the results together, and report; the hold-out stays untouched
    Merge(SweepPartArgs),
    /// As merge, and evaluate the chosen variant on the hold-out: once
    Holdout(SweepPartArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SweepPartArgs {
    /// Sweep file
    #[arg(value_name = "SWEEP.toml")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: SweepPlace,
}

#[derive(Debug, Args)]
pub(crate) struct SweepRunArgs {
    /// Sweep file
    #[arg(value_name = "SWEEP.toml")]
    pub(crate) file: PathBuf,
    /// Only this unit; may be given again [default: all]
    #[arg(long, value_name = "ID")]
    pub(crate) unit: Vec<String>,
    #[command(flatten)]
    pub(crate) place: SweepPlace,
}

/// Where a sweep's files are, and what it may use.
#[derive(Clone, Debug, Args)]
pub(crate) struct SweepPlace {
    /// Folder for results [default: out/NAME-OF-SWEEP]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Threads to use, 1 to 256; the result does not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// Run file
    #[arg(value_name = "RUN.toml")]
    pub(crate) run_file: PathBuf,
    /// Moments after which the future is changed, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) moments: u32,
    /// Delay of inferences for the dependence of profit on freshness, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) delay: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ContributionArgs {
    /// Run file
    #[arg(value_name = "RUN.toml")]
    pub(crate) run_file: PathBuf,
    /// Also write the table as a section of a page
    #[arg(long, value_name = "OUT")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// A report, or the folder it is in
    #[arg(value_name = "A")]
    pub(crate) first: PathBuf,
    /// Another one
    #[arg(value_name = "B")]
    pub(crate) second: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct NewStrategyArgs {
    /// Name of the crate: lower-case letters, digits and dashes
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Folder to write to [default: NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// A copy of Quorate's source to build against [default: its repository]
    #[arg(long, value_name = "DIR")]
    pub(crate) quorate: Option<PathBuf>,
}
