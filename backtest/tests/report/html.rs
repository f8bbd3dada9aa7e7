//! The HTML report is one harmless, self-contained, accessible file of a bounded size.

use crate::common::{empty_report, sample_report};
use quorate_backtest::report::RunReport;
use quorate_backtest::report::html::to_html;
use quorate_domain::{Cash, Timestamp};

const ATTACK: &str = "</title></style><script>alert('x')</script>\" onload=\"alert(1)";

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn text_from_outside_is_escaped_everywhere() {
    let mut report = sample_report(24);
    let attack = || ATTACK.to_owned();
    report.run.name = attack();
    report.run.result_hash = attack();
    report.run.tape_hash = attack();
    report.run.engine_version = attack();
    report.run.reproduce = attack();
    report.run.config = attack();
    report.assumptions = vec![attack()];
    report
        .variants
        .iter_mut()
        .for_each(|variant| variant.name = attack());
    report
        .forecasts
        .iter_mut()
        .for_each(|score| score.name = attack());
    report
        .fills
        .iter_mut()
        .for_each(|fill| fill.market = attack());
    for market in &mut report.markets {
        (market.market, market.question, market.group) = (attack(), attack(), Some(attack()));
    }
    for entry in &mut report.decisions {
        (entry.reason, entry.example.market) = (attack(), attack());
    }
    let html = to_html(&report);
    assert_eq!(
        (count(&html, "<script>"), count(&html, "</script>")),
        (1, 1)
    );
    assert_eq!(
        (count(&html, "</style>"), count(&html, "</title></style>")),
        (1, 0)
    );
    assert!(!html.contains("alert('x')") && !html.contains("onload=\""));
}

#[test]
fn nothing_is_fetched_from_anywhere() {
    let html = to_html(&sample_report(24));
    for outside in [
        "http:", "https:", "src=", "href=", "url(", "@import", "<link", "<iframe", "<img",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
}

/// Elements that are opened are closed, in order.
fn assert_well_nested(html: &str) {
    let void = ["meta", "path", "rect", "line", "br", "!doctype"];
    let script = html.find("<script>").unwrap();
    let mut open: Vec<&str> = Vec::new();
    for piece in html[..script].split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap();
        let name = tag.split_whitespace().next().unwrap();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
        } else if !void.contains(&name.trim_end_matches('/')) {
            open.push(name);
        }
    }
    assert_eq!(open, ["html", "body"]);
}

/// No division by zero has left its mark on the page.
fn assert_only_numbers(html: &str) {
    let page = &html[..html.find("<script>").unwrap()];
    for mark in ["NaN", "inf%", "inf ", "$inf", "9,223,372"] {
        assert!(!page.contains(mark), "{mark}");
    }
}

#[test]
fn elements_are_well_nested() {
    assert_well_nested(&to_html(&sample_report(24)));
    assert_well_nested(&to_html(&empty_report()));
}

#[test]
fn tables_have_captions_and_drawings_have_words() {
    let html = to_html(&sample_report(24));
    assert_eq!(count(&html, "<table"), count(&html, "<caption><span>"));
    let drawings = count(&html, "<svg");
    assert_eq!(
        drawings,
        count(&html, "<svg viewBox") + count(&html, "<svg role=\"img\" aria-label")
    );
    assert_eq!(count(&html, "<svg viewBox"), count(&html, "<desc id="));
    assert!(html.contains("lang=\"en\"") && html.contains("<main>"));
}

#[test]
fn every_market_and_every_source_has_a_row() {
    let report = sample_report(48);
    let html = to_html(&report);
    for market in &report.markets {
        assert!(html.contains(&format!("<th scope=\"row\">{}<small>", market.market)));
    }
    for variant in &report.variants {
        assert!(html.contains(&format!("<th scope=\"row\">{}</th>", variant.name)));
    }
    assert!(html.contains(&report.run.result_hash));
}

#[test]
fn a_run_without_baselines_says_so() {
    let mut report = sample_report(24);
    report.variants.truncate(1);
    assert_eq!(count(&to_html(&report), "<small>not run</small>"), 2);
}

/// Much more of everything than a page can show.
fn large_report() -> RunReport {
    let mut report = sample_report(96);
    let fills = report.fills.clone();
    while report.fills.len() < 10_000 {
        report.fills.extend(fills.iter().cloned());
    }
    for variant in &mut report.variants {
        let hourly = std::mem::take(&mut variant.equity);
        for point in hourly {
            for second in 0..20 {
                let mut later = point;
                later.at = Timestamp::from_secs(point.at.secs() + second * 180);
                later.equity += Cash::from_micros(i64::try_from(second).unwrap() * 1_000);
                variant.equity.push(later);
            }
        }
    }
    report
}

#[test]
fn a_large_run_stays_below_a_megabyte_and_says_what_it_left_out() {
    let report = large_report();
    let html = to_html(&report);
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
    let total = report.fills.len();
    let expected = format!(
        "The first 2,000 of {},{:03} trades",
        total / 1000,
        total % 1000
    );
    assert!(html.contains(&expected));
}

#[test]
fn an_empty_run_renders_in_sentences() {
    let html = to_html(&empty_report());
    for sentence in [
        "No variant was run.",
        "No equity over time was recorded.",
        "No forecast met a resolved market.",
        "0 markets, the 0 traded ones first: none.",
        "Trades in order of time: none.",
        "Decisions by reason: none.",
    ] {
        assert!(html.contains(sentence), "{sentence}");
    }
    assert_only_numbers(&html);
}

#[test]
fn a_run_that_never_traded_renders() {
    let mut report = sample_report(24);
    report.fills.clear();
    for variant in &mut report.variants {
        variant.fills = 0;
        variant.pnl = Cash::ZERO;
        variant.drawdown_max = None;
        for point in &mut variant.equity {
            (point.equity, point.exposure, point.drawdown) =
                (report.run.bankroll, Cash::ZERO, Cash::ZERO);
        }
    }
    let html = to_html(&report);
    assert!(html.contains("never traded: its P&amp;L is zero"));
    assert_only_numbers(&html);
}

#[test]
fn the_same_report_gives_the_same_page() {
    let report = sample_report(24);
    assert_eq!(to_html(&report), to_html(&report));
}

#[test]
fn every_definition_on_the_page_is_also_in_the_guide() {
    let guide = include_str!("../../../docs/metrics.md");
    for (term, _) in quorate_backtest::report::definitions::DEFINITIONS {
        assert!(guide.contains(&format!("**{term}**")), "{term}");
    }
}

#[test]
fn the_skill_card_counts_own_rows() {
    let mut report = sample_report(24);
    for score in &mut report.forecasts {
        let own = score.own.as_mut().unwrap();
        (own.rows, own.dates) = (1_355, 4);
        let skill = own.skill.as_mut().unwrap();
        (skill.value, skill.interval) = (-0.123, None);
    }
    let html = to_html(&report);
    let card = "<span class=\"w\">\u{2212}12.3%</span><small>[4 dates] on 1,355 rows</small>";
    assert!(html.contains(card));
    assert!(html.contains("collective, 1,355 rows"));
}

#[test]
fn a_sign_does_not_part_from_its_money() {
    let mut report = sample_report(24);
    report.variants[0].pnl = Cash::from_micros(-707_240_000);
    let html = to_html(&report);
    assert!(html.contains("<dd><span class=\"w\">\u{2212}$707.24</span><small>"));
    let (_, reading) = html.split_once("id=\"h-reading\"").unwrap();
    let (reading, _) = reading.split_once("</ul>").unwrap();
    assert!(count(reading, "\u{2212}$") > 0);
    assert_eq!(
        count(reading, "\u{2212}$"),
        count(reading, "<span class=\"w\">\u{2212}$")
    );
}

#[test]
fn a_small_drawdown_has_different_labels() {
    let mut report = sample_report(24);
    for point in &mut report.variants[0].equity {
        point.drawdown = Cash::ZERO;
    }
    let html = to_html(&report);
    let (_, plot) = html.split_once("id=\"drawdown-d\"").unwrap();
    let (plot, _) = plot.split_once("</figure>").unwrap();
    let labels: Vec<&str> = plot
        .split("<span class=\"yl\"")
        .skip(1)
        .map(|label| label.split(['>', '<']).nth(1).unwrap())
        .collect();
    let different: std::collections::BTreeSet<&&str> = labels.iter().collect();
    assert!(
        labels.len() > 1 && different.len() == labels.len(),
        "{labels:?}"
    );
}

/// Labels of the time axis of the equity plot when the run lasts `seconds`.
fn time_labels(report: &RunReport, seconds: u64) -> Vec<String> {
    let mut report = report.clone();
    let start = report.run.started_at.secs();
    report.run.ended_at = Timestamp::from_secs(start + seconds);
    for variant in &mut report.variants {
        variant.equity.truncate(2);
        variant.equity[0].at = report.run.started_at;
        variant.equity[1].at = report.run.ended_at;
    }
    let html = to_html(&report);
    let (_, plot) = html.split_once("id=\"equity-d\"").unwrap();
    let (plot, _) = plot.split_once("</figure>").unwrap();
    let labels = plot.split("<span class=\"xl").skip(1);
    labels
        .map(|label| label.split(['>', '<']).nth(1).unwrap().to_owned())
        .collect()
}

#[test]
fn the_time_axis_has_a_few_round_labels_for_any_span() {
    let (report, day) = (sample_report(24), 86_400);
    for seconds in [
        0,
        3,
        100,
        3_600,
        20_000,
        day,
        9 * day,
        45 * day,
        400 * day,
        9_000 * day,
    ] {
        let count = time_labels(&report, seconds).len();
        assert!((1..=6).contains(&count), "{seconds} s: {count} labels");
    }
    assert_eq!(
        time_labels(&report, 3_600),
        ["00:00", "00:15", "00:30", "00:45", "01:00"]
    );
    let labels = time_labels(&report, 2 * day);
    assert_eq!(labels[1], "1 Mar 12:00");
    let different: std::collections::BTreeSet<&String> = labels.iter().collect();
    assert_eq!(different.len(), labels.len(), "{labels:?}");
    assert_eq!(
        time_labels(&report, 3 * day),
        ["1 Mar", "2 Mar", "3 Mar", "4 Mar"]
    );
    assert_eq!(
        time_labels(&report, 365 * day),
        ["Apr 2026", "Jul 2026", "Oct 2026", "Jan 2027"]
    );
}
