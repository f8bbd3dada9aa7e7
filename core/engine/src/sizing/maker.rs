//! Resting orders: rebate, adverse selection, and when to rest instead of taking.

use super::costs::FeeSchedule;
use super::error::{SizingError, not_negative, price, probability};
use super::reservation::{BinaryBet, shares_at_price};

/// Terms of a resting bid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MakerQuote {
    /// Bid price, in `[0, 1]`.
    pub bid: f64,
    /// Share of the taker fee that comes back to makers. The rebate is a share of a daily pool: an expectation.
    pub rebate_share: f64,
    /// By how much `P(YES)` falls because the order was filled: being hit is bad news.
    pub adverse_selection: f64,
}

/// What a resting bid is worth placing for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MakerSize {
    /// Expected rebate per share.
    pub rebate_per_share: f64,
    /// Bid less rebate.
    pub cost_per_share: f64,
    /// `P(YES)` given that the order was filled.
    pub p_given_fill: f64,
    /// Shares to bid for.
    pub shares: f64,
}

/// Sizes a resting bid on the probability given a fill. Not being filled changes nothing, so Kelly on it is exact.
///
/// # Errors
/// A price, share or probability out of range.
pub fn maker_size(
    bet: &BinaryBet,
    quote: &MakerQuote,
    fees: &FeeSchedule,
    cash: f64,
) -> Result<MakerSize, SizingError> {
    let bid = price("bid", quote.bid)?;
    let share = probability("rebate share", quote.rebate_share)?;
    let adverse = not_negative("adverse selection", quote.adverse_selection)?;
    let rebate_per_share = share * fees.per_share(bid);
    let cost_per_share = bid - rebate_per_share;
    let p_given_fill = (bet.p_yes() - adverse).max(0.0);
    let informed = BinaryBet::new(p_given_fill, bet.wealth(), bet.risk_aversion())?;
    Ok(MakerSize {
        rebate_per_share,
        cost_per_share,
        p_given_fill,
        shares: shares_at_price(&informed, cost_per_share, cash)?,
    })
}

/// How to trade an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Walk the book now.
    Take,
    /// Rest a bid.
    Make,
    /// Neither gains.
    Neither,
}

/// Taker or maker: compares the gain of walking now with `fill_probability * gain_making - loss_if_unfilled`, all in
/// certain cash.
///
/// # Errors
/// `fill_probability` outside `[0, 1]`, a negative loss.
pub fn route(
    gain_taking: f64,
    gain_making: f64,
    fill_probability: f64,
    loss_if_unfilled: f64,
) -> Result<Route, SizingError> {
    let filled = probability("fill probability", fill_probability)?;
    let loss = not_negative("loss if not filled", loss_if_unfilled)?;
    let making = filled * gain_making - loss;
    Ok(if gain_taking <= 0.0 && making <= 0.0 {
        Route::Neither
    } else if gain_taking >= making {
        Route::Take
    } else {
        Route::Make
    })
}
