//! The venue's price history, `{"history":[{"t":seconds,"p":price}]}`, one file a token, named by token id or slug.
//!
//! These are midpoints. A midpoint is not a price at which anybody could trade, so they do not become order books of an
//! archive: they become the quotes of a plain tape, whose loader adds the half-spread that a run file asks for and
//! counts every quote that was made this way.

use std::path::Path;

use quorate_domain::Timestamp;
use serde_json::Value;

use super::{Excluded, ImportOptions, Imported, located, nothing_readable, sources};
use crate::archive::tables::{MarketRow, read_markets_csv, write_tape_tables};
use crate::input::{
    Diagnostic, Diagnostics, ExitClass, format_micros, format_rfc3339, write_atomically,
};

/// Imports a file or a folder of files into the folder of a plain tape.
pub(super) fn import(
    source: &Path,
    folder: &Path,
    options: &ImportOptions,
) -> Result<Imported, Diagnostics> {
    let Some(path) = &options.markets else {
        let message = "a price history does not say what its markets are";
        return Err(Diagnostic::new(ExitClass::Data, "no-markets", message)
            .in_file(source.display().to_string())
            .with_hint("give --markets FILE.csv with condition_id, yes_asset_id, no_asset_id, slug, tick, fee_rate")
            .into());
    };
    let markets = read_markets_csv(path)?;
    let files = sources::files(source, super::endings(super::SourceKind::PriceHistory))?;
    let mut summary = Imported::default();
    let mut points: Vec<(Timestamp, &MarketRow, u64)> = Vec::new();
    for file in &files {
        match read(&file.path, &markets, &mut points, &mut summary.excluded) {
            Err(error) => summary.damaged.push(error),
            Ok(()) => summary.hours_written += 1,
        }
    }
    if points.is_empty() {
        return Err(nothing_readable(source, summary.damaged));
    }
    points.sort_by(|a, b| (a.0, &a.1.slug).cmp(&(b.0, &b.1.slug)));
    points.dedup_by(|a, b| a.0 == b.0 && a.1.slug == b.1.slug);
    summary.rows = points.len() as u64;
    summary.markets = markets.len() as u64;
    let fail = |error: std::io::Error| located::unwritable(folder, &error);
    std::fs::create_dir_all(folder).map_err(fail)?;
    write_tape_tables(folder, &markets, &[], &[]).map_err(fail)?;
    std::fs::remove_file(folder.join("books.csv")).map_err(fail)?;
    write_atomically(&folder.join("quotes.csv"), |out| {
        let mut rows = csv::Writer::from_writer(out);
        rows.write_record(["at", "market", "mid"])?;
        for (at, market, mid) in &points {
            let mid = format_micros(i64::try_from(*mid).unwrap_or(i64::MAX));
            rows.write_record([&format_rfc3339(at.nanos()), &market.slug, &mid])?;
        }
        rows.flush()
    })
    .map_err(fail)?;
    Ok(summary)
}

fn read<'m>(
    path: &Path,
    markets: &'m [MarketRow],
    points: &mut Vec<(Timestamp, &'m MarketRow, u64)>,
    excluded: &mut Excluded,
) -> Result<(), Diagnostic> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let known = markets
        .iter()
        .find(|row| row.slug == stem || row.yes.as_str() == stem || row.no.as_str() == stem);
    let Some(market) = known else {
        let message = format!("the markets table knows neither a token nor a slug named {stem}");
        return Err(located::in_file(path, "unknown-market", message));
    };
    let is_no = market.no.as_str() == stem;
    let bytes = std::fs::read(path).map_err(|error| located::unreadable(path, &error))?;
    let json: Value = serde_json::from_slice(&bytes)
        .map_err(|error| located::in_file(path, "damaged-file", format!("no JSON: {error}")))?;
    let Some(history) = json.get("history").and_then(Value::as_array) else {
        return Err(located::wrong_column(
            path,
            "history",
            "no list",
            "a list of {t, p}",
        ));
    };
    for (index, point) in history.iter().enumerate() {
        let place = || format!("{}: point {index}", path.display());
        let at = point
            .get("t")
            .and_then(Value::as_u64)
            .filter(|count| *count > 0);
        let price = match point.get("p") {
            Some(Value::Number(number)) => super::levels::micros(number.to_string().as_bytes()),
            Some(Value::String(text)) => super::levels::micros(text.as_bytes()),
            _ => None,
        };
        let price = price.filter(|micros| (1..1_000_000).contains(micros));
        match (at, price) {
            (Some(at), Some(price)) => {
                let price = if is_no { 1_000_000 - price } else { price };
                points.push((super::intake::time_of(at), market, price));
            }
            (None, _) => excluded.count("absurd-time", place),
            (_, None) => excluded.count("price-out-of-range", place),
        }
    }
    Ok(())
}
