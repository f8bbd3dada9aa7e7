//! The text report fits its width, always names the baselines, and does not flatter.

use crate::common::{empty_report, sample_report};
use quorate_backtest::report::model::{DataOrigin, Halt, VariantKind};
use quorate_backtest::report::reading::reading;
use quorate_backtest::report::terminal::to_text;
use quorate_domain::{Cash, HaltReason, Timestamp};

#[test]
fn every_line_fits_a_hundred_columns() {
    for report in [sample_report(48), empty_report()] {
        for line in to_text(&report).lines() {
            assert!(line.chars().count() <= 100, "{line}");
            assert!(line.is_ascii(), "{line}");
        }
    }
}

#[test]
fn numbers_are_set_as_people_read_them() {
    let mut report = sample_report(48);
    report.variants[0].pnl = Cash::from_micros(-1_234_565_000);
    report.variants[0].return_ratio = -0.123_456;
    let text = to_text(&report);
    assert!(
        text.contains("-$1,234.57") && text.contains("-12.35%"),
        "{text}"
    );
    assert!(text.contains("2026-03-01 to 2026-07-01 UTC (122 days), bankroll $10,000.00"));
}

#[test]
fn baselines_are_listed_even_when_they_were_not_run() {
    let mut report = sample_report(24);
    report
        .variants
        .retain(|variant| variant.kind == VariantKind::Collective);
    let text = to_text(&report);
    for name in ["plain mean", "market only"] {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(name))
            .unwrap();
        assert!(line.contains("not run"));
    }
    assert!(text.contains("Trading on the market price alone was not run"));
}

#[test]
fn control_characters_from_outside_do_not_reach_the_terminal() {
    let mut report = sample_report(24);
    report.run.name = "\u{1b}[2Jgone\r\n".to_owned();
    report.variants[1].name = "a\u{7}b\u{202e}c".to_owned();
    report.forecasts[0].name = "\u{9b}31m".to_owned();
    report
        .assumptions
        .push("line\u{1b}]0;title\u{7}".to_owned());
    report.decisions[0].example.market = "\u{1b}c".to_owned();
    let text = to_text(&report);
    assert!(
        text.chars()
            .all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}'))
    );
}

#[test]
fn long_names_are_cut_not_wrapped() {
    let mut report = sample_report(24);
    report.variants[1].name = "n".repeat(300);
    assert!(
        to_text(&report)
            .lines()
            .all(|line| line.chars().count() <= 100)
    );
}

#[test]
fn a_worse_collective_is_said_to_be_worse() {
    let mut report = sample_report(48);
    for score in &mut report.forecasts {
        let row = score.own.as_mut().unwrap();
        row.brier = row.brier_market + 0.01;
    }
    let lines = reading(&report);
    let expected = "The market alone scored better than the collective:";
    assert!(
        lines.iter().any(|line| line.starts_with(expected)),
        "{lines:?}"
    );
}

#[test]
fn the_market_is_compared_on_own_rows_even_where_common_rows_say_the_opposite() {
    let mut report = sample_report(48);
    for score in &mut report.forecasts {
        let common = score.common.as_mut().unwrap();
        (common.rows, common.brier) = (152, common.brier_market - 0.05);
        let own = score.own.as_mut().unwrap();
        (own.rows, own.brier) = (1_355, own.brier_market + 0.01);
    }
    let lines = reading(&report);
    let about_market = |line: &&String| line.contains("market alone scored better");
    assert_eq!(lines.iter().filter(about_market).count(), 3, "{lines:?}");
    assert!(
        lines
            .iter()
            .filter(about_market)
            .all(|line| line.contains("on 1,355 rows"))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("on the 152 rows that all forecasters share"))
    );
}

#[test]
fn few_resolution_dates_have_no_interval_but_their_count() {
    let mut report = sample_report(24);
    for score in &mut report.forecasts {
        for row in [score.own.as_mut(), score.common.as_mut()]
            .into_iter()
            .flatten()
        {
            row.dates = 4;
            row.skill.as_mut().unwrap().interval = None;
        }
    }
    assert!(to_text(&report).contains("[4 dates]"));
    let lines = reading(&report);
    assert!(
        lines
            .iter()
            .any(|line| line.ends_with("too few resolution dates for an interval.")),
        "{lines:?}"
    );
}

#[test]
fn one_resolution_date_is_called_one_draw() {
    let mut report = sample_report(24);
    for score in &mut report.forecasts {
        score.own.as_mut().unwrap().dates = 1;
    }
    let line = "Resolution dates: 1. Everything that resolves together is one draw.";
    assert!(reading(&report).contains(&line.to_owned()));
}

#[test]
fn synthetic_data_are_named_and_recorded_data_are_not() {
    let mut report = sample_report(24);
    assert!(reading(&report)[0].contains("synthetic"));
    assert!(reading(&report)[1].contains("--seed"));
    report.run.data = DataOrigin::Recorded;
    assert!(
        !reading(&report)
            .iter()
            .any(|line| line.contains("synthetic"))
    );
}

#[test]
fn fees_that_turn_a_gain_into_a_loss_are_named() {
    let mut report = sample_report(24);
    report.variants[0].pnl = Cash::whole(-1);
    report.variants[0].fees = Cash::whole(10);
    let lines = reading(&report);
    let expected = "Before fees the collective made $9.00; fees of $10.00 turned that into a loss.";
    assert!(lines.contains(&expected.to_owned()), "{lines:?}");
}

#[test]
fn unresolved_positions_are_counted() {
    let mut report = sample_report(24);
    let open = report
        .markets
        .iter_mut()
        .find(|market| market.fills > 0)
        .unwrap();
    open.payout = None;
    open.resolved_at = None;
    let expected = "1 traded market is unresolved";
    assert!(
        reading(&report)
            .iter()
            .any(|line| line.starts_with(expected))
    );
}

fn halt(secs: u64, reason: HaltReason) -> Halt {
    Halt {
        at: Timestamp::from_secs(secs),
        reason,
    }
}

#[test]
fn a_halt_for_the_drawdown_is_for_good() {
    let mut report = sample_report(24);
    report.variants[0].halts = vec![halt(1_775_001_600, HaltReason::Drawdown)];
    let expected =
        "The collective variant stopped for good at 2026-04-01 00:00:00 UTC by the drawdown limit.";
    assert!(reading(&report).contains(&expected.to_owned()));
}

#[test]
fn halts_for_a_days_loss_are_counted_and_end_with_the_day() {
    let mut report = sample_report(24);
    let (first, day) = (1_775_001_600, 86_400);
    report.variants[0].halts = vec![
        halt(first, HaltReason::DailyLoss),
        halt(first + 2 * day, HaltReason::DailyLoss),
        halt(first + 3 * day, HaltReason::DailyLoss),
        halt(first + 9 * day, HaltReason::Drawdown),
    ];
    let lines = reading(&report);
    let daily = "The collective variant stopped for the rest of the day on 3 days, first at 2026-04-01 00:00:00 UTC, \
                 by the daily loss limit.";
    let last =
        "The collective variant stopped for good at 2026-04-10 00:00:00 UTC by the drawdown limit.";
    for expected in [daily, last] {
        assert!(lines.contains(&expected.to_owned()), "{lines:?}");
    }
}
