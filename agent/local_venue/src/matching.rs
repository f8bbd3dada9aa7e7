//! How an accepted order meets the book, and what its account may still promise.

use alloy_primitives::B256;
use quorate_domain::{Outcome, Side};

use crate::book::{Half, Step, Want};
use crate::ledger::CROWD;
use crate::number::cost_up;
use crate::trades::Leg;
use crate::venue::{Order, OrderStatus, Venue, on_yes_scale};

impl Venue {
    /// What an order would take now.
    pub(crate) fn plan(&self, order: &Order) -> Vec<Step> {
        let Some(listed) = self.markets.get(order.market) else {
            return Vec::new();
        };
        let want = match (order.budget, order.outcome) {
            (Some(money), Outcome::Yes) => Want::YesFor(money),
            (Some(money), Outcome::No) => Want::NoFor(money),
            (None, _) => Want::Shares(order.remaining()),
        };
        listed
            .book
            .walk(order.half().opposite(), order.yes_price(), want)
    }

    /// Whether a walk fills the whole order.
    pub(crate) fn fills_all(order: &Order, steps: &[Step]) -> bool {
        let qty: u64 = steps.iter().map(|step| step.qty).sum();
        let Some(budget) = order.budget else {
            return qty >= order.remaining();
        };
        let spent: i128 = steps
            .iter()
            .map(|step| cost_up(step.qty, on_yes_scale(order.outcome, step.price)))
            .sum();
        // Less than the smallest step of shares at the worst price may be left over.
        qty > 0 && budget - spent <= i128::from(order.price) / 10_000 + 1
    }

    /// Matches an accepted order against the book; what is left rests or ends.
    pub(crate) fn execute(&mut self, id: B256) {
        let Some(order) = self.orders.get(&id).cloned() else {
            return;
        };
        let steps = self.plan(&order);
        let killed = !order.kind.rests()
            && (steps.is_empty()
                || order.kind == crate::venue::Kind::Fok && !Self::fills_all(&order, &steps));
        if !killed {
            for level in steps.chunk_by(|a, b| a.price == b.price) {
                self.take_level(&order, level);
            }
        }
        self.rest_or_end(id);
        self.tell_book(order.market);
    }

    fn take_level(&mut self, order: &Order, steps: &[Step]) {
        let Some(yes_price) = steps.first().map(|step| step.price) else {
            return;
        };
        let qty: u64 = steps.iter().map(|step| step.qty).sum();
        let taker = self.leg(order, on_yes_scale(order.outcome, yes_price), qty);
        let taken = order.half().opposite();
        let mut makers = Vec::new();
        for step in steps {
            if let Some(listed) = self.markets.get_mut(order.market) {
                listed.book.take(taken, step);
            }
            let maker = step.maker.and_then(|id| self.orders.get(&id).cloned());
            makers.push(match maker {
                Some(maker) => self.leg(&maker, maker.price, step.qty),
                None => self.crowd_leg(&taker, yes_price, step.qty),
            });
        }
        self.book_fill(order.id, qty);
        let filled: Vec<(B256, u64)> = makers.iter().map(|leg| (leg.order, leg.qty)).collect();
        self.matched(order.market, yes_price, taker, makers);
        for (maker, qty) in filled {
            self.maker_filled(maker, qty);
        }
    }

    pub(crate) fn leg(&self, order: &Order, price: u32, qty: u64) -> Leg {
        let address = self.accounts.get(order.account).map(|a| a.setup.wallet);
        Leg {
            order: order.id,
            account: order.account,
            key: order.key.clone(),
            address: address.unwrap_or_default(),
            outcome: order.outcome,
            side: order.side,
            price,
            qty,
            fee: 0,
        }
    }

    fn book_fill(&mut self, id: B256, qty: u64) {
        if let Some(order) = self.orders.get_mut(&id) {
            order.matched += qty;
        }
    }

    fn maker_filled(&mut self, id: B256, qty: u64) {
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        order.matched += qty;
        if order.remaining() == 0 {
            order.status = OrderStatus::Matched;
            self.open.remove(&id);
        }
        self.tell_order(id, "UPDATE");
    }

    /// A resting order is filled by the crowd at the order's own price; the book has been told already.
    pub(crate) fn crowd_takes(&mut self, id: B256, qty: u64) {
        let Some(order) = self.orders.get(&id).cloned() else {
            return;
        };
        let half = order.half();
        let step = Step {
            price: order.yes_price(),
            qty,
            maker: Some(id),
        };
        if let Some(listed) = self.markets.get_mut(order.market) {
            listed.book.take(half, &step);
        }
        // Dust above the order's size, as settlement sometimes leaves it.
        let dust = if qty == order.remaining() && self.faults.strikes(22) {
            5_000
        } else {
            0
        };
        let maker = self.leg(&order, order.price, qty + dust);
        let mut taker = self.crowd_leg(&maker, order.yes_price(), qty + dust);
        taker.account = CROWD;
        let mut makers = vec![maker];
        if self.faults.strikes(33) {
            let foreign = self.crowd_leg(&taker, order.yes_price(), 7_000_000);
            taker.qty += foreign.qty;
            makers.push(foreign);
        }
        self.matched(order.market, order.yes_price(), taker, makers);
        self.maker_filled(id, qty + dust);
        self.tell_book(order.market);
    }

    fn rest_or_end(&mut self, id: B256) {
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        let bought_all = order.budget.is_some() && order.matched > 0;
        let done = order.remaining() == 0 || bought_all;
        if !done && order.kind.rests() {
            order.status = OrderStatus::Live;
            let (half, price, left) = (order.half(), order.yes_price(), order.remaining());
            let market = order.market;
            if let Some(listed) = self.markets.get_mut(market) {
                listed.book.rest(half, price, id, left);
            }
            self.tell_order(id, "PLACEMENT");
            return;
        }
        order.status = if order.matched > 0 {
            OrderStatus::Matched
        } else {
            OrderStatus::Canceled("CANCELED".to_owned())
        };
        self.open.remove(&id);
        let kind = if self.orders.get(&id).is_some_and(|o| o.matched > 0) {
            "UPDATE"
        } else {
            "CANCELLATION"
        };
        self.tell_order(id, kind);
    }

    /// Micro-dollars promised to open buys of an account.
    pub(crate) fn cash_active(&self, account: usize) -> i128 {
        self.open_of(account)
            .filter(|order| order.side == Side::Buy)
            .map(|order| match order.budget {
                Some(money) => money,
                None => cost_up(order.remaining(), order.price),
            })
            .sum()
    }

    /// Micro-shares promised to open sales of a token.
    pub(crate) fn tokens_active(&self, account: usize, market: usize, outcome: Outcome) -> i128 {
        self.open_of(account)
            .filter(|o| o.side == Side::Sell && o.market == market && o.outcome == outcome)
            .map(|order| i128::from(order.remaining()))
            .sum()
    }

    pub(crate) fn open_of(&self, account: usize) -> impl Iterator<Item = &Order> {
        self.open
            .iter()
            .filter_map(|id| self.orders.get(id))
            .filter(move |order| order.account == account)
    }

    /// Fills resting orders that recorded depth on the other side has reached.
    pub(crate) fn sweep_crossed(&mut self, market: usize) {
        for half in [Half::Bid, Half::Ask] {
            while let Some((id, qty, price)) = self.crossed_with_crowd(market, half) {
                let step = Step {
                    price,
                    qty,
                    maker: None,
                };
                if let Some(listed) = self.markets.get_mut(market) {
                    listed.book.take(half.opposite(), &step);
                }
                self.crowd_takes(id, qty);
            }
        }
    }

    fn crossed_with_crowd(&self, market: usize, half: Half) -> Option<(B256, u64, u32)> {
        let book = &self.markets.get(market)?.book;
        let mut levels = book.half(half).iter();
        let occupied = |(_, level): &(&u32, &crate::book::Level)| !level.clients.is_empty();
        let (limit, level) = match half {
            Half::Bid => levels.rfind(occupied),
            Half::Ask => levels.find(occupied),
        }?;
        let client = level.clients.first()?;
        let steps = book.walk(half.opposite(), *limit, Want::Shares(client.remaining));
        let step = steps.into_iter().find(|step| step.maker.is_none())?;
        Some((client.id, step.qty, step.price))
    }
}
