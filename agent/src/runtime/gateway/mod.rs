//! The way of an order to a real venue and back, so that none is lost and none is sent twice, whatever happens.
//!
//! - [`OrderRoute`] is what a connector implements: prepare, post, find, cancel, list. It remembers nothing.
//! - [`RemoteVenue`] is the venue as a session sees it: an outbox and an inbox.
//! - [`Gateway`] stands between the two. It is called by the event loop, which owns the journal: an order's name and bytes
//!   are safe on disk before the [`Courier`] is given them, and the courier asks the [`SendGate`] right before they leave.
//! - [`open`] brings it all back from a journal, and [`Gateway::reconcile`] makes journal and venue agree before anything
//!   leaves.
//!
//! The protocol, state by state and crash by crash, is in `docs/order-path.md`.

mod chores;
mod courier;
mod desk;
mod executions;
mod gate;
mod hearing;
mod opening;
mod orders;
mod past;
mod reconcile;
mod remote_venue;
mod route;
mod schedule;
mod sending;
mod stopping;
mod table;
mod timings;

pub use chores::ChoreJob;
pub use courier::{Courier, News, NewsLine};
pub use desk::{Counts, Gateway};
pub use executions::{Executions, Heard, SameNumber, fill_id};
pub use gate::{SendGate, Shut};
pub use opening::{Account, Opening, open};
pub use orders::foreign_id;
pub use past::{AccountPast, OrderPast};
pub use reconcile::{Difference, Reconciliation, Verdict};
pub use remote_venue::{ChoreOrder, RemoteVenue};
pub use route::{
    Balances, Ending, Execution, Found, OpenOrder, OrderHash, OrderRoute, Posted, Prepared,
    RouteError, Withdrawal,
};
pub use timings::{Timings, back_off};
