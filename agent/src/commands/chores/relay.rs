//! The way of a chore to the chain: signed by the wallet's owner, sent and paid for by the relayer.

use alloy_primitives::U256;
use quorate_polymarket::keystore::SecretKey;
use quorate_polymarket::onchain::Call;
use quorate_polymarket::onchain::relayer::{BatchSigner, DepositBatch, SafeTransaction};
use quorate_polymarket::relayer::{Relayed, RelayedWallet, Relayer, RelayerAuth, TransactionState};
use quorate_polymarket::rest::RestError;
use quorate_polymarket::wallet::WalletType;
use zeroize::Zeroizing;

use crate::commands::venue_client::{Identity, client, failed};
use crate::failure::{EXIT_CONFIG, EXIT_NETWORK, EXIT_REFUSED, Failure};
use crate::settings::{Secret, Settings};

/// How long a signed batch may wait to be sent, seconds.
const DEADLINE_S: u64 = 600;

/// Has the wallet make calls, and waits for the end of it.
///
/// # Errors
/// It cannot be signed or sent, or the chain says no. After [`EXIT_NETWORK`] it may have happened: look before trying again.
pub(super) async fn send(
    settings: &Settings,
    secret: &SecretKey,
    relayer_key: Option<Secret<String>>,
    calls: &[Call],
    what: &str,
) -> Result<Relayed, Failure> {
    let Some(relayer_key) = relayer_key else {
        return Err(Failure::state_hint(
            "no-relayer-key",
            EXIT_CONFIG,
            "account.relayer_key is not set: nobody sends the transaction",
            "make a key at the venue's relayer and say where it comes from, or do this at the venue's site",
        ));
    };
    let identity = Identity::of(settings, secret)?;
    let (wallet, funder, chain) = (identity.wallet, identity.funder, identity.chain);
    let kind = match wallet {
        WalletType::Poly1271 => RelayedWallet::Deposit,
        WalletType::GnosisSafe => RelayedWallet::Safe,
        WalletType::Eoa | WalletType::PolyProxy => {
            return Err(Failure::state_hint(
                "wallet-type",
                EXIT_REFUSED,
                "wallets of this type make their transactions themselves",
                "do it at the venue's site, or with the wallet's own program",
            ));
        }
    };
    let key = secret.key();
    let owner = key.address().to_checksum(None);
    let client = client(settings, Some(identity))?;
    client.sync_clock().await.map_err(failed)?;
    let deadline_s = client.clock().venue_s() + DEADLINE_S;
    let auth = RelayerAuth::Key {
        key: Zeroizing::new(relayer_key.expose().clone()),
        address: owner.clone(),
    };
    let relayer = Relayer::new(client, auth);
    let nonce = relayer.nonce(&owner, kind).await.map_err(failed)?;
    let unsigned = |error: &dyn std::fmt::Display| RestError::Setting {
        name: "transaction",
        problem: error.to_string(),
    };
    let sign = |nonce: u64| {
        let nonce = U256::from(nonce);
        let json = if kind == RelayedWallet::Deposit {
            let batch = DepositBatch {
                chain,
                wallet: funder,
                nonce,
                deadline_s,
                calls: calls.to_vec(),
            };
            let signed = batch.sign(BatchSigner::Owner(&key), what);
            serde_json::to_vec(&signed.map_err(|error| unsigned(&error))?)
        } else {
            let safe = SafeTransaction::new(chain, funder, nonce, calls);
            let signed = safe.and_then(|safe| safe.sign(&key, what));
            serde_json::to_vec(&signed.map_err(|error| unsigned(&error))?)
        };
        json.map_err(|error| unsigned(&error))
    };
    let taken = relayer.execute(nonce, sign).await.map_err(failed)?;
    let done = relayer.finished(&taken.id).await.map_err(failed)?;
    match done.state {
        TransactionState::Confirmed => Ok(done),
        TransactionState::Invalid | TransactionState::Failed => Err(Failure::state(
            "reverted",
            EXIT_REFUSED,
            format!("the chain says no: {}", done.error.unwrap_or_default()),
        )),
        other => Err(Failure::state(
            "not-final",
            EXIT_NETWORK,
            format!("transaction {} is not final: {other:?}", done.id),
        )),
    }
}
