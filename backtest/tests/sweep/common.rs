//! A brief sample world on disk with a run file and a sweep file beside it.

use std::path::{Path, PathBuf};

use quorate_backtest::replay::{RunSpec, read_run_file};
use quorate_backtest::sample::{WorldSpec, generate, write};
use quorate_backtest::sweep::{Plan, SweepSpec, plan, read_sweep_file};
use quorate_backtest::tape::{LoadOptions, LoadedTape, load};
use tempfile::TempDir;

pub(crate) const RUN: &str = r#"
run_version = 1
name = "sweep test"
[tape]
folder = "tape"
origin = "synthetic"
[account]
bankroll = "$10000"
[[strategy]]
kind = "election"
topics = ["president", "governors"]
[[strategy]]
kind = "price_direction"
[collective]
scheme = "logit_mean"
inference_age_max = "1d"
book_age_max = "6h"
[topic.coin-5m]
scheme = "boa_plus"
inference_age_max = "90s"
book_age_max = "15s"
[sizing]
scenarios = 200
[report]
baselines = "shared"
forecasts_per_market = 5
"#;

pub(crate) const SWEEP: &str = r#"
sweep_version = 1
name = "edges"
run = "run.toml"
[[axis]]
key = "strategy.0.edge_min"
values = ["1c", "4c"]
[[axis]]
key = "sizing.risk_aversion"
values = [2, 6]
[walk_forward]
folds = 2
holdout = 0.25
[overfitting]
blocks = 4
[units]
variants_max = 2
"#;

/// A folder with everything a sweep needs.
pub(crate) struct Bench {
    folder: TempDir,
    pub(crate) loaded: LoadedTape,
}

impl Bench {
    pub(crate) fn new(seed: u64, sweep: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tape = folder.path().join("tape");
        write(&generate(&WorldSpec::brief(seed)), &tape).unwrap();
        std::fs::write(folder.path().join("run.toml"), RUN).unwrap();
        std::fs::write(folder.path().join("sweep.toml"), sweep).unwrap();
        let loaded = load(&tape, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
        Self { folder, loaded }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self) -> RunSpec {
        read_run_file(&self.path("run.toml")).unwrap_or_else(|errors| panic!("{errors}"))
    }

    pub(crate) fn spec(&self) -> SweepSpec {
        read_sweep_file(&self.path("sweep.toml")).unwrap_or_else(|errors| panic!("{errors}"))
    }

    pub(crate) fn plan(&self, build: &str) -> Plan {
        plan(&self.spec(), &self.loaded, build).unwrap_or_else(|errors| panic!("{errors}"))
    }
}

pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
