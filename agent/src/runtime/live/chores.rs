//! What is done with tokens on chain: pairs into collateral, decided tokens into collateral.
//!
//! One at a time, since a wallet has one sequence of transactions. What counts is what the account holds: a chore whose
//! effect is there already (an earlier life asked for it, or the venue redeemed by itself) is answered and not asked for
//! again; one of which nothing is known is not asked for anew before it can no longer come into force.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use quorate_domain::number::mul_div;
use quorate_domain::{AccountInput, Cash, Chore, MarketId, Outcome, Payout, Rounding, Shares};
use tokio::sync::mpsc;

use crate::runtime::gateway::{ChoreJob, ChoreOrder, News, NewsLine};

/// Longest time after which a transaction that was asked for may still come into force.
const IN_FORCE_MAX: Duration = Duration::from_secs(660);
/// Pause between two looks at what the account holds.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Pause after a chore that failed, so that it is not asked for in circles.
const FAILURE_PAUSE: Duration = Duration::from_secs(30);

/// What came of asking for a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is final.
    Confirmed,
    /// It is proven that it did not and will not happen. With the reason.
    Failed(String),
    /// It is not known whether it happens. With what is known.
    Unknown(String),
}

/// What an account holds of a market's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// YES shares.
    pub yes: Shares,
    /// NO shares.
    pub no: Shares,
}

/// The way of chores to the chain.
pub trait ChoreRoute: Send + Sync + 'static {
    /// What the account holds of a market, by the chain's word.
    ///
    /// # Errors
    /// No answer, with what is known. A failed read is never a balance of zero.
    fn held(&self, market: MarketId) -> impl Future<Output = Result<Held, String>> + Send;

    /// Asks for pairs to become collateral, once, and waits for the end of it.
    fn merge(&self, market: MarketId, shares: Shares) -> impl Future<Output = Asked> + Send;

    /// Asks for everything held of a decided market to be paid out, once, and waits for the end of it.
    fn redeem(&self, market: MarketId) -> impl Future<Output = Asked> + Send;
}

/// Does chores until nobody asks for any.
pub async fn work<R: ChoreRoute>(
    route: Arc<R>,
    mut jobs: mpsc::Receiver<ChoreJob>,
    answers: NewsLine,
) {
    let mut waiting: VecDeque<ChoreJob> = VecDeque::new();
    loop {
        let job = match waiting.pop_front() {
            Some(job) => job,
            None => match jobs.recv().await {
                Some(job) => job,
                None => return,
            },
        };
        match done(route.as_ref(), job).await {
            Some(answer) => {
                if !answers.tell(News::Answer(answer)).await {
                    return;
                }
            }
            // A payout is owed until it is there: others get their turn, then it is asked for again.
            None => waiting.push_back(job),
        }
        while let Ok(job) = jobs.try_recv() {
            waiting.push_back(job);
        }
    }
}

/// Does one chore and says what came of it; `None` if it is to be tried again.
async fn done<R: ChoreRoute>(route: &R, job: ChoreJob) -> Option<AccountInput> {
    let (market, chore) = match job.order {
        ChoreOrder::Merge { market, .. } => (market, Chore::Merge),
        ChoreOrder::Redeem(market) => (market, Chore::Redeem),
    };
    let booked = Held {
        yes: job.yes,
        no: job.no,
    };
    let before = held(route, market).await;
    if let Some(answer) = effect(job, booked, before) {
        tracing::info!(
            event = "chore_done_before",
            market = market.0,
            ?chore,
            "it was done already"
        );
        return Some(answer);
    }
    if job.is_taken_up_again {
        // It may have been asked for by a process that is gone: nothing is asked twice while that may come into force.
        let answer = awaited(route, job, booked).await;
        if answer.is_some() {
            return answer;
        }
    }
    let asked = match job.order {
        ChoreOrder::Merge { shares, .. } => route.merge(market, shares).await,
        ChoreOrder::Redeem(_) => route.redeem(market).await,
    };
    tracing::info!(
        event = "chore",
        market = market.0,
        ?chore,
        ?asked,
        "a transaction was asked for"
    );
    let answer = match asked {
        Asked::Failed(_) => None,
        Asked::Confirmed | Asked::Unknown(_) => awaited(route, job, booked).await,
    };
    if answer.is_some() {
        return answer;
    }
    tokio::time::sleep(FAILURE_PAUSE).await;
    (chore == Chore::Merge).then_some(AccountInput::Reverted { market, chore })
}

/// Waits until a chore's effect is there; `None` if it can no longer come.
async fn awaited<R: ChoreRoute>(route: &R, job: ChoreJob, booked: Held) -> Option<AccountInput> {
    let market = job.market();
    let until = tokio::time::Instant::now() + IN_FORCE_MAX;
    loop {
        let now = held(route, market).await;
        if let Some(answer) = effect(job, booked, now) {
            return Some(answer);
        }
        if until <= tokio::time::Instant::now() {
            return None;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What the account holds, however long the answer takes.
async fn held<R: ChoreRoute>(route: &R, market: MarketId) -> Held {
    loop {
        match route.held(market).await {
            Ok(held) => return held,
            Err(why) => {
                tracing::warn!(event = "holdings", market = market.0, why, "asked again");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// The answer to a chore whose effect is there.
fn effect(job: ChoreJob, booked: Held, now: Held) -> Option<AccountInput> {
    match job.order {
        ChoreOrder::Merge { market, shares } => {
            let gone = |booked: Shares, now: Shares| now + shares <= booked;
            let is_there = gone(booked.yes, now.yes) && gone(booked.no, now.no);
            is_there.then_some(AccountInput::Merged { market, shares })
        }
        ChoreOrder::Redeem(market) => {
            let is_there = now == Held::default() && booked != Held::default();
            is_there.then(|| AccountInput::Redeemed {
                market,
                yes: booked.yes,
                no: booked.no,
                cash: payout(booked, job.payout),
            })
        }
    }
}

/// What decided tokens pay, rounded down as the chain does.
fn payout(held: Held, payout: Payout) -> Cash {
    let part = |shares: Shares, outcome| {
        let micros = mul_div(
            i128::from(shares.micros()),
            i128::from(payout.micros(outcome)),
            1_000_000,
            Rounding::Down,
        );
        Cash::from_micros_saturating(micros)
    };
    part(held.yes, Outcome::Yes) + part(held.no, Outcome::No)
}
