//! The command line of collectives, topics and workers: every word, flag and help text. Nothing here does anything.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use quorate_backtest::collective::SCHEME_NAMES;

use crate::args::{InstanceArgs, SettingsArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum CollectiveCommand {
    /// Replay resolved forecasts: schemes, market and workers side by side, and what each worker contributed
    #[command(before_help = "\
Examples:
  quorate collective replay forecasts.csv
  quorate collective replay FILE.toml --schemes all --credit exact
  quorate collective replay FILE.toml --schemes mean,median,boa_plus --html page.html")]
    Replay(CollectiveReplayArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CollectiveReplayArgs {
    /// Forecasts: a CSV, or a TOML that names tables and columns
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Schemes to compare with ours, by comma [default: those of the file, or all]
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', value_parser = scheme_names())]
    pub(crate) schemes: Vec<String>,
    /// How deep contributions are computed
    #[arg(long, value_name = "DEPTH", default_value = "exact")]
    pub(crate) credit: CreditWord,
    /// Whole points to split by contribution
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) points: u64,
    /// Also write the report as a page
    #[arg(long, value_name = "OUT")]
    pub(crate) html: Option<PathBuf>,
}

fn scheme_names() -> PossibleValuesParser {
    PossibleValuesParser::new(std::iter::once("all").chain(SCHEME_NAMES))
}

/// How deep contributions are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CreditWord {
    /// At each resolution, with the state of everybody: no replay
    Fast,
    /// Also by one replay without each worker
    Exact,
    /// Also by a replay of every coalition, for at most 10 workers
    Shapley,
}

#[derive(Debug, Args)]
pub(crate) struct LeaderboardArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// Only this topic
    #[arg(long, value_name = "NAME")]
    pub(crate) topic: Option<String>,
    /// Show the measures of the last so many batches in place of those since the start
    #[arg(long, value_name = "N")]
    pub(crate) rolling: Option<NonZeroUsize>,
    /// Also compute exact contributions, by one replay without each worker, and split points by them
    #[arg(long)]
    pub(crate) exact: bool,
    /// Whole points to split by contribution, for each topic
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) points: u64,
}

/// An instance with what the command line adds to its settings.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopicsCommand {
    /// List topics: kind, scheme, workers, open questions, the newest combined value
    #[command(before_help = "\
Examples:
  quorate topics list -C my-fund
  quorate topics list --json | jq -r '.topics[] | select(.stale) | .name'")]
    List(PlaceArgs),
    /// Show one topic: its questions with every worker's value and weight
    #[command(before_help = "\
Examples:
  quorate topics show senate -C my-fund")]
    Show(TopicShowArgs),
    /// Show all topics, or one, again and again
    #[command(before_help = "\
Examples:
  quorate topics watch -C my-fund
  quorate topics watch senate --every 10")]
    Watch(TopicWatchArgs),
    /// Check that the settings' topics and markets exist in the instance's tape or journal and fit
    #[command(before_help = "\
Examples:
  quorate topics check -C my-fund
  quorate topics check -c quorate.toml -c topics.toml")]
    Check(PlaceArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TopicShowArgs {
    /// Name of the topic
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TopicWatchArgs {
    /// Name of the topic; all of them without one
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) every: u64,
    /// End after so many looks [default: never]
    #[arg(long, value_name = "N")]
    pub(crate) times: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WorkersCommand {
    /// List workers: how each is reached, what it speaks of, what was heard of it
    #[command(before_help = "\
Examples:
  quorate workers list -C my-fund")]
    List(PlaceArgs),
    /// Ask a worker once and show what would become of its answer
    #[command(before_help = "\
Examples:
  quorate workers test radar -C my-fund
  quorate workers test radar --topic weather --epoch 3 --json")]
    Test(WorkerTestArgs),
    /// Add a worker to quorate.toml
    #[command(before_help = "\
Examples:
  quorate workers add mine --kind push --topic senate
  quorate workers add model --kind http --topic senate --url http://127.0.0.1:9000/predict
  quorate workers add script --kind command --topic senate --command ./model --arg --fast")]
    Add(WorkerAddArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WorkerTestArgs {
    /// Name of the worker
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Topic to ask about [default: the worker's first]
    #[arg(long, value_name = "NAME")]
    pub(crate) topic: Option<String>,
    /// Round to ask about [default: an open one of the journal, else 0]
    #[arg(long, value_name = "N")]
    pub(crate) epoch: Option<u64>,
    /// Label to ask about
    #[arg(long, value_name = "N")]
    pub(crate) label: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerAddArgs {
    /// Name of the new worker: lower-case letters, digits, - and _
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// How it is reached
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: AddedKind,
    /// Topic it speaks of; may be given again
    #[arg(long, value_name = "NAME", required = true)]
    pub(crate) topic: Vec<String>,
    /// Address to ask (http)
    #[arg(long, value_name = "URL", required_if_eq("kind", "http"))]
    pub(crate) url: Option<String>,
    /// File it appends to (csv)
    #[arg(long, value_name = "FILE", required_if_eq("kind", "csv"))]
    pub(crate) path: Option<String>,
    /// Program to run (command)
    #[arg(long, value_name = "PROGRAM", required_if_eq("kind", "command"))]
    pub(crate) command: Option<String>,
    /// Argument of the program; may be given again
    #[arg(
        long,
        value_name = "ARG",
        allow_hyphen_values = true,
        requires = "command"
    )]
    pub(crate) arg: Vec<String>,
    /// Family of models that err together and share a vote
    #[arg(long, value_name = "NAME")]
    pub(crate) family: Option<String>,
}

/// Kinds of workers that can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AddedKind {
    /// It sends its values to the intake, with a token
    Push,
    /// It is asked over HTTP
    Http,
    /// It appends to a file
    Csv,
    /// It is a program that is run
    Command,
}
