//! Conformal tracker: sigma, intervals and event probabilities of every golden step.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::{Check, sequence};
use quorate_collective::conformal::{Conformal, Level, PROBABILITY_BOUNDS};

#[test]
fn vector_conformal() {
    let file = sequence("conformal.json");
    let mut check = Check::default();
    for scenario in file["scenarios"].as_array().unwrap() {
        let sigma = scenario["params"]["sigma0"].as_f64().unwrap();
        let mut tracker = Conformal::new(sigma).unwrap();
        for step in scenario["steps"].as_array().unwrap() {
            let number = |name: &str| step[name].as_f64().unwrap();
            let expect = &step["expect"];
            check.optional(Some(tracker.sigma()), &expect["sigma"], "sigma");
            let intervals = tracker.intervals(number("mu"));
            let wanted = expect["intervals"].as_array().unwrap();
            assert_eq!(intervals.len(), wanted.len(), "intervals");
            for ((low, high), want) in intervals.iter().zip(wanted) {
                check.all(&[*low, *high], want, "interval");
            }
            let got =
                tracker.probability_above(number("mu"), number("threshold"), PROBABILITY_BOUNDS);
            check.optional(got, &expect["probability_above"], "probability above");
            assert!(tracker.observe(number("mu"), number("y")));
            let widths: Vec<f64> = tracker.levels().iter().map(Level::width).collect();
            check.all(&widths, &expect["q_after"], "widths");
            check.optional(Some(tracker.sigma()), &expect["sigma_after"], "sigma after");
        }
    }
    println!("{} values compared", check.compared);
    assert!(0 < check.compared, "no values in the file");
}
