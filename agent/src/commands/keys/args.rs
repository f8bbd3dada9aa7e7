//! The command line of keys: every word, flag and help text. Nothing here does anything.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::{InstanceArgs, SettingsArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new key and write it encrypted
    #[command(before_help = "\
Examples:
  quorate keys new -C my-fund
  quorate keys new --file keys/second.json --password-stdin < password.txt")]
    New(KeysWriteArgs),
    /// Write a key of yours encrypted; it is typed or comes from stdin, never from the command line
    #[command(before_help = "\
Examples:
  quorate keys import -C my-fund           asks for the key and a password
  quorate keys import --password-stdin     first line of stdin: the password; second line: the key")]
    Import(KeysWriteArgs),
    /// Show the address of a key file and the wallets that belong to it; needs no password
    Show(KeysArgs),
    /// Open a key file and sign something meaningless with it
    Test(KeysArgs),
    /// Give a key file another password, or the account another API key
    #[command(before_help = "\
Examples:
  quorate keys rotate -C my-fund
  quorate keys rotate --password-stdin     first line: the old password; second line: the new one
  quorate keys rotate --api-key            ask the venue for another API key")]
    Rotate(KeysRotateArgs),
    /// Print a key in the open; the end of its address has to be typed
    Export(KeysExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(flatten)]
    pub(crate) instance: InstanceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Key file [default: account.keystore of the instance, or keys/main.json in its folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Read the password from the first line of stdin [default: account.password_source]
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Takes what must not be there, so that it is refused without being repeated.
    #[arg(hide = true, value_name = "NOTHING")]
    pub(crate) misplaced: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct KeysWriteArgs {
    #[command(flatten)]
    pub(crate) key: KeysArgs,
    /// Write it although the place lies inside a git tree
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeysRotateArgs {
    #[command(flatten)]
    pub(crate) key: KeysArgs,
    /// Delete the API key at the venue and make another one
    #[arg(long)]
    pub(crate) api_key: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeysExportArgs {
    #[command(flatten)]
    pub(crate) key: KeysArgs,
    /// The last characters of the address, typed by the person who takes the key out
    #[arg(long, value_name = "ADDRESS_SUFFIX")]
    pub(crate) confirm: Option<String>,
}
