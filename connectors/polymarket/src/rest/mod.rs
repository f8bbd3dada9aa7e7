//! The venue over HTTP: orders, cancels, the account, books and markets.
//!
//! A call is sent once. What it means is decided by pure functions over status, headers and bytes ([`classify_post`] and
//! its kin), which can be tested and fuzzed without a network; what it teaches about the venue is in
//! [`Client::weather`]; whether it may be sent now is up to [`Budget`].

mod answer;
mod book;
pub mod budget;
mod client;
mod clock;
pub mod data;
mod error;
mod fault;
mod head;
pub mod heartbeat;
mod hosts;
mod http;
mod ledger;
mod login;
mod market;
mod node;
mod order_state;
mod orders;
mod page;
mod server;
mod trade;
mod weather;

pub use answer::{
    AcceptedAs, PostOutcome, Reply, classify_batch, classify_post, fault_of_reply,
    parse_post_answer, words_of,
};
pub use book::{BOOKS_MAX, Book, Level, parse_book};
pub use budget::Budget;
pub use client::{Account, Client, ClientOptions};
pub use clock::{VenueClock, WallClock};
pub use error::RestError;
pub use fault::Fault;
pub use head::Head;
pub use heartbeat::{Beat, HeartbeatRoute, HeartbeatStatus, beat_forever, parse_heartbeat_id};
pub use hosts::{Base, Hosts};
pub use http::Bounds;
pub use ledger::{Asset, BalanceAllowance, Notification, OrderFilter, TradeFilter, parse_balance};
pub use login::SessionSigner;
pub use market::{
    ClobMarket, FeeSchedule, MarketState, MarketToken, parse_clob_market, parse_markets,
};
pub use node::WireError;
pub use order_state::{OrderState, OrderStatus, parse_order, parse_orders};
pub use orders::{
    BATCH_MAX, CANCEL_MAX, CancelOutcome, Cancelled, NotCancelled, SignedOrder, classify_cancel,
    parse_cancelled,
};
pub use page::{FIRST_CURSOR, LAST_CURSOR, Page};
pub use server::{PricePoint, parse_history};
pub use trade::{
    Identity, MakerLeg, OwnExecution, Trade, TradeStatus, own_executions, parse_trades,
};
pub use weather::{Access, Trading, Weather};

pub(crate) use client::{request, success, understood};
pub(crate) use http::{Headers, Request};
pub(crate) use node::Node;
