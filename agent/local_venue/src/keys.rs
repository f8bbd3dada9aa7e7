//! API keys: made from a signed statement, used to sign every private request.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// One API key.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) passphrase: String,
    pub(crate) owner: Address,
    pub(crate) nonce: u64,
}

/// All API keys, by id.
#[derive(Debug, Default)]
pub(crate) struct ApiKeys {
    keys: BTreeMap<String, ApiKey>,
    revoked: BTreeMap<String, ApiKey>,
}

impl ApiKeys {
    /// The key of an owner and nonce, if it was created and not deleted.
    pub(crate) fn find(&self, owner: Address, nonce: u64) -> Option<&ApiKey> {
        self.keys
            .values()
            .find(|key| key.owner == owner && key.nonce == nonce)
    }

    /// Makes the key of an owner and nonce, or `None` when there is one already.
    pub(crate) fn create(&mut self, seed: u64, owner: Address, nonce: u64) -> Option<ApiKey> {
        if self.find(owner, nonce).is_some() {
            return None;
        }
        let part = |name: &str| {
            let mut hash = Sha256::new();
            hash.update(seed.to_be_bytes());
            hash.update(owner.as_slice());
            hash.update(nonce.to_be_bytes());
            hash.update(name.as_bytes());
            hash.finalize()
        };
        let key = ApiKey {
            id: uuid_of(&part("id")),
            secret: URL_SAFE.encode(part("secret")),
            passphrase: hex(&part("passphrase")),
            owner,
            nonce,
        };
        self.keys.insert(key.id.clone(), key.clone());
        Some(key)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&ApiKey> {
        self.keys.get(id)
    }

    pub(crate) fn of_owner(&self, owner: Address) -> impl Iterator<Item = &ApiKey> {
        self.keys.values().filter(move |key| key.owner == owner)
    }

    pub(crate) fn delete(&mut self, id: &str) {
        if let Some(key) = self.keys.remove(id) {
            self.revoked.insert(id.to_owned(), key);
        }
    }
}

/// HMAC-SHA256 over timestamp, method, path and body, as base64url with padding.
pub(crate) fn request_signature(secret: &str, message: &[&[u8]]) -> Option<String> {
    let key = URL_SAFE.decode(secret).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    for part in message {
        mac.update(part);
    }
    Some(URL_SAFE.encode(mac.finalize().into_bytes()))
}

/// 16 bytes written as a version-4 uuid.
pub(crate) fn uuid_of(bytes: &[u8]) -> String {
    let mut raw = [0_u8; 16];
    for (to, from) in raw.iter_mut().zip(bytes) {
        *to = *from;
    }
    raw[6] = (raw[6] & 0x0f) | 0x40;
    raw[8] = (raw[8] & 0x3f) | 0x80;
    let text = hex(&raw);
    format!(
        "{}-{}-{}-{}-{}",
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..]
    )
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    alloy_primitives::hex::encode(bytes)
}
