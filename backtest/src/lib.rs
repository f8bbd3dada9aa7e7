//! Tapes in, honest results out: recorded market data, replay through the decision core, forecast evaluation, the
//! seeded sample world, metrics and reports.
//!
//! Nothing here decides anything: decisions are made by `quorate-engine` alone, which replay calls exactly as a live
//! run does.

pub mod archive;
pub mod collective;
pub mod contribution;
pub mod evaluate;
pub mod fast;
pub mod input;
pub mod lint;
pub mod metrics;
pub mod replay;
pub mod report;
pub mod sample;
pub mod sweep;
pub mod tape;
