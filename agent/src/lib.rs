//! The shell around the decision core: command line, configuration, runtime and journal. It reads files, opens sockets,
//! calls the libraries and writes results; it decides nothing.

mod args;
mod browser;
mod command_line;
mod commands;
mod console;
mod failure;
mod keyring;
mod logging;
mod out_folder;
mod panic;
mod progress;
mod results;
mod trading_run;

pub mod journal;
pub mod runtime;
pub mod settings;

use std::process::ExitCode;

use console::Console;

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let wishes = command_line::Wishes::of_process();
    panic::install(wishes.form);
    encryption();
    let cli = match command_line::parse(wishes) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let console = Console::new(&cli.global);
    logging::start(&cli.global, &console);
    match commands::run(cli.command, &console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.failure(&failure);
            ExitCode::from(failure.exit())
        }
    }
}

/// Chooses the library behind every encrypted connection, once and for all crates: none of them has to guess it.
fn encryption() {
    // A second call finds the first one's choice, which is the same.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
