//! A scripted day of a paper instance, driven by hand over any disk: what the crash tests, the soak and the benchmark of
//! the process share.
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a failed unwrap is a failed test; no test uses all of it"
)]

pub(crate) mod cuts;
pub(crate) mod day;
pub(crate) mod end;
pub(crate) mod life;
pub(crate) mod shadow;
