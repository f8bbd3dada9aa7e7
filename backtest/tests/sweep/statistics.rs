//! Statistics of a sweep against published numbers and numbers worked out by hand.

use std::time::Duration;

use quorate_backtest::sweep::Objective;
use quorate_backtest::sweep::overfitting::overfitting;
use quorate_backtest::sweep::sharpe::{
    Shape, deflated, expected_best, probabilistic_sharpe, sharpe,
};
use quorate_backtest::sweep::walk_forward::{Observation, walk_forward, windows};
use quorate_domain::{Cash, Timestamp};

/// The worked example of Bailey and Lopez de Prado 2014: 100 trials whose annualised Sharpe ratios have a variance of one
/// half, five years of 250 days, a chosen ratio of 2.5 a year, skewness -3, kurtosis 10.
#[test]
fn the_deflated_sharpe_ratio_is_that_of_its_authors_example() {
    let best = expected_best(100, 0.5 / 250.0);
    assert!((best - 0.1132).abs() < 5e-5, "{best}");
    let shape = Shape {
        count: 1250,
        sharpe: 2.5 / 250_f64.sqrt(),
        skewness: -3.0,
        kurtosis: 10.0,
    };
    let probability = probabilistic_sharpe(shape, best).unwrap();
    assert!((probability - 0.9004).abs() < 5e-5, "{probability}");
}

#[test]
fn moments_are_those_worked_out_by_hand() {
    // Mean 1, deviations -1, -1, -1, 3: sum of squares 12, so 4 over n-1 = 3.
    let returns = [0.0, 0.0, 0.0, 4.0];
    assert_eq!(sharpe(&returns), Some(0.5));
    let shape = Shape::of(&returns).unwrap();
    // Third moment (-3 + 27) / 4 = 6 over 3^1.5; fourth (3 + 81) / 4 = 21 over 9.
    assert!((shape.skewness - 6.0 / 27_f64.sqrt()).abs() < 1e-12);
    assert!((shape.kurtosis - 21.0 / 9.0).abs() < 1e-12);
    assert_eq!(sharpe(&[1.0, 1.0]), None);
}

#[test]
fn more_trials_deflate_more() {
    let chosen: Vec<f64> = (0..200).map(|day| f64::from(day % 7) - 2.5).collect();
    let ratio = sharpe(&chosen).unwrap();
    let all = [ratio, 0.0, -0.1, 0.1];
    let few = deflated(&chosen, &all, 4).unwrap().probability;
    let many = deflated(&chosen, &all, 4_000).unwrap().probability;
    assert!(many < few, "{many} < {few}");
}

#[test]
fn two_variants_that_take_turns_are_always_overfitted() {
    // Blocks of two days; A is good in blocks 0 and 1, B in blocks 2 and 3. By hand, the six ways to choose two blocks:
    // {0,1} takes A, which is worst outside, {2,3} takes B likewise; the four mixed ones tie inside, so the first, A,
    // is taken and ties outside: rank 1.5 of 3 is exactly one half, which counts.
    let (up, down) = ([0.5, 0.25], [-0.5, -0.25]);
    let a = [up, up, down, down].concat();
    let b = [down, down, up, up].concat();
    let found = overfitting(&[a, b], 4).unwrap();
    assert_eq!((found.splits, found.days_per_block), (6, 2));
    assert_eq!(found.probability, 1.0);
    assert!((found.loss_probability - 2.0 / 6.0).abs() < 1e-12);
}

#[test]
fn a_variant_that_is_best_everywhere_is_never_overfitted() {
    let good: Vec<f64> = (0..16)
        .map(|day| 0.01 + f64::from(day % 2) * 0.01)
        .collect();
    let poor: Vec<f64> = good.iter().map(|r| -r).collect();
    let found = overfitting(&[poor.clone(), good, poor], 8).unwrap();
    assert_eq!((found.splits, found.probability), (70, 0.0));
    assert_eq!(
        overfitting(&vec![vec![0.1; 15]; 2], 8),
        None,
        "one day a block"
    );
}

fn seen(from: u64, until: u64, dollars: i64) -> Observation {
    Observation {
        from: Timestamp::from_secs(from),
        until: Timestamp::from_secs(until),
        pnl: Cash::from_micros(dollars * 1_000_000),
    }
}

#[test]
fn results_that_overlap_a_window_or_its_embargo_are_not_learned_from() {
    let span = (Timestamp::from_secs(0), Timestamp::from_secs(300));
    let windows = windows(span, 2);
    assert_eq!(windows[0].0, Timestamp::from_secs(100));
    // The first variant looks best only through a result that ends inside the window.
    let first = vec![seen(10, 50, 1), seen(20, 150, 90), seen(120, 130, -7)];
    let second = vec![seen(10, 50, 2), seen(110, 290, 5)];
    let variants = [first, second];
    let folds = walk_forward(&variants, &windows, Duration::ZERO, Objective::Pnl);
    let one = &folds[0];
    assert_eq!((one.chosen, one.trained, one.purged), (Some(1), 1, 0));
    assert_eq!(one.outside, Some(5.0));
    assert_eq!(one.pnl_mean, Cash::from_micros(-1_000_000));
    // In the second window the long result has ended.
    assert_eq!((folds[1].chosen, folds[1].trained), (Some(0), 3));
    // An embargo of 51 seconds reaches back over everything that was known at 100.
    let folds = walk_forward(&variants, &windows, Duration::from_secs(51), Objective::Pnl);
    assert_eq!((folds[0].chosen, folds[0].pnl), (None, Cash::ZERO));
    // Purged: begun before 200 and not ended 51 seconds earlier.
    assert_eq!(
        (folds[1].chosen, folds[1].trained, folds[1].purged),
        (Some(1), 1, 1)
    );
}
