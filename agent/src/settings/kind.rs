//! What a key may hold, in words: for errors, documentation and the template.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number of at least 0.
    Count,
    /// A finite dimensionless number.
    Number,
    /// A span of time: `"5s"`.
    Duration,
    /// A share in percent, kept in parts per million: `"2.5%"`.
    Percent,
    /// A share as a bare number or in percent: `0.3` or `"30%"`.
    Ratio,
    /// Dollars, kept in micro-dollars: `"$250"`.
    Money,
    /// A price per share, kept in micro-dollars: `"10c"`.
    Cents,
    /// A size of a file: `"64MiB"`.
    Bytes,
    /// A time with a zone: `"2024-11-05T00:00:00Z"`.
    Time,
    /// An address of this machine: `"127.0.0.1:8080"`.
    Loopback,
    /// An Ethereum address, or `"auto"`.
    Funder,
    /// A file or folder; relative ones start at the folder of the file that names them.
    Path,
    /// An `http://` or `https://` address without credentials in it.
    Url,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A short name of lower-case letters, digits, `-` and `_`.
    Name,
    /// Text of one line.
    Text,
    /// A list of texts.
    TextList,
    /// One name or a list of names.
    NameList,
    /// Markets: slugs or condition ids.
    MarketList,
    /// Which prices make the market's first outcome true.
    Condition,
    /// A table of texts, numbers and booleans.
    Parameters,
    /// A table of environment variables.
    Environment,
    /// Where a secret comes from, never the secret.
    SecretRef,
    /// Where a token comes from, or its SHA-256 digest.
    TokenRef,
    /// How fast recorded time runs: a factor, or `"max"`.
    Speed,
}

impl Kind {
    /// What to write, as the end of the sentence "write ...".
    #[must_use]
    pub fn expected(self) -> String {
        let words = match self {
            Self::Bool => "true or false",
            Self::Count => "a whole number without quotes, as 100",
            Self::Number => "a finite number without quotes, as 4.0",
            Self::Duration => "a duration, as \"5s\", \"250ms\" or \"2h\", of at most ten years",
            Self::Percent => "a percentage from 0% to 100%, as \"2.5%\"",
            Self::Ratio => "a share, as 0.3 or \"30%\"",
            Self::Money => "an amount of money, as \"$250\"",
            Self::Cents => "a price per share, as \"10c\"",
            Self::Bytes => "a size, as \"64MiB\"",
            Self::Time => "a time with a zone, as \"2024-11-05T00:00:00Z\"",
            Self::Loopback => {
                "an address of this machine, as \"127.0.0.1:8080\"; others reach it by ssh or a VPN"
            }
            Self::Funder => "\"auto\", or an address of 40 hexadecimal digits behind 0x",
            Self::Path => "a path, as \"keys/main.json\"",
            Self::Url => "an address, as \"https://example.org/v1\", without credentials in it",
            Self::Choice(choices) => return format!("one of {}", quoted_words(choices)),
            Self::Name => "a name of up to 64 lower-case letters, digits, - and _, as \"coin-5m\"",
            Self::Text => "text of one line in quotes",
            Self::TextList => "a list of texts, as [\"one\", \"two\"]",
            Self::NameList => "a name or a list of names, as [\"coin-5m\"]",
            Self::MarketList => {
                "a list of market slugs or condition ids (0x and 64 hexadecimal digits)"
            }
            Self::Condition => "\"up\", \"down\", \"above 100000\" or \"below 100000\"",
            Self::Parameters => "a table, as { horizon = \"5m\", depth = 3 }",
            Self::Environment => "a table, as { MODEL_KEY = \"file:keys/model\" }",
            Self::SecretRef => {
                "where the secret comes from: \"prompt\", \"fd:3\", \"file:PATH\" or \"systemd:NAME\""
            }
            Self::TokenRef => {
                "where the token comes from, as \"file:PATH\", or its digest, \"sha256:HEX\""
            }
            Self::Speed => "a factor above 0, as 1 for real time, or \"max\"",
        };
        words.to_owned()
    }

    /// One or two words for a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "true/false",
            Self::Count => "count",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::Percent => "percent",
            Self::Ratio => "share",
            Self::Money => "money",
            Self::Cents => "cents",
            Self::Bytes => "size",
            Self::Time => "time",
            Self::Loopback => "local address",
            Self::Funder => "address",
            Self::Path => "path",
            Self::Url => "url",
            Self::Choice(_) => "choice",
            Self::Name => "name",
            Self::Text => "text",
            Self::TextList => "texts",
            Self::NameList => "names",
            Self::MarketList => "markets",
            Self::Condition => "condition",
            Self::Parameters => "table",
            Self::Environment => "environment",
            Self::SecretRef => "secret reference",
            Self::TokenRef => "token reference",
            Self::Speed => "speed",
        }
    }

    /// A value of this kind, as TOML.
    #[must_use]
    pub fn example(self) -> String {
        let value = match self {
            Self::Bool => "true",
            Self::Count => "100",
            Self::Number | Self::Ratio => "0.5",
            Self::Duration => "\"5m\"",
            Self::Percent => "\"2.5%\"",
            Self::Money => "\"$250\"",
            Self::Cents => "\"2c\"",
            Self::Bytes => "\"64MiB\"",
            Self::Time => "\"2026-01-01T00:00:00Z\"",
            Self::Loopback => "\"127.0.0.1:8080\"",
            Self::Funder => "\"auto\"",
            Self::Path => "\"folder/file\"",
            Self::Url => "\"http://127.0.0.1:9000/predict\"",
            Self::Choice(words) => {
                return words
                    .first()
                    .map(|word| format!("\"{word}\""))
                    .unwrap_or_default();
            }
            Self::Name => "\"coin-5m\"",
            Self::Text => "\"text\"",
            Self::TextList => "[\"one\", \"two\"]",
            Self::NameList => "[\"coin-5m\"]",
            Self::MarketList => "[\"coin-up-or-down-5m\"]",
            Self::Condition => "\"up\"",
            Self::Parameters => "{ horizon = \"5m\", depth = 3 }",
            Self::Environment => "{ MODEL_MODE = \"fast\" }",
            Self::SecretRef | Self::TokenRef => "\"file:keys/secret\"",
            Self::Speed => "1",
        };
        value.to_owned()
    }

    /// Whether a wrong value of this kind may be the secret itself, so that it must not be repeated.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::SecretRef | Self::TokenRef)
    }
}

/// `"a", "b", "c"`.
pub(super) fn quoted_words(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    quoted.join(", ")
}
