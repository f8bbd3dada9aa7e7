//! Files that hold secrets: whole or not at all, for their owner alone, never one over another by accident.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::KeystoreError;

/// Longest file that is read, bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Whether a file may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// There must be none.
    New,
    /// It takes the place of one that was just opened, or that can be made again.
    InPlaceOf,
}

fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> KeystoreError {
    let path = path.to_path_buf();
    move |error| KeystoreError::Io { path, doing, error }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A folder beside a file that only its owner can enter. It is removed when dropped.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn beside(path: &Path) -> Result<Self, KeystoreError> {
        let folder = folder_of(path);
        private_folder(folder).map_err(io(folder, "make the folder"))?;
        let name = format!(".sealing-{:016x}", rand::random::<u64>());
        let scratch = folder.join(name);
        make_private(&scratch).map_err(io(&scratch, "make a folder"))?;
        Ok(Self(scratch))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Encrypted bytes alone were in it; what cannot be removed is no danger.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a file beside its place, brings it to the disk, and then gives it its name.
pub(super) fn put(path: &Path, text: &str, put: Put) -> Result<(), KeystoreError> {
    let scratch = Scratch::beside(path)?;
    let fresh = scratch.path().join("new");
    let mut file = private_file(&fresh).map_err(io(path, "write"))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io(path, "write"))?;
    match put {
        // A link fails where there is a file already; a rename would replace it.
        Put::New => fs::hard_link(&fresh, path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => KeystoreError::Exists {
                path: path.to_path_buf(),
            },
            _ => io(path, "write")(error),
        })?,
        Put::InPlaceOf => fs::rename(&fresh, path).map_err(io(path, "replace"))?,
    }
    let folder = folder_of(path);
    sync_folder(folder).map_err(io(folder, "bring to the disk"))
}

/// Reads a small text file, whoever may read it.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, KeystoreError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => KeystoreError::Absent {
            path: path.to_path_buf(),
        },
        _ => io(path, "read")(error),
    })?;
    let mut text = Zeroizing::new(String::new());
    let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
    let damaged = |problem: &str| KeystoreError::Damaged {
        path: path.to_path_buf(),
        problem: problem.to_owned(),
    };
    match read {
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(damaged("it is no text")),
        Err(error) => Err(io(path, "read")(error)),
        Ok(_) if text.len() as u64 > FILE_BYTES_MAX => Err(damaged("it is longer than 64 KiB")),
        Ok(_) => Ok(text),
    }
}

/// Reads a file of secrets, which nobody else may be able to read or write.
pub(super) fn read_private(path: &Path) -> Result<Zeroizing<String>, KeystoreError> {
    match is_exposed(path)? {
        Some(mode) => Err(KeystoreError::Exposed {
            path: path.to_path_buf(),
            mode,
        }),
        None => read(path),
    }
}

/// The permission bits of a file, if they let others get at it.
///
/// # Errors
/// There is no such file, or the system does not say.
pub fn is_exposed(path: &Path) -> Result<Option<u32>, KeystoreError> {
    let data = fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => KeystoreError::Absent {
            path: path.to_path_buf(),
        },
        _ => io(path, "look at")(error),
    })?;
    Ok(exposed_bits(&data))
}

/// Takes everybody else's permissions away.
///
/// # Errors
/// What the system says.
pub fn tighten(path: &Path) -> Result<(), KeystoreError> {
    set_private(path).map_err(io(path, "change the mode of"))
}

#[cfg(unix)]
fn exposed_bits(data: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = data.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn exposed_bits(_data: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn set_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn set_private(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a folder and those above it; what is there already stays as it is.
fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
