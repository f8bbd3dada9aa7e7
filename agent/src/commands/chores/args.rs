//! The command line of chores on the chain: every word, flag and help text. Nothing here does anything.

use clap::{Args, Subcommand};

use crate::args::{InstanceArgs, SettingsArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum ChoreCommand {
    /// Let the exchanges and adapters move the wallet's collateral and tokens; shown only, unless --execute
    #[command(before_help = "\
Examples:
  quorate approve -C my-fund
  quorate approve -C my-fund --execute ab12")]
    Approve(ChoreArgs),
    /// Turn the shares of a resolved market into what they pay; shown only, unless --execute
    Redeem(MarketChoreArgs),
    /// Turn pairs of YES and NO into collateral; shown only, unless --execute
    Merge(AmountChoreArgs),
    /// Turn collateral into pairs of YES and NO; shown only, unless --execute
    Split(AmountChoreArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ChoreArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Do it: the last characters of the wallet, typed by the person whose money it is
    #[arg(long, value_name = "WALLET_SUFFIX")]
    pub(crate) execute: Option<String>,
    /// Read the password of the key file from the first line of stdin
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MarketChoreArgs {
    /// Name of the market in addresses
    #[arg(value_name = "NAME")]
    pub(crate) market: String,
    #[command(flatten)]
    pub(crate) chore: ChoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AmountChoreArgs {
    /// Name of the market in addresses
    #[arg(value_name = "NAME")]
    pub(crate) market: String,
    /// Shares of each outcome; a share of both is one dollar of collateral
    #[arg(value_name = "SHARES")]
    pub(crate) shares: String,
    #[command(flatten)]
    pub(crate) chore: ChoreArgs,
}
