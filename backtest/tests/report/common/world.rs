//! The invented world: what is true, what the market and the workers say, and what trading on a belief does there.

use std::collections::BTreeMap;

use quorate_backtest::metrics::bootstrap::SplitMix64;
use quorate_backtest::report::model::{EquityPoint, FillRow};
use quorate_domain::{
    Cash, FeeSchedule, Liquidity, Outcome, Payout, Price, Rounding, Shares, Side, Timestamp,
};

pub(super) const DAY: u64 = 86_400;
pub(super) const START: u64 = 1_772_323_200; // 2026-03-01T00:00:00Z
pub(super) const DAYS: u64 = 122;
pub(super) const BANKROLL: Cash = Cash::whole(10_000);
pub(super) const WORKERS: [(&str, f64); 8] = [
    ("polling-average", 0.05),
    ("fundamentals", 0.09),
    ("expert-survey", 0.08),
    ("demographic-regression", 0.11),
    ("news-language-model", 0.13),
    ("late-trend", 0.10),
    ("contrarian", 0.22),
    ("coin", 0.45),
];

/// A market of the invented world.
pub(super) struct World {
    pub(super) name: String,
    pub(super) question: String,
    pub(super) mid: f64,
    pub(super) resolved_at: Timestamp,
    pub(super) happened: bool,
    pub(super) says: Vec<f64>,
}

pub(super) fn uniform(random: &mut SplitMix64) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Roughly normal, standard deviation 1.
pub(super) fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| uniform(random)).sum::<f64>() - 6.0
}

pub(super) fn worlds(markets: usize) -> Vec<World> {
    let mut random = SplitMix64::new(7);
    let states = [
        "AZ", "GA", "MI", "NV", "NC", "PA", "WI", "NH", "ME", "OH", "TX", "FL",
    ];
    (0..markets)
        .map(|index| {
            let state = states[index % states.len()];
            let truth = 0.05 + 0.9 * uniform(&mut random);
            let near = |spread: f64, random: &mut SplitMix64| {
                (truth + spread * normal(random)).clamp(0.02, 0.98)
            };
            World {
                name: format!("{state}-{:02}", index / states.len() + 1),
                question: format!(
                    "Will turnout in {state} exceed the level of the previous special election, round {}?",
                    index / states.len() + 1
                ),
                mid: near(0.085, &mut random),
                resolved_at: Timestamp::from_secs(
                    START + DAY * (6 + (index as u64 * 113) / markets as u64) + 68_400,
                ),
                happened: uniform(&mut random) < truth,
                says: WORKERS.iter().map(|(_, spread)| near(*spread, &mut random)).collect(),
            }
        })
        .collect()
}

pub(super) fn payout(world: &World) -> Payout {
    if world.happened {
        Payout::YES
    } else {
        Payout::NO
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    f64::midpoint(sorted[sorted.len() / 2 - 1], sorted[sorted.len() / 2])
}

pub(super) fn collective(world: &World) -> f64 {
    let weights = WORKERS.map(|(_, spread)| 1.0 / (spread * spread));
    let total: f64 = weights.iter().sum();
    world
        .says
        .iter()
        .zip(weights)
        .map(|(p, weight)| p * weight / total)
        .sum()
}

pub(super) fn blend(world: &World) -> f64 {
    0.6 * collective(world) + 0.4 * world.mid
}

pub(super) fn fills_of(worlds: &[World], belief: impl Fn(&World) -> f64) -> Vec<FillRow> {
    let fee = FeeSchedule {
        rate_ppm: 40_000,
        exponent: 1,
        rebate_share_ppm: 250_000,
    };
    let mut fills = Vec::new();
    for (index, world) in worlds.iter().enumerate() {
        let edge_yes = belief(world) - world.mid;
        if edge_yes.abs() < 0.035 {
            continue;
        }
        let (outcome, mid) = if edge_yes > 0.0 {
            (Outcome::Yes, world.mid)
        } else {
            (Outcome::No, 1.0 - world.mid)
        };
        let micros = (((mid + 0.01) * 100.0).round() as i64 * 10_000).clamp(10_000, 990_000);
        let price = Price::from_micros(micros).unwrap();
        let shares = Shares::floor_from_f64((edge_yes.abs() * 2_400.0).round());
        let open = world.resolved_at.secs() - 5 * DAY;
        let liquidity = if index % 3 == 0 {
            Liquidity::Maker
        } else {
            Liquidity::Taker
        };
        for part in 0..2 + index as u64 % 3 {
            let half = Shares::from_micros(shares.micros() / (2 + index as u64 % 3));
            fills.push(FillRow {
                at: Timestamp::from_secs(open + part * 7_219 + index as u64 * 31),
                market: world.name.clone(),
                outcome,
                side: Side::Buy,
                price,
                shares: half,
                fee: if liquidity == Liquidity::Taker {
                    fee.taker(half, price)
                } else {
                    Cash::ZERO
                },
                liquidity,
                fair: Some(mid + edge_yes.abs()),
                edge: Some(edge_yes.abs() - 0.02),
            });
        }
    }
    fills.sort_by_key(|fill| fill.at);
    fills
}

pub(super) fn cost(fill: &FillRow) -> Cash {
    fill.shares.at(fill.price, Rounding::Up)
}

pub(super) fn paid(fill: &FillRow, world: &World) -> Cash {
    fill.shares.at_micros(
        i64::from(payout(world).micros(fill.outcome)),
        Rounding::Down,
    )
}

/// Equity every hour: positions at cost with some noise until they resolve.
pub(super) fn equity_of(
    fills: &[FillRow],
    worlds: &BTreeMap<&str, &World>,
    seed: u64,
) -> Vec<EquityPoint> {
    let mut random = SplitMix64::new(seed);
    let mut wobble = 0.0;
    let mut points: Vec<EquityPoint> = Vec::new();
    for hour in 0..=DAYS * 24 {
        let at = Timestamp::from_secs(START + hour * 3_600);
        let (mut cash, mut exposure) = (BANKROLL, Cash::ZERO);
        for fill in fills.iter().filter(|fill| fill.at <= at) {
            let world = worlds[fill.market.as_str()];
            cash = cash - cost(fill) - fill.fee;
            if world.resolved_at <= at {
                cash += paid(fill, world);
            } else {
                exposure += cost(fill);
            }
        }
        wobble = 0.97 * wobble + 0.012 * normal(&mut random);
        let marked = Cash::from_micros((exposure.to_f64() * (1.0 + wobble) * 1e6) as i64);
        points.push(EquityPoint {
            at,
            equity: cash + marked,
            cash,
            exposure,
            drawdown: Cash::ZERO,
        });
    }
    points
}

/// Result of one market; `None` when it was not traded.
pub(super) fn pnl(world: &World, fills: &[FillRow]) -> Option<Cash> {
    let own: Vec<&FillRow> = fills
        .iter()
        .filter(|fill| fill.market == world.name)
        .collect();
    let result = own
        .iter()
        .map(|fill| paid(fill, world) - cost(fill) - fill.fee)
        .sum();
    (!own.is_empty()).then_some(result)
}
