//! What the numbers say and, above all, what they do not: plain sentences derived from the report alone.

use std::collections::BTreeSet;

use quorate_domain::{HaltReason, Timestamp};

use super::format;
use super::model::{DataOrigin, ForecasterKind, RowScore, RunReport, VariantKind, VariantReport};
use super::tally::halt_words;

/// Fewer resolution dates than this are called few.
const DATES_FEW: u64 = 20;

/// The honest reading of a report, most important first.
#[must_use]
pub fn reading(report: &RunReport) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(origin(report));
    lines.extend(money(report));
    lines.extend(halts(report));
    lines.extend(forecasts(report));
    lines.extend(dates(report));
    lines.extend(open_positions(report));
    lines
}

fn origin(report: &RunReport) -> Vec<String> {
    if report.run.data != DataOrigin::Synthetic {
        return Vec::new();
    }
    vec![
        "The market data are synthetic: this run proves plumbing, not profit.".to_owned(),
        "One seed is one draw of the sample world: try others with --seed.".to_owned(),
    ]
}

fn money(report: &RunReport) -> Vec<String> {
    let Some(main) = report.main_variant() else {
        return vec!["No variant was run, so there is no P&L.".to_owned()];
    };
    if main.fills == 0 {
        return vec![format!(
            "The {} variant never traded: its P&L is zero.",
            main.name
        )];
    }
    let baselines = [VariantKind::MarketOnly, VariantKind::PlainMean];
    let mut lines: Vec<String> = baselines
        .iter()
        .filter(|kind| **kind != main.kind)
        .map(|kind| against(main, report.variant_of(*kind), kind_words(*kind)))
        .collect();
    lines.extend(costs(main));
    lines
}

fn against(main: &VariantReport, other: Option<&VariantReport>, words: &str) -> String {
    let Some(other) = other else {
        return format!("Trading on {words} alone was not run: the P&L has no such baseline.");
    };
    let (ours, theirs) = (
        format::money_signed(main.pnl),
        format::money_signed(other.pnl),
    );
    let verb = match main.pnl.cmp(&other.pnl) {
        std::cmp::Ordering::Greater => "made more than",
        std::cmp::Ordering::Less => "made less than",
        std::cmp::Ordering::Equal => "made the same as",
    };
    format!(
        "Trading on the {} {verb} trading on {words} alone: {ours} against {theirs}.",
        main.name
    )
}

/// How a baseline is called in a sentence.
const fn kind_words(kind: VariantKind) -> &'static str {
    match kind {
        VariantKind::Collective => "the collective",
        VariantKind::PlainMean => "the plain mean of the workers",
        VariantKind::Median => "the median of the workers",
        VariantKind::Worker => "one worker",
        VariantKind::MarketOnly => "the market price",
    }
}

fn costs(main: &VariantReport) -> Option<String> {
    let gross = main.pnl + main.fees;
    let eats_most = main.pnl <= quorate_domain::Cash::ZERO && gross > quorate_domain::Cash::ZERO;
    eats_most.then(|| {
        let (gross, fees) = (format::money(gross), format::money(main.fees));
        format!(
            "Before fees the {} made {gross}; fees of {fees} turned that into a loss.",
            main.name
        )
    })
}

fn halts(report: &RunReport) -> Vec<String> {
    report.variants.iter().flat_map(variant_halts).collect()
}

/// One sentence for each reason that stopped a variant, in the order in which they first did.
fn variant_halts(variant: &VariantReport) -> Vec<String> {
    let mut reasons: Vec<HaltReason> = Vec::new();
    for halt in &variant.halts {
        if !reasons.contains(&halt.reason) {
            reasons.push(halt.reason);
        }
    }
    let sentence = |reason: &HaltReason| {
        let times: Vec<Timestamp> = variant
            .halts
            .iter()
            .filter(|halt| halt.reason == *reason)
            .map(|halt| halt.at)
            .collect();
        halt_sentence(&variant.name, *reason, &times)
    };
    reasons.iter().filter_map(sentence).collect()
}

/// A day's loss stops trading until the day ends; every other reason stops it until a person says otherwise.
fn halt_sentence(name: &str, reason: HaltReason, times: &[Timestamp]) -> Option<String> {
    let (first, why) = (format::date_time(*times.first()?), halt_words(reason));
    let days: BTreeSet<u64> = times.iter().map(|at| at.day()).collect();
    let what = match (reason, days.len(), times.len()) {
        (HaltReason::DailyLoss, 1, _) => {
            format!("stopped for the rest of the day on 1 day, at {first} UTC,")
        }
        (HaltReason::DailyLoss, days, _) => {
            format!("stopped for the rest of the day on {days} days, first at {first} UTC,")
        }
        (HaltReason::LossStreak, _, times) => {
            format!("paused {times} times, first at {first} UTC,")
        }
        (_, _, 1) => format!("stopped for good at {first} UTC"),
        (_, _, times) => {
            format!("stopped {times} times, resumed in between, first at {first} UTC,")
        }
    };
    Some(format!("The {name} variant {what} by {why}."))
}

fn forecasts(report: &RunReport) -> Vec<String> {
    let compared = [
        ForecasterKind::Blend,
        ForecasterKind::Collective,
        ForecasterKind::Mean,
    ];
    let mut lines: Vec<String> = compared
        .iter()
        .filter_map(|kind| {
            let score = report.forecaster_of(*kind)?;
            Some(against_market(&score.name, score.own.as_ref()?))
        })
        .collect();
    lines.extend(best_worker(report));
    if lines.is_empty() {
        lines.push("No forecast met a resolved market, so forecasts are not scored.".to_owned());
    }
    lines
}

/// A forecaster beside the market on all of the forecaster's own rows: rows that others lack count too.
fn against_market(name: &str, score: &RowScore) -> String {
    let scores = format!(
        "Brier {} against {} on {} rows",
        format::fixed(score.brier, 4),
        format::fixed(score.brier_market, 4),
        format::count(score.rows)
    );
    let certainty = match score.skill.and_then(|skill| skill.interval) {
        Some(interval) if interval.excludes_zero() => "the interval of the skill excludes zero",
        Some(_) => "the interval of the skill includes zero, so the difference may be chance",
        None => "too few resolution dates for an interval",
    };
    if score.brier > score.brier_market {
        format!("The market alone scored better than the {name}: {scores}; {certainty}.")
    } else if score.brier < score.brier_market {
        format!("The {name} scored better than the market: {scores}; {certainty}.")
    } else {
        format!("The {name} scored the same as the market: {scores}.")
    }
}

fn best_worker(report: &RunReport) -> Option<String> {
    let ours = report
        .forecaster_of(ForecasterKind::Blend)
        .or_else(|| report.forecaster_of(ForecasterKind::Collective))?;
    let shared = ours.common.as_ref()?;
    let (best, brier) = report
        .forecasts
        .iter()
        .filter(|score| score.kind == ForecasterKind::Worker)
        .filter_map(|score| Some((score, score.common.as_ref()?.brier)))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let verb = if brier < shared.brier {
        "beat"
    } else {
        "did not beat"
    };
    Some(format!(
        "The best single worker, known only in hindsight ({}), {verb} the {}: Brier {} against {} on the {} rows \
         that all forecasters share.",
        best.name,
        ours.name,
        format::fixed(brier, 4),
        format::fixed(shared.brier, 4),
        format::count(shared.rows)
    ))
}

fn dates(report: &RunReport) -> Option<String> {
    let resolved: BTreeSet<u64> = report
        .markets
        .iter()
        .filter_map(|market| market.resolved_at.map(Timestamp::day))
        .collect();
    let scored = report
        .forecasts
        .iter()
        .filter_map(|score| Some(score.own.as_ref()?.dates))
        .max();
    match scored.unwrap_or(resolved.len() as u64) {
        0 => None,
        1 => Some("Resolution dates: 1. Everything that resolves together is one draw.".to_owned()),
        few if few < DATES_FEW => Some(format!(
            "Resolution dates: {few}. That is few draws, however many the rows."
        )),
        many => Some(format!("Resolution dates: {}.", format::count(many))),
    }
}

fn open_positions(report: &RunReport) -> Option<String> {
    let traded = report.markets.iter().filter(|market| market.fills > 0);
    let open = traded.filter(|market| market.payout.is_none()).count();
    (open > 0).then(|| {
        let noun = if open == 1 {
            "market is"
        } else {
            "markets are"
        };
        format!(
            "{open} traded {noun} unresolved: open positions count at the bid, not at a payout."
        )
    })
}
