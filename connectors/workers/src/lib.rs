//! Workers of a local collective: models behind a URL, a command or a file, or pushing their inferences to us.
//!
//! - [`Desk`] asks the polled workers, each on tasks of its own, and hands on what they said as [`FromWorker`].
//! - [`intake`] is the loopback HTTP interface to which a worker pushes its own inferences.
//! - [`probe()`] asks one worker once and tells what would become of the answer.
//!
//! This crate translates and transports. It decides nothing: a value is either [`Heard`] or it is a [`Fault`] with a
//! defined [`Outcome`] and a counter, and what a heard value is worth is for the collective to say. The time comes from
//! a [`Clock`], because the agent may run on simulated time.

pub mod clock;
pub mod counters;
pub mod desk;
pub mod fault;
pub mod heard;
pub mod intake;
pub mod json_path;
pub mod probe;
pub mod question;
pub mod range;
pub mod reply;
pub mod secret;
pub mod spec;
pub mod steadiness;
pub mod time;

mod ask;
mod judge;
mod text;

pub use clock::Clock;
pub use counters::Counters;
pub use desk::Desk;
pub use fault::{Fault, FaultKind, Outcome};
pub use heard::{FaultReport, Forecast, FromWorker, Heard, Source, hash_hex};
pub use json_path::JsonPath;
pub use probe::{ProbeReport, probe};
pub use question::{Quantity, Question, QuestionKey};
pub use secret::{Secret, TokenDigest};
pub use spec::{CommandSpec, CsvSpec, HttpSpec, Role, SpecError, WorkerKind, WorkerSpec};
pub use steadiness::Steadiness;
