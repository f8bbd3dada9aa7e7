//! Amounts, market prices and fees, exact to the last digit.

use std::collections::BTreeMap;

use quorate_domain::{Cash, FeeSchedule, Level, Price, Shares, Side, TickSize};
use quorate_polymarket::fees::{FeeError, FeeTerms};
use quorate_polymarket::order::amounts::{self, Amounts};
use quorate_polymarket::walk::{Depth, MarketAmount, WalkError, market_price};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::common::{cases, price, side, text, tick, vector_text, vectors};

#[test]
fn vector_amounts() {
    let file = vectors("rounding.json");
    let mut strata = BTreeMap::new();
    for case in cases(&file, "cases", 322) {
        let (price, tick, side) = (price(case), tick(case), side(case));
        let size = text(case, "size");
        let exact = Amounts {
            maker: case["exact"][0].as_str().unwrap().parse().unwrap(),
            taker: case["exact"][1].as_str().unwrap().parse().unwrap(),
        };
        let kind = text(case, "kind");
        let got = match (kind, side) {
            ("limit", _) => amounts::limit(side, price, Shares::parse(size).unwrap(), tick),
            ("market", Side::Sell) => {
                amounts::market_sell(price, Shares::parse(size).unwrap(), tick)
            }
            ("market", Side::Buy) => {
                let spend = Cash::parse(size).unwrap();
                let capped = amounts::market_buy(price, spend, tick).unwrap();
                assert_eq!(capped.maker, exact.maker, "{case}");
                assert_eq!(
                    capped.taker.to_string(),
                    text(case, "taker_capped_4dp"),
                    "{case}"
                );
                amounts::market_buy_uncapped(price, spend, tick)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(got.unwrap(), exact, "{case}");
        *strata.entry((kind, side, tick)).or_insert(0) += 1;
    }
    assert_eq!(strata.len(), 24, "both kinds, both sides, all six ticks");
}

#[derive(Deserialize)]
struct Walks {
    asks: Vec<TextLevel>,
    bids: Vec<TextLevel>,
    cases: Vec<Walk>,
}

#[derive(Deserialize)]
struct TextLevel {
    price: String,
    size: String,
}

#[derive(Deserialize)]
struct Walk {
    side: String,
    // A number whose text is read as an exact decimal.
    amount: Box<RawValue>,
    order_type: String,
    price: Option<String>,
    error: Option<String>,
}

fn levels(texts: &[TextLevel]) -> Vec<Level> {
    texts
        .iter()
        .map(|level| Level {
            price: Price::parse(&level.price).unwrap(),
            shares: Shares::parse(&level.size).unwrap(),
        })
        .collect()
}

#[test]
fn vector_market_prices() {
    let file: Walks = serde_json::from_str(&vector_text("market_price.json")).unwrap();
    assert!(file.cases.len() >= 29);
    let (asks, bids) = (levels(&file.asks), levels(&file.bids));
    for case in &file.cases {
        let amount = case.amount.get();
        let (side, amount) = match case.side.as_str() {
            "BUY" => (&asks, MarketAmount::Spend(Cash::parse(amount).unwrap())),
            _ => (&bids, MarketAmount::Sell(Shares::parse(amount).unwrap())),
        };
        let depth = match case.order_type.as_str() {
            "FOK" => Depth::Whole,
            _ => Depth::Partial,
        };
        let expected = match (&case.price, &case.error) {
            (Some(price), None) => Ok(Price::parse(price).unwrap()),
            (None, Some(error)) => {
                assert!(error.contains("insufficient liquidity"), "{error}");
                Err(WalkError::InsufficientLiquidity)
            }
            other => panic!("{other:?}"),
        };
        let got = market_price(side, amount, depth, TickSize::CENT);
        assert_eq!(got, expected, "{} {amount:?} {depth:?}", case.side);
        // The order in which levels are served does not matter.
        let mut reversed = side.clone();
        reversed.reverse();
        assert_eq!(
            market_price(&reversed, amount, depth, TickSize::CENT),
            expected
        );
    }
}

#[test]
fn a_walk_that_cannot_mean_anything_is_refused() {
    let level = Level {
        price: Price::parse("0.555").unwrap(),
        shares: Shares::whole(10),
    };
    let one = MarketAmount::Spend(Cash::whole(1));
    let walk =
        |levels: &[Level], amount, depth| market_price(levels, amount, depth, TickSize::CENT);
    for depth in [Depth::Whole, Depth::Partial] {
        assert_eq!(walk(&[], one, depth), Err(WalkError::InsufficientLiquidity));
        for nothing in [
            MarketAmount::Spend(Cash::ZERO),
            MarketAmount::Spend(Cash::whole(-5)),
            MarketAmount::Sell(Shares::ZERO),
        ] {
            assert_eq!(walk(&[level], nothing, depth), Err(WalkError::NoAmount));
        }
        assert_eq!(
            walk(&[level], one, depth),
            Err(WalkError::OffGrid {
                price: level.price,
                tick: TickSize::CENT
            })
        );
    }
}

fn terms(rate: &str, exponent: u32, builder_rate: &str) -> FeeTerms {
    FeeTerms {
        rate: rate.parse().unwrap(),
        exponent,
        builder_rate: builder_rate.parse().unwrap(),
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn vector_fees() {
    let file = vectors("fees.json");
    for case in cases(&file, "fee_cases", 105) {
        let terms = terms(text(case, "rate"), 1, "0");
        let shares = text(case, "shares");
        let unrounded = terms.taker_unrounded(decimal(shares), price(case)).unwrap();
        assert_eq!(unrounded, decimal(text(case, "fee_unrounded")), "{case}");
        let charged = terms.taker(decimal(shares), price(case)).unwrap();
        assert_eq!(charged, decimal(text(case, "fee_5dp")), "{case}");
        // The engine's integers say the same.
        let schedule = FeeSchedule {
            rate_ppm: u32::try_from(terms.rate * Decimal::from(1_000_000)).unwrap(),
            exponent: 1,
            rebate_share_ppm: 0,
        };
        let engine = schedule.taker(Shares::parse(shares).unwrap(), price(case));
        assert_eq!(engine, Cash::from_decimal(charged).unwrap(), "{case}");
    }
}

#[test]
fn vector_fee_adjusted_amounts() {
    let file = vectors("fees.json");
    let tolerance = Decimal::new(1, 20);
    for case in cases(&file, "adjust_cases", 100) {
        let exponent = case["exponent"].as_u64().unwrap().try_into().unwrap();
        let terms = terms(text(case, "fee_rate"), exponent, text(case, "builder_rate"));
        let (amount, budget) = (text(case, "amount"), text(case, "max_spend"));
        let adjusted = terms
            .adjusted_spend(decimal(amount), decimal(budget), price(case))
            .unwrap();
        let difference = (adjusted - decimal(text(case, "adjusted"))).abs();
        assert!(difference <= tolerance, "{case}: {adjusted}");

        // What is then spent is whole cents, not more than that, and with all fees within the budget.
        let spend = terms
            .affordable_spend(
                Cash::parse(amount).unwrap(),
                Cash::parse(budget).unwrap(),
                price(case),
            )
            .unwrap();
        assert_eq!(spend.micros() % 10_000, 0, "{case}");
        let spend = Decimal::new(spend.micros(), 6);
        assert!(spend <= adjusted && adjusted - spend < Decimal::new(1, 2));
        let shares = spend / decimal(text(case, "price"));
        let fees = terms.taker_unrounded(shares, price(case)).unwrap() + spend * terms.builder_rate;
        assert!(spend + fees <= decimal(budget) + tolerance, "{case}");
    }
}

#[test]
fn fees_that_cannot_be_are_errors() {
    let half = Price::parse("0.5").unwrap();
    let negative = terms("-0.01", 1, "0").per_share(half);
    assert_eq!(
        negative,
        Err(FeeError::NegativeRate {
            rate: decimal("-0.01")
        })
    );
    assert!(terms("0.01", 1, "-0.1").per_share(half).is_err());
    let huge = terms("1", 0, "0").taker(Decimal::MAX, half);
    assert_eq!(huge, Ok(Decimal::MAX), "an exponent of 0 charges the rate");
    assert_eq!(
        terms("2", 0, "0").taker(Decimal::MAX, half),
        Err(FeeError::Overflow)
    );
    assert_eq!(
        terms("0.07", u32::MAX, "0").per_share(half),
        Ok(Decimal::ZERO),
        "a huge exponent leaves nothing, at once"
    );
}
