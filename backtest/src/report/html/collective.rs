//! The report of a collective as one self-contained HTML page, with the parts that pages of runs are made of.

use quorate_collective::Quantity;

use super::curves::figure;
use super::escape::{escape, number};
use super::plot::{Plot, Words, legend};
use super::scale::Scale;
use super::table::{Behaviour, Column, Row, Table, numbers, words};
use super::{SCRIPT, STYLE, head, section};
use crate::collective::{
    CollectiveReport, Credit, CreditDepth, Difference, Entrant, EntrantKind, EntrantScore,
};
use crate::report::collective::{
    credit_cells, credit_title, interval_text, mean_text, reading, score_cells, standing_cells,
    summary,
};
use crate::report::format;

/// The report as an HTML document.
#[must_use]
pub fn render_html(report: &CollectiveReport) -> String {
    let name = escape(&report.name);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{name} - Quorate collective</title>\n<style>\n{STYLE}</style></head>\n\
         <body><main>\n{}</main>\n<script>\n{SCRIPT}</script></body></html>\n",
        body(report)
    )
}

fn body(report: &CollectiveReport) -> String {
    let sections = [
        section("reading", "How to read this", &head::list(&reading(report))),
        section("league", "League", &leagues(report)),
        section("differences", "Paired differences", &differences(report)),
        section("calibration", "Calibration", &calibration(report)),
        section("contribution", "Contribution", &contribution(report)),
        section("standings", "Standings", &standings(report)),
        section("definitions", "Definitions", DEFINITIONS),
    ];
    title(report) + &sections.concat()
}

fn title(report: &CollectiveReport) -> String {
    format!(
        "<header><p class=\"kicker\">Quorate &middot; Collective &middot; walk-forward replay</p><h1>{}</h1>\
         <p class=\"sub\">{}.</p></header>\n",
        escape(&report.name),
        escape(&summary(report))
    )
}

fn is_price(report: &CollectiveReport) -> bool {
    report.quantity == Quantity::Price
}

const SCORES: [Column; 9] = [
    words("Source"),
    numbers("Rows"),
    numbers("Log loss"),
    numbers("Brier"),
    numbers("Reliability"),
    numbers("Resolution"),
    numbers("Calibration error"),
    numbers("Slope"),
    numbers("Skill"),
];

const PRICE_SCORES: [Column; 5] = [
    words("Source"),
    numbers("Rows"),
    numbers("MSE"),
    numbers("RMSE"),
    numbers("MAE"),
];

fn leagues(report: &CollectiveReport) -> String {
    let own = league(report, "Each on all of its own rows", |e| e.own.as_ref());
    if report.league.iter().all(|entrant| 1.0 <= entrant.coverage) {
        return own;
    }
    let caption = format!(
        "On {} common rows: workers count in order of coverage while half of the rows remain",
        format::count(report.common_rows as u64)
    );
    own + &league(report, &caption, |e| e.common.as_ref())
}

fn league<'r>(
    report: &'r CollectiveReport,
    caption: &str,
    pick: impl Fn(&'r Entrant) -> Option<&'r EntrantScore>,
) -> String {
    let (prices, scores) = (PRICE_SCORES, SCORES);
    let row = |entrant: &'r Entrant| {
        let score = pick(entrant)?;
        let mut cells = vec![entrant.name.clone(), format::count(score.rows as u64)];
        cells.extend(score_cells(score, is_price(report)));
        Some(line(entrant, cells))
    };
    Table {
        caption,
        columns: if is_price(report) { &prices } else { &scores },
        rows: report.league.iter().filter_map(row).collect(),
        behaviour: Behaviour::Sortable,
    }
    .html()
}

/// A row with what the entrant is, ours set apart.
fn line(entrant: &Entrant, cells: Vec<String>) -> Row {
    let note = match (entrant.kind, entrant.is_best_in_hindsight) {
        (EntrantKind::Market, _) => "the price alone",
        (EntrantKind::Worker, true) => "best single worker, chosen in hindsight",
        (EntrantKind::Worker, false) => "worker",
        (EntrantKind::Ours, _) => "our default",
        (EntrantKind::Scheme, _) => "",
    };
    let row = Row::new(cells).with_note(note);
    match entrant.kind {
        EntrantKind::Ours => row.emphasised(),
        _ => row,
    }
}

const DIFFERENCES: [Column; 5] = [
    words("Source"),
    numbers("Loss less ours"),
    numbers("95% interval"),
    numbers("Loss less the market's"),
    numbers("95% interval"),
];

fn differences(report: &CollectiveReport) -> String {
    let price = is_price(report);
    let against_ours = bars(
        report,
        "Loss less ours",
        "right of the line = ours is better; the thin line is the 95% interval",
        |entrant| entrant.loss_against_ours.as_ref(),
    );
    let against_market = bars(
        report,
        "Loss less the market's",
        "left of the line = better than the market",
        |entrant| entrant.loss_against_market.as_ref(),
    );
    let row = |entrant: &Entrant| {
        let (ours, market) = (entrant.loss_against_ours, entrant.loss_against_market);
        let cells = vec![
            entrant.name.clone(),
            format::or_dash(ours, |d| mean_text(&d, price)),
            format::or_dash(ours, |d| interval_text(&d, price)),
            format::or_dash(market, |d| mean_text(&d, price)),
            format::or_dash(market, |d| interval_text(&d, price)),
        ];
        line(entrant, cells)
    };
    let table = Table {
        caption: "Paired on the rows that both have; ~ marks an interval that draws events, not dates",
        columns: &DIFFERENCES,
        rows: report.league.iter().map(row).collect(),
        behaviour: Behaviour::Plain,
    };
    against_ours + &against_market + &table.html()
}

/// One bar per entrant from zero to its difference, with the interval as a thin line.
fn bars<'r>(
    report: &'r CollectiveReport,
    title: &str,
    unit: &str,
    pick: impl Fn(&'r Entrant) -> Option<&'r Difference>,
) -> String {
    let entries: Vec<(&Entrant, &Difference)> = report
        .league
        .iter()
        .filter_map(|entrant| Some((entrant, pick(entrant)?)))
        .collect();
    let spans = entries.iter().map(|(entrant, difference)| Span {
        name: &entrant.name,
        is_ours: entrant.kind == EntrantKind::Ours,
        value: difference.mean,
        interval: difference.interval.map(|i| (i.low, i.high)),
        text: mean_text(difference, is_price(report)),
    });
    span_bars(title, unit, &spans.collect::<Vec<_>>())
}

/// A bar with an interval.
struct Span<'a> {
    name: &'a str,
    is_ours: bool,
    value: f64,
    interval: Option<(f64, f64)>,
    text: String,
}

fn span_bars(title: &str, unit: &str, spans: &[Span<'_>]) -> String {
    if spans.is_empty() {
        return String::new();
    }
    let ends = spans.iter().flat_map(|span| {
        let (low, high) = span.interval.unwrap_or((span.value, span.value));
        [low, high, span.value, 0.0]
    });
    let (low, high) = ends.fold((0.0f64, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
    let scale = Scale::exactly(low, high);
    let percent = |value: f64| 100.0 * scale.share(value);
    let items: String = spans.iter().map(|span| span_bar(span, percent)).collect();
    figure(title, unit, "", &format!("<ul class=\"bars\">{items}</ul>"))
}

fn span_bar(span: &Span<'_>, percent: impl Fn(f64) -> f64) -> String {
    let (zero, end) = (percent(0.0), percent(span.value));
    let (left, length) = (zero.min(end), (end - zero).abs());
    let class = if span.is_ours { "b-main" } else { "b-other" };
    let name = escape(span.name);
    let amount = number(&span.text);
    let whisker = span.interval.map_or_else(String::new, |(low, high)| {
        let (from, to) = (percent(low), percent(high));
        format!("<line class=\"axis\" x1=\"{from:.2}%\" x2=\"{to:.2}%\" y1=\"13\" y2=\"13\"/>")
    });
    format!(
        "<li><span>{name}</span><svg role=\"img\" aria-label=\"{name}: {amount}\" width=\"100%\" height=\"26\">\
         <rect class=\"{class}\" x=\"{left:.2}%\" y=\"9\" width=\"{length:.2}%\" height=\"8\"/>{whisker}\
         <line class=\"axis\" x1=\"{zero:.2}%\" x2=\"{zero:.2}%\" y1=\"0\" y2=\"26\"/></svg>\
         <span class=\"n\">{amount}</span></li>\n"
    )
}

/// A calibration plot of ours, the plain mean and the market.
fn calibration(report: &CollectiveReport) -> String {
    let mean = report.named("plain mean");
    let drawn: Vec<(&str, &Entrant, &EntrantScore)> = [
        ("s-main", report.ours()),
        ("s-mean", mean),
        ("s-market", report.market()),
    ]
    .into_iter()
    .filter_map(|(class, entrant)| {
        let entrant = entrant?;
        let score = entrant.own.as_ref()?;
        score.bins.as_ref()?;
        Some((class, entrant, score))
    })
    .collect();
    if drawn.is_empty() {
        return "<p class=\"none\">Calibration is for probabilities.</p>\n".to_owned();
    }
    let key: Vec<(&str, String)> = drawn
        .iter()
        .map(|(class, entrant, score)| {
            let rows = format::count(score.rows as u64);
            (*class, format!("{}, {rows} rows", entrant.name))
        })
        .collect();
    figure(
        "Calibration",
        "how often it happened, against the mean forecast of ten bins; dots grow with the count",
        &legend(&key),
        &calibration_plot(&drawn),
    )
}

fn calibration_plot(drawn: &[(&str, &Entrant, &EntrantScore)]) -> String {
    let mut marks = "<path class=\"base\" d=\"M0 1000L1000 0\"/>".to_owned();
    for (class, _, score) in drawn.iter().rev() {
        marks += &super::reliability::bin_dots(class, score.bins.as_deref().unwrap_or_default());
    }
    let sides = [0.0, 0.25, 0.5, 0.75, 1.0];
    let percent = |share: f64| format::percent(share, 0);
    let errors: Vec<String> = drawn
        .iter()
        .filter_map(|(_, entrant, score)| {
            let error = format::percent(score.murphy?.calibration_error, 1);
            Some(format!("{} {error}", entrant.name))
        })
        .collect();
    Plot {
        shape: "square",
        words: Words {
            id: "calibration-plot",
            title: "Calibration",
            description: format!(
                "The diagonal is perfect calibration. Calibration error: {}.",
                errors.join(", ")
            ),
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

const CREDITS: [Column; 8] = [
    words("Worker"),
    numbers("Rows"),
    numbers("Fast mean"),
    numbers("95% interval"),
    numbers("Average"),
    numbers("Exact"),
    numbers("Shapley"),
    numbers("Points"),
];

fn contribution(report: &CollectiveReport) -> String {
    let price = is_price(report);
    let spans: Vec<Span<'_>> = report
        .credits
        .iter()
        .filter_map(|credit| credit_span(credit, report.points_by, price))
        .collect();
    let (title, unit) = match report.points_by {
        CreditDepth::Fast => (
            "Mean contribution per answered row",
            "loss without the worker less loss with it, at each resolution",
        ),
        CreditDepth::Exact => (
            "Exact contribution",
            "loss of a replay without the worker less loss with it",
        ),
        CreditDepth::Shapley => (
            "Shapley value per row",
            "mean marginal gain in loss over all orders of joining",
        ),
    };
    let chart = span_bars(title, unit, &spans);
    let row = |credit: &Credit| {
        let mut cells = vec![credit.worker.clone()];
        cells.extend(credit_cells(credit, price));
        Row::new(cells)
    };
    let table = Table {
        caption: &credit_title(report),
        columns: &CREDITS,
        rows: report.credits.iter().map(row).collect(),
        behaviour: Behaviour::Sortable,
    };
    chart + &table.html()
}

/// The bar of the value that points are split by; only the fast one has an interval.
fn credit_span(credit: &Credit, by: CreditDepth, is_price: bool) -> Option<Span<'_>> {
    let (value, interval) = match by {
        CreditDepth::Fast => {
            let mean = credit.fast_mean?;
            (mean.mean, mean.interval.map(|i| (i.low, i.high)))
        }
        CreditDepth::Exact => (credit.exact?, None),
        CreditDepth::Shapley => (credit.shapley?, None),
    };
    Some(Span {
        name: &credit.worker,
        is_ours: 0 < credit.points,
        value,
        interval,
        text: format::signed(value, if is_price { 2 } else { 4 }),
    })
}

const STANDINGS: [Column; 9] = [
    words("Worker"),
    numbers("Coverage"),
    numbers("Weight"),
    numbers("Loss"),
    numbers("Recent loss"),
    numbers("Slope"),
    numbers("Skill on the market"),
    numbers("Skill on the mean"),
    numbers("Correlation with the market"),
];

fn standings(report: &CollectiveReport) -> String {
    let row = |worker: &crate::collective::WorkerStanding| {
        let mut cells = vec![worker.name.clone()];
        cells.extend(standing_cells(worker));
        Row::new(cells)
    };
    let caption = format!(
        "Since the start; recent = the last {} batches",
        format::count(report.method.window as u64)
    );
    Table {
        caption: &caption,
        columns: &STANDINGS,
        rows: report.standings.iter().map(row).collect(),
        behaviour: Behaviour::Sortable,
    }
    .html()
}

const DEFINITIONS: &str = "<dl class=\"terms\">\
<div><dt>Walk forward</dt><dd>Every value is frozen when it was predicted. A scheme learns an outcome only when it had \
become known.</dd></div>\
<div><dt>Log loss, Brier</dt><dd>Mean of minus the logarithm of the probability given to what happened, clipped at 0.001; \
mean squared distance to it. Lower is better.</dd></div>\
<div><dt>Reliability, resolution</dt><dd>Murphy's parts of the Brier score over ten bins: how far forecasts lie from \
frequencies (lower is better), and how far frequencies differ between bins (higher is better).</dd></div>\
<div><dt>Slope</dt><dd>Of the calibration line in log odds: below 1 over-confident, above 1 too timid.</dd></div>\
<div><dt>Skill</dt><dd>One less the ratio of log loss to the market's on the same rows.</dd></div>\
<div><dt>Interval</dt><dd>2,000 resamples of whole resolution dates. With fewer than ten dates, events are drawn and the \
interval is marked with ~: it is too narrow, and no claim is made from it.</dd></div>\
<div><dt>Contribution</dt><dd>Fast: loss with the worker masked less loss with everybody, at each resolution. Exact: the \
same by a whole replay without it. Shapley: its mean marginal gain over all orders of joining.</dd></div>\
<div><dt>Points</dt><dd>Split in proportion to positive contributions, by largest remainders.</dd></div>\
</dl>\n";
