//! What holds for all amounts and all books, not only for the recorded ones.

use proptest::prelude::*;
use quorate_domain::{Cash, Level, Price, Shares, Side, TickSize};
use quorate_polymarket::order::amounts;
use quorate_polymarket::walk::{Depth, MarketAmount, WalkError, market_price};

use super::properties::side;

/// Ticks in micro-dollars, with the decimals of the amounts derived at each.
const TICKS: [(u32, u32); 6] = [
    (100_000, 3),
    (10_000, 4),
    (5_000, 5),
    (2_500, 6),
    (1_000, 5),
    (100, 6),
];

/// A tick, a price on its grid, and the decimals of amounts.
fn grid() -> impl Strategy<Value = (TickSize, Price, u32)> {
    (0..TICKS.len(), any::<u32>()).prop_map(|(index, seed)| {
        let (tick, decimals) = TICKS[index];
        let steps = 1_000_000 / tick - 1;
        let price = i64::from(tick * (1 + seed % steps));
        (
            TickSize::from_micros(i64::from(tick)).unwrap(),
            Price::from_micros(price).unwrap(),
            decimals,
        )
    })
}

/// A book half on the cent grid, in any order, with shares down to a millionth.
fn levels() -> impl Strategy<Value = Vec<Level>> {
    let level = (1..100_i64, 1..=50_000_000_u64).prop_map(|(cents, micros)| Level {
        price: Price::from_micros(cents * 10_000).unwrap(),
        shares: Shares::from_micros(micros),
    });
    prop::collection::vec(level, 0..8)
}

fn amount() -> impl Strategy<Value = MarketAmount> {
    prop_oneof![
        (1..=100_000_000_i64).prop_map(|micros| MarketAmount::Spend(Cash::from_micros(micros))),
        (1..=200_000_000_u64).prop_map(|micros| MarketAmount::Sell(Shares::from_micros(micros))),
    ]
}

/// Whether all levels that `counts` picks are enough for the amount.
fn enough(levels: &[Level], amount: MarketAmount, counts: impl Fn(Price) -> bool) -> bool {
    let picked = levels.iter().filter(|level| counts(level.price));
    match amount {
        MarketAmount::Spend(cash) => {
            let money: i128 = picked
                .map(|level| i128::from(level.shares.micros()) * i128::from(level.price.micros()))
                .sum();
            money >= i128::from(cash.micros()) * 1_000_000
        }
        MarketAmount::Sell(shares) => picked.map(|level| level.shares).sum::<Shares>() >= shares,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn limit_orders_never_change_their_price(
        (tick, price, decimals) in grid(), side in side(), micros in 10_000..=50_000_000_000_u64,
    ) {
        let shares = Shares::from_micros(micros);
        let got = amounts::limit(side, price, shares, tick).unwrap();
        let (money, size) = match side {
            Side::Buy => (got.maker, got.taker),
            Side::Sell => (got.taker, got.maker),
        };
        // Exactly the price, so neither is more paid nor less got; whole lots, less than one lot below what was asked.
        prop_assert_eq!(money * 1_000_000, u128::from(price.micros()) * size);
        prop_assert_eq!(size % 10_000, 0);
        prop_assert!(size <= u128::from(micros) && u128::from(micros) - size < 10_000);
        prop_assert_eq!(money % 10_u128.pow(6 - decimals), 0);
        let floored = Shares::from_micros(u64::try_from(size).unwrap());
        prop_assert_eq!(amounts::limit(side, price, floored, tick), Ok(got));
        if side == Side::Sell {
            prop_assert_eq!(amounts::market_sell(price, shares, tick), Ok(got));
        }
    }

    #[test]
    fn market_buys_hit_their_price_and_no_finer_one(
        (tick, price, decimals) in grid(), micros in 1_000_000..=50_000_000_000_i64,
    ) {
        let spend = Cash::from_micros(micros);
        let capped = amounts::market_buy(price, spend, tick).unwrap();
        let uncapped = amounts::market_buy_uncapped(price, spend, tick).unwrap();
        for (got, decimals) in [(capped, decimals.min(4)), (uncapped, decimals)] {
            let unit = 10_u128.pow(6 - decimals);
            prop_assert_eq!(got.maker % 10_000, 0);
            prop_assert_eq!(got.taker % unit, 0);
            let micros = u128::try_from(micros).unwrap();
            prop_assert!(got.maker <= micros && micros - got.maker < 10_000);
            let (price, money) = (u128::from(price.micros()), got.maker * 1_000_000);
            prop_assert!(money >= price * got.taker, "an ask at the price is not hit");
            prop_assert!(money < (price + 100) * got.taker, "a finer price is paid");
            prop_assert!(money < price * (got.taker + unit), "more shares were possible");
        }
        prop_assert!(capped.taker <= uncapped.taker);
        let same = Cash::from_micros(i64::try_from(capped.maker).unwrap());
        prop_assert_eq!(amounts::market_buy(price, same, tick), Ok(capped));
    }

    #[test]
    fn a_market_price_is_as_deep_as_needed_and_no_deeper(levels in levels(), amount in amount()) {
        let buys = matches!(amount, MarketAmount::Spend(_));
        let within = |limit: Price| move |price: Price| if buys { price <= limit } else { price >= limit };
        let whole = market_price(&levels, amount, Depth::Whole, TickSize::CENT);
        let partial = market_price(&levels, amount, Depth::Partial, TickSize::CENT);
        let prices = || levels.iter().map(|level| level.price);
        if let Ok(price) = whole {
            prop_assert_eq!(partial, whole);
            prop_assert!(enough(&levels, amount, within(price)));
            prop_assert!(!enough(&levels, amount, |other| other != price && within(price)(other)));
        } else {
            prop_assert_eq!(whole, Err(WalkError::InsufficientLiquidity));
            prop_assert!(!enough(&levels, amount, |_| true));
            let worst = if buys { prices().max() } else { prices().min() };
            prop_assert_eq!(partial.ok(), worst);
        }
    }
}
