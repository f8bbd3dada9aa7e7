//! The way of orders to Polymarket: domain orders become signed bytes, the venue's answers become proofs or doubts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::Address;
use quorate_domain::{
    CancelReason, Cash, Crossing, FillStatus, Liquidity, Outcome, PlaceOrder, Price, RefusalReason,
    Rounding, Shares, Side, TimeInForce, Timestamp, Token,
};
use quorate_polymarket::chain::{AssetId, AssetProtocol, ChainId, MarketKind};
use quorate_polymarket::key::Key;
use quorate_polymarket::order::{
    Amounts, Execution as Timing, OrderFields, OrderType, amounts, gtd_expiration_s, salt_from,
};
use quorate_polymarket::rest::{
    Asset, CancelOutcome, Client, Identity, NotCancelled, OrderFilter, OrderState, OrderStatus,
    OwnExecution, PostOutcome, RestError, SignedOrder, Trade, TradeFilter, TradeStatus,
    own_executions,
};
use quorate_polymarket::wallet::WalletType;
use rust_decimal::Decimal;

use super::directory::{Directory, Settlement, VenueMarket};
use crate::runtime::gateway::{
    Balances, Ending, Execution, Found, OpenOrder, OrderHash, OrderRoute, Posted, Prepared,
    RouteError, Withdrawal,
};

/// Nanoseconds in a second and in a millisecond.
const NANOS_PER_S: u64 = 1_000_000_000;
const NANOS_PER_MS: u64 = 1_000_000;
/// How often one balance is asked for again, and the pause before, which grows with every try.
const BALANCE_TRIES: u32 = 4;
const BALANCE_PAUSE: Duration = Duration::from_millis(250);

/// Who signs, and for which wallet.
#[derive(Debug)]
pub struct Trader {
    /// Key of the account.
    pub key: Key,
    /// Wallet that gives and receives.
    pub funder: Address,
    /// Type of the wallet.
    pub wallet: WalletType,
    /// Chain that settles.
    pub chain: ChainId,
    /// Name of the API key.
    pub api_key: String,
}

impl Trader {
    /// Who answers for signatures: the wallet itself where it checks them, else the account of the key.
    fn signer(&self) -> Address {
        match self.wallet {
            WalletType::Poly1271 => self.funder,
            _ => self.key.address(),
        }
    }

    /// How the venue's lists name us.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            api_key: self.api_key.clone(),
            addresses: vec![self.funder.to_string()],
            order_ids: Vec::new(),
        }
    }
}

/// The way to the venue for one account.
#[derive(Debug)]
pub struct VenueRoute {
    client: Arc<Client>,
    directory: Directory,
    trader: Trader,
}

impl VenueRoute {
    /// A way for the account that `client` is logged in with.
    #[must_use]
    pub fn new(client: Arc<Client>, directory: Directory, trader: Trader) -> Self {
        Self {
            client,
            directory,
            trader,
        }
    }

    fn market(&self, token: Token) -> Result<VenueMarket, RouteError> {
        self.directory.market(token.market).ok_or_else(|| {
            RouteError(format!(
                "market {} has no name at the venue: it is traded once it is listed",
                token.market
            ))
        })
    }

    /// What an order of ours gives and gets.
    ///
    /// A buy that takes at once is stated in money, which the venue wants in whole cents; it never asks for more shares
    /// than the order does. All others are stated in shares.
    fn amounts(order: &PlaceOrder, market: &VenueMarket) -> Result<Amounts, RouteError> {
        let amounts = match (order.time_in_force.rests(), order.side) {
            (false, Side::Buy) => {
                let money = order.shares.at(order.limit, Rounding::Down);
                amounts::market_buy(order.limit, money, market.tick)
            }
            _ => amounts::limit(order.side, order.limit, order.shares, market.tick),
        };
        amounts.map_err(|error| RouteError(error.to_string()))
    }

    fn executions(&self, trades: &[Trade]) -> Result<Vec<Execution>, RouteError> {
        let us = self.trader.identity();
        let own = trades.iter().flat_map(|trade| own_executions(trade, &us));
        own.map(|own| execution(&own, &self.directory)).collect()
    }

    async fn trades_since(&self, since: Timestamp) -> Result<Vec<Trade>, RouteError> {
        let filter = TradeFilter {
            maker_address: Some(self.trader.funder.to_string()),
            // What was matched in that second counts: the venue leaves out the second that is named.
            after_s: Some((since.nanos() / NANOS_PER_S).saturating_sub(1)),
            ..TradeFilter::default()
        };
        let trades = self.client.trades(&filter).await;
        trades.map_err(|error| RouteError(error.to_string()))
    }

    /// An order that is not open: what its executions say.
    async fn among_executions(&self, hash: &OrderHash, since: Timestamp) -> Found {
        let executions = match self.trades_since(since).await {
            Ok(trades) => self.executions(&trades),
            Err(error) => return Found::Unknown(error.0),
        };
        match executions {
            Err(error) => Found::Unknown(error.0),
            Ok(executions) => {
                let own: Vec<Shares> = executions
                    .iter()
                    .filter(|done| done.hash == *hash)
                    .map(|done| done.shares)
                    .collect();
                if own.is_empty() {
                    return Found::Never;
                }
                Found::Ended {
                    filled: own.into_iter().fold(Shares::ZERO, |sum, part| sum + part),
                    ending: Ending::Filled,
                }
            }
        }
    }

    async fn held(&self, market: &VenueMarket, outcome: Outcome) -> Result<Shares, RouteError> {
        let asset = asset_of(market.asset(outcome))?;
        let micros = self.micros(&asset).await?;
        u64::try_from(micros)
            .map(Shares::from_micros)
            .map_err(|_| RouteError(format!("{micros} micro-shares do not fit")))
    }

    /// A balance, read from the chain rather than from what the venue remembers.
    async fn micros(&self, asset: &Asset) -> Result<u128, RouteError> {
        let mut tries = 0;
        loop {
            let asked = match self.client.refresh_balance(asset).await {
                Ok(_) => self.client.balance(asset).await,
                Err(error) => Err(error),
            };
            // One answer of many that is missing would make all others worthless.
            match asked {
                Ok(balance) => return Ok(balance.balance_micros),
                Err(_) if tries < BALANCE_TRIES => tries += 1,
                Err(error) => return Err(RouteError(error.to_string())),
            }
            tokio::time::sleep(BALANCE_PAUSE * tries).await;
        }
    }

    /// What the account holds of a market's tokens.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn holdings(&self, market: &VenueMarket) -> Result<(Shares, Shares), RouteError> {
        let yes = self.held(market, Outcome::Yes).await?;
        let no = self.held(market, Outcome::No).await?;
        Ok((yes, no))
    }
}

impl OrderRoute for VenueRoute {
    fn prepare(&self, order: &PlaceOrder, decided_at: Timestamp) -> Result<Prepared, RouteError> {
        let market = self.market(order.token)?;
        let asset = market.asset(order.token.outcome).parse::<AssetId>();
        let failed = |error: &dyn std::fmt::Display| RouteError(error.to_string());
        let now_s = decided_at.nanos() / NANOS_PER_S;
        let expiration_s = match order.time_in_force {
            TimeInForce::Gtd(until) => gtd_expiration_s(now_s, until.nanos() / NANOS_PER_S)
                .map_err(|error| failed(&error))?,
            TimeInForce::Gtc | TimeInForce::Fok | TimeInForce::Fak => 0,
        };
        let seed = format!("{}/{}/{}", self.trader.funder, order.id.seq, order.id.index);
        let fields = OrderFields {
            salt: salt_from(seed.as_bytes()),
            maker: self.trader.funder,
            signer: self.trader.signer(),
            asset: asset.map_err(|error| failed(&error))?,
            amounts: Self::amounts(order, &market)?,
            side: order.side,
            wallet_type: self.trader.wallet,
            timestamp_ms: decided_at.nanos() / NANOS_PER_MS,
            expiration_s,
            metadata: Default::default(),
            builder: Default::default(),
        };
        let kind = match market.settlement {
            Settlement::Standard => MarketKind::Standard,
            Settlement::NegRisk => MarketKind::NegRisk,
        };
        let prepared = fields.prepare(self.trader.chain, kind);
        let prepared = prepared.map_err(|error| failed(&error))?;
        let hash = OrderHash(prepared.id().to_string());
        let signed = prepared.sign(&self.trader.key);
        let signed = signed.map_err(|error| failed(&error))?;
        let order_type = OrderType::from(order.time_in_force);
        let body = signed.post_body(
            &self.trader.api_key,
            order_type,
            order.crossing,
            Timing::Now,
        );
        Ok(Prepared {
            hash,
            bytes: body.map_err(|error| failed(&error))?,
        })
    }

    async fn post(&self, prepared: &Prepared) -> Posted {
        let order = SignedOrder {
            id: prepared.hash.0.clone(),
            body: prepared.bytes.clone(),
        };
        posted(self.client.post_order(&order).await)
    }

    async fn find(&self, hash: &OrderHash, since: Timestamp) -> Found {
        match self.client.open_order(&hash.0).await {
            Err(error) => Found::Unknown(error.to_string()),
            Ok(Some(state)) => found(&state),
            Ok(None) => self.among_executions(hash, since).await,
        }
    }

    async fn cancel(&self, hash: &OrderHash) -> Withdrawal {
        match self.client.cancel_order(&hash.0).await {
            CancelOutcome::Done => Withdrawal::Done,
            CancelOutcome::NotOpen(text) => Withdrawal::NotOpen(text),
            CancelOutcome::Unsure(text) => Withdrawal::Unsure(text),
        }
    }

    async fn cancel_all(&self) -> Result<(), RouteError> {
        let failed = |error: RestError| RouteError(error.to_string());
        // How many there are is not worth a question before the last resort.
        let cancelled = self.client.cancel_all(0).await.map_err(failed)?;
        // One that is gone by itself needs no withdrawal.
        let not_cancelled = cancelled.not_canceled.iter();
        let kept = not_cancelled
            .filter(|(_, why)| matches!(why, NotCancelled::Refused(_)))
            .count();
        if kept == 0 {
            return Ok(());
        }
        Err(RouteError(format!("{kept} orders were not withdrawn")))
    }

    async fn open_orders(&self) -> Result<Vec<OpenOrder>, RouteError> {
        let states = self.client.open_orders(&OrderFilter::default()).await;
        let states = states.map_err(|error| RouteError(error.to_string()))?;
        let open = states
            .iter()
            .filter(|state| matches!(found(state), Found::Live { .. }));
        open.map(|state| open_order(state, &self.directory))
            .collect()
    }

    async fn executions_since(&self, since: Timestamp) -> Result<Vec<Execution>, RouteError> {
        let trades = self.trades_since(since).await?;
        self.executions(&trades)
    }

    async fn balances(&self) -> Result<Balances, RouteError> {
        let cash = self.micros(&Asset::Collateral).await?;
        let cash = i64::try_from(cash)
            .map_err(|_| RouteError(format!("{cash} micro-dollars do not fit")))?;
        let mut tokens = BTreeMap::new();
        for market in self.directory.markets() {
            for outcome in [Outcome::Yes, Outcome::No] {
                let token = Token {
                    market: market.market,
                    outcome,
                };
                tokens.insert(token, self.held(&market, outcome).await?);
            }
        }
        Ok(Balances {
            cash: Cash::from_micros(cash),
            tokens,
        })
    }
}

/// What the venue's answer to an order proves.
fn posted(outcome: PostOutcome) -> Posted {
    match outcome {
        PostOutcome::Accepted { status, .. } => Posted::Accepted(format!("{status:?}")),
        // It has been there before: it is looked for rather than believed.
        PostOutcome::AcceptedAlready { text } => Posted::Refused {
            reason: RefusalReason::Duplicate,
            text,
        },
        PostOutcome::Refused { fault, text } => Posted::Refused {
            reason: fault.refusal_reason(),
            text,
        },
        PostOutcome::Unknown { text } => Posted::Unknown(text),
    }
}

/// What the venue says of an order it has.
fn found(state: &OrderState) -> Found {
    let filled = match shares(state.size_matched) {
        Ok(filled) => filled,
        Err(error) => return Found::Unknown(error.0),
    };
    let ending = match &state.status {
        OrderStatus::Live | OrderStatus::Delayed => return Found::Live { filled },
        // A resting order goes on executing: the word stands for the last thing that happened to it.
        OrderStatus::Matched
            if matches!(state.order_type.as_str(), "GTC" | "GTD")
                && state.size_matched < state.original_size =>
        {
            return Found::Live { filled };
        }
        OrderStatus::Matched => Ending::Filled,
        OrderStatus::Unmatched => Ending::Cancelled(CancelReason::Unfilled),
        OrderStatus::Cancelled(reason) => Ending::Cancelled(cancel_reason(reason)),
        OrderStatus::Invalid => Ending::Refused(RefusalReason::Other),
        OrderStatus::Unknown(text) => {
            return Found::Unknown(format!("the status {text:?} is not known"));
        }
    };
    Found::Ended { filled, ending }
}

/// Why an order left the book, in the venue's words.
pub(super) fn cancel_reason(text: &str) -> CancelReason {
    match text {
        "" => CancelReason::Requested,
        "MARKET_RESOLVED" | "MARKET_NOT_FOUND" => CancelReason::MarketClosed,
        "EXPIRED_ORDER" | "ORDER_TIMED_OUT" => CancelReason::Expired,
        _ => CancelReason::Unfilled,
    }
}

fn open_order(state: &OrderState, directory: &Directory) -> Result<OpenOrder, RouteError> {
    let token = known(&state.asset_id, directory, "an open order")?;
    let created_at = state.created_at_s.unwrap_or_default();
    Ok(OpenOrder {
        hash: OrderHash(state.id.clone()),
        token,
        side: state.side,
        limit: price(state.price)?,
        shares: shares(state.original_size)?,
        filled: shares(state.size_matched)?,
        time_in_force: match state.order_type.as_str() {
            "GTD" => TimeInForce::Gtd(Timestamp::from_secs(state.expiration_s)),
            "FOK" => TimeInForce::Fok,
            "FAK" => TimeInForce::Fak,
            _ => TimeInForce::Gtc,
        },
        // The venue does not tell; it rests already.
        crossing: Crossing::Allowed,
        created_at: Timestamp::from_secs(created_at),
    })
}

/// One of our executions as the gateway takes it.
///
/// # Errors
/// A market that is not listed, or numbers that cannot be.
pub fn execution(own: &OwnExecution, directory: &Directory) -> Result<Execution, RouteError> {
    let token = known(&own.asset_id, directory, "an execution")?;
    let (price, shares) = (price(own.price)?, shares(own.size)?);
    let fee = directory.market(token.market).map(|market| market.fee);
    Ok(Execution {
        id: own.id.clone(),
        hash: OrderHash(own.order_id.clone()),
        token,
        side: own.side,
        price,
        shares,
        // The venue names no fee that can be relied on: it follows from the market's schedule, and makers pay none.
        fee: match (own.liquidity, fee) {
            (Liquidity::Taker, Some(fee)) => fee.taker(shares, price),
            _ => Cash::ZERO,
        },
        liquidity: own.liquidity,
        status: fill_status(&own.status)?,
        matched_at: Timestamp::from_secs(own.match_time_s),
    })
}

fn fill_status(status: &TradeStatus) -> Result<FillStatus, RouteError> {
    Ok(match status {
        TradeStatus::Matched => FillStatus::Matched,
        TradeStatus::Mined => FillStatus::Mined,
        TradeStatus::Confirmed => FillStatus::Confirmed,
        TradeStatus::Retrying => FillStatus::Retrying,
        TradeStatus::Failed => FillStatus::Failed,
        TradeStatus::Unknown(text) => {
            return Err(RouteError(format!(
                "the trade status {text:?} is not known"
            )));
        }
    })
}

fn known(asset: &str, directory: &Directory, what: &str) -> Result<Token, RouteError> {
    directory.token(asset).ok_or_else(|| {
        RouteError(format!(
            "the account has {what} of asset {asset}, which is in no listed market: name its market in a topic, or give this instance an account of its own"
        ))
    })
}

/// The asset as balances name it: by the generation of its contracts.
fn asset_of(asset: &str) -> Result<Asset, RouteError> {
    let protocol = asset.parse::<AssetId>().and_then(AssetId::protocol);
    match protocol.map_err(|error| RouteError(error.to_string()))? {
        AssetProtocol::ProtocolV2(_) => Ok(Asset::ConditionalV2(asset.to_owned())),
        AssetProtocol::ClobV2 => Ok(Asset::Conditional(asset.to_owned())),
    }
}

fn price(value: Decimal) -> Result<Price, RouteError> {
    Price::from_decimal(value).map_err(|error| RouteError(error.to_string()))
}

fn shares(value: Decimal) -> Result<Shares, RouteError> {
    Shares::from_decimal(value).map_err(|error| RouteError(error.to_string()))
}
