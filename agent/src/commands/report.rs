//! `quorate report`: a report that was written earlier, rendered again.

use std::path::Path;

use quorate_backtest::input::{Diagnostic, ExitClass, SourceText};
use quorate_backtest::report::RunReport;
use quorate_backtest::report::html::to_html;
use quorate_backtest::report::json::{JsonError, from_json};
use quorate_backtest::report::terminal::to_text;

use super::shell_word;
use crate::args::ReportArgs;
use crate::console::{Console, Form};
use crate::failure::{Failure, hint_if_missing};
use crate::results::{as_json, write_file};

pub(super) fn run(args: &ReportArgs, console: &Console) -> Result<(), Failure> {
    let report = read(&args.report)?;
    match (&args.html, console.form()) {
        (Some(page), form) => {
            write_file(page, &to_html(&report))?;
            console.result(&match form {
                Form::Text => format!("{}\n", page.display()),
                Form::Json => format!(
                    "{}\n",
                    serde_json::json!({ "html": page.display().to_string() })
                ),
            })?;
            console.next(&format!("open {} in a browser", page.display()));
        }
        (None, Form::Text) => {
            console.result(&to_text(&report))?;
            console.next(&format!(
                "quorate report {} --html page.html",
                shell_word(&args.report)
            ));
        }
        (None, Form::Json) => console.result(&as_json(&report)?)?,
    }
    Ok(())
}

/// Reads a report that a run wrote.
pub(super) fn read(path: &Path) -> Result<RunReport, Failure> {
    let hint = "`quorate backtest RUN.toml` writes report.json into its out folder";
    let source = SourceText::read(path).map_err(|found| hint_if_missing(&found, hint))?;
    from_json(source.text()).map_err(|error| {
        let diagnostic = Diagnostic::new(ExitClass::Data, "not-a-report", error.to_string());
        let file = path.display().to_string();
        match error {
            JsonError::Shape(shape) if shape.line() != 0 => diagnostic
                .at(file, shape.line(), shape.column().max(1))
                .into(),
            JsonError::Shape(_) | JsonError::Schema { .. } => diagnostic.in_file(file).into(),
        }
    })
}
