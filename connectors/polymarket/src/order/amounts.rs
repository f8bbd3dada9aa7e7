//! What an order pays and receives, in exact integers. The venue refuses amounts with more decimals than the tick allows,
//! and every rounding here goes against the order: fewer shares bought, fewer shares sold, never a worse price.
//!
//! | tick | decimals of the derived amount |
//! |---|---|
//! | 0.1 | 3 |
//! | 0.01 | 4 |
//! | 0.005, 0.001 | 5 |
//! | 0.0025, 0.0001 | 6 |

use quorate_domain::{Cash, Price, Shares, Side, TickSize};

/// Micro-units in one unit.
const MICRO: u128 = 1_000_000;
/// Sizes, and the money of market buys, have two decimals: this many micro-units.
const LOT: u128 = 10_000;
/// Most decimals that the venue takes for the shares of a market buy, whatever the tick.
const MARKET_BUY_DECIMALS_MAX: u32 = 4;
/// The finest tick there is, in micro-dollars: a market buy must not pay this much more than its price.
const FINEST_TICK: u128 = 100;

/// What the signed order says: both in micro-units, of collateral or of shares depending on the side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// What we give.
    pub maker: u128,
    /// What we get.
    pub taker: u128,
}

/// Why there are no amounts for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The venue has no such tick.
    #[error(
        "tick {tick} is not one of the venue's (0.1, 0.01, 0.005, 0.0025, 0.001, 0.0001): read the market again"
    )]
    UnknownTick {
        /// The tick.
        tick: TickSize,
    },
    /// The price is not a multiple of the tick.
    #[error(
        "price {price} is not a multiple of the tick {tick}: round buys down and sales up, or read the market again"
    )]
    OffGrid {
        /// The price.
        price: Price,
        /// The tick.
        tick: TickSize,
    },
    /// Nothing is left after rounding.
    #[error("the order comes to nothing after rounding to 0.01: give it more")]
    Nothing,
    /// Money to spend below zero.
    #[error("a buy cannot spend {spend}: expected more than 0")]
    NegativeSpend {
        /// The money.
        spend: Cash,
    },
    /// So small a buy that rounding its shares would pay a finer tick's price.
    #[error(
        "buying {taker} micro-shares for {maker} micro-dollars would pay 0.0001 or more above {price}: spend more"
    )]
    Overpays {
        /// The price.
        price: Price,
        /// Micro-dollars.
        maker: u128,
        /// Micro-shares.
        taker: u128,
    },
}

/// Decimals of the amount that is derived from price and size at this tick.
///
/// # Errors
/// [`AmountError::UnknownTick`] for ticks the venue does not have.
pub const fn amount_decimals(tick: TickSize) -> Result<u32, AmountError> {
    match tick.micros() {
        100_000 => Ok(3),
        10_000 => Ok(4),
        5_000 | 1_000 => Ok(5),
        2_500 | 100 => Ok(6),
        _ => Err(AmountError::UnknownTick { tick }),
    }
}

/// Amounts of a limit order: shares are floored to 0.01, and the money is exactly price times shares.
///
/// # Errors
/// Unknown tick, a price off its grid, or nothing left after rounding.
pub fn limit(
    side: Side,
    price: Price,
    shares: Shares,
    tick: TickSize,
) -> Result<Amounts, AmountError> {
    check_price(price, tick)?;
    let shares = floor_to(u128::from(shares.micros()), LOT);
    // Exact: the price is a multiple of 100 micro-dollars and the shares of 10,000 micro-shares.
    let money = shares * u128::from(price.micros()) / MICRO;
    if shares == 0 || money == 0 {
        return Err(AmountError::Nothing);
    }
    Ok(match side {
        Side::Buy => Amounts {
            maker: money,
            taker: shares,
        },
        Side::Sell => Amounts {
            maker: shares,
            taker: money,
        },
    })
}

/// Amounts of a market sale (FOK, FAK): as of a limit sale.
///
/// # Errors
/// As [`limit`].
pub fn market_sell(price: Price, shares: Shares, tick: TickSize) -> Result<Amounts, AmountError> {
    limit(Side::Sell, price, shares, tick)
}

/// Amounts of a market buy (FOK, FAK) that spends money: the money is floored to 0.01, the shares to the decimals of the
/// tick and never more than four, which is what the venue takes.
///
/// # Errors
/// As [`limit`]; also a negative sum, and one so small that the rounded shares cost 0.0001 or more above `price`.
pub fn market_buy(price: Price, spend: Cash, tick: TickSize) -> Result<Amounts, AmountError> {
    let decimals = amount_decimals(tick)?.min(MARKET_BUY_DECIMALS_MAX);
    market_buy_to(price, spend, tick, decimals)
}

/// As [`market_buy`], with all decimals that the tick allows. The venue refuses more than four: for comparison with other
/// clients, not for sending.
///
/// # Errors
/// As [`market_buy`].
pub fn market_buy_uncapped(
    price: Price,
    spend: Cash,
    tick: TickSize,
) -> Result<Amounts, AmountError> {
    market_buy_to(price, spend, tick, amount_decimals(tick)?)
}

fn market_buy_to(
    price: Price,
    spend: Cash,
    tick: TickSize,
    decimals: u32,
) -> Result<Amounts, AmountError> {
    check_price(price, tick)?;
    let spend_micros =
        u128::try_from(spend.micros()).map_err(|_| AmountError::NegativeSpend { spend })?;
    let maker = floor_to(spend_micros, LOT);
    let unit_price = u128::from(price.micros());
    // Rounded down, the shares keep maker/taker at or above the price, so an ask resting there is still hit.
    let taker = floor_to(maker * MICRO / unit_price, 10_u128.pow(6 - decimals));
    if maker == 0 || taker == 0 {
        return Err(AmountError::Nothing);
    }
    if maker * MICRO >= (unit_price + FINEST_TICK) * taker {
        return Err(AmountError::Overpays {
            price,
            maker,
            taker,
        });
    }
    Ok(Amounts { maker, taker })
}

fn check_price(price: Price, tick: TickSize) -> Result<(), AmountError> {
    amount_decimals(tick)?;
    // A price is strictly inside 0..1 by type, so a multiple of the tick is within [tick, 1 - tick].
    if tick.holds(price) {
        Ok(())
    } else {
        Err(AmountError::OffGrid { price, tick })
    }
}

const fn floor_to(value: u128, unit: u128) -> u128 {
    value - value % unit
}
