//! One connection of the market channel, kept for ever: connect, subscribe, read, notice that it is gone, say so, again.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use futures_util::StreamExt;
use quorate_domain::MarketId;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::frame::{self, Features};
use super::link::{Loss, Socket, Timings, open, send, text_of};
use super::market::{Change, Heard, MarketReport, MarketSettings};
use super::normalize::{Normalizer, Output};

/// Doublings of the wait for a snapshot.
const PATIENCE_MAX: u32 = 5;
/// Changes that are carried out with one pair of frames.
const CHANGES_AT_ONCE: usize = 256;

/// Why a shard stops.
enum Stop {
    /// Nobody takes reports, or nobody can change subscriptions any more.
    Unwanted,
    /// The connection is gone.
    Lost(Loss),
}

impl From<Loss> for Stop {
    fn from(loss: Loss) -> Self {
        Self::Lost(loss)
    }
}

/// A request for a snapshot that is under way or due.
#[derive(Clone, Copy)]
struct Request {
    due: Instant,
    times: u32,
}

pub(crate) struct Shard {
    number: usize,
    settings: MarketSettings,
    changes: mpsc::UnboundedReceiver<Change>,
    reports: mpsc::Sender<MarketReport>,
    normalizer: Normalizer,
    out: Output,
    requests: BTreeMap<MarketId, Request>,
    is_subscribed: bool,
}

impl Shard {
    pub(crate) fn new(
        number: usize,
        settings: MarketSettings,
        changes: mpsc::UnboundedReceiver<Change>,
        reports: mpsc::Sender<MarketReport>,
    ) -> Self {
        Self {
            number,
            settings,
            changes,
            reports,
            normalizer: Normalizer::default(),
            out: Output::default(),
            requests: BTreeMap::new(),
            is_subscribed: false,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut attempt = 0;
        loop {
            if self.wait_for_markets().await.is_none() {
                return;
            }
            let started = Instant::now();
            let loss = match self.connection().await {
                Ok(never) => match never {},
                Err(Stop::Unwanted) => return,
                Err(Stop::Lost(loss)) => loss,
            };
            attempt = if started.elapsed() >= self.settings.timings.settled_after {
                0
            } else {
                attempt + 1
            };
            let wait = self.settings.timings.backoff(attempt);
            tracing::warn!(shard = self.number, %loss, ?wait, "market channel lost");
            if self.tell_loss(loss).await.is_none() || self.pause(wait).await.is_none() {
                return;
            }
        }
    }

    /// Gaps first, then the reason. Waits for room as long as it takes: these reports must not be lost.
    async fn tell_loss(&mut self, loss: Loss) -> Option<()> {
        if std::mem::take(&mut self.is_subscribed) {
            self.out.clear();
            self.normalizer.lose_all(&mut self.out);
            let heard = MarketReport::Heard(self.heard());
            self.reports.send(heard).await.ok()?;
        }
        let shard = self.number;
        let lost = MarketReport::Lost { shard, loss };
        self.reports.send(lost).await.ok()
    }

    async fn pause(&mut self, wait: Duration) -> Option<()> {
        let until = Instant::now() + wait;
        loop {
            tokio::select! {
                () = sleep_until(until) => return Some(()),
                change = self.changes.recv() => self.change_offline(change?).await?,
            }
        }
    }

    async fn wait_for_markets(&mut self) -> Option<()> {
        loop {
            while let Ok(change) = self.changes.try_recv() {
                self.change_offline(change).await?;
            }
            if !self.normalizer.directory().is_empty() {
                return Some(());
            }
            let change = self.changes.recv().await?;
            self.change_offline(change).await?;
        }
    }

    async fn change_offline(&mut self, change: Change) -> Option<()> {
        match change {
            Change::Subscribe(pairs) => {
                for pair in pairs {
                    if let Err(error) = self.normalizer.add(pair) {
                        let refused = MarketReport::Refused(error);
                        self.reports.send(refused).await.ok()?;
                    }
                }
            }
            Change::Unsubscribe(markets) => {
                for market in markets {
                    self.normalizer.remove(market);
                }
            }
            // Every connection begins with snapshots.
            Change::Resnapshot(_) => {}
        }
        Some(())
    }

    async fn connection(&mut self) -> Result<Infallible, Stop> {
        let timings = self.settings.timings;
        let frame_bytes_max = self.settings.frame_bytes_max;
        let mut socket = open(&self.settings.endpoint, &timings, frame_bytes_max).await?;
        // The venue closes a connection whose first frame is a PING.
        let markets: Vec<MarketId> = self.markets();
        let first = frame::subscribe(&self.normalizer.directory().assets_of(&markets));
        send(&mut socket, &timings, first).await?;
        self.is_subscribed = true;
        let shard = self.number;
        self.report(MarketReport::Connected { shard }).await?;
        self.requests.clear();
        for market in markets {
            self.expect_snapshot(market);
        }
        self.listen(&mut socket, &timings).await
    }

    async fn listen(&mut self, socket: &mut Socket, timings: &Timings) -> Result<Infallible, Stop> {
        let begun = Instant::now();
        let replaced_at = begun + timings.this_lifetime();
        let mut pong_by = begun + timings.pong_within;
        let mut data_by = begun + timings.silence_max;
        let mut pings = interval_at(begun + timings.ping_every, timings.ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let snapshot_due = self.requests.values().map(|request| request.due).min();
            tokio::select! {
                message = socket.next() => {
                    let Some(text) = text_of(message)? else { continue };
                    if text.as_str() == "PONG" {
                        pong_by = Instant::now() + timings.pong_within;
                    } else if self.take(text.as_bytes()).await? {
                        data_by = Instant::now() + timings.silence_max;
                    }
                }
                change = self.changes.recv() => {
                    let change = change.ok_or(Stop::Unwanted)?;
                    self.change(socket, change).await?;
                }
                _ = pings.tick() => send(socket, timings, "PING".to_owned()).await?,
                () = sleep_until(pong_by) => return Err(Loss::NoPong.into()),
                () = sleep_until(data_by) => return Err(Loss::Silent.into()),
                () = sleep_until(replaced_at) => return Err(Loss::Scheduled.into()),
                () = sleep_until(snapshot_due.unwrap_or(replaced_at)), if snapshot_due.is_some() => {
                    self.ask_again(socket).await?;
                }
            }
        }
    }

    /// Reads a frame; whether it was about anything that is subscribed.
    async fn take(&mut self, frame: &[u8]) -> Result<bool, Stop> {
        self.out.clear();
        self.normalizer
            .read(frame, &mut self.out)
            .map_err(|error| Loss::Unreadable(error.to_string()))?;
        for market in std::mem::take(&mut self.out.resubscribe) {
            // Not at once: what breaks again and again must not become a storm of requests.
            let times = self
                .requests
                .get(&market)
                .map_or(0, |request| request.times);
            let due = Instant::now() + self.patience(times) / 10;
            let request = self
                .requests
                .entry(market)
                .or_insert(Request { due, times });
            request.due = request.due.min(due);
        }
        let out = &self.out;
        if !(out.inputs.is_empty() && out.news.is_empty() && out.anomalies.is_empty()) {
            let heard = MarketReport::Heard(self.heard());
            self.report(heard).await?;
        }
        Ok(self.out.touched > 0)
    }

    async fn change(&mut self, socket: &mut Socket, change: Change) -> Result<(), Stop> {
        let timings = self.settings.timings;
        match change {
            Change::Subscribe(pairs) => {
                let mut added: Vec<MarketId> = Vec::new();
                self.add(pairs, &mut added).await?;
                // Subscriptions come one by one; those that wait already go into the same frame.
                while added.len() < CHANGES_AT_ONCE {
                    match self.changes.try_recv() {
                        Ok(Change::Subscribe(more)) => self.add(more, &mut added).await?,
                        Ok(other) => {
                            self.subscribe(socket, &added).await?;
                            return Box::pin(self.change(socket, other)).await;
                        }
                        Err(_) => break,
                    }
                }
                self.subscribe(socket, &added).await?;
            }
            Change::Unsubscribe(markets) => {
                let text = frame::remove(&self.normalizer.directory().assets_of(&markets));
                for market in &markets {
                    self.normalizer.remove(*market);
                    self.requests.remove(market);
                }
                send(socket, &timings, text).await?;
                if self.normalizer.directory().is_empty() {
                    self.is_subscribed = false;
                    return Err(Loss::Scheduled.into());
                }
            }
            Change::Resnapshot(markets) => {
                self.out.clear();
                for market in &markets {
                    self.normalizer.lose(*market, &mut self.out);
                }
                let heard = MarketReport::Heard(self.heard());
                self.report(heard).await?;
                self.renew(socket, &markets).await?;
            }
        }
        Ok(())
    }

    async fn add(
        &mut self,
        pairs: Vec<super::directory::Pair>,
        added: &mut Vec<MarketId>,
    ) -> Result<(), Stop> {
        for pair in pairs {
            let market = pair.market;
            match self.normalizer.add(pair) {
                Ok(()) => added.push(market),
                Err(error) => self.report(MarketReport::Refused(error)).await?,
            }
        }
        Ok(())
    }

    async fn subscribe(&mut self, socket: &mut Socket, markets: &[MarketId]) -> Result<(), Stop> {
        if markets.is_empty() {
            return Ok(());
        }
        let assets = self.normalizer.directory().assets_of(markets);
        let text = frame::add(&assets, Features::Custom);
        send(socket, &self.settings.timings, text).await?;
        for market in markets {
            self.expect_snapshot(*market);
        }
        Ok(())
    }

    /// Subscribing again yields nothing; only leaving and coming back brings a snapshot.
    async fn renew(&mut self, socket: &mut Socket, markets: &[MarketId]) -> Result<(), Stop> {
        let assets = self.normalizer.directory().assets_of(markets);
        if assets.is_empty() {
            return Ok(());
        }
        let (leave, back) = (
            frame::remove(&assets),
            frame::add(&assets, Features::Custom),
        );
        let timings = self.settings.timings;
        send(socket, &timings, leave).await?;
        send(socket, &timings, back).await?;
        for market in markets {
            self.expect_snapshot(*market);
        }
        Ok(())
    }

    async fn ask_again(&mut self, socket: &mut Socket) -> Result<(), Stop> {
        let now = Instant::now();
        let due = self.requests.iter().filter(|(_, at)| at.due <= now);
        let due: Vec<MarketId> = due.map(|(market, _)| *market).collect();
        let (waiting, done): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|market| self.normalizer.waits(*market));
        for market in done {
            self.requests.remove(&market);
        }
        self.renew(socket, &waiting).await
    }

    fn expect_snapshot(&mut self, market: MarketId) {
        let times = self
            .requests
            .get(&market)
            .map_or(0, |request| request.times + 1);
        let due = Instant::now() + self.patience(times);
        self.requests.insert(market, Request { due, times });
    }

    fn patience(&self, times: u32) -> Duration {
        let factor = 2_u32.pow(times.min(PATIENCE_MAX));
        self.settings.timings.snapshot_within.saturating_mul(factor)
    }

    fn markets(&self) -> Vec<MarketId> {
        let pairs = self.normalizer.directory().pairs();
        pairs.map(|pair| pair.market).collect()
    }

    fn heard(&mut self) -> Heard {
        Heard {
            received_at: (self.settings.clock)(),
            inputs: std::mem::take(&mut self.out.inputs),
            news: std::mem::take(&mut self.out.news),
            anomalies: std::mem::take(&mut self.out.anomalies),
        }
    }

    async fn report(&self, report: MarketReport) -> Result<(), Stop> {
        let limit = self.settings.timings.backlog_max;
        match timeout(limit, self.reports.send(report)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Stop::Unwanted),
            Err(_) => Err(Loss::Backlog.into()),
        }
    }
}
