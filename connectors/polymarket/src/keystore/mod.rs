//! Key files: the account's key, encrypted with a password, in the form that other wallets read (version 3, scrypt).
//!
//! A file is written whole or not at all, with mode 0600, and never over another one. Beside it lie the credentials of
//! the API key, encrypted with the same password; they can be deleted at any time and are derived again.

mod credentials;
mod error;
mod files;
mod form;
mod secret;

use std::path::Path;

use alloy_primitives::{Address, hex};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

pub use credentials::{Audience, credentials_path, forget_credentials, load, store};
pub use error::KeystoreError;
pub use files::{is_exposed, tighten};
pub use secret::{Password, SecretKey, SecretKeyError};

use crate::key::Key;
use files::Put;
use form::Form;

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// Writes a key file; folders above it are made, readable by their owner alone.
///
/// # Errors
/// [`KeystoreError::Exists`] when there is a file of that name, or what the disk says.
pub fn create(
    path: &Path,
    secret: &SecretKey,
    password: &Password,
) -> Result<Address, KeystoreError> {
    let key = secret.key();
    let form = sealed(path, secret.expose(), password, Some(key.address()))?;
    files::put(path, &form, Put::New)?;
    Ok(key.address())
}

/// The key of a file, for signing.
///
/// # Errors
/// See [`KeystoreError`]; the address that stands in the file must be that of the key.
pub fn open(path: &Path, password: &Password) -> Result<Key, KeystoreError> {
    open_secret(path, password).map(|secret| secret.key())
}

/// The key of a file in the open, for export and for making [`Key`]s of it.
///
/// # Errors
/// As [`open`].
pub fn open_secret(path: &Path, password: &Password) -> Result<SecretKey, KeystoreError> {
    let form = Form::read(path)?;
    let bytes = form.decrypt(path, password)?;
    let damaged = |problem: String| KeystoreError::Damaged {
        path: path.to_path_buf(),
        problem,
    };
    if bytes.len() != KEY_BYTES {
        let problem = format!(
            "it holds {} bytes instead of the {KEY_BYTES} of a key",
            bytes.len()
        );
        return Err(damaged(problem));
    }
    let mut plain = Zeroizing::new([0; KEY_BYTES]);
    plain.copy_from_slice(&bytes);
    let secret = SecretKey::from_bytes(plain).map_err(|error| damaged(error.to_string()))?;
    let found = secret.key().address();
    match form.address {
        Some(stored) if stored != found => Err(KeystoreError::OtherAddress {
            path: path.to_path_buf(),
            stored,
            found,
        }),
        _ => Ok(secret),
    }
}

/// The address that stands in a key file, without its password. Other wallets may leave it out.
///
/// # Errors
/// The file is not there, exposed or damaged.
pub fn address(path: &Path) -> Result<Option<Address>, KeystoreError> {
    Form::read(path).map(|form| form.address)
}

/// Encrypts a key file again with another password. The old file stays until the new one was opened again; credentials
/// beside it are dropped, since the old password opens them.
///
/// # Errors
/// See [`KeystoreError`]; the old file is then as it was.
pub fn change_password(
    path: &Path,
    old: &Password,
    new: &Password,
) -> Result<Address, KeystoreError> {
    let secret = open_secret(path, old)?;
    let address = secret.key().address();
    let text = sealed(path, secret.expose(), new, Some(address))?;
    files::put(path, &text, Put::InPlaceOf)?;
    forget_credentials(path)?;
    // What was written is what opens; otherwise the person must know before the old password is forgotten.
    open(path, new).map(|key| key.address())
}

/// Encrypts bytes: the text of a file. `address` is written beside them, as other wallets do.
fn sealed(
    path: &Path,
    plain: &[u8],
    password: &Password,
    address: Option<Address>,
) -> Result<String, KeystoreError> {
    let scratch = files::Scratch::beside(path)?;
    // The library writes a file; it does so in a folder that nobody else can enter.
    let written = eth_keystore::encrypt_key(
        scratch.path(),
        &mut OsRng,
        plain,
        password.expose().as_bytes(),
        Some("sealed"),
    );
    let damaged = |problem: String| KeystoreError::Damaged {
        path: path.to_path_buf(),
        problem,
    };
    written.map_err(|error| damaged(format!("it cannot be encrypted ({error})")))?;
    let text = files::read(&scratch.path().join("sealed"))?;
    form::with_marks(&text, address.map(hex::encode)).map_err(damaged)
}
