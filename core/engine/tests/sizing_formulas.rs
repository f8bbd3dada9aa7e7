//! Special functions against closed forms, and behaviour of the small formulas away from the golden vectors.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_domain::math::{normal_cdf, normal_quantile};
use quorate_engine::sizing::FeeSchedule;
use quorate_engine::sizing::abnormal::{AbnormalBelief, abnormal_shares};
use quorate_engine::sizing::caps::{Cap, tightest};
use quorate_engine::sizing::drawdown::{DrawdownLimit, drawdown_exclusive, drawdown_fraction};
use quorate_engine::sizing::exposure::{ListedStates, exposure, negrisk_convert};
use quorate_engine::sizing::fair_value::{LogReturn, clip_probability, p_above_from_quantiles};
use quorate_engine::sizing::fractional::kelly_fraction;
use quorate_engine::sizing::lockup::{Lockup, lockup_size};
use quorate_engine::sizing::maker::{Route, route};
use quorate_engine::sizing::rounding::{
    MarketRules, NoOrder, OrderKind, OrderSide, affordable_shares, careful_price,
    micro_shares_down, round_order, still_worth_it,
};
use quorate_engine::sizing::settlement::{AverageSettlement, TieRule, up_payout};
use quorate_engine::sizing::special::{gauss_hermite, incomplete_beta, student_t_cdf};
use quorate_engine::sizing::touch::Touch;
use quorate_engine::sizing::uncertainty::{logit_pool, robust_stake, shrinkage};

fn near(got: f64, want: f64, tolerance: f64) {
    assert!(
        (got - want).abs() <= tolerance,
        "got {got}, expected {want}"
    );
}

#[test]
fn student_t_matches_its_closed_forms() {
    for x in [-30.0, -3.0, -0.5, -1e-6, 0.0, 1e-9, 0.1, 1.0, 2.5, 50.0_f64] {
        near(
            student_t_cdf(x, 1.0),
            0.5 + libm::atan(x) / std::f64::consts::PI,
            1e-13,
        );
        near(
            student_t_cdf(x, 2.0),
            0.5 + x / (2.0 * (2.0 + x * x).sqrt()),
            1e-13,
        );
        // With many degrees of freedom the normal remains, to O(1/dof).
        near(student_t_cdf(x, 1e7), normal_cdf(x), 1e-7);
    }
    assert!(student_t_cdf(1.0, 0.0).is_nan());
}

#[test]
fn incomplete_beta_matches_polynomials_and_its_symmetry() {
    for x in [0.0, 0.01, 0.3, 0.5, 0.77, 0.999, 1.0_f64] {
        near(incomplete_beta(1.0, 1.0, x), x, 1e-14);
        near(
            incomplete_beta(2.0, 3.0, x),
            x * x * (6.0 - 8.0 * x + 3.0 * x * x),
            1e-14,
        );
        let mirrored = 1.0 - incomplete_beta(7.5, 2.25, 1.0 - x);
        near(incomplete_beta(2.25, 7.5, x), mirrored, 1e-13);
    }
    assert!(incomplete_beta(1.0, 1.0, 1.5).is_nan());
}

#[test]
fn the_quadrature_has_the_moments_of_the_normal() {
    for points in [1, 2, 7, 96] {
        let nodes = gauss_hermite(points);
        assert_eq!(nodes.len(), points);
        assert!(
            nodes.is_sorted_by(|a, b| a.x < b.x),
            "{points} distinct nodes"
        );
        let moment = |k: f64| {
            nodes
                .iter()
                .map(|n| n.weight * libm::pow(n.x, k))
                .sum::<f64>()
        };
        near(moment(0.0), 1.0, 1e-14);
        near(moment(1.0), 0.0, 1e-14);
        if points > 1 {
            near(moment(2.0), 1.0, 1e-12);
        }
        if points > 6 {
            near(moment(4.0), 3.0, 1e-11);
            near(moment(6.0), 15.0, 1e-10);
            near(moment(12.0), 10_395.0, 1e-7);
        }
    }
}

#[test]
fn normal_quantiles_invert_the_distribution_function() {
    for p in [
        1e-300, 1e-20, 1e-9, 0.001, 0.02, 0.1587, 0.5, 0.9, 0.999_999,
    ] {
        let back = normal_cdf(normal_quantile(p));
        assert!((back / p - 1.0).abs() < 1e-12, "{p} came back as {back}");
    }
    near(normal_quantile(0.975), 1.959_963_984_540_054, 1e-14);
}

#[test]
fn fees_round_to_five_decimals_and_dust_is_free() {
    let fees = FeeSchedule::new(0.04, 1.0, 0.01).unwrap();
    near(fees.amount(0.01, 0.01), 0.0, 0.0);
    near(fees.amount(0.5, 1.000_4), 0.0100, 1e-12);
    near(fees.buy_cost(0.5), 0.5 + 0.01 + 0.005, 1e-15);
    near(fees.sell_proceeds(0.5), 0.5 - 0.01 - 0.005, 1e-15);
    for bad in [f64::NAN, -0.1, f64::INFINITY] {
        assert!(FeeSchedule::new(bad, 1.0, 0.0).is_err());
    }
}

#[test]
fn waiting_makes_a_sure_looking_bet_not_worth_it() {
    let size = |years| {
        let lockup = Lockup {
            years,
            opportunity_rate: 0.05,
            holding_reward_rate: 0.0,
        };
        lockup_size(0.96, 0.94, 1000.0, 1.0, &lockup).unwrap()
    };
    near(size(1.0).adjusted_cost, 0.988_195, 1e-6);
    near(size(1.0).shares, 0.0, 0.0);
    near(size(0.1).shares, 294.17, 0.005);
    // So long that the adjusted cost passes the payout itself.
    near(size(10.0).shares, 0.0, 0.0);
}

#[test]
fn abnormal_resolution_shrinks_or_forbids_the_bet() {
    let shares = |p_yes, p_abnormal, abnormal_payout, cost| {
        let belief = AbnormalBelief {
            p_yes,
            p_abnormal,
            abnormal_payout,
        };
        abnormal_shares(&belief, cost, 1000.0, 1.0).unwrap()
    };
    near(shares(0.94, 0.0, 0.5, 0.90), 444.44, 0.005);
    near(shares(0.94, 0.02, 0.5, 0.90), 370.86, 0.005);
    near(shares(0.94, 0.02, 0.0, 0.90), 235.56, 0.005);
    near(shares(0.94, 0.05, 0.5, 0.92), 0.0, 0.0);
}

#[test]
fn inference_spread_is_not_predictive_error() {
    let shrunk = LogReturn::from_inference(0.002, 0.3, 0.025, 0.001).unwrap();
    let p = shrunk.p_above(1.0, 1.0).unwrap();
    // Below the 51.75 % a taker needs at 0.50 in a market with a 7 % rate.
    assert!(p < 0.5175, "{p}");
    assert!(
        LogReturn::from_inference(0.002, 1.0, 0.0, 0.0).is_err(),
        "no error at all"
    );
    assert!(LogReturn::from_inference(f64::NAN, 1.0, 0.1, 0.0).is_err());
}

#[test]
fn ties_follow_the_market_s_rule() {
    let tie = |rule| up_payout(100.0, 100.0, rule).unwrap();
    assert_eq!(
        [tie(TieRule::Up), tie(TieRule::Down), tie(TieRule::Half)],
        [1.0, 0.0, 0.5]
    );
    near(up_payout(100.01, 100.0, TieRule::Down).unwrap(), 1.0, 0.0);
    near(up_payout(99.99, 100.0, TieRule::Up).unwrap(), 0.0, 0.0);
    assert!(up_payout(f64::NAN, 100.0, TieRule::Up).is_err());
}

#[test]
fn average_settlement_is_continuous_and_ends_at_the_average() {
    let window = AverageSettlement {
        length: 60.0,
        average_so_far: 101.0,
    };
    let (before, sd_before) = window.expectation(100.0, 1e-4, 60.0).unwrap();
    let (inside, sd_inside) = window.expectation(100.0, 1e-4, 60.0 - 1e-9).unwrap();
    near(before, inside, 1e-6);
    near(sd_before, sd_inside, 1e-9);
    let (end, sd_end) = window.expectation(100.0, 1e-4, 0.0).unwrap();
    near(end, 101.0, 0.0);
    near(sd_end, 0.0, 0.0);
    let (half, _) = window.expectation(100.0, 1e-4, 30.0).unwrap();
    near(half, 100.5, 1e-12);
}

#[test]
fn a_touch_is_at_least_as_likely_as_ending_beyond() {
    for barrier in [0.5, 0.9, 1.1, 2.0] {
        let touch = Touch {
            spot: 1.0,
            barrier,
            drift: 0.1,
            volatility: 0.5,
            years: 0.7,
        };
        let sd = 0.5 * 0.7_f64.sqrt();
        let end = LogReturn {
            mean: (0.1 - 0.125) * 0.7,
            sd,
        }
        .p_above(1.0, barrier)
        .unwrap();
        let beyond = if barrier > 1.0 { end } else { 1.0 - end };
        let (continuous, discrete) = (touch.p_continuous().unwrap(), touch.p_discrete(50).unwrap());
        assert!(beyond <= discrete && discrete <= continuous, "{barrier}");
    }
    let at = Touch {
        spot: 1.0,
        barrier: 1.0,
        drift: 0.0,
        volatility: 0.5,
        years: 1.0,
    };
    near(at.p_continuous().unwrap(), 1.0, 0.0);
    near(at.p_discrete(10).unwrap(), 1.0, 0.0);
    assert!(at.p_discrete(0).is_err());
    // Strong drift and little volatility: the weight overflows alone, the product does not.
    let sure = Touch {
        spot: 1.0,
        barrier: 2.0,
        drift: 5.0,
        volatility: 0.02,
        years: 1.0,
    };
    near(sure.p_continuous().unwrap(), 1.0, 1e-12);
    let never = Touch {
        drift: -5.0,
        ..sure
    };
    near(never.p_continuous().unwrap(), 0.0, 1e-12);
}

#[test]
fn quantiles_must_be_a_distribution() {
    let levels = [0.1, 0.5, 0.9];
    let p = |values: &[f64]| p_above_from_quantiles(&levels, values, 1.0);
    near(p(&[0.0, 1.0, 3.0]).unwrap(), 0.5, 1e-15);
    assert!(p(&[0.0, 0.0, 3.0]).is_err(), "equal values");
    assert!(p(&[0.0, 1.0]).is_err(), "one short");
    assert!(p_above_from_quantiles(&[0.5], &[1.0], 1.0).is_err());
    assert!(p_above_from_quantiles(&[0.0, 0.5], &[1.0, 2.0], 1.0).is_err());
}

#[test]
fn certainty_is_clipped_and_nonsense_refused() {
    near(clip_probability(1.0).unwrap(), 1.0 - 1e-6, 0.0);
    near(clip_probability(0.0).unwrap(), 1e-6, 0.0);
    for bad in [f64::NAN, -1e-12, 1.000_001] {
        assert!(clip_probability(bad).is_err());
        assert!(logit_pool(bad, 0.5, 0.5).is_err());
        assert!(kelly_fraction(bad, 0.5).is_err());
        assert!(shrinkage(bad, 0.5, 0.1).is_err());
    }
    assert!(
        robust_stake(0.6, 0.5, 0.5, 0.5).is_err(),
        "bounds out of order"
    );
    assert!(kelly_fraction(0.5, 1.0).is_err(), "nothing to win");
}

#[test]
fn resting_beats_taking_only_after_the_chance_of_a_fill() {
    assert_eq!(route(1.0, 3.0, 0.5, 0.0).unwrap(), Route::Make);
    assert_eq!(route(1.0, 3.0, 0.5, 0.6).unwrap(), Route::Take);
    assert_eq!(route(-1.0, 3.0, 0.1, 0.4).unwrap(), Route::Neither);
    assert!(route(1.0, 1.0, 1.1, 0.0).is_err());
}

#[test]
fn a_loose_drawdown_limit_leaves_kelly_alone() {
    let loose = DrawdownLimit {
        wealth_floor: 0.01,
        probability_max: 0.9,
    };
    near(drawdown_fraction(0.6, 0.5, &loose).unwrap(), 0.2, 1e-15);
    let stakes = drawdown_exclusive(&[0.5, 0.3, 0.2], &[0.45, 0.30, 0.28], &loose).unwrap();
    near(stakes.multiplier, 0.0, 0.0);
    for (a, b) in stakes.fractions.iter().zip(&stakes.unconstrained) {
        near(*a, *b, 1e-9);
    }
    let tight = DrawdownLimit {
        wealth_floor: 0.7,
        probability_max: 0.1,
    };
    let stakes = drawdown_exclusive(&[0.5, 0.3, 0.2], &[0.45, 0.30, 0.28], &tight).unwrap();
    near(stakes.multiplier, 0.1068, 1e-4);
    for (alpha, beta) in [
        (0.0, 0.1),
        (1.0, 0.1),
        (0.5, 0.0),
        (0.5, 1.0),
        (f64::NAN, 0.1),
    ] {
        let limit = DrawdownLimit {
            wealth_floor: alpha,
            probability_max: beta,
        };
        assert!(drawdown_fraction(0.6, 0.5, &limit).is_err());
    }
}

#[test]
fn the_tightest_cap_is_reported() {
    let caps = [
        (Cap::Market, 5.0),
        (Cap::Cash, 2.0),
        (Cap::Depth, 2.0),
        (Cap::Gross, 9.0),
    ];
    assert_eq!(tightest(&caps), Some((Cap::Cash, 2.0)));
    assert_eq!(tightest(&[(Cap::Group, -3.0)]), Some((Cap::Group, 0.0)));
    assert_eq!(tightest(&[(Cap::Group, f64::NAN)]), Some((Cap::Group, 0.0)));
    assert_eq!(tightest(&[]), None);
}

const RULES: MarketRules = MarketRules {
    tick: 10_000,
    lot: 10_000,
    shares_min: 5_000_000,
    marketable_buy_amount_min: 1_000_000,
};

#[test]
fn orders_round_away_from_aggression_and_never_up_to_a_minimum() {
    let order = |side, kind, price, shares| {
        round_order(side, kind, price, shares, u64::MAX, &RULES).map(|o| (o.price, o.shares))
    };
    let (buy, sell) = (OrderSide::Buy, OrderSide::Sell);
    let (takes, rests) = (OrderKind::Marketable, OrderKind::Resting);
    assert_eq!(
        order(buy, takes, 519_999, 7_019_999),
        Ok((510_000, 7_010_000))
    );
    assert_eq!(
        order(sell, takes, 510_001, 7_019_999),
        Ok((520_000, 7_010_000))
    );
    assert_eq!(
        order(buy, rests, 500_000, 4_999_999),
        Err(NoOrder::BelowSharesMin)
    );
    assert_eq!(
        order(buy, takes, 100_000, 9_990_000),
        Err(NoOrder::BelowAmountMin)
    );
    assert_eq!(
        order(buy, takes, 100_000, 10_000_000),
        Ok((100_000, 10_000_000))
    );
    assert_eq!(
        order(buy, rests, 100_000, 9_990_000),
        Ok((100_000, 9_990_000))
    );
    assert_eq!(order(buy, rests, 9_999, 9_990_000), Err(NoOrder::Price));
    assert_eq!(order(sell, rests, 990_001, 9_990_000), Err(NoOrder::Price));
    assert_eq!(
        careful_price(sell, u32::MAX, 4_000_000),
        Err(NoOrder::Price)
    );
    assert_eq!(careful_price(buy, 500_000, 0), Err(NoOrder::Rules));
    assert!(still_worth_it(buy, 0.5, 0.5) && !still_worth_it(buy, 0.51, 0.5));
    assert!(still_worth_it(sell, 0.5, 0.5) && !still_worth_it(sell, 0.49, 0.5));
}

#[test]
fn the_affordable_quantity_saturates_instead_of_wrapping() {
    let shares = affordable_shares(u64::MAX, 1, 10_000);
    assert!(shares > u64::MAX - 10_000 && shares.is_multiple_of(10_000));
    assert_eq!(
        affordable_shares(1_000_000, 0, 10_000),
        0,
        "a free share is no price"
    );
    assert_eq!(affordable_shares(1_000_000, 500_000, 0), 0, "no lot");
}

#[test]
fn micro_shares_refuse_what_is_no_quantity() {
    assert_eq!(micro_shares_down(1.234_567_89), Ok(1_234_567));
    for bad in [f64::NAN, -1e-9, f64::INFINITY, 1e300] {
        assert_eq!(micro_shares_down(bad), Err(NoOrder::Quantity));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn costs_agree_with_exact_arithmetic(
        ticks in 1..1000_u64,
        percent in 0..10_u64,
        micro_shares in 1..1_000_000_000_000_u64,
    ) {
        let fees = FeeSchedule::new(percent as f64 / 100.0, 1.0, 0.0).unwrap();
        let shares = micro_shares as f64 / 1e6;
        let got = shares * fees.buy_cost(ticks as f64 / 1000.0);
        // Price k/1000, rate j/100: the cost of a share is (100000 k + j k (1000 - k)) / 10^8.
        let per_share = 100_000 * ticks + percent * ticks * (1000 - ticks);
        let exact = u128::from(micro_shares) * u128::from(per_share);
        let want = exact as f64 / 1e14;
        prop_assert!((got - want).abs() <= 1e-9 * (1.0 + want), "{got} against {want}");
    }

    #[test]
    fn rounding_never_exceeds_a_cap(
        price in 1..1_000_000_u32,
        tick in prop_oneof![Just(100_u32), Just(1_000), Just(2_500), Just(5_000), Just(10_000)],
        shares in any::<u64>(),
        cap in any::<u64>(),
        sells in any::<bool>(),
    ) {
        let rules = MarketRules { tick, ..RULES };
        let side = if sells { OrderSide::Sell } else { OrderSide::Buy };
        if let Ok(order) = round_order(side, OrderKind::Marketable, price, shares, cap, &rules) {
            prop_assert!(order.shares <= shares.min(cap));
            prop_assert!(order.shares % rules.lot == 0 && order.shares >= rules.shares_min);
            prop_assert!(order.price % tick == 0 && order.price > 0 && order.price < 1_000_000);
            let careful = if sells { order.price >= price } else { order.price <= price };
            prop_assert!(careful, "{order:?}");
            prop_assert!(order.price.abs_diff(price) < tick);
        }
    }

    #[test]
    fn what_is_affordable_fits_and_one_lot_more_does_not(
        cash in 0..1_u64 << 40,
        unit_cost in 100..1_100_000_u32,
        lot in 1..100_000_u64,
    ) {
        let shares = affordable_shares(cash, unit_cost, lot);
        let cost = |shares: u64| u128::from(shares) * u128::from(unit_cost);
        let budget = u128::from(cash) * 1_000_000;
        prop_assert!(shares.is_multiple_of(lot) && cost(shares) <= budget);
        prop_assert!(cost(shares + lot) > budget);
    }

    #[test]
    fn converting_never_changes_the_payoff(
        holdings in prop::collection::vec((0.0..100.0_f64, 10.0..100.0_f64), 2..6),
        chosen in prop::collection::vec(any::<bool>(), 6),
        amount in 0.0..10.0_f64,
    ) {
        let no_of: Vec<usize> = (0..holdings.len()).filter(|&i| chosen[i]).collect();
        prop_assume!(!no_of.is_empty());
        let (mut yes, mut no): (Vec<f64>, Vec<f64>) = holdings.iter().copied().unzip();
        let before = exposure(0.0, &yes, &no, ListedStates::Exhaustive).unwrap();
        let out = negrisk_convert(yes.len(), &no_of, amount, 0.0).unwrap();
        for (held, got) in yes.iter_mut().zip(&out.yes) {
            *held += got;
        }
        for &outcome in &no_of {
            no[outcome] -= amount;
        }
        let after = exposure(-out.collateral, &yes, &no, ListedStates::Exhaustive).unwrap();
        for (a, b) in before.payout_by_state.iter().zip(&after.pnl_by_state) {
            prop_assert!((a - b).abs() < 1e-9, "{a} became {b}");
        }
    }

    #[test]
    fn merging_a_pair_never_changes_the_payoff(
        holdings in prop::collection::vec((10.0..100.0_f64, 10.0..100.0_f64), 1..5),
        amount in 0.0..10.0_f64,
    ) {
        let (mut yes, mut no): (Vec<f64>, Vec<f64>) = holdings.iter().copied().unzip();
        let before = exposure(0.0, &yes, &no, ListedStates::WithOther).unwrap();
        yes[0] -= amount;
        no[0] -= amount;
        let after = exposure(-amount, &yes, &no, ListedStates::WithOther).unwrap();
        for (a, b) in before.payout_by_state.iter().zip(&after.pnl_by_state) {
            prop_assert!((a - b).abs() < 1e-9);
        }
        prop_assert!(after.worst_loss <= before.worst_loss + 1e-9);
    }
}
