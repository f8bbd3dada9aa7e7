//! P&L of every variant as bars around zero, longest names included.

use quorate_domain::Cash;

use super::escape::{escape, number};
use crate::report::format;
use crate::report::model::{RunReport, VariantReport};

/// The bars, one line of words and one bar each; nothing when there is no variant.
pub(super) fn pnl_bars(report: &RunReport) -> String {
    if report.variants.is_empty() {
        return String::new();
    }
    let pnls = || report.variants.iter().map(|variant| variant.pnl.to_f64());
    let low = pnls().fold(0.0, f64::min);
    let high = pnls().fold(0.0, f64::max);
    let width = if high > low { high - low } else { 1.0 };
    let percent = |value: f64| (value - low) / width * 100.0;
    let bars: String = report
        .variants
        .iter()
        .enumerate()
        .map(|(index, variant)| bar(index, variant, percent))
        .collect();
    format!(
        "<figure><figcaption><b>P&amp;L by source of probability</b> US dollars after fees</figcaption>\
         <ul class=\"bars\">{bars}</ul></figure>\n"
    )
}

fn bar(index: usize, variant: &VariantReport, percent: impl Fn(f64) -> f64) -> String {
    let (zero, end) = (percent(0.0), percent(variant.pnl.to_f64()));
    let (left, length) = (zero.min(end), (end - zero).abs());
    let class = if index == 0 { "b-main" } else { "b-other" };
    let sign = if variant.pnl < Cash::ZERO {
        "loss"
    } else {
        "gain"
    };
    let name = escape(&variant.name);
    let amount = number(&format::money_signed(variant.pnl));
    format!(
        "<li><span>{name}</span><svg role=\"img\" aria-label=\"{name}: {sign} of {amount}\" \
         width=\"100%\" height=\"26\"><rect class=\"{class}\" x=\"{left:.2}%\" y=\"9\" \
         width=\"{length:.2}%\" height=\"8\"/><line class=\"axis\" x1=\"{zero:.2}%\" x2=\"{zero:.2}%\" \
         y1=\"0\" y2=\"26\"/></svg><span class=\"n\">{amount}</span></li>\n"
    )
}
