//! The command line of settings: every word, flag and help text. Nothing here does anything.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::collective_args::PlaceArgs;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Folder of the new instance
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Settings to start from
    #[arg(long, value_name = "NAME", default_value = "full")]
    pub(crate) template: Template,
}

/// Settings to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// Every key with its default, commented out
    Full,
    /// A paper instance on the sample world
    Sample,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigShowArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Also show who said so: file, line and column, variable, or flag
    #[arg(long)]
    pub(crate) provenance: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigExplainArgs {
    /// Dotted name of the key
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}
