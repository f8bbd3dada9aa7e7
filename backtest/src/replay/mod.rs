//! Replay: a tape through the decision core and the simulated exchange, in virtual time.

pub mod recorder;
pub mod run;
pub mod run_file;
pub mod scores;
pub mod session;
pub mod spec;
mod summary;

pub use run::{Progress, RunError, run};
pub use run_file::{parse_run_file, read_run_file};
pub use session::{Session, Standing, Venue, Witness};
pub use spec::{
    Baselines, NumberedStrategy, RunSpec, StrategyKind, StrategySpec, UnknownTopic, by_topic,
};
