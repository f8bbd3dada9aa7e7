//! Aligned text columns for a terminal: the first column left, the others right, no colours.

/// A table of text cells under a title.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    title: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub(super) fn new(title: &str, header: &[&str]) -> Self {
        let header = header.iter().map(|cell| (*cell).to_owned()).collect();
        Self {
            title: title.to_owned(),
            header,
            rows: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(
            row.len(),
            self.header.len(),
            "a row has a cell for every column"
        );
        self.rows.push(row);
    }

    pub(super) fn extend(&mut self, rows: impl IntoIterator<Item = Vec<String>>) {
        rows.into_iter().for_each(|row| self.push(row));
    }

    /// Appends the table and an empty line to `out`; nothing if it has no rows.
    pub(super) fn write(&self, out: &mut String) {
        if self.rows.is_empty() {
            return;
        }
        let widths: Vec<usize> = (0..self.header.len())
            .map(|column| self.width(column))
            .collect();
        out.push_str(&self.title);
        out.push('\n');
        for row in std::iter::once(&self.header).chain(&self.rows) {
            out.push_str(&line(row, &widths));
            out.push('\n');
        }
        out.push('\n');
    }

    fn width(&self, column: usize) -> usize {
        let cells = std::iter::once(&self.header).chain(&self.rows);
        cells
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells = row
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(column, (cell, width))| match column {
            0 => format!("  {cell:<width$}"),
            _ => format!("  {cell:>width$}"),
        });
    cells.collect::<String>().trim_end().to_owned()
}

/// A figure to four decimals; `-` if there is none.
pub(super) fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"))
}

/// A clustered standard error in brackets; `-` if there is none, or fewer than two clusters, of which it says nothing.
pub(super) fn error(value: Option<f64>, clusters: usize) -> String {
    let known = value.filter(|_| 2 <= clusters);
    known.map_or_else(|| "-".to_owned(), |v| format!("({v:.4})"))
}

/// A figure with its sign, to four decimals; `-` if there is none.
pub(super) fn signed(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:+.4}"))
}

/// A share as a percentage with one decimal; `-` if there is none.
pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{:.1}%", 100.0 * v))
}
