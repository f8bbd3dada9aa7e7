//! Metamorphic properties of the closed-form walk through one binary book.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_engine::sizing::walk::walk_reduce;
use quorate_engine::sizing::{
    BinaryBet, BinaryWealth, FeeSchedule, Level, SizingError, Walk, WalkStop, walk_buy, walk_sell,
};

/// A random situation in one market: belief, holdings, both sides of the book, fee.
#[derive(Debug, Clone)]
struct Situation {
    p: f64,
    cash: f64,
    yes: f64,
    no: f64,
    gamma: f64,
    fee_rate: f64,
    asks: Vec<Level>,
    bids: Vec<Level>,
}

impl Situation {
    fn bet(&self) -> BinaryBet {
        let wealth = BinaryWealth::from_holdings(self.cash, self.yes, self.no).unwrap();
        BinaryBet::new(self.p, wealth, self.gamma).unwrap()
    }

    fn fees(&self) -> FeeSchedule {
        FeeSchedule::new(self.fee_rate, 1.0, 0.0).unwrap()
    }

    fn buy(&self) -> Walk {
        walk_buy(&self.bet(), &self.asks, &self.fees(), self.cash).unwrap()
    }

    fn sell(&self) -> Walk {
        walk_sell(&self.bet(), &self.bids, &self.fees(), self.yes).unwrap()
    }
}

fn book(start: i32, step: i32, sizes: &[(i32, f64)]) -> Vec<Level> {
    let mut ticks = start;
    let mut levels = Vec::new();
    for &(gap, shares) in sizes {
        if (1..=999).contains(&ticks) {
            levels.push(Level {
                price: f64::from(ticks) / 1000.0,
                shares,
            });
        }
        ticks += step * gap;
    }
    levels
}

fn holding() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..3000.0]
}

fn situation() -> impl Strategy<Value = Situation> {
    let sizes = || prop::collection::vec((1..40_i32, 1.0..2000.0), 1..6);
    let prices = (20..950_i32, 1..30_i32, sizes(), sizes());
    let belief = (0.01..0.99_f64, 50.0..20_000.0, holding(), holding());
    (belief, prices, 0.5..6.0, 0.0..0.07).prop_map(
        |((p, cash, yes, no), (bid, spread, asks, bids), gamma, fee_rate)| Situation {
            p,
            cash,
            yes,
            no,
            gamma,
            fee_rate,
            asks: book(bid + spread, 1, &asks),
            bids: book(bid, -1, &bids),
        },
    )
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-8 * (1.0 + scale.abs())
}

fn scaled(levels: &[Level], k: f64) -> Vec<Level> {
    let scale = |level: &Level| Level {
        shares: k * level.shares,
        ..*level
    };
    levels.iter().map(scale).collect()
}

/// What is left of a book after a walk.
fn rest(levels: &[Level], walk: &Walk) -> Vec<Level> {
    let taken = |price: f64| -> f64 {
        let fills = walk.fills.iter().filter(|fill| fill.price == price);
        fills.map(|fill| fill.shares).sum()
    };
    let left = levels.iter().map(|level| Level {
        shares: (level.shares - taken(level.price)).max(0.0),
        ..*level
    });
    left.filter(|level| level.shares > 0.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scaling_wealth_and_book_scales_the_trade(s in situation(), k in 0.01..100.0) {
        let mut big = s.clone();
        big.cash *= k;
        big.yes *= k;
        big.no *= k;
        big.asks = scaled(&s.asks, k);
        big.bids = scaled(&s.bids, k);
        prop_assert!(close(big.buy().shares, k * s.buy().shares, k * s.cash));
        prop_assert!(close(big.sell().shares, k * s.sell().shares, k * s.cash));
    }

    #[test]
    fn buying_no_against_the_bids_mirrors_selling_yes(s in situation()) {
        let no_asks: Vec<Level> = s
            .bids
            .iter()
            .map(|bid| Level { price: 1.0 - bid.price, ..*bid })
            .collect();
        let bought = walk_buy(&s.bet().mirrored(), &no_asks, &s.fees(), 1e12).unwrap();
        let sold = walk_sell(&s.bet(), &s.bids, &s.fees(), 1e12).unwrap();
        prop_assert!(close(bought.shares, sold.shares, s.cash));
        // The purchase sees wealth from the NO side.
        let mirrored = bought.wealth.mirrored();
        prop_assert!(close(mirrored.if_yes, sold.wealth.if_yes, s.cash));
        prop_assert!(close(mirrored.if_no, sold.wealth.if_no, s.cash));
    }

    #[test]
    fn a_higher_probability_never_buys_less(s in situation(), more in 0.0..0.3_f64) {
        let mut surer = s.clone();
        surer.p = (s.p + more).min(0.999);
        prop_assert!(surer.buy().shares >= s.buy().shares - 1e-8 * s.cash);
        prop_assert!(surer.sell().shares <= s.sell().shares + 1e-8 * s.cash);
    }

    #[test]
    fn a_higher_fee_never_buys_more(s in situation(), more in 0.0..0.05) {
        let mut dearer = s.clone();
        dearer.fee_rate += more;
        prop_assert!(dearer.buy().shares <= s.buy().shares + 1e-8 * s.cash);
    }

    #[test]
    fn without_holdings_more_risk_aversion_never_buys_more(s in situation(), more in 1.0..4.0) {
        let mut plain = s;
        (plain.yes, plain.no) = (0.0, 0.0);
        let mut careful = plain.clone();
        careful.gamma *= more;
        prop_assert!(careful.buy().shares <= plain.buy().shares + 1e-8 * plain.cash);
    }

    #[test]
    fn splitting_a_level_changes_nothing(s in situation(), share in 0.05..0.95, at in 0..6_usize) {
        let mut split = s.clone();
        let at = at % split.asks.len().max(1);
        if let Some(level) = split.asks.get(at).copied() {
            let part = Level { shares: share * level.shares, ..level };
            split.asks[at].shares -= part.shares;
            split.asks.insert(at, part);
        }
        prop_assert!(close(split.buy().shares, s.buy().shares, s.cash));
        prop_assert!(close(split.buy().cash, s.buy().cash, s.cash));
    }

    #[test]
    fn more_depth_never_lowers_the_gain(s in situation(), extra in 0.0..500.0) {
        let mut deeper = s.clone();
        deeper.asks.iter_mut().for_each(|level| level.shares += extra);
        let (shallow, deep) = (s.buy(), deeper.buy());
        let gain = |walk: &Walk| walk.certainty_equivalent_gain(&s.bet());
        prop_assert!(gain(&deep) >= gain(&shallow) - 1e-9 * s.cash);
        prop_assert!(gain(&shallow) >= -1e-9 * s.cash);
    }

    #[test]
    fn the_reservation_price_ends_between_the_last_and_the_next_cost(s in situation()) {
        let (walk, fees) = (s.buy(), s.fees());
        let after = walk.reservation_after(&s.bet());
        if let Some(last) = walk.fills.last() {
            prop_assert!(after >= fees.buy_cost(last.price) - 1e-9);
        }
        if let (WalkStop::Reservation, Some(next)) = (walk.stop, rest(&s.asks, &walk).first()) {
            prop_assert!(after <= fees.buy_cost(next.price) + 1e-9);
        }
    }

    #[test]
    fn walking_again_after_the_fills_trades_nothing(s in situation()) {
        let bought = s.buy();
        let bet = BinaryBet::new(s.p, bought.wealth, s.gamma).unwrap();
        let left = rest(&s.asks, &bought);
        let again = walk_buy(&bet, &left, &s.fees(), (s.cash - bought.cash).max(0.0)).unwrap();
        prop_assert!(again.shares <= 1e-7 * s.cash, "{again:?}");

        let sold = s.sell();
        let bet = BinaryBet::new(s.p, sold.wealth, s.gamma).unwrap();
        let left = rest(&s.bids, &sold);
        let again = walk_sell(&bet, &left, &s.fees(), (s.yes - sold.shares).max(0.0)).unwrap();
        prop_assert!(again.shares <= 1e-7 * s.cash, "{again:?}");
    }

    #[test]
    fn limits_are_never_exceeded(s in situation(), budget in 0.0..500.0) {
        let bought = walk_buy(&s.bet(), &s.asks, &s.fees(), budget).unwrap();
        prop_assert!(bought.cash <= budget * (1.0 + 1e-12));
        prop_assert!(s.sell().shares <= s.yes * (1.0 + 1e-12));
        for (fill, level) in bought.fills.iter().zip(&s.asks) {
            prop_assert!(fill.price == level.price && fill.shares <= level.shares);
        }
    }

    #[test]
    fn reducing_past_the_inventory_reaches_the_free_optimum(s in situation()) {
        let free = walk_sell(&s.bet(), &s.bids, &s.fees(), 1e12).unwrap();
        let cut = walk_reduce(&s.bet(), &s.bids, &s.fees(), s.yes, 1e12).unwrap();
        prop_assert!(close(cut.sale.shares + cut.no_purchase.shares, free.shares, s.cash));
    }
}

#[test]
fn a_certain_outcome_takes_all_that_cash_and_depth_allow() {
    let wealth = BinaryWealth::from_holdings(100.0, 0.0, 0.0).unwrap();
    let bet = BinaryBet::new(1.0, wealth, 1.0).unwrap();
    let asks = book(500, 1, &[(100, 50.0), (1, 1000.0)]);
    let walk = walk_buy(&bet, &asks, &FeeSchedule::FREE, 100.0).unwrap();
    assert!((walk.cash - 100.0).abs() < 1e-9, "{walk:?}");
    assert!((walk.shares - (50.0 + 75.0 / 0.6)).abs() < 1e-9, "{walk:?}");
}

#[test]
fn a_position_that_is_too_large_is_reduced_below_a_favourable_price() {
    let wealth = BinaryWealth::from_holdings(10_000.0, 2_500.0, 0.0).unwrap();
    let bet = BinaryBet::new(0.54, wealth, 1.0).unwrap();
    let fees = FeeSchedule::new(0.04, 1.0, 0.0).unwrap();
    let bids = [Level {
        price: 0.50,
        shares: 10_000.0,
    }];
    let sold = walk_sell(&bet, &bids, &fees, 2_500.0).unwrap();
    assert!((sold.shares - 254.10).abs() < 0.01, "{sold:?}");
}

#[test]
fn bad_input_is_refused_with_its_reason() {
    let wealth = BinaryWealth::from_holdings(100.0, 0.0, 0.0).unwrap();
    for p in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        let refused = BinaryBet::new(p, wealth, 1.0);
        assert!(matches!(refused, Err(SizingError::Probability { .. })));
    }
    for gamma in [0.0, -1.0, f64::NAN] {
        let refused = BinaryBet::new(0.5, wealth, gamma);
        assert!(matches!(refused, Err(SizingError::NotPositive { .. })));
    }
    let broke = BinaryWealth::from_holdings(0.0, 10.0, 0.0).unwrap();
    let refused = BinaryBet::new(0.5, broke, 1.0);
    assert!(matches!(refused, Err(SizingError::Wealth { state: 0, .. })));

    let bet = BinaryBet::new(0.5, wealth, 1.0).unwrap();
    let level = |price, shares| Level { price, shares };
    let walk = |asks: &[Level]| walk_buy(&bet, asks, &FeeSchedule::FREE, 10.0);
    let descending = [level(0.5, 1.0), level(0.4, 1.0)];
    assert!(matches!(walk(&descending), Err(SizingError::Order { .. })));
    assert!(matches!(
        walk(&[level(f64::NAN, 1.0)]),
        Err(SizingError::Price { .. })
    ));
    assert!(matches!(
        walk(&[level(0.4, -1.0)]),
        Err(SizingError::Negative { .. })
    ));
    assert!(walk_buy(&bet, &[], &FeeSchedule::FREE, f64::NAN).is_err());
}
