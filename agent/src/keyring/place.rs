//! Places where a key file must not lie.

use std::path::{Path, PathBuf};

use crate::failure::{EXIT_REFUSED, Failure};

/// Whether a key file may be written inside a git tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    /// No: it would be committed one day.
    Refused,
    /// A person said so.
    Allowed,
}

/// Refuses names that tools read into the environment.
///
/// # Errors
/// The file is a `.env` of some kind.
pub(crate) fn refuse_env_file(path: &Path) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name != ".env" && !name.starts_with(".env.") && !name.ends_with(".env") {
        return Ok(());
    }
    Err(Failure::state_hint(
        "env-file",
        EXIT_REFUSED,
        format!(
            "{} is a file that programs read into their environment",
            path.display()
        ),
        "give a name like keys/main.json",
    ))
}

/// Refuses places inside a git tree.
///
/// # Errors
/// It is in one, and nobody insisted.
pub(crate) fn refuse_git_tree(path: &Path, tree: Tree) -> Result<(), Failure> {
    let Some(root) = git_tree_of(path).filter(|_| tree == Tree::Refused) else {
        return Ok(());
    };
    Err(Failure::state_hint(
        "git-tree",
        EXIT_REFUSED,
        format!("{} lies in the git tree {}", path.display(), root.display()),
        "write it elsewhere, or give --force if the tree ignores it for certain",
    ))
}

/// The git tree that a path lies in, whether the file exists or not.
pub(crate) fn git_tree_of(path: &Path) -> Option<PathBuf> {
    let full = std::path::absolute(path).ok()?;
    let existing = full.ancestors().find(|folder| folder.exists())?;
    let real = existing.canonicalize().ok()?;
    let found = real.ancestors().find(|folder| folder.join(".git").exists());
    found.map(Path::to_path_buf)
}
