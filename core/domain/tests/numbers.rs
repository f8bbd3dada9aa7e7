//! Money that does not drift, and the one place where chance meets price.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_domain::number::mul_div;
use quorate_domain::{
    Cash, FeeSchedule, Outcome, Payout, Price, Probability, Rounding, Shares, TickSize,
};

#[test]
fn text_becomes_the_exact_integer_or_an_error() {
    assert_eq!(Price::parse("0.0025").unwrap().micros(), 2_500);
    assert_eq!(Shares::parse("12.345678").unwrap().micros(), 12_345_678);
    assert_eq!(Cash::parse("-3.5").unwrap().micros(), -3_500_000);
    for bad in [
        "",
        "abc",
        "NaN",
        "inf",
        "1e-3x",
        "0.1234567",
        "1",
        "0",
        "-0.2",
        "1.7",
        "99999999999999999999999",
    ] {
        assert!(Price::parse(bad).is_err(), "{bad}");
    }
    assert!(Shares::parse("-1").is_err());
}

#[test]
fn numbers_print_as_people_write_them() {
    assert_eq!(Price::parse("0.50").unwrap().to_string(), "0.5");
    assert_eq!(Cash::whole(250).to_string(), "250");
    assert_eq!(Shares::from_micros(10_000).to_string(), "0.01");
}

#[test]
fn only_divisors_of_a_dollar_are_ticks() {
    for good in ["0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"] {
        assert!(TickSize::parse(good).is_ok(), "{good}");
    }
    for bad in ["0", "0.03", "1", "0.00001", "-0.01"] {
        assert!(TickSize::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_fee_is_rounded_half_up_to_five_decimals_and_dust_is_free() {
    let fee = |rate_ppm, shares: u64, price| {
        let schedule = FeeSchedule {
            rate_ppm,
            exponent: 1,
            rebate_share_ppm: 0,
        };
        schedule
            .taker(Shares::from_micros(shares), Price::parse(price).unwrap())
            .micros()
    };
    // 100 shares at 0.50 with a rate of 0.04: one dollar.
    assert_eq!(fee(40_000, 100_000_000, "0.5"), 1_000_000);
    // 0.07 * 0.9 * 0.1 = 0.0063 a share.
    assert_eq!(fee(70_000, 1_000_000, "0.9"), 6_300);
    // 0.01 share at 0.5: 0.000175 -> 0.00018.
    assert_eq!(fee(70_000, 10_000, "0.5"), 180);
    // Less than half of 0.00001 is nothing.
    assert_eq!(fee(70_000, 200, "0.5"), 0);
}

#[test]
fn both_outcomes_of_a_payout_make_one_dollar() {
    for payout in [Payout::YES, Payout::NO, Payout::HALF] {
        assert_eq!(
            payout.micros(Outcome::Yes) + payout.micros(Outcome::No),
            1_000_000
        );
    }
    assert!(Payout::from_micros(1_000_001).is_err());
}

#[test]
fn what_is_no_probability_is_refused() {
    for bad in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        assert!(Probability::new(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn rounding_brackets_the_true_quotient(a in -1_000_000_000_000_i64..1_000_000_000_000, b in 0_i64..2_000_000, d in 1_i64..2_000_000) {
        let (a, b, d) = (i128::from(a), i128::from(b), i128::from(d));
        let (down, up) = (mul_div(a, b, d, Rounding::Down), mul_div(a, b, d, Rounding::Up));
        prop_assert!(down * d <= a * b && a * b <= up * d);
        prop_assert!(up - down <= 1);
    }

    #[test]
    fn a_price_never_leans_towards_aggression(p in 0.0_f64..=1.0, tick in prop::sample::select(vec![100_i64, 1_000, 2_500, 5_000, 10_000, 100_000])) {
        let (probability, tick) = (Probability::new(p).unwrap(), TickSize::from_micros(tick).unwrap());
        if let Some(bid) = probability.bid_price(tick) {
            prop_assert!(bid.to_f64() <= p + 2e-6, "bid {bid} above {p}");
            prop_assert!(tick.holds(bid));
        }
        if let Some(ask) = probability.ask_price(tick) {
            prop_assert!(p - 2e-6 <= ask.to_f64(), "ask {ask} below {p}");
            prop_assert!(tick.holds(ask));
        }
    }

    #[test]
    fn paying_and_receiving_never_create_money(shares in 0_u64..1_000_000_000_000, micros in 1_i64..1_000_000) {
        let price = Price::from_micros(micros).unwrap();
        let shares = Shares::from_micros(shares);
        prop_assert!(shares.at(price, Rounding::Down) <= shares.at(price, Rounding::Up));
        let both = shares.at(price, Rounding::Up) + shares.at(price.complement(), Rounding::Up);
        prop_assert!(shares.at_micros(1_000_000, Rounding::Down) <= both);
    }

    #[test]
    fn what_serialises_comes_back(micros in 1_i64..1_000_000) {
        let price = Price::from_micros(micros).unwrap();
        let text = serde_json::to_string(&price).unwrap();
        prop_assert_eq!(serde_json::from_str::<Price>(&text).unwrap(), price);
    }
}

#[test]
fn a_stored_value_that_cannot_be_is_refused_when_read() {
    assert!(serde_json::from_str::<Price>("0").is_err());
    assert!(serde_json::from_str::<Price>("1000000").is_err());
    assert!(serde_json::from_str::<TickSize>("30000").is_err());
    assert!(serde_json::from_str::<Probability>("1.5").is_err());
    assert!(serde_json::from_str::<Payout>("1000001").is_err());
}
