//! What the look-ahead finder found, as values and as text.

use std::fmt::Write;

use quorate_domain::{Cash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::input::format_rfc3339;
use crate::metrics::instant;
use crate::report::format::{fixed, money_signed};

/// A leak of the future into the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    /// What was found, a fixed word: `decision-changed`, `inference-changed`, `early-inference`, `knows-outcome`.
    pub code: String,
    /// In one sentence.
    pub message: String,
    /// Where the first difference is; `None` where the leak has no one place.
    #[serde(with = "instant::optional")]
    pub at: Option<Timestamp>,
    /// What stood there with the future as it was recorded.
    pub was: Option<String>,
    /// What stood there with another future.
    pub is: Option<String>,
}

/// A future that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The moment after which everything was different.
    #[serde(with = "instant")]
    pub moment: Timestamp,
    /// What was different.
    pub future: String,
    /// Steps with commands or decisions before the moment that were compared.
    pub compared: usize,
    /// Whether they were the same.
    pub same: bool,
}

/// How profit depends on what it must depend on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dependence {
    /// Profit and loss of the run, micro-dollars.
    pub pnl: Cash,
    /// With every inference published this much later, nanoseconds.
    pub delay_nanos: u64,
    /// Profit and loss then, micro-dollars.
    pub pnl_delayed: Cash,
    /// Number of times that outcomes were handed around among the markets; 0 with fewer than two outcomes.
    pub shuffles: usize,
    /// Least profit and loss of these, micro-dollars.
    pub pnl_shuffled_least: Cash,
    /// Greatest profit and loss of these, micro-dollars.
    pub pnl_shuffled_greatest: Cash,
}

/// Everything found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LintReport {
    /// Name of the run.
    pub run: String,
    /// Leaks; none is what is hoped for.
    pub leaks: Vec<Leak>,
    /// Every future that was tried.
    pub trials: Vec<Trial>,
    /// How profit depends on freshness and on outcomes. Not a leak by itself: a reader's hint.
    pub dependence: Dependence,
    /// Smallest mean distance between a worker's forecast and the outcome, beside the market's on the same rows.
    pub sharpest: Option<Sharpest>,
}

/// The worker whose forecasts lie nearest to the outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sharpest {
    /// Its name.
    pub worker: String,
    /// Markets it forecast that were resolved.
    pub markets: usize,
    /// Mean distance to the outcome, 0 to 1.
    pub distance: f64,
    /// The market's mean distance on the same rows.
    pub distance_market: f64,
}

impl LintReport {
    /// The report as text for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let tried = self.trials.len();
        let compared: usize = self.trials.iter().map(|trial| trial.compared).sum();
        let _ = writeln!(
            out,
            "{}: {tried} other futures, {compared} steps compared, {} leaks\n",
            self.run,
            self.leaks.len()
        );
        for leak in &self.leaks {
            let _ = writeln!(out, "{}: {}", leak.code, leak.message);
            if let Some(at) = leak.at {
                let _ = writeln!(out, "  first difference at {}", format_rfc3339(at.nanos()));
            }
            for (word, text) in [("was", &leak.was), ("is ", &leak.is)] {
                if let Some(text) = text {
                    let _ = writeln!(out, "  {word}  {text}");
                }
            }
        }
        if self.leaks.is_empty() {
            out.push_str("No decision changed with the future.\n");
        }
        self.depends(&mut out);
        out
    }

    fn depends(&self, out: &mut String) {
        let it = self.dependence;
        let _ = writeln!(
            out,
            "\nP&L as recorded                  {:>12}",
            money_signed(it.pnl)
        );
        let _ = writeln!(
            out,
            "P&L, inferences {:>5} s later     {:>12}",
            it.delay_nanos / 1_000_000_000,
            money_signed(it.pnl_delayed)
        );
        if it.shuffles != 0 {
            let _ = writeln!(
                out,
                "P&L, outcomes handed around       {:>12} to {} in {} runs",
                money_signed(it.pnl_shuffled_least),
                money_signed(it.pnl_shuffled_greatest),
                it.shuffles
            );
        }
        if let Some(it) = &self.sharpest {
            let _ = writeln!(
                out,
                "Nearest to the outcomes: {}, {} away on average over {} markets (the market {})",
                it.worker,
                fixed(it.distance, 3),
                it.markets,
                fixed(it.distance_market, 3)
            );
        }
    }
}
