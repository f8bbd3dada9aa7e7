//! Mistakes in settings, each at its place: a line of a file, a variable, or a flag. None of them repeats a secret.

use std::ops::Range;

use quorate_backtest::input::{Diagnostic, Diagnostics, Excerpt, ExitClass, Related};

use super::leak;
use super::source::{Document, Sources};

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nowhere: the default.
    Default,
    /// In a file, by its index.
    File {
        file: usize,
        key: Range<usize>,
        value: Range<usize>,
    },
    /// In an environment variable.
    Env(String),
    /// In `--set`, by the key as written.
    Flag(String),
}

/// Where the value of a key came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A file.
    File {
        /// The file as the user named it.
        path: String,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
    },
    /// An environment variable.
    Env(String),
    /// The flag `--set`.
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Env(name) => write!(f, "${name}"),
            Self::Flag => f.write_str("--set"),
        }
    }
}

/// The mistakes found so far.
pub(super) struct Report<'s> {
    files: &'s [Document],
    found: Vec<Diagnostic>,
}

impl<'s> Report<'s> {
    pub(super) fn new(sources: &'s Sources) -> Self {
        let found = sources.files.iter().flat_map(|file| file.errors.iter());
        Self {
            files: &sources.files,
            found: found.cloned().collect(),
        }
    }

    /// A diagnostic at the value of a key.
    pub(super) fn at_value(
        &self,
        place: &Place,
        code: &'static str,
        message: String,
    ) -> Diagnostic {
        match place {
            Place::File { file, value, .. } => self.in_file(*file, value.clone(), code, message),
            other => elsewhere(other, code, message),
        }
    }

    /// A diagnostic at a key.
    pub(super) fn at_key(&self, place: &Place, code: &'static str, message: String) -> Diagnostic {
        match place {
            Place::File { file, key, .. } => self.in_file(*file, key.clone(), code, message),
            other => elsewhere(other, code, message),
        }
    }

    pub(super) fn in_file(
        &self,
        file: usize,
        span: Range<usize>,
        code: &'static str,
        message: String,
    ) -> Diagnostic {
        match self.files.get(file) {
            Some(document) => document.source.diagnostic(span, code, message),
            None => Diagnostic::new(ExitClass::Config, code, message),
        }
    }

    /// The second place that explains a mistake, if it is in a file.
    pub(super) fn related(&self, place: &Place, note: impl Into<String>) -> Option<Related> {
        let Place::File { file, key, .. } = place else {
            return None;
        };
        let source = &self.files.get(*file)?.source;
        let position = source.position(key.start);
        Some(Related {
            note: note.into(),
            file: source.name().to_owned(),
            line: position.line,
            column: position.column,
        })
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(redacted(diagnostic));
    }

    /// Reports a mistake whose value may be a secret: the excerpt shows stars from the value on.
    pub(super) fn push_hidden(&mut self, mut diagnostic: Diagnostic) {
        if let Some(excerpt) = &mut diagnostic.excerpt {
            let hidden = |(at, c): (usize, char)| if at + 1 < excerpt.column { c } else { '*' };
            excerpt.text = excerpt.text.chars().enumerate().map(hidden).collect();
        }
        self.push(diagnostic);
    }

    /// Bytes of a file as written, on one short line.
    pub(super) fn written(&self, place: &Place) -> Option<String> {
        let Place::File { file, value, .. } = place else {
            return None;
        };
        let text = self.files.get(*file)?.source.text().get(value.clone())?;
        let mut shown: String = text.chars().take_while(|c| *c != '\n').take(60).collect();
        if shown.len() < text.len() {
            shown.push_str("...");
        }
        Some(shown)
    }

    pub(super) fn origin(&self, place: &Place) -> Origin {
        match place {
            Place::Default => Origin::Default,
            Place::Env(name) => Origin::Env(name.clone()),
            Place::Flag(_) => Origin::Flag,
            Place::File { file, key, .. } => match self.files.get(*file) {
                Some(document) => {
                    let position = document.source.position(key.start);
                    Origin::File {
                        path: document.source.name().to_owned(),
                        line: position.line,
                        column: position.column,
                    }
                }
                None => Origin::Default,
            },
        }
    }

    /// Whether a key may stand in a part of a file that could not be read, so that it cannot be called missing.
    pub(super) fn may_be_unread(&self, key: &str) -> bool {
        self.files.iter().any(|file| {
            let texts = file
                .unread
                .iter()
                .filter_map(|span| file.source.text().get(span.clone()));
            texts.into_iter().any(|text| text.contains(key))
        })
    }

    /// Everything found, in the order of the files and of the lines in them; what is in no file comes last.
    pub(super) fn finish(self) -> Diagnostics {
        let mut found: Vec<Diagnostic> = self.found.into_iter().map(redacted).collect();
        let rank = |diagnostic: &Diagnostic| {
            let name = diagnostic.file.as_deref();
            let is_named = |file: &Document| Some(file.source.name()) == name;
            let file = self.files.iter().position(is_named);
            let line = diagnostic.line.unwrap_or(usize::MAX);
            (
                file.unwrap_or(usize::MAX),
                line,
                diagnostic.column.unwrap_or(0),
            )
        };
        found.sort_by_key(rank);
        found.dedup();
        let mut sorted = Diagnostics::new();
        for diagnostic in found {
            sorted.push(diagnostic);
        }
        sorted
    }
}

fn elsewhere(place: &Place, code: &'static str, message: String) -> Diagnostic {
    let diagnostic = Diagnostic::new(ExitClass::Config, code, message);
    match place {
        Place::Env(name) => diagnostic.in_file(format!("environment variable {name}")),
        Place::Flag(key) => diagnostic.in_file(format!("--set {key}")),
        Place::Default | Place::File { .. } => diagnostic,
    }
}

/// The diagnostic with everything that looks like a secret replaced by stars.
fn redacted(mut diagnostic: Diagnostic) -> Diagnostic {
    let line = diagnostic
        .excerpt
        .as_ref()
        .map(|excerpt| excerpt.text.clone());
    if let Some((start, value)) = line.as_deref().and_then(leak::secret_of_line) {
        diagnostic = without(diagnostic, start, value);
    }
    diagnostic.message = leak::mask(&diagnostic.message);
    diagnostic.hint = diagnostic.hint.map(|hint| leak::mask(&hint));
    diagnostic.excerpt = diagnostic.excerpt.map(|excerpt| Excerpt {
        text: leak::mask(&excerpt.text),
        ..excerpt
    });
    diagnostic
}

/// The diagnostic without the value of a line whose key calls for a secret; the value begins at a byte of the line.
fn without(mut diagnostic: Diagnostic, start: usize, value: &str) -> Diagnostic {
    if let Some(excerpt) = &mut diagnostic.excerpt {
        let hidden = |(at, c): (usize, char)| if at < start { c } else { '*' };
        excerpt.text = excerpt.text.char_indices().map(hidden).collect();
    }
    let repeats = |text: &str| value.split_whitespace().any(|word| text.contains(word));
    if repeats(&diagnostic.message) {
        diagnostic.message = "the value is wrong; it may be a secret and is not shown".to_owned();
    }
    if diagnostic.hint.as_deref().is_some_and(repeats) {
        let hint = "write where the secret comes from, as \"file:PATH\" or \"prompt\"";
        diagnostic.hint = Some(hint.to_owned());
    }
    diagnostic
}
