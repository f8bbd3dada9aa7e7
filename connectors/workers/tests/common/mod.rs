//! A clock that is set by hand, questions, workers, and small servers for the tests.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use quorate_domain::{EpochId, LabelId, Timestamp, TopicId, WorkerId};
use quorate_workers::{
    Clock, CommandSpec, Desk, Fault, FromWorker, Heard, HttpSpec, Quantity, Question, WorkerKind,
    WorkerSpec,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The present of all tests, in seconds since 1970.
pub(crate) const NOW: u64 = 1_800_000_000;

/// Longest wait for anything that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A clock that stands still until it is set.
pub(crate) struct SetClock(AtomicU64);

impl SetClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(NOW * 1_000_000_000)))
    }

    pub(crate) fn set(&self, secs: u64) {
        self.0.store(secs * 1_000_000_000, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, span: Duration) {
        let nanos = u64::try_from(span.as_nanos()).unwrap();
        self.0.fetch_add(nanos, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// Topic 7 (`election`), epoch 3, label 1 (`CA/yes`), open for an hour around now.
pub(crate) fn question() -> Question {
    Question {
        topic: TopicId(7),
        topic_name: "election".to_owned(),
        epoch: EpochId(3),
        label: LabelId(1),
        label_name: "CA/yes".to_owned(),
        quantity: Quantity::Probability,
        opens_at: Timestamp::from_secs(NOW - 1800),
        closes_at: Timestamp::from_secs(NOW + 1800),
        text: "Will it happen?".to_owned(),
        market_price: Some(0.42),
    }
}

/// A worker with short times.
pub(crate) fn worker(id: u32, name: &str, kind: WorkerKind) -> WorkerSpec {
    WorkerSpec {
        timeout: Duration::from_secs(5),
        poll_every: Duration::from_millis(20),
        ..WorkerSpec::new(WorkerId(id), name, kind)
    }
}

/// An http worker that does not try again.
pub(crate) fn http(id: u32, name: &str, url: String) -> WorkerSpec {
    let spec = HttpSpec {
        retries: 0,
        ..HttpSpec::new(url)
    };
    worker(id, name, WorkerKind::Http(spec))
}

/// A command worker that runs a shell script.
pub(crate) fn script(id: u32, name: &str, text: &str) -> WorkerSpec {
    let spec = CommandSpec::new("sh", vec!["-c".to_owned(), text.to_owned()]);
    worker(id, name, WorkerKind::Command(spec))
}

/// Serves a router on a free loopback port.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A server that answers every connection with these bytes, piece by piece with a pause after each, and then keeps the
/// connection open if told to hang.
pub(crate) async fn raw_server(
    pieces: Vec<Vec<u8>>,
    pause: Duration,
    after: AfterAnswer,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let pieces = pieces.clone();
            tokio::spawn(async move {
                let mut request = [0; 2048];
                let _ = stream.read(&mut request).await;
                for piece in pieces {
                    if stream.write_all(&piece).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                }
                if after == AfterAnswer::Hang {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    address
}

/// What a raw server does once it has answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterAnswer {
    Close,
    Hang,
}

/// A desk with these workers and what it hands on.
pub(crate) fn desk(
    specs: Vec<WorkerSpec>,
    clock: &Arc<SetClock>,
) -> (Desk, mpsc::Receiver<FromWorker>) {
    let (sender, receiver) = mpsc::channel(64);
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    (Desk::start(specs, clock, sender).unwrap(), receiver)
}

pub(crate) async fn next(receiver: &mut mpsc::Receiver<FromWorker>) -> FromWorker {
    let next = tokio::time::timeout(PATIENCE, receiver.recv()).await;
    next.expect("the desk says something in time")
        .expect("the desk is there")
}

/// What a desk with only this worker hands on first about a question.
pub(crate) async fn first_about(spec: WorkerSpec, question: Question) -> FromWorker {
    let (mut desk, mut receiver) = desk(vec![spec], &SetClock::new());
    desk.open(question);
    next(&mut receiver).await
}

pub(crate) async fn heard(spec: WorkerSpec) -> Heard {
    match first_about(spec, question()).await {
        FromWorker::Heard(heard) => heard,
        other => panic!("expected an inference, got {other:?}"),
    }
}

pub(crate) async fn fault(spec: WorkerSpec) -> Fault {
    match first_about(spec, question()).await {
        FromWorker::Fault(report) => report.fault,
        other => panic!("expected a fault, got {other:?}"),
    }
}
