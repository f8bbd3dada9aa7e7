//! From what the catalogue and the order service say about an event to markets that can be traded, or the reason why one
//! cannot be.

mod changes;
mod event;
mod fee;
mod kind;
mod market;
mod ready;

pub use changes::{Change, changes};
pub use event::{Entry, EventListing, Numbering, Phase, Standing, list_event};
pub use fee::{Category, FeeError};
pub use kind::Kind;
pub use market::{ClobFee, ClobSettings, Listed, Protocol, VenueIds};
pub use ready::NotReady;
