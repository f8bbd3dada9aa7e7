//! Values that are words: names, texts, paths, addresses.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use quorate_backtest::input::{RawValue, Refusal};

use super::kind::Kind;
use super::value::{Fault, SettingValue, refuse, text_of};

/// Most characters of a text; more is a file in the wrong place.
const TEXT_MAX: usize = 2000;

/// TOML for a text.
pub(super) fn quoted(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                written.push('\\');
                written.push(c);
            }
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(written, "\\u{:04X}", u32::from(c));
            }
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// A text of one line.
pub(super) fn line_of(raw: &RawValue) -> Result<&str, Fault> {
    let text = text_of(raw)?;
    if text.chars().any(char::is_control) {
        return Err(refuse("control-character", "holds a control character"));
    }
    if text.chars().count() > TEXT_MAX {
        return Err(refuse("too-long", "is longer than 2000 characters"));
    }
    Ok(text)
}

impl SettingValue for String {
    const KIND: Kind = Kind::Text;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        line_of(raw).map(str::to_owned)
    }

    fn show(&self) -> String {
        quoted(self)
    }
}

/// A short name: lower-case letters, digits, `-` and `_`, at most 64 of them, a letter or digit first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn of(text: &str) -> Result<Self, Fault> {
        let is_first = |c: &u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_allowed = |c: u8| is_first(&c) || c == b'-' || c == b'_';
        let starts = text.as_bytes().first().is_some_and(is_first);
        if starts && text.bytes().all(is_allowed) && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(refuse("not-a-name", "is not a name"))
        }
    }
}

impl SettingValue for Name {
    const KIND: Kind = Kind::Name;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        Self::of(text_of(raw)?)
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePath {
    written: String,
    full: PathBuf,
}

impl FilePath {
    /// The path to open.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.full
    }

    pub(super) fn of(text: &str) -> Self {
        Self {
            written: text.to_owned(),
            full: PathBuf::from(text),
        }
    }

    /// The path as its author wrote it.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl SettingValue for FilePath {
    const KIND: Kind = Kind::Path;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        line_of(raw).map(Self::of)
    }

    fn show(&self) -> String {
        quoted(&self.written)
    }

    fn rebase(mut self, folder: &Path) -> Self {
        self.full = folder.join(&self.full);
        self
    }
}

/// An `http` or `https` address without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    text: String,
    is_plain: bool,
    is_local: bool,
}

impl HttpUrl {
    /// The address as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it leaves this machine unencrypted.
    #[must_use]
    pub const fn is_exposed(&self) -> bool {
        self.is_plain && !self.is_local
    }
}

impl SettingValue for HttpUrl {
    const KIND: Kind = Kind::Url;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = line_of(raw)?;
        let bad = |_| refuse("not-an-address", "is not an address");
        let url = reqwest::Url::parse(text).map_err(bad)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(refuse("not-an-address", "is not an http or https address"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("secret-in-settings", "has credentials in it"));
        }
        let host = url.host_str().unwrap_or_default();
        Ok(Self {
            is_plain: url.scheme() == "http",
            is_local: matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
            text: text.to_owned(),
        })
    }

    fn show(&self) -> String {
        quoted(&self.text)
    }
}

/// An address that only this machine can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loopback(SocketAddr);

impl Loopback {
    /// The address; port 0 lets the system choose one.
    #[must_use]
    pub const fn addr(self) -> SocketAddr {
        self.0
    }
}

impl SettingValue for Loopback {
    const KIND: Kind = Kind::Loopback;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = text_of(raw)?;
        let Ok(addr) = text.parse::<SocketAddr>() else {
            return Err(refuse("not-an-address", "is not an address with a port"));
        };
        if !addr.ip().is_loopback() {
            return Err(refuse(
                "not-loopback",
                "can be reached from other machines: everything here is for this one only",
            ));
        }
        Ok(Self(addr))
    }

    fn show(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

/// Whose collateral is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funder {
    /// The address derived from the key and the signature type.
    Auto,
    /// A given address, which must match the derived one.
    Address([u8; 20]),
}

impl SettingValue for Funder {
    const KIND: Kind = Kind::Funder;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = text_of(raw)?;
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let digits = text.strip_prefix("0x").and_then(hex_bytes::<20>);
        digits
            .map(Self::Address)
            .ok_or_else(|| refuse("not-an-address", "is not an address"))
    }

    fn show(&self) -> String {
        match self {
            Self::Auto => "\"auto\"".to_owned(),
            Self::Address(bytes) => format!("\"0x{}\"", hex(bytes)),
        }
    }
}

/// Reads exactly `N` bytes of hexadecimal digits.
pub(super) fn hex_bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |digit: u8| char::from(digit).to_digit(16);
        let both = value(*pair.first()?)? * 16 + value(*pair.last()?)?;
        *byte = u8::try_from(both).ok()?;
    }
    Some(bytes)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Which prices make the first outcome of a market true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The price at the end is at least the price at the start.
    Up,
    /// The price at the end is below the price at the start.
    Down,
    /// The price at the end is above a level, in micro-dollars.
    Above(i64),
    /// The price at the end is below a level, in micro-dollars.
    Below(i64),
}

impl SettingValue for Condition {
    const KIND: Kind = Kind::Condition;

    fn parse(raw: &RawValue) -> Result<Self, Fault> {
        let text = text_of(raw)?;
        let level = |number: &str| -> Result<i64, Fault> {
            match quorate_backtest::input::parse_micros(number.trim_start_matches('$'))? {
                micros if micros > 0 => Ok(micros),
                _ => Err(Refusal::new("out-of-range", "has a level that is not above 0").into()),
            }
        };
        match text.split_once(' ') {
            None if text == "up" => Ok(Self::Up),
            None if text == "down" => Ok(Self::Down),
            Some(("above", number)) => level(number).map(Self::Above),
            Some(("below", number)) => level(number).map(Self::Below),
            _ => Err(refuse("not-a-condition", "is not a condition")),
        }
    }

    fn show(&self) -> String {
        let level = quorate_backtest::input::format_micros;
        match self {
            Self::Up => "\"up\"".to_owned(),
            Self::Down => "\"down\"".to_owned(),
            Self::Above(micros) => format!("\"above {}\"", level(*micros)),
            Self::Below(micros) => format!("\"below {}\"", level(*micros)),
        }
    }
}
