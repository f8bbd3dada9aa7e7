//! Secrets come by reference; the secret itself is a type that cannot be shown.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass, RawValue};
use zeroize::{Zeroize, Zeroizing};

use super::kind::Kind;
use super::text_value::{FilePath, hex, hex_bytes, quoted};
use super::value::{Fault, SettingValue, refuse, text_of, wrong_type};

/// A value that is wiped from memory when dropped. It has neither `Debug` nor `Display` nor `Serialize`:
///
/// ```compile_fail
/// let key = quorate_agent::settings::Secret::new(String::from("correct horse"));
/// println!("{key:?}");
/// ```
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Wraps a secret.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The secret itself. Every use is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }
}

/// Longest secret that is read, in bytes.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// A person types it.
    Prompt,
    /// An open file descriptor, at least 3.
    Descriptor(u32),
    /// A file that only its owner can read.
    File(FilePath),
    /// A credential of the service manager, in `$CREDENTIALS_DIRECTORY`.
    Systemd(String),
}

impl SecretRef {
    /// Reads a reference.
    ///
    /// # Errors
    /// The text is no reference. The refusal does not repeat it: it may be the secret.
    pub(super) fn of(text: &str) -> Result<Self, Fault> {
        let bad = || {
            refuse(
                "not-a-reference",
                "does not say where the secret comes from",
            )
        };
        match text.split_once(':') {
            None if text == "prompt" => Ok(Self::Prompt),
            Some(("fd", number)) => match number.parse::<u32>() {
                Ok(number) if (3..=1023).contains(&number) => Ok(Self::Descriptor(number)),
                _ => Err(refuse(
                    "out-of-range",
                    "names a file descriptor outside 3..1023",
                )),
            },
            Some(("file", path)) if is_line(path) => Ok(Self::File(FilePath::of(path))),
            Some(("systemd", name)) if is_credential(name) => Ok(Self::Systemd(name.to_owned())),
            _ => Err(bad()),
        }
    }

    /// Reads the secret: the text without the line break at its end.
    ///
    /// # Errors
    /// It cannot be read, is empty, is no UTF-8 or is longer than 64 KiB; and a prompt is not for this function but for
    /// the command line.
    pub fn read(&self) -> Result<Secret<String>, Diagnostics> {
        let path = match self {
            Self::Prompt => {
                let message = "the secret must be typed, and nobody is asked here";
                let hint = "use \"fd:3\", \"file:PATH\" or \"systemd:NAME\" as its source";
                return Err(unreadable(message).with_hint(hint).into());
            }
            Self::Descriptor(number) => PathBuf::from(format!("/dev/fd/{number}")),
            Self::File(path) => path.as_path().to_path_buf(),
            Self::Systemd(name) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    unreadable("$CREDENTIALS_DIRECTORY is not set")
                        .with_hint("start the program as a service with LoadCredential=")
                })?;
                Path::new(&folder).join(name)
            }
        };
        read_secret(&path)
    }

    /// The file that holds it, if it is a file.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path.as_path()),
            Self::Prompt | Self::Descriptor(_) | Self::Systemd(_) => None,
        }
    }
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn is_credential(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(is_allowed) && !name.starts_with('.')
}

fn unreadable(message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(ExitClass::Config, "secret-unreadable", message)
}

fn read_secret(path: &Path) -> Result<Secret<String>, Diagnostics> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| {
        unreadable(format!("cannot read the secret: {error}"))
            .in_file(name.clone())
            .with_hint("check the path and that this user may read it")
    };
    let mut text = Zeroizing::new(String::new());
    let file = File::open(path).map_err(failed)?;
    let mut limited = file.take(SECRET_BYTES_MAX + 1);
    limited.read_to_string(&mut text).map_err(failed)?;
    let trimmed = text.trim_end_matches(['\n', '\r']);
    if trimmed.is_empty() || text.len() as u64 > SECRET_BYTES_MAX {
        let message = "the secret is empty or longer than 64 KiB";
        return Err(unreadable(message).in_file(name).into());
    }
    Ok(Secret::new(trimmed.to_owned()))
}

impl SettingValue for SecretRef {
    const KIND: Kind = Kind::SecretRef;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        Self::of(text_of(raw)?)
    }

    fn show(&self) -> String {
        match self {
            Self::Prompt => "\"prompt\"".to_owned(),
            Self::Descriptor(number) => format!("\"fd:{number}\""),
            Self::File(path) => quoted(&format!("file:{}", path.written())),
            Self::Systemd(name) => format!("\"systemd:{name}\""),
        }
    }

    fn rebase(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(path.rebase(folder)),
            other => other,
        }
    }
}

/// How a token is known: by where it is, or by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRef {
    /// SHA-256 of the token, for checking what others present.
    Sha256([u8; 32]),
    /// Where the token itself is.
    Source(SecretRef),
}

impl SettingValue for TokenRef {
    const KIND: Kind = Kind::TokenRef;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = match raw {
            RawValue::Text(_) => text_of(raw)?,
            other => return Err(wrong_type(other)),
        };
        match text.strip_prefix("sha256:") {
            Some(digits) => hex_bytes(digits).map(Self::Sha256).ok_or_else(|| {
                refuse(
                    "not-a-digest",
                    "is not a digest of 64 hexadecimal digits behind sha256:",
                )
            }),
            None => SecretRef::of(text).map(Self::Source),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Sha256(digest) => format!("\"sha256:{}\"", hex(digest)),
            Self::Source(reference) => reference.show(),
        }
    }

    fn masked(&self) -> String {
        match self {
            Self::Sha256(_) => "\"sha256:***\"".to_owned(),
            Self::Source(reference) => reference.show(),
        }
    }

    fn rebase(self, folder: &Path) -> Self {
        match self {
            Self::Source(reference) => Self::Source(reference.rebase(folder)),
            digest @ Self::Sha256(_) => digest,
        }
    }
}
