//! The text of a key file: version 3 of the common form, checked before any of its numbers is used.
//!
//! What the decrypting library would take at its word (lengths, costs) is bounded here, so that no file can make it
//! panic or use up the machine. Our own files carry a digest, by which damage is told from a wrong password.

use std::path::Path;

use alloy_primitives::{Address, hex};
use eth_keystore::{EthKeystore, KdfparamsType, KeystoreError as SealError};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::KeystoreError;
use super::files;
use super::secret::Password;

/// Memory that scrypt may use, bytes: `128 n r p`.
const SCRYPT_BYTES_MAX: u64 = 1 << 30;
/// Rounds of PBKDF2.
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;
/// Longest content, bytes.
const CONTENT_BYTES_MAX: usize = 4096;
/// Member with the digest of the member `crypto`.
const DIGEST: &str = "digest";

/// A key file that can be opened with its password.
pub(super) struct Form {
    /// The address that stands in it.
    pub(super) address: Option<Address>,
    /// Whether a digest says that it is as it was written.
    is_intact: bool,
}

impl Form {
    /// Reads a file that only its owner can read.
    pub(super) fn read(path: &Path) -> Result<Self, KeystoreError> {
        let text = files::read_private(path)?;
        Self::of(&text).map_err(|problem| KeystoreError::Damaged {
            path: path.to_path_buf(),
            problem,
        })
    }

    fn of(text: &str) -> Result<Self, String> {
        let whole: Value = serde_json::from_str(text).map_err(|error| {
            // The parser's own words would repeat the place only; the content is not shown.
            format!(
                "no JSON at line {}, column {}",
                error.line(),
                error.column()
            )
        })?;
        let form: EthKeystore = serde_json::from_value(whole.clone())
            .map_err(|_| "a member is missing or of another type than in version 3".to_owned())?;
        check(&form)?;
        let is_intact = match whole.get(DIGEST).and_then(Value::as_str) {
            None => false,
            Some(written) if written == digest(&whole["crypto"]) => true,
            Some(_) => return Err("its digest does not fit its content".to_owned()),
        };
        let address = match whole.get("address") {
            None | Some(Value::Null) => None,
            Some(text) => Some(
                text.as_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or("its address is none")?,
            ),
        };
        Ok(Self { address, is_intact })
    }

    /// What the file holds.
    pub(super) fn decrypt(
        &self,
        path: &Path,
        password: &Password,
    ) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        let opened = eth_keystore::decrypt_key(path, password.expose().as_bytes());
        let damaged = |problem: String| KeystoreError::Damaged {
            path: path.to_path_buf(),
            problem,
        };
        opened.map(Zeroizing::new).map_err(|error| match error {
            SealError::MacMismatch if self.is_intact => KeystoreError::WrongPassword {
                path: path.to_path_buf(),
            },
            SealError::MacMismatch => damaged(
                "either it was changed, or the password is not the one of this file".to_owned(),
            ),
            other => damaged(other.to_string()),
        })
    }
}

fn check(form: &EthKeystore) -> Result<(), String> {
    let crypto = &form.crypto;
    let refuse = |what: &str| Err(what.to_owned());
    if form.version != 3 {
        return Err(format!("version {} is not read; expected 3", form.version));
    }
    if crypto.cipher != "aes-128-ctr" {
        return refuse("its cipher is not aes-128-ctr");
    }
    if crypto.cipherparams.iv.len() != 16 || crypto.mac.len() != 32 {
        return refuse("its iv or its mac has another length than in version 3");
    }
    if crypto.ciphertext.is_empty() || crypto.ciphertext.len() > CONTENT_BYTES_MAX {
        return refuse("its content is empty or too long");
    }
    let (dklen, is_bounded) = match &crypto.kdfparams {
        KdfparamsType::Scrypt { dklen, n, p, r, .. } => {
            let bytes = u64::from(*n)
                .saturating_mul(u64::from(*r))
                .saturating_mul(u64::from(*p))
                .saturating_mul(128);
            let fits = n.is_power_of_two() && *n > 1 && *r > 0 && *p > 0;
            (*dklen, fits && bytes <= SCRYPT_BYTES_MAX)
        }
        KdfparamsType::Pbkdf2 { dklen, c, .. } => (*dklen, (1..=PBKDF2_ROUNDS_MAX).contains(c)),
    };
    if dklen != 32 || !is_bounded {
        return refuse("the costs of its key derivation are out of bounds");
    }
    Ok(())
}

fn digest(crypto: &Value) -> String {
    hex::encode(Sha256::digest(crypto.to_string().as_bytes()))
}

/// Adds the address and the digest to what the library wrote.
pub(super) fn with_marks(text: &str, address: Option<String>) -> Result<String, String> {
    let mut whole: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    whole[DIGEST] = Value::from(digest(&whole["crypto"]));
    if let Some(address) = address {
        whole["address"] = Value::from(address);
    }
    Ok(format!("{whole:#}\n"))
}
