//! What is said when an invariant of the program breaks. Nobody should ever see it.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::thread;

use crate::console::{Form, say};
use crate::failure::{EXIT_INTERNAL, Failure};

thread_local! {
    /// Whether a panic of this thread is caught by somebody who knows what to do about it.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Calls into something that may panic and can be thrown away afterwards.
///
/// # Errors
/// It panicked; nothing was printed and the process goes on.
pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> thread::Result<T> {
    let before = CAUGHT.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    CAUGHT.set(before);
    result
}

/// Replaces the language's own message, in whichever thread it happens, and ends the process with exit code 1.
pub(crate) fn install(form: Form) {
    panic::set_hook(Box::new(move |info| {
        if CAUGHT.get() {
            return;
        }
        let failure = Failure::internal(format!("internal error: {}", sentence(info)));
        say(&match form {
            Form::Text => failure.text(),
            Form::Json => failure.json(),
        });
        std::process::exit(i32::from(EXIT_INTERNAL));
    }));
}

fn sentence(info: &PanicHookInfo<'_>) -> String {
    let said = info.payload_as_str().unwrap_or("no message");
    let version = env!("CARGO_PKG_VERSION");
    match info.location() {
        Some(place) => format!(
            "{said} (quorate {version}, {}:{})",
            place.file(),
            place.line()
        ),
        None => format!("{said} (quorate {version})"),
    }
}
