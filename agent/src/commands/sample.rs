//! `quorate sample`: the sample world as files, and the run file that trades it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use quorate_backtest::sample::{self, WorldSpec};

use super::shell_word;
use crate::args::SampleArgs;
use crate::console::{Console, Form};
use crate::failure::Failure;
use crate::results::write_file;

/// The run file of the sample world, for the default seed.
const RUN_FILE: &str = include_str!("../../../config/paper.toml");

/// The line of [`RUN_FILE`] that another seed replaces.
const SEED_LINE: &str = "\nseed = 18\n";

pub(super) fn run(args: &SampleArgs, console: &Console) -> Result<(), Failure> {
    if !args.force && !is_empty_or_new(&args.folder)? {
        let hint = "give another folder, or --force to replace files of the same names";
        return Err(Failure::refuses_folder(
            &args.folder,
            "the folder is not empty",
            hint,
        ));
    }
    let run_file = write_world(&args.folder, args.seed, console)?;
    if console.form() == Form::Json {
        let written = serde_json::json!({
            "run_file": run_file.display().to_string(),
            "tape": tape_folder(&args.folder).display().to_string(),
            "seed": world_spec(args.seed).seed,
        });
        console.result(&format!("{written:#}\n"))?;
    } else {
        console.result(&format!("{}\n", run_file.display()))?;
    }
    console.next(&format!("quorate backtest {}", shell_word(&run_file)));
    Ok(())
}

/// Writes `tape/` and `run.toml` into a folder. Returns the path of the run file.
///
/// # Errors
/// Something cannot be written.
pub(super) fn write_world(
    folder: &Path,
    seed: Option<u64>,
    console: &Console,
) -> Result<PathBuf, Failure> {
    let spec = world_spec(seed);
    console.note(&format!(
        "making the sample world of seed {} (synthetic data)",
        spec.seed
    ));
    let world = sample::generate(&spec);
    let tape = tape_folder(folder);
    sample::write(&world, &tape).map_err(|error| Failure::cannot_write(&tape, &error))?;
    let run_file = folder.join("run.toml");
    write_file(&run_file, &run_text(spec.seed))?;
    tracing::info!(folder = %folder.display(), seed = spec.seed, "sample world written");
    Ok(run_file)
}

fn world_spec(seed: Option<u64>) -> WorldSpec {
    seed.map_or_else(WorldSpec::default, WorldSpec::full)
}

/// Where the tape of a world lies.
pub(super) fn tape_folder(folder: &Path) -> PathBuf {
    folder.join("tape")
}

/// The run file for the world of a seed.
pub(super) fn run_text(seed: u64) -> String {
    RUN_FILE.replacen(SEED_LINE, &format!("\nseed = {seed}\n"), 1)
}

fn is_empty_or_new(folder: &Path) -> Result<bool, Failure> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Failure::cannot_write(folder, &error)),
    }
}

#[cfg(test)]
mod tests {
    use quorate_backtest::sample::WorldSpec;

    use super::{RUN_FILE, SEED_LINE, run_text};

    #[test]
    fn the_run_file_names_the_seed_of_its_world() {
        assert_eq!(RUN_FILE.matches(SEED_LINE).count(), 1);
        assert_eq!(run_text(WorldSpec::default().seed), RUN_FILE);
        assert!(run_text(7).contains("\nseed = 7\n"));
    }
}
