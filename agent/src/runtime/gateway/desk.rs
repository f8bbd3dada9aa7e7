//! The gateway itself: what it holds, and one turn of it.

use std::collections::VecDeque;
use std::sync::Arc;

use quorate_domain::{AccountInput, PlaceOrder, Timestamp};
use tokio::sync::mpsc;

use super::chores::ChoreJob;
use super::courier::{CancelJob, Courier, Desk, News, NewsLine, Report};
use super::executions::Executions;
use super::gate::SendGate;
use super::orders::{Around, Consequences};
use super::past::OrderPast;
use super::remote_venue::RemoteVenue;
use super::route::{OrderHash, OrderRoute};
use super::schedule::Schedule;
use super::table::Table;
use super::timings::Timings;
use crate::journal::JournalError;
use crate::runtime::machine::{Machine, Observer};

/// Reports taken up before the other things get their turn.
const REPORTS_PER_TURN: usize = 256;
/// Rounds of one turn in which answers given on the spot bring new commands about.
const ROUNDS_MAX: usize = 16;

/// What has happened on the order path since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders handed over to be posted.
    pub posted: u64,
    /// The same bytes handed over once more.
    pub reposted: u64,
    /// Posts of which nobody knew whether they had arrived.
    pub ambiguous: u64,
    /// Orders that the gate held back.
    pub held_back: u64,
    /// Orders of the account that we did not send.
    pub adopted: u64,
    /// Executions of the account that belong to no order of ours.
    pub external: u64,
    /// Orders that were at the venue although they had been taken for gone.
    pub came_back: u64,
    /// Executions the venue counted and never listed.
    pub missing: u64,
}

/// An order that waits for its turn to be posted.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) order: PlaceOrder,
    pub(super) decided_at: Timestamp,
}

/// Stands between a machine and a route. Its calls never wait for the venue.
#[derive(Debug)]
pub struct Gateway<R> {
    pub(super) route: Arc<R>,
    pub(super) gate: SendGate,
    pub(super) timings: Timings,
    pub(super) desk: Desk,
    pub(super) dice: fastrand::Rng,
    pub(super) table: Table,
    pub(super) executions: Executions,
    /// From when on executions are asked for.
    pub(super) since: Timestamp,
    pub(super) queue: VecDeque<Queued>,
    pub(super) reposts: VecDeque<OrderHash>,
    pub(super) cancels: VecDeque<CancelJob>,
    pub(super) cancel_all: Schedule,
    pub(super) sweep: Schedule,
    /// Answers that wait to be told to the decision core.
    pub(super) answers: VecDeque<AccountInput>,
    /// A report that came while the loop slept.
    stash: Option<Report>,
    pub(super) counts: Counts,
    pub(super) past: OrderPast,
    /// Executions and orders newer than the journal, found at the start.
    pub(super) newer: u64,
    /// The account, as the journal has it.
    pub(super) account: String,
    /// Chores that wait to be handed over, and to whom.
    pub(super) chores: VecDeque<ChoreJob>,
    pub(super) chore_line: Option<mpsc::Sender<ChoreJob>>,
}

impl<R: OrderRoute> Gateway<R> {
    /// A gateway that knows what a journal tells, and the courier that must be started for it. `seed` shakes pauses.
    #[must_use]
    pub fn new(
        route: R,
        gate: SendGate,
        timings: Timings,
        past: OrderPast,
        seed: u64,
    ) -> (Self, Courier<R>) {
        let route = Arc::new(route);
        gate.shut();
        let (desk, courier) = Courier::new(Arc::clone(&route), gate.clone(), timings);
        let gateway = Self {
            route,
            gate,
            timings,
            desk,
            dice: fastrand::Rng::with_seed(seed),
            table: Table::default(),
            executions: Executions::default(),
            since: Timestamp::default(),
            queue: VecDeque::new(),
            reposts: VecDeque::new(),
            cancels: VecDeque::new(),
            cancel_all: Schedule::default(),
            sweep: Schedule::default(),
            answers: VecDeque::new(),
            stash: None,
            counts: Counts::default(),
            past,
            newer: 0,
            account: String::new(),
            chores: VecDeque::new(),
            chore_line: None,
        };
        (gateway, courier)
    }

    /// Where the connector's stream tells its news.
    #[must_use]
    pub fn news_line(&self) -> NewsLine {
        self.desk.news.clone()
    }

    /// The account, as the journal has it.
    #[must_use]
    pub fn account_name(&self) -> &str {
        &self.account
    }

    /// The route.
    #[must_use]
    pub fn route(&self) -> Arc<R> {
        Arc::clone(&self.route)
    }

    /// The gate.
    #[must_use]
    pub const fn gate(&self) -> &SendGate {
        &self.gate
    }

    /// What has happened so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// An answer that comes by another way: a chore that was done, a deposit that the chain tells of.
    pub fn answer(&mut self, answer: AccountInput) {
        self.answers.push_back(answer);
    }

    /// Compares open orders and executions with the venue's at once: a stream was lost, or something is odd.
    pub fn sweep_now(&mut self, now: Timestamp) {
        self.sweep.want(now);
    }

    /// Whether no order of ours may be anywhere but at rest.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.queue.is_empty()
            && self.answers.is_empty()
            && self.cancels.is_empty()
            && self.table.active().all(super::orders::Tracked::is_settled)
    }

    /// When the next turn is due, if nothing is heard before.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let at_once =
            (!self.answers.is_empty() || !self.queue.is_empty() || !self.cancels.is_empty())
                .then(Timestamp::default);
        let scheduled = [
            at_once,
            self.table.next_look(),
            self.sweep.due(),
            self.cancel_all.due(),
        ];
        scheduled.into_iter().flatten().min()
    }

    /// Ends once something was heard. It may be dropped at any time; nothing is lost.
    pub async fn heard(&mut self) {
        if self.stash.is_none() {
            self.stash = self.desk.reports.recv().await;
        }
    }

    /// One turn: takes up what was heard, tells the decision core, and hands over what it wants. Everything it does is in
    /// the journal before it has an effect.
    ///
    /// # Errors
    /// The journal; nothing more has left, and the machine must not go on.
    pub fn turn(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        now: Timestamp,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        for _ in 0..REPORTS_PER_TURN {
            let Some(report) = self
                .stash
                .take()
                .or_else(|| self.desk.reports.try_recv().ok())
            else {
                break;
            };
            self.hear(machine, report, now)?;
            self.tell(machine, now, observer)?;
        }
        self.give_up_overdue(now);
        for _ in 0..ROUNDS_MAX {
            self.tell(machine, now, observer)?;
            machine.advance(now, observer)?;
            self.take_commands(machine, now)?;
            if self.answers.is_empty() {
                break;
            }
        }
        self.take_chores(machine);
        self.hand_over(machine, now)
    }

    /// Tells the decision core everything that waits, through the inbox of its venue.
    pub(super) fn tell(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        now: Timestamp,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        self.answers.extend(machine.venue_mut().take_refused());
        if self.answers.is_empty() {
            return Ok(());
        }
        while let Some(answer) = self.answers.pop_front() {
            if !machine.venue_mut().has_room() {
                machine.advance(now, observer)?;
            }
            machine.venue_mut().deliver(now, answer);
        }
        machine.advance(now, observer)
    }

    /// Takes a step of one order and sees to its consequences.
    pub(super) fn step(
        &mut self,
        hash: &OrderHash,
        now: Timestamp,
        step: impl FnOnce(&mut super::orders::Tracked, &mut Around<'_>) -> Consequences,
    ) {
        let Some(tracked) = self.table.get_mut(hash) else {
            return;
        };
        let mut around = Around {
            now,
            timings: &self.timings,
            dice: &mut self.dice,
            may_send: self.gate.admits().is_ok(),
        };
        let then = step(tracked, &mut around);
        self.table.tidy(hash);
        self.see_to(hash, then, now);
    }

    pub(super) fn see_to(&mut self, hash: &OrderHash, then: Consequences, now: Timestamp) {
        self.answers.extend(then.inputs);
        if then.repost {
            self.reposts.push_back(hash.clone());
        }
        if then.withdraw {
            self.cancels.push_back(CancelJob::One(hash.clone()));
        }
        if then.sweep {
            self.sweep.want(now);
        }
        if then.came_back {
            self.counts.came_back += 1;
            tracing::error!(
                event = "order_came_back", order = %hash,
                "an order that was taken for gone is open at the venue; it is withdrawn"
            );
        }
    }

    /// Takes up news as if the connector's stream had told it.
    pub(super) fn hear_news(&mut self, news: News, now: Timestamp) {
        match news {
            News::Execution(execution) => self.hear_execution(&execution, now),
            News::Order { hash, found } => {
                self.step(&hash, now, |tracked, around| {
                    tracked.found(&found, None, around)
                });
            }
            News::Gap => self.sweep.want(now),
            News::Answer(answer) => self.answers.push_back(answer),
        }
    }
}
