//! The schemes that a replay compares, by name.

use quorate_collective::allora_pool::AlloraPoolLoss;
use quorate_collective::{AlloraSpec, BoaPlusSpec, Quantity, SchemeSpec};
use serde::Serialize;

use crate::input::{Diagnostic, Diagnostics, ExitClass};

/// Names that a list of schemes may hold, besides `all`.
pub const SCHEME_NAMES: [&str; 18] = [
    "ours",
    "market_blend",
    "boa_plus",
    "boa0",
    "lop",
    "allora_v0.16",
    "allora_v0.16_raw",
    "allora_v0.6",
    "mean",
    "median",
    "trimmed",
    "logit_mean",
    "family_logit_mean",
    "price_experts",
    "ml_poly",
    "ridge_stack",
    "inverse_mse",
    "inverse_mse_squared",
];

/// What `all` means for probabilities. Family votes and the blend without a cold start are parts of ours.
const PROBABILITIES: [&str; 10] = [
    "boa_plus",
    "boa0",
    "lop",
    "allora_v0.16",
    "allora_v0.16_raw",
    "allora_v0.6",
    "mean",
    "median",
    "trimmed",
    "logit_mean",
];

/// What `all` means for prices.
const PRICES: [&str; 10] = [
    "ml_poly",
    "ridge_stack",
    "inverse_mse",
    "inverse_mse_squared",
    "boa0",
    "allora_v0.16",
    "allora_v0.6",
    "mean",
    "median",
    "trimmed",
];

/// A scheme in a replay.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contestant {
    /// Name in lists of schemes.
    pub name: &'static str,
    /// Title in reports.
    pub title: String,
    /// The scheme.
    #[serde(skip)]
    pub spec: SchemeSpec,
}

/// The schemes named, ours first even where it is not named; nothing or `all` means all that fit the quantity.
///
/// # Errors
/// A name that is unknown or does not fit the quantity.
pub fn contestants(
    names: &[String],
    quantity: Quantity,
    has_market: bool,
) -> Result<Vec<Contestant>, Diagnostics> {
    let usual: &[&str] = match quantity {
        Quantity::Probability => &PROBABILITIES,
        Quantity::Price => &PRICES,
    };
    let is_all = names.is_empty() || names.iter().any(|name| name == "all");
    let own = names.iter().map(String::as_str);
    let mut asked: Vec<&str> = vec!["ours"];
    for name in own.filter(|name| *name != "all") {
        if !asked.contains(&name) {
            asked.push(name);
        }
    }
    let more = usual.iter().filter(|_| is_all);
    let more: Vec<&str> = more.filter(|name| !asked.contains(name)).copied().collect();
    asked.extend(more);
    let mut found = Vec::new();
    let mut errors = Diagnostics::new();
    for name in asked {
        let scheme = scheme(name, quantity, has_market);
        match scheme.filter(|c| c.spec.build(quantity).is_ok()) {
            Some(contestant) => found.push(contestant),
            None => errors.push(unfit(name, quantity)),
        }
    }
    errors.into_result(found)
}

fn unfit(name: &str, quantity: Quantity) -> Diagnostic {
    let what = match quantity {
        Quantity::Probability => "probabilities",
        Quantity::Price => "prices",
    };
    let message = match SCHEME_NAMES.contains(&name) {
        true => format!("the scheme `{name}` does not combine {what}"),
        false => format!("`{name}` is not a scheme"),
    };
    Diagnostic::new(ExitClass::Config, "unknown-scheme", message)
        .with_hint(format!("known: all, {}", SCHEME_NAMES.join(", ")))
}

fn scheme(name: &str, quantity: Quantity, has_market: bool) -> Option<Contestant> {
    let name = *SCHEME_NAMES.iter().find(|known| **known == name)?;
    let (title, spec) = match name {
        "ours" => ours(quantity, has_market),
        "market_blend" => ("market blend", SchemeSpec::traded()),
        "boa_plus" => ("BOA+", SchemeSpec::BoaPlus(BoaPlusSpec::default())),
        "boa0" => ("BOA0", SchemeSpec::Boa0),
        "lop" => ("log-opinion pool", SchemeSpec::Lop),
        "allora_v0.16" => (
            "Allora v0.16, log10 loss",
            SchemeSpec::AlloraV016(allora(log10(quantity))),
        ),
        "allora_v0.16_raw" => (
            "Allora v0.16, raw log loss",
            SchemeSpec::AlloraV016(allora(AlloraPoolLoss::LogLoss)),
        ),
        "allora_v0.6" => (
            "Allora v0.6, log10 loss",
            SchemeSpec::AlloraV06(allora(log10(quantity))),
        ),
        "mean" => ("plain mean", SchemeSpec::Mean),
        "median" => ("median", SchemeSpec::Median),
        "trimmed" => ("trimmed mean, 20%", SchemeSpec::Trimmed { trim: 0.2 }),
        "logit_mean" => ("logit mean", SchemeSpec::LogitMean { extremise: 1.0 }),
        "family_logit_mean" => (
            "family votes, 1.25",
            SchemeSpec::FamilyLogitMean { extremise: 1.25 },
        ),
        "price_experts" => ("price experts", SchemeSpec::PriceExperts),
        "ml_poly" => ("ML-Poly", SchemeSpec::MlPoly),
        "ridge_stack" => ("ridge stack", SchemeSpec::RidgeStack),
        "inverse_mse" => ("inverse MSE", SchemeSpec::InverseMse),
        _ => ("inverse MSE squared", SchemeSpec::InverseMseSquared),
    };
    Some(Contestant {
        name,
        title: title.to_owned(),
        spec,
    })
}

/// Our default: with market prices the blend with a cold start by family votes, without them BOA+; ML-Poly over experts
/// for prices.
fn ours(quantity: Quantity, has_market: bool) -> (&'static str, SchemeSpec) {
    match (quantity, has_market) {
        (Quantity::Price, _) => ("ours: price experts", SchemeSpec::PriceExperts),
        (Quantity::Probability, true) => ("ours: market blend", SchemeSpec::elections()),
        (Quantity::Probability, false) => {
            ("ours: BOA+", SchemeSpec::BoaPlus(BoaPlusSpec::default()))
        }
    }
}

fn log10(quantity: Quantity) -> AlloraPoolLoss {
    match quantity {
        Quantity::Probability => AlloraPoolLoss::Log10LogLoss,
        Quantity::Price => AlloraPoolLoss::Log10Sq,
    }
}

fn allora(loss: AlloraPoolLoss) -> AlloraSpec {
    AlloraSpec {
        loss,
        ..AlloraSpec::default()
    }
}
