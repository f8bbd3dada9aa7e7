//! Signed requests to the relayer, one kind per type of wallet. Nonces come from the relayer; everything else is here, so
//! the same request is the same bytes.

use std::borrow::Cow;

use alloy_primitives::{Address, B256, Bytes, U256, eip191_hash_message, hex, keccak256};
use alloy_sol_types::{Eip712Domain, SolCall, SolStruct, eip712_domain};
use serde::Serialize;

use super::{Call, abi};
use crate::chain::{ChainId, contracts};
use crate::key::Key;
use crate::order::session_wrap;

/// Longest `metadata` that the relayer takes, in characters.
pub const METADATA_CHARS_MAX: usize = 500;

/// Why a request is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// No call to make.
    #[error("a request to the relayer needs at least one call")]
    NoCalls,
    /// The note is too long.
    #[error(
        "the note to the relayer has {chars} characters: at most {METADATA_CHARS_MAX} are taken"
    )]
    MetadataTooLong {
        /// Its length.
        chars: usize,
    },
}

/// Who signs for a deposit wallet.
#[derive(Clone, Copy, Debug)]
pub enum BatchSigner<'a> {
    /// The account that owns it.
    Owner(&'a Key),
    /// A session key that it has authorised.
    Session(&'a Key),
}

impl BatchSigner<'_> {
    const fn key(&self) -> &Key {
        match self {
            Self::Owner(key) | Self::Session(key) => key,
        }
    }
}

/// Calls that a deposit wallet (type 3) shall make together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositBatch {
    /// Chain of the wallet.
    pub chain: ChainId,
    /// The wallet.
    pub wallet: Address,
    /// The wallet's next nonce.
    pub nonce: U256,
    /// Unix seconds after which the batch is void; the official client takes ten minutes.
    pub deadline_s: u64,
    /// The calls, in order.
    pub calls: Vec<Call>,
}

impl DepositBatch {
    /// EIP-712 digest that the owner signs.
    #[must_use]
    pub fn digest(&self) -> B256 {
        let domain = eip712_domain! {
            name: "DepositWallet",
            version: "1",
            chain_id: self.chain.id(),
            verifying_contract: self.wallet,
        };
        let batch = abi::Deposit::Batch {
            wallet: self.wallet,
            nonce: self.nonce,
            deadline: U256::from(self.deadline_s),
            calls: self
                .calls
                .iter()
                .map(|call| abi::Deposit::Call {
                    target: call.to,
                    value: call.value,
                    data: call.data.clone(),
                })
                .collect(),
        };
        batch.eip712_signing_hash(&domain)
    }

    /// The signed request (`type` `WALLET`). `metadata` is a note for the relayer's records.
    ///
    /// # Errors
    /// No calls, or too long a note.
    pub fn sign(
        &self,
        signer: BatchSigner<'_>,
        metadata: &str,
    ) -> Result<WalletRequest, RelayError> {
        check(&self.calls, metadata)?;
        let inner = signer.key().sign_digest(&self.digest());
        let signature = match signer {
            BatchSigner::Owner(_) => inner.to_vec(),
            BatchSigner::Session(key) => session_wrap(key.address(), &inner),
        };
        Ok(WalletRequest {
            kind: "WALLET",
            from: signer.key().address().to_checksum(None),
            to: contracts::DEPOSIT_FACTORY.to_checksum(None),
            nonce: self.nonce.to_string(),
            signature: hex::encode_prefixed(signature),
            metadata: metadata.to_owned(),
            deposit_wallet_params: DepositWalletParams {
                deposit_wallet: self.wallet.to_checksum(None),
                deadline: self.deadline_s.to_string(),
                calls: self
                    .calls
                    .iter()
                    .map(|call| WalletCall {
                        target: call.to.to_checksum(None),
                        value: call.value.to_string(),
                        data: call.data.to_string(),
                    })
                    .collect(),
            },
        })
    }
}

/// Request to make the deposit wallet of an account (`type` `WALLET-CREATE`).
#[must_use]
pub fn create_wallet(owner: Address) -> WalletCreation {
    WalletCreation {
        kind: "WALLET-CREATE",
        from: owner.to_checksum(None),
        to: contracts::DEPOSIT_FACTORY.to_checksum(None),
    }
}

/// One transaction of a Safe (type 2): a call of its own, or several through the multisend contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeTransaction {
    chain: ChainId,
    safe: Address,
    nonce: U256,
    call: Call,
    operation: u8,
}

impl SafeTransaction {
    /// A transaction that makes these calls, in order, with the Safe's next nonce.
    ///
    /// # Errors
    /// [`RelayError::NoCalls`].
    pub fn new(
        chain: ChainId,
        safe: Address,
        nonce: U256,
        calls: &[Call],
    ) -> Result<Self, RelayError> {
        let (call, operation) = match calls {
            [] => return Err(RelayError::NoCalls),
            [only] => (only.clone(), 0),
            // Operation 1 is a delegate call: the multisend contract's code runs as the Safe.
            several => (multisend(several), 1),
        };
        Ok(Self {
            chain,
            safe,
            nonce,
            call,
            operation,
        })
    }

    /// EIP-712 hash of the transaction; its domain has no name.
    #[must_use]
    pub fn hash(&self) -> B256 {
        let domain = Eip712Domain::new(
            None::<Cow<'static, str>>,
            None,
            Some(U256::from(self.chain.id())),
            Some(self.safe),
            None,
        );
        let transaction = abi::SafeTx {
            to: self.call.to,
            value: self.call.value,
            data: self.call.data.clone(),
            operation: self.operation,
            safeTxGas: U256::ZERO,
            baseGas: U256::ZERO,
            gasPrice: U256::ZERO,
            gasToken: Address::ZERO,
            refundReceiver: Address::ZERO,
            nonce: self.nonce,
        };
        transaction.eip712_signing_hash(&domain)
    }

    /// The signed request (`type` `SAFE`). `metadata` is a note for the relayer's records.
    ///
    /// # Errors
    /// Too long a note.
    pub fn sign(&self, key: &Key, metadata: &str) -> Result<SafeRequest, RelayError> {
        check(std::slice::from_ref(&self.call), metadata)?;
        let mut signature = key.sign_digest(&eip191_hash_message(self.hash()));
        // A Safe tells signatures over a personal message from plain ones by v: 31 and 32.
        signature[64] += 4;
        let zero = || Address::ZERO.to_checksum(None);
        Ok(SafeRequest {
            kind: "SAFE",
            from: key.address().to_checksum(None),
            to: self.call.to.to_checksum(None),
            proxy_wallet: self.safe.to_checksum(None),
            data: self.call.data.to_string(),
            value: (!self.call.value.is_zero()).then(|| self.call.value.to_string()),
            nonce: self.nonce.to_string(),
            signature: hex::encode_prefixed(signature),
            metadata: metadata.to_owned(),
            signature_params: SafeParams {
                base_gas: "0",
                gas_price: "0",
                gas_token: zero(),
                operation: self.operation.to_string(),
                refund_receiver: zero(),
                safe_txn_gas: "0",
            },
        })
    }
}

/// Several calls as one of the multisend contract: each packed as operation 0, address, value, length and data.
fn multisend(calls: &[Call]) -> Call {
    let mut transactions = Vec::new();
    for call in calls {
        transactions.push(0);
        transactions.extend_from_slice(call.to.as_slice());
        transactions.extend_from_slice(&call.value.to_be_bytes::<32>());
        transactions.extend_from_slice(&U256::from(call.data.len()).to_be_bytes::<32>());
        transactions.extend_from_slice(&call.data);
    }
    let transactions = Bytes::from(transactions);
    Call::new(
        contracts::SAFE_MULTISEND,
        abi::multiSendCall { transactions }.abi_encode(),
    )
}

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

fn check(calls: &[Call], metadata: &str) -> Result<(), RelayError> {
    if calls.is_empty() {
        return Err(RelayError::NoCalls);
    }
    let chars = metadata.chars().count();
    if chars > METADATA_CHARS_MAX {
        return Err(RelayError::MetadataTooLong { chars });
    }
    Ok(())
}

/// Body of a request for a deposit wallet. Made by [`DepositBatch::sign`]; serialise it and send it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WalletRequest {
    #[serde(rename = "type")]
    kind: &'static str,
    from: String,
    to: String,
    nonce: String,
    signature: String,
    metadata: String,
    deposit_wallet_params: DepositWalletParams,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct DepositWalletParams {
    deposit_wallet: String,
    deadline: String,
    calls: Vec<WalletCall>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct WalletCall {
    target: String,
    value: String,
    data: String,
}

/// Body of a request that makes a deposit wallet. Made by [`create_wallet`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WalletCreation {
    #[serde(rename = "type")]
    kind: &'static str,
    from: String,
    to: String,
}

/// Body of a request for a Safe. Made by [`SafeTransaction::sign`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SafeRequest {
    #[serde(rename = "type")]
    kind: &'static str,
    from: String,
    to: String,
    proxy_wallet: String,
    data: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    nonce: String,
    signature: String,
    metadata: String,
    signature_params: SafeParams,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct SafeParams {
    base_gas: &'static str,
    gas_price: &'static str,
    gas_token: String,
    operation: String,
    refund_receiver: String,
    safe_txn_gas: &'static str,
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
