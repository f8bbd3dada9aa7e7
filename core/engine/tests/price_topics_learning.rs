//! What a topic on prices learns, on seeded geometric Brownian motion: the scale of its errors, how far a worker can be
//! trusted, and probabilities that mean what they say.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod price_support;

use price_support::{Course, TOPIC, return_topic};
use quorate_domain::{Objective, Predicted};
use quorate_engine::prices::Track;

/// Standard deviation of the return over one round, basis points.
const SIGMA_BP: f64 = 30.0;

fn track(course: &Course) -> &Track {
    course.prices.track(TOPIC).unwrap()
}

#[test]
fn noise_earns_no_slope_and_the_scale_is_that_of_the_price() {
    let mut course = Course::new(return_topic(), 11);
    let mut sigmas = Vec::new();
    for round in 0..1500 {
        let noise = 30.0 * course.random.normal();
        course.round(SIGMA_BP, |_| vec![noise]);
        if round >= 1000 {
            sigmas.push(track(&course).sigma().unwrap());
        }
    }
    let slope = track(&course).slope();
    assert!((0.0..0.1).contains(&slope), "slope {slope}");
    let sigma = sigmas.iter().sum::<f64>() / sigmas.len() as f64;
    assert!((sigma / SIGMA_BP - 1.0).abs() < 0.06, "sigma {sigma}");
    assert_eq!(track(&course).record().void, 0);
}

#[test]
fn a_worker_with_half_the_signal_gets_the_slope_of_its_regression() {
    // It says the truth plus as much noise: the regression of truth on what it says has the slope one half.
    let mut course = Course::new(return_topic(), 12);
    for _ in 0..1500 {
        let noise = SIGMA_BP * course.random.normal();
        course.round(SIGMA_BP, |truth| vec![truth + noise]);
    }
    let slope = track(&course).slope();
    assert!((slope - 0.5).abs() < 0.06, "slope {slope}");
    // What is left has half the variance.
    let sigma = track(&course).sigma().unwrap();
    assert!(
        (sigma / (SIGMA_BP * 0.5_f64.sqrt()) - 1.0).abs() < 0.25,
        "sigma {sigma}"
    );
    let record = track(&course).record();
    assert!(record.collective_loss().unwrap().is_finite());
}

#[test]
fn forecasts_that_point_the_wrong_way_are_ignored_not_turned_round() {
    let mut course = Course::new(return_topic(), 13);
    for _ in 0..300 {
        course.round(SIGMA_BP, |truth| vec![-truth]);
    }
    assert_eq!(track(&course).slope(), 0.0);
}

#[test]
fn one_absurd_value_does_not_spoil_what_was_learned() {
    let mut course = Course::new(return_topic(), 14);
    for round in 0..400 {
        course.round(SIGMA_BP, |truth| {
            vec![if round == 350 { 1e8 } else { truth * 0.9 }]
        });
    }
    let slope = track(&course).slope();
    assert!(slope > 0.5, "slope {slope}");
}

/// Mean forecast and share of YES in ten bins, with the number of forecasts in each.
fn reliability(said: &[(f64, bool)]) -> Vec<(f64, f64, usize)> {
    let mut bins = vec![(0.0, 0.0, 0); 10];
    for (p, yes) in said {
        let bin = &mut bins[((p * 10.0) as usize).min(9)];
        *bin = (bin.0 + p, bin.1 + f64::from(u8::from(*yes)), bin.2 + 1);
    }
    bins.into_iter()
        .filter(|bin| bin.2 != 0)
        .map(|(p, yes, n)| (p / n as f64, yes / n as f64, n))
        .collect()
}

#[test]
fn threshold_markets_of_a_skilled_price_worker_are_calibrated() {
    // Workers predict the price itself, one well, one not at all. After 100 rounds each round has a threshold market up to
    // one deviation away, priced when submissions close; most are priced from the residuals' own distribution.
    let objective = Objective {
        predicts: Predicted::Price,
        ..return_topic()
    };
    let mut course = Course::new(objective, 15);
    let mut said = Vec::new();
    for round in 0..3000 {
        let (own, other) = (course.random.normal(), course.random.normal());
        let strike_bp = SIGMA_BP * (2.0 * course.random.uniform() - 1.0);
        let strike = (course.price * libm::exp(strike_bp * 1e-4) * 1e6) as i64;
        let market = course.threshold(strike);
        let spot = course.price;
        let price_of = |bp: f64| spot * libm::exp(bp * 1e-4);
        let priced = course.round(SIGMA_BP, |truth| {
            vec![price_of(truth + SIGMA_BP * own), price_of(SIGMA_BP * other)]
        });
        let ended = (course.price * 1e6).round() as i64;
        if round >= 100 {
            said.push((priced[&market].unwrap().probability, strike < ended));
        }
        course.prices.forget(market);
    }
    for (p, yes, n) in reliability(&said) {
        let error = (p * (1.0 - p) / n as f64).sqrt();
        assert!(
            (p - yes).abs() < 3.5 * error + 0.01,
            "said {p:.3}, came true {yes:.3} of {n}"
        );
    }
    // And it says something: its log loss beats a coin's by far.
    let loss = |(p, yes): &(f64, bool)| -libm::log(if *yes { *p } else { 1.0 - p });
    let mean = said.iter().map(loss).sum::<f64>() / said.len() as f64;
    assert!(mean < 0.55, "log loss {mean}");
}

#[test]
fn a_volatility_topic_learns_what_its_predictions_are_worth() {
    // References come once a minute, and the worker says twice the true deviation: its returns in units of what it says
    // have the deviation one half.
    let objective = Objective {
        predicts: Predicted::Volatility,
        ..return_topic()
    };
    let mut course = Course::new(objective, 16);
    for _ in 0..600 {
        course.round(SIGMA_BP, |_| vec![2.0 * SIGMA_BP]);
    }
    let ratio = track(&course).sigma().unwrap();
    assert!((ratio - 0.5).abs() < 0.12, "ratio {ratio}");
}
