//! Chores through the venue's relayer: the wallet's owner signs, the relayer sends and pays.

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B256, U256};
use quorate_domain::{MarketId, Outcome, Shares};
use quorate_polymarket::chain::{AssetId, AssetProtocol, ChainId, ConditionIdV2, MarketKind};
use quorate_polymarket::key::Key;
use quorate_polymarket::onchain::relayer::{BatchSigner, DepositBatch, SafeTransaction};
use quorate_polymarket::onchain::{Call, positions};
use quorate_polymarket::relayer::{RelayedWallet, Relayer, TransactionState};
use quorate_polymarket::rest::{Client, RestError};
use quorate_polymarket::wallet::WalletType;

use super::chores::{Asked, ChoreRoute, Held};
use super::directory::{Directory, Settlement, VenueMarket};
use super::route::VenueRoute;

/// How long a signed batch may wait to be sent.
const DEADLINE: Duration = Duration::from_secs(600);

/// Who signs transactions, and for which wallet.
#[derive(Debug)]
pub struct Owner {
    /// Key of the account.
    pub key: Key,
    /// The wallet.
    pub wallet: Address,
    /// Its type.
    pub kind: WalletType,
    /// Its chain.
    pub chain: ChainId,
}

/// The way of chores to the chain.
#[derive(Debug)]
pub struct RelayedChores {
    /// Tells what the account holds.
    pub route: Arc<VenueRoute>,
    /// Tells the time that signatures count from.
    pub client: Arc<Client>,
    /// What the venue calls our markets.
    pub directory: Directory,
    /// Sends what is signed; without one, chores wait until the venue does them by itself.
    pub relayer: Option<Relayer>,
    /// Signs.
    pub owner: Owner,
}

impl ChoreRoute for RelayedChores {
    async fn held(&self, market: MarketId) -> Result<Held, String> {
        let named = self.named(market)?;
        let (yes, no) = self.route.holdings(&named).await.map_err(|error| error.0)?;
        Ok(Held { yes, no })
    }

    async fn merge(&self, market: MarketId, shares: Shares) -> Asked {
        let calls = self.named(market).and_then(|market| {
            let amount = U256::from(shares.micros());
            Ok(match position(&market)? {
                Some(condition) => vec![positions::merge_v2(condition, amount)],
                None => vec![positions::merge(kind(&market), condition(&market)?, amount)],
            })
        });
        self.send(calls, "merge").await
    }

    async fn redeem(&self, market: MarketId) -> Asked {
        let held = match self.held(market).await {
            Ok(held) => held,
            Err(why) => return Asked::Failed(why),
        };
        let calls = self.named(market).and_then(|market| {
            Ok(match position(&market)? {
                Some(condition) => [(Outcome::Yes, held.yes), (Outcome::No, held.no)]
                    .into_iter()
                    .filter(|(_, shares)| !shares.is_zero())
                    .map(|(outcome, shares)| {
                        positions::redeem_v2(condition, outcome, U256::from(shares.micros()))
                    })
                    .collect(),
                None => vec![positions::redeem(kind(&market), condition(&market)?)],
            })
        });
        self.send(calls, "redeem").await
    }
}

impl RelayedChores {
    fn named(&self, market: MarketId) -> Result<VenueMarket, String> {
        let named = self.directory.market(market);
        named.ok_or_else(|| format!("market {market} has no name at the venue"))
    }

    /// Has calls made by the wallet, and waits for the end of it.
    async fn send(&self, calls: Result<Vec<Call>, String>, what: &str) -> Asked {
        let Some(relayer) = &self.relayer else {
            return Asked::Failed(
                "account.relayer_key is not given: nothing can be sent to the chain".into(),
            );
        };
        let calls = match calls {
            Ok(calls) => calls,
            Err(why) => return Asked::Failed(why),
        };
        let wallet = match self.owner.kind {
            WalletType::Poly1271 => RelayedWallet::Deposit,
            WalletType::GnosisSafe => RelayedWallet::Safe,
            WalletType::Eoa | WalletType::PolyProxy => {
                return Asked::Failed(
                    "wallets of this type make their transactions themselves: merge and redeem on the venue's site".into(),
                );
            }
        };
        let nonce = match relayer
            .nonce(&self.owner.key.address().to_string(), wallet)
            .await
        {
            Ok(nonce) => nonce,
            Err(error) => return Asked::Failed(error.to_string()),
        };
        let sign = |nonce| self.payload(wallet, nonce, &calls, what);
        match relayer.execute(nonce, sign).await {
            Err(error @ RestError::Refused { .. }) => Asked::Failed(error.to_string()),
            Err(error) => Asked::Unknown(error.to_string()),
            Ok(relayed) => match relayer.finished(&relayed.id).await {
                Ok(done) if done.state == TransactionState::Confirmed => Asked::Confirmed,
                Ok(done) => Asked::Failed(format!("{:?}: {:?}", done.state, done.error)),
                Err(error) => Asked::Unknown(error.to_string()),
            },
        }
    }

    fn payload(
        &self,
        wallet: RelayedWallet,
        nonce: u64,
        calls: &[Call],
        what: &str,
    ) -> Result<Vec<u8>, RestError> {
        let unsigned = |error: &dyn std::fmt::Display| RestError::Setting {
            name: "transaction",
            problem: error.to_string(),
        };
        let nonce = U256::from(nonce);
        let json = if wallet == RelayedWallet::Deposit {
            let batch = DepositBatch {
                chain: self.owner.chain,
                wallet: self.owner.wallet,
                nonce,
                deadline_s: self.client.clock().venue_s() + DEADLINE.as_secs(),
                calls: calls.to_vec(),
            };
            let signed = batch.sign(BatchSigner::Owner(&self.owner.key), what);
            serde_json::to_vec(&signed.map_err(|error| unsigned(&error))?)
        } else {
            let safe = SafeTransaction::new(self.owner.chain, self.owner.wallet, nonce, calls);
            let signed = safe.and_then(|safe| safe.sign(&self.owner.key, what));
            serde_json::to_vec(&signed.map_err(|error| unsigned(&error))?)
        };
        json.map_err(|error| unsigned(&error))
    }
}

fn kind(market: &VenueMarket) -> MarketKind {
    match market.settlement {
        Settlement::Standard => MarketKind::Standard,
        Settlement::NegRisk => MarketKind::NegRisk,
    }
}

fn condition(market: &VenueMarket) -> Result<B256, String> {
    let parsed = market.condition.parse();
    parsed.map_err(|error| format!("condition {}: {error}", market.condition))
}

/// The condition of a market of the newer contracts; `None` for one of the older.
fn position(market: &VenueMarket) -> Result<Option<ConditionIdV2>, String> {
    let protocol = market.yes.parse::<AssetId>().and_then(AssetId::protocol);
    match protocol.map_err(|error| error.to_string())? {
        AssetProtocol::ClobV2 => Ok(None),
        AssetProtocol::ProtocolV2(position) => Ok(Some(position.condition)),
    }
}
