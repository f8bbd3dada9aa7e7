//! The columns of `markets.csv` that say what a market on a price asks.

use quorate_domain::{LinkSense, PriceCondition, Ties, Timestamp, TopicLink};

use super::Tape;
use super::words::{TIES, word};
use crate::input::{Cell, Column, CsvTable, Row, format_micros};

/// Their names, in the order in which they are written.
pub(super) const HEADER: [&str; 7] = [
    "condition",
    "strike",
    "low",
    "high",
    "barrier",
    "ties",
    "average_secs",
];

pub(super) struct Columns {
    condition: Column,
    strike: Column,
    low: Column,
    high: Column,
    barrier: Column,
    ties: Column,
    average: Column,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Above,
    UpDown,
    Range,
    Touch,
}

const KINDS: [(&str, Kind); 4] = [
    ("above", Kind::Above),
    ("up_down", Kind::UpDown),
    ("range", Kind::Range),
    ("touch", Kind::Touch),
];

impl Columns {
    pub(super) fn of(table: &mut CsvTable) -> Self {
        let [condition, strike, low, high, barrier, ties, average] =
            HEADER.map(|name| table.optional_column(name));
        Self {
            condition,
            strike,
            low,
            high,
            barrier,
            ties,
            average,
        }
    }

    /// What a market asks about the price of its topic; `None` for a market that asks no such thing. Cells that do not
    /// belong to the condition are reported, and so is a market without the times that it needs.
    pub(super) fn read(
        &self,
        row: Row<'_>,
        (opens_at, closes_at): (Option<Timestamp>, Option<Timestamp>),
    ) -> Option<PriceCondition> {
        let kind = row.choice(self.condition, &KINDS).optional();
        self.report_idle(row, kind);
        let kind = kind?;
        let needs = |is_given: bool, name: &str| {
            if !is_given {
                let message = format!("a market on a price needs {name}");
                row.report(row.diagnostic(self.condition, "contradiction", message));
            }
        };
        needs(closes_at.is_some(), "closes_at, when it settles");
        let average_secs = row.u64(self.average).within(0, 86_400).or(0);
        let average_secs = u32::try_from(average_secs).unwrap_or(0);
        match kind {
            Kind::Above => Some(PriceCondition::Above {
                strike_micros: self.needed(row, self.strike)?,
                ties: row.choice(self.ties, &TIES).or(Ties::No),
                average_secs,
            }),
            Kind::UpDown => {
                needs(opens_at.is_some(), "opens_at, when its window begins");
                Some(PriceCondition::UpDown {
                    ties: row.choice(self.ties, &TIES).or(Ties::Yes),
                    average_secs,
                })
            }
            Kind::Range => {
                let low = self.needed(row, self.low);
                let high = self.needed(row, self.high);
                let (low_micros, high_micros) = (low?, high?);
                if high_micros <= low_micros {
                    let message = "high is not above low";
                    row.report(row.diagnostic(self.high, "contradiction", message));
                }
                Some(PriceCondition::Range {
                    low_micros,
                    high_micros,
                    average_secs,
                })
            }
            Kind::Touch => Some(PriceCondition::Touch {
                barrier_micros: self.needed(row, self.barrier)?,
            }),
        }
    }

    /// A price that the condition cannot do without.
    fn needed(&self, row: Row<'_>, column: Column) -> Option<i64> {
        if !column.is_present() {
            let message = format!("the condition needs the column {}", column.name());
            row.report(row.diagnostic(self.condition, "missing-column", message));
            return None;
        }
        price(row, column).required()
    }

    fn report_idle(&self, row: Row<'_>, kind: Option<Kind>) {
        let idle: &[Column] = match kind {
            None => &[
                self.strike,
                self.low,
                self.high,
                self.barrier,
                self.ties,
                self.average,
            ],
            Some(Kind::Above) => &[self.low, self.high, self.barrier],
            Some(Kind::UpDown) => &[self.strike, self.low, self.high, self.barrier],
            Some(Kind::Range) => &[self.strike, self.barrier, self.ties],
            Some(Kind::Touch) => &[self.strike, self.low, self.high, self.ties, self.average],
        };
        for column in idle {
            // A misspelt condition is one mistake, not one per cell.
            let is_misspelt = kind.is_none() && row.raw(self.condition).is_some();
            if row.raw(*column).is_some() && !is_misspelt {
                let message = format!("{} does not belong to this condition", column.name());
                row.report(row.diagnostic(*column, "contradiction", message));
            }
        }
    }

    /// A market asks about a price exactly when its topic predicts one; anything else is reported.
    pub(super) fn check_topic(
        &self,
        row: Row<'_>,
        topic_column: Column,
        (tape, link): (&Tape, &TopicLink),
    ) {
        let topic = tape.topics.iter().find(|topic| topic.id == link.topic);
        let is_priced = topic.is_some_and(|topic| topic.objective.predicts.is_priced());
        let is_asked = row.raw(self.condition).is_some();
        let (column, message) = match (is_priced, is_asked) {
            (true, false) => (
                topic_column,
                "the topic predicts a price: the market needs a condition on it",
            ),
            (false, true) => (
                self.condition,
                "a condition needs a topic that topics.csv lists as one on a price",
            ),
            (true, true) if link.sense == LinkSense::Complement => (
                self.condition,
                "a market with a condition on a price is no complement",
            ),
            _ => return,
        };
        row.report(row.diagnostic(column, "contradiction", message));
    }
}

/// A price above zero in the quote currency, in millionths.
fn price(row: Row<'_>, column: Column) -> Cell<'_, i64> {
    row.micros(column)
        .ensure(|micros| 0 < *micros, "is not above zero")
}

/// The cells of [`HEADER`].
pub(super) fn cells(sense: LinkSense) -> [String; 7] {
    let mut cells: [String; 7] = Default::default();
    let LinkSense::Price(condition) = sense else {
        return cells;
    };
    let kind = match condition {
        PriceCondition::Above {
            strike_micros,
            ties,
            ..
        } => {
            cells[1] = format_micros(strike_micros);
            cells[5] = word(&TIES, &ties).into();
            Kind::Above
        }
        PriceCondition::UpDown { ties, .. } => {
            cells[5] = word(&TIES, &ties).into();
            Kind::UpDown
        }
        PriceCondition::Range {
            low_micros,
            high_micros,
            ..
        } => {
            cells[2] = format_micros(low_micros);
            cells[3] = format_micros(high_micros);
            Kind::Range
        }
        PriceCondition::Touch { barrier_micros } => {
            cells[4] = format_micros(barrier_micros);
            Kind::Touch
        }
    };
    cells[0] = word(&KINDS, &kind).into();
    if kind != Kind::Touch {
        cells[6] = condition.average_secs().to_string();
    }
    cells
}
