//! Where passwords come from.

use std::io::{self, IsTerminal, Write};

use quorate_polymarket::keystore::{self, Password};
use rustix::fd::AsFd;
use zeroize::Zeroizing;

use super::EXIT_KEY;
use crate::failure::{EXIT_REFUSED, EXIT_USAGE, Failure};
use crate::settings::SecretRef;

/// Fewest characters of a new password: the file's own key derivation slows guessing down, and does not stop it.
const CHARACTERS_MIN: usize = 12;
/// Longest line that is read, bytes.
const LINE_BYTES_MAX: usize = 4096;

/// The password of a source that exists already. `label` is what a person is asked.
///
/// # Errors
/// It cannot be had.
pub(crate) fn password_of(source: &SecretRef, label: &str) -> Result<Password, Failure> {
    match source {
        SecretRef::Prompt => prompt(label),
        other => {
            if let Some(path) = other.file()
                // One that is not there is reported below, as what it is.
                && let Ok(Some(mode)) = keystore::is_exposed(path)
            {
                return Err(Failure::state_hint(
                    "password-exposed",
                    EXIT_KEY,
                    format!(
                        "the password file {} has mode {mode:04o}, so that others can read it",
                        path.display()
                    ),
                    format!("chmod 600 {}", path.display()),
                ));
            }
            let secret = other.read()?;
            Ok(Password::new(secret.expose().clone()))
        }
    }
}

/// A password for a file that is about to be written: typed twice, or long enough from elsewhere.
///
/// # Errors
/// It cannot be had, is too short, or was typed in two ways.
pub(crate) fn new_password(source: &SecretRef) -> Result<Password, Failure> {
    let password = password_of(source, "New password: ")?;
    long_enough(&password)?;
    if *source == SecretRef::Prompt {
        let again = prompt("The same again: ")?;
        if again.expose() != password.expose() {
            let message = "the two passwords differ";
            return Err(Failure::state("passwords-differ", EXIT_USAGE, message));
        }
    }
    Ok(password)
}

fn long_enough(password: &Password) -> Result<(), Failure> {
    if password.expose().chars().count() >= CHARACTERS_MIN {
        return Ok(());
    }
    Err(Failure::state_hint(
        "short-password",
        EXIT_KEY,
        format!("the password has fewer than {CHARACTERS_MIN} characters"),
        "a few words that do not belong together are easy to keep and hard to guess",
    ))
}

fn on_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn prompt(label: &str) -> Result<Password, Failure> {
    if !on_terminal() {
        return Err(Failure::state_hint(
            "no-terminal",
            EXIT_KEY,
            "the password is to be typed, and there is no terminal to type it at",
            "set account.password_source to \"fd:3\", \"file:PATH\" or \"systemd:NAME\", or give --password-stdin",
        ));
    }
    let typed = rpassword::prompt_password(label).map_err(|error| {
        Failure::state(
            "no-password",
            EXIT_KEY,
            format!("nothing was typed: {error}"),
        )
    })?;
    Ok(Password::new(typed))
}

/// Something a person types in the open, to confirm it.
///
/// # Errors
/// There is no terminal; `hint` says what to give instead.
pub(crate) fn ask(label: &str, hint: &str) -> Result<String, Failure> {
    if !on_terminal() {
        return Err(Failure::state_hint(
            "not-confirmed",
            EXIT_REFUSED,
            "this has to be confirmed, and there is no terminal to ask at",
            hint,
        ));
    }
    let asked = (|| {
        let mut out = io::stderr().lock();
        out.write_all(label.as_bytes())?;
        out.flush()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    })();
    asked.map_err(|error: io::Error| {
        Failure::state(
            "not-confirmed",
            EXIT_REFUSED,
            format!("nothing was typed: {error}"),
        )
    })
}

/// Secrets on stdin, one a line. Nothing is read beyond the line that is asked for.
pub(crate) struct StdinLines;

impl StdinLines {
    /// The next line, without its end.
    ///
    /// # Errors
    /// There is none, or it is too long or no text.
    pub(crate) fn next(&self, what: &str) -> Result<Zeroizing<String>, Failure> {
        let refuse = |why: &str| {
            Failure::state_hint(
                "stdin",
                EXIT_KEY,
                format!("stdin gives no {what}: {why}"),
                "give the password as the first line, and a key to import as the next one",
            )
        };
        // Room for the longest line at once: a buffer that grows leaves copies behind.
        let mut line = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
        let mut byte = [0_u8; 1];
        let stdin = io::stdin();
        loop {
            let read = rustix::io::read(stdin.as_fd(), &mut byte);
            match read.map_err(|error| refuse(&error.to_string()))? {
                0 => break,
                _ if byte[0] == b'\n' => break,
                _ if line.len() == LINE_BYTES_MAX => return Err(refuse("the line is too long")),
                _ => line.push(byte[0]),
            }
        }
        let text = std::str::from_utf8(&line).map_err(|_| refuse("it is no text"))?;
        let text = Zeroizing::new(text.trim_end_matches('\r').to_owned());
        if text.is_empty() {
            return Err(refuse("the line is empty"));
        }
        Ok(text)
    }

    /// A password that opens something.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub(crate) fn password(&self) -> Result<Password, Failure> {
        self.next("password")
            .map(|line| Password::new(line.to_string()))
    }

    /// A password for a file that is about to be written.
    ///
    /// # Errors
    /// As [`Self::next`], or too short.
    pub(crate) fn new_password(&self) -> Result<Password, Failure> {
        let password = self.password()?;
        long_enough(&password)?;
        Ok(password)
    }
}
