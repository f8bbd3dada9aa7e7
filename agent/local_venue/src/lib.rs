//! A venue on loopback that speaks Polymarket's protocol: HTTP and WebSockets in front, a matching engine behind.
//!
//! It is written from the protocol's description and shares no code with the connector, so that a rule misread by one
//! of them is noticed. Clients' orders rest in a price-time book and meet each other first, then the recorded depth
//! that a tape or a sample world feeds in ([`Running::observe`]). Trades go from matched to final on the venue's own
//! clock, which may run fast or be stepped. Faults by number make it as bad as a real venue on a bad day.
//!
//! Addresses: the CLOB at the root, the catalogue under `/gamma`, the Data API under `/data-api`, the relayer under
//! `/relayer`, the truth under `/local`.

mod book;
mod clock;
pub mod eip712;
mod faults;
mod http;
mod keys;
mod ledger;
mod listener;
mod matching;
mod number;
mod options;
mod payload;
mod post;
mod relayer;
mod rules;
mod running;
pub mod signature;
mod sockets;
mod streams;
mod tape;
mod trades;
mod venue;
mod wire;

pub use clock::Clock;
pub use faults::{Faults, PRODUCED};
pub use options::{AccountSetup, EventListing, MarketListing, Settlement, Timings, VenueOptions};
pub use running::{LocalVenue, Running, StartError};
