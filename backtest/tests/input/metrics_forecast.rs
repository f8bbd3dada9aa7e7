//! Losses, calibration and intervals against numbers worked out by hand.

use proptest::prelude::*;
use quorate_backtest::metrics::bootstrap::{
    BLOCKS_MIN, SEED, SplitMix64, block_bootstrap, quantile,
};
use quorate_backtest::metrics::calibration::{bin_of, calibration_bins, murphy};
use quorate_backtest::metrics::scores::{Scored, brier, log_loss, mean_loss, skill};

fn row(forecast: f64, payout: f64) -> Scored {
    Scored { forecast, payout }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn losses_by_hand() {
    assert!(close(brier(row(0.7, 1.0)), 0.09));
    assert!(close(brier(row(0.7, 0.5)), 0.04));
    assert!(close(log_loss(row(0.8, 1.0)), -(0.8_f64.ln())));
    assert!(close(log_loss(row(0.8, 0.0)), -(0.2_f64.ln())));
}

#[test]
fn a_certain_and_wrong_forecast_costs_the_clip() {
    assert!(close(log_loss(row(1.0, 0.0)), -(0.001_f64.ln())));
    assert!(close(log_loss(row(0.0, 1.0)), -(0.001_f64.ln())));
}

#[test]
fn skill_is_relative_to_the_reference() {
    assert_eq!(
        skill(0.15, 0.2).map(|skill| (skill * 1e9).round() / 1e9),
        Some(0.25)
    );
    assert_eq!(skill(0.1, 0.0), None);
    assert_eq!(mean_loss(&[], brier), None);
}

#[test]
fn bins_close_at_one() {
    assert_eq!(
        [0.0, 0.099, 0.1, 0.55, 0.9, 1.0].map(bin_of),
        [0, 0, 1, 5, 9, 9]
    );
}

#[test]
fn bins_by_hand() {
    let bins = calibration_bins(&[row(0.12, 0.0), row(0.18, 1.0), row(1.0, 1.0)]);
    assert_eq!(bins.len(), 10);
    assert_eq!((bins[1].rows, bins[9].rows, bins[0].rows), (2, 1, 0));
    assert!(close(bins[1].forecast_mean.unwrap(), 0.15));
    assert!(close(bins[1].frequency.unwrap(), 0.5));
    assert_eq!(bins[0].forecast_mean, None);
}

#[test]
fn parts_of_the_brier_score_by_hand() {
    // Bin 2: three forecasts of 0.2, one happened. Bin 8: one forecast of 0.8, happened. Base rate 1/2.
    let rows = [row(0.2, 0.0), row(0.2, 0.0), row(0.2, 1.0), row(0.8, 1.0)];
    let parts = murphy(&calibration_bins(&rows));
    let off = 0.2 - 1.0 / 3.0;
    assert!(close(parts.reliability, 0.75 * off * off + 0.25 * 0.04));
    assert!(close(
        parts.resolution,
        0.75 * (1.0_f64 / 3.0 - 0.5).powi(2) + 0.25 * 0.25
    ));
    assert!(close(parts.uncertainty, 0.25));
    assert!(close(
        parts.calibration_error,
        0.75 * off.abs() + 0.25 * 0.2
    ));
}

#[test]
fn empty_bins_have_no_parts() {
    let parts = murphy(&calibration_bins(&[]));
    assert_eq!(
        (parts.reliability, parts.resolution, parts.uncertainty),
        (0.0, 0.0, 0.0)
    );
}

#[test]
fn the_generator_gives_its_published_sequence() {
    let mut random = SplitMix64::new(1_234_567);
    let expected = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
    ];
    assert_eq!([(); 3].map(|()| random.next_u64()), expected);
}

#[test]
fn quantiles_interpolate() {
    assert_eq!(quantile(&[1.0, 2.0, 3.0, 5.0], 0.5), Some(2.5));
    assert_eq!(quantile(&[1.0, 2.0], 1.0), Some(2.0));
    assert_eq!(quantile(&[], 0.5), None);
}

fn mean_of(sums: &[f64; 2]) -> Option<f64> {
    (sums[1] > 0.0).then(|| sums[0] / sums[1])
}

#[test]
fn few_dates_give_no_interval() {
    for dates in 0..BLOCKS_MIN {
        let blocks = vec![[3.0, 10.0]; dates];
        assert_eq!(block_bootstrap(&blocks, SEED, mean_of), None, "{dates}");
    }
    assert!(block_bootstrap(&[[3.0, 10.0]; BLOCKS_MIN], SEED, mean_of).is_some());
}

#[test]
fn an_interval_covers_the_mean_and_is_the_same_every_time() {
    let blocks: Vec<[f64; 2]> = (0..40).map(|k| [f64::from(k % 5), 1.0]).collect();
    let interval = block_bootstrap(&blocks, SEED, mean_of).unwrap();
    // Mean 2, deviation of one block sqrt(2): the mean of 40 has an error of about 0.2236, so about 1.56 to 2.44.
    assert!(
        (interval.low - 1.56).abs() < 0.05 && (interval.high - 2.44).abs() < 0.05,
        "{interval:?}"
    );
    assert_eq!(block_bootstrap(&blocks, SEED, mean_of), Some(interval));
    assert!(interval.excludes_zero());
}

#[test]
fn equal_blocks_leave_nothing_to_chance() {
    let interval = block_bootstrap(&[[1.0, 2.0]; 12], SEED, mean_of).unwrap();
    assert_eq!((interval.low, interval.high), (0.5, 0.5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn murphys_parts_add_up_where_forecasts_in_a_bin_are_equal(
        rows in prop::collection::vec((0_u8..10, any::<bool>()), 1..60),
    ) {
        let rows: Vec<Scored> = rows
            .iter()
            .map(|(bin, happened)| row(f64::from(*bin) / 10.0 + 0.05, f64::from(u8::from(*happened))))
            .collect();
        let parts = murphy(&calibration_bins(&rows));
        let total = parts.reliability - parts.resolution + parts.uncertainty;
        prop_assert!((total - mean_loss(&rows, brier).unwrap()).abs() < 1e-9);
    }
}
