//! How far a run has come: a bar on a terminal, a line a second at most elsewhere.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};
use quorate_backtest::replay::Progress;

use crate::console::{Console, ProgressStyle};

const BAR_EVERY: Duration = Duration::from_millis(80);
const LINE_EVERY: Duration = Duration::from_secs(1);

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
    let ended = every(BAR_EVERY, result, || {
        bar.set_length(progress.total());
        bar.set_position(progress.done());
    });
    bar.finish_and_clear();
    ended
}

fn with_lines<T>(console: &Console, progress: &Progress, result: &Receiver<T>) -> Option<T> {
    let started = Instant::now();
    every(LINE_EVERY, result, || {
        let (done, total) = (progress.done(), progress.total());
        let percent = done * 100 / total.max(1);
        let seconds = started.elapsed().as_secs();
        console.note(&format!(
            "replaying: {percent}% ({done} of {total} records) after {seconds} s"
        ));
    })
}

/// Calls `show` again and again until the result arrives.
fn every<T>(pause: Duration, result: &Receiver<T>, mut show: impl FnMut()) -> Option<T> {
    loop {
        match result.recv_timeout(pause) {
            Ok(value) => return Some(value),
            Err(RecvTimeoutError::Timeout) => show(),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}
