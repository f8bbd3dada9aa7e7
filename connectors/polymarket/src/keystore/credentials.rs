//! Credentials of the API key, kept beside the key file and encrypted with the same password.
//!
//! They belong to one venue, chain and account. Those of another one are as good as none: they are derived again.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::error::KeystoreError;
use super::files::{self, Put};
use super::form::Form;
use super::sealed;
use super::secret::Password;
use crate::auth::Credentials;

/// Whom credentials are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// Base URL of the order book's server.
    pub venue: String,
    /// Number of the chain.
    pub chain_id: u64,
    /// Account of the key, as text with its checksum.
    pub account: String,
}

/// What is encrypted.
#[derive(Serialize, Deserialize)]
struct Kept {
    audience: Audience,
    api_key: String,
    secret: String,
    passphrase: String,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.secret.zeroize();
        self.passphrase.zeroize();
    }
}

/// Where the credentials of a key file lie: `main.json` has `main.credentials.json`.
#[must_use]
pub fn credentials_path(keystore: &Path) -> PathBuf {
    keystore.with_extension("credentials.json")
}

/// Keeps credentials in place of those that were kept.
///
/// # Errors
/// See [`KeystoreError`].
pub fn store(
    keystore: &Path,
    password: &Password,
    audience: &Audience,
    credentials: &Credentials,
) -> Result<(), KeystoreError> {
    let path = credentials_path(keystore);
    let kept = Kept {
        audience: audience.clone(),
        api_key: credentials.api_key.clone(),
        secret: credentials.secret.to_string(),
        passphrase: credentials.passphrase.to_string(),
    };
    let plain = serde_json::to_vec(&kept).map(Zeroizing::new);
    let plain = plain.map_err(|error| KeystoreError::Damaged {
        path: path.clone(),
        problem: error.to_string(),
    })?;
    let text = sealed(&path, &plain, password, None)?;
    files::put(&path, &text, Put::InPlaceOf)
}

/// The credentials for an audience; nothing where none or others are kept.
///
/// # Errors
/// See [`KeystoreError`]; [`forget_credentials`] is the remedy, since they can be derived again.
pub fn load(
    keystore: &Path,
    password: &Password,
    audience: &Audience,
) -> Result<Option<Credentials>, KeystoreError> {
    let path = credentials_path(keystore);
    let form = match Form::read(&path) {
        Err(KeystoreError::Absent { .. }) => return Ok(None),
        other => other?,
    };
    let plain = form.decrypt(&path, password)?;
    let kept: Kept = serde_json::from_slice(&plain).map_err(|_| KeystoreError::Damaged {
        path: path.clone(),
        problem: "it holds no credentials".to_owned(),
    })?;
    Ok((kept.audience == *audience).then(|| Credentials {
        api_key: kept.api_key.clone(),
        secret: Zeroizing::new(kept.secret.clone()),
        passphrase: Zeroizing::new(kept.passphrase.clone()),
    }))
}

/// Removes the credentials beside a key file; it is no mistake if there are none.
///
/// # Errors
/// They cannot be removed.
pub fn forget_credentials(keystore: &Path) -> Result<(), KeystoreError> {
    let path = credentials_path(keystore);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(KeystoreError::Io {
            path,
            doing: "remove",
            error,
        }),
        _ => Ok(()),
    }
}
