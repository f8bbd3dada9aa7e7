//! What is to be done: every variant, in units of work that any executor can run in any order.
//!
//! A plan is a manifest of one JSON line per unit. A unit's id is a hash of everything its result depends on, so that a
//! result that is already there needs no second run and a result of anything else is never taken for it.

use std::path::Path;

use quorate_domain::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::draw::draw;
use super::file::SweepSpec;
use super::settings::{Change, changed};
use crate::input::{Diagnostic, Diagnostics, ExitClass};
use crate::replay::recorder::hex;
use crate::replay::{RunSpec, parse_run_file};
use crate::tape::LoadedTape;

/// One variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its place in the order of drawing.
    pub index: usize,
    /// What it changes in the run file, one change for each axis.
    pub changes: Vec<Change>,
    /// The run it is.
    pub run: RunSpec,
}

impl Variant {
    /// What it changes, as text: `sizing.risk_aversion = 4, ...`.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.changes)
    }
}

fn label(changes: &[Change]) -> String {
    let parts = changes
        .iter()
        .map(|change| format!("{} = {}", change.key, change.value));
    parts.collect::<Vec<_>>().join(", ")
}

/// A batch of variants: what one process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Hash of the engine's build, the batch, the shard, the tape and the seed.
    pub id: String,
    /// Its variants, by index.
    pub variants: Vec<usize>,
}

/// Everything that is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Hash over all units: the identity of the sweep.
    pub id: String,
    /// The build of the engine.
    pub build: String,
    /// Hash of the tape.
    pub tape: String,
    /// Time span of the tape up to the hold-out: what every variant sees.
    pub span: (Timestamp, Timestamp),
    /// Where the hold-out begins; `None` without one.
    pub holdout_from: Option<Timestamp>,
    /// All variants, by index.
    pub variants: Vec<Variant>,
    /// All units, in the order of their batches.
    pub units: Vec<Unit>,
}

/// A line of the manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestLine {
    /// Id of the unit.
    pub unit: String,
    /// Id of the sweep.
    pub sweep: String,
    /// Part of the tape: all markets, up to this time in nanoseconds since 1970.
    pub shard_until: u64,
    /// Variants by index, with what they change as TOML.
    pub variants: Vec<(usize, String)>,
}

/// Makes the plan of a sweep. `build` names the engine's build: another build must have another name.
///
/// # Errors
/// The tape is empty, or a variant's run file is wrong: every mistake of every variant.
pub fn plan(spec: &SweepSpec, loaded: &LoadedTape, build: &str) -> Result<Plan, Diagnostics> {
    let Some((start, last)) = loaded.tape.span() else {
        let found = Diagnostic::new(ExitClass::Data, "empty-tape", "the tape is empty");
        return Err(found
            .with_hint("a tape needs at least one quote or order book")
            .into());
    };
    let holdout_from = (spec.holdout > 0.0).then(|| {
        let seen = last.since(start).mul_f64(1.0 - spec.holdout);
        start.plus(seen)
    });
    let span = (
        start,
        holdout_from.map_or(last, |at| Timestamp::from_nanos(at.nanos() - 1)),
    );
    let tape = loaded.hash.to_string();
    let variants = variants(spec)?;
    let units: Vec<Unit> = variants
        .chunks(spec.batch.max(1))
        .map(|batch| Unit {
            id: unit_id(build, batch, span.1, &tape),
            variants: batch.iter().map(|variant| variant.index).collect(),
        })
        .collect();
    let mut hasher = Sha256::new();
    for unit in &units {
        hasher.update(&unit.id);
    }
    Ok(Plan {
        id: hex(&hasher.finalize())[..16].to_owned(),
        build: build.into(),
        tape,
        span,
        holdout_from,
        variants,
        units,
    })
}

fn variants(spec: &SweepSpec) -> Result<Vec<Variant>, Diagnostics> {
    let folder = spec.run_path.parent().unwrap_or_else(|| Path::new(""));
    let mut errors = Diagnostics::new();
    let mut variants = Vec::new();
    let drawn = draw(&spec.axes, spec.method, spec.count, spec.seed);
    for (index, changes) in drawn.into_iter().enumerate() {
        let name = format!("{} with {}", spec.run_path.display(), label(&changes));
        let text = match changed(&spec.run, &changes) {
            Ok(text) => text,
            Err(error) => {
                let found = Diagnostic::new(ExitClass::Config, "bad-axis", error.to_string());
                errors.push(found.in_file(name));
                continue;
            }
        };
        match parse_run_file(&name, &text, folder) {
            Ok(run) => variants.push(Variant {
                index,
                changes,
                run,
            }),
            Err(found) => errors.append(found),
        }
        // A wrong axis is wrong in every variant: a few of them say enough.
        if 8 <= errors.len() {
            break;
        }
    }
    errors.into_result(variants)
}

fn unit_id(build: &str, batch: &[Variant], until: Timestamp, tape: &str) -> String {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    };
    part(build);
    part(tape);
    part(&until.nanos().to_string());
    for variant in batch {
        part(&variant.index.to_string());
        // The run file has the seed in it.
        part(&variant.run.text);
        part(&variant.label());
    }
    hex(&hasher.finalize())[..16].to_owned()
}

impl Plan {
    /// The manifest: one JSON line per unit.
    #[must_use]
    pub fn manifest(&self) -> String {
        let line = |unit: &Unit| {
            let variants = unit.variants.iter();
            let line = ManifestLine {
                unit: unit.id.clone(),
                sweep: self.id.clone(),
                shard_until: self.span.1.nanos(),
                variants: variants.map(|v| (*v, self.variants[*v].label())).collect(),
            };
            // No key of it is anything but text.
            serde_json::to_string(&line).unwrap_or_default() + "\n"
        };
        self.units.iter().map(line).collect()
    }

    /// The unit with an id.
    #[must_use]
    pub fn unit(&self, id: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == id)
    }
}
