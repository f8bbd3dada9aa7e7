//! At the start journal and venue are made to agree, as ordinary inputs, before anything leaves.

use std::time::Duration;

use quorate_domain::{
    AccountInput, CancelReason, Cash, Input, OrderId, PlaceOrder, Refusal, RefusalReason, Shares,
    Side, Timestamp, Token,
};
use quorate_domain::{FillStatus, Rounding};
use quorate_engine::Engine;
use quorate_engine::ledger::{Account, Ledger};
use quorate_engine::orders::Origin;

use super::desk::Gateway;
use super::orders::Tracked;
use super::remote_venue::RemoteVenue;
use super::route::{Balances, Execution, OrderRoute, Prepared, RouteError};
use super::sending::{named, unhex};
use crate::journal::JournalError;
use crate::runtime::machine::{Machine, Observer};

/// Longest wait for something to be heard before the clock is looked at again.
const NAP: Duration = Duration::from_millis(250);

/// Something the account has other than the books say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Collateral.
    Cash {
        /// Least that the books explain.
        least: Cash,
        /// Most that the books explain.
        most: Cash,
        /// What the venue says.
        venue: Cash,
    },
    /// Tokens.
    Shares {
        /// The token.
        token: Token,
        /// Least that the books explain.
        least: Shares,
        /// Most that the books explain.
        most: Shares,
        /// What the venue says.
        venue: Shares,
    },
}

/// What reconciliation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Orders, executions and balances agree: orders may leave.
    Agreed,
    /// Something differs and nothing explains it: trading is halted.
    Mismatch(Vec<Difference>),
    /// The venue did not answer in time. With what is known. Nothing leaves; it can be tried again.
    Unreachable(String),
}

/// The report of a reconciliation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    /// What it came to.
    pub verdict: Verdict,
    /// Orders that had been decided and had not left.
    pub never_left: usize,
    /// Orders whose fate had to be asked for.
    pub looked_for: usize,
    /// Orders of the account that the journal does not know.
    pub adopted: u64,
    /// Executions of the account that belong to no order of the journal.
    pub external: u64,
    /// Of these, orders and executions newer than the journal's end: somebody else used the account in the meantime, or
    /// the journal is an old copy.
    pub newer_than_journal: u64,
}

impl<R: OrderRoute> Gateway<R> {
    /// Takes up what the journal tells of orders and executions.
    pub(super) fn take_up_past(&mut self, engine: &Engine, now: Timestamp) {
        let past = std::mem::take(&mut self.past);
        for intent in &past.intents {
            let prepared = Prepared {
                hash: named(&intent.hash),
                bytes: unhex(&intent.bytes).unwrap_or_default(),
            };
            let tracked = match engine.orders().get(intent.order) {
                Some(open) => {
                    let booked = past.booked.get(&intent.order).copied().unwrap_or_default();
                    Tracked::recovered(&open.placed, prepared, booked, &self.timings, now)
                }
                None => Tracked::past(intent.order, prepared),
            };
            self.table.insert(tracked);
        }
        for fill in &past.fills {
            self.executions.remember(*fill);
        }
        for (fill, status) in &past.settled {
            self.executions.remember_settled(*fill, *status);
        }
        let first = past
            .first_start
            .unwrap_or(now)
            .minus(self.timings.execution_lag_max);
        self.since = past.since.unwrap_or(first);
        self.past = past;
    }

    /// Makes journal and venue agree: every order whose fate is not known is resolved, what happened in between is told,
    /// and balances are compared. Orders may leave once it has succeeded. `clock` tells the time of the instance.
    ///
    /// # Errors
    /// The journal.
    pub async fn reconcile(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        clock: &impl Fn() -> Timestamp,
        observer: &mut impl Observer,
        within: Duration,
    ) -> Result<Reconciliation, JournalError> {
        self.gate.shut();
        let until = clock().plus(within);
        let before = self.counts;
        machine.observe(clock(), Input::Started, observer)?;
        let never_left = self.answer_for_unsent(machine.engine());
        let looked_for = self.table.open_own().count();
        let verdict = match self.open_books(machine, clock, observer, until).await? {
            Err(error) => Verdict::Unreachable(error.to_string()),
            Ok(()) => self.agree(machine, clock, observer, until).await?,
        };
        let report = Reconciliation {
            verdict,
            never_left,
            looked_for,
            adopted: self.counts.adopted - before.adopted,
            external: self.counts.external - before.external,
            newer_than_journal: std::mem::take(&mut self.newer),
        };
        self.conclude(machine, clock(), observer, &report)?;
        Ok(report)
    }

    /// Orders that were decided and have no intent have never left: the process ended in between.
    fn answer_for_unsent(&mut self, engine: &Engine) -> usize {
        let unsent = engine
            .orders()
            .iter()
            .filter(|order| order.origin == Origin::Own)
            .map(|order| order.placed.id)
            .filter(|id| self.table.hash_of(*id).is_none());
        let unsent: Vec<OrderId> = unsent.collect();
        for order in &unsent {
            self.answers.push_back(AccountInput::Refused(Refusal {
                order: *order,
                reason: RefusalReason::NeverArrived,
                message: "the process ended before it was sent".into(),
            }));
        }
        unsent.len()
    }

    /// The first time, what the account holds is its capital. Executions that are about to be told are taken out of it.
    async fn open_books(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        clock: &impl Fn() -> Timestamp,
        observer: &mut impl Observer,
        until: Timestamp,
    ) -> Result<Result<(), RouteError>, JournalError> {
        if 0 < machine.engine().ledger().total(Account::Capital).micros() {
            return Ok(Ok(()));
        }
        // The venue has been seen to answer zero for a moment: the books begin with what it says twice in a row.
        let mut before = None;
        loop {
            let said = self.opening_cash().await;
            match said {
                Ok(cash) if before == Some(cash) => {
                    self.answers.push_back(AccountInput::Deposited(cash));
                    self.tell(machine, clock(), observer)?;
                    machine.commit()?;
                    return Ok(Ok(()));
                }
                Err(error) if until <= clock() => return Ok(Err(error)),
                Ok(_) if until <= clock() => {
                    let text = "the venue says something else of the collateral every time";
                    return Ok(Err(RouteError(text.into())));
                }
                Ok(cash) => before = Some(cash),
                Err(_) => {}
            }
            tokio::time::sleep(NAP).await;
        }
    }

    async fn opening_cash(&self) -> Result<Cash, RouteError> {
        let most = self.timings.query_max;
        let slow = |_| RouteError(format!("no answer within {} ms", most.as_millis()));
        let route = &self.route;
        let executions = tokio::time::timeout(most, route.executions_since(self.since));
        let executions = executions.await.map_err(slow)??;
        let balances = self.balances().await?;
        let moved = executions
            .iter()
            .filter(|done| done.status == FillStatus::Confirmed)
            .map(paid);
        Ok(balances.cash + moved.sum::<Cash>())
    }

    async fn balances(&self) -> Result<Balances, RouteError> {
        let most = self.timings.balances_max;
        let asked = tokio::time::timeout(most, self.route.balances()).await;
        asked.map_err(|_| RouteError(format!("no balances within {} s", most.as_secs())))?
    }

    async fn agree(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        clock: &impl Fn() -> Timestamp,
        observer: &mut impl Observer,
        until: Timestamp,
    ) -> Result<Verdict, JournalError> {
        let mut differences = Vec::new();
        for _ in 0..self.timings.balance_tries.max(1) {
            let Some(asked_at) = self.settle(machine, clock, observer, until).await? else {
                return Ok(Verdict::Unreachable(self.what_is_open()));
            };
            // Balances first, executions after: whatever changed the balances is among the executions.
            let Ok(balances) = self.balances().await else {
                if until <= clock() {
                    return Ok(Verdict::Unreachable("balances are not known".into()));
                }
                tokio::time::sleep(NAP).await;
                continue;
            };
            self.close_strangers(machine.engine());
            if self
                .settle(machine, clock, observer, until)
                .await?
                .is_none()
            {
                return Ok(Verdict::Unreachable(self.what_is_open()));
            }
            differences = compare(
                machine.engine().ledger(),
                &balances,
                self.timings.cash_tolerance,
            );
            if differences.is_empty() {
                return Ok(Verdict::Agreed);
            }
            tracing::warn!(
                event = "balances",
                ?differences,
                ?asked_at,
                "balances differ; they are asked for again"
            );
            tokio::time::sleep(self.timings.retry_max).await;
        }
        if differences.is_empty() {
            return Ok(Verdict::Unreachable("balances are not known".into()));
        }
        let Some(booking) = fees_explain(machine.engine().ledger(), &differences) else {
            return Ok(Verdict::Mismatch(differences));
        };
        let text = format!(
            "the venue charged or credited something else than the schedule of fees: {booking:?}"
        );
        tracing::warn!(event = "fees_differ", text, "the venue's word is booked");
        self.note(machine, "fees_differ", text)?;
        self.answers.push_back(booking);
        self.tell(machine, clock(), observer)?;
        Ok(Verdict::Agreed)
    }

    /// Turns until every order of ours is settled and everything was compared afterwards; `None` if that takes too long.
    async fn settle(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        clock: &impl Fn() -> Timestamp,
        observer: &mut impl Observer,
        until: Timestamp,
    ) -> Result<Option<Timestamp>, JournalError> {
        let began = clock();
        self.sweep.want(began);
        loop {
            self.turn(machine, clock(), observer)?;
            let swept = self.sweep.succeeded().filter(|asked| began <= *asked);
            if let Some(asked) = swept.filter(|_| self.is_quiet()) {
                return Ok(Some(asked));
            }
            if until <= clock() {
                return Ok(None);
            }
            self.rest(clock()).await;
        }
    }

    /// Waits until something is heard or due.
    pub(super) async fn rest(&mut self, now: Timestamp) {
        let due = self.next_due().map_or(NAP, |due| due.since(now).min(NAP));
        // Never in circles: what is due at once and cannot be handed over waits for room.
        let pause = due.max(Duration::from_millis(1));
        tokio::select! {
            biased;
            () = self.heard() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// Foreign orders of an earlier life that are not open any more.
    fn close_strangers(&mut self, engine: &Engine) {
        let gone = engine
            .orders()
            .iter()
            .filter(|order| order.origin == Origin::Foreign)
            .map(|order| &order.placed)
            .filter(|placed: &&PlaceOrder| self.table.hash_of(placed.id).is_none())
            .map(|placed| placed.id);
        let gone: Vec<OrderId> = gone.collect();
        self.answers
            .extend(gone.into_iter().map(|order| AccountInput::Cancelled {
                order,
                reason: CancelReason::Requested,
            }));
    }

    fn what_is_open(&self) -> String {
        let open = self
            .table
            .open_own()
            .filter(|tracked| !tracked.is_settled())
            .count();
        format!("the fate of {open} orders is not known, or open orders and executions are not")
    }

    fn conclude(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        now: Timestamp,
        observer: &mut impl Observer,
        report: &Reconciliation,
    ) -> Result<(), JournalError> {
        if 0 < report.newer_than_journal {
            let text = format!(
                "{} orders or executions are newer than the end of the journal: somebody else used the account, or the \
                 journal is an old copy",
                report.newer_than_journal
            );
            tracing::error!(
                event = "journal_behind",
                text,
                "the venue knows more than the journal"
            );
            self.note(machine, "journal_behind", text)?;
        }
        match report.verdict {
            Verdict::Agreed => {
                self.answers.push_back(AccountInput::Reconciled);
                self.tell(machine, now, observer)?;
                machine.commit()?;
                self.gate.open();
            }
            Verdict::Mismatch(_) => {
                self.answers.push_back(AccountInput::Mismatch);
                self.tell(machine, now, observer)?;
            }
            Verdict::Unreachable(_) => {}
        }
        machine.commit()?;
        self.turn(machine, now, observer)
    }
}

/// What an execution took out of the account.
fn paid(execution: &Execution) -> Cash {
    match execution.side {
        Side::Buy => execution.shares.at(execution.price, Rounding::Up) + execution.fee,
        Side::Sell => execution.fee - execution.shares.at(execution.price, Rounding::Down),
    }
}

/// What has to be booked if the only difference is collateral, and no more of it than all fees so far: fees are computed
/// from the market's schedule, since the venue's lists do not tell them, and what was really charged, or given back as a
/// rebate, shows in the balance alone. More than that is explained by nothing.
fn fees_explain(ledger: &Ledger, differences: &[Difference]) -> Option<AccountInput> {
    let [Difference::Cash { least, most, venue }] = differences else {
        return None;
    };
    let fees = -ledger.total(Account::Fees);
    let (credited, charged) = (*venue - *most, *least - *venue);
    if Cash::ZERO < credited {
        (credited <= fees).then_some(AccountInput::Rebate(credited))
    } else {
        (charged <= fees).then_some(AccountInput::Fee(charged))
    }
}

/// Everything that the books do not explain. What is matched and not final may or may not be in the venue's numbers.
fn compare(ledger: &Ledger, balances: &Balances, tolerance: Cash) -> Vec<Difference> {
    let mut differences = Vec::new();
    let least = ledger.cash() - ledger.proceeds_pending();
    let most = ledger.cash_if_void() + ledger.proceeds_pending();
    let venue = balances.cash;
    if venue < least - tolerance || most + tolerance < venue {
        differences.push(Difference::Cash { least, most, venue });
    }
    let held = ledger.positions().map(|(token, _)| token);
    let tokens: std::collections::BTreeSet<Token> =
        held.chain(balances.tokens.keys().copied()).collect();
    for token in tokens {
        let position = ledger.position(token);
        let least = position.confirmed.saturating_sub(position.pending_out);
        let most = position.confirmed + position.pending_in;
        let venue = balances.tokens.get(&token).copied().unwrap_or_default();
        if venue < least || most < venue {
            differences.push(Difference::Shares {
                token,
                least,
                most,
                venue,
            });
        }
    }
    differences
}
