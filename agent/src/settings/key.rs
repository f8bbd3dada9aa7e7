//! One row of the table of keys: what a key is called, what it may hold, and who may change it while running.
//!
//! Everything a person sees about settings derives from these rows: parsing, defaults, errors, the JSON Schema,
//! `explain`, the template and the table in the documentation.

use super::kind::Kind;

/// What may happen to a key while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Needs a restart.
    Restart,
    /// May change.
    Live,
    /// May only become smaller.
    Lower,
    /// May only become larger.
    Raise,
}

impl Reload {
    /// What the documentation says.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Restart => "at a restart",
            Self::Live => "while running",
            Self::Lower => "lower while running, raise at a restart",
            Self::Raise => "raise while running, lower at a restart",
        }
    }
}

/// One key. Values are TOML as one would write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Last part of its dotted name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means, in one line.
    pub about: &'static str,
    /// What it is when nobody says anything.
    pub default: Option<&'static str>,
    /// Least value that makes sense.
    pub min: Option<&'static str>,
    /// Greatest value that makes sense.
    pub max: Option<&'static str>,
    /// Least value that a build without the feature `unlocked` accepts.
    pub floor: Option<&'static str>,
    /// Greatest value that a build without the feature `unlocked` accepts.
    pub ceiling: Option<&'static str>,
    /// What may happen to it while the program runs.
    pub reload: Reload,
    /// Whether the program cannot do without a value.
    pub is_required: bool,
}

impl Key {
    /// A key without default and bounds that needs a restart.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            about,
            default: None,
            min: None,
            max: None,
            floor: None,
            ceiling: None,
            reload: Reload::Restart,
            is_required: false,
        }
    }

    /// Gives it a default.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    /// Sets the least value that makes sense.
    #[must_use]
    pub const fn min(mut self, value: &'static str) -> Self {
        self.min = Some(value);
        self
    }

    /// Sets the greatest value that makes sense.
    #[must_use]
    pub const fn max(mut self, value: &'static str) -> Self {
        self.max = Some(value);
        self
    }

    /// Sets the least value that only the feature `unlocked` goes below.
    #[must_use]
    pub const fn floor(mut self, value: &'static str) -> Self {
        self.floor = Some(value);
        self
    }

    /// Sets the greatest value that only the feature `unlocked` exceeds.
    #[must_use]
    pub const fn ceiling(mut self, value: &'static str) -> Self {
        self.ceiling = Some(value);
        self
    }

    /// May change while the program runs.
    #[must_use]
    pub const fn live(mut self) -> Self {
        self.reload = Reload::Live;
        self
    }

    /// May become smaller while the program runs.
    #[must_use]
    pub const fn lower(mut self) -> Self {
        self.reload = Reload::Lower;
        self
    }

    /// May become larger while the program runs.
    #[must_use]
    pub const fn raise(mut self) -> Self {
        self.reload = Reload::Raise;
        self
    }

    /// Has no default and must be given.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// The meaning without the blanks of a doc comment.
    #[must_use]
    pub fn doc(&self) -> &'static str {
        self.about.trim()
    }
}

/// A section: a table of the file, or an array of tables whose items have a `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionTable {
    /// Dotted name; empty at the top.
    pub path: &'static str,
    /// What it is about, in one line.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// Whether it is an array of tables.
    pub is_list: bool,
}

impl SectionTable {
    /// A section that stands once in a file.
    #[must_use]
    pub const fn new(path: &'static str, about: &'static str, keys: &'static [Key]) -> Self {
        Self {
            path,
            about,
            keys,
            is_list: false,
        }
    }

    /// Makes it an array of tables.
    #[must_use]
    pub const fn list(mut self) -> Self {
        self.is_list = true;
        self
    }

    /// The key of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The dotted name of one of its keys; items of a list are shown as `NAME`.
    #[must_use]
    pub fn path_of(&self, name: &str) -> String {
        match (self.path, self.is_list) {
            ("", _) => name.to_owned(),
            (path, true) => format!("{path}.NAME.{name}"),
            (path, false) => format!("{path}.{name}"),
        }
    }

    /// The meaning without the blanks of a doc comment.
    #[must_use]
    pub fn doc(&self) -> &'static str {
        self.about.trim()
    }
}
