//! One honest sentence under every table: what the figures do and do not say.

use crate::evaluate::result::SubsetReport;

use super::grid::{figure, signed};
use super::plain_mean;

/// How the plain mean compares with the market, and why the errors are larger than they look.
pub(super) fn reading(subset: &SubsetReport) -> String {
    let clusters = subset.clusters.len();
    format!(
        "Reading: {}. {} cluster{} of repeated rows: rows of one cluster are almost the same bet, and clusters with a \
         common cause move together (one election is one draw), so every s.e. here is a lower bound.",
        comparison(subset),
        clusters,
        if clusters == 1 { "" } else { "s" },
    )
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
        figure(Some(score.brier_lead_se)),
        score.n,
        score.clusters_where_model_beats_market,
        score.clusters,
    )
}
