//! The account over time: equity of the product and its baselines, drawdown below it, exposure.

use quorate_domain::{Cash, Timestamp};

use super::downsample::Point;
use super::plot::{Plot, Words, area, curve, legend, time_labels, value_labels};
use super::scale::{Scale, time_ticks};
use crate::report::format;
use crate::report::model::{EquityPoint, RunReport, VariantKind, VariantReport};

/// All figures of the account, or a sentence when there is nothing to draw.
pub(super) fn account_figures(report: &RunReport) -> String {
    let Some(main) = report
        .main_variant()
        .filter(|variant| variant.equity.len() > 1)
    else {
        return "<p class=\"none\">No equity over time was recorded.</p>\n".to_owned();
    };
    let span = time_span(report);
    [
        equity(report, main, span),
        drawdown(main, span),
        exposure(main, span),
    ]
    .concat()
}

/// First and last instant of the run and of every curve drawn.
fn time_span(report: &RunReport) -> (Timestamp, Timestamp) {
    let ends = report.variants.iter().flat_map(|variant| {
        variant
            .equity
            .first()
            .into_iter()
            .chain(variant.equity.last())
            .map(|point| point.at)
    });
    ends.fold(
        (report.run.started_at, report.run.ended_at),
        |(from, to), at| (from.min(at), to.max(at)),
    )
}

fn time_scale(span: (Timestamp, Timestamp)) -> Scale {
    Scale::exactly(span.0.nanos() as f64, span.1.nanos() as f64)
}

fn points(variant: &VariantReport, value: impl Fn(&EquityPoint) -> f64) -> Vec<Point> {
    variant
        .equity
        .iter()
        .map(|point| (point.at.nanos(), value(point)))
        .collect()
}

/// The product and the baselines it must be compared with; baselines first, so that the product lies on top.
fn overlaid<'a>(
    report: &'a RunReport,
    main: &'a VariantReport,
) -> Vec<(&'static str, &'a VariantReport)> {
    let baselines = [
        ("s-market", VariantKind::MarketOnly),
        ("s-mean", VariantKind::PlainMean),
    ];
    let mut curves: Vec<(&'static str, &VariantReport)> = baselines
        .into_iter()
        .filter(|(_, kind)| *kind != main.kind)
        .filter_map(|(class, kind)| Some((class, report.variant_of(kind)?)))
        .collect();
    curves.push(("s-main", main));
    curves
}

fn equity(report: &RunReport, main: &VariantReport, span: (Timestamp, Timestamp)) -> String {
    let curves = overlaid(report, main);
    let bankroll = report.run.bankroll.to_f64();
    let values = curves
        .iter()
        .flat_map(|(_, variant)| variant.equity.iter().map(|point| point.equity.to_f64()));
    let (x, y) = (time_scale(span), Scale::around(values.chain([bankroll])));
    let start = y.y(bankroll);
    let mut marks = format!("<path class=\"base\" d=\"M0 {start:.1}H1000\"/>");
    for (class, variant) in &curves {
        marks += &curve(&points(variant, |point| point.equity.to_f64()), x, y, class);
    }
    let plot = Plot {
        shape: "tall",
        words: Words {
            id: "equity",
            title: "Equity over time",
            description: equity_words(report, &curves),
        },
        marks,
        left: value_labels(y, dollars),
        below: time_labels(x, time_ticks(span.0, span.1)),
    };
    let key: Vec<(&str, String)> = curves
        .iter()
        .rev()
        .map(|(class, variant)| (*class, variant.name.clone()))
        .collect();
    figure(
        "Equity",
        "US dollars; the thin line is the bankroll",
        &legend(&key),
        &plot.html(),
    )
}

fn equity_words(report: &RunReport, curves: &[(&str, &VariantReport)]) -> String {
    let ends: Vec<String> = curves
        .iter()
        .rev()
        .map(|(_, variant)| {
            format!(
                "{} ends at {}",
                variant.name,
                format::money(variant.final_equity)
            )
        })
        .collect();
    format!(
        "From a bankroll of {}: {}.",
        format::money(report.run.bankroll),
        ends.join(", ")
    )
}

fn drawdown(main: &VariantReport, span: (Timestamp, Timestamp)) -> String {
    let fall = points(main, |point| -fall_share(point));
    let deepest = fall.iter().map(|point| point.1).fold(0.0, f64::min);
    let (x, y) = (
        time_scale(span),
        Scale::exactly((deepest * 1.08).min(-0.001), 0.0),
    );
    let plot = Plot {
        shape: "low",
        words: Words {
            id: "drawdown",
            title: "Drawdown over time",
            description: format!(
                "Fall of the {} from its highest equity so far; at most {}.",
                main.name,
                format::percent(-deepest, 2)
            ),
        },
        marks: area(&fall, x, y, 0.0, "a-main") + &curve(&fall, x, y, "s-main thin"),
        left: percent_labels(y),
        below: time_labels(x, time_ticks(span.0, span.1)),
    };
    figure(
        "Drawdown",
        "share of the highest equity so far",
        "",
        &plot.html(),
    )
}

/// Labels in percent with as many decimals as the step between them needs, one at least.
fn percent_labels(scale: Scale) -> Vec<(f64, String)> {
    let ticks = scale.ticks();
    let step = match ticks[..] {
        [first, second, ..] => (second - first) * 100.0,
        _ => 1.0,
    };
    let decimals = (1..6).find(|decimals| step * libm::exp10(f64::from(*decimals)) > 0.99);
    value_labels(scale, |value| {
        format::percent(value, decimals.map_or(6, |decimals| decimals as usize))
    })
}

fn fall_share(point: &EquityPoint) -> f64 {
    let peak = point.equity + point.drawdown;
    if peak > Cash::ZERO {
        point.drawdown.to_f64() / peak.to_f64()
    } else {
        0.0
    }
}

fn exposure(main: &VariantReport, span: (Timestamp, Timestamp)) -> String {
    let loss = points(main, |point| point.exposure.to_f64());
    let highest = loss.iter().map(|point| point.1).fold(0.0, f64::max);
    let (x, y) = (
        time_scale(span),
        Scale::exactly(0.0, (highest * 1.08).max(1.0)),
    );
    let plot = Plot {
        shape: "low",
        words: Words {
            id: "exposure",
            title: "Exposure over time",
            description: format!(
                "Worst-case loss of all positions of the {}: mean {}, at most {}.",
                main.name,
                format::money(main.exposure_mean),
                format::money(main.exposure_max)
            ),
        },
        marks: area(&loss, x, y, 0.0, "a-quiet") + &curve(&loss, x, y, "s-mean thin"),
        left: value_labels(y, dollars),
        below: time_labels(x, time_ticks(span.0, span.1)),
    };
    figure(
        "Exposure",
        "worst-case loss of all positions at once, US dollars",
        "",
        &plot.html(),
    )
}

/// A figure with its caption and key above the plot.
pub(super) fn figure(title: &str, unit: &str, key: &str, plot: &str) -> String {
    format!("<figure><figcaption><b>{title}</b> {unit}</figcaption>{key}{plot}</figure>\n")
}

/// An axis label: whole dollars, or cents where the value needs them.
fn dollars(value: f64) -> String {
    let micros = Cash::from_micros_saturating(libm::round(value * 1e6) as i128);
    let text = format::money(micros);
    text.strip_suffix(".00")
        .map_or_else(|| text.clone(), str::to_owned)
}
