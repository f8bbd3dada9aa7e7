//! What is said when an invariant of the program breaks. Nobody should ever see it.

use std::panic::PanicHookInfo;

use crate::console::{Form, say};
use crate::failure::{EXIT_INTERNAL, Failure};

/// Replaces the language's own message, in whichever thread it happens, and ends the process with exit code 1.
pub(crate) fn install(form: Form) {
    std::panic::set_hook(Box::new(move |info| {
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
