//! From the settings' workers to what asks them: kinds, times, and the secrets behind their references.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass};
use quorate_backtest::replay::recorder::hex;
use quorate_domain::{TopicId, WorkerId};
use quorate_workers::{
    CommandSpec, CsvSpec, HttpSpec, JsonPath, Role, Secret, TokenDigest, WorkerKind, WorkerSpec,
};

use crate::settings::keys::Worker;
use crate::settings::{self, EnvValue, Parameter, Settings, TokenRef};

/// What every worker is set up as, for all kinds that a desk or the intake serves; the network's (`allora`) are left
/// out. `topics` and `workers` are the instance's numbers by name.
///
/// Values of `parameters` fill the placeholders of an address; a program finds them in its environment, each under
/// [`parameter_variable`]. A worker counts as long as the most patient of its topics allows, unless it says otherwise.
///
/// # Errors
/// Everything that is wrong: a name without a number, a secret that cannot be read, a path that is none, and what no
/// connector can do.
pub fn worker_specs(
    settings: &Settings,
    topics: &BTreeMap<String, TopicId>,
    workers: &BTreeMap<String, WorkerId>,
) -> Result<Vec<WorkerSpec>, Diagnostics> {
    let mut specs = Vec::new();
    let mut errors = Diagnostics::new();
    for worker in &settings.workers {
        match worker_spec(settings, worker, topics, workers) {
            Ok(spec) => specs.extend(spec),
            Err(found) => errors.append(found),
        }
    }
    errors.into_result(specs)
}

/// One worker of [`worker_specs`]; `None` for one of the network.
///
/// # Errors
/// As [`worker_specs`].
pub fn worker_spec(
    settings: &Settings,
    worker: &Worker,
    topics: &BTreeMap<String, TopicId>,
    workers: &BTreeMap<String, WorkerId>,
) -> Result<Option<WorkerSpec>, Diagnostics> {
    let Some(kind) = kind_of(worker)? else {
        return Ok(None);
    };
    let name = worker.name.as_str();
    let id = workers
        .get(name)
        .ok_or_else(|| no_number(worker, "name", name))?;
    let numbered = worker.topics.iter().map(|topic| {
        let number = topics.get(topic.as_str()).copied();
        number.ok_or_else(|| no_number(worker, "topics", topic.as_str()))
    });
    let topics: BTreeSet<TopicId> = numbered.collect::<Result<_, _>>()?;
    let usual = WorkerSpec::new(*id, name, kind);
    let spec = WorkerSpec {
        family: worker
            .family
            .as_ref()
            .map(|family| family.as_str().to_owned()),
        role: role_of(worker)?,
        topics,
        timeout: worker.timeout.unwrap_or(usual.timeout),
        poll_every: worker.poll_every.unwrap_or(usual.poll_every),
        age_max: worker.age_max.unwrap_or_else(|| patience(settings, worker)),
        ..usual
    };
    spec.check().map_err(|error| {
        let diagnostic = Diagnostic::new(ExitClass::Config, "worker-unusable", error.to_string());
        diagnostic.with_hint(format!("see [[workers]] with name = \"{name}\""))
    })?;
    Ok(Some(spec))
}

/// The variable in which a program finds a parameter: `QUORATE_` and its name in capitals, with `_` for everything that
/// is no letter or digit.
#[must_use]
pub fn parameter_variable(name: &str) -> String {
    let plain = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    };
    format!("QUORATE_{}", name.chars().map(plain).collect::<String>())
}

fn kind_of(worker: &Worker) -> Result<Option<WorkerKind>, Diagnostics> {
    Ok(Some(match worker.kind {
        settings::WorkerKind::Http => WorkerKind::Http(http(worker)?),
        settings::WorkerKind::Csv => {
            let path = worker
                .path
                .as_ref()
                .ok_or_else(|| missing(worker, "path"))?;
            WorkerKind::Csv(CsvSpec {
                path: path.as_path().to_path_buf(),
                worker: None,
            })
        }
        settings::WorkerKind::Command => WorkerKind::Command(command(worker)?),
        settings::WorkerKind::Market => WorkerKind::Market,
        settings::WorkerKind::Push => WorkerKind::Push(push_token(worker)?),
        settings::WorkerKind::Allora => return Ok(None),
    }))
}

fn http(worker: &Worker) -> Result<HttpSpec, Diagnostics> {
    let url = worker.url.as_ref().ok_or_else(|| missing(worker, "url"))?;
    let mut spec = HttpSpec::new(url.as_str());
    spec.parameters = parameters(worker).collect();
    if let Some(token) = &worker.token {
        let token = match token {
            TokenRef::Source(source) => source.read()?,
            TokenRef::Sha256(_) => {
                let what = "is a digest, and a digest cannot be sent";
                return Err(refused(worker, "token", what).into());
            }
        };
        let header = Secret::new(format!("Bearer {}", token.expose()));
        spec.headers.insert("authorization".to_owned(), header);
    }
    if let Some(path) = &worker.json_path {
        spec.value_path = Some(json_path(worker, path)?);
    }
    Ok(spec)
}

fn command(worker: &Worker) -> Result<CommandSpec, Diagnostics> {
    if worker.json_path.is_some() {
        let what = "is not read for programs: print the number, or a JSON object with `value`";
        return Err(refused(worker, "json_path", what).into());
    }
    let program = worker
        .command
        .as_ref()
        .ok_or_else(|| missing(worker, "command"))?;
    let mut spec = CommandSpec::new(program, worker.args.clone().unwrap_or_default());
    for (name, value) in parameters(worker) {
        spec.env
            .insert(parameter_variable(&name), Secret::new(value));
    }
    for (name, value) in worker.env.iter().flat_map(|env| &env.0) {
        let value = match value {
            EnvValue::Plain(text) => Secret::new(text),
            EnvValue::Secret(source) => Secret::new(source.read()?.expose().as_str()),
        };
        spec.env.insert(name.clone(), value);
    }
    Ok(spec)
}

fn parameters(worker: &Worker) -> impl Iterator<Item = (String, String)> + '_ {
    let text = |value: &Parameter| match value {
        Parameter::Text(text) => text.clone(),
        Parameter::Integer(value) => value.to_string(),
        Parameter::Number(value) => value.to_string(),
        Parameter::Bool(value) => value.to_string(),
    };
    let given = worker
        .parameters
        .iter()
        .flat_map(|parameters| &parameters.0);
    given.map(move |(name, value)| (name.clone(), text(value)))
}

/// A path from the root, which the settings may leave out: `data.probability` is `$.data.probability`.
fn json_path(worker: &Worker, path: &str) -> Result<JsonPath, Diagnostics> {
    let full = match path.starts_with('$') {
        true => path.to_owned(),
        false if path.starts_with('[') => format!("${path}"),
        false => format!("$.{path}"),
    };
    let read = full.parse::<JsonPath>();
    read.map_err(|error| refused(worker, "json_path", &error.to_string()).into())
}

fn push_token(worker: &Worker) -> Result<TokenDigest, Diagnostics> {
    let token = worker
        .token
        .as_ref()
        .ok_or_else(|| missing(worker, "token"))?;
    match token {
        TokenRef::Source(source) => Ok(TokenDigest::of(source.read()?.expose())),
        TokenRef::Sha256(digest) => TokenDigest::from_hex(&hex(digest))
            .ok_or_else(|| refused(worker, "token", "is no digest").into()),
    }
}

fn role_of(worker: &Worker) -> Result<Role, Diagnostics> {
    match worker.role {
        settings::Role::Inferer => Ok(Role::Inferer),
        settings::Role::Forecaster => Ok(Role::Forecaster),
        settings::Role::Reputer => {
            let what =
                "is \"reputer\", and what came true is told by markets and reference prices here";
            Err(refused(worker, "role", what).into())
        }
    }
}

/// The longest that any of its topics waits.
fn patience(settings: &Settings, worker: &Worker) -> Duration {
    let usual = settings.collective.inference_age_max;
    let of_topic = |name: &settings::Name| {
        let topic = settings.topics.iter().find(|topic| topic.name == *name);
        topic
            .and_then(|topic| topic.inference_age_max)
            .unwrap_or(usual)
    };
    worker.topics.iter().map(of_topic).max().unwrap_or(usual)
}

fn refused(worker: &Worker, key: &str, what: &str) -> Diagnostic {
    let message = format!("workers.{}.{key} {what}", worker.name.as_str());
    Diagnostic::new(ExitClass::Config, "worker-unusable", message)
}

fn missing(worker: &Worker, key: &str) -> Diagnostics {
    refused(worker, key, "is missing").into()
}

fn no_number(worker: &Worker, key: &str, name: &str) -> Diagnostics {
    let what = format!("names `{name}`, which the instance has no number for");
    refused(worker, key, &what).into()
}
