//! The way of orders as the event loop sees it: one loop, whether commands go to a simulated exchange or to a venue.

use std::future::Future;
use std::time::Duration;

use quorate_backtest::replay::Venue;
use quorate_domain::Timestamp;
use tokio::sync::watch;

use super::gateway::{Gateway, OrderRoute, Reconciliation, RemoteVenue, Verdict};
use super::machine::{Machine, Observer};
use super::start::PAPER_ACCOUNT;
use crate::journal::{JournalError, Mode};

/// How long one attempt to agree with a venue may take before it begins anew.
const AGREE_WITHIN: Duration = Duration::from_secs(300);
/// Pause before the next attempt.
const AGREE_PAUSE: Duration = Duration::from_secs(5);

/// How the start of an order path ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStart {
    /// Orders may leave.
    Open,
    /// The account differs from its journal and nothing explains it: nothing may leave.
    Refused(Box<Reconciliation>),
    /// A stop was asked for before the venue had answered.
    Stopped,
}

/// Carries what a machine decides to wherever its orders go. No call waits for a venue but [`OrderPath::heard`].
pub trait OrderPath<V: Venue> {
    /// Makes journal and venue agree before the first turn. A venue that does not answer is asked until it does.
    ///
    /// # Errors
    /// The journal.
    fn start(
        &mut self,
        machine: &mut Machine<V>,
        clock: &impl Fn() -> Timestamp,
        observer: &mut impl Observer,
        stop: watch::Receiver<bool>,
    ) -> impl Future<Output = Result<PathStart, JournalError>>;

    /// Whether something was decided that has not been taken up.
    fn is_wanted(&self, machine: &Machine<V>) -> bool;

    /// Takes up what was heard and what was decided. Everything it does is in the journal before it has an effect.
    ///
    /// # Errors
    /// The journal; nothing more has left, and the machine must not go on.
    fn turn(
        &mut self,
        machine: &mut Machine<V>,
        now: Timestamp,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError>;

    /// Ends once something was heard. It may be dropped at any time; nothing is lost.
    fn heard(&mut self) -> impl Future<Output = ()>;

    /// When the next turn is due, if nothing is heard before.
    fn next_due(&self) -> Option<Timestamp>;

    /// Nothing new leaves from now on, and what is open is withdrawn. Further turns see it through.
    fn begin_stop(&mut self, now: Timestamp);

    /// Whether nothing is open any more, so that the process may end.
    fn has_stopped(&self) -> bool;

    /// Whose orders these are, and whether they are real: for the journal.
    fn account(&self) -> (&str, Mode);
}

/// The path to a simulated exchange: it lives in the session itself, and stops and starts with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOrderPath;

impl<V: Venue> OrderPath<V> for NoOrderPath {
    async fn start(
        &mut self,
        _: &mut Machine<V>,
        _: &impl Fn() -> Timestamp,
        _: &mut impl Observer,
        _: watch::Receiver<bool>,
    ) -> Result<PathStart, JournalError> {
        Ok(PathStart::Open)
    }

    fn is_wanted(&self, _: &Machine<V>) -> bool {
        false
    }

    fn turn(
        &mut self,
        _: &mut Machine<V>,
        _: Timestamp,
        _: &mut impl Observer,
    ) -> Result<(), JournalError> {
        Ok(())
    }

    async fn heard(&mut self) {
        std::future::pending::<()>().await;
    }

    fn next_due(&self) -> Option<Timestamp> {
        None
    }

    fn begin_stop(&mut self, _: Timestamp) {}

    fn has_stopped(&self) -> bool {
        true
    }

    fn account(&self) -> (&str, Mode) {
        (PAPER_ACCOUNT, Mode::Paper)
    }
}

impl<R: OrderRoute> OrderPath<RemoteVenue> for Gateway<R> {
    async fn start(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        clock: &impl Fn() -> Timestamp,
        observer: &mut impl Observer,
        mut stop: watch::Receiver<bool>,
    ) -> Result<PathStart, JournalError> {
        loop {
            let agreed = tokio::select! {
                biased;
                () = asked(&mut stop) => return Ok(PathStart::Stopped),
                agreed = self.reconcile(machine, clock, observer, AGREE_WITHIN) => agreed?,
            };
            match &agreed.verdict {
                Verdict::Agreed => {
                    tracing::info!(event = "reconciled", ?agreed, "journal and venue agree");
                    return Ok(PathStart::Open);
                }
                Verdict::Mismatch(differences) => {
                    tracing::error!(
                        event = "mismatch",
                        ?differences,
                        "the account differs from its journal"
                    );
                    return Ok(PathStart::Refused(Box::new(agreed)));
                }
                Verdict::Unreachable(why) => {
                    tracing::warn!(event = "unreachable", why, "the venue is asked again");
                }
            }
            tokio::select! {
                biased;
                () = asked(&mut stop) => return Ok(PathStart::Stopped),
                () = tokio::time::sleep(AGREE_PAUSE) => {}
            }
        }
    }

    fn is_wanted(&self, machine: &Machine<RemoteVenue>) -> bool {
        machine.session().venue().has_outgoing()
    }

    fn turn(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        now: Timestamp,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        Self::turn(self, machine, now, observer)
    }

    async fn heard(&mut self) {
        Self::heard(self).await;
    }

    fn next_due(&self) -> Option<Timestamp> {
        Self::next_due(self)
    }

    fn begin_stop(&mut self, now: Timestamp) {
        Self::begin_stop(self, now);
    }

    fn has_stopped(&self) -> bool {
        Self::has_stopped(self)
    }

    fn account(&self) -> (&str, Mode) {
        (self.account_name(), Mode::Live)
    }
}

/// Ends once a stop is asked for. Whoever could ask and is gone never will.
async fn asked(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
