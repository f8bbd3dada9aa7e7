//! Where settings come from: files, the environment and flags. Later ones win.

use std::ops::Range;
use std::path::{Path, PathBuf};

use quorate_backtest::input::{Diagnostics, RawTable, SourceText, TomlDocument};

/// What every environment variable of the settings begins with.
pub const ENV_PREFIX: &str = "QUORATE__";

/// Name of the settings file of an instance.
pub const FILE_NAME: &str = "quorate.toml";

/// All that is said about the settings of one instance, in order: files, then environment, then `--set`.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub(super) folder: PathBuf,
    pub(super) files: Vec<Document>,
    pub(super) env: Vec<(String, String)>,
    pub(super) set: Vec<String>,
}

/// A file taken apart.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) source: SourceText,
    pub(super) root: RawTable,
    pub(super) errors: Diagnostics,
    pub(super) unread: Vec<Range<usize>>,
    pub(super) folder: PathBuf,
}

impl Sources {
    /// Nothing but defaults. Relative paths of flags and environment start at `folder`.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            ..Self::default()
        }
    }

    /// The settings file of an instance's folder, if there is one, and the environment of this process.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn of_instance(folder: &Path) -> Result<Self, Diagnostics> {
        let file = folder.join(FILE_NAME);
        let own = Self::new(folder).env(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
        match file.exists() {
            true => own.file(&file),
            false => Ok(own),
        }
    }

    /// Adds a file. Relative paths in it start at its folder.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn file(self, path: &Path) -> Result<Self, Diagnostics> {
        let source = SourceText::read(path)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        Ok(self.text(source.name(), source.text(), folder))
    }

    /// Adds a text as a file; `name` is what errors call it.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str, folder: &Path) -> Self {
        let raw = TomlDocument::parse(name, text).into_raw();
        self.files.push(Document {
            source: raw.source,
            root: raw.root,
            errors: raw.errors,
            unread: raw.unread,
            folder: folder.to_path_buf(),
        });
        self
    }

    /// Adds environment variables; those that do not begin with [`ENV_PREFIX`] are left out.
    #[must_use]
    pub fn env(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let own = variables
            .into_iter()
            .filter(|(name, _)| name.starts_with(ENV_PREFIX));
        self.env.extend(own);
        self.env.sort();
        self
    }

    /// Adds the operands of `--set`, each `KEY=VALUE`.
    #[must_use]
    pub fn set(mut self, operands: impl IntoIterator<Item = String>) -> Self {
        self.set.extend(operands);
        self
    }

    /// The files as they were read, without their content, for reading them again.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        let names = self.files.iter().map(|file| file.source.name().to_owned());
        names.collect()
    }

    /// The same sources with the files read again from the disk.
    ///
    /// # Errors
    /// A file cannot be read any more.
    pub fn reread(&self) -> Result<Self, Diagnostics> {
        let mut fresh = Self {
            files: Vec::new(),
            ..self.clone()
        };
        for name in self.file_names() {
            fresh = fresh.file(Path::new(&name))?;
        }
        Ok(fresh)
    }
}
