//! The courier: carries what the gateway hands over to the venue and brings answers back. It never decides.
//!
//! Withdrawals go before questions and questions before new orders; the gate is asked right before an order leaves; every
//! call is bounded in time; a panic of the connector is an answer that nobody knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use quorate_domain::{AccountInput, Timestamp};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;

use super::gate::{SendGate, Shut};
use super::route::{
    Execution, Found, OpenOrder, OrderHash, OrderRoute, Posted, Prepared, RouteError, Withdrawal,
};
use super::timings::Timings;

/// Withdrawals under way at once.
const CANCELS_AT_ONCE: usize = 16;
/// Questions under way at once.
const QUERIES_AT_ONCE: usize = 8;
/// Jobs of one kind that wait.
const JOBS_MAX: usize = 256;
/// Reports that wait.
const REPORTS_MAX: usize = 1_024;

/// Something to withdraw.
#[derive(Clone, Debug)]
pub(super) enum CancelJob {
    One(OrderHash),
    All,
}

/// Something to ask.
#[derive(Clone, Debug)]
pub(super) enum Query {
    Find(OrderHash, Timestamp),
    Sweep(Timestamp),
}

/// What came of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The gate was shut: not a byte has left.
    Stopped(Shut),
    /// It was sent.
    Sent(Posted),
}

/// What the venue said of everything that is open and executed.
#[derive(Clone, Debug)]
pub(super) struct Swept {
    pub(super) executions: Result<Vec<Execution>, RouteError>,
    pub(super) open: Result<Vec<OpenOrder>, RouteError>,
}

/// News that a connector heard without being asked.
#[derive(Clone, Debug)]
pub enum News {
    /// An execution, or a step of its way to finality.
    Execution(Execution),
    /// What the venue says of an order.
    Order {
        /// The order.
        hash: OrderHash,
        /// What has become of it.
        found: Found,
    },
    /// Messages may have been lost: everything is compared at once.
    Gap,
    /// An answer that comes by another way: a chore was done, or failed.
    Answer(AccountInput),
}

/// What the courier brings back.
#[derive(Clone, Debug)]
pub(super) enum Report {
    Posted(OrderHash, Outcome),
    Found(OrderHash, Found),
    Withdrew(OrderHash, Withdrawal),
    WithdrewAll(Result<(), RouteError>),
    Swept(Swept),
    News(News),
}

/// Where news from a connector's stream comes in. Waiting for room is part of the bound: nothing is dropped.
#[derive(Clone, Debug)]
pub struct NewsLine(pub(super) mpsc::Sender<Report>);

impl NewsLine {
    /// Tells the gateway. Whether it is still there.
    pub async fn tell(&self, news: News) -> bool {
        self.0.send(Report::News(news)).await.is_ok()
    }
}

/// The gateway's end.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) posts: mpsc::Sender<Prepared>,
    pub(super) cancels: mpsc::Sender<CancelJob>,
    pub(super) queries: mpsc::Sender<Query>,
    pub(super) reports: mpsc::Receiver<Report>,
    pub(super) news: NewsLine,
}

/// The other end: a task that runs until the gateway is gone.
#[derive(Debug)]
pub struct Courier<R> {
    route: Arc<R>,
    gate: SendGate,
    timings: Timings,
    posts: mpsc::Receiver<Prepared>,
    cancels: mpsc::Receiver<CancelJob>,
    queries: mpsc::Receiver<Query>,
    reports: mpsc::Sender<Report>,
}

/// What a task under way is for.
#[derive(Clone, Debug)]
enum Ticket {
    Post(OrderHash),
    Cancel(CancelJob),
    Query(Query),
}

#[derive(Debug, Default)]
struct UnderWay {
    tasks: JoinSet<Report>,
    tickets: HashMap<Id, Ticket>,
    posts: usize,
    cancels: usize,
    queries: usize,
}

impl UnderWay {
    fn start(&mut self, ticket: Ticket, task: impl Future<Output = Report> + Send + 'static) {
        *self.of(&ticket) += 1;
        let id = self.tasks.spawn(task).id();
        self.tickets.insert(id, ticket);
    }

    fn of(&mut self, ticket: &Ticket) -> &mut usize {
        match ticket {
            Ticket::Post(_) => &mut self.posts,
            Ticket::Cancel(_) => &mut self.cancels,
            Ticket::Query(_) => &mut self.queries,
        }
    }

    /// The report of a task that ended, one way or another.
    fn ended(&mut self, ended: Result<(Id, Report), JoinError>) -> Option<Report> {
        let (id, report) = match ended {
            Ok((id, report)) => (id, Some(report)),
            Err(error) => {
                tracing::error!(event = "connector_panic", %error, "a call of the connector broke off");
                (error.id(), None)
            }
        };
        let ticket = self.tickets.remove(&id)?;
        *self.of(&ticket) -= 1;
        Some(report.unwrap_or_else(|| broken_off(ticket)))
    }
}

impl<R: OrderRoute> Courier<R> {
    /// A courier and the desk where it is given its jobs.
    pub(super) fn new(route: Arc<R>, gate: SendGate, timings: Timings) -> (Desk, Self) {
        let (posts, post_jobs) = mpsc::channel(timings.posts_ahead.max(1));
        let (cancels, cancel_jobs) = mpsc::channel(JOBS_MAX);
        let (queries, query_jobs) = mpsc::channel(JOBS_MAX);
        let (report, reports) = mpsc::channel(REPORTS_MAX);
        let desk = Desk {
            posts,
            cancels,
            queries,
            reports,
            news: NewsLine(report.clone()),
        };
        let courier = Self {
            route,
            gate,
            timings,
            posts: post_jobs,
            cancels: cancel_jobs,
            queries: query_jobs,
            reports: report,
        };
        (desk, courier)
    }

    /// Carries until the gateway is gone. What is under way then is broken off.
    pub async fn run(mut self) {
        let mut under_way = UnderWay::default();
        loop {
            tokio::select! {
                biased;
                Some(ended) = under_way.tasks.join_next_with_id() => {
                    if let Some(report) = under_way.ended(ended)
                        && self.reports.send(report).await.is_err()
                    {
                        return;
                    }
                }
                job = self.cancels.recv(), if under_way.cancels < CANCELS_AT_ONCE => {
                    let Some(job) = job else { return };
                    self.withdraw(job, &mut under_way);
                }
                job = self.queries.recv(), if under_way.queries < QUERIES_AT_ONCE => {
                    let Some(job) = job else { return };
                    self.ask(job, &mut under_way);
                }
                job = self.posts.recv(), if under_way.posts < self.timings.posts_at_once => {
                    let Some(job) = job else { return };
                    self.post(job, &mut under_way);
                }
            }
        }
    }

    fn post(&self, prepared: Prepared, under_way: &mut UnderWay) {
        let (route, gate) = (Arc::clone(&self.route), self.gate.clone());
        let most = self.timings.post_max;
        let hash = prepared.hash.clone();
        under_way.start(Ticket::Post(hash.clone()), async move {
            let outcome = send(route.as_ref(), &gate, &prepared, most).await;
            Report::Posted(hash, outcome)
        });
    }

    fn withdraw(&self, job: CancelJob, under_way: &mut UnderWay) {
        let route = Arc::clone(&self.route);
        let most = self.timings.query_max;
        under_way.start(Ticket::Cancel(job.clone()), async move {
            match job {
                CancelJob::One(hash) => {
                    let done = timeout(most, route.cancel(&hash)).await;
                    let done = done.unwrap_or_else(|_| Withdrawal::Unsure(no_answer(most)));
                    Report::Withdrew(hash, done)
                }
                CancelJob::All => Report::WithdrewAll(bounded(most, route.cancel_all()).await),
            }
        });
    }

    fn ask(&self, query: Query, under_way: &mut UnderWay) {
        let route = Arc::clone(&self.route);
        let most = self.timings.query_max;
        under_way.start(Ticket::Query(query.clone()), async move {
            match query {
                Query::Find(hash, since) => {
                    let found = timeout(most, route.find(&hash, since)).await;
                    let found = found.unwrap_or_else(|_| Found::Unknown(no_answer(most)));
                    Report::Found(hash, found)
                }
                Query::Sweep(since) => {
                    // Open orders first: whatever leaves the book in between is in the list of executions.
                    let open = bounded(most, route.open_orders()).await;
                    let executions = bounded(most, route.executions_since(since)).await;
                    Report::Swept(Swept { executions, open })
                }
            }
        });
    }
}

/// Sends an order, unless or until the gate is shut.
async fn send<R: OrderRoute>(
    route: &R,
    gate: &SendGate,
    prepared: &Prepared,
    most: Duration,
) -> Outcome {
    if let Err(shut) = gate.admits() {
        return Outcome::Stopped(shut);
    }
    let posted = tokio::select! {
        biased;
        posted = timeout(most, route.post(prepared)) => {
            posted.unwrap_or_else(|_| Posted::Unknown(no_answer(most)))
        }
        shut = gate.until_shut() => Posted::Unknown(format!("broken off while it was sent: {shut}")),
    };
    Outcome::Sent(posted)
}

async fn bounded<T>(
    most: Duration,
    asked: impl Future<Output = Result<T, RouteError>>,
) -> Result<T, RouteError> {
    timeout(most, asked)
        .await
        .unwrap_or_else(|_| Err(RouteError(no_answer(most))))
}

fn no_answer(within: Duration) -> String {
    format!("no answer within {} ms", within.as_millis())
}

fn broken_off(ticket: Ticket) -> Report {
    let text = || "the connector broke off".to_owned();
    match ticket {
        Ticket::Post(hash) => Report::Posted(hash, Outcome::Sent(Posted::Unknown(text()))),
        Ticket::Cancel(CancelJob::One(hash)) => Report::Withdrew(hash, Withdrawal::Unsure(text())),
        Ticket::Cancel(CancelJob::All) => Report::WithdrewAll(Err(RouteError(text()))),
        Ticket::Query(Query::Find(hash, _)) => Report::Found(hash, Found::Unknown(text())),
        Ticket::Query(Query::Sweep(_)) => Report::Swept(Swept {
            executions: Err(RouteError(text())),
            open: Err(RouteError(text())),
        }),
    }
}
