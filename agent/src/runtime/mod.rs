//! The live shell around the decision core: one loop that records everything before it acts.
//!
//! - [`machine`] is the heart: a session whose every step is in the journal before anything of it leaves.
//! - [`recovery`] brings it back to where a journal ends, [`snapshot`] shortens that; [`start`] puts them together.
//! - [`event_loop`] is where everything comes in; [`feed`] and [`pace`] are where a recorded world comes from.
//! - [`kill_switch`] and [`watchdog`] stop it, [`control`] lets people speak to it, [`telemetry`] lets them watch it.
//! - [`gateway`] is the way of an order to a real venue and back, [`order_path`] what the loop sees of it;
//!   [`live`] is everything else about a real venue; [`supervise`] keeps the tasks around them alive.
//! - [`view`] is an instance as its journal tells it.

pub mod allora;
pub mod batch;
pub mod contact;
pub mod control;
pub mod event_loop;
pub mod feed;
pub mod forecasters;
pub mod gateway;
pub mod host;
pub mod instance;
pub mod kill_switch;
pub mod live;
pub mod machine;
pub mod mapping;
pub mod names;
pub mod order_path;
pub mod pace;
pub mod questions;
pub mod recording;
pub mod recovery;
pub mod reload;
pub mod setup;
pub mod snapshot;
pub mod start;
pub mod status;
pub mod strategy_guard;
pub mod supervise;
pub mod telemetry;
pub mod view;
pub mod watchdog;
pub mod watcher;
pub mod worker_specs;
pub mod workforce;
pub mod world_clock;
