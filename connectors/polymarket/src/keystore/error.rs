//! Why a key file is not opened or written, and what to do about it.

use std::path::PathBuf;

use alloy_primitives::Address;

/// Why a key file is not opened or written. No message holds anything of its content but addresses.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// There is no such file.
    #[error("{}: there is no key file here", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// There is a file already, and it may hold the only copy of a key.
    #[error("{}: there is a file already, and it is never overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others can read or write it.
    #[error("{}: its mode is {mode:04o}, so that others on this machine can get at it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The password does not open it.
    #[error("{}: the password is not the one of this file", path.display())]
    WrongPassword {
        /// The file.
        path: PathBuf,
    },
    /// It is no key file, or no longer.
    #[error("{}: the key file is damaged: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The address in the file is not that of its key.
    #[error("{}: it says that it holds {stored}, and it holds {found}", path.display())]
    OtherAddress {
        /// The file.
        path: PathBuf,
        /// The address it says.
        stored: Address,
        /// The address of its key.
        found: Address,
    },
    /// The disk says no.
    #[error("{}: cannot {doing}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        error: std::io::Error,
    },
}

impl KeystoreError {
    /// What to do.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::Absent { .. } => "make one with `quorate keys new`, or check the path".to_owned(),
            Self::Exists { .. } => "give another name, or move the file away yourself".to_owned(),
            Self::Exposed { path, .. } => format!("chmod 600 {}", path.display()),
            Self::WrongPassword { .. } => {
                "check where the password comes from, and its keyboard layout".to_owned()
            }
            Self::Damaged { .. } => {
                "take the file from a backup, or import the key again".to_owned()
            }
            Self::OtherAddress { .. } => {
                "somebody changed the file: find out who, before anything is signed".to_owned()
            }
            Self::Io { .. } => "check that the folder exists and belongs to this user".to_owned(),
        }
    }

    /// One word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "keystore-absent",
            Self::Exists { .. } => "keystore-exists",
            Self::Exposed { .. } => "keystore-exposed",
            Self::WrongPassword { .. } => "wrong-password",
            Self::Damaged { .. } => "keystore-damaged",
            Self::OtherAddress { .. } => "keystore-other-address",
            Self::Io { .. } => "keystore-io",
        }
    }
}
