//! Asking one worker one question, whatever the worker is.

mod command;
mod csv;
mod csv_tail;
mod http;
mod process_group;

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::question::Question;
use crate::reply::{self, Said, Shape};
use crate::spec::{Role, SpecError, WorkerKind, WorkerSpec};

pub(crate) use http::check_url;

/// One exchange with a worker.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What was sent or read, for a person.
    pub(crate) sent: String,
    /// What came back, as far as anything did.
    pub(crate) raw: String,
    /// What it says, or why it says nothing.
    pub(crate) reply: Result<Reply, Fault>,
    /// Faults found on the way that concern other things than this question, such as broken rows.
    pub(crate) also: Vec<Fault>,
}

/// What a worker answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Value(Said),
    Losses(BTreeMap<String, f64>),
}

impl Asked {
    fn failed(sent: String, fault: Fault) -> Self {
        Self {
            sent,
            raw: String::new(),
            reply: Err(fault),
            also: Vec::new(),
        }
    }
}

/// A worker that can be asked.
pub(crate) enum Asker {
    Http(http::HttpAsker),
    Csv(csv::CsvAsker),
    Command(command::CommandAsker),
    Market,
}

impl Asker {
    /// Sets up the asking of a worker; `None` for one that is not asked because it pushes.
    pub(crate) fn new(spec: &WorkerSpec) -> Result<Option<Self>, SpecError> {
        Ok(Some(match &spec.kind {
            WorkerKind::Http(http) => Self::Http(http::HttpAsker::new(spec, http)?),
            WorkerKind::Csv(csv) => Self::Csv(csv::CsvAsker::new(spec, csv)),
            WorkerKind::Command(command) => {
                Self::Command(command::CommandAsker::new(spec, command.clone()))
            }
            WorkerKind::Market => Self::Market,
            WorkerKind::Push(_) => return Ok(None),
        }))
    }

    /// Asks once. Never panics, and returns within the worker's timeout for each attempt.
    pub(crate) async fn ask(&self, question: &Question, clock: &dyn Clock) -> Asked {
        match self {
            Self::Http(asker) => asker.ask(question, clock).await,
            Self::Csv(asker) => asker.ask(question, clock).await,
            Self::Command(asker) => asker.ask(question).await,
            Self::Market => midpoint(question),
        }
    }
}

/// The order book's midpoint as a worker's answer.
fn midpoint(question: &Question) -> Asked {
    let sent = "the order book's midpoint".to_owned();
    let Some(value) = question.market_price else {
        let why =
            "the market has no midpoint now: a side of its book is empty or the book is not known";
        return Asked::failed(
            sent,
            Fault::Unreachable {
                why: why.to_owned(),
            },
        );
    };
    Asked {
        sent,
        raw: value.to_string(),
        reply: Ok(Reply::Value(Said {
            value,
            published_at: None,
        })),
        also: Vec::new(),
    }
}

/// Reads a body by the worker's role.
fn read(role: Role, body: &[u8], shape: Shape<'_>) -> Result<Reply, Fault> {
    match role {
        Role::Inferer => reply::read_value(body, shape).map(Reply::Value),
        Role::Forecaster => reply::read_forecast(body).map(Reply::Losses),
    }
}
