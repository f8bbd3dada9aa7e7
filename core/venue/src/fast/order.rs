//! Orders of one variant: an arena with stable names whose places are used again, so that a run's cost and memory do
//! not depend on how many orders it has seen.

use alloc::vec::Vec;

use quorate_domain::{BookSide, Crossing, Outcome, Side, TimeInForce};

use super::queue::Place;
use super::tick::{MICROS_PER_TICK, Ticks, complement};

/// Most micro-shares of one order: ten million shares. Products with a price then fit in 64 bits.
pub const ORDER_SIZE_MAX: u64 = 10_000_000_000_000;

/// Micro-shares of the smallest lot that changes hands.
pub(crate) const LOT: u64 = 10_000;

/// No place in the arena.
pub(crate) const NIL: u32 = u32::MAX;

/// An order as a strategy wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Index of the market.
    pub market: u32,
    /// What is traded.
    pub outcome: Outcome,
    /// Direction.
    pub side: Side,
    /// Worst price accepted, in the token's own terms.
    pub limit: Ticks,
    /// Micro-shares wanted.
    pub shares: u64,
    /// Life.
    pub life: TimeInForce,
    /// Post-only or not.
    pub crossing: Crossing,
}

/// Name of an order within its variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderId {
    /// Counts the variant's orders from 1.
    pub number: u32,
    pub(crate) slot: u32,
}

/// What has become of an order that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Micro-shares still wanted.
    pub remaining: u64,
    /// Micro-shares ahead of it at its price; `None` before it rests, or while no believable book has been seen.
    pub ahead: Option<u64>,
    /// Whether it rests in the book. If not, it is on its way.
    pub resting: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Free,
    InFlight,
    /// Held back by the venue as a taker; it cannot be cancelled.
    Delayed,
    Resting,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) number: u32,
    pub(crate) market: u32,
    /// Next in the list of its half, or of the free places.
    pub(crate) next: u32,
    /// The one before in the list of its half.
    pub(crate) previous: u32,
    /// Step in the grid while it rests.
    pub(crate) step: u32,
    /// Price on the YES scale.
    pub(crate) price: Ticks,
    pub(crate) state: State,
    /// Half of the YES book in which it rests or would rest.
    pub(crate) half: BookSide,
    pub(crate) outcome: Outcome,
    pub(crate) side: Side,
    pub(crate) crossing: Crossing,
    /// Executions so far.
    pub(crate) fills: u32,
    pub(crate) life: TimeInForce,
    pub(crate) remaining: u64,
    /// Claim on the account: micro-dollars of a buy, micro-shares of a sell.
    pub(crate) held: i64,
}

// One line of the processor's cache.
const _: () = assert!(size_of::<Order>() <= 64);

impl Order {
    /// Whether a counterparty at this step is within the limit.
    pub(crate) fn accepts(&self, half: BookSide, step: u32, own: u32) -> bool {
        match half {
            BookSide::Bid => step <= own,
            BookSide::Ask => step >= own,
        }
    }

    /// Limit in its own terms, micro-dollars.
    pub(crate) const fn limit_micros(&self) -> u32 {
        self.own_price(self.price) as u32 * MICROS_PER_TICK
    }

    /// A price of the YES scale in its own terms.
    pub(crate) const fn own_price(&self, price: Ticks) -> Ticks {
        match self.outcome {
            Outcome::Yes => price,
            Outcome::No => complement(price),
        }
    }

    /// What a resting remainder must keep back; makers pay no fee.
    pub(crate) fn claim(&self) -> i64 {
        match self.side {
            Side::Buy => cost_bound(self.remaining, self.limit_micros()),
            Side::Sell => self.remaining as i64,
        }
    }

    pub(crate) const fn rests(&self) -> bool {
        self.life.rests()
    }
}

/// Micro-dollars that suffice to buy these shares in any number of lot-sized fills, each rounded up.
pub(crate) fn cost_bound(shares: u64, price: u32) -> i64 {
    let lots = shares / LOT;
    let rest = shares - lots * LOT;
    let cost = lots * cost_up(LOT, price) + cost_up(rest, price);
    cost as i64
}

/// Micro-dollars for shares at a price in micro-dollars, rounded up.
#[inline]
pub(crate) const fn cost_up(shares: u64, price: u32) -> u64 {
    (shares * price as u64).div_ceil(1_000_000)
}

/// The same rounded down.
#[inline]
pub(crate) const fn cost_down(shares: u64, price: u32) -> u64 {
    shares * price as u64 / 1_000_000
}

/// The part of `offered` that changes hands: the whole remainder, or whole lots.
#[inline]
pub(crate) const fn whole_lots(offered: u64, remaining: u64) -> u64 {
    if offered >= remaining {
        remaining
    } else {
        offered - offered % LOT
    }
}

/// All orders of a variant that have not ended.
#[derive(Clone, Debug)]
pub(crate) struct Arena {
    slots: Vec<Order>,
    /// Places in the queues, by slot.
    places: Vec<Place>,
    free: u32,
    count: u32,
}

impl Arena {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            places: Vec::new(),
            free: NIL,
            count: 0,
        }
    }

    /// Takes up an order on its way.
    pub(crate) fn add(&mut self, new: &NewOrder) -> OrderId {
        self.count = self.count.wrapping_add(1);
        let taking = match (new.side, new.outcome) {
            (Side::Buy, Outcome::Yes) | (Side::Sell, Outcome::No) => BookSide::Bid,
            (Side::Sell, Outcome::Yes) | (Side::Buy, Outcome::No) => BookSide::Ask,
        };
        let order = Order {
            number: self.count,
            market: new.market,
            next: NIL,
            previous: NIL,
            step: 0,
            price: match new.outcome {
                Outcome::Yes => new.limit,
                Outcome::No => complement(new.limit),
            },
            state: State::InFlight,
            half: taking,
            outcome: new.outcome,
            side: new.side,
            crossing: new.crossing,
            fills: 0,
            life: new.life,
            remaining: new.shares,
            held: 0,
        };
        let slot = self.free;
        match self.slots.get_mut(slot as usize) {
            Some(place) => {
                self.free = place.next;
                *place = order;
                self.places[slot as usize] = Place::NONE;
                OrderId {
                    number: self.count,
                    slot,
                }
            }
            None => {
                self.slots.push(order);
                self.places.push(Place::NONE);
                OrderId {
                    number: self.count,
                    slot: self.slots.len() as u32 - 1,
                }
            }
        }
    }

    /// The order has ended; its place is free.
    pub(crate) fn remove(&mut self, slot: u32) {
        let free = self.free;
        let order = self.at_mut(slot);
        order.state = State::Free;
        order.next = free;
        self.free = slot;
    }

    #[inline]
    pub(crate) fn at(&self, slot: u32) -> &Order {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, slot: u32) -> &mut Order {
        &mut self.slots[slot as usize]
    }

    /// Its place in the queue at its price.
    #[inline]
    pub(crate) fn place(&self, slot: u32) -> &Place {
        &self.places[slot as usize]
    }

    #[inline]
    pub(crate) fn place_mut(&mut self, slot: u32) -> &mut Place {
        &mut self.places[slot as usize]
    }

    /// The order of that name, unless it has ended.
    #[inline]
    pub(crate) fn find(&self, id: OrderId) -> Option<&Order> {
        self.slots
            .get(id.slot as usize)
            .filter(|order| order.number == id.number && order.state != State::Free)
    }
}
