//! The command line as it is written: every word, flag and help text. Nothing here does anything.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Start here:
  quorate paper                        trade a generated sample world and open the report
  quorate sample out/sample            write that world as files, to look at and to change
  quorate backtest out/sample/run.toml replay recorded markets through the same decisions
  quorate evaluate FILE.toml           are these models worth trading at all?";

const EXIT_CODES: &str = "\
Results go to stdout, everything else to stderr. Exit codes: 0 ok, 1 internal error, 2 usage,
3 configuration invalid, 4 not found, 10 data invalid.";

/// Trades prediction markets on a quorum of models.
#[derive(Debug, Parser)]
#[command(
    name = "quorate",
    version,
    before_help = EXAMPLES,
    after_help = EXIT_CODES,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct GlobalArgs {
    /// Write results as JSON to stdout and errors as JSON to stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but results and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Log what happens; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Colour of messages; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorWhen,
    /// Form of log lines
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// When messages are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines to read
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Trade a sample world, or a tape, with simulated money
    #[command(before_help = "\
Examples:
  quorate paper                  generate the sample world and trade it
  quorate paper --seed 7         another world
  quorate paper RUN.toml         trade the tape of a run file")]
    Paper(PaperArgs),
    /// Replay a tape and write the report
    #[command(before_help = "\
Examples:
  quorate backtest RUN.toml
  quorate backtest RUN.toml --out out/try --threads 1
  quorate backtest RUN.toml --json | jq -r .run.result_hash")]
    Backtest(BacktestArgs),
    /// Score forecasts against the market, without trading
    #[command(before_help = "\
Examples:
  quorate evaluate FILE.toml
  quorate evaluate FILE.toml --json > scores.json")]
    Evaluate(EvaluateArgs),
    /// Write the sample world: a tape and a run file that works
    #[command(before_help = "\
Examples:
  quorate sample out/sample
  quorate sample out/other --seed 7")]
    Sample(SampleArgs),
    /// Render a report again
    #[command(before_help = "\
Examples:
  quorate report out/paper/report.json
  quorate report out/paper/report.json --html page.html")]
    Report(ReportArgs),
    /// Check configuration files
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show the version, and which file formats it reads
    Version,
}

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// Run file
    #[arg(value_name = "RUN.toml")]
    pub(crate) run_file: PathBuf,
    /// Folder for the report [default: out/NAME-OF-RUN]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Threads to use, 1 to 256; the result does not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// Seed, in place of the run file's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Do not write report.html
    #[arg(long)]
    pub(crate) no_html: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PaperArgs {
    /// Run file with a tape to trade; without one, the sample world
    #[arg(value_name = "RUN.toml")]
    pub(crate) run_file: Option<PathBuf>,
    /// Seed of the sample world, or in place of the run file's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Folder for the world and the report [default: out/paper, or out/NAME-OF-RUN]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Do not open the report in a browser, even on a desktop
    #[arg(long)]
    pub(crate) open_nothing: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SampleArgs {
    /// Folder to write to; it must be empty or new
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Seed of the world [default: 18]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write into a folder that is not empty, replacing files of the same names
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Evaluation file
    #[arg(value_name = "FILE.toml")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Report that a run wrote
    #[arg(value_name = "REPORT.json")]
    pub(crate) report: PathBuf,
    /// Write the page to this file
    #[arg(long, value_name = "OUT", conflicts_with = "text")]
    pub(crate) html: Option<PathBuf>,
    /// Print it as text (the default)
    #[arg(long)]
    pub(crate) text: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check run files and evaluation files, and show everything that is wrong
    #[command(before_help = "\
Examples:
  quorate config check RUN.toml
  quorate config check config/*.toml")]
    Check {
        /// Files to check
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}
