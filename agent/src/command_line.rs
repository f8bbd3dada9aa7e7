//! From the words of the command line to [`Cli`], with its errors in the form that was asked for.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::console::{Form, say};
use crate::failure::{EXIT_USAGE, Failure};

/// What must be known before the command line is understood, because it may be wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    pub(crate) form: Form,
    colour: ColorChoice,
}

impl Wishes {
    /// Looks through the words of this process.
    pub(crate) fn of_process() -> Self {
        let words: Vec<String> = std::env::args_os()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let form = if words.iter().any(|word| word == "--json") {
            Form::Json
        } else {
            Form::Text
        };
        let after = words
            .windows(2)
            .find(|pair| pair[0] == "--color")
            .map(|pair| pair[1].as_str());
        let joined = words.iter().find_map(|word| word.strip_prefix("--color="));
        let colour = match after.or(joined) {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            _ => ColorChoice::Auto,
        };
        Self { form, colour }
    }
}

/// Reads the command line.
///
/// # Errors
/// The exit code, after help, the version or the mistake was printed.
pub(crate) fn parse(wishes: Wishes) -> Result<Cli, ExitCode> {
    let matches = Cli::command().color(wishes.colour).try_get_matches();
    matches
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| report(wishes, &error))
}

fn report(wishes: Wishes, error: &clap::Error) -> ExitCode {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if asked_for || wishes.form == Form::Text {
        // A closed pipe leaves nobody to tell.
        let _ = error.print();
    } else {
        let text = error.render().to_string();
        let message = text.trim().trim_start_matches("error: ").to_owned();
        say(&Failure::usage("usage", message).json());
    }
    if asked_for {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_USAGE)
    }
}
