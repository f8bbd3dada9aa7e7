//! Deposit wallets (type 3): the owner, or a session key, signs a batch of calls as typed data.

use alloy_primitives::{Address, B256, U256, hex};
use alloy_sol_types::{SolStruct, eip712_domain};
use serde::Serialize;

use super::{RelayError, check};
use crate::chain::{ChainId, contracts};
use crate::key::Key;
use crate::onchain::{Call, abi};
use crate::order::session_wrap;

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
