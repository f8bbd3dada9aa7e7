//! The settings of an instance: the file of its folder, what the command line adds to it, and the environment.

use quorate_backtest::input::Diagnostics;

use crate::args::SettingsArgs;
use crate::failure::{Failure, hint_if_missing};
use crate::runtime::instance::Folder;
use crate::settings::{Provenance, Settings, Sources};

/// What every key is for the instance in `folder`, and who said so. Later sources win: defaults, `quorate.toml` of the
/// folder if there is one, the files of `--config` in their order, the environment, `--set`.
///
/// # Errors
/// Everything that is wrong with any of them, each at its place.
pub(crate) fn load_settings(
    args: &SettingsArgs,
    folder: &Folder,
) -> Result<(Settings, Provenance), Failure> {
    Ok(Settings::load(&sources(args, folder)?)?)
}

/// The sources that [`load_settings`] reads, to be read again later or checked with something added.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn sources(args: &SettingsArgs, folder: &Folder) -> Result<Sources, Failure> {
    let mut sources = Sources::of_instance(folder.root())?;
    for file in &args.config {
        sources = sources.file(file).map_err(|found| not_found(&found))?;
    }
    Ok(sources.set(args.set.iter().cloned()))
}

fn not_found(found: &Diagnostics) -> Diagnostics {
    hint_if_missing(
        found,
        "`quorate init DIR` writes a settings file to start from",
    )
}
