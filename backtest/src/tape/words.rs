//! The words for objectives and price conditions in `topics.csv` and `markets.csv`, read and written from one list.

use quorate_domain::{LossName, Predicted, SchemeName, Ties};

/// What a topic predicts.
pub(super) const PREDICTED: [(&str, Predicted); 5] = [
    ("probability", Predicted::Probability),
    ("labels", Predicted::Labels),
    ("price", Predicted::Price),
    ("log_return", Predicted::LogReturn),
    ("volatility", Predicted::Volatility),
];

/// How predictions are judged.
pub(super) const LOSSES: [(&str, LossName); 9] = [
    ("log", LossName::Log),
    ("brier", LossName::Brier),
    ("mse", LossName::Mse),
    ("mae", LossName::Mae),
    ("huber", LossName::Huber),
    ("logcosh", LossName::LogCosh),
    ("poisson", LossName::Poisson),
    ("ztae", LossName::Ztae),
    ("zptae", LossName::Zptae),
];

/// How the workers' values become one.
pub(super) const SCHEMES: [(&str, SchemeName); 5] = [
    ("configured", SchemeName::Configured),
    ("price_experts", SchemeName::PriceExperts),
    ("ml_poly", SchemeName::MlPoly),
    ("mean", SchemeName::Mean),
    ("median", SchemeName::Median),
];

/// Who wins when the price ends exactly at the strike.
pub(super) const TIES: [(&str, Ties); 3] =
    [("yes", Ties::Yes), ("no", Ties::No), ("half", Ties::Half)];

/// The word for a value; empty for one that is not listed, which no list leaves out.
pub(super) fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    let found = words.iter().find(|(_, own)| own == value);
    found.map_or("", |(word, _)| word)
}
