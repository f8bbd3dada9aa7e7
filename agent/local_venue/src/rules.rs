//! The rules an order must keep before it meets a book: amounts, grid, minimum.

use quorate_domain::Side;

use crate::number::decimal;
use crate::venue::{Kind, Listed};

/// What an order's two amounts mean.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Limit in micro-dollars.
    pub(crate) price: u32,
    /// Micro-shares.
    pub(crate) size: u64,
    /// Micro-dollars that a market buy may spend.
    pub(crate) budget: Option<i128>,
}

/// Decimals of amounts that a tick allows.
fn amount_decimals(tick: u32) -> u32 {
    match tick {
        100_000 => 3,
        10_000 => 4,
        5_000 | 1_000 => 5,
        _ => 6,
    }
}

fn has_decimals(micros: u64, decimals: u32) -> bool {
    micros.is_multiple_of(10_u64.pow(6 - decimals.min(6)))
}

/// Reads the amounts of an order against its market's rules.
///
/// # Errors
/// The venue's words for the first rule that is broken.
pub(crate) fn terms(
    listed: &Listed,
    id: &str,
    side: Side,
    kind: Kind,
    (maker, taker): (u64, u64),
) -> Result<Terms, String> {
    if maker == 0 || taker == 0 {
        return Err(format!("order {id} is invalid. Amounts must be positive"));
    }
    let (cash, size) = match side {
        Side::Buy => (maker, taker),
        Side::Sell => (taker, maker),
    };
    let buys_for_money = side == Side::Buy && !kind.rests();
    check_precision(listed.tick, side, kind, cash, size)?;
    let tick = i128::from(listed.tick);
    let ratio = i128::from(cash) * 1_000_000;
    let (exact, size_wide) = (ratio / i128::from(size), i128::from(size));
    let on_grid = ratio % size_wide == 0 && exact % tick == 0;
    let floored = exact / tick * tick;
    let off_by_rounding = buys_for_money && ratio - floored * size_wide < 100 * size_wide;
    let price = if buys_for_money { floored } else { exact };
    if !(on_grid || off_by_rounding) || price < tick || price > 1_000_000 - tick {
        return Err(format!(
            "order {id} is invalid. Price ({}) breaks minimum tick size rule: {}",
            decimal(exact),
            decimal(tick)
        ));
    }
    let least = listed.listing.market.shares_min.micros();
    if kind.rests() && size < least {
        return Err(format!(
            "order {id} is invalid. Size ({}) lower than the minimum: {}",
            decimal(i128::from(size)),
            decimal(i128::from(least))
        ));
    }
    Ok(Terms {
        price: u32::try_from(price).unwrap_or(0),
        size,
        budget: buys_for_money.then_some(i128::from(cash)),
    })
}

fn check_precision(tick: u32, side: Side, kind: Kind, cash: u64, size: u64) -> Result<(), String> {
    let decimals = amount_decimals(tick);
    let refused = |name: &str, maker: u32, taker: u32| {
        Err(format!(
            "invalid amounts, the {name} orders maker amount supports a max accuracy of {maker} decimals, \
             taker amount a max of {taker} decimals"
        ))
    };
    match (side, kind.rests()) {
        (Side::Buy, false) if !has_decimals(cash, 2) || !has_decimals(size, 4) => {
            refused("market buy", 2, 4)
        }
        (Side::Buy, true) if !has_decimals(cash, decimals) || !has_decimals(size, 2) => {
            refused("limit buy", decimals, 2)
        }
        (Side::Sell, false) if !has_decimals(size, 2) || !has_decimals(cash, decimals) => {
            refused("market sell", 2, decimals)
        }
        (Side::Sell, true) if !has_decimals(size, 2) || !has_decimals(cash, decimals) => {
            refused("limit sell", 2, decimals)
        }
        _ => Ok(()),
    }
}
