//! The command line of markets: every word, flag and help text. Nothing here does anything.

use clap::{Args, Subcommand, ValueEnum};

use crate::args::{InstanceArgs, SettingsArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum MarketsCommand {
    /// Find markets by words
    #[command(before_help = "\
Examples:
  quorate markets search senate texas
  quorate markets search bitcoin --json | jq -r .markets[].name")]
    Search(MarketsSearchArgs),
    /// Show a market: its terms, and its rule or the sentence that is not understood
    Show(MarketArgs),
    /// Show the order book of an outcome
    Book(MarketBookArgs),
    /// Follow prices and trades of markets
    #[command(before_help = "\
Examples:
  quorate markets watch NAME OTHER-NAME
  quorate markets watch NAME --for 60 --json")]
    Watch(MarketsWatchArgs),
}

/// Which venue is asked.
#[derive(Debug, Args)]
pub(crate) struct VenuePlaceArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MarketsSearchArgs {
    /// Words
    #[arg(value_name = "WORD", required = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) place: VenuePlaceArgs,
    /// Only the first so many markets; 0 for all
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(crate) first: usize,
}

#[derive(Debug, Args)]
pub(crate) struct MarketArgs {
    /// Name of the market in addresses
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) place: VenuePlaceArgs,
}

/// An outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutcomeWord {
    /// YES, or Up
    Yes,
    /// NO, or Down
    No,
}

#[derive(Debug, Args)]
pub(crate) struct MarketBookArgs {
    #[command(flatten)]
    pub(crate) market: MarketArgs,
    /// Which outcome
    #[arg(long, value_name = "OUTCOME", default_value = "yes")]
    pub(crate) outcome: OutcomeWord,
    /// Levels of each side; 0 for all
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) depth: usize,
}

#[derive(Debug, Args)]
pub(crate) struct MarketsWatchArgs {
    /// Names of the markets in addresses
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) place: VenuePlaceArgs,
    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) seconds: Option<u64>,
    /// End after so many lines
    #[arg(long, value_name = "N")]
    pub(crate) lines: Option<u64>,
}
