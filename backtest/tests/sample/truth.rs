//! The true course of a sample world: martingales, coherent groups, payouts that come from the truth itself.

use std::sync::LazyLock;
use std::time::Duration;

use quorate_backtest::sample::{SampleMarket, Truth, WorldSpec, draw_truth};
use quorate_domain::Payout;

const WORLDS: u64 = 600;

/// Brief worlds of many seeds.
static DRAWN: LazyLock<Vec<Truth>> = LazyLock::new(|| {
    (1..=WORLDS)
        .map(|seed| draw_truth(&WorldSpec::brief(seed)))
        .collect()
});

fn worlds() -> &'static [Truth] {
    &DRAWN
}

/// True value of a market when `share` of its life has passed.
fn value_after(market: &SampleMarket, share: f64) -> f64 {
    let life = market.closes_at.since(market.opens_at).as_secs_f64();
    market
        .truth
        .value_at(market.opens_at.plus(Duration::from_secs_f64(life * share)))
}

/// Mean in units of its standard error; zero for constants.
fn standard_errors_from_zero(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    if variance == 0.0 {
        mean * f64::INFINITY.min(1e300)
    } else {
        mean / (variance / n).sqrt()
    }
}

fn assert_no_drift(what: &str, values: &[f64]) {
    let z = standard_errors_from_zero(values);
    assert!(z.abs() < 4.0, "{what}: {z:.2} standard errors from zero");
}

#[test]
fn true_values_of_elections_are_martingales() {
    let worlds = worlds();
    for place in 0..8 {
        let name = worlds[0].markets[place].name.clone();
        for share in [0.2, 0.6, 0.75, 0.95, 0.98] {
            let over_worlds = |change: &dyn Fn(&SampleMarket, f64) -> f64| -> Vec<f64> {
                let of = |world: &Truth| {
                    let market = &world.markets[place];
                    change(market, value_after(market, share))
                };
                worlds.iter().map(of).collect()
            };
            let start = |market: &SampleMarket| market.truth.points()[0].1;
            let so_far = over_worlds(&|market, value| value - start(market));
            assert_no_drift(&format!("{name} until {share}"), &so_far);
            let to_come = over_worlds(&|market, value| market.payout.to_f64() - value);
            assert_no_drift(&format!("{name} from {share}"), &to_come);
            // What is to come does not depend on where the value stands.
            let leaning = over_worlds(&|m, value| (m.payout.to_f64() - value) * (value - 0.5));
            assert_no_drift(&format!("{name} leaning from {share}"), &leaning);
        }
    }
}

#[test]
fn true_chances_of_price_windows_are_martingales() {
    let worlds = worlds();
    let windows = || worlds.iter().flat_map(|world| world.markets.iter().skip(8));
    for share in [0.1, 0.5, 0.9, 0.97] {
        let so_far: Vec<f64> = windows()
            .map(|m| value_after(m, share) - value_after(m, 0.0))
            .collect();
        assert_no_drift(&format!("windows until {share}"), &so_far);
        let to_come: Vec<f64> = windows()
            .map(|m| m.payout.to_f64() - value_after(m, share))
            .collect();
        assert_no_drift(&format!("windows from {share}"), &to_come);
        let leaning: Vec<f64> = windows()
            .map(|m| (m.payout.to_f64() - value_after(m, share)) * (value_after(m, share) - 0.5))
            .collect();
        assert_no_drift(&format!("windows leaning from {share}"), &leaning);
    }
}

#[test]
fn the_chances_of_exclusive_outcomes_never_exceed_one() {
    for world in worlds()
        .iter()
        .take(50)
        .chain([&draw_truth(&WorldSpec::default())])
    {
        let group: Vec<&SampleMarket> = world
            .markets
            .iter()
            .filter(|m| m.group == Some("president"))
            .collect();
        assert_eq!(group.len(), 4);
        for at in 0..group[0].truth.points().len() {
            let sum: f64 = group.iter().map(|market| market.truth.points()[at].1).sum();
            assert!(sum <= 1.0 + 1e-12, "{sum}");
        }
        let winners = group
            .iter()
            .filter(|market| market.payout == Payout::YES)
            .count();
        assert!(winners <= 1);
        assert!(group.iter().all(|market| market.payout != Payout::HALF));
    }
}

#[test]
fn an_unlisted_candidate_wins_as_often_as_its_first_chance_says() {
    let upsets: Vec<f64> = worlds()
        .iter()
        .map(|world| {
            let listed = &world.markets[..4];
            let unlisted = 1.0 - listed.iter().map(|m| m.truth.points()[0].1).sum::<f64>();
            let happened = listed.iter().all(|m| m.payout == Payout::NO);
            f64::from(u8::from(happened)) - unlisted
        })
        .collect();
    assert_no_drift("unlisted candidate", &upsets);
    assert!(upsets.iter().any(|upset| *upset > 0.0));
}

#[test]
fn every_market_ends_at_its_payout() {
    for world in worlds().iter().take(50) {
        for market in &world.markets {
            let (at, last) = *market.truth.points().last().unwrap();
            assert_eq!(at, market.closes_at, "{}", market.name);
            assert!(
                (last - market.payout.to_f64()).abs() < 1e-6,
                "{} ends at {last}",
                market.name
            );
            assert!(market.resolves_at > market.closes_at);
        }
    }
}

#[test]
fn the_contested_race_is_void_as_often_as_everybody_expects() {
    let worlds = worlds();
    let contested = |world: &Truth| world.markets.iter().position(|m| m.payout == Payout::HALF);
    let void: Vec<f64> = worlds
        .iter()
        .map(|w| f64::from(u8::from(contested(w).is_some())) - 0.3)
        .collect();
    assert_no_drift("void race", &void);
    assert!(worlds.iter().filter_map(contested).all(|place| place == 7));
    for world in worlds.iter().filter(|world| contested(world).is_some()) {
        assert_eq!(value_after(&world.markets[7], 0.8), 0.5);
    }
}

#[test]
fn races_move_together() {
    let worlds = worlds();
    let moves = |place: usize| -> Vec<f64> {
        worlds
            .iter()
            .map(|w| value_after(&w.markets[place], 0.5) - value_after(&w.markets[place], 0.0))
            .collect()
    };
    for (one, other) in [(4, 5), (4, 6), (5, 6)] {
        let (x, y) = (moves(one), moves(other));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let correlation = dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt();
        // The square of the loading 0.8, less a little for the bend of the distribution function.
        assert!((0.54..0.72).contains(&correlation), "{correlation}");
    }
    // The office is drawn by itself.
    let (x, y) = (moves(0), moves(4));
    let products: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x * y).collect();
    assert_no_drift("office and race", &products);
}
