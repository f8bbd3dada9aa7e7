//! The folder of a report, tried out before the long work whose result it is to hold.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::failure::Failure;

/// Makes the folder and a file in it, and removes again what was not there before.
///
/// # Errors
/// It is a file, or cannot be made or written to: a mistake of the command line, found before anything is read.
pub(crate) fn check_writable(folder: &Path) -> Result<(), Failure> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .collect();
    let tried = try_out(folder);
    for made in missing {
        // One that is not empty, or was never made, stays as it is.
        let _ = fs::remove_dir(made);
    }
    tried.map_err(|error| {
        let message = format!("cannot write to the folder for the report: {error}");
        let hint = "give another folder with --out";
        Failure::unusable_folder(folder, message, hint)
    })
}

fn try_out(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let file = folder.join(format!(".quorate-{}.tmp", std::process::id()));
    File::create(&file)?;
    fs::remove_file(&file)
}
