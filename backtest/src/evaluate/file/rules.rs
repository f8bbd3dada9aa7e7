//! The parts of an evaluation file that decide trades: rules, fees, thresholds, Kelly, drift.

use crate::evaluate::spec::{
    ColumnMap, CostSource, DriftSpec, Entry, Fees, KellySpec, RuleSpec, Thresholds,
};
use crate::input::{Section, closest};

use super::{milliseconds, moments};

/// Half-spread charged where only mids are known, dollars per share.
const HALF_SPREAD: f64 = 0.01;

/// The word in front of the parts of an entry rule.
#[derive(Clone, Copy)]
enum EntryWord {
    Mid,
    FillLater,
    Cost,
    Favourite,
}

const ENTRY_WORDS: [(&str, EntryWord); 4] = [
    ("mid", EntryWord::Mid),
    ("fill_later", EntryWord::FillLater),
    ("cost", EntryWord::Cost),
    ("favourite", EntryWord::Favourite),
];

const SOURCES: [(&str, CostSource); 3] = [
    ("ask", CostSource::Ask),
    ("best_of_two", CostSource::BestOfTwo),
    ("columns", CostSource::Columns),
];

pub(super) fn rules(root: &Section<'_>, columns: Option<&ColumnMap>) -> Vec<RuleSpec> {
    root.sections("rule")
        .iter()
        .filter_map(|section| rule(section, columns))
        .collect()
}

fn rule(section: &Section<'_>, columns: Option<&ColumnMap>) -> Option<RuleSpec> {
    let name = section.string("name").required();
    let word = section.choice("entry", &ENTRY_WORDS).required()?;
    let entry = match word {
        EntryWord::Mid => Entry::Mid {
            half_spread: half_spread(section),
        },
        EntryWord::FillLater => Entry::FillLater {
            half_spread: half_spread(section),
        },
        EntryWord::Cost => Entry::Cost {
            source: source(section)?,
        },
        EntryWord::Favourite => Entry::Favourite {
            source: source(section)?,
        },
    };
    if let Some(missing) = columns.and_then(|columns| missing_column(entry, columns)) {
        let message = format!("this rule needs {missing} in [columns]");
        section.report("entry", "missing-column", message);
    }
    Some(RuleSpec { name: name?, entry })
}

fn half_spread(section: &Section<'_>) -> f64 {
    section
        .number("half_spread")
        .within(0.0, 1.0)
        .or(HALF_SPREAD)
}

fn source(section: &Section<'_>) -> Option<CostSource> {
    section.choice("source", &SOURCES).required()
}

/// What a rule needs and the mapping does not name.
fn missing_column(entry: Entry, columns: &ColumnMap) -> Option<&'static str> {
    let has_mid = columns.mid.is_some() || (columns.bid.is_some() && columns.ask.is_some());
    let has_asks = columns.ask.is_some() && (columns.no_ask.is_some() || columns.bid.is_some());
    let has_second = columns.second_ask.yes.is_some() && columns.second_ask.no.is_some();
    let has_costs = columns.cost.yes.is_some() && columns.cost.no.is_some();
    match entry {
        Entry::Mid { .. } | Entry::FillLater { .. } if !has_mid => Some("mid, or bid and ask,"),
        Entry::FillLater { .. } if columns.later_mid.is_none() => Some("later_mid"),
        Entry::Mid { .. } | Entry::FillLater { .. } => None,
        Entry::Cost { source } | Entry::Favourite { source } => match source {
            CostSource::Ask | CostSource::BestOfTwo if !has_asks => Some("ask, and no_ask or bid,"),
            CostSource::BestOfTwo if !has_second => Some("second_yes_ask and second_no_ask"),
            CostSource::Columns if !has_costs => Some("cost_yes and cost_no"),
            _ => None,
        },
    }
}

pub(super) fn fees(section: &Section<'_>) -> Fees {
    Fees {
        taker_rate: section.ratio("taker_rate").within(0.0, 1.0).or(0.0),
        profit_fee: section.ratio("profit_fee").within(0.0, 1.0).or(0.0),
    }
}

pub(super) fn thresholds(section: &Section<'_>) -> Thresholds {
    let standard = Thresholds::default();
    let price = |key, default| section.number(key).within(0.0, 1.0).or(default);
    let clip = |key, default| section.number(key).within(1e-12, 0.49).or(default);
    Thresholds {
        edge: price("edge", standard.edge),
        cost_max: section
            .number("cost_max")
            .within(0.0, 0.9999)
            .or(standard.cost_max),
        tolerance: section
            .number("tolerance")
            .within(0.0, 1e-4)
            .or(standard.tolerance),
        favourite_min: price("favourite_min", standard.favourite_min),
        favourite_max: price("favourite_max", standard.favourite_max),
        log_loss_clip: clip("log_loss_clip", standard.log_loss_clip),
        logit_clip: clip("logit_clip", standard.logit_clip),
    }
}

pub(super) fn kelly(root: &Section<'_>, rules: &[RuleSpec]) -> Option<KellySpec> {
    let section = root.section_if_present("kelly")?;
    let fraction = section.number("fraction").within(0.0, 1.0).or(0.25);
    let cap = section.number("cap").within(0.0, 1.0).or(0.05);
    let dates = moments(&section, "dates");
    let sequential = section.bool("sequential").or(false);
    let name = section.string("rule").required()?;
    let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
        let hint = match closest(&name, rules.iter().map(|rule| rule.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name it as a [[rule]] first".to_owned(),
        };
        let message = format!("no rule is called `{name}`");
        section.report_with_hint("rule", "unknown-rule", message, hint);
        return None;
    };
    Some(KellySpec {
        fraction,
        cap,
        entry: rule.entry,
        dates,
        sequential,
    })
}

pub(super) fn drift(root: &Section<'_>) -> Option<DriftSpec> {
    const HOUR_MS: i64 = 3_600_000;
    let section = root.section_if_present("drift")?;
    let horizon_ms = milliseconds(&section, "horizon").unwrap_or(7 * 24 * HOUR_MS);
    let tolerance_ms = milliseconds(&section, "tolerance").unwrap_or(12 * HOUR_MS);
    Some(DriftSpec {
        horizon_ms,
        tolerance_ms,
    })
}
