//! Many inferences into one calibrated probability (or price), and what each worker contributed to it.
//!
//! A *worker* says one value per question and may be absent. A scheme combines the present values (`predict`, which
//! changes nothing) and learns from outcomes (`resolve`). All schemes are deterministic, serialisable state machines.
#![no_std]
extern crate alloc;

pub mod allora;
pub mod losses;
pub mod per_worker;
pub mod quality;
pub mod simple;
pub mod stats;

pub use per_worker::{PerWorker, WorkerKey};
