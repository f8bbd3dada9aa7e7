//! The sweep file: TOML in, [`SweepSpec`] out, every mistake at its line and column.

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::{Table, Value};

use super::axis::{Axis, Range, Scale, Values};
use super::draw::{Method, PRIMES, grid_size};
use super::objective::Objective;
use crate::input::{Diagnostic, Diagnostics, ExitClass, Section, SourceText, TomlDocument};

/// Version of the sweep file's keys.
pub const SWEEP_FILE_VERSION: u64 = 1;
/// Most variants of one sweep.
pub const VARIANTS_MAX: usize = 100_000;
/// Most variants of one unit of work.
pub const BATCH_MAX: u64 = 64;

/// Keys of a run file that all variants of a sweep share: they name the tape, the account and the run itself.
const SHARED: [&str; 5] = ["tape", "name", "run_version", "report", "seed"];

/// Everything a sweep file says.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepSpec {
    /// Name of the sweep.
    pub name: String,
    /// The run file that is varied.
    pub run_path: PathBuf,
    /// The run file as TOML.
    pub run: Table,
    /// How variants are chosen.
    pub method: Method,
    /// Points drawn by [`Method::Random`] and [`Method::Halton`].
    pub count: usize,
    /// Seed of that choice.
    pub seed: u64,
    /// What is to be large.
    pub objective: Objective,
    /// What is varied.
    pub axes: Vec<Axis>,
    /// Windows of the walk forward, after the first stretch that is only learned from.
    pub folds: u32,
    /// Time before a window whose results are not learned from.
    pub embargo: Duration,
    /// Share of the tape's time at its end that only the chosen variant sees, once; 0 for none.
    pub holdout: f64,
    /// Blocks of days for the probability of backtest overfitting; even.
    pub blocks: u32,
    /// Variants of one unit of work.
    pub batch: usize,
}

/// Reads a sweep file and the run file it names. Relative paths start from the sweep file's own folder.
///
/// # Errors
/// A file cannot be read, or everything that is wrong with the sweep file.
pub fn read_sweep_file(path: &Path) -> Result<SweepSpec, Diagnostics> {
    let source = SourceText::read(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    parse_sweep_file(&path.display().to_string(), source.text(), folder)
}

/// Reads a sweep file's text; `name` is what diagnostics call it, `folder` where relative paths start.
///
/// # Errors
/// The run file cannot be read, or everything that is wrong with the text.
pub fn parse_sweep_file(name: &str, text: &str, folder: &Path) -> Result<SweepSpec, Diagnostics> {
    let document = TomlDocument::parse(name, text);
    // Values of an axis may be of any type, which the sections above do not read; syntax errors are reported there.
    let raw: Table = text.parse().unwrap_or_default();
    let spec = sweep_spec(&document.root(), &raw, folder);
    let mut spec = document.finish(spec)?;
    spec.run = read_run(&spec.run_path)?;
    Ok(spec)
}

fn read_run(path: &Path) -> Result<Table, Diagnostics> {
    let source = SourceText::read(path)?;
    // The reader of run files reports mistakes better; it goes first.
    crate::replay::read_run_file(path)?;
    source.text().parse().map_err(|error: toml::de::Error| {
        let found = Diagnostic::new(ExitClass::Config, "not-toml", error.to_string());
        found.in_file(path.display().to_string()).into()
    })
}

fn sweep_spec(root: &Section<'_>, raw: &Table, folder: &Path) -> Option<SweepSpec> {
    let version = root.u64("sweep_version").ensure(
        |v| *v == SWEEP_FILE_VERSION,
        "is not a version this program reads: it reads 1",
    );
    let version = version.required();
    let name = root.string("name").required();
    let run = root.string("run").required();
    let seed = root.u64("seed").or(1);
    let methods = [
        ("grid", Method::Grid),
        ("random", Method::Random),
        ("halton", Method::Halton),
    ];
    let method = root.choice("method", &methods).or(Method::Grid);
    let count = root.u64("variants").within(1, VARIANTS_MAX as u64).or(32);
    let objectives = [
        ("pnl", Objective::Pnl),
        ("market_sharpe", Objective::MarketSharpe),
    ];
    let objective = root
        .choice("objective", &objectives)
        .or(Objective::MarketSharpe);
    let axes = axes(root, raw);
    let walk = root.section("walk_forward");
    let folds = walk.u64("folds").within(1, 100).or(4);
    let embargo = walk.duration("embargo").or(0);
    let holdout = walk.ratio("holdout").within(0.0, 0.9).or(0.2);
    let overfitting = root.section("overfitting");
    let blocks = overfitting.u64("blocks").within(2, 16);
    let blocks = blocks.ensure(|b| b % 2 == 0, "must be even").or(8);
    let units = root.section("units");
    let batch = units.u64("variants_max").within(1, BATCH_MAX).or(16);
    refuse_market_shards(&units);
    version?;
    let axes = axes?;
    if method == Method::Grid && VARIANTS_MAX < grid_size(&axes) {
        let message = format!("the grid has more than {VARIANTS_MAX} points");
        root.report_with_hint("axis", "grid-too-large", message, "use method = \"halton\"");
        return None;
    }
    Some(SweepSpec {
        name: name?,
        run_path: folder.join(run?),
        run: Table::new(),
        method,
        count: usize::try_from(count).unwrap_or(VARIANTS_MAX),
        seed,
        objective,
        axes,
        folds: u32::try_from(folds).unwrap_or(4),
        embargo: Duration::from_nanos(embargo),
        holdout,
        blocks: u32::try_from(blocks).unwrap_or(8),
        batch: usize::try_from(batch).unwrap_or(16),
    })
}

/// Markets share the run's one bankroll: what one of them loses the next cannot stake.
fn refuse_market_shards(units: &Section<'_>) {
    let shards = units.choice("shard_by", &[("variant", true), ("market", false)]);
    if shards.optional() == Some(false) {
        units.report_with_hint(
            "shard_by",
            "shared-bankroll",
            "units cannot be split by market: all markets of a run share one bankroll",
            "leave `shard_by` out: units are batches of variants",
        );
    }
}

fn axes(root: &Section<'_>, raw: &Table) -> Option<Vec<Axis>> {
    let sections = root.sections("axis");
    if sections.is_empty() || PRIMES.len() < sections.len() {
        let message = format!("a sweep has 1 to {} axes", PRIMES.len());
        let hint = "add [[axis]] with key = \"sizing.risk_aversion\" and values = [2, 4, 8]";
        root.report_with_hint("axis", "number-of-axes", message, hint);
        return None;
    }
    let listed =
        |place: usize| -> Option<&Value> { raw.get("axis")?.as_array()?.get(place)?.get("values") };
    let axes: Vec<Option<Axis>> = sections
        .iter()
        .enumerate()
        .map(|(place, section)| axis(section, listed(place)))
        .collect();
    axes.into_iter().collect()
}

fn axis(section: &Section<'_>, listed: Option<&Value>) -> Option<Axis> {
    let key = section.string("key").ensure(
        |key| {
            SHARED
                .iter()
                .all(|shared| key.split('.').next() != Some(*shared))
        },
        "is shared by all variants: they replay one tape",
    );
    let key = key.required();
    let values = if section.has("values") {
        listed_values(section, listed)
    } else {
        range(section).map(Values::Range)
    };
    Some(Axis {
        key: key?,
        values: values?,
    })
}

fn listed_values(section: &Section<'_>, listed: Option<&Value>) -> Option<Values> {
    let scalar = |value: &Value| !matches!(value, Value::Table(_));
    match listed.and_then(Value::as_array) {
        Some(values) if !values.is_empty() && values.iter().all(scalar) => {
            Some(Values::Listed(values.clone()))
        }
        _ => {
            let message = "values must be an array of at least one value";
            section.report_with_hint(
                "values",
                "wrong-type",
                message,
                "write values = [\"1c\", \"2c\"], or low and high",
            );
            None
        }
    }
}

fn range(section: &Section<'_>) -> Option<Range> {
    let low = section.number("low").required();
    let high = section.number("high").required();
    let scale = section
        .choice("scale", &[("linear", Scale::Linear), ("log", Scale::Log)])
        .or(Scale::Linear);
    let unit = section.string("unit").optional().unwrap_or_default();
    let decimals = section.u64("decimals").within(0, 9).or(3);
    let steps = section.u64("steps").within(2, 1_000).or(5);
    let (low, high) = (low?, high?);
    if high <= low {
        section.report("high", "empty-range", "high must be above low");
        return None;
    }
    if scale == Scale::Log && low <= 0.0 {
        section.report("low", "out-of-range", "a logarithmic scale starts above 0");
        return None;
    }
    Some(Range {
        low,
        high,
        scale,
        unit,
        decimals: u32::try_from(decimals).unwrap_or(3),
        steps: u32::try_from(steps).unwrap_or(5),
    })
}
