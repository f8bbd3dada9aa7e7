//! What the numbers of a collective allow to say, and what not.

use quorate_collective::contribution::BATCHES_TO_JUDGE;

use super::{counted, interval_text, is_price, mean_text};
use crate::collective::{CollectiveReport, Difference, EntrantKind};
use crate::report::format;

/// What the numbers allow to say, and what not.
pub(in crate::report) fn reading(report: &CollectiveReport) -> Vec<String> {
    let mut sentences = Vec::new();
    let ours = report.ours();
    if let Some(against) = ours.and_then(|line| line.loss_against_market.as_ref()) {
        sentences.push(against_text(report, "the market", against));
    }
    let others = report.league.iter().filter(|line| {
        line.kind == EntrantKind::Scheme && ["plain mean", "median"].contains(&line.name.as_str())
    });
    for line in others.chain(report.best_worker()) {
        let Some(theirs) = &line.loss_against_ours else {
            continue;
        };
        let name = match line.is_best_in_hindsight {
            true => format!(
                "{}, the best single worker, which only hindsight knows",
                line.name
            ),
            false => format!("the {}", line.name),
        };
        sentences.push(against_text(report, &name, &turned(theirs)));
    }
    if report.blocks < crate::metrics::bootstrap::BLOCKS_MIN {
        sentences.push(format!(
            "Only {} of resolution: intervals with ~ draw events and are too narrow, because events of one date share \
             its surprises. Nothing here is proven.",
            counted(report.blocks, "date", "dates")
        ));
    }
    if report.batches < BATCHES_TO_JUDGE as usize {
        sentences.push(format!(
            "{} resolved: too little to pay or remove a worker by ({BATCHES_TO_JUDGE} are wanted).",
            counted(report.batches, "batch", "batches"),
        ));
    }
    sentences
}

/// The difference with the sides exchanged.
fn turned(difference: &Difference) -> Difference {
    Difference {
        mean: -difference.mean,
        interval: difference.interval.map(|i| crate::metrics::Interval {
            low: -i.high,
            high: -i.low,
        }),
        ..*difference
    }
}

fn against_text(report: &CollectiveReport, other: &str, ours_less_other: &Difference) -> String {
    let price = is_price(report);
    let what = if price { "squared error" } else { "log loss" };
    let better = ours_less_other.mean < 0.0;
    let verdict = match (ours_less_other.is_claim(), better) {
        (true, true) => "Ours beats",
        (true, false) => "Ours is worse than",
        (false, true) => "Ours is ahead of, but not proven better than,",
        (false, false) => "Ours is behind, though not proven worse than,",
    };
    format!(
        "{verdict} {other}: {what} {} {} on {} rows.",
        mean_text(ours_less_other, price),
        interval_text(ours_less_other, price),
        format::count(ours_less_other.rows as u64)
    )
}
