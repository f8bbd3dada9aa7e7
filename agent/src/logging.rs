//! Log lines of the shell on stderr. The decision core never logs: what it does is its output.

use tracing_subscriber::EnvFilter;

use crate::args::{GlobalArgs, LogFormat};
use crate::console::Console;

/// Names a filter in place of the one that `-q` and `-v` choose, such as `quorate=debug`.
const FILTER_VARIABLE: &str = "QUORATE_LOG";

/// Starts logging as the flags ask for.
pub(crate) fn start(global: &GlobalArgs, console: &Console) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, _) => "debug",
    };
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(console.is_coloured());
    match global.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
}
