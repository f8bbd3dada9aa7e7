//! The venue as a session sees it: commands go into an outbox, answers come from an inbox. Both are bounded, and what does
//! not fit is answered rather than dropped.

use std::collections::VecDeque;

use quorate_backtest::replay::{Session, Venue, Witness};
use quorate_domain::{
    AccountInput, Cash, Chore, Command, Market, MarketId, MarketInput, OrderId, PlaceOrder,
    Refusal, RefusalReason, Resolution, Shares, Timestamp,
};

use crate::runtime::batch::Batch;
use crate::runtime::recovery::Retraced;
use crate::runtime::setup::Setup;

/// Most commands that wait to be taken up. Far more than one turn of the event loop brings about.
const OUTBOX_MAX: usize = 4_096;
/// Most answers that wait to be taken up by the session.
pub(super) const INBOX_MAX: usize = 4_096;

/// A command on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    /// With the time of the entry that decided it.
    Place(PlaceOrder, Timestamp),
    Cancel(OrderId),
    CancelAll,
}

/// Something to be done with tokens on chain. Whoever does it answers through
/// [`Gateway::answer`](super::Gateway::answer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoreOrder {
    /// Pairs into collateral.
    Merge {
        /// The market.
        market: MarketId,
        /// Pairs.
        shares: Shares,
    },
    /// Decided tokens into collateral.
    Redeem(MarketId),
}

/// Both ends of the line to a venue that is somewhere else.
#[derive(Debug, Default)]
pub struct RemoteVenue {
    outbox: VecDeque<Outgoing>,
    chores: VecDeque<ChoreOrder>,
    inbox: VecDeque<(Timestamp, AccountInput)>,
    /// Answers to what did not fit into the outbox: given in the next turn.
    refused: VecDeque<AccountInput>,
}

impl RemoteVenue {
    /// Everything to be sent, withdrawals included, in the order in which it was decided.
    pub(super) fn take_outbox(&mut self) -> VecDeque<Outgoing> {
        std::mem::take(&mut self.outbox)
    }

    /// Whether something waits to be sent or answered.
    #[must_use]
    pub fn has_outgoing(&self) -> bool {
        !self.outbox.is_empty() || !self.refused.is_empty()
    }

    /// Chores decided since the last call.
    pub fn take_chores(&mut self) -> Vec<ChoreOrder> {
        self.chores.drain(..).collect()
    }

    /// Answers to commands that did not fit.
    pub(super) fn take_refused(&mut self) -> Vec<AccountInput> {
        self.refused.drain(..).collect()
    }

    /// Whether the inbox takes another answer.
    pub(super) fn has_room(&self) -> bool {
        self.inbox.len() < INBOX_MAX
    }

    /// Puts an answer in line. The caller asked [`RemoteVenue::has_room`] first.
    pub(super) fn deliver(&mut self, at: Timestamp, answer: AccountInput) {
        self.inbox.push_back((at, answer));
    }

    fn send(&mut self, outgoing: Outgoing) {
        if self.outbox.len() < OUTBOX_MAX {
            self.outbox.push_back(outgoing);
            return;
        }
        match outgoing {
            Outgoing::Place(order, _) => self.refused.push_back(AccountInput::Refused(Refusal {
                order: order.id,
                reason: RefusalReason::RateLimited,
                message: format!("{OUTBOX_MAX} commands wait already"),
            })),
            // So many withdrawals mean that everything is to go; nothing is forgotten that way.
            Outgoing::Cancel(_) | Outgoing::CancelAll => {
                self.outbox
                    .retain(|waiting| matches!(waiting, Outgoing::Place(..)));
                self.outbox.push_back(Outgoing::CancelAll);
            }
        }
    }

    fn chore(&mut self, order: ChoreOrder) {
        if self.chores.len() < OUTBOX_MAX {
            self.chores.push_back(order);
            return;
        }
        let (market, chore) = match order {
            ChoreOrder::Merge { market, .. } => (market, Chore::Merge),
            ChoreOrder::Redeem(market) => (market, Chore::Redeem),
        };
        self.refused
            .push_back(AccountInput::Reverted { market, chore });
    }
}

impl Venue for RemoteVenue {
    // The real venue knows its markets, its prices and its outcomes by itself.
    fn list(&mut self, _: &Market) {}
    fn deposit(&mut self, _: Timestamp, _: Cash) {}
    fn observe(&mut self, _: Timestamp, _: &MarketInput) {}
    fn resolve(&mut self, _: Timestamp, _: Resolution) {}

    fn submit(&mut self, at: Timestamp, command: &Command) {
        match command {
            Command::Place(order) => self.send(Outgoing::Place(order.clone(), at)),
            Command::Cancel(order) => self.send(Outgoing::Cancel(*order)),
            Command::CancelAll => self.send(Outgoing::CancelAll),
            Command::Merge { market, shares } => self.chore(ChoreOrder::Merge {
                market: *market,
                shares: *shares,
            }),
            Command::Redeem(market) => self.chore(ChoreOrder::Redeem(*market)),
            Command::WakeAt(_) | Command::Halted(_) | Command::Alarm(_) => {}
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.inbox.front().map(|(at, _)| *at)
    }

    fn answers(&mut self, until: Timestamp, out: &mut Vec<(Timestamp, AccountInput)>) {
        while let Some(answer) = self.inbox.pop_front_if(|(at, _)| *at <= until) {
            out.push(answer);
        }
    }
}

impl Retraced for RemoteVenue {
    fn fresh(_: &Setup) -> Self {
        Self::default()
    }

    fn again(session: &mut Session<Self>, batch: &Batch, witness: &mut impl Witness) {
        for handled in &batch.handled {
            session.retrace(&handled.entry, witness);
        }
    }
}

#[cfg(test)]
mod tests {
    use quorate_backtest::replay::Venue;
    use quorate_domain::{Command, OrderId, Timestamp};

    use super::{OUTBOX_MAX, Outgoing, RemoteVenue};

    #[test]
    fn withdrawals_that_do_not_fit_become_the_withdrawal_of_everything() {
        let mut venue = RemoteVenue::default();
        for seq in 0..=OUTBOX_MAX as u64 {
            venue.submit(
                Timestamp::default(),
                &Command::Cancel(OrderId { seq, index: 0 }),
            );
        }
        assert_eq!(venue.take_outbox(), [Outgoing::CancelAll]);
        assert!(venue.take_refused().is_empty());
    }
}
