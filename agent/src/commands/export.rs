//! `quorate export`: an archive in the formats of others.

use quorate_backtest::archive::export::{write_npz, write_parquet};
use quorate_backtest::archive::is_archive;
use quorate_backtest::report::format::count;
use serde_json::json;

use super::import_args::{ArchiveExportArgs, ArchiveFormat};
use crate::console::{Console, Form};
use crate::failure::{EXIT_NOT_FOUND, Failure};

pub(super) fn run(args: &ArchiveExportArgs, console: &Console) -> Result<(), Failure> {
    if !is_archive(&args.archive) {
        let message = format!(
            "{} is no archive: it has no manifest",
            args.archive.display()
        );
        let hint = "`quorate import` makes archives";
        return Err(Failure::state_hint(
            "no-archive",
            EXIT_NOT_FOUND,
            message,
            hint,
        ));
    }
    let (told, text) = match args.format {
        ArchiveFormat::Hftbacktest => {
            let files = write_npz(&args.archive, &args.out)?;
            let text = format!(
                "{} tokens in {}\n",
                count(files.len() as u64),
                args.out.display()
            );
            (json!({ "folder": args.out, "files": files }), text)
        }
        ArchiveFormat::Parquet => {
            let rows = write_parquet(&args.archive, &args.out)?;
            let text = format!("{} rows in {}\n", count(rows), args.out.display());
            (json!({ "folder": args.out, "rows": rows }), text)
        }
    };
    match console.form() {
        Form::Json => console.result(&format!("{told:#}\n")),
        Form::Text => console.result(&text),
    }
}
