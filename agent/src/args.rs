//! The command line as it is written: every word, flag and help text. Nothing here does anything.

use std::path::PathBuf;

use crate::runtime::pace::Speed;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::chores::args::ChoreCommand;
use crate::commands::collective_args::{
    CollectiveCommand, LeaderboardArgs, TopicsCommand, WorkersCommand,
};
use crate::commands::doctor::args::DoctorArgs;
use crate::commands::import_args::{ArchiveExportArgs, ImportArgs, RecordFormat};
use crate::commands::keys::args::KeysCommand;
use crate::commands::markets::args::MarketsCommand;
use crate::commands::reconcile::args::ReconcileArgs;
use crate::commands::settings_args::{
    CompletionsArgs, ConfigExplainArgs, ConfigShowArgs, InitArgs,
};
use crate::commands::sweep_args::DevelopCommand;
use crate::commands::venue::args::VenueArgs;

const EXAMPLES: &str = "\
Start here:
  quorate paper                        trade a generated sample world and open the report
  quorate sample out/sample            write that world as files, to look at and to change
  quorate backtest out/sample/run.toml replay recorded markets through the same decisions
  quorate evaluate FILE.toml           are these models worth trading at all?";

const EXIT_CODES: &str = "\
Results go to stdout, everything else to stderr. Exit codes: 0 ok, 1 internal error, 2 usage,
3 configuration invalid, 4 not found, 5 not running, 6 key or log-in, 7 network, 8 timeout,
9 refused, 10 data invalid, 11 account differs from the journal, 12 journal damaged, 13 geoblocked,
14 doctor found problems, or a look-ahead.";

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
  quorate paper RUN.toml         trade the tape of a run file
  quorate paper -C my-fund       run the instance in a folder, as its quorate.toml says
  quorate paper --speed 3600     an hour of the world each second, with controls and metrics")]
    Paper(PaperArgs),
    /// Trade with real money
    #[command(before_help = "\
Examples:
  quorate live -C my-fund --confirm-live ab12")]
    Live(LiveArgs),
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
    /// Import recorded order books into an archive, and score how far they can be trusted
    #[command(before_help = "\
Examples:
  quorate import raw-ws capture.jsonl.gz --out archive --markets markets.csv
  quorate import pmxt-v2 downloads --out archive --json")]
    Import(ImportArgs),
    /// Write an archive in another format
    #[command(before_help = "\
Examples:
  quorate export archive --format hftbacktest --out npz")]
    Export(ArchiveExportArgs),
    /// Render a report again
    #[command(before_help = "\
Examples:
  quorate report out/paper/report.json
  quorate report out/paper/report.json --html page.html")]
    Report(ReportArgs),
    #[command(flatten)]
    Develop(DevelopCommand),
    #[command(flatten)]
    Operate(OperateCommand),
    /// Check configuration files
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show the version, and which file formats it reads
    Version,
    /// Write the settings of a new instance
    #[command(before_help = "\
Examples:
  quorate init my-fund                     every key with its default, commented out
  quorate init try --template sample       a paper instance on the sample world")]
    Init(InitArgs),
    /// Replay a collective on resolved forecasts
    #[command(subcommand)]
    Collective(CollectiveCommand),
    /// Show how every worker of an instance stands, topic by topic, from what was submitted
    #[command(before_help = "\
Examples:
  quorate leaderboard -C my-fund
  quorate leaderboard --topic senate --rolling 30
  quorate leaderboard --exact --points 1000 --json")]
    Leaderboard(LeaderboardArgs),
    /// List, show, watch and check topics
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// List, test and add workers
    #[command(subcommand)]
    Workers(WorkersCommand),
    /// Find what is wrong with an instance, its key, its disk and its venue, and what mends it
    #[command(before_help = "\
Examples:
  quorate doctor -C my-fund
  quorate doctor --offline --fix           mend permissions, the index, what a dead process left
  quorate doctor --only geoblock,api-key --json")]
    Doctor(DoctorArgs),
    /// Find, show and follow the venue's markets
    #[command(subcommand)]
    Markets(MarketsCommand),
    #[command(flatten)]
    Chore(ChoreCommand),
    /// Compare what the journal says the account has with what the venue says
    #[command(before_help = "\
Examples:
  quorate reconcile -C my-fund
  quorate reconcile --adopt                open orders of somebody else are no mistake")]
    Reconcile(ReconcileArgs),
    /// Make, import, show and rotate key files
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Start a venue on this machine, with play money and an account that is ready to trade
    #[command(before_help = "\
Examples:
  quorate venue                            the sample world, an hour of it each second
  quorate venue --faults all --seed 7      the same on a bad day
  quorate venue --tape DIR --speed 60      a recording of yours
Then, in another terminal, the `quorate live` line that it prints.")]
    Venue(VenueArgs),
    /// Write the completions of a shell to stdout
    #[command(before_help = "\
Examples:
  quorate completions bash > ~/.local/share/bash-completion/completions/quorate
  quorate completions zsh > ~/.zfunc/_quorate")]
    Completions(CompletionsArgs),
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
    #[arg(value_name = "RUN.toml", conflicts_with = "dir")]
    pub(crate) run_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Seed of the sample world, or in place of the run file's
    #[arg(long, value_name = "N", conflicts_with = "dir")]
    pub(crate) seed: Option<u64>,
    /// Folder for the world and the report [default: out/paper, or out/NAME-OF-RUN]
    #[arg(long, value_name = "DIR", conflicts_with = "dir")]
    pub(crate) out: Option<PathBuf>,
    /// Do not open the report in a browser, even on a desktop
    #[arg(long)]
    pub(crate) open_nothing: bool,
    /// Speed of the world: a number of times real time, or max [default: max; an instance's own setting]
    #[arg(long, value_name = "TIMES", value_parser = speed)]
    pub(crate) speed: Option<Speed>,
    /// Forget an unfinished run in the folder instead of going on with it
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Stop gracefully after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_runtime: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// The last characters of the account, typed by the person who risks its money
    #[arg(long, value_name = "ACCOUNT_SUFFIX")]
    pub(crate) confirm_live: Option<String>,
    /// Stop gracefully after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_runtime: Option<u64>,
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    match text.parse::<f64>() {
        Ok(times) if times.is_finite() && 0.0 < times => Ok(Speed::Times(times)),
        _ => Err("expected a number of times real time, such as 60, or max".into()),
    }
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
    /// Check settings, run files and evaluation files, and show everything that is wrong
    #[command(before_help = "\
Examples:
  quorate config check RUN.toml
  quorate config check config/*.toml")]
    Check {
        /// Files to check
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Show the settings of an instance, secrets masked
    #[command(before_help = "\
Examples:
  quorate config show -C my-fund
  quorate config show --provenance --set risk.max_drawdown='\"8%\"'")]
    Show(ConfigShowArgs),
    /// Write the JSON Schema of quorate.toml, for completion in editors
    Schema,
    /// Explain a key: what it means, what it may hold, what it is here
    #[command(before_help = "\
Examples:
  quorate config explain risk.max_drawdown
  quorate config explain topics.scheme -C my-fund")]
    Explain(ConfigExplainArgs),
}

/// Which instance is meant.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InstanceArgs {
    /// Folder of the instance [default: this one if it has a quorate.toml, else out/paper]
    #[arg(short = 'C', long = "dir", value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// What an operator asks of an instance.
#[derive(Debug, Subcommand)]
pub(crate) enum OperateCommand {
    /// Show how an instance stands, running or not
    Status(StatusArgs),
    /// Show what is held
    Positions(InstanceArgs),
    /// Show open orders, or all there ever were
    Orders(ListArgs),
    /// Show executions
    Fills(ListArgs),
    /// Show profit and loss by market
    Pnl(InstanceArgs),
    /// Show what was judged, or why nothing was traded
    #[command(before_help = "\
Examples:
  quorate decisions --trades --last 20
  quorate decisions --why-not
  quorate decisions --market NAME --last 5 --json")]
    Decisions(DecisionsArgs),
    /// Explain one decision: inferences, weights, edge, size, limits, order, fills
    #[command(before_help = "\
Examples:
  quorate explain 1234.0     the decision behind an order
  quorate explain 1234/5     a decision, as `quorate decisions` names it")]
    Explain(ExplainArgs),
    /// Stop everything, for good: works whether the process answers or not
    #[command(before_help = "\
Examples:
  quorate kill --reason \"prices look wrong\"
  quorate kill --flatten -C my-fund")]
    Kill(KillArgs),
    /// Trade again after a kill or a halt
    Resume(ScopeArgs),
    /// Stop trading in a market, a group or a topic, or everywhere
    Halt(HaltArgs),
    /// Read the settings again: limits may be tightened while the process runs
    Reload(InstanceArgs),
    /// End the process gracefully
    Stop(InstanceArgs),
    /// Print the log of an instance
    Logs(LogsArgs),
    /// Verify, repair or export the journal
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Feed a journal to the decision core again and compare every command
    Replay(ReplayArgs),
    /// Write what an instance saw as a tape for `quorate backtest`
    Record(RecordArgs),
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// Show it again every so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2")]
    pub(crate) watch: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// Only the last so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) last: usize,
    /// Also those that have ended
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecisionsArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// Count what was not traded by the rule that said so
    #[arg(long, conflicts_with = "trades")]
    pub(crate) why_not: bool,
    /// Only those that led to an order
    #[arg(long)]
    pub(crate) trades: bool,
    /// Only this market
    #[arg(long, value_name = "NAME")]
    pub(crate) market: Option<String>,
    /// Only the last so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) last: usize,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// An order (1234.0) or a decision (1234/5)
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct KillArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// Withdraw everything and send nothing new (the default)
    #[arg(long, group = "kill_mode")]
    pub(crate) cancel: bool,
    /// Withdraw everything, afterwards only sales of what is held
    #[arg(long, group = "kill_mode")]
    pub(crate) reduce_only: bool,
    /// Withdraw everything and sell what may be sold
    #[arg(long, group = "kill_mode")]
    pub(crate) flatten: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Longest wait for the process to confirm
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pub(crate) timeout_ms: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// Only this market
    #[arg(long, value_name = "NAME", group = "scope")]
    pub(crate) market: Option<String>,
    /// Only this group of exclusive outcomes
    #[arg(long, value_name = "NAME", group = "scope")]
    pub(crate) group: Option<String>,
    /// Only this topic
    #[arg(long, value_name = "NAME", group = "scope")]
    pub(crate) topic: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HaltArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// Go on printing what is added
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only the last so many lines; 0 for all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) lines: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Check every record against the chain
    Verify(InstanceArgs),
    /// Make a new chain from a damaged one, with a mark where records are missing
    Repair(InstanceArgs),
    /// Write the journal as JSON lines or Parquet
    Export(ExportArgs),
    /// Look an order up in the index, by our name or the venue's
    Find(FindArgs),
}

#[derive(Debug, Args)]
pub(crate) struct FindArgs {
    /// An order (1234.0) or its hash at the venue
    #[arg(value_name = "ORDER")]
    pub(crate) order: String,
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Its form
    #[arg(long, value_name = "FORM", default_value = "jsonl")]
    pub(crate) format: ExportFormat,
}

/// Forms of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One JSON object a line
    Jsonl,
    /// Parquet
    Parquet,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Compare every command with the journal's; the only thing there is to do, and the default
    #[arg(long)]
    pub(crate) verify: bool,
    /// A journal's folder, or an instance's
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    /// Folder for the tape
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Its form
    #[arg(long, value_name = "FORM", default_value = "csv")]
    pub(crate) format: RecordFormat,
}

/// What the command line adds to the settings of an instance.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SettingsArgs {
    /// Settings file to read after the instance's own; may be given again, later ones win
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// One setting, as risk.max_drawdown="8%"; may be given again, and wins over files and environment
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}
