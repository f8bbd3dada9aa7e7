//! The two streams: results to stdout, everything said to a person to stderr.

use std::io::{self, IsTerminal, Write};

use crate::args::{ColorWhen, GlobalArgs};
use crate::failure::Failure;

/// Form of results and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For a person.
    Text,
    /// For a program.
    Json,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgressStyle {
    /// A moving bar: stderr is a terminal.
    Bar,
    /// A line now and then.
    Lines,
    /// Not at all.
    Hidden,
}

/// Where results and messages go, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    form: Form,
    progress: ProgressStyle,
    coloured: bool,
}

impl Console {
    /// The console that the flags ask for.
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        let on_terminal = io::stderr().is_terminal();
        let form = if global.json { Form::Json } else { Form::Text };
        // With --json stderr holds nothing but errors, so that a program can read it.
        let progress = if global.quiet || global.json {
            ProgressStyle::Hidden
        } else if on_terminal {
            ProgressStyle::Bar
        } else {
            ProgressStyle::Lines
        };
        let coloured = match global.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => on_terminal && colour_wanted(),
        };
        Self {
            form,
            progress,
            coloured,
        }
    }

    pub(crate) const fn form(&self) -> Form {
        self.form
    }

    pub(crate) const fn progress(&self) -> ProgressStyle {
        self.progress
    }

    pub(crate) const fn is_coloured(&self) -> bool {
        self.coloured
    }

    /// Writes a result to stdout.
    pub(crate) fn result(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Failure::from_stdout(&error))
    }

    /// Tells a person what happens; hidden by --quiet and --json.
    pub(crate) fn note(&self, text: &str) {
        if self.progress != ProgressStyle::Hidden {
            say(text);
        }
    }

    /// Suggests the next command.
    pub(crate) fn next(&self, command: &str) {
        self.note(&format!("{} {command}", self.painted("next:", "36")));
    }

    /// Says why the command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        match (failure, self.form) {
            (Failure::PipeClosed | Failure::Signalled(_), _) => {}
            (failure, Form::Json) => say(&failure.json()),
            (failure, Form::Text) => say(&self.highlighted(&failure.text())),
        }
    }

    /// Colours the words that begin the lines of an error.
    fn highlighted(&self, text: &str) -> String {
        let paint = |line: &str| {
            for (word, colour) in [("error:", "1;31"), ("hint:", "36")] {
                if let Some(rest) = line.strip_prefix(word) {
                    return format!("{}{rest}", self.painted(word, colour));
                }
            }
            line.to_owned()
        };
        text.lines().map(paint).collect::<Vec<_>>().join("\n")
    }

    fn painted(&self, word: &str, colour: &str) -> String {
        if self.coloured {
            format!("\u{1b}[{colour}m{word}\u{1b}[0m")
        } else {
            word.to_owned()
        }
    }
}

/// Whether the environment allows colour: NO_COLOR is not set, and the terminal knows how.
fn colour_wanted() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// One message on stderr. Nobody is left to tell when that fails.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
