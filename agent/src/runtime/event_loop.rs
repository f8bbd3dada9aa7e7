//! The one loop: everything that happens comes together here, in one order, and nothing is dropped silently.
//!
//! Every turn drains all that is ready: first what a person wants, then what workers say, then the feed, then what fell
//! due by itself. Queues are bounded; whoever finds one full is told so and waits or is refused. Whatever is decided is
//! taken up by the order path right after the step that decided it: paper and live differ in nothing else.

use std::time::{Duration, Instant};

use quorate_backtest::replay::Venue;
use quorate_domain::{Inference, Input, KillMode, OperatorInput, Timestamp};
use tokio::sync::{mpsc, oneshot};

use super::feed::Feed;
use super::kill_switch::{KillModeWord, KillOrder, KillSwitch};
use super::machine::{Machine, Observer, SwitchState};
use super::order_path::{NoOrderPath, OrderPath};
use super::pace::Pace;
use super::reload::Reload;
use super::start::{started, wall_time};
use super::strategy_guard::has_panicked;
use crate::journal::{JournalError, Record, Submission};

/// Most pieces of one kind taken up before the others get their turn.
const TURN_MAX: usize = 512;
/// What is only in line reaches the disk after this long: whoever reads the journal sees no older world.
const COMMIT_EVERY: Duration = Duration::from_secs(1);
/// Longest graceful end: what is not withdrawn by then is resolved by the next start.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// Longest sleep: the kill file is looked at at least this often.
const NAP: Duration = Duration::from_millis(100);
/// Shortest sleep while the order path waits for room.
const LEAST_NAP: Duration = Duration::from_millis(1);

/// What a person wants, from wherever it came.
#[derive(Debug)]
pub struct Demand {
    /// What is wanted.
    pub input: OperatorInput,
    /// Told once it is in the journal: the sequence number of its entry.
    pub answer: oneshot::Sender<u64>,
}

/// What a worker says.
#[derive(Debug)]
pub struct Offer {
    /// What is said.
    pub inference: Inference,
    /// As it came, for the record.
    pub raw: Submission,
    /// When its question closes: whoever comes later, by the clock of the loop, is refused.
    pub closes_at: Timestamp,
    /// Told once it is in the journal.
    pub answer: Option<oneshot::Sender<Heeded>>,
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heeded {
    /// It is in the journal.
    Taken {
        /// Sequence number of its entry.
        seq: u64,
        /// Time of its entry.
        at: Timestamp,
    },
    /// The window had closed.
    Late,
}

/// What a connector reports about the world: something exists, a price was seen, a line is down.
#[derive(Debug)]
pub struct News {
    /// What happened.
    pub input: Input,
}

/// Where everything but the feed comes in.
#[derive(Debug)]
pub struct Inbox {
    /// From people.
    pub demands: mpsc::Receiver<Demand>,
    /// From workers.
    pub offers: mpsc::Receiver<Offer>,
    /// From connectors.
    pub news: mpsc::Receiver<News>,
    /// Other settings.
    pub reloads: mpsc::Receiver<Reload>,
    /// Somebody asked for a graceful end.
    pub stop: tokio::sync::watch::Receiver<bool>,
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The feed has nothing more.
    FeedEnded,
    /// Somebody asked for it.
    Stopped,
}

type Answers = Vec<(oneshot::Sender<Heeded>, Heeded)>;

/// The loop of an instance, whatever its world and wherever its orders go.
#[derive(Debug)]
pub struct EventLoop<V: Venue, F, P = NoOrderPath> {
    machine: Machine<V>,
    feed: F,
    path: P,
    pace: Pace,
    inbox: Inbox,
    switch: KillSwitch,
    told_of_kill: bool,
    committed: Instant,
    /// Until when a graceful end waits for what is open.
    stopping: Option<Instant>,
}

impl<V: Venue, F: Feed> EventLoop<V, F> {
    /// A loop that has not turned yet, on an exchange that lives in the session.
    pub fn new(machine: Machine<V>, feed: F, pace: Pace, inbox: Inbox, switch: KillSwitch) -> Self {
        Self {
            machine,
            feed,
            path: NoOrderPath,
            pace,
            inbox,
            switch,
            told_of_kill: false,
            committed: wall(),
            stopping: None,
        }
    }

    /// The same loop with another way for its orders.
    pub fn with_path<P: OrderPath<V>>(self, path: P) -> EventLoop<V, F, P> {
        EventLoop {
            machine: self.machine,
            feed: self.feed,
            path,
            pace: self.pace,
            inbox: self.inbox,
            switch: self.switch,
            told_of_kill: self.told_of_kill,
            committed: self.committed,
            stopping: self.stopping,
        }
    }
}

/// The clock that sleeps are measured by.
fn wall() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl<V: Venue, F: Feed, P: OrderPath<V>> EventLoop<V, F, P> {
    /// The machine, when the loop has ended.
    pub fn into_machine(self) -> Machine<V> {
        self.machine
    }

    /// The machine and the order path, when the loop has ended.
    pub fn into_parts(self) -> (Machine<V>, P) {
        (self.machine, self.path)
    }

    /// Turns until the feed ends or somebody asks for a stop. A stop withdraws what is open at a venue first.
    ///
    /// # Errors
    /// The journal cannot be written; nothing more has left.
    pub async fn run(&mut self, observer: &mut impl Observer) -> Result<Ended, JournalError> {
        loop {
            let began = wall();
            self.obey_switch(observer)?;
            self.take_demands(observer)?;
            self.take_reload()?;
            if self.is_stopped(began) {
                return self.ended(Ended::Stopped);
            }
            let busy = match self.stopping {
                // Nothing more is decided: what the world says now is for the next start.
                Some(_) => false,
                None => self.take_world(observer)?,
            };
            self.turn_path(observer)?;
            let switch = if self.switch.is_thrown() {
                SwitchState::Thrown
            } else {
                SwitchState::Released
            };
            let took = wall().duration_since(began);
            observer.turned(self.machine.engine(), self.now(), took, switch);
            if COMMIT_EVERY <= wall().duration_since(self.committed) {
                self.machine.commit()?;
                self.committed = wall();
            }
            if self.feed.is_over() {
                self.finish(observer)?;
                return self.ended(Ended::FeedEnded);
            }
            if busy {
                // Others on this thread get their turn; at full speed there is always more.
                tokio::task::yield_now().await;
            } else {
                self.sleep(observer).await?;
            }
        }
    }

    /// Whether a stop was asked for and nothing is open any more, or too much time has passed.
    fn is_stopped(&mut self, now: Instant) -> bool {
        if !*self.inbox.stop.borrow() {
            return false;
        }
        if self.stopping.is_none() {
            let at = self.now();
            self.path.begin_stop(at);
            self.stopping = Some(now + STOP_WITHIN);
        }
        let is_late = self.stopping.is_some_and(|until| until <= now);
        if is_late && !self.path.has_stopped() {
            tracing::error!(
                event = "stop_incomplete",
                "not every order is known to be gone: the next start looks for them"
            );
        }
        is_late || self.path.has_stopped()
    }

    /// Takes up what connectors, workers and the feed say. Whether there was more than one turn's worth.
    fn take_world(&mut self, observer: &mut impl Observer) -> Result<bool, JournalError> {
        self.take_news(observer)?;
        self.take_offers(observer)?;
        self.take_feed(observer)
    }

    /// What was decided goes on its way, and what was heard of it is taken up.
    fn turn_path(&mut self, observer: &mut impl Observer) -> Result<(), JournalError> {
        let now = self.now();
        self.path.turn(&mut self.machine, now, observer)
    }

    /// Time of the world, never before the last entry.
    fn now(&self) -> Timestamp {
        let last = self.machine.standing_at();
        self.pace.world_at(wall()).map_or(last, |now| now.max(last))
    }

    fn ended(&mut self, why: Ended) -> Result<Ended, JournalError> {
        self.machine.commit()?;
        Ok(why)
    }

    /// The switch was thrown from outside: the decision core learns of it, once.
    fn obey_switch(&mut self, observer: &mut impl Observer) -> Result<(), JournalError> {
        if has_panicked() {
            self.throw("a strategy panicked");
        }
        if !self.switch.look() {
            self.told_of_kill = false;
            return Ok(());
        }
        if self.told_of_kill {
            return Ok(());
        }
        let mode = self
            .switch
            .order()
            .map_or(KillMode::Cancel, |order| order.mode.into());
        self.told_of_kill = true;
        self.told(OperatorInput::Kill { mode }, observer).map(drop)
    }

    fn throw(&self, reason: &str) {
        let order = KillOrder {
            mode: KillModeWord::Cancel,
            reason: reason.to_owned(),
            at: jiff::Timestamp::now().to_string(),
        };
        if let Err(error) = self.switch.throw(&order) {
            tracing::error!(event = "kill_file", %error, "the kill file cannot be written");
        }
    }

    fn told(
        &mut self,
        input: OperatorInput,
        observer: &mut impl Observer,
    ) -> Result<u64, JournalError> {
        self.machine
            .observe(self.now(), Input::Operator(input), observer)?;
        self.machine.commit()?;
        Ok(self.machine.seq())
    }

    fn take_demands(&mut self, observer: &mut impl Observer) -> Result<(), JournalError> {
        while let Ok(demand) = self.inbox.demands.try_recv() {
            self.obey(demand, observer)?;
        }
        Ok(())
    }

    fn take_reload(&mut self) -> Result<(), JournalError> {
        let Ok(reload) = self.inbox.reloads.try_recv() else {
            return Ok(());
        };
        let taken = match reload.setup.to_text() {
            Ok(text) => {
                let start = started(self.path.account(), &text, wall_time());
                let taken = self.machine.reconfigure(&reload.setup, start)?;
                taken.map_err(|refused| refused.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        // Whoever asked may have gone.
        let _ = reload.answer.send(taken);
        Ok(())
    }

    /// Before what workers say: a worker that is new is listed before it speaks.
    fn take_news(&mut self, observer: &mut impl Observer) -> Result<(), JournalError> {
        for _ in 0..TURN_MAX {
            let Ok(news) = self.inbox.news.try_recv() else {
                break;
            };
            self.machine.observe(self.now(), news.input, observer)?;
        }
        Ok(())
    }

    fn obey(&mut self, demand: Demand, observer: &mut impl Observer) -> Result<(), JournalError> {
        if let OperatorInput::Kill { .. } = demand.input {
            self.told_of_kill = true;
        }
        let seq = self.told(demand.input, observer)?;
        // Whoever asked may have gone.
        let _ = demand.answer.send(seq);
        Ok(())
    }

    fn take_offers(&mut self, observer: &mut impl Observer) -> Result<(), JournalError> {
        let mut answers = Vec::new();
        for _ in 0..TURN_MAX {
            let Ok(offer) = self.inbox.offers.try_recv() else {
                break;
            };
            self.hear(offer, &mut answers, observer)?;
        }
        self.answer(answers)
    }

    fn hear(
        &mut self,
        offer: Offer,
        answers: &mut Answers,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        if offer.closes_at <= self.now() {
            answers.extend(offer.answer.map(|answer| (answer, Heeded::Late)));
            return Ok(());
        }
        self.machine
            .journal_mut()
            .append(&Record::Submission(offer.raw))?;
        let input = Input::Inference(offer.inference);
        self.machine.observe(self.now(), input, observer)?;
        let taken = Heeded::Taken {
            seq: self.machine.seq(),
            at: self.machine.standing_at(),
        };
        answers.extend(offer.answer.map(|answer| (answer, taken)));
        Ok(())
    }

    /// A receipt is worth something only once it is on the disk: one sync for all that came together.
    fn answer(&mut self, answers: Answers) -> Result<(), JournalError> {
        if answers.is_empty() {
            return Ok(());
        }
        self.machine.commit()?;
        for (answer, heeded) in answers {
            let _ = answer.send(heeded);
        }
        Ok(())
    }

    /// Takes up what the feed has by now. Whether there was more than one turn's worth.
    fn take_feed(&mut self, observer: &mut impl Observer) -> Result<bool, JournalError> {
        let now = self.pace.world_at(wall());
        for _ in 0..TURN_MAX {
            self.feed.look();
            let due = self
                .feed
                .next_at()
                .is_some_and(|at| now.is_none_or(|now| at <= now));
            if !due {
                if let Some(now) = now {
                    self.machine.advance(now, observer)?;
                }
                return Ok(false);
            }
            if let Some((at, input)) = self.feed.take() {
                if let Some(remark) = self.feed.take_remark() {
                    self.machine.journal_mut().append(&Record::Note(remark))?;
                }
                self.machine
                    .feed(at, input, self.feed.position(), observer)?;
                if self.path.is_wanted(&self.machine) {
                    self.turn_path(observer)?;
                }
            }
        }
        Ok(true)
    }

    /// Lets everything that is still due at the venue happen: settlements, payouts.
    fn finish(&mut self, observer: &mut impl Observer) -> Result<(), JournalError> {
        while let Some(due) = self.machine.venue_due() {
            self.machine.advance(due, observer)?;
        }
        Ok(())
    }

    /// Waits for whatever comes first.
    async fn sleep(&mut self, observer: &mut impl Observer) -> Result<(), JournalError> {
        let is_stopping = self.stopping.is_some();
        let now = wall();
        let next = self.feed.next_at().into_iter();
        let next = next.chain(self.machine.next_due()).min();
        let next = next
            .filter(|_| !is_stopping)
            .and_then(|next| self.pace.wall_at(next));
        let due = self.path.next_due().and_then(|due| self.pace.wall_at(due));
        // Never in circles: what is due at once and cannot be handed over waits for room.
        let due = due.map(|due| due.max(now + LEAST_NAP));
        let until = next.into_iter().chain(due).min();
        let until = until.map_or(now + NAP, |until| until.min(now + NAP));
        let mut told = None;
        tokio::select! {
            biased;
            Some(demand) = self.inbox.demands.recv() => self.obey(demand, observer)?,
            () = self.path.heard() => {}
            Some(news) = self.inbox.news.recv(), if !is_stopping => {
                self.machine.observe(self.now(), news.input, observer)?;
            }
            Some(offer) = self.inbox.offers.recv(), if !is_stopping => told = Some(offer),
            () = self.feed.arrived(), if !is_stopping => {}
            () = tokio::time::sleep_until(until.into()) => {}
        }
        let Some(offer) = told else {
            return Ok(());
        };
        let mut answers = Vec::new();
        self.hear(offer, &mut answers, observer)?;
        self.answer(answers)
    }
}
