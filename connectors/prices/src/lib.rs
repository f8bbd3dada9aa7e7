//! Streams of reference prices: the venue's own and exchanges'.
//!
//! Three sources say what an asset is worth: [`polybolt`], the stream that the venue settles by; [`rtds`], its legacy
//! stream; [`binance`], the exchange that some markets settle by. Each one is a pure reader of frames and a small
//! protocol; [`stream`] keeps the connection. A price keeps its own time, and its age is counted from that: a stream may
//! go on repeating a value that has stopped.

pub mod binance;
pub mod decimal;
pub mod endpoint;
pub mod polybolt;
pub mod price;
mod report;
pub mod rtds;
mod source;
pub mod stream;

pub use endpoint::{Endpoint, EndpointError};
pub use price::{Price, Unreadable, Window};
pub use report::{Final, Loss, Report};
pub use source::{Source, Timings};
pub use stream::PriceStream;
