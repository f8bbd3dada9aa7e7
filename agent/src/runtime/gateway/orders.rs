//! One order on its way: a state machine that turns whatever is heard of it, in whatever order, into at most one answer of
//! each kind. Nothing here waits, sends or reads a clock.

use quorate_domain::{
    AccountInput, CancelReason, FOREIGN_INDEX_MIN, OrderId, PlaceOrder, Refusal, RefusalReason,
    Shares, TimeInForce, Timestamp,
};
use sha2::{Digest, Sha256};

use super::courier::Outcome;
use super::route::{Ending, Found, OrderHash, Posted, Prepared, Withdrawal};
use super::timings::{Timings, back_off};

/// How long after its expiry an order may still be taken for alive: clocks differ.
const EXPIRY_MARGIN: std::time::Duration = std::time::Duration::from_secs(5);

/// Our name for an order that we did not send: it follows from the venue's, so that it is the same in every process.
#[must_use]
pub fn foreign_id(hash: &OrderHash) -> OrderId {
    let digest = Sha256::digest(hash.0.as_bytes());
    let (mut seq, mut index) = ([0; 8], [0; 4]);
    seq.copy_from_slice(&digest[..8]);
    index.copy_from_slice(&digest[8..12]);
    OrderId {
        seq: u64::from_be_bytes(seq),
        index: u32::from_be_bytes(index) | FOREIGN_INDEX_MIN,
    }
}

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its bytes are with the courier.
    Posting,
    /// It may be at the venue or not.
    Doubtful,
    /// It is at the venue.
    Live,
    /// It has ended at the venue; executions are still missing here.
    Closing {
        filled: Shares,
        ending: Ending,
        since: Timestamp,
    },
    /// It has ended and the decision core knows.
    Ended,
}

/// When an order is to be looked for.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    due: Option<Timestamp>,
    tries: u32,
    /// When the question that is under way was handed over.
    asked_at: Option<Timestamp>,
}

impl Look {
    /// There is nothing to ask any more.
    fn rest(&mut self) {
        self.due = None;
        self.tries = 0;
    }
}

/// What must be done beside telling the decision core.
#[derive(Debug, Default)]
pub(super) struct Consequences {
    pub(super) inputs: Vec<AccountInput>,
    pub(super) repost: bool,
    pub(super) withdraw: bool,
    pub(super) sweep: bool,
    /// The order is at the venue although it was taken for gone.
    pub(super) came_back: bool,
}

/// What every step needs beside the order.
pub(super) struct Around<'a> {
    pub(super) now: Timestamp,
    pub(super) timings: &'a Timings,
    pub(super) dice: &'a mut fastrand::Rng,
    /// Whether the gate would let an order pass.
    pub(super) may_send: bool,
}

/// An order that the venue may know.
#[derive(Clone, Debug)]
pub(super) struct Tracked {
    pub(super) id: OrderId,
    pub(super) own: bool,
    pub(super) stage: Stage,
    pub(super) prepared: Prepared,
    shares: Shares,
    time_in_force: TimeInForce,
    decided_at: Timestamp,
    /// The venue had it, and said that it left the book.
    left_book: bool,
    /// Latest moment at which bytes of it may have left.
    sent_at: Timestamp,
    /// When it became known to be live, or to have ended.
    changed_at: Timestamp,
    posts: u32,
    booked: Shares,
    withdrawing: bool,
    look: Look,
}

impl Tracked {
    /// An order of ours whose intent is safe in the journal.
    pub(super) fn own(order: &PlaceOrder, prepared: Prepared, now: Timestamp) -> Self {
        Self {
            id: order.id,
            own: true,
            stage: Stage::Posting,
            prepared,
            shares: order.shares,
            time_in_force: order.time_in_force,
            decided_at: now,
            left_book: false,
            sent_at: now,
            changed_at: now,
            posts: 1,
            booked: Shares::ZERO,
            withdrawing: false,
            look: Look::default(),
        }
    }

    /// An order of ours from an earlier life, of which `booked` shares are in the books. Its decision is too old to be
    /// posted again.
    pub(super) fn recovered(
        order: &PlaceOrder,
        prepared: Prepared,
        booked: Shares,
        timings: &Timings,
        now: Timestamp,
    ) -> Self {
        let mut tracked = Self::own(order, prepared, now);
        tracked.stage = Stage::Doubtful;
        tracked.posts = timings.posts_max.max(2);
        tracked.booked = booked;
        tracked.look_now(now);
        tracked
    }

    /// An order of ours that had ended in an earlier life.
    pub(super) fn past(id: OrderId, prepared: Prepared) -> Self {
        let nothing = Timestamp::default();
        Self {
            id,
            own: true,
            stage: Stage::Ended,
            prepared,
            shares: Shares::ZERO,
            time_in_force: TimeInForce::Gtc,
            decided_at: nothing,
            left_book: false,
            sent_at: nothing,
            changed_at: nothing,
            posts: 0,
            booked: Shares::ZERO,
            withdrawing: false,
            look: Look::default(),
        }
    }

    /// An order that we did not send, of which `booked` shares had executed when it was found.
    pub(super) fn foreign(
        order: &PlaceOrder,
        hash: OrderHash,
        booked: Shares,
        now: Timestamp,
    ) -> Self {
        let prepared = Prepared {
            hash,
            bytes: Vec::new(),
        };
        let mut tracked = Self::own(order, prepared, now);
        tracked.own = false;
        tracked.stage = Stage::Live;
        tracked.booked = booked;
        tracked
    }

    /// When it was decided, if that was earlier than when it is handed over.
    pub(super) fn decided_at(&mut self, at: Timestamp) {
        self.decided_at = at;
    }

    pub(super) fn look_if_withdrawing(&mut self, now: Timestamp) {
        let waits = matches!(self.stage, Stage::Live | Stage::Doubtful);
        if self.withdrawing && waits && self.look.due.is_none() && self.look.asked_at.is_none() {
            self.look.due = Some(now);
        }
    }

    /// Whether it waits for executions.
    pub(super) fn is_closing(&self) -> bool {
        matches!(self.stage, Stage::Closing { .. })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// Whether it rests quietly: nothing about it is open but its executions.
    pub(super) fn is_settled(&self) -> bool {
        match self.stage {
            Stage::Live => self.look.due.is_none() && self.look.asked_at.is_none(),
            Stage::Ended => true,
            _ => false,
        }
    }

    /// Whether a list of open orders that was asked for at `asked_at` ought to have it.
    pub(super) fn should_be_open(&self, asked_at: Timestamp) -> bool {
        self.stage == Stage::Live && self.changed_at < asked_at
    }

    /// Whether a list of open orders that was asked for at `asked_at` tells something of it. One that ended in the
    /// meantime may well be in it.
    pub(super) fn is_news_of(&self, asked_at: Timestamp) -> bool {
        !self.has_ended() || self.changed_at < asked_at
    }

    pub(super) fn look_now(&mut self, now: Timestamp) {
        self.look.due = Some(now);
        self.look.tries = 0;
    }

    fn look_later(&mut self, around: &mut Around<'_>) {
        let times = around.timings;
        let pause = back_off(
            times.retry_first,
            times.retry_max,
            self.look.tries,
            around.dice,
        );
        self.look.due = Some(around.now.plus(pause));
        self.look.tries = self.look.tries.saturating_add(1);
    }

    /// When it is to be looked for; `None` while a question is under way.
    pub(super) fn look_due(&self) -> Option<Timestamp> {
        match self.look.asked_at {
            None => self.look.due,
            Some(_) => None,
        }
    }

    /// The question is handed over.
    pub(super) fn looking(&mut self, now: Timestamp) {
        self.look.due = None;
        self.look.asked_at = Some(now);
    }

    /// Its bytes are handed over once more.
    pub(super) fn reposting(&mut self, now: Timestamp) {
        self.stage = Stage::Posting;
        self.posts += 1;
        self.sent_at = now;
    }

    /// It is to go.
    pub(super) fn withdraw(&mut self) {
        self.withdrawing = true;
    }

    /// A post came to an end.
    pub(super) fn posted(&mut self, outcome: &Outcome, around: &mut Around<'_>) -> Consequences {
        let mut then = Consequences::default();
        let first = self.posts == 1 && self.stage == Stage::Posting && self.booked.is_zero();
        match outcome {
            Outcome::Stopped(shut) if first => {
                self.end(around.now);
                let text = shut.to_string();
                then.inputs
                    .push(self.refusal(RefusalReason::TradingDisabled, text));
                return then;
            }
            Outcome::Stopped(_) => {}
            Outcome::Sent(Posted::Accepted(_)) => {
                self.sent_at = around.now;
                self.arrived(around, &mut then);
                return then;
            }
            Outcome::Sent(Posted::Refused { reason, text })
                if first && *reason != RefusalReason::Duplicate =>
            {
                self.end(around.now);
                then.inputs.push(self.refusal(*reason, text.clone()));
                return then;
            }
            // An earlier copy of the same bytes may have arrived, or may still: this refusal is not the last word.
            Outcome::Sent(Posted::Refused { .. } | Posted::Unknown(_)) => {
                self.sent_at = around.now;
            }
        }
        if self.stage == Stage::Posting {
            self.stage = Stage::Doubtful;
            then.inputs.push(AccountInput::Unknown(self.id));
        }
        if !self.has_ended() {
            self.look_now(around.now);
        }
        then
    }

    /// The question that was under way is answered: when it had been handed over.
    pub(super) fn answered(&mut self) -> Option<Timestamp> {
        self.look.asked_at.take()
    }

    /// The venue spoke of it, as an answer to a question handed over at `asked_at` or by itself.
    pub(super) fn found(
        &mut self,
        found: &Found,
        asked_at: Option<Timestamp>,
        around: &mut Around<'_>,
    ) -> Consequences {
        let mut then = Consequences::default();
        match (found, self.stage) {
            (Found::Live { .. }, Stage::Ended) => {
                // Whoever reads the books takes it for gone: so it has to go.
                then.came_back = true;
                then.withdraw = true;
                self.look_later(around);
            }
            (Found::Live { filled }, _) => {
                self.left_book = false;
                self.arrived(around, &mut then);
                then.sweep |= self.booked < *filled;
            }
            (Found::Ended { .. } | Found::Never, Stage::Ended) => self.look.rest(),
            (Found::Ended { filled, ending }, stage) => {
                if !matches!(stage, Stage::Closing { .. }) {
                    self.stage = Stage::Closing {
                        filled: *filled,
                        ending: *ending,
                        since: around.now,
                    };
                    self.changed_at = around.now;
                }
                self.look.rest();
                then.sweep = self.booked < *filled;
                self.close(around.now, &mut then);
            }
            (Found::Never, Stage::Posting | Stage::Closing { .. }) => {}
            (Found::Never, _) => self.absent(asked_at, around, &mut then),
            (Found::Unknown(_), Stage::Posting) => {}
            (Found::Unknown(_), _) => self.look_later(around),
        }
        then
    }

    /// A withdrawal came to an end; what became of the order is asked for.
    pub(super) fn withdrew(&mut self, result: &Withdrawal, around: &mut Around<'_>) {
        if matches!(self.stage, Stage::Posting | Stage::Closing { .. }) {
            return;
        }
        // What was at the venue and is not open any more has left the book.
        self.left_book |= match result {
            Withdrawal::Done => true,
            Withdrawal::NotOpen(_) => self.stage == Stage::Live,
            Withdrawal::Unsure(_) => false,
        };
        let certain = matches!(result, Withdrawal::Done | Withdrawal::NotOpen(_));
        if certain && self.look.tries <= 1 {
            self.look.due = Some(around.now);
        } else if self.look.due.is_none() {
            // The venue says one thing and shows another, or nothing: not at full speed.
            self.look_later(around);
        }
    }

    /// The venue says that everything was withdrawn.
    pub(super) fn withdrew_with_all(&mut self) {
        self.left_book |= self.withdrawing && self.stage == Stage::Live;
    }

    /// From when on executions of it are to be looked for; `None` for an order of an earlier life.
    pub(super) fn decided(&self) -> Option<Timestamp> {
        Some(self.decided_at).filter(|at| *at != Timestamp::default())
    }

    /// Its last word, if an execution of so many shares is more than what is left of it. A buy that takes at once is
    /// stated in money: at a better price the same money buys more shares. The money is what was decided, so that the
    /// execution is booked whole, after the order itself has ended.
    pub(super) fn last_word_before(&self, shares: Shares) -> Option<AccountInput> {
        let left = self.shares.saturating_sub(self.booked);
        let is_over = self.own && !self.has_ended() && !left.is_zero();
        (is_over && left + Shares::LOT < shares).then_some(AccountInput::Cancelled {
            order: self.id,
            reason: CancelReason::Unfilled,
        })
    }

    /// It executed for shares that had not been heard of.
    pub(super) fn executed(&mut self, shares: Shares, now: Timestamp) -> Consequences {
        let mut then = Consequences::default();
        self.booked += shares;
        match self.stage {
            Stage::Closing { .. } => self.close(now, &mut then),
            // The decision core ends an order by itself once all of it has executed.
            Stage::Posting | Stage::Doubtful | Stage::Live
                if self.own && self.shares <= self.booked =>
            {
                self.end(now);
            }
            _ => {}
        }
        then
    }

    /// What it is missing if it has been missing it for too long; it is given up then.
    pub(super) fn overdue(&mut self, around: &Around<'_>) -> Option<(String, Consequences)> {
        let Stage::Closing { filled, since, .. } = self.stage else {
            return None;
        };
        if around.now < since.plus(around.timings.missing_max) {
            return None;
        }
        let text = format!(
            "order {}: the venue counts {filled} shares executed, but lists {} of them",
            self.prepared.hash, self.booked
        );
        let mut then = Consequences::default();
        self.finish(around.now, &mut then);
        Some((text, then))
    }

    /// It is at the venue.
    fn arrived(&mut self, around: &mut Around<'_>, then: &mut Consequences) {
        match self.stage {
            Stage::Posting | Stage::Doubtful => {
                self.stage = Stage::Live;
                self.changed_at = around.now;
                then.inputs.push(AccountInput::Accepted(self.id));
                self.look.rest();
                if !self.time_in_force.rests() || self.withdrawing {
                    self.look_now(around.now);
                }
            }
            Stage::Live => {
                // An order that is to go, or that takes at once, is followed until it has ended.
                if self.withdrawing || !self.time_in_force.rests() {
                    then.withdraw = self.withdrawing;
                    self.look_later(around);
                } else {
                    self.look.rest();
                }
            }
            Stage::Closing { .. } | Stage::Ended => {}
        }
    }

    /// The venue knows nothing of it.
    fn absent(
        &mut self,
        asked_at: Option<Timestamp>,
        around: &mut Around<'_>,
        then: &mut Consequences,
    ) {
        let proves = |asked| self.left_book || self.cannot_arrive(asked, around.timings);
        if asked_at.is_some_and(proves) {
            if self.stage == Stage::Live || self.left_book {
                // It was taken and left no trace: withdrawn, or a fill-and-kill order that found nothing.
                let reason = if self.left_book {
                    CancelReason::Requested
                } else {
                    CancelReason::Unfilled
                };
                self.stage = Stage::Closing {
                    filled: self.booked,
                    ending: Ending::Cancelled(reason),
                    since: around.now,
                };
                self.close(around.now, then);
                return;
            }
            self.end(around.now);
            let text = "the venue has never had it".to_owned();
            then.inputs
                .push(self.refusal(RefusalReason::NeverArrived, text));
            return;
        }
        let fresh = around.now < self.decided_at.plus(around.timings.repost_within);
        let alive = !matches!(self.time_in_force, TimeInForce::Gtd(until) if until <= around.now);
        if self.stage == Stage::Doubtful
            && asked_at.is_some()
            && self.posts < around.timings.posts_max
            && fresh
            && alive
            && around.may_send
            && !self.withdrawing
        {
            then.repost = true;
        } else {
            self.look_later(around);
        }
    }

    /// Whether nothing that was sent may still arrive, judged by an answer to a question that was asked at `asked`.
    fn cannot_arrive(&self, asked: Timestamp, timings: &Timings) -> bool {
        let expired = match self.time_in_force {
            TimeInForce::Gtd(until) => until.plus(EXPIRY_MARGIN) <= asked,
            _ => false,
        };
        expired || self.sent_at.plus(timings.arrival_max) <= asked
    }

    /// It has ended at the venue: the last word is given once every execution has been told.
    fn close(&mut self, now: Timestamp, then: &mut Consequences) {
        // Executions of an order that is not ours are booked by themselves: it waits for none.
        if let Stage::Closing { filled, .. } = self.stage
            && (!self.own || filled <= self.booked)
        {
            self.finish(now, then);
        }
    }

    fn finish(&mut self, now: Timestamp, then: &mut Consequences) {
        let Stage::Closing { ending, .. } = self.stage else {
            return;
        };
        let whole = self.own && self.shares <= self.booked;
        if !whole {
            then.inputs.push(match ending {
                Ending::Refused(reason) if self.booked.is_zero() => {
                    self.refusal(reason, String::new())
                }
                Ending::Cancelled(reason) => AccountInput::Cancelled {
                    order: self.id,
                    reason,
                },
                // Filled but for dust that the venue does not count.
                Ending::Filled | Ending::Refused(_) => AccountInput::Cancelled {
                    order: self.id,
                    reason: CancelReason::Unfilled,
                },
            });
        }
        self.end(now);
    }

    fn end(&mut self, now: Timestamp) {
        self.stage = Stage::Ended;
        self.changed_at = now;
        self.look.rest();
        self.prepared.bytes = Vec::new();
    }

    fn refusal(&self, reason: RefusalReason, message: String) -> AccountInput {
        AccountInput::Refused(Refusal {
            order: self.id,
            reason,
            message,
        })
    }
}
