//! From the decision core's commands to jobs of the courier. The order of things is the whole point: the step that decided
//! is safe in the journal, then the intent is, then the bytes are handed over.

use quorate_domain::{
    AccountInput, CancelReason, OrderId, PlaceOrder, Refusal, RefusalReason, Timestamp,
};

use super::courier::{CancelJob, Outcome, Query};
use super::desk::{Gateway, Queued};
use super::gate::Shut;
use super::orders::{Stage, Tracked};
use super::remote_venue::{Outgoing, RemoteVenue};
use super::route::{OrderHash, OrderRoute, Prepared};
use crate::journal::{Intent, JournalError, Record};
use crate::runtime::machine::Machine;

/// Orders that wait to be posted; more are refused.
const QUEUE_MAX: usize = 1_024;

impl<R: OrderRoute> Gateway<R> {
    /// Takes up what the decision core wants. What needs no venue is answered on the spot.
    pub(super) fn take_commands(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let outbox = machine.venue_mut().take_outbox();
        if outbox.is_empty() {
            return Ok(());
        }
        // The steps that decided are on disk before anything of them leaves, whatever the machine's own rule is.
        machine.commit()?;
        for outgoing in outbox {
            match outgoing {
                Outgoing::Place(order, at) => self.enqueue(order, at),
                Outgoing::Cancel(order) => self.withdraw(order),
                Outgoing::CancelAll => self.withdraw_all(now),
            }
        }
        Ok(())
    }

    fn enqueue(&mut self, order: PlaceOrder, decided_at: Timestamp) {
        if let Err(shut) = self.gate.admits() {
            self.counts.held_back += 1;
            return self.refuse(order.id, RefusalReason::TradingDisabled, shut.to_string());
        }
        if QUEUE_MAX <= self.queue.len() {
            let text = format!("{QUEUE_MAX} orders wait already");
            return self.refuse(order.id, RefusalReason::RateLimited, text);
        }
        self.queue.push_back(Queued { order, decided_at });
    }

    fn refuse(&mut self, order: OrderId, reason: RefusalReason, message: String) {
        self.answers.push_back(AccountInput::Refused(Refusal {
            order,
            reason,
            message,
        }));
    }

    fn withdraw(&mut self, order: OrderId) {
        if let Some(place) = self
            .queue
            .iter()
            .position(|queued| queued.order.id == order)
        {
            self.queue.remove(place);
            self.withdrawn_here(order);
            return;
        }
        let Some(hash) = self.table.hash_of(order).cloned() else {
            return;
        };
        if let Some(tracked) = self.table.get_mut(&hash)
            && !tracked.has_ended()
        {
            tracked.withdraw();
            self.cancels.push_back(CancelJob::One(hash));
        }
    }

    /// It had not left: it is withdrawn without the venue.
    fn withdrawn_here(&mut self, order: OrderId) {
        self.answers.push_back(AccountInput::Cancelled {
            order,
            reason: CancelReason::Requested,
        });
    }

    pub(super) fn withdraw_all(&mut self, now: Timestamp) {
        for queued in std::mem::take(&mut self.queue) {
            self.withdrawn_here(queued.order.id);
        }
        for hash in self.table.active_hashes() {
            if let Some(tracked) = self.table.get_mut(&hash)
                && !tracked.has_ended()
            {
                tracked.withdraw();
            }
        }
        self.cancel_all.want(now);
    }

    /// Every order that is to go is looked for; those still there are withdrawn one by one.
    pub(super) fn look_for_withdrawn(&mut self, now: Timestamp) {
        for hash in self.table.active_hashes() {
            if let Some(tracked) = self.table.get_mut(&hash) {
                tracked.look_if_withdrawing(now);
            }
        }
    }

    /// Hands over as much as the courier takes: withdrawals, then orders, then questions.
    pub(super) fn hand_over(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.hand_over_cancels(now);
        self.repost(now);
        self.hand_over_orders(machine, now)?;
        self.hand_over_queries(now);
        Ok(())
    }

    fn hand_over_cancels(&mut self, now: Timestamp) {
        if self.cancel_all.is_due(now) && self.desk.cancels.try_send(CancelJob::All).is_ok() {
            self.cancel_all.started(now);
        }
        while let Some(job) = self.cancels.pop_front() {
            if let Err(error) = self.desk.cancels.try_send(job) {
                self.cancels.push_front(error.into_inner());
                return;
            }
        }
    }

    /// Posts the same bytes again. Their intent is in the journal since the first time.
    fn repost(&mut self, now: Timestamp) {
        while 0 < self.desk.posts.capacity() {
            let Some(hash) = self.reposts.pop_front() else {
                return;
            };
            let Some(tracked) = self.table.get_mut(&hash) else {
                continue;
            };
            if tracked.stage != Stage::Doubtful {
                continue;
            }
            tracked.reposting(now);
            let prepared = tracked.prepared.clone();
            self.counts.reposted += 1;
            self.post(prepared, now);
        }
    }

    fn hand_over_orders(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.drop_stale(now);
        // While everything is being withdrawn a new order would go with it.
        if !self.cancel_all.is_idle() {
            return Ok(());
        }
        let ahead = self
            .timings
            .posts_ahead
            .saturating_sub(self.table.posting());
        let room = ahead.min(self.desk.posts.capacity());
        let mut batch = Vec::new();
        while batch.len() < room {
            let Some(queued) = self.queue.pop_front() else {
                break;
            };
            if let Some(prepared) = self.prepare(&queued) {
                machine.journal_mut().append(&Record::Intent(Intent {
                    order: queued.order.id,
                    hash: prepared.hash.0.clone(),
                    bytes: hex(&prepared.bytes),
                }))?;
                batch.push((queued, prepared));
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        machine.commit()?;
        for (queued, prepared) in batch {
            let mut tracked = Tracked::own(&queued.order, prepared.clone(), now);
            tracked.decided_at(queued.decided_at);
            self.table.insert(tracked);
            self.counts.posted += 1;
            self.post(prepared, now);
        }
        Ok(())
    }

    /// What waits too long is not sent any more: its price was meant for another moment.
    fn drop_stale(&mut self, now: Timestamp) {
        while let Some(queued) = self.queue.front()
            && self.timings.repost_within < now.since(queued.decided_at)
        {
            let order = queued.order.id;
            let waited = now.since(queued.decided_at).as_millis();
            self.queue.pop_front();
            let text = format!("it waited {waited} ms to be sent");
            self.refuse(order, RefusalReason::RateLimited, text);
        }
    }

    /// The order as it will be posted; or it is refused here.
    fn prepare(&mut self, queued: &Queued) -> Option<Prepared> {
        let order = queued.order.id;
        match self.route.prepare(&queued.order, queued.decided_at) {
            Ok(prepared) if self.table.get(&prepared.hash).is_none() => Some(prepared),
            Ok(prepared) => {
                let text = format!("the venue knows an order {} already", prepared.hash);
                self.refuse(order, RefusalReason::Other, text);
                None
            }
            Err(error) => {
                self.refuse(order, RefusalReason::Other, error.to_string());
                None
            }
        }
    }

    fn post(&mut self, prepared: Prepared, now: Timestamp) {
        let hash = prepared.hash.clone();
        if self.desk.posts.try_send(prepared).is_err() {
            // The courier is gone: not a byte has left.
            let outcome = Outcome::Stopped(Shut::Closed);
            self.step(&hash, now, |tracked, around| {
                tracked.posted(&outcome, around)
            });
        }
    }

    fn hand_over_queries(&mut self, now: Timestamp) {
        if self.sweep.is_due(now) && self.ask(Query::Sweep(self.since)) {
            self.sweep.started(now);
        }
        for hash in self.table.looks_due(now) {
            let lag = self.timings.arrival_max;
            let decided = self
                .table
                .get(&hash)
                .and_then(super::orders::Tracked::decided);
            let since = decided.map_or(self.since, |at| at.minus(lag));
            if !self.ask(Query::Find(hash.clone(), since)) {
                return;
            }
            if let Some(tracked) = self.table.get_mut(&hash) {
                tracked.looking(now);
            }
        }
    }

    pub(super) fn ask(&self, query: Query) -> bool {
        self.desk.queries.try_send(query).is_ok()
    }
}

/// Bytes as the journal writes them.
pub(super) fn hex(bytes: &[u8]) -> String {
    quorate_backtest::replay::recorder::hex(bytes)
}

/// Bytes as the journal has them; `None` for what are none.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
            _ => None,
        })
        .collect()
}

/// The name of an order, as the journal has it.
pub(super) fn named(hash: &str) -> OrderHash {
    OrderHash(hash.to_owned())
}
