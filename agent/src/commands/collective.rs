//! `quorate collective replay`: resolved forecasts through every scheme, with the market and the workers beside them.

use quorate_backtest::collective::{
    CollectiveOptions, CreditDepth, SHAPLEY_WORKERS_MAX, render_html, render_text, replay, to_json,
};

use super::collective_args::{CollectiveCommand, CollectiveReplayArgs, CreditWord};
use super::shell_word;
use crate::console::{Console, Form};
use crate::failure::{Failure, hint_if_missing};
use crate::results::write_file;

pub(super) fn run(command: CollectiveCommand, console: &Console) -> Result<(), Failure> {
    match command {
        CollectiveCommand::Replay(args) => replayed(&args, console),
    }
}

fn replayed(args: &CollectiveReplayArgs, console: &Console) -> Result<(), Failure> {
    let options = CollectiveOptions {
        schemes: args.schemes.clone(),
        depth: depth(args.credit),
        points_pool: Some(args.points),
        ..CollectiveOptions::default()
    };
    console.note(&format!("reading {}", args.file.display()));
    let report = replay(&args.file, &options).map_err(|found| {
        let hint = "a forecasts file is a CSV or a TOML; paths in it start from its own folder";
        hint_if_missing(&found, hint)
    })?;
    tracing::info!(file = %args.file.display(), rows = report.rows, "collective replayed");
    if args.credit == CreditWord::Shapley && report.points_by != CreditDepth::Shapley {
        console.note(&format!(
            "Shapley values need at most {SHAPLEY_WORKERS_MAX} workers; here are {}: contributions are exact instead",
            report.workers.len()
        ));
    }
    // The page is rendered and written before anything is printed, so that a result on stdout is a whole one.
    if let Some(page) = &args.html {
        write_file(page, &render_html(&report))?;
    }
    match console.form() {
        Form::Text => console.result(&render_text(&report))?,
        Form::Json => {
            let json = to_json(&report);
            console.result(&json.map_err(|error| Failure::internal(error.to_string()))?)?;
        }
    }
    match &args.html {
        Some(page) => {
            console.note(&format!("wrote {}", page.display()));
            console.next(&format!("open {} in a browser", page.display()));
        }
        None => console.next(&format!(
            "quorate collective replay {} --html page.html",
            shell_word(&args.file)
        )),
    }
    Ok(())
}

const fn depth(word: CreditWord) -> CreditDepth {
    match word {
        CreditWord::Fast => CreditDepth::Fast,
        CreditWord::Exact => CreditDepth::Exact,
        CreditWord::Shapley => CreditDepth::Shapley,
    }
}
