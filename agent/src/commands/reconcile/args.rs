//! The command line of reconciliation: every word, flag and help text. Nothing here does anything.

use clap::Args;

use crate::args::{InstanceArgs, SettingsArgs};

#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Accept open orders that the journal does not know: the next start takes them up
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Read the password of the key file from the first line of stdin
    #[arg(long)]
    pub(crate) password_stdin: bool,
}
