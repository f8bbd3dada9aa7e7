//! `quorate compare`: two reports side by side, and what was set differently.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use quorate_backtest::report::RunReport;
use quorate_backtest::report::format::{count, fixed, money_signed, or_dash, percent};
use quorate_backtest::report::model::VariantReport;
use serde::Serialize;
use toml::{Table, Value};

use super::report::read;
use super::sweep_args::CompareArgs;
use crate::console::{Console, Form};
use crate::failure::Failure;

/// One number of a variant in both reports.
#[derive(Serialize)]
struct Line {
    variant: String,
    what: &'static str,
    first: Option<f64>,
    second: Option<f64>,
    #[serde(skip)]
    shown: [String; 3],
}

/// Why two results differ: what was not the same before either ran.
#[derive(Serialize)]
struct Cause {
    what: String,
    first: String,
    second: String,
}

pub(super) fn run(args: &CompareArgs, console: &Console) -> Result<(), Failure> {
    let (first, second) = (opened(&args.first)?, opened(&args.second)?);
    let (lines, causes) = (lines(&first, &second), causes(&first, &second));
    let same = first.run.result_hash == second.run.result_hash;
    console.result(&match console.form() {
        Form::Text => text(args, &lines, &causes, same),
        Form::Json => {
            let value = serde_json::json!({ "same": same, "causes": causes, "numbers": lines });
            format!("{value:#}\n")
        }
    })
}

fn opened(path: &Path) -> Result<RunReport, Failure> {
    if path.is_dir() {
        read(&path.join("report.json"))
    } else {
        read(path)
    }
}

fn lines(first: &RunReport, second: &RunReport) -> Vec<Line> {
    let of = |report: &RunReport, name: &str| -> Option<VariantReport> {
        report
            .variants
            .iter()
            .find(|variant| variant.name == name)
            .cloned()
    };
    let mut names: Vec<&str> = Vec::new();
    for variant in first.variants.iter().chain(&second.variants) {
        if !names.contains(&variant.name.as_str()) {
            names.push(&variant.name);
        }
    }
    let mut lines = Vec::new();
    for name in names {
        let (a, b) = (of(first, name), of(second, name));
        for (what, value, show) in measures() {
            let (a, b) = (a.as_ref().and_then(value), b.as_ref().and_then(value));
            let difference = a.zip(b).map(|(a, b)| b - a);
            let shown = [a, b, difference].map(|number| or_dash(number, show));
            lines.push(Line {
                variant: name.to_owned(),
                what,
                first: a,
                second: b,
                shown,
            });
        }
    }
    let brier = |report: &RunReport, name: &str| {
        let scores = report.forecasts.iter().find(|score| score.name == name);
        scores
            .and_then(|score| score.own.as_ref())
            .map(|own| own.brier)
    };
    for score in &first.forecasts {
        let (a, b) = (brier(first, &score.name), brier(second, &score.name));
        let difference = a.zip(b).map(|(a, b)| b - a);
        lines.push(Line {
            variant: score.name.clone(),
            what: "Brier score",
            first: a,
            second: b,
            shown: [a, b, difference].map(|number| or_dash(number, |n| fixed(n, 4))),
        });
    }
    lines
}

type Measure = (
    &'static str,
    fn(&VariantReport) -> Option<f64>,
    fn(f64) -> String,
);

fn measures() -> [Measure; 6] {
    fn dollars(value: f64) -> String {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates; shown, never paid"
        )]
        let micros = (value * 1e6).round() as i64;
        money_signed(quorate_domain::Cash::from_micros(micros))
    }
    fn whole(value: f64) -> String {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count, or the size of a difference of two"
        )]
        let size = value.abs() as u64;
        format!("{}{}", if value < 0.0 { "-" } else { "" }, count(size))
    }
    [
        ("P&L", |v| Some(v.pnl.to_f64()), dollars),
        ("fees", |v| Some(v.fees.to_f64()), dollars),
        (
            "max drawdown",
            |v| v.drawdown_max.map(|fall| fall.ratio),
            |r| percent(r, 2),
        ),
        ("trades", |v| Some(v.fills as f64), whole),
        ("markets", |v| Some(v.markets_traded as f64), whole),
        ("Sharpe", |v| v.sharpe_daily, |s| fixed(s, 2)),
    ]
}

fn causes(first: &RunReport, second: &RunReport) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut note = |what: &str, a: String, b: String| {
        if a != b {
            causes.push(Cause {
                what: what.into(),
                first: a,
                second: b,
            });
        }
    };
    let (a, b) = (&first.run, &second.run);
    note("tape", a.tape_hash.clone(), b.tape_hash.clone());
    note("engine", a.engine_version.clone(), b.engine_version.clone());
    note("seed", a.seed.to_string(), b.seed.to_string());
    let (first, second) = (keys(&a.config), keys(&b.config));
    let all: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    for key in all
        .into_iter()
        .filter(|key| *key != "seed" && *key != "name")
    {
        let value = |keys: &BTreeMap<String, String>| {
            keys.get(key).cloned().unwrap_or_else(|| "(default)".into())
        };
        note(key, value(&first), value(&second));
    }
    causes
}

/// Every key of a configuration with its value; the text itself where it is no TOML.
fn keys(config: &str) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    match config.parse::<Table>() {
        Ok(table) => flatten("", &Value::Table(table), &mut keys),
        Err(_) => {
            keys.insert("configuration".into(), config.into());
        }
    }
    keys
}

fn flatten(path: &str, value: &Value, keys: &mut BTreeMap<String, String>) {
    let join = |part: &str| match path {
        "" => part.to_owned(),
        path => format!("{path}.{part}"),
    };
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                flatten(&join(key), value, keys);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_table) => {
            for (place, item) in items.iter().enumerate() {
                flatten(&join(&place.to_string()), item, keys);
            }
        }
        value => {
            keys.insert(path.to_owned(), value.to_string());
        }
    }
}

fn text(args: &CompareArgs, lines: &[Line], causes: &[Cause], same: bool) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "A  {}\nB  {}\n",
        args.first.display(),
        args.second.display()
    );
    if same {
        out.push_str("Both did exactly the same: their result hashes are equal.\n");
    }
    if causes.is_empty() {
        out.push_str("Nothing was set differently.\n");
    }
    for cause in causes {
        let _ = writeln!(out, "{}: {} -> {}", cause.what, cause.first, cause.second);
    }
    let _ = writeln!(
        out,
        "\n{:20}  {:12}  {:>14}  {:>14}  {:>14}",
        "", "", "A", "B", "B - A"
    );
    let mut last = "";
    for line in lines {
        let name = if last == line.variant {
            ""
        } else {
            &line.variant
        };
        last = &line.variant;
        let [a, b, difference] = &line.shown;
        let _ = writeln!(
            out,
            "{name:20}  {:12}  {a:>14}  {b:>14}  {difference:>14}",
            line.what
        );
    }
    out
}
