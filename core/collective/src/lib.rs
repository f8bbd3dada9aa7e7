//! Many inferences into one calibrated probability (or price), and what each worker contributed to it.
//!
//! A *worker* says one value per question and may be absent. A scheme combines the present values (`predict`, which
//! changes nothing) and learns from outcomes (`resolve`). All schemes are deterministic, serialisable state machines.
#![no_std]
extern crate alloc;

pub mod allora;
pub mod allora_pool;
pub mod batch;
pub mod blend;
pub mod boa;
pub mod boa0;
pub mod boa_plus;
pub mod calibration;
pub mod combined;
pub mod conformal;
pub mod contribution;
pub mod forecaster;
pub mod leaderboard;
mod linalg;
pub mod lop;
pub mod losses;
pub mod market_blend;
pub mod online_logit;
pub mod per_worker;
pub mod points;
pub mod pool;
pub mod prices;
pub mod quality;
pub mod reputers;
pub mod row;
pub mod scheme;
pub mod simple;
pub mod snapshot;
pub mod standing;
pub mod stats;
pub mod tally;
mod without;

pub use combined::{Combined, Expert, ExpertShare};
pub use market_blend::ColdStart;
pub use per_worker::{PerWorker, WorkerKey};
pub use points::split_points;
pub use pool::{Pool, PoolError};
pub use row::{Quantity, ResolvedEvent};
pub use scheme::{AlloraSpec, BoaPlusSpec, MarketBlendSpec, SchemeError, SchemeSpec};
pub use snapshot::{POOL_VERSION, SnapshotError};
pub use standing::{Leaderboard, LeaderboardEntry, LeaderboardError, Standing};
pub use tally::{Measures, ScoredEvent};
