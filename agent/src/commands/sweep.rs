//! `quorate sweep`: variants of a run, in units of work that any executor can run.

use std::path::{Path, PathBuf};

use quorate_backtest::input::{Diagnostic, ExitClass};
use quorate_backtest::replay::{RunSpec, read_run_file};
use quorate_backtest::sweep::holdout::evaluate;
use quorate_backtest::sweep::render::{to_html, to_text};
use quorate_backtest::sweep::report::report;
use quorate_backtest::sweep::solo::SoloError;
use quorate_backtest::sweep::{
    Plan, Ran, SweepError, SweepReport, SweepSpec, merged, plan, read_sweep_file, run_unit,
    write_merged,
};
use quorate_backtest::tape::{LoadedTape, load};
use sha2::{Digest, Sha256};

use super::sweep_args::{SweepArgs, SweepPart, SweepPlace};
use super::{default_folder, shell_word};
use crate::console::{Console, Form};
use crate::failure::{EXIT_NOT_FOUND, Failure, hint_if_missing};
use crate::out_folder::check_writable;
use crate::results::write_file;

/// A sweep that was read and planned.
struct Sweep {
    spec: SweepSpec,
    loaded: LoadedTape,
    plan: Plan,
    folder: PathBuf,
}

/// Whether the chosen variant is evaluated on the hold-out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// It is.
    AtHoldout,
    /// The hold-out stays untouched.
    Away,
}

pub(super) fn run(args: SweepArgs, console: &Console) -> Result<(), Failure> {
    match args.part {
        None => {
            let file = args
                .file
                .ok_or_else(|| Failure::internal("no sweep file"))?;
            let sweep = Sweep::read(&file, &args.place, console)?;
            sweep.run_units(&[], &args.place, console)?;
            sweep.result(Look::AtHoldout, console)
        }
        Some(SweepPart::Plan(args)) => {
            let sweep = Sweep::read(&args.file, &args.place, console)?;
            let manifest = sweep.plan.manifest();
            write_file(&sweep.folder.join("manifest.jsonl"), &manifest)?;
            console.result(&manifest)?;
            let file = shell_word(&args.file);
            console.next(&format!("quorate sweep run {file} --unit ID"));
            Ok(())
        }
        Some(SweepPart::Run(args)) => {
            let sweep = Sweep::read(&args.file, &args.place, console)?;
            sweep.run_units(&args.unit, &args.place, console)?;
            let file = shell_word(&args.file);
            console.next(&format!("quorate sweep merge {file}"));
            Ok(())
        }
        Some(SweepPart::Merge(args)) => {
            Sweep::read(&args.file, &args.place, console)?.result(Look::Away, console)
        }
        Some(SweepPart::Holdout(args)) => {
            Sweep::read(&args.file, &args.place, console)?.result(Look::AtHoldout, console)
        }
    }
}

impl Sweep {
    fn read(file: &Path, place: &SweepPlace, console: &Console) -> Result<Self, Failure> {
        let spec = read_sweep_file(file).map_err(|found| {
            hint_if_missing(&found, "docs/sweep.md shows what a sweep file looks like")
        })?;
        let out = place.out.clone();
        let folder = out.unwrap_or_else(|| default_folder(&spec.name));
        check_writable(&folder)?;
        let (_, loaded) = loaded_run(&spec.run_path, console)?;
        let plan = plan(&spec, &loaded, &build()?)?;
        console.note(&format!(
            "{} variants in {} units, into {}",
            plan.variants.len(),
            plan.units.len(),
            folder.display()
        ));
        std::fs::create_dir_all(&folder).map_err(|error| Failure::cannot_write(&folder, &error))?;
        Ok(Self {
            spec,
            loaded,
            plan,
            folder,
        })
    }

    /// Runs the units with these ids, or all of them.
    fn run_units(
        &self,
        ids: &[String],
        place: &SweepPlace,
        console: &Console,
    ) -> Result<(), Failure> {
        let units = if ids.is_empty() {
            self.plan.units.iter().collect()
        } else {
            let unit = |id: &String| {
                let found = self.plan.unit(id);
                found.ok_or_else(|| failed(SweepError::NoUnit(id.clone())))
            };
            ids.iter().map(unit).collect::<Result<Vec<_>, _>>()?
        };
        let pool = pool(place.threads)?;
        for (number, unit) in units.iter().enumerate() {
            let ran = pool.install(|| run_unit(&self.plan, unit, &self.loaded, &self.folder));
            let did = match ran.map_err(failed)? {
                Ran::Now => "ran",
                Ran::Before => "was there",
            };
            let (id, count) = (&unit.id, units.len());
            console.note(&format!("unit {id} {did} ({} of {count})", number + 1));
        }
        Ok(())
    }

    /// Puts the results together, writes them with the report, and prints it.
    fn result(&self, look: Look, console: &Console) -> Result<(), Failure> {
        let rows = merged(&self.plan, &self.folder).map_err(failed)?;
        let results = write_merged(&rows, &self.folder).map_err(failed)?;
        let mut found = report(&self.spec, &self.plan, &rows)
            .ok_or_else(|| Failure::internal("a sweep without variants"))?;
        if look == Look::AtHoldout {
            let objective = self.spec.objective;
            let held = evaluate(
                &self.plan,
                found.chosen,
                objective,
                &self.loaded,
                &self.folder,
            );
            found.holdout = held.map_err(failed)?;
        }
        let json = as_json(&found)?;
        write_file(&self.folder.join("sweep.json"), &json)?;
        write_file(&self.folder.join("sweep.html"), &to_html(&found))?;
        console.result(&match console.form() {
            Form::Text => to_text(&found),
            Form::Json => json,
        })?;
        console.note("");
        console.note(&format!("wrote {}", results.display()));
        let page = self.folder.join("sweep.html");
        console.next(&format!("open {} in a browser", page.display()));
        Ok(())
    }
}

fn as_json(report: &SweepReport) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(report);
    Ok(json.map_err(|error| Failure::internal(error.to_string()))? + "\n")
}

/// Reads a run file and the tape it names.
pub(super) fn loaded_run(
    run_file: &Path,
    console: &Console,
) -> Result<(RunSpec, LoadedTape), Failure> {
    let spec = read_run_file(run_file).map_err(|found| {
        let hint = "`quorate sample out/sample` writes a run file that works";
        hint_if_missing(&found, hint)
    })?;
    console.note(&format!("reading {}", spec.tape.display()));
    let loaded = load(&spec.tape, &spec.load).map_err(|found| {
        let file = run_file.display();
        let hint = format!("`folder` under [tape] in {file} names it, from that file's own folder");
        hint_if_missing(&found, &hint)
    })?;
    Ok((spec, loaded))
}

/// Threads to run on.
pub(super) fn pool(threads: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    let threads = threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| Failure::internal(format!("no threads to run on: {error}")))
}

/// The engine's build: a hash of this very program, so that no result of another one is taken for its own.
fn build() -> Result<String, Failure> {
    let program = std::env::current_exe().and_then(std::fs::read);
    let program = program.map_err(|error| {
        Failure::internal(format!("this program cannot be read for its hash: {error}"))
    })?;
    let hash = Sha256::digest(&program);
    Ok(hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn failed(error: SweepError) -> Failure {
    let message = error.to_string();
    match error {
        SweepError::Variant { error, .. } => replay_failed(&error, &message),
        SweepError::NoUnit(_) => Failure::state("no-such-unit", EXIT_NOT_FOUND, message),
        SweepError::Missing { .. } => Failure::state_hint(
            "units-missing",
            EXIT_NOT_FOUND,
            message,
            "`quorate sweep run` runs what is missing",
        ),
        SweepError::File { .. } | SweepError::OtherUnit { .. } => {
            Diagnostic::new(ExitClass::Data, "bad-unit", message)
                .with_hint("remove the file: it is made again")
                .into()
        }
    }
}

/// Why a run cannot be replayed.
pub(super) fn replay_failed(error: &SoloError, message: &str) -> Failure {
    let (exit, code) = match error {
        SoloError::EmptyTape => (ExitClass::Data, "empty-tape"),
        SoloError::Midpoints => (ExitClass::Config, "midpoint-fills"),
        SoloError::Topic(_) => (ExitClass::Config, "unknown-topic"),
        SoloError::Scheme(_) => (ExitClass::Config, "bad-scheme"),
    };
    Diagnostic::new(exit, code, message).into()
}
