//! Columns of plain text: padded cells, cut names, wrapped sentences, nothing a terminal would act upon.

/// Width that reports are set for.
pub const WIDTH: usize = 100;

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left: words.
    Left,
    /// At the right: numbers.
    Right,
}

/// A table of plain text, set once all rows are known.
#[derive(Clone, Debug)]
pub struct Columns {
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Columns {
    /// A table with its heading.
    #[must_use]
    pub fn new(heading: &[(&str, Align)]) -> Self {
        Self {
            aligns: heading.iter().map(|(_, align)| *align).collect(),
            rows: vec![heading.iter().map(|(text, _)| (*text).to_owned()).collect()],
        }
    }

    /// Adds a row of as many cells as the heading has.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines: two spaces before the table and between columns, a rule under the heading.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = (0..self.aligns.len())
            .map(|column| self.width(column))
            .collect();
        let mut lines: Vec<String> = self
            .rows
            .iter()
            .map(|row| self.line(row, &widths))
            .collect();
        let rule: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        lines.insert(1, format!("  {}", "-".repeat(rule)));
        lines
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), align) in row.iter().zip(widths).zip(&self.aligns) {
            let padded = match align {
                Align::Left => format!("  {cell:<width$}"),
                Align::Right => format!("  {cell:>width$}"),
            };
            line.push_str(&padded);
        }
        line.trim_end().to_owned()
    }
}

/// Text from outside without control characters, which a terminal would obey, cut to `max` characters.
#[must_use]
pub fn plain(text: &str, max: usize) -> String {
    let clean: String = text
        .chars()
        .map(|c| if is_unsafe(c) { ' ' } else { c })
        .collect();
    if clean.chars().count() <= max {
        return clean;
    }
    let kept: String = clean.chars().take(max.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

/// Control characters, and the marks that turn the direction of text around.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A sentence wrapped to [`WIDTH`], the first line led by `lead`, the others indented as far.
#[must_use]
pub fn wrapped(lead: &str, text: &str) -> Vec<String> {
    let room = WIDTH - lead.chars().count();
    let indent = " ".repeat(lead.chars().count());
    let mut lines = vec![String::new()];
    for word in plain(text, usize::MAX).split_whitespace() {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > room {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let leads = std::iter::once(lead).chain(std::iter::repeat(indent.as_str()));
    leads
        .zip(lines)
        .map(|(lead, line)| format!("{lead}{line}"))
        .collect()
}
