//! `quorate contribution`: the run without each worker in turn.

use quorate_backtest::contribution::{contribution, html_section, to_text};

use super::shell_word;
use super::sweep::{loaded_run, replay_failed};
use super::sweep_args::ContributionArgs;
use crate::console::{Console, Form};
use crate::failure::Failure;
use crate::results::write_file;

pub(super) fn run(args: &ContributionArgs, console: &Console) -> Result<(), Failure> {
    let (spec, loaded) = loaded_run(&args.run_file, console)?;
    let found = contribution(&spec, &loaded);
    let found = found.map_err(|error| replay_failed(&error, &error.to_string()))?;
    if let Some(page) = &args.html {
        write_file(page, &html_section(&found))?;
    }
    console.result(&match console.form() {
        Form::Text => to_text(&found),
        Form::Json => {
            let json = serde_json::to_string_pretty(&found);
            json.map_err(|error| Failure::internal(error.to_string()))? + "\n"
        }
    })?;
    match &args.html {
        Some(page) => console.note(&format!("wrote {}", page.display())),
        None => console.next(&format!(
            "quorate contribution {} --html page.html",
            shell_word(&args.run_file)
        )),
    }
    Ok(())
}
