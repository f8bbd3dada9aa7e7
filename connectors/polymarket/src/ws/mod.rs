//! The venue's sockets: order books of the market channel, orders and trades of the user channel.
//!
//! Bytes become [`frame`]s, [`normalize`] turns them into inputs on the YES scale, [`integrity`] checks every book against
//! what the venue says about it. These three are pure. [`market`] and [`user`] keep the connections; they run inside
//! the futures they hand out and start no task of their own.

mod dedup;
pub mod directory;
pub mod frame;
pub mod integrity;
pub mod link;
pub mod market;
pub mod normalize;
pub mod number;
mod shard;
pub mod user;
pub mod user_frame;

pub use directory::{Directory, DirectoryError, Pair};
pub use integrity::{Comparison, CrossCheck, compare};
pub use link::{Clock, Endpoint, EndpointError, Loss, Timings};
pub use market::{
    Change, Heard, MarketHandle, MarketReport, MarketSettings, MarketStream, market_stream,
};
pub use normalize::{Anomaly, AnomalyKind, News, Normalizer, Output};
pub use user::{UserReport, UserStream};
