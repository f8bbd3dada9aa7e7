//! What is heard from the venue, and what it means.

use std::collections::BTreeSet;

use quorate_domain::{AccountInput, PlaceOrder, Timestamp};

use super::courier::{Outcome, Report, Swept};
use super::desk::Gateway;
use super::orders::{Tracked, foreign_id};
use super::remote_venue::RemoteVenue;
use super::route::{Execution, Found, OpenOrder, OrderHash, OrderRoute, Posted};
use crate::journal::{FeedCursor, JournalError, Note, PostResult, Posted as PostedRecord, Record};
use crate::runtime::machine::Machine;

/// Name of the cursor of executions in the journal.
pub(super) const EXECUTIONS: &str = "executions";

impl<R: OrderRoute> Gateway<R> {
    pub(super) fn hear(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        report: Report,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        match report {
            Report::Posted(hash, outcome) => self.hear_posted(machine, &hash, &outcome, now)?,
            Report::Found(hash, found) => self.step(&hash, now, |tracked, around| {
                let asked_at = tracked.answered();
                tracked.found(&found, asked_at, around)
            }),
            Report::Withdrew(hash, result) => self.step(&hash, now, |tracked, around| {
                tracked.withdrew(&result, around);
                super::orders::Consequences::default()
            }),
            Report::WithdrewAll(Ok(())) => {
                self.cancel_all.done();
                for hash in self.table.active_hashes() {
                    if let Some(tracked) = self.table.get_mut(&hash) {
                        tracked.withdrew_with_all();
                    }
                }
                self.look_for_withdrawn(now);
            }
            Report::WithdrewAll(Err(error)) => {
                tracing::warn!(event = "cancel_all", %error, "not everything is known to be withdrawn");
                let pauses = (self.timings.retry_first, self.timings.retry_max);
                self.cancel_all.failed(now, pauses, &mut self.dice);
                // One by one it may go where all at once does not.
                self.look_for_withdrawn(now);
            }
            Report::Swept(swept) => self.hear_swept(machine, swept, now)?,
            Report::News(news) => self.hear_news(news, now),
        }
        Ok(())
    }

    /// A post came to an end: it is written down, then it is taken up.
    fn hear_posted(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        hash: &OrderHash,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let Some(order) = self.table.get(hash).map(|tracked| tracked.id) else {
            return Ok(());
        };
        let result = match outcome {
            Outcome::Stopped(shut) => {
                self.counts.held_back += 1;
                PostResult::Refused(shut.to_string())
            }
            Outcome::Sent(Posted::Accepted(text)) => PostResult::Accepted(text.clone()),
            Outcome::Sent(Posted::Refused { text, .. }) => PostResult::Refused(text.clone()),
            Outcome::Sent(Posted::Unknown(text)) => {
                self.counts.ambiguous += 1;
                PostResult::Unknown(text.clone())
            }
        };
        let record = Record::Posted(PostedRecord { order, result });
        machine.journal_mut().append(&record)?;
        self.step(hash, now, |tracked, around| tracked.posted(outcome, around));
        Ok(())
    }

    /// Takes up an execution, however often it is heard of.
    pub(super) fn hear_execution(&mut self, execution: &Execution, now: Timestamp) {
        let own = self
            .table
            .get(&execution.hash)
            .filter(|tracked| tracked.own)
            .map(|tracked| tracked.id);
        match self.executions.hear(execution, own) {
            Ok(heard) => {
                let is_new = !heard.new_shares.is_zero();
                if let Some(tracked) = self.table.get(&execution.hash) {
                    self.answers
                        .extend(tracked.last_word_before(heard.new_shares));
                }
                self.answers.extend(heard.inputs);
                if is_new && own.is_none() {
                    self.counts.external += 1;
                    self.newer += u64::from(self.past.ended_before(execution.matched_at));
                }
                if is_new {
                    let shares = heard.new_shares;
                    self.step(&execution.hash, now, |tracked, _| {
                        tracked.executed(shares, now)
                    });
                }
            }
            Err(error) => {
                tracing::error!(event = "same_number", %error, "two executions cannot be told apart");
                self.answers.push_back(AccountInput::Mismatch);
            }
        }
    }

    fn hear_swept(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        swept: Swept,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let whole = swept.open.is_ok() && swept.executions.is_ok();
        match swept.executions {
            Ok(executions) => {
                for execution in executions {
                    self.hear_execution(&execution, now);
                }
            }
            Err(error) => {
                tracing::warn!(event = "sweep", %error, "executions are not known");
            }
        }
        let pauses = (self.timings.retry_first, self.timings.retry_max);
        if !whole {
            self.sweep.failed(now, pauses, &mut self.dice);
        } else if let Some(asked_at) = self.sweep.done() {
            self.sweep.want(now.plus(self.timings.sweep_every));
            self.compare_open(&swept.open.unwrap_or_default(), asked_at, now);
            // An order that waits for its executions: they are listed late.
            if self.table.active().any(Tracked::is_closing) {
                self.sweep.want(now.plus(self.timings.retry_max));
            }
            return self.move_cursor(machine);
        }
        Ok(())
    }

    /// Compares the venue's open orders with those that are thought to be open.
    fn compare_open(&mut self, open: &[OpenOrder], asked_at: Timestamp, now: Timestamp) {
        for order in open {
            match self.table.get(&order.hash) {
                None => self.adopt(order, now),
                Some(tracked) if tracked.is_news_of(asked_at) => {
                    let found = Found::Live {
                        filled: order.filled,
                    };
                    self.step(&order.hash, now, |tracked, around| {
                        tracked.found(&found, None, around)
                    });
                }
                Some(_) => {}
            }
        }
        let listed: BTreeSet<&OrderHash> = open.iter().map(|order| &order.hash).collect();
        for hash in self.table.active_hashes() {
            if !listed.contains(&hash)
                && let Some(tracked) = self.table.get_mut(&hash)
                && tracked.should_be_open(asked_at)
                && tracked.is_settled()
            {
                tracked.look_now(now);
            }
        }
    }

    /// An order of the account that we did not send counts against every limit.
    fn adopt(&mut self, open: &OpenOrder, now: Timestamp) {
        let order = PlaceOrder {
            id: foreign_id(&open.hash),
            token: open.token,
            side: open.side,
            limit: open.limit,
            shares: open.shares,
            time_in_force: open.time_in_force,
            crossing: open.crossing,
        };
        self.counts.adopted += 1;
        self.newer += u64::from(self.past.ended_before(open.created_at));
        let tracked = Tracked::foreign(&order, open.hash.clone(), open.filled, now);
        self.table.insert(tracked);
        self.answers.push_back(AccountInput::Adopted {
            order,
            filled: open.filled,
        });
    }

    /// Executions that need not be asked for again are left behind.
    fn move_cursor(&mut self, machine: &mut Machine<RemoteVenue>) -> Result<(), JournalError> {
        let Some(cursor) = self.executions.cursor() else {
            return Ok(());
        };
        let since = cursor.minus(self.timings.execution_lag_max);
        // Nothing is written before the executions themselves: they wait to be told in this very turn.
        if self.since < since && self.answers.is_empty() {
            self.since = since;
            machine
                .journal_mut()
                .append(&Record::FeedCursor(FeedCursor {
                    source: EXECUTIONS.into(),
                    position: since.nanos().to_string(),
                }))?;
        }
        Ok(())
    }

    /// Executions that the venue counts and does not list are given up after a time, loudly.
    pub(super) fn give_up_overdue(&mut self, now: Timestamp) {
        let closing = self.table.active().filter(|tracked| tracked.is_closing());
        let closing: Vec<OrderHash> = closing
            .map(|tracked| tracked.prepared.hash.clone())
            .collect();
        for hash in closing {
            let mut given_up = None;
            self.step(&hash, now, |tracked, around| {
                match tracked.overdue(around) {
                    Some((text, then)) => {
                        given_up = Some(text);
                        then
                    }
                    None => super::orders::Consequences::default(),
                }
            });
            if let Some(text) = given_up {
                tracing::error!(
                    event = "missing_executions",
                    text,
                    "the account is called a mismatch"
                );
                self.counts.missing += 1;
                self.answers.push_back(AccountInput::Mismatch);
            }
        }
    }

    /// Writes a remark into the journal.
    pub(super) fn note(
        &self,
        machine: &mut Machine<RemoteVenue>,
        event: &str,
        text: String,
    ) -> Result<(), JournalError> {
        let note = Note {
            event: event.into(),
            text,
        };
        machine.journal_mut().append(&Record::Note(note)).map(drop)
    }
}
