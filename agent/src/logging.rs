//! Log lines of the shell: on stderr as the flags ask, and in the file of an instance while one runs. The decision core
//! never logs: what it does is its output.
//!
//! Every line about something that happens again and again has an `event` whose word stays the same between versions.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::args::{GlobalArgs, LogFormat};
use crate::console::Console;

/// Names a filter in place of the one that `-q` and `-v` choose, such as `quorate=debug`.
const FILTER_VARIABLE: &str = "QUORATE_LOG";

/// The log file of the instance that this process runs, once it does.
static FILE: OnceLock<File> = OnceLock::new();

/// Starts logging as the flags ask for.
pub(crate) fn start(global: &GlobalArgs, console: &Console) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, _) => "debug",
    };
    let wished = std::env::var(FILTER_VARIABLE).unwrap_or_else(|_| level.to_owned());
    // What the transport would tell in detail are the bytes it sends, and log-ins are among them.
    let filter = format!("{wished},tungstenite=info,tokio_tungstenite=info,hyper=info,h2=info");
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(level));
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(console.is_coloured());
    let on_stderr = match global.log_format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    let in_file = fmt::layer()
        .with_ansi(false)
        .with_writer(|| InstanceFile)
        .with_filter(EnvFilter::new(
            "warn,quorate_agent=info,quorate_workers=info,quorate_allora=info",
        ));
    tracing_subscriber::registry()
        .with(on_stderr)
        .with(in_file)
        .init();
}

/// From now on lines also go to the log file of an instance.
///
/// # Errors
/// The file cannot be opened.
pub(crate) fn also_to(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // A process runs one instance.
    let _ = FILE.set(file);
    Ok(())
}

/// Writes to the instance's file, and nowhere while there is none.
struct InstanceFile;

impl Write for InstanceFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match FILE.get() {
            Some(mut file) => file.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        FILE.get().map_or(Ok(()), |mut file| file.flush())
    }
}
