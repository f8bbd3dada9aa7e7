//! The way to a real venue, as narrow as it can be: what a connector implements so that the gateway can do the rest.
//!
//! A connector translates and transports. It retries nothing, remembers nothing and decides nothing: whatever it cannot
//! prove it calls unknown.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use quorate_domain::{
    CancelReason, Cash, Crossing, FillStatus, Liquidity, PlaceOrder, Price, RefusalReason, Shares,
    Side, TimeInForce, Timestamp, Token,
};

/// The venue's own name for an order, known before the order is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderHash(pub String);

impl fmt::Display for OrderHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An order in the form in which it is posted. The same order always gives the same hash and the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The venue's name for it.
    pub hash: OrderHash,
    /// What is posted, and posted again in doubt.
    pub bytes: Vec<u8>,
}

/// A question that the venue did not answer, or an order that it has no words for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RouteError(pub String);

/// What came of posting an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The venue has it. With its answer.
    Accepted(String),
    /// The venue proved that it does not take it.
    Refused {
        /// The class of the refusal.
        reason: RefusalReason,
        /// The venue's words.
        text: String,
    },
    /// It is not known whether the venue has it. With what is known.
    Unknown(String),
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It executed whole.
    Filled,
    /// It left the book.
    Cancelled(CancelReason),
    /// The venue refused it after all.
    Refused(RefusalReason),
}

/// What the venue knows of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It may still execute.
    Live {
        /// Shares executed so far.
        filled: Shares,
    },
    /// It will not execute any more.
    Ended {
        /// Shares executed in all.
        filled: Shares,
        /// How it ended.
        ending: Ending,
    },
    /// Neither an order nor an execution of that name has ever arrived. One that is on its way may still do so.
    Never,
    /// No answer, or none that can be understood. With what is known.
    Unknown(String),
}

/// What came of a withdrawal. Whatever it is, the order is looked for afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// The order left the book.
    Done,
    /// The venue has no such open order, with its words: it ended, or never arrived.
    NotOpen(String),
    /// Not now, or no answer. With what is known.
    Unsure(String),
}

/// An open order of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// The venue's name.
    pub hash: OrderHash,
    /// What is traded.
    pub token: Token,
    /// Direction.
    pub side: Side,
    /// Limit, in the token's own terms.
    pub limit: Price,
    /// Shares wanted when it was placed.
    pub shares: Shares,
    /// Shares of it executed.
    pub filled: Shares,
    /// Its life.
    pub time_in_force: TimeInForce,
    /// Whether it may take.
    pub crossing: Crossing,
    /// When the venue took it.
    pub created_at: Timestamp,
}

/// An execution of the account, or of one of several of our orders in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The venue's name for it; each of our orders in one trade needs another one.
    pub id: String,
    /// The order that executed, ours or not.
    pub hash: OrderHash,
    /// What was traded.
    pub token: Token,
    /// Our direction.
    pub side: Side,
    /// Price per share, in the token's own terms.
    pub price: Price,
    /// Shares.
    pub shares: Shares,
    /// Fee charged, in collateral.
    pub fee: Cash,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// How far it has come.
    pub status: FillStatus,
    /// When it was matched.
    pub matched_at: Timestamp,
}

/// What the account holds by the venue's word: what is final, and of what is not as much as the venue counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balances {
    /// Collateral, what open orders keep back included.
    pub cash: Cash,
    /// Tokens. One that is absent is not held.
    pub tokens: BTreeMap<Token, Shares>,
}

/// A way to a venue. Every call may take for ever: the caller bounds it, and may drop it at any time.
pub trait OrderRoute: Send + Sync + 'static {
    /// Builds, hashes and signs an order. Pure: the same order, decided at the same time, gives the same result in every
    /// process and at any time.
    ///
    /// # Errors
    /// The venue has no words for such an order.
    fn prepare(&self, order: &PlaceOrder, decided_at: Timestamp) -> Result<Prepared, RouteError>;

    /// Sends an order, once.
    fn post(&self, prepared: &Prepared) -> impl Future<Output = Posted> + Send;

    /// Asks what has become of an order, among open orders and executions alike. No execution of it that is not known yet
    /// was matched before `since`.
    fn find(&self, hash: &OrderHash, since: Timestamp) -> impl Future<Output = Found> + Send;

    /// Withdraws an order.
    fn cancel(&self, hash: &OrderHash) -> impl Future<Output = Withdrawal> + Send;

    /// Withdraws every order of the account.
    ///
    /// # Errors
    /// It is not known whether all of them are withdrawn.
    fn cancel_all(&self) -> impl Future<Output = Result<(), RouteError>> + Send;

    /// Every open order of the account.
    ///
    /// # Errors
    /// No complete answer.
    fn open_orders(&self) -> impl Future<Output = Result<Vec<OpenOrder>, RouteError>> + Send;

    /// Every execution of the account that was matched at or after a time, in its present state.
    ///
    /// # Errors
    /// No complete answer.
    fn executions_since(
        &self,
        since: Timestamp,
    ) -> impl Future<Output = Result<Vec<Execution>, RouteError>> + Send;

    /// What the account holds.
    ///
    /// # Errors
    /// No complete answer. A failed read is never a balance of zero.
    fn balances(&self) -> impl Future<Output = Result<Balances, RouteError>> + Send;
}
