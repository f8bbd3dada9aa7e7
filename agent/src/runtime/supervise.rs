//! Keeps tasks alive: what ends or panics is started again, after pauses that grow, and nothing of it is silent.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinError;
use tokio::time::Instant;

use super::gateway::back_off;

/// How a task that ended is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartPolicy {
    /// First pause; it doubles, with jitter.
    pub first: Duration,
    /// Longest pause.
    pub max: Duration,
    /// A task that lived this long starts over with the first pause.
    pub healthy_after: Duration,
    /// Restarts in a row, none of which lived so long, after which it is given up.
    pub restarts_in_a_row_max: u32,
}

impl Default for RestartPolicy {
    /// From half a second to half a minute, given up after 20 in a row.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            max: Duration::from_secs(30),
            healthy_after: Duration::from_secs(60),
            restarts_in_a_row_max: 20,
        }
    }
}

/// What a supervised task is seen to do. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Restarts {
    restarts: Arc<AtomicU64>,
    panics: Arc<AtomicU64>,
}

impl Restarts {
    /// Times it was started again.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Times it panicked.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}

/// How a run of a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It has done all there was to do.
    Done,
    /// It cannot go on as it is.
    Failed(String),
    /// It panicked, with its message where it had one.
    Panicked(String),
}

/// How supervision ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supervised {
    /// The task was done.
    Done,
    /// A stop was asked for. A task that was running has been broken off.
    Stopped,
    /// It failed too often in a row. With the last failure.
    GivenUp(Exit),
}

/// Runs a task again and again until it is done, a stop is asked for, or it fails too often. `seed` shakes the pauses.
pub async fn supervise<T, F>(
    name: &str,
    policy: RestartPolicy,
    restarts: Restarts,
    mut stop: watch::Receiver<bool>,
    seed: u64,
    mut start: F,
) -> Supervised
where
    F: FnMut() -> T,
    T: Future<Output = Result<(), String>> + Send + 'static,
{
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut in_a_row = 0;
    loop {
        let began = Instant::now();
        let mut task = tokio::spawn(start());
        let ended = tokio::select! {
            biased;
            () = asked(&mut stop) => {
                task.abort();
                return Supervised::Stopped;
            }
            ended = &mut task => exit(ended),
        };
        match &ended {
            Exit::Done => return Supervised::Done,
            Exit::Failed(why) => {
                tracing::warn!(event = "task_failed", task = name, why, "a task failed");
            }
            Exit::Panicked(why) => {
                restarts.panics.fetch_add(1, Ordering::Relaxed);
                tracing::error!(event = "task_panicked", task = name, why, "a task panicked");
            }
        }
        if policy.healthy_after <= began.elapsed() {
            in_a_row = 0;
        }
        if policy.restarts_in_a_row_max <= in_a_row {
            tracing::error!(event = "task_given_up", task = name, "a task is given up");
            return Supervised::GivenUp(ended);
        }
        let pause = back_off(policy.first, policy.max, in_a_row, &mut dice);
        in_a_row += 1;
        tokio::select! {
            biased;
            () = asked(&mut stop) => return Supervised::Stopped,
            () = tokio::time::sleep(pause) => {}
        }
        restarts.restarts.fetch_add(1, Ordering::Relaxed);
    }
}

/// Ends once a stop is asked for. Whoever could ask and is gone never will.
async fn asked(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn exit(ended: Result<Result<(), String>, JoinError>) -> Exit {
    match ended {
        Ok(Ok(())) => Exit::Done,
        Ok(Err(why)) => Exit::Failed(why),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => Exit::Panicked(message(panic.as_ref())),
            Err(error) => Exit::Failed(error.to_string()),
        },
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without a message".into())
}
