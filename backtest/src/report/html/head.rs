//! The top of the page: what was run, the numbers that matter, and how to read them.

use super::escape::{escape, prose};
use crate::report::format;
use crate::report::model::{
    DataOrigin, ForecasterKind, RunInfo, RunMode, RunReport, VariantReport,
};
use crate::report::reading::reading;
use crate::report::terminal::interval_text;

/// Title block, cards, and the honest reading.
pub(super) fn head(report: &RunReport) -> String {
    format!(
        "{}{}<section aria-labelledby=\"h-reading\"><h2 id=\"h-reading\">How to read this</h2>{}</section>\n",
        title(&report.run),
        cards(report),
        list(&reading(report))
    )
}

fn title(run: &RunInfo) -> String {
    let mode = match run.mode {
        RunMode::Backtest => "Backtest",
        RunMode::Paper => "Paper run",
    };
    let origin = match run.data {
        DataOrigin::Recorded => "recorded data",
        DataOrigin::Synthetic => "synthetic data",
    };
    format!(
        "<header><p class=\"kicker\">Quorate &middot; {mode} &middot; {origin}</p><h1>{}</h1>\
         <p class=\"sub\">{} to {} UTC, {}. Bankroll {}.</p></header>\n",
        escape(&run.name),
        format::date(run.started_at),
        format::date(run.ended_at),
        format::span(run.started_at, run.ended_at),
        format::money(run.bankroll)
    )
}

/// A list of sentences.
pub(super) fn list(sentences: &[String]) -> String {
    let items: String = sentences
        .iter()
        .map(|sentence| format!("<li>{}</li>\n", prose(sentence)))
        .collect();
    format!("<ul class=\"notes\">{items}</ul>\n")
}

fn cards(report: &RunReport) -> String {
    let Some(main) = report.main_variant() else {
        return "<p class=\"none\">No variant was run.</p>\n".to_owned();
    };
    let cards = [
        card(
            "P&L",
            &format::money_signed(main.pnl),
            &format!("after fees of {}", format::money(main.fees)),
        ),
        card(
            "Return",
            &format::percent_signed(main.return_ratio),
            &format!("final equity {}", format::money(main.final_equity)),
        ),
        drawdown_card(main),
        card(
            "Trades",
            &format::count(main.fills),
            &format!("in {} markets", format::count(main.markets_traded)),
        ),
        card(
            "Exposure, max",
            &format::money(main.exposure_max),
            &format!("mean {}", format::money(main.exposure_mean)),
        ),
        skill_card(report),
    ];
    format!("<dl class=\"cards\">{}</dl>\n", cards.concat())
}

fn card(name: &str, value: &str, note: &str) -> String {
    format!(
        "<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n",
        escape(name),
        prose(value),
        prose(note)
    )
}

fn drawdown_card(main: &VariantReport) -> String {
    main.drawdown_max.map_or_else(
        || card("Max drawdown", "none", "equity never fell"),
        |drawdown| {
            let name = "Max drawdown";
            let note = format!(
                "{}, {}",
                format::money(drawdown.money),
                format::date(drawdown.to)
            );
            let value = format::percent(drawdown.ratio, 2);
            format!(
                "<div><dt>{name}</dt><dd>{value}<small>{}</small></dd></div>\n",
                escape(&note)
            )
        },
    )
}

/// Brier skill of what was traded on, on all of its own rows.
fn skill_card(report: &RunReport) -> String {
    let name = "Skill against the market";
    let score = report
        .forecaster_of(ForecasterKind::Blend)
        .or_else(|| report.forecaster_of(ForecasterKind::Collective))
        .and_then(|forecaster| forecaster.own.as_ref());
    let Some((score, skill)) = score.and_then(|score| Some((score, score.skill?))) else {
        return card(name, "\u{2013}", "no forecast scored");
    };
    let (interval, rows) = (interval_text(score.dates, skill), format::count(score.rows));
    card(
        name,
        &format!("{}%", format::signed(skill.value * 100.0, 1)),
        &format!("{interval} on {rows} rows"),
    )
}
