//! `quorate import`: recordings of others into an archive, and how far they can be trusted.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};
use quorate_backtest::archive::import::{ImportOptions, Imported, import};
use quorate_backtest::archive::integrity::{Integrity, check, render};
use quorate_backtest::archive::manifest::Manifest;
use quorate_backtest::archive::{Pace, is_archive};
use quorate_backtest::input::Diagnostics;
use quorate_backtest::report::format::count;
use serde_json::json;

use super::import_args::ImportArgs;
use super::shell_word;
use crate::console::{Console, Form, ProgressStyle};
use crate::failure::Failure;

const BAR_EVERY: Duration = Duration::from_millis(80);

pub(super) fn run(args: &ImportArgs, console: &Console) -> Result<(), Failure> {
    let pace = Arc::new(Pace::default());
    let (done, result) = channel();
    let (kind, source, out) = (args.kind.into(), args.source.clone(), args.out.clone());
    let options = ImportOptions {
        markets: args.markets.clone(),
    };
    let own = Arc::clone(&pace);
    let worker = thread::spawn(move || {
        // Nobody waits any more only if the process is ending.
        let _ = done.send(import(kind, &source, &out, (&options, &own)));
    });
    let imported = watch(console, &pace, &result);
    if worker.join().is_err() {
        return Err(Failure::internal(
            "the import ended without a result".to_owned(),
        ));
    }
    let imported = imported
        .ok_or_else(|| Failure::internal("the import ended without a result".to_owned()))??;
    let integrity = match is_archive(&args.out) {
        true => Some(check(&args.out, &Manifest::read(&args.out)?)?),
        false => None,
    };
    tell(args, &imported, integrity.as_ref(), console)?;
    let mut damaged = Diagnostics::new();
    for diagnostic in imported.damaged {
        damaged.push(diagnostic);
    }
    Ok(damaged.into_result(())?)
}

fn tell(
    args: &ImportArgs,
    imported: &Imported,
    integrity: Option<&Integrity>,
    console: &Console,
) -> Result<(), Failure> {
    if console.form() == Form::Json {
        let total = integrity.map(Integrity::total);
        let score = total
            .as_ref()
            .and_then(quorate_backtest::archive::integrity::HourScore::score);
        let told = json!({
            "archive": args.out.display().to_string(),
            "imported": imported,
            "score": score,
            "total": total,
            "integrity": integrity,
        });
        return console.result(&format!("{told:#}\n"));
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} rows in {} new files, {} hours were there already, {} left out; {} markets, {} resolutions",
        count(imported.rows),
        count(imported.hours_written),
        count(imported.hours_skipped),
        count(imported.excluded.total()),
        count(imported.markets),
        count(imported.resolutions)
    );
    for (reason, found) in imported.excluded.iter() {
        let _ = writeln!(
            text,
            "  left out: {reason:<24} {:>12}  first at {}",
            count(found.count),
            found.first
        );
    }
    for diagnostic in &imported.damaged {
        let _ = writeln!(text, "  damaged: {}", diagnostic.one_line());
    }
    text.push_str(
        &integrity
            .map(|report| render(report, args.threshold))
            .unwrap_or_default(),
    );
    console.result(&text)?;
    if integrity.is_some() {
        console.next(&format!(
            "quorate export {} --format hftbacktest --out DIR, or name it as `folder` under [tape] of a run file",
            shell_word(&args.out)
        ));
    }
    Ok(())
}

/// A bar on a terminal until the result arrives; `None` if the import ended without one.
fn watch<T>(console: &Console, pace: &Pace, result: &Receiver<T>) -> Option<T> {
    if console.progress() != ProgressStyle::Bar {
        return result.recv().ok();
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    // A template that does not parse falls back to the plain bar.
    let style =
        BarStyle::with_template("importing {bar:30} {percent:>3}% {bytes} of {total_bytes} {msg}");
    bar.set_style(style.unwrap_or_else(|_| BarStyle::default_bar()));
    let ended = loop {
        match result.recv_timeout(BAR_EVERY) {
            Ok(value) => break Some(value),
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) => {
                bar.set_length(pace.total());
                bar.set_position(pace.done());
                bar.set_message(format!("{} rows", count(pace.rows())));
            }
        }
    };
    bar.finish_and_clear();
    ended
}
