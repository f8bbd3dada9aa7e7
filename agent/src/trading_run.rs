//! A run from its file to its report: read, load, replay. Backtest and paper differ in nothing but the name.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use quorate_backtest::input::{Diagnostic, ExitClass, closest};
use quorate_backtest::replay::{Progress, RunError, RunSpec, UnknownTopic, read_run_file, run};
use quorate_backtest::report::RunReport;
use quorate_backtest::report::model::RunMode;
use quorate_backtest::tape::{LoadedTape, load};

use crate::commands::default_folder;
use crate::console::Console;
use crate::failure::{Failure, hint_if_missing};
use crate::out_folder::check_writable;
use crate::progress::watch;
use crate::runtime::setup::Setup;

/// What is to be run.
pub(crate) struct TradingRun<'a> {
    /// The run file.
    pub(crate) run_file: &'a Path,
    /// Seed in place of the run file's.
    pub(crate) seed: Option<u64>,
    /// Threads; one per core if not given.
    pub(crate) threads: Option<u16>,
    /// Folder for the report; `out/` and the run's name if not given.
    pub(crate) out: Option<PathBuf>,
    /// What the report calls it.
    pub(crate) mode: RunMode,
    /// The command line that gives the same result.
    pub(crate) reproduce: String,
}

/// What a run came to, and where it is to be written.
pub(crate) struct RunResult {
    pub(crate) report: RunReport,
    pub(crate) folder: PathBuf,
}

/// A run that was read and checked.
pub(crate) struct Checked {
    /// What the run file says.
    pub(crate) spec: RunSpec,
    /// Its tape.
    pub(crate) loaded: LoadedTape,
    /// Where the report is to be written.
    pub(crate) folder: PathBuf,
}

impl TradingRun<'_> {
    /// Reads everything, checks everything, replays. Writes nothing.
    ///
    /// # Errors
    /// Everything that is wrong with the run file, with its tape, or a folder that cannot take the report.
    pub(crate) fn result(self, console: &Console) -> Result<RunResult, Failure> {
        let checked = self.checked(console)?;
        self.replay(&checked, console)
    }

    /// Reads and checks everything.
    ///
    /// # Errors
    /// As [`TradingRun::result`].
    pub(crate) fn checked(&self, console: &Console) -> Result<Checked, Failure> {
        let spec = self.spec()?;
        let folder = self.out.clone();
        let folder = folder.unwrap_or_else(|| default_folder(&spec.name));
        check_writable(&folder)?;
        console.note(&format!("reading {}", spec.tape.display()));
        let loaded = self.tape(&spec)?;
        let counted = [
            ("markets", loaded.tape.markets.len()),
            ("workers", loaded.tape.workers.len()),
        ];
        let counted = counted
            .map(|(what, count)| format!("{count} {what}"))
            .join(", ");
        console.note(&format!("{} records, {counted}", loaded.tape.records.len()));
        tracing::info!(tape = %spec.tape.display(), hash = %loaded.hash, records = loaded.tape.records.len(), "tape loaded");
        Ok(Checked {
            spec,
            loaded,
            folder,
        })
    }

    /// Replays what was checked: the product and its baselines.
    ///
    /// # Errors
    /// What only the tape can tell is wrong with the run file.
    pub(crate) fn replay(
        &self,
        checked: &Checked,
        console: &Console,
    ) -> Result<RunResult, Failure> {
        let mut report = self.replayed(&checked.spec, &checked.loaded, console)?;
        tracing::info!(result = %report.run.result_hash, "replayed");
        report.run.reproduce.clone_from(&self.reproduce);
        Ok(RunResult {
            report,
            folder: checked.folder.clone(),
        })
    }

    /// What an instance on this tape decides with.
    ///
    /// # Errors
    /// A topic that the tape does not have.
    pub(crate) fn setup(&self, checked: &Checked) -> Result<Setup, Failure> {
        let Checked { spec, loaded, .. } = checked;
        let tape = &loaded.tape;
        let numbered = spec.strategies_numbered(tape);
        let config = numbered.and_then(|strategies| Ok((strategies, spec.engine_config(tape)?)));
        let (strategies, engine) =
            config.map_err(|unknown| self.unknown_topic(spec, loaded, &unknown))?;
        Ok(Setup {
            engine,
            strategies,
            venue: spec.venue,
            bankroll: spec.bankroll,
            source: format!("tape {}", loaded.hash),
        })
    }

    fn spec(&self) -> Result<RunSpec, Failure> {
        let read = read_run_file(self.run_file);
        let mut spec = read.map_err(|found| {
            hint_if_missing(
                &found,
                "`quorate sample out/sample` writes a run file that works",
            )
        })?;
        if let Some(seed) = self.seed {
            spec.seed = seed;
            spec.engine.seed = seed;
        }
        Ok(spec)
    }

    fn tape(&self, spec: &RunSpec) -> Result<LoadedTape, Failure> {
        load(&spec.tape, &spec.load).map_err(|found| {
            let file = self.run_file.display();
            let hint = format!(
                "`folder` under [tape] in {file} names it, starting from that file's own folder"
            );
            hint_if_missing(&found, &hint).into()
        })
    }

    fn replayed(
        &self,
        spec: &RunSpec,
        loaded: &LoadedTape,
        console: &Console,
    ) -> Result<RunReport, Failure> {
        let threads = self.threads.map_or(0, usize::from);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool =
            pool.map_err(|error| Failure::internal(format!("no threads to run on: {error}")))?;
        let progress = Progress::default();
        let (sender, receiver) = mpsc::channel();
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                let result = pool.install(|| run(spec, loaded, self.mode, &progress));
                // The receiver outlives this thread.
                let _ = sender.send(result);
            });
            watch(console, &progress, &receiver)
        });
        let result = result.ok_or_else(|| Failure::internal("the run ended without a result"))?;
        result.map_err(|error| self.explained(spec, loaded, &error))
    }

    fn explained(&self, spec: &RunSpec, loaded: &LoadedTape, error: &RunError) -> Failure {
        let diagnostic = |exit, code| Diagnostic::new(exit, code, error.to_string());
        match error {
            RunError::EmptyTape => diagnostic(ExitClass::Data, "empty-tape")
                .in_file(spec.tape.display().to_string())
                .with_hint("a tape needs at least one quote or order book")
                .into(),
            RunError::Midpoints => diagnostic(ExitClass::Config, "midpoint-fills")
                .in_file(self.run_file.display().to_string())
                .with_hint("set `fills = \"next_observation\"` in [venue]")
                .into(),
            RunError::Topic(unknown) => self.unknown_topic(spec, loaded, unknown).into(),
            RunError::Scheme(_) => diagnostic(ExitClass::Config, "bad-scheme")
                .in_file(self.run_file.display().to_string())
                .into(),
        }
    }

    /// Points at the first place that names the topic; only the tape says which topics there are.
    fn unknown_topic(
        &self,
        spec: &RunSpec,
        loaded: &LoadedTape,
        unknown: &UnknownTopic,
    ) -> Diagnostic {
        let diagnostic = Diagnostic::new(ExitClass::Config, "unknown-topic", unknown.to_string());
        let file = self.run_file.display().to_string();
        let diagnostic = match spec.topic_places.get(&unknown.name) {
            Some(place) => diagnostic.at(file, place.line, place.column),
            None => diagnostic.in_file(file),
        };
        match closest(
            &unknown.name,
            loaded.tape.topics.iter().map(|topic| topic.name.as_str()),
        ) {
            Some(near) => diagnostic.with_hint(format!("did you mean `{near}`?")),
            None => diagnostic,
        }
    }
}
