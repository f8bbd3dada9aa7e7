//! Safes (type 2): one transaction per request, several calls of it packed for the multisend contract.

use std::borrow::Cow;

use alloy_primitives::{Address, B256, Bytes, U256, eip191_hash_message, hex};
use alloy_sol_types::{Eip712Domain, SolCall, SolStruct};
use serde::Serialize;

use super::{RelayError, check};
use crate::chain::{ChainId, contracts};
use crate::key::Key;
use crate::onchain::{Call, abi};

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
