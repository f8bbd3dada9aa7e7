//! Shows a report to a person who sits at a desktop.

use std::io::{self, IsTerminal};
#[cfg(unix)]
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Opens the page if a person is there to see it: on a terminal of a desktop session. Never waits, and says whether it
/// tried.
pub(crate) fn open_for_person(page: &Path) -> Opened {
    let watched = io::stdout().is_terminal() && io::stderr().is_terminal();
    let Some(opener) = opener().filter(|_| watched && on_desktop()) else {
        return Opened::No;
    };
    let mut command = Command::new(opener);
    command
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // In a group of its own: neither Ctrl-C nor the end of the terminal takes the browser along.
    #[cfg(unix)]
    command.process_group(0);
    // Without an opener the path on the screen is enough.
    if command.spawn().is_ok() {
        Opened::Yes
    } else {
        Opened::No
    }
}

/// Whether a page was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    Yes,
    No,
}

fn opener() -> Option<&'static str> {
    match std::env::consts::OS {
        "macos" => Some("open"),
        "linux" | "freebsd" => Some("xdg-open"),
        _ => None,
    }
}

/// A session over a remote shell has no screen of its own.
fn on_desktop() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let remote = set("SSH_CONNECTION") || set("CI");
    !remote && (std::env::consts::OS == "macos" || set("DISPLAY") || set("WAYLAND_DISPLAY"))
}
