//! How far a run has come: a bar on a terminal, lines that become rarer elsewhere.

use std::iter::repeat;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};
use quorate_backtest::replay::Progress;

use crate::console::{Console, ProgressStyle};

const BAR_EVERY: Duration = Duration::from_millis(80);
/// Seconds between the first lines, and between all later ones: a log of a long run stays short.
const FIRST_LINES_SECS: [u64; 4] = [1, 1, 2, 4];
const LATER_LINES_SECS: u64 = 10;

/// Shows the progress of a run until its result arrives; `None` if it ended without one.
pub(crate) fn watch<T>(console: &Console, progress: &Progress, result: &Receiver<T>) -> Option<T> {
    match console.progress() {
        ProgressStyle::Hidden => result.recv().ok(),
        ProgressStyle::Bar => with_bar(progress, result),
        ProgressStyle::Lines => with_lines(console, progress, result),
    }
}

fn with_bar<T>(progress: &Progress, result: &Receiver<T>) -> Option<T> {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    // A template that does not parse falls back to the plain bar.
    let style = BarStyle::with_template(
        "replaying {bar:30} {percent:>3}% {human_pos} of {human_len} records, {eta} left",
    );
    bar.set_style(style.unwrap_or_else(|_| BarStyle::default_bar()));
    let ended = every(repeat(BAR_EVERY), result, || {
        bar.set_length(progress.total());
        bar.set_position(progress.done());
    });
    bar.finish_and_clear();
    ended
}

fn with_lines<T>(console: &Console, progress: &Progress, result: &Receiver<T>) -> Option<T> {
    let started = Instant::now();
    let seconds = FIRST_LINES_SECS.into_iter().chain(repeat(LATER_LINES_SECS));
    every(seconds.map(Duration::from_secs), result, || {
        let (done, total) = (progress.done(), progress.total());
        let percent = done * 100 / total.max(1);
        let seconds = started.elapsed().as_secs();
        console.note(&format!(
            "replaying: {percent}% ({done} of {total} records) after {seconds} s"
        ));
    })
}

/// Calls `show` after each of the pauses until the result arrives.
fn every<T>(
    pauses: impl Iterator<Item = Duration>,
    result: &Receiver<T>,
    mut show: impl FnMut(),
) -> Option<T> {
    for pause in pauses {
        match result.recv_timeout(pause) {
            Ok(value) => return Some(value),
            Err(RecvTimeoutError::Timeout) => show(),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    result.recv().ok()
}
