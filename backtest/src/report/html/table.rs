//! Tables with captions and scopes, readable aloud and on a phone; every cell is escaped here.

use std::borrow::Cow;

use super::escape::{escape, number, prose};

/// Tables with more rows than this scroll inside their frame on a screen; on paper all rows are printed.
const LONG_ROWS: usize = 30;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Words,
    Marks,
    Numbers,
}

/// A column's heading and content.
pub(super) struct Column {
    title: Cow<'static, str>,
    content: Content,
}

/// A column of words, at the left.
pub(super) const fn words(title: &'static str) -> Column {
    Column {
        title: Cow::Borrowed(title),
        content: Content::Words,
    }
}

/// A column of short words that do not break: dates, names of roles.
pub(super) const fn marks(title: &'static str) -> Column {
    Column {
        title: Cow::Borrowed(title),
        content: Content::Marks,
    }
}

/// A column of numbers headed by a name from outside.
pub(super) const fn numbers_of(name: String) -> Column {
    Column {
        title: Cow::Owned(name),
        content: Content::Numbers,
    }
}

/// A column of numbers, at the right.
pub(super) const fn numbers(title: &'static str) -> Column {
    Column {
        title: Cow::Borrowed(title),
        content: Content::Numbers,
    }
}

/// How a table behaves beyond being one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// Rows stay as they are.
    Plain,
    /// Headings sort, where scripts run.
    Sortable,
}

/// One row: its cells, and a second line under the first of them.
pub(super) struct Row {
    cells: Vec<String>,
    note: String,
    class: &'static str,
}

impl Row {
    /// A row of as many cells as the table has columns.
    pub(super) fn new(cells: Vec<String>) -> Self {
        Self {
            cells,
            note: String::new(),
            class: "",
        }
    }

    /// With a quieter second line under the first cell.
    pub(super) fn with_note(mut self, note: &str) -> Self {
        note.clone_into(&mut self.note);
        self
    }

    /// Set apart: the product among its baselines.
    pub(super) fn emphasised(mut self) -> Self {
        self.class = " class=\"main\"";
        self
    }
}

/// A whole table; an empty one is a sentence instead.
pub(super) struct Table<'a> {
    /// What it shows, printed above it.
    pub(super) caption: &'a str,
    /// Columns; the first one names the row.
    pub(super) columns: &'a [Column],
    /// Rows.
    pub(super) rows: Vec<Row>,
    /// Whether headings sort.
    pub(super) behaviour: Behaviour,
}

impl Table<'_> {
    /// The table in a frame that scrolls sideways on narrow screens.
    pub(super) fn html(&self) -> String {
        let caption = escape(self.caption);
        if self.rows.is_empty() {
            return format!("<p class=\"none\">{caption}: none.</p>\n");
        }
        let sortable = match self.behaviour {
            Behaviour::Plain => "",
            Behaviour::Sortable => " class=\"sortable\"",
        };
        let long = if self.rows.len() > LONG_ROWS {
            " long"
        } else {
            ""
        };
        let body: String = self.rows.iter().map(|row| self.row(row)).collect();
        format!(
            "<div class=\"scroll{long}\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\
             <table{sortable}><caption><span>{caption}</span></caption>\n<thead><tr>{}</tr></thead>\n\
             <tbody>\n{body}</tbody></table></div>\n",
            self.heading()
        )
    }

    fn heading(&self) -> String {
        let cell = |column: &Column| {
            format!(
                "<th scope=\"col\"{}>{}</th>",
                class(column.content),
                escape(&column.title)
            )
        };
        self.columns.iter().map(cell).collect()
    }

    fn row(&self, row: &Row) -> String {
        let mut out = format!("<tr{}>", row.class);
        for (index, (cell, column)) in row.cells.iter().zip(self.columns).enumerate() {
            let text = match column.content {
                Content::Words => prose(cell),
                Content::Marks => escape(cell),
                Content::Numbers => number(cell),
            };
            out += &match (index, row.note.is_empty()) {
                (0, true) => format!("<th scope=\"row\"{}>{text}</th>", class(column.content)),
                (0, false) => {
                    format!(
                        "<th scope=\"row\">{text}<small>{}</small></th>",
                        escape(&row.note)
                    )
                }
                _ => format!("<td{}>{text}</td>", class(column.content)),
            };
        }
        out + "</tr>\n"
    }
}

const fn class(content: Content) -> &'static str {
    match content {
        Content::Words => "",
        Content::Marks => " class=\"w\"",
        Content::Numbers => " class=\"n\"",
    }
}
