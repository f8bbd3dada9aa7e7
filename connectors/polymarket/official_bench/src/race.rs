//! Two ways to the same thing, measured in turns.

use std::time::Instant;

/// Rounds of each race; odd, so that the median is one of them.
const ROUNDS: usize = 101;
/// Time that one side's part of a round takes at least, nanoseconds: shorter than what a busy system gives a thread at a
/// time, so that most parts are not interrupted.
const PART_NS: u64 = 1_000_000;
/// How many times as fast as the official client we want to be.
pub const RATIO_WANTED: f64 = 2.0;
/// The head of the table.
pub const HEADER: &str = "| what | official, µs | ours, µs | official / ours | nine tenths of the rounds |\n|---|---|---|---|---|";

/// What came of a race.
pub struct Race {
    /// What was done.
    pub name: String,
    /// Median over the rounds of the official client's time over ours.
    pub ratio: f64,
}

impl Race {
    /// Whether we are as fast as we want to be.
    pub fn is_won(&self) -> bool {
        self.ratio >= RATIO_WANTED
    }
}

/// Runs both sides in turns and prints a line. Each side does the thing as many times as it is told.
pub fn race(name: &str, mut official: impl FnMut(u64), mut ours: impl FnMut(u64)) -> Race {
    let (official_times, own_times) = (times(&mut official), times(&mut ours));
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        // Who goes first alternates: neither always finds the caches as the other left them.
        let (theirs, own);
        if round % 2 == 0 {
            theirs = each_ns(&mut official, official_times);
            own = each_ns(&mut ours, own_times);
        } else {
            own = each_ns(&mut ours, own_times);
            theirs = each_ns(&mut official, official_times);
        }
        rounds.push((theirs, own, theirs / own));
    }
    let median = |of: fn(&(f64, f64, f64)) -> f64| {
        let mut all: Vec<f64> = rounds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        (
            all[ROUNDS / 20],
            all[ROUNDS / 2],
            all[ROUNDS - 1 - ROUNDS / 20],
        )
    };
    let (_, theirs, _) = median(|round| round.0);
    let (_, own, _) = median(|round| round.1);
    let (low, ratio, high) = median(|round| round.2);
    println!(
        "| {name} | {:.2} | {:.2} | **{ratio:.2}** | {low:.2} - {high:.2} |",
        theirs / 1e3,
        own / 1e3
    );
    Race {
        name: name.to_owned(),
        ratio,
    }
}

/// How many times a side has to do it for a part of a round.
fn times(side: &mut impl FnMut(u64)) -> u64 {
    let mut times = 1;
    loop {
        let began = Instant::now();
        side(times);
        if elapsed_ns(began) >= PART_NS {
            return times;
        }
        times *= 2;
    }
}

fn each_ns(side: &mut impl FnMut(u64), times: u64) -> f64 {
    let began = Instant::now();
    side(times);
    (elapsed_ns(began)) as f64 / times as f64
}

fn elapsed_ns(began: Instant) -> u64 {
    began.elapsed().as_nanos() as u64
}
