//! The user channel: log-in, a connection that is kept for ever, and word of every interruption, after which orders and
//! trades must be fetched, since the channel repeats nothing.

use std::convert::Infallible;
use std::sync::Arc;

use futures_util::StreamExt;
use quorate_domain::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};
use zeroize::Zeroize;

use crate::auth::Credentials;

use super::link::{Clock, Endpoint, Loss, Timings, open, send, text_of};
use super::user_frame::{self, UserNews};

/// What the user channel reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserReport {
    /// Connected, or connected again: whatever happened before was not heard. Fetch open orders and trades now.
    Reconnected {
        /// How often before; 0 for the first time.
        times: u64,
    },
    /// What one frame said.
    Heard {
        /// When it arrived.
        received_at: Timestamp,
        /// What it said.
        news: Vec<UserNews>,
    },
    /// The connection ended; it is opened again.
    Lost(Loss),
}

/// The channel; it lives inside [`UserStream::run`].
#[derive(Debug)]
pub struct UserStream {
    /// Address of the channel.
    pub endpoint: Endpoint,
    /// Time limits; silence is normal here and not limited.
    pub timings: Timings,
    /// Largest frame that is read, in bytes.
    pub frame_bytes_max: usize,
    /// The API key.
    pub log_in: Arc<Credentials>,
    /// Condition ids to hear about; none for all.
    pub markets: Vec<String>,
    /// Time of arrival.
    pub clock: Clock,
    /// Takes the reports; when it stays full for `backlog_max`, the connection is given up.
    pub reports: mpsc::Sender<UserReport>,
}

enum Stop {
    Unwanted,
    Lost(Loss),
}

impl From<Loss> for Stop {
    fn from(loss: Loss) -> Self {
        Self::Lost(loss)
    }
}

impl UserStream {
    /// Keeps the connection until nobody takes reports any more.
    pub async fn run(self) {
        let (mut attempt, mut times) = (0, 0);
        loop {
            let started = Instant::now();
            let loss = match self.connection(&mut times).await {
                Ok(never) => match never {},
                Err(Stop::Unwanted) => return,
                Err(Stop::Lost(loss)) => loss,
            };
            attempt = if started.elapsed() >= self.timings.settled_after {
                0
            } else {
                attempt + 1
            };
            let wait = self.timings.backoff(attempt);
            tracing::warn!(%loss, ?wait, "user channel lost");
            if self.reports.send(UserReport::Lost(loss)).await.is_err() {
                return;
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = self.reports.closed() => return,
            }
        }
    }

    async fn connection(&self, times: &mut u64) -> Result<Infallible, Stop> {
        let timings = &self.timings;
        let mut socket = open(&self.endpoint, timings, self.frame_bytes_max).await?;
        let mut first = user_frame::subscribe(&self.log_in, &self.markets);
        let sent = send(&mut socket, timings, first.clone()).await;
        first.zeroize();
        sent?;
        self.report(UserReport::Reconnected { times: *times })
            .await?;
        *times += 1;
        let begun = Instant::now();
        let replaced_at = begun + timings.this_lifetime();
        let mut pong_by = begun + timings.pong_within;
        let mut pings = interval_at(begun + timings.ping_every, timings.ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = socket.next() => {
                    let Some(text) = text_of(message)? else { continue };
                    if text.as_str() == "PONG" {
                        pong_by = Instant::now() + timings.pong_within;
                        continue;
                    }
                    let news = user_frame::read(text.as_bytes())
                        .map_err(|error| Loss::Unreadable(error.to_string()))?;
                    let received_at = (self.clock)();
                    self.report(UserReport::Heard { received_at, news }).await?;
                }
                _ = pings.tick() => send(&mut socket, timings, "PING".to_owned()).await?,
                () = sleep_until(pong_by) => return Err(Loss::NoPong.into()),
                () = sleep_until(replaced_at) => return Err(Loss::Scheduled.into()),
                () = self.reports.closed() => return Err(Stop::Unwanted),
            }
        }
    }

    async fn report(&self, report: UserReport) -> Result<(), Stop> {
        match timeout(self.timings.backlog_max, self.reports.send(report)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Stop::Unwanted),
            Err(_) => Err(Loss::Backlog.into()),
        }
    }
}
