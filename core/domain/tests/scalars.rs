//! The shared scalar functions against known values and each other.

use proptest::prelude::*;
use quorate_domain::math::{logit, normal_cdf, normal_quantile, sigmoid};

#[test]
fn known_values_of_the_normal_distribution() {
    for (x, p) in [
        (0.0, 0.5),
        (1.0, 0.841_344_746_068_542_9),
        (-1.959_963_984_540_054, 0.025),
        (-6.0, 9.865_876_450_376_98e-10),
    ] {
        assert!((normal_cdf(x) - p).abs() <= 1e-12 * p.max(1e-3), "{x}");
        assert!((normal_quantile(p) - x).abs() <= 1e-9, "{p}");
    }
    assert!(normal_quantile(f64::NAN).is_nan() && normal_quantile(1.5).is_nan());
    assert_eq!(
        (normal_quantile(0.0), normal_quantile(1.0)),
        (f64::NEG_INFINITY, f64::INFINITY)
    );
}

proptest! {
    #[test]
    fn quantile_undoes_distribution(p in 1e-12_f64..1.0) {
        let q = p.min(1.0 - 1e-12);
        prop_assert!((normal_cdf(normal_quantile(q)) - q).abs() <= 1e-12);
    }

    #[test]
    fn sigmoid_undoes_logit(p in 1e-9_f64..1.0) {
        let p = p.min(1.0 - 1e-9);
        prop_assert!((sigmoid(logit(p)) - p).abs() <= 1e-12);
    }
}
