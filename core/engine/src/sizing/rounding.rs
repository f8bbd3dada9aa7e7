//! From an optimal quantity to an order the venue accepts, decided in integers and never towards more aggression.
//!
//! Shares are micro-shares, prices micro-dollars per share, cash micro-dollars. Shares round down to the lot, a BUY price
//! down and a SELL price up to the tick; below a minimum there is no trade, never a larger one.

/// One unit in micro-units.
pub const MICRO: u64 = 1_000_000;

/// Direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderSide {
    /// Pays cash for shares.
    Buy,
    /// Gives shares for cash.
    Sell,
}

/// What a market accepts, in micro-units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketRules {
    /// Price step; prices are multiples strictly between 0 and 1.
    pub tick: u32,
    /// Quantity step (10 000 = 0.01 share).
    pub lot: u64,
    /// Smallest quantity of any order.
    pub shares_min: u64,
    /// Smallest amount (price times shares) of a BUY that takes from the book at once.
    pub marketable_buy_amount_min: u64,
}

/// Whether an order takes from the book at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKind {
    /// It crosses.
    Marketable,
    /// It rests.
    Resting,
}

/// An order on the venue's grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundedOrder {
    /// Price in micro-dollars, a multiple of the tick.
    pub price: u32,
    /// Quantity in micro-shares, a multiple of the lot.
    pub shares: u64,
}

/// Why rounding leaves nothing to trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoOrder {
    /// The quantity is NaN, negative or beyond any market.
    #[error("the quantity is not a number of shares")]
    Quantity,
    /// A tick or lot of zero.
    #[error("the market's tick or lot is zero")]
    Rules,
    /// No tick strictly between 0 and 1 on the careful side of the price.
    #[error("no price on the tick grid on the careful side")]
    Price,
    /// Fewer shares than the market's minimum.
    #[error("fewer shares than the market's minimum")]
    BelowSharesMin,
    /// A marketable BUY of too small an amount.
    #[error("the amount of a marketable buy is below the venue's minimum")]
    BelowAmountMin,
}

/// Micro-shares in a number of shares, rounded down.
///
/// # Errors
/// [`NoOrder::Quantity`] for NaN, a negative number, or more than 2^53 micro-shares.
pub fn micro_shares_down(shares: f64) -> Result<u64, NoOrder> {
    let micro = libm::floor(shares * 1e6);
    if (0.0..=9_007_199_254_740_992.0).contains(&micro) {
        Ok(micro as u64)
    } else {
        Err(NoOrder::Quantity)
    }
}

/// Largest quantity on the lot grid whose cost at `unit_cost` (micro-dollars per share, fees included) fits in `cash`.
#[must_use]
pub fn affordable_shares(cash: u64, unit_cost: u32, lot: u64) -> u64 {
    if unit_cost == 0 || lot == 0 {
        return 0;
    }
    let shares = u128::from(cash) * u128::from(MICRO) / u128::from(unit_cost);
    let shares = u64::try_from(shares).unwrap_or(u64::MAX);
    shares - shares % lot
}

/// Price rounded to the tick grid on the careful side: BUY down, SELL up.
///
/// # Errors
/// [`NoOrder::Price`] when that leaves the open interval (0, 1), [`NoOrder::Rules`] for a tick of zero.
pub fn careful_price(side: OrderSide, price: u32, tick: u32) -> Result<u32, NoOrder> {
    if tick == 0 {
        return Err(NoOrder::Rules);
    }
    let rounded = match side {
        OrderSide::Buy => price - price % tick,
        OrderSide::Sell => price
            .div_ceil(tick)
            .checked_mul(tick)
            .ok_or(NoOrder::Price)?,
    };
    if rounded == 0 || u64::from(rounded) >= MICRO {
        return Err(NoOrder::Price);
    }
    Ok(rounded)
}

/// Puts an order on the grid: `shares` (micro) are first cut to `shares_max` (micro, the tightest cap), then to the lot.
///
/// # Errors
/// Why nothing is traded.
pub fn round_order(
    side: OrderSide,
    kind: OrderKind,
    price: u32,
    shares: u64,
    shares_max: u64,
    rules: &MarketRules,
) -> Result<RoundedOrder, NoOrder> {
    if rules.lot == 0 {
        return Err(NoOrder::Rules);
    }
    let price = careful_price(side, price, rules.tick)?;
    let capped = shares.min(shares_max);
    let shares = capped - capped % rules.lot;
    if shares == 0 || shares < rules.shares_min {
        return Err(NoOrder::BelowSharesMin);
    }
    let amount = u128::from(shares) * u128::from(price);
    let needed = u128::from(rules.marketable_buy_amount_min) * u128::from(MICRO);
    if side == OrderSide::Buy && kind == OrderKind::Marketable && amount < needed {
        return Err(NoOrder::BelowAmountMin);
    }
    Ok(RoundedOrder { price, shares })
}

/// Whether a rounded order still obeys the one rule at the reservation price *after* it is filled: the last share bought
/// must cost no more than it is worth, the last one sold bring no less. Prices per share in cash, fees included.
#[must_use]
pub fn still_worth_it(side: OrderSide, unit_cash: f64, reservation_after: f64) -> bool {
    match side {
        OrderSide::Buy => unit_cash <= reservation_after,
        OrderSide::Sell => unit_cash >= reservation_after,
    }
}
