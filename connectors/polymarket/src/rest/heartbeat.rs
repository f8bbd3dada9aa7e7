//! The heartbeat: while it beats the venue keeps our orders, and withdraws them ten seconds after the last beat.
//!
//! Beats are chained: each answer holds the id of the next. A wrong id is answered with the right one, which is sent at
//! once; when that keeps happening without a lost answer as its cause, somebody else writes with the same API key.

use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::answer::{Reply, fault_of_reply, words_of};
use super::budget::{Cost, Group};
use super::calls::json_of;
use super::client::Client;
use super::node::{Node, WireError};

/// From one beat to the next.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// Without an accepted beat for so long the heartbeat is unhealthy: two seconds before the venue acts.
pub const UNHEALTHY_AFTER: Duration = Duration::from_secs(8);
/// Longest wait for an answer, so that a second attempt fits before that.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(2500);
/// From a failed beat to the next attempt.
const RETRY: Duration = Duration::from_millis(500);
/// Corrections in a row, beat after beat, that only a second writer explains.
const FOREIGN_CORRECTIONS: u32 = 3;
/// Corrections followed at once, before the usual wait applies again.
const CORRECTIONS_AT_ONCE: u32 = 3;

/// What came of one beat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Accepted; the id of the next.
    Accepted(String),
    /// Refused; the id that is expected, which may be empty.
    WrongId(String),
    /// No answer, or another one. With what is known.
    Failed(String),
}

/// State of the heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HeartbeatStatus {
    /// No beat has been accepted yet.
    #[default]
    Starting,
    /// Accepted in time.
    Healthy,
    /// Not accepted for too long: the venue may withdraw all orders. With what is known.
    Unhealthy(String),
    /// Accepted, but somebody else writes with the same API key: two agents on one key fight.
    SecondWriter,
}

/// Where beats go.
pub trait HeartbeatRoute {
    /// Sends one beat, once.
    fn beat(&self, id: &str) -> impl Future<Output = Beat> + Send;
}

#[derive(Serialize)]
struct Body<'a> {
    heartbeat_id: &'a str,
}

/// Reads the answer to a beat, whatever its status.
///
/// # Errors
/// It holds no id.
pub fn parse_heartbeat_id(body: &[u8]) -> Result<String, WireError> {
    let object = Node::parse(body)?.object()?;
    let id = object.get("heartbeat_id");
    match id.present() {
        // The venue names an empty id where it expects a first beat.
        None if object.any_of(&["error_msg", "error"]).present().is_some() => Ok(String::new()),
        _ => id.text(),
    }
}

impl HeartbeatRoute for Client {
    async fn beat(&self, id: &str) -> Beat {
        let mut request = self.clob(Method::POST, "/v1/heartbeats");
        request.body = match json_of(&Body { heartbeat_id: id }, "POST /v1/heartbeats") {
            Ok(body) => body,
            Err(error) => return Beat::Failed(error.to_string()),
        };
        let reply = match self
            .private(&request, Cost::cancel(Group::Heartbeat, 0))
            .await
        {
            Ok(reply) => reply,
            Err(error) => return Beat::Failed(error.to_string()),
        };
        classify_beat(&reply)
    }
}

/// What a reply to a beat means.
#[must_use]
pub fn classify_beat(reply: &Reply) -> Beat {
    let Reply::Answer { status, body, .. } = reply else {
        return Beat::Failed(words_of(reply));
    };
    let id = parse_heartbeat_id(body);
    let wrong = words_of(reply).to_lowercase().contains("invalid heartbeat");
    match (fault_of_reply(reply).is_none(), status, id) {
        (true, _, Ok(id)) if !id.is_empty() => Beat::Accepted(id),
        (false, 400, Ok(id)) if wrong => Beat::WrongId(id),
        _ => Beat::Failed(words_of(reply)),
    }
}

/// Beats until it is dropped, which is how it is stopped: cancel the orders first, since the venue does so after ten
/// seconds otherwise.
pub async fn beat_forever<R: HeartbeatRoute>(route: &R, status: &watch::Sender<HeartbeatStatus>) {
    let mut heart = Heart::new(status);
    loop {
        let sent_at = Instant::now();
        let answer = {
            let beat = timeout(ANSWER_TIMEOUT, route.beat(&heart.id));
            heart.watched(beat).await
        };
        let beat = answer.unwrap_or_else(|_| Beat::Failed("timed out".to_owned()));
        let next_at = heart.take(beat, sent_at);
        heart.watched(sleep_until(next_at)).await;
    }
}

struct Heart<'a> {
    status: &'a watch::Sender<HeartbeatStatus>,
    id: String,
    /// When the last accepted beat was sent, or the start.
    accepted_at: Instant,
    /// A correction is no surprise: at the start, and after an answer was lost.
    in_doubt: bool,
    corrections_now: u32,
    surprises_in_a_row: u32,
    surprised: Surprise,
    last_problem: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Surprise {
    None,
    ThisBeat,
}

impl<'a> Heart<'a> {
    fn new(status: &'a watch::Sender<HeartbeatStatus>) -> Self {
        Self {
            status,
            id: String::new(),
            accepted_at: Instant::now(),
            in_doubt: true,
            corrections_now: 0,
            surprises_in_a_row: 0,
            surprised: Surprise::None,
            last_problem: "no answer yet".to_owned(),
        }
    }

    /// Waits, and turns unhealthy meanwhile when it is time.
    async fn watched<F: Future>(&self, work: F) -> F::Output {
        let mut work = std::pin::pin!(work);
        let unhealthy_at = self.accepted_at + UNHEALTHY_AFTER;
        if !matches!(*self.status.borrow(), HeartbeatStatus::Unhealthy(_)) {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = sleep_until(unhealthy_at) => {
                    self.tell(HeartbeatStatus::Unhealthy(self.last_problem.clone()));
                }
            }
        }
        work.await
    }

    fn tell(&self, status: HeartbeatStatus) {
        self.status.send_if_modified(|now| {
            let changed = *now != status;
            *now = status;
            changed
        });
    }

    /// Learns from a beat; returns the time of the next one.
    fn take(&mut self, beat: Beat, sent_at: Instant) -> Instant {
        match beat {
            Beat::Accepted(next) => {
                self.id = next;
                self.accepted_at = sent_at;
                self.surprises_in_a_row = match self.surprised {
                    Surprise::ThisBeat => self.surprises_in_a_row + 1,
                    Surprise::None => 0,
                };
                self.surprised = Surprise::None;
                self.in_doubt = false;
                self.corrections_now = 0;
                self.tell(if self.surprises_in_a_row >= FOREIGN_CORRECTIONS {
                    HeartbeatStatus::SecondWriter
                } else {
                    HeartbeatStatus::Healthy
                });
                sent_at + INTERVAL
            }
            Beat::WrongId(expected) => {
                self.id = expected;
                if !self.in_doubt {
                    self.surprised = Surprise::ThisBeat;
                }
                self.last_problem = "the venue expects another id".to_owned();
                self.corrections_now += 1;
                if self.corrections_now > CORRECTIONS_AT_ONCE {
                    Instant::now() + RETRY
                } else {
                    Instant::now()
                }
            }
            Beat::Failed(text) => {
                self.in_doubt = true;
                self.last_problem = text;
                Instant::now() + RETRY
            }
        }
    }
}
