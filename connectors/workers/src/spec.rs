//! Which workers there are and how each is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use quorate_domain::{TopicId, WorkerId};

use crate::heard::Source;
use crate::json_path::JsonPath;
use crate::secret::{Secret, TokenDigest};
use crate::steadiness::Steadiness;

/// What a worker gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Values of what is asked.
    Inferer,
    /// The losses it expects of the inferers.
    Forecaster,
}

/// One worker.
#[derive(Clone, Debug)]
pub struct WorkerSpec {
    /// Identity within a run.
    pub id: WorkerId,
    /// Short unique name.
    pub name: String,
    /// Workers of one family share their failures, such as models from one provider.
    pub family: Option<String>,
    /// How it is reached.
    pub kind: WorkerKind,
    /// What it gives.
    pub role: Role,
    /// The topics it speaks about; empty is all.
    pub topics: BTreeSet<TopicId>,
    /// Time for one complete answer.
    pub timeout: Duration,
    /// Oldest own time of a value that still counts on arrival.
    pub age_max: Duration,
    /// How far ahead of ours its clock may be.
    pub clock_skew_max: Duration,
    /// Pause between two polls of one question.
    pub poll_every: Duration,
    /// Questions it is asked at once.
    pub concurrent_max: usize,
    /// How much to and fro is allowed.
    pub steadiness: Steadiness,
}

/// How a worker is reached.
#[derive(Clone, Debug)]
pub enum WorkerKind {
    /// Asked over HTTP, by the contract of Allora's off-chain node.
    Http(HttpSpec),
    /// Read from a growing file.
    Csv(CsvSpec),
    /// A program, started for each question.
    Command(CommandSpec),
    /// The order book's midpoint as given in the question. A baseline to compare with: never let it into a pool that is
    /// blended with the market afterwards, which would count the market twice.
    Market,
    /// Pushes to the intake, and is known by this token.
    Push(TokenDigest),
}

/// A worker behind a URL: `GET`, status 200, body read by [`crate::reply`].
#[derive(Clone, Debug)]
pub struct HttpSpec {
    /// `http` or `https` address. `{TopicId}`, `{BlockHeight}` (the epoch's number), `{Label}` (the label's name,
    /// percent-encoded) and `{key}` for every key of `parameters`, such as `{Token}`, are filled in.
    pub url: String,
    /// Values for the placeholders of the address, put in as they are. They show in reports: keys belong in `headers`.
    pub parameters: BTreeMap<String, String>,
    /// Request headers, for example `authorization`.
    pub headers: BTreeMap<String, Secret>,
    /// Where in a JSON answer the value stands.
    pub value_path: Option<JsonPath>,
    /// Where in a JSON answer the value's own time stands.
    pub time_path: Option<JsonPath>,
    /// Largest answer in bytes, after decompression.
    pub body_bytes_max: usize,
    /// Further attempts after a failed one, within the window.
    pub retries: u32,
}

impl HttpSpec {
    /// A worker at this address, with 64 KiB for the answer and two retries.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            parameters: BTreeMap::new(),
            headers: BTreeMap::new(),
            value_path: None,
            time_path: None,
            body_bytes_max: 64 * 1024,
            retries: 2,
        }
    }
}

/// A worker behind a file with the header `timestamp,topic,event,value` and optionally `label` and `worker`, in any
/// order. Topics and labels are named by number or name, events by the epoch's number. Rows may be appended at any time.
#[derive(Clone, Debug)]
pub struct CsvSpec {
    /// The file.
    pub path: PathBuf,
    /// The name in the column `worker`, if not the worker's own.
    pub worker: Option<String>,
}

/// A worker behind a program: the question as JSON on standard input, a number or JSON on standard output, exit status 0.
#[derive(Clone, Debug)]
pub struct CommandSpec {
    /// The program: a path, or a name looked up in `PATH`.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables beyond `PATH`, `LANG` and `HOME`, which are all it gets otherwise.
    pub env: BTreeMap<String, Secret>,
    /// Processor time in seconds.
    pub cpu_secs_max: u64,
    /// Address space in MiB.
    pub memory_mib_max: u64,
    /// Open files.
    pub files_max: u64,
    /// Largest standard output in bytes.
    pub stdout_bytes_max: usize,
}

impl CommandSpec {
    /// This program with 60 s of processor time, 4 GiB of address space, 256 open files and 64 KiB of output.
    #[must_use]
    pub fn new(program: impl Into<String>, args: Vec<String>) -> Self {
        Self {
            program: program.into(),
            args,
            env: BTreeMap::new(),
            cpu_secs_max: 60,
            memory_mib_max: 4096,
            files_max: 256,
            stdout_bytes_max: 64 * 1024,
        }
    }
}

/// A worker that cannot be set up as described.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("worker `{worker}`, {field}: {problem}")]
pub struct SpecError {
    /// The worker's name.
    pub worker: String,
    /// What part of it.
    pub field: &'static str,
    /// What was found, what was expected, what to do.
    pub problem: String,
}

impl WorkerSpec {
    /// An inferer for all topics: 10 s to answer, polled every minute, values up to an hour old, clocks within 5 s, four
    /// questions at once.
    #[must_use]
    pub fn new(id: WorkerId, name: impl Into<String>, kind: WorkerKind) -> Self {
        Self {
            id,
            name: name.into(),
            family: None,
            kind,
            role: Role::Inferer,
            topics: BTreeSet::new(),
            timeout: Duration::from_secs(10),
            age_max: Duration::from_secs(3600),
            clock_skew_max: Duration::from_secs(5),
            poll_every: Duration::from_secs(60),
            concurrent_max: 4,
            steadiness: Steadiness::default(),
        }
    }

    /// By which way its values come.
    #[must_use]
    pub const fn source(&self) -> Source {
        match self.kind {
            WorkerKind::Http(_) => Source::Http,
            WorkerKind::Csv(_) => Source::Csv,
            WorkerKind::Command(_) => Source::Command,
            WorkerKind::Market => Source::Market,
            WorkerKind::Push(_) => Source::Push,
        }
    }

    /// Whether it speaks about this topic.
    #[must_use]
    pub fn covers(&self, topic: TopicId) -> bool {
        self.topics.is_empty() || self.topics.contains(&topic)
    }

    /// Whether it can be set up, without touching anything outside.
    ///
    /// # Errors
    /// [`SpecError`] for the first thing that is wrong.
    pub fn check(&self) -> Result<(), SpecError> {
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            return Err(self.wrong("name", "expected a short name without control characters"));
        }
        for (field, span) in [("timeout", self.timeout), ("poll_every", self.poll_every)] {
            if span.is_zero() {
                return Err(self.wrong(field, "expected more than 0 s"));
            }
        }
        if self.concurrent_max == 0 {
            return Err(self.wrong("concurrent_max", "expected at least 1"));
        }
        if self.steadiness.jump.is_nan() || self.steadiness.jump <= 0.0 {
            return Err(self.wrong("steadiness", "expected a jump above 0"));
        }
        let gives_values_only = matches!(self.kind, WorkerKind::Market | WorkerKind::Push(_));
        let reads_rows_only = matches!(self.kind, WorkerKind::Csv(_));
        if self.role == Role::Forecaster && (gives_values_only || reads_rows_only) {
            return Err(self.wrong(
                "role",
                "only http and command workers can be forecasters; make it an inferer",
            ));
        }
        match &self.kind {
            WorkerKind::Http(http) => crate::ask::check_url(self, http),
            WorkerKind::Command(command) if command.program.is_empty() => {
                Err(self.wrong("program", "expected the program to run"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn wrong(&self, field: &'static str, problem: impl Into<String>) -> SpecError {
        SpecError {
            worker: self.name.clone(),
            field,
            problem: problem.into(),
        }
    }
}

/// Checks each worker, and that ids and names are unique.
pub(crate) fn check_all(specs: &[WorkerSpec]) -> Result<(), SpecError> {
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    for spec in specs {
        spec.check()?;
        if !ids.insert(spec.id) {
            return Err(spec.wrong("id", format!("{} is already taken", spec.id)));
        }
        if !names.insert(&spec.name) {
            return Err(spec.wrong("name", "is already taken"));
        }
    }
    Ok(())
}
