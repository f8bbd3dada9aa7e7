//! Chores on their way to whoever does them: decided by the core, safe in the journal, done elsewhere, answered as news.

use quorate_domain::{Chore, MarketId, Outcome, Payout, Shares, Token};
use quorate_engine::Engine;
use tokio::sync::mpsc;

use super::desk::Gateway;
use super::remote_venue::{ChoreOrder, RemoteVenue};
use super::route::OrderRoute;
use crate::runtime::machine::Machine;

/// A chore with what the books say of its market when it is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChoreJob {
    /// What is to be done.
    pub order: ChoreOrder,
    /// YES shares that are final.
    pub yes: Shares,
    /// NO shares that are final.
    pub no: Shares,
    /// What a YES share pays; nothing before the market is decided.
    pub payout: Payout,
    /// Whether an earlier process was asked for it and may have begun.
    pub is_taken_up_again: bool,
}

impl ChoreJob {
    /// The market.
    #[must_use]
    pub const fn market(&self) -> MarketId {
        self.order.market()
    }
}

impl ChoreOrder {
    /// The market.
    #[must_use]
    pub const fn market(&self) -> MarketId {
        match self {
            Self::Merge { market, .. } | Self::Redeem(market) => *market,
        }
    }

    /// What kind of chore it is.
    #[must_use]
    pub const fn chore(&self) -> Chore {
        match self {
            Self::Merge { .. } => Chore::Merge,
            Self::Redeem(_) => Chore::Redeem,
        }
    }
}

impl<R: OrderRoute> Gateway<R> {
    /// From now on chores are handed to this line, those that an earlier process left undone first.
    pub fn connect_chores(
        &mut self,
        line: mpsc::Sender<ChoreJob>,
        left_undone: &[ChoreOrder],
        engine: &Engine,
    ) {
        self.chore_line = Some(line);
        let again = left_undone.iter().map(|order| ChoreJob {
            is_taken_up_again: true,
            ..job(*order, engine)
        });
        self.chores.extend(again);
    }

    /// Takes up chores and hands over as many as the line takes.
    pub(super) fn take_chores(&mut self, machine: &mut Machine<RemoteVenue>) {
        if self.chore_line.is_none() {
            return;
        }
        let orders = machine.venue_mut().take_chores();
        let jobs = orders.into_iter().map(|order| job(order, machine.engine()));
        self.chores.extend(jobs);
        self.hand_over_chores();
    }

    fn hand_over_chores(&mut self) {
        let Some(line) = &self.chore_line else {
            return;
        };
        while let Some(job) = self.chores.pop_front() {
            if line.try_send(job).is_err() {
                self.chores.push_front(job);
                return;
            }
        }
    }
}

fn job(order: ChoreOrder, engine: &Engine) -> ChoreJob {
    let market = order.market();
    let held = |outcome| {
        let token = Token { market, outcome };
        engine.ledger().position(token).sellable()
    };
    let decided = engine.markets().get(market).and_then(|state| state.payout);
    ChoreJob {
        order,
        yes: held(Outcome::Yes),
        no: held(Outcome::No),
        payout: decided.unwrap_or(Payout::NO),
        is_taken_up_again: false,
    }
}
