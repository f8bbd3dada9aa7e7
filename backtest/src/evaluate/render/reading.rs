//! One honest sentence under every table: what the figures do and do not say.

use crate::evaluate::result::{ForecastReport, SubsetReport};

use super::grid::{figure, signed};
use super::plain_mean;

/// How the plain mean compares with the market, and why the errors are larger than they look.
pub(super) fn reading(subset: &SubsetReport) -> String {
    let clusters = subset.clusters.len();
    format!(
        "Reading: {}. {} cluster{} of repeated rows: rows of one cluster are almost the same bet, and clusters with a \
         common cause move together (one election is one draw), so every s.e. here is a lower bound.{}",
        comparison(subset),
        clusters,
        if clusters == 1 { "" } else { "s" },
        kelly_caution(subset),
    )
}

/// What a path of bankrolls leaves out, if there is one.
fn kelly_caution(subset: &SubsetReport) -> &'static str {
    let has_path = |forecast: &ForecastReport| forecast.kelly_sequential.is_some();
    if subset.forecasts.iter().any(has_path) {
        " Kelly in sequence books every outcome at the moment of its bet: later stakes grow with wins that were not yet \
         known, and bets that overlap never share the bankroll."
    } else {
        ""
    }
}

fn comparison(subset: &SubsetReport) -> String {
    let Some(score) = plain_mean(subset).and_then(|mean| mean.score.as_ref()) else {
        return "no row has both a forecast and a market mid, so nothing is compared".to_owned();
    };
    let verdict = if score.brier_lead > 0.0 {
        "ahead of"
    } else {
        "not ahead of"
    };
    format!(
        "the plain mean is {verdict} the market alone: Brier lead {} (s.e. {}) on the same {} rows, better in {} of {} \
         clusters",
        signed(Some(score.brier_lead)),
        figure(Some(score.brier_lead_se).filter(|_| 2 <= score.clusters)),
        score.n,
        score.clusters_where_model_beats_market,
        score.clusters,
    )
}
