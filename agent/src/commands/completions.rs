//! `quorate completions`: what a shell needs to complete the words of this command line.

use clap::CommandFactory;

use super::settings_args::CompletionsArgs;
use crate::args::Cli;
use crate::console::Console;
use crate::failure::Failure;

pub(super) fn run(args: &CompletionsArgs, console: &Console) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "quorate", &mut script);
    console.result(&String::from_utf8_lossy(&script))
}
