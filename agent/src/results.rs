//! A report as the files of a folder, and as what a command prints.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use quorate_backtest::input::write_atomically;
use quorate_backtest::report::RunReport;
use quorate_backtest::report::html::to_html;
use quorate_backtest::report::json::to_json;
use quorate_backtest::report::terminal::to_text;
use serde_json::{Value, json};

use crate::console::{Console, Form};
use crate::failure::Failure;

/// Whether the page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Written,
    LeftOut,
}

/// Where the files of a report are.
pub(crate) struct ReportFiles {
    pub(crate) text: PathBuf,
    pub(crate) json: PathBuf,
    /// `None` if it was left out.
    pub(crate) html: Option<PathBuf>,
}

/// Writes the files of a report and prints the result; prints it even if writing fails, so that no run is lost.
///
/// # Errors
/// The folder, a file or stdout cannot be written.
pub(crate) fn deliver(
    report: &RunReport,
    folder: &Path,
    page: Page,
    console: &Console,
) -> Result<ReportFiles, Failure> {
    let written = write_report(report, folder, page);
    print_run(report, written.as_ref().ok(), console)?;
    written
}

/// Writes the files of a report, each as a whole.
fn write_report(report: &RunReport, folder: &Path, page: Page) -> Result<ReportFiles, Failure> {
    // Everything is rendered before anything is written.
    let text = to_text(report);
    let json = as_json(report)?;
    let html = (page == Page::Written).then(|| to_html(report));
    fs::create_dir_all(folder).map_err(|error| Failure::cannot_write(folder, &error))?;
    let files = ReportFiles {
        text: folder.join("summary.txt"),
        json: folder.join("report.json"),
        html: html.is_some().then(|| folder.join("report.html")),
    };
    if let (Some(path), Some(html)) = (&files.html, &html) {
        write_file(path, html)?;
    }
    write_file(&files.json, &json)?;
    write_file(&files.text, &text)?;
    Ok(files)
}

/// The report as JSON text.
///
/// # Errors
/// A report that has no JSON form, which no run makes.
pub(crate) fn as_json(report: &RunReport) -> Result<String, Failure> {
    to_json(report).map_err(|error| Failure::internal(error.to_string()))
}

/// Writes one file as a whole.
///
/// # Errors
/// It cannot be written; what was there before then stays.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    tracing::debug!(file = %path.display(), bytes = text.len(), "writing");
    write_atomically(path, |out| out.write_all(text.as_bytes()))
        .map_err(|error| Failure::cannot_write(path, &error))
}

/// Prints the result of a run and says where its files are, if they were written.
fn print_run(
    report: &RunReport,
    files: Option<&ReportFiles>,
    console: &Console,
) -> Result<(), Failure> {
    match console.form() {
        Form::Text => console.result(&to_text(report))?,
        Form::Json => console.result(&format!("{:#}\n", summary(report, files)?))?,
    }
    let Some(files) = files else {
        return Ok(());
    };
    console.note("");
    for file in [files.html.as_ref(), Some(&files.json), Some(&files.text)]
        .into_iter()
        .flatten()
    {
        console.note(&format!("wrote {}", file.display()));
    }
    Ok(())
}

/// The numbers of a run without its long lists, which are in the file.
fn summary(report: &RunReport, files: Option<&ReportFiles>) -> Result<Value, Failure> {
    let value = |it: Result<Value, serde_json::Error>| {
        it.map_err(|error| Failure::internal(error.to_string()))
    };
    let mut run = value(serde_json::to_value(&report.run))?;
    let mut variants = value(serde_json::to_value(&report.variants))?;
    if let Some(fields) = run.as_object_mut() {
        fields.remove("config");
    }
    for variant in variants.as_array_mut().into_iter().flatten() {
        if let Some(fields) = variant.as_object_mut() {
            fields.remove("equity");
        }
    }
    Ok(json!({
        "run": run,
        "variants": variants,
        "forecasts": value(serde_json::to_value(&report.forecasts))?,
        "files": files.map(|files| json!({
            "html": files.html.as_ref().map(|path| path.display().to_string()),
            "json": files.json.display().to_string(),
            "text": files.text.display().to_string(),
        })),
    }))
}
