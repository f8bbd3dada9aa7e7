//! Sweeps: a run file with some keys varied, over one loaded tape, and what it takes to believe the best of them.
//!
//! The way: [`read_sweep_file`] -> [`plan()`] (variants in units of work) -> [`run_unit`] for each, anywhere and in any order
//! -> [`merged`] -> [`report`](report::report) -> the chosen variant on the hold-out, once.

pub mod axis;
pub mod draw;
pub mod file;
pub mod holdout;
pub mod objective;
pub mod overfitting;
pub mod plan;
pub mod render;
pub mod report;
pub mod rows;
pub mod sensitivity;
pub mod settings;
pub mod sharpe;
pub mod solo;
pub mod unit;
pub mod walk_forward;

pub use file::{SweepSpec, parse_sweep_file, read_sweep_file};
pub use objective::Objective;
pub use plan::{Plan, Unit, Variant, plan};
pub use report::SweepReport;
pub use unit::{Ran, SweepError, merged, run_unit, unit_file, write_merged};
