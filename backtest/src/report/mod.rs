//! Reports of a run: the model ([`RunReport`]) and its renderings.

pub mod model;

pub use model::RunReport;
