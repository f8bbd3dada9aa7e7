//! `quorate lint`: decisions that know the future.

use std::time::Duration;

use quorate_backtest::lint::{LintOptions, Subject, lint, strategy_of_run};

use super::sweep::{loaded_run, replay_failed};
use super::sweep_args::LintArgs;
use crate::console::{Console, Form};
use crate::failure::Failure;

/// Exit code when look-ahead was found.
const EXIT_LOOK_AHEAD: u8 = 14;

pub(super) fn run(args: &LintArgs, console: &Console) -> Result<(), Failure> {
    let (spec, loaded) = loaded_run(&args.run_file, console)?;
    let strategy = strategy_of_run(&spec);
    let subject = Subject {
        spec: &spec,
        strategy: &strategy,
        workers: None,
    };
    let options = LintOptions {
        moments: args.moments,
        delay: Duration::from_secs(args.delay),
    };
    let found = lint(&subject, &loaded, options);
    let found = found.map_err(|error| replay_failed(&error, &error.to_string()))?;
    console.result(&match console.form() {
        Form::Text => found.to_text(),
        Form::Json => {
            let json = serde_json::to_string_pretty(&found);
            json.map_err(|error| Failure::internal(error.to_string()))? + "\n"
        }
    })?;
    match found.leaks.len() {
        0 => Ok(()),
        count => Err(Failure::state_hint(
            "look-ahead",
            EXIT_LOOK_AHEAD,
            format!("{count} places know the future"),
            "the report on stdout says where the first difference of each is",
        )),
    }
}
