//! The client: who calls, with which time, within which budget, and what the answers teach about all three.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy_primitives::Address;
use reqwest::Method;
use tokio::sync::watch;

use super::answer::{Reply, fault_of_reply, words_of};
use super::budget::{Budget, Cost, Group};
use super::calls::{request, success};
use super::clock::{VenueClock, WallClock};
use super::error::RestError;
use super::fault::Fault;
use super::hosts::Hosts;
use super::http::{Bounds, Headers, Http, Request};
use super::weather::{Barometer, Weather};
use crate::auth::{Credentials, l1_headers, l2_headers};
use crate::key::Key;

/// A read that was throttled is repeated so often, while the wait is short.
const READ_REPEATS_MAX: u32 = 2;
const READ_WAIT_MAX: Duration = Duration::from_secs(5);

/// Who calls.
#[derive(Debug)]
pub struct Account {
    /// The key that signs log-ins.
    pub key: Key,
    /// 137 for Polygon, 80002 for its test network.
    pub chain_id: u64,
    /// Tells several API keys of one key apart; 0 unless there are several.
    pub nonce: u64,
    /// The venue's number of the kind of wallet, 0 to 3.
    pub signature_type: u8,
}

/// What a client is made from.
#[derive(Clone)]
pub struct ClientOptions {
    /// Where the calls go.
    pub hosts: Hosts,
    /// Bounds of a call.
    pub bounds: Bounds,
    /// Reads this machine's clock.
    pub wall: WallClock,
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("hosts", &self.hosts)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

/// A client of the venue. Every call may be dropped at any time; an order that was being posted is then unknown.
#[derive(Debug)]
pub struct Client {
    pub(crate) hosts: Hosts,
    http: Http,
    clock: VenueClock,
    budget: Budget,
    barometer: Barometer,
    account: Option<Account>,
    credentials: Mutex<Option<Arc<Credentials>>>,
    repair: tokio::sync::Mutex<()>,
}

impl Client {
    /// A client. Without an account it can do public reads only.
    ///
    /// # Errors
    /// [`RestError::Setting`] when no HTTP client can be made.
    pub fn new(options: ClientOptions, account: Option<Account>) -> Result<Self, RestError> {
        Ok(Self {
            http: Http::new(options.bounds)?,
            hosts: options.hosts,
            clock: VenueClock::new(options.wall),
            budget: Budget::default(),
            barometer: Barometer::new(),
            account,
            credentials: Mutex::new(None),
            repair: tokio::sync::Mutex::new(()),
        })
    }

    /// The venue's state as the answers show it.
    #[must_use]
    pub fn weather(&self) -> watch::Receiver<Weather> {
        self.barometer.watch()
    }

    /// The request budgets.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The venue's time as far as it is known.
    #[must_use]
    pub fn clock(&self) -> &VenueClock {
        &self.clock
    }

    /// The address of the key that signs log-ins.
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        self.account.as_ref().map(|account| account.key.address())
    }

    /// The API key in use.
    #[must_use]
    pub fn credentials(&self) -> Option<Arc<Credentials>> {
        self.credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Uses an API key that is known already.
    pub fn set_credentials(&self, credentials: Credentials) {
        *self
            .credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(credentials));
    }

    pub(crate) fn forget_credentials(&self) {
        *self
            .credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn account(&self, place: &str) -> Result<&Account, RestError> {
        self.account.as_ref().ok_or_else(|| RestError::NotLoggedIn {
            place: place.to_owned(),
            needs: "the account's key",
        })
    }

    pub(crate) fn barometer(&self) -> &Barometer {
        &self.barometer
    }

    /// A request to the order book's server.
    pub(crate) fn clob(&self, method: Method, path: impl Into<String>) -> Request<'_> {
        request(&self.hosts.clob, method, path)
    }

    /// Pays, sends once and learns. `headers` are made after paying, so that their time is that of sending.
    pub(crate) async fn send(
        &self,
        request: &Request<'_>,
        cost: Cost,
        headers: impl FnOnce() -> Result<Headers, RestError>,
    ) -> Result<Reply, RestError> {
        self.budget.pay(cost).await?;
        let headers = headers()?;
        let reply = self.http.send(request, headers, self.clock.wall_s()).await;
        self.learn(cost, &reply);
        Ok(reply)
    }

    fn learn(&self, cost: Cost, reply: &Reply) {
        let now_s = self.clock.wall_s();
        let fault = fault_of_reply(reply);
        if let Reply::Answer { head, .. } = reply {
            // When a wait ends is told on the venue's clock.
            let venue_s = self.clock.venue_s();
            let pause = self.budget.learn(cost, head, fault.as_ref(), venue_s);
            if let Some(pause) = pause {
                tracing::warn!(group = cost.group.name(), ?pause, "the venue throttles us");
            }
        }
        match &fault {
            Some(fault) => self.barometer.fault(fault, now_s),
            None => self.barometer.answered(now_s),
        }
    }

    /// A public read.
    pub(crate) async fn get(
        &self,
        request: &Request<'_>,
        group: Group,
    ) -> Result<Vec<u8>, RestError> {
        let mut repeats = 0;
        loop {
            let reply = self
                .send(request, Cost::read(group), || Ok(Headers::new()))
                .await?;
            match success(request, reply) {
                Err(error) if repeats < READ_REPEATS_MAX && waits_shortly(&error) => repeats += 1,
                other => return other,
            }
        }
    }

    /// A private call, sent again when the API key is refused: once with the venue's time, once with the key derived
    /// again. A refused key proves that the call had no effect.
    pub(crate) async fn private(
        &self,
        request: &Request<'_>,
        cost: Cost,
    ) -> Result<Reply, RestError> {
        let place = request.place();
        for repair in [Repair::Clock, Repair::Key, Repair::None] {
            let used = self.logged_in(&place)?;
            let reply = self
                .send(request, cost, || self.signed(request, &used))
                .await?;
            if fault_of_reply(&reply) != Some(Fault::AuthFailed) {
                if matches!(reply, Reply::Answer { status, .. } if status < 300) {
                    self.barometer.key_accepted();
                }
                return Ok(reply);
            }
            if !self.repaired(repair, &used).await {
                self.barometer.key_refused();
                return Err(RestError::AuthFailed {
                    text: words_of(&reply),
                    place,
                });
            }
        }
        Err(RestError::AuthFailed {
            place,
            text: "refused three times".to_owned(),
        })
    }

    /// A private read.
    pub(crate) async fn private_get(
        &self,
        request: &Request<'_>,
        group: Group,
    ) -> Result<Vec<u8>, RestError> {
        let reply = self.private(request, Cost::read(group)).await?;
        success(request, reply)
    }

    fn logged_in(&self, place: &str) -> Result<Arc<Credentials>, RestError> {
        self.account(place)?;
        self.credentials().ok_or_else(|| RestError::NotLoggedIn {
            place: place.to_owned(),
            needs: "an API key: log in first",
        })
    }

    fn signed(
        &self,
        request: &Request<'_>,
        credentials: &Credentials,
    ) -> Result<Headers, RestError> {
        let place = request.place();
        let address = self.account(&place)?.key.address();
        l2_headers(
            &address,
            credentials,
            self.clock.venue_s(),
            request.method.as_str(),
            &request.path,
            &request.body,
        )
        .map(Vec::from)
        .map_err(|error| RestError::Setting {
            name: "API key",
            problem: error.to_string(),
        })
    }

    /// Headers of a call that is signed with the account's key itself.
    pub(crate) fn attested(&self, place: &str) -> Result<Headers, RestError> {
        let account = self.account(place)?;
        let now_s = self.clock.venue_s();
        Ok(l1_headers(&account.key, account.chain_id, now_s, account.nonce).into())
    }

    /// Whether another attempt makes sense after this repair.
    async fn repaired(&self, repair: Repair, used: &Arc<Credentials>) -> bool {
        let _one_at_a_time = self.repair.lock().await;
        let now = self.credentials();
        let replaced = now.is_some_and(|now| !Arc::ptr_eq(&now, used));
        match repair {
            Repair::None => false,
            _ if replaced => true,
            Repair::Clock => self.sync_clock().await.is_ok(),
            // The body of an order names the API key: with another one it would be another order.
            Repair::Key => match self.derive_key().await {
                Ok(derived) if derived.api_key == used.api_key => {
                    self.set_credentials(derived);
                    true
                }
                Ok(_) | Err(_) => false,
            },
        }
    }

    /// Asks for the venue's time and keeps the difference. Returns it, the venue's clock less ours, in milliseconds; 0
    /// within the uncertainty of the measurement.
    ///
    /// # Errors
    /// No answer, or none that is a time.
    pub async fn sync_clock(&self) -> Result<i64, RestError> {
        let before_ms = self.clock.wall_ms();
        let venue_s = self.server_time().await?;
        let after_ms = self.clock.wall_ms();
        let offset_ms = self.clock.sample(venue_s, before_ms, after_ms);
        self.barometer.clock(offset_ms);
        Ok(offset_ms)
    }
}

#[derive(Clone, Copy)]
enum Repair {
    Clock,
    Key,
    None,
}

fn waits_shortly(error: &RestError) -> bool {
    matches!(
        error,
        RestError::Refused {
            fault: Fault::Throttled { .. },
            ..
        }
    ) && error.retry_after().is_none_or(|wait| wait <= READ_WAIT_MAX)
}
