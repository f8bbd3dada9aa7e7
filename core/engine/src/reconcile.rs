//! From approved sizes to commands: what rests already stays if it is still right, and is withdrawn if it is not.

use alloc::vec::Vec;

use quorate_domain::{
    Crossing, MarketId, NoTradeReason, Numbers, OrderId, PlaceOrder, Shares, TimeInForce, Verdict,
};

use crate::decide::Judged;
use crate::orders::{OpenOrder, OrderState, Orders, Origin};
use crate::risk::Sized;
use crate::strategy::Style;

/// What came of the judgement of one market.
pub(crate) type Judgement = (MarketId, Numbers, Verdict);

/// What reconciliation came to.
#[derive(Debug, Default)]
pub(crate) struct Reconciled {
    pub(crate) cancels: Vec<OrderId>,
    pub(crate) places: Vec<PlaceOrder>,
    pub(crate) verdicts: Vec<Judgement>,
}

/// Compares what is wanted with what rests in the markets of a scope. New orders are named from `first` on.
pub(crate) fn reconcile(
    judged: &[Judged],
    members: &[MarketId],
    orders: &Orders,
    first: OrderId,
) -> Reconciled {
    let mut result = Reconciled::default();
    let mut kept = Vec::new();
    for verdict in judged {
        let outcome = match &verdict.outcome {
            Err(reason) => Verdict::NoTrade(*reason),
            Ok(approved) => {
                let wanted = approved.get();
                match same_order(orders, wanted) {
                    Some(resting) => {
                        kept.push(resting.placed.id);
                        trade(resting.placed.id, wanted)
                    }
                    None if rests(orders, wanted) => Verdict::NoTrade(NoTradeReason::OrderInFlight),
                    None => {
                        let id = OrderId {
                            seq: first.seq,
                            index: first.index + count(&result.places),
                        };
                        result.places.push(place(id, wanted));
                        trade(id, wanted)
                    }
                }
            }
        };
        result
            .verdicts
            .push((verdict.market, verdict.numbers, outcome));
    }
    // Whatever rests and is no longer wanted as it is goes; its replacement follows when the withdrawal is answered.
    let unwanted = members
        .iter()
        .flat_map(|market| orders.of_market(*market))
        .filter(|order| order.is_replaceable())
        .map(|order| order.placed.id)
        .filter(|id| !kept.contains(id));
    result.cancels.extend(unwanted);
    result
}

fn count(places: &[PlaceOrder]) -> u32 {
    u32::try_from(places.len()).unwrap_or(u32::MAX)
}

/// A resting order that is near enough to what is wanted: the same token, direction and price, and within a fifth of
/// the size, so that small changes of mind do not lose a place in the queue.
fn same_order<'a>(orders: &'a Orders, wanted: &Sized) -> Option<&'a OpenOrder> {
    if wanted.style == Style::Take {
        return None;
    }
    orders.of_token(wanted.token).find(|order| {
        let (a, b) = (order.remaining.micros(), wanted.shares.micros());
        order.placed.side == wanted.side
            && order.placed.limit == wanted.limit
            && order.origin == Origin::Own
            && order.state != OrderState::CancelRequested
            && a.abs_diff(b) <= b / 5
    })
}

/// Whether another order of ours for the token still rests, so that a new one must wait.
fn rests(orders: &Orders, wanted: &Sized) -> bool {
    orders.of_token(wanted.token).any(|order| {
        !order.is_taking() && order.origin == Origin::Own && order.remaining != Shares::ZERO
    })
}

fn place(id: OrderId, wanted: &Sized) -> PlaceOrder {
    let (time_in_force, crossing) = match wanted.style {
        Style::Take => (TimeInForce::Fak, Crossing::Allowed),
        Style::Make => (TimeInForce::Gtc, Crossing::Refused),
    };
    PlaceOrder {
        id,
        token: wanted.token,
        side: wanted.side,
        limit: wanted.limit,
        shares: wanted.shares,
        time_in_force,
        crossing,
    }
}

const fn trade(order: OrderId, wanted: &Sized) -> Verdict {
    Verdict::Trade {
        order,
        outcome: wanted.token.outcome,
        side: wanted.side,
        limit: wanted.limit,
        shares: wanted.shares,
        bound_by: wanted.bound_by,
    }
}
