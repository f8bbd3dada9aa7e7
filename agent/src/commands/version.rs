//! `quorate version`: the version, and which file formats it reads.

use quorate_backtest::replay::run_file::RUN_FILE_VERSION;
use quorate_backtest::report::json::SCHEMA_VERSION;
use serde_json::json;

use crate::console::{Console, Form};
use crate::failure::Failure;

pub(super) fn run(console: &Console) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let text = match console.form() {
        Form::Text => format!(
            "quorate {version} ({os} {arch})\nrun files of version {RUN_FILE_VERSION}, reports of schema {SCHEMA_VERSION}\n"
        ),
        Form::Json => {
            let fields = json!({
                "name": "quorate", "version": version, "os": os, "arch": arch,
                "run_version": RUN_FILE_VERSION, "report_schema": SCHEMA_VERSION,
            });
            format!("{fields:#}\n")
        }
    };
    console.result(&text)
}
