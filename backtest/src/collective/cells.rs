//! The cells of one line, read as what they mean; every refusal says file, line and column.

use super::rules::Unit;
use crate::evaluate::{Rounding, Sides, Table, TableRow, parse_time_ms};
use crate::input::{Diagnostic, Diagnostics, Refusal};

/// Longest cell text repeated in a message, in characters.
const SHOWN_TEXT: usize = 40;

/// One line of a table with the mistakes found in it.
pub(super) struct Cells<'t> {
    table: &'t Table,
    row: &'t TableRow,
    errors: Diagnostics,
}

impl<'t> Cells<'t> {
    pub(super) fn new(table: &'t Table, row: &'t TableRow) -> Self {
        Self {
            table,
            row,
            errors: Diagnostics::new(),
        }
    }

    pub(super) fn into_errors(self) -> Diagnostics {
        self.errors
    }

    pub(super) fn text(&self, column: Option<usize>) -> Option<&'t str> {
        self.row.cell(column?)
    }

    /// A text that must be there.
    pub(super) fn label(&mut self, column: usize) -> Option<&'t str> {
        let text = self.row.cell(column);
        if text.is_none() {
            self.refuse(column, Refusal::new("empty-cell", "must not be empty"));
        }
        text
    }

    /// A time in Unix milliseconds; `None` for an empty cell.
    pub(super) fn time(&mut self, column: Option<usize>, rounding: Rounding) -> Option<i64> {
        let column = column?;
        match parse_time_ms(self.row.cell(column)?, rounding) {
            Ok(time) => Some(time),
            Err(why) => {
                self.refuse(column, why);
                None
            }
        }
    }

    /// A time that must be there.
    pub(super) fn required_time(&mut self, column: usize, rounding: Rounding) -> Option<i64> {
        self.label(column)?;
        self.time(Some(column), rounding)
    }

    /// A finite number; `None` for an empty cell.
    pub(super) fn number(&mut self, column: Option<usize>) -> Option<f64> {
        let column = column?;
        let text = self.row.cell(column)?;
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
        if value.is_none() {
            let why = Refusal::new("not-a-number", "is not a finite number");
            self.refuse(
                column,
                why.hint("leave the cell empty where a worker said nothing"),
            );
        }
        value
    }

    /// A number from 0 to 1.
    pub(super) fn share(&mut self, column: Option<usize>) -> Option<f64> {
        let value = self.number(column)?;
        if (0.0..=1.0).contains(&value) {
            return Some(value);
        }
        self.refuse(column?, Refusal::outside(0, 1));
        None
    }

    /// A worker's value in a unit; `None` for an empty cell.
    pub(super) fn value(&mut self, column: Option<usize>, unit: Unit) -> Option<f64> {
        match unit {
            Unit::Probability => self.share(column),
            Unit::BasisPoints | Unit::Return => self.number(column),
            Unit::Level => self.level(column),
        }
    }

    /// A price level above zero, for logarithms.
    pub(super) fn level(&mut self, column: Option<usize>) -> Option<f64> {
        let value = self.number(column)?;
        if 0.0 < value {
            return Some(value);
        }
        let why = "is not above zero, as a price level must be";
        self.refuse(column?, Refusal::new("out-of-range", why));
        None
    }

    /// An outcome: the two words if they are named, else 0/1, true/false or a number of the quantity.
    pub(super) fn outcome(
        &mut self,
        column: Option<usize>,
        words: Option<&Sides<String>>,
        unit: Unit,
    ) -> Option<f64> {
        let text = self.row.cell(column?)?;
        if let Some(words) = words {
            let known = [(&words.yes, 1.0), (&words.no, 0.0)];
            let found = known.iter().find(|(word, _)| *word == text);
            if found.is_none() {
                let message = format!("is neither `{}` nor `{}`", words.yes, words.no);
                self.refuse(column?, Refusal::new("not-an-outcome", message));
            }
            return found.map(|(_, value)| *value);
        }
        match (unit, text) {
            (Unit::Probability, "true") => Some(1.0),
            (Unit::Probability, "false") => Some(0.0),
            _ => self.value(column, unit),
        }
    }

    /// Reports a mistake at a cell.
    pub(super) fn refuse(&mut self, column: usize, why: Refusal) {
        let diagnostic = self.diagnostic(column, why);
        self.errors.push(diagnostic);
    }

    fn diagnostic(&self, column: usize, why: Refusal) -> Diagnostic {
        let name = self.table.header.get(column).map_or("", String::as_str);
        let text = self.row.cell(column).unwrap_or_default();
        let shown: String = text.chars().take(SHOWN_TEXT).collect();
        let message = format!("{name} `{shown}` {}", why.message);
        let mut diagnostic = self.table.at(self.row, column, why.code, message);
        diagnostic.hint = why.hint;
        diagnostic
    }
}
