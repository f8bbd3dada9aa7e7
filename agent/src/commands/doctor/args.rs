//! The command line of the doctor: every word, flag and help text. Nothing here does anything.

use clap::Args;

use crate::args::{InstanceArgs, SettingsArgs};

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Only what needs no network
    #[arg(long, conflicts_with = "online")]
    pub(crate) offline: bool,
    /// Also what needs the network [default: when the settings say live]
    #[arg(long)]
    pub(crate) online: bool,
    /// Only these checks, by comma
    #[arg(long, value_name = "ID,..", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Mend what can be mended without risk: permissions, the index, what a dead process left
    #[arg(long)]
    pub(crate) fix: bool,
    /// Read the password of the key file from the first line of stdin
    #[arg(long)]
    pub(crate) password_stdin: bool,
}
