//! The account's key for this process: where its password comes from, and what is made sure of before the key is there.
//!
//! A password comes from a terminal, a file descriptor, a file of mode 0600 or a credential of the service manager. There
//! is no way to give it as an argument or in the environment, where other programs can see it.

mod place;
mod source;

use std::path::Path;

use quorate_polymarket::keystore::{self, KeystoreError, Password, SecretKey};

use crate::failure::Failure;
use crate::settings::SecretRef;

pub(crate) use place::{Tree, refuse_env_file, refuse_git_tree};
pub(crate) use source::{StdinLines, ask, new_password, password_of};

/// Exit code of a key, password or log-in that is not right.
pub(crate) const EXIT_KEY: u8 = 6;

/// Opens a key file with the password of `source`. The process is closed to core dumps and to debuggers of the same user
/// before the key is in its memory; secrets that come from file descriptors must be read before.
///
/// # Errors
/// The password cannot be had, or the file does not open.
pub(crate) fn open(keystore: &Path, source: &SecretRef) -> Result<(SecretKey, Password), Failure> {
    let password = password_of(source, "Password of the key file: ")?;
    let secret = open_with(keystore, &password)?;
    Ok((secret, password))
}

/// [`open`] with a password that is there already.
///
/// # Errors
/// The file does not open.
pub(crate) fn open_with(keystore: &Path, password: &Password) -> Result<SecretKey, Failure> {
    close_to_others();
    Ok(keystore::open_secret(keystore, password)?)
}

/// No core dump, and no debugger of the same user, from now on.
pub(crate) fn close_to_others() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(
                event = "dumpable",
                %error,
                "the system would write this process's memory to a core dump"
            );
        }
    }
}

impl From<KeystoreError> for Failure {
    fn from(error: KeystoreError) -> Self {
        Self::state_hint(error.code(), EXIT_KEY, error.to_string(), error.fix())
    }
}
