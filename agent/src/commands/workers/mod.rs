//! `quorate workers`: who forecasts, whether one answers, and a new one.

mod add;
mod list;
mod test;
mod toml_text;

use quorate_backtest::input::closest;

use super::collective_args::WorkersCommand;
use crate::console::Console;
use crate::failure::{EXIT_NOT_FOUND, Failure};

pub(super) fn run(command: WorkersCommand, console: &Console) -> Result<(), Failure> {
    match command {
        WorkersCommand::List(place) => list::run(&place, console),
        WorkersCommand::Test(args) => test::run(&args, console),
        WorkersCommand::Add(args) => add::run(&args, console),
    }
}

/// A worker that does not exist, with the one that may be meant.
fn no_worker<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> Failure {
    let hint = match closest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match known.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => {
                "the settings have no workers: add one with `quorate workers add`".to_owned()
            }
            all => format!("workers are: {all}"),
        },
    };
    let message = format!("the settings have no worker named `{name}`");
    Failure::state_hint("no-worker", EXIT_NOT_FOUND, message, hint)
}
