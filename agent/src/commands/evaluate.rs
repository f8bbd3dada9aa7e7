//! `quorate evaluate`: forecasts against the market, row by row.

use quorate_backtest::evaluate::{EvaluationFile, render};

use super::shell_word;
use crate::args::EvaluateArgs;
use crate::console::{Console, Form};
use crate::failure::{Failure, hint_if_missing};

pub(super) fn run(args: &EvaluateArgs, console: &Console) -> Result<(), Failure> {
    let file = EvaluationFile::read(&args.file).map_err(|found| {
        hint_if_missing(
            &found,
            "config/evaluate.example.toml shows what an evaluation file looks like",
        )
    })?;
    let evaluation = file.evaluate().map_err(|found| {
        hint_if_missing(
            &found,
            "paths in an evaluation file start from its own folder",
        )
    })?;
    tracing::info!(file = %args.file.display(), rows = evaluation.rows.used, "evaluated");
    match console.form() {
        Form::Text => {
            console.result(&render(&evaluation))?;
            console.next(&format!(
                "quorate evaluate {} --json",
                shell_word(&args.file)
            ));
        }
        Form::Json => {
            let json = serde_json::to_string_pretty(&evaluation);
            let json = json.map_err(|error| Failure::internal(error.to_string()))?;
            console.result(&format!("{json}\n"))?;
        }
    }
    Ok(())
}
