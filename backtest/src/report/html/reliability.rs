//! Calibration: what was forecast against what happened, for the collective, the plain mean and the market.

use super::curves::figure;
use super::plot::{Plot, Words, legend};
use super::scale::{SIDE, Scale};
use super::table::{Behaviour, Column, Row, Table, marks, numbers_of};
use crate::metrics::CalibrationBin;
use crate::report::format;
use crate::report::model::{ForecasterKind, RowScore, RunReport};

/// A forecaster drawn: its mark, its name, its scores.
struct Drawn<'a> {
    class: &'static str,
    name: &'a str,
    score: &'a RowScore,
}

/// The plot, the count of forecasts per bin, and all numbers as a table.
pub(super) fn calibration_figures(report: &RunReport) -> String {
    let drawn = drawn(report);
    let Some(first) = drawn.first() else {
        return "<p class=\"none\">No forecast met a resolved market.</p>\n".to_owned();
    };
    let key: Vec<(&str, String)> = drawn
        .iter()
        .map(|entry| {
            let rows = format::count(entry.score.rows);
            (entry.class, format!("{}, {rows} rows", entry.name))
        })
        .collect();
    let plot = figure(
        "Calibration",
        "how often it happened, against the mean forecast of ten bins; dots grow with the count",
        &legend(&key),
        &(plot(&drawn) + &counts(first)),
    );
    plot + &table(&drawn)
}

/// Each on all of its own rows.
fn drawn(report: &RunReport) -> Vec<Drawn<'_>> {
    let ours = report
        .forecaster_of(ForecasterKind::Collective)
        .or_else(|| report.forecaster_of(ForecasterKind::Blend));
    let entries = [
        ("s-main", ours),
        ("s-mean", report.forecaster_of(ForecasterKind::Mean)),
        ("s-market", report.forecaster_of(ForecasterKind::Market)),
    ];
    entries
        .into_iter()
        .filter_map(|(class, forecaster)| {
            let forecaster = forecaster?;
            Some(Drawn {
                class,
                name: &forecaster.name,
                score: forecaster.own.as_ref()?,
            })
        })
        .collect()
}

fn plot(drawn: &[Drawn<'_>]) -> String {
    let mut marks = "<path class=\"base\" d=\"M0 1000L1000 0\"/>".to_owned();
    for entry in drawn.iter().rev() {
        marks += &bin_dots(entry.class, &entry.score.calibration);
    }
    let sides = [0.0, 0.25, 0.5, 0.75, 1.0];
    let percent = |share: f64| format::percent(share, 0);
    Plot {
        shape: "square",
        words: Words {
            id: "calibration",
            title: "Calibration",
            description: calibration_words(drawn),
        },
        marks,
        left: sides
            .into_iter()
            .map(|share| (1.0 - share, percent(share)))
            .collect(),
        below: sides
            .into_iter()
            .map(|share| (share, percent(share)))
            .collect(),
    }
    .html()
}

fn calibration_words(drawn: &[Drawn<'_>]) -> String {
    let errors: Vec<String> = drawn
        .iter()
        .map(|entry| {
            let error = format::percent(entry.score.murphy.calibration_error, 1);
            format!("{} {error}", entry.name)
        })
        .collect();
    format!(
        "The diagonal is perfect calibration. Calibration error: {}.",
        errors.join(", ")
    )
}

/// A thin line through the bins that hold forecasts, and a dot for each, its area in proportion to the count.
pub(super) fn bin_dots(class: &str, bins: &[CalibrationBin]) -> String {
    let unit = Scale::exactly(0.0, 1.0);
    let bins = filled(bins);
    let most = bins
        .iter()
        .map(|(rows, ..)| *rows)
        .max()
        .unwrap_or(1)
        .max(1);
    let mut line = String::new();
    let mut out = String::new();
    for (index, (rows, forecast, frequency)) in bins.into_iter().enumerate() {
        let (x, y) = (unit.x(forecast), unit.y(frequency));
        line += &format!("{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
        let size = 4.0 + 10.0 * libm::sqrt(rows as f64 / most as f64);
        out += &format!(
            "<path class=\"dot {class}\" style=\"stroke-width:{size:.1}px\" d=\"M{x:.1} {y:.1}h0\"/>"
        );
    }
    format!("<path class=\"{class} thin\" d=\"{line}\"/>{out}\n")
}

/// Rows, mean forecast and frequency of the bins that hold any.
fn filled(bins: &[CalibrationBin]) -> Vec<(u64, f64, f64)> {
    bins.iter()
        .filter_map(|bin| Some((bin.rows, bin.forecast_mean?, bin.frequency?)))
        .collect()
}

fn counts(entry: &Drawn<'_>) -> String {
    let bins = &entry.score.calibration;
    let most = bins.iter().map(|bin| bin.rows).max().unwrap_or(1).max(1);
    let y = Scale::exactly(0.0, most as f64);
    let width = SIDE / bins.len().max(1) as f64;
    let bar = |(index, bin): (usize, &CalibrationBin)| {
        let (left, top) = (index as f64 * width, y.y(bin.rows as f64));
        format!(
            "<rect class=\"b-main\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            left + width * 0.1,
            width * 0.8,
            SIDE - top
        )
    };
    let label = |(index, bin): (usize, &CalibrationBin)| {
        (
            (index as f64 + 0.5) / bins.len().max(1) as f64,
            format::count(bin.rows),
        )
    };
    let plot = Plot {
        shape: "strip",
        words: Words {
            id: "counts",
            title: "Forecasts per bin",
            description: format!("Forecasts of the {} in each of ten bins.", entry.name),
        },
        marks: bins.iter().enumerate().map(bar).collect(),
        left: Vec::new(),
        below: bins.iter().enumerate().map(label).collect(),
    };
    format!(
        "{}<p class=\"axis-name\">Forecasts per bin, {}</p>",
        plot.html(),
        super::escape::escape(entry.name)
    )
}

/// All bins in numbers: one row per bin, one column per forecaster.
fn table(drawn: &[Drawn<'_>]) -> String {
    let names = drawn.iter().map(|entry| numbers_of(entry.name.to_owned()));
    let columns: Vec<Column> = std::iter::once(marks("Bin")).chain(names).collect();
    let bins = drawn
        .first()
        .map_or(&[][..], |entry| &entry.score.calibration);
    let row = |(index, bin): (usize, &CalibrationBin)| {
        let cells = drawn
            .iter()
            .map(|entry| bin_cell(entry.score.calibration.get(index)));
        let edges = format!("{:.0} to {:.0}%", bin.low * 100.0, bin.high * 100.0);
        Row::new(std::iter::once(edges).chain(cells).collect())
    };
    Table {
        caption: "Mean forecast, how often it happened, and rows in each bin",
        columns: &columns,
        rows: bins.iter().enumerate().map(row).collect(),
        behaviour: Behaviour::Plain,
    }
    .html()
}

/// `7.5%, 11.1% (27)`: mean forecast, frequency, rows.
fn bin_cell(bin: Option<&CalibrationBin>) -> String {
    bin.and_then(|bin| {
        let (forecast, frequency) = (bin.forecast_mean?, bin.frequency?);
        Some(format!(
            "{}, {} ({})",
            format::percent(forecast, 1),
            format::percent(frequency, 1),
            format::count(bin.rows)
        ))
    })
    .unwrap_or_else(|| "-".to_owned())
}
