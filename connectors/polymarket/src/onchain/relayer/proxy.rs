//! Proxy wallets (type 1): the account signs a personal message about a call of the proxy factory. Polygon only.

use alloy_primitives::{Address, B256, U256, eip191_hash_message, hex, keccak256};
use alloy_sol_types::SolCall;
use serde::Serialize;

use super::{RelayError, check};
use crate::chain::contracts;
use crate::key::Key;
use crate::onchain::{Call, abi};

/// Calls that a proxy wallet (type 1) shall make together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyTransaction {
    /// The wallet.
    pub proxy: Address,
    /// The account's next nonce at the relay.
    pub nonce: U256,
    /// Gas that the calls may use.
    pub gas_limit: U256,
    /// Address of the relay, as it answers together with the nonce.
    pub relay: Address,
    /// The calls, in order.
    pub calls: Vec<Call>,
}

impl ProxyTransaction {
    /// Gas limit of the official client when it cannot estimate.
    pub const GAS_LIMIT_DEFAULT: u64 = 200_000;

    /// The call of the proxy factory that holds all calls.
    #[must_use]
    pub fn data(&self) -> Vec<u8> {
        let calls = self
            .calls
            .iter()
            .map(|call| abi::ProxyCall {
                code: 1,
                to: call.to,
                value: call.value,
                data: call.data.clone(),
            })
            .collect();
        abi::proxyCall { calls }.abi_encode()
    }

    /// Hash that the account signs as a personal message. Fee and gas price are zero.
    #[must_use]
    pub fn hash(&self, from: Address) -> B256 {
        let mut message = b"rlx:".to_vec();
        message.extend_from_slice(from.as_slice());
        message.extend_from_slice(contracts::PROXY_FACTORY.as_slice());
        message.extend_from_slice(&self.data());
        for number in [U256::ZERO, U256::ZERO, self.gas_limit, self.nonce] {
            message.extend_from_slice(&number.to_be_bytes::<32>());
        }
        message.extend_from_slice(contracts::RELAY_HUB.as_slice());
        message.extend_from_slice(self.relay.as_slice());
        keccak256(&message)
    }

    /// The signed request (`type` `PROXY`). `metadata` is a note for the relayer's records.
    ///
    /// # Errors
    /// No calls, or too long a note.
    pub fn sign(&self, key: &Key, metadata: &str) -> Result<ProxyRequest, RelayError> {
        check(&self.calls, metadata)?;
        let hash = self.hash(key.address());
        Ok(ProxyRequest {
            kind: "PROXY",
            from: key.address().to_checksum(None),
            to: contracts::PROXY_FACTORY.to_checksum(None),
            proxy_wallet: self.proxy.to_checksum(None),
            data: hex::encode_prefixed(self.data()),
            nonce: self.nonce.to_string(),
            signature: hex::encode_prefixed(key.sign_digest(&eip191_hash_message(hash))),
            metadata: metadata.to_owned(),
            signature_params: ProxyParams {
                gas_limit: self.gas_limit.to_string(),
                gas_price: "0",
                relay: self.relay.to_checksum(None),
                relay_hub: contracts::RELAY_HUB.to_checksum(None),
                relayer_fee: "0",
            },
        })
    }
}

/// Body of a request for a proxy wallet. Made by [`ProxyTransaction::sign`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyRequest {
    #[serde(rename = "type")]
    kind: &'static str,
    from: String,
    to: String,
    proxy_wallet: String,
    data: String,
    nonce: String,
    signature: String,
    metadata: String,
    signature_params: ProxyParams,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProxyParams {
    gas_limit: String,
    gas_price: &'static str,
    relay: String,
    relay_hub: String,
    relayer_fee: &'static str,
}
