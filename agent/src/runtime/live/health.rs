//! How the venue is: its heartbeat, what it takes, its clock, and whether the books that are streamed are its books.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use quorate_domain::{
    Book, HealthInput, Heartbeat, Input, Level, MarketEvent, MarketId, MarketInput, Price, Shares,
    Timestamp,
};
use quorate_polymarket::rest::{
    Access, Book as Fetched, Client, HeartbeatStatus, Level as FetchedLevel, Trading, Weather,
    beat_forever,
};
use quorate_polymarket::ws::{Change, CrossCheck, MarketHandle, compare};
use quorate_workers::Clock;
use tokio::sync::watch;

use super::directory::Directory;
use crate::runtime::feed::FeedLine;

/// Pause between two measurements of the clock.
const CLOCK_EVERY: Duration = Duration::from_secs(30);
/// Pause between two comparisons of books.
const BOOKS_EVERY: Duration = Duration::from_secs(15);
/// Levels of each half that are compared.
const DEPTH: usize = 5;

/// Beats the heartbeat and tells the loop how it goes. Whether orders may leave is for the decision core to say.
pub async fn heartbeat(client: Arc<Client>, feed: FeedLine, clock: Arc<dyn Clock>) {
    let (status, mut seen) = watch::channel(HeartbeatStatus::default());
    let told = async {
        let mut last = None;
        loop {
            let now = state(&seen.borrow_and_update());
            if now != last {
                last = now;
                if let Some(state) = now
                    && !tell(&feed, &clock, HealthInput::Heartbeat(state)).await
                {
                    return;
                }
            }
            if seen.changed().await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = beat_forever(client.as_ref(), &status) => {}
        () = told => {}
    }
}

fn state(status: &HeartbeatStatus) -> Option<Heartbeat> {
    match status {
        HeartbeatStatus::Starting => None,
        HeartbeatStatus::Healthy => Some(Heartbeat::Healthy),
        HeartbeatStatus::Unhealthy(why) => {
            tracing::warn!(
                event = "heartbeat",
                why,
                "the venue may withdraw all orders"
            );
            Some(Heartbeat::Unhealthy)
        }
        HeartbeatStatus::SecondWriter => {
            tracing::error!(
                event = "second_writer",
                "somebody else trades with the same API key: give every instance one of its own"
            );
            Some(Heartbeat::Unhealthy)
        }
    }
}

/// Tells the loop what the venue takes, as the answers to all calls show it and as it says of this place (`blocked`).
pub async fn weather(
    client: Arc<Client>,
    blocked: watch::Sender<bool>,
    feed: FeedLine,
    clock: Arc<dyn Clock>,
) {
    let (mut seen, mut place) = (client.weather(), blocked.subscribe());
    let mut last = (Weather::default(), false);
    loop {
        let now = (seen.borrow_and_update().clone(), *place.borrow_and_update());
        for input in changes(&last, &now) {
            if !tell(&feed, &clock, input).await {
                return;
            }
        }
        last = now;
        let changed = tokio::select! {
            changed = seen.changed() => changed,
            changed = place.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// What is news in the venue's state.
fn changes(before: &(Weather, bool), now: &(Weather, bool)) -> Vec<HealthInput> {
    let mut news = Vec::new();
    if before.0.access != now.0.access {
        tracing::warn!(event = "access", access = ?now.0.access, "the venue's word on this account");
    }
    if takes(before) != takes(now) {
        news.push(takes(now));
    }
    if before.0.post_only_until_s != now.0.post_only_until_s
        && let Some(until) = now.0.post_only_until_s
    {
        news.push(HealthInput::PostOnlyUntil(Timestamp::from_secs(until)));
    }
    news
}

/// What the venue takes from this account here: the strictest of all that is known counts.
fn takes((weather, is_blocked): &(Weather, bool)) -> HealthInput {
    let may_trade = weather.access == Access::Open && !is_blocked;
    match weather.trading {
        // While its engine restarts it takes nothing.
        Trading::Restarting | Trading::Disabled => HealthInput::TradingDisabled,
        Trading::Enabled if may_trade => HealthInput::TradingEnabled,
        Trading::CancelOnly | Trading::Enabled => HealthInput::CancelOnly,
    }
}

/// Measures the clock against the venue's every so often.
pub async fn clock_skew(client: Arc<Client>, feed: FeedLine, clock: Arc<dyn Clock>) {
    loop {
        match client.sync_clock().await {
            Ok(_) => {
                // The loop's own clock is what orders and books are timed by.
                let venue =
                    i128::from(client.clock().wall_ms()) + i128::from(client.clock().offset_ms());
                let ours = i128::from(clock.now().nanos() / 1_000_000);
                let micros = i64::try_from((ours - venue) * 1_000).unwrap_or(i64::MAX);
                if !tell(&feed, &clock, HealthInput::ClockSkew { micros }).await {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(event = "clock", %error, "the venue's clock is not known");
            }
        }
        tokio::time::sleep(CLOCK_EVERY).await;
    }
}

/// Books as the stream has them, for comparison; the loop's own are the core's alone.
#[derive(Debug, Default)]
pub struct StreamedBooks(BTreeMap<MarketId, Book>);

impl StreamedBooks {
    /// Takes up what the stream says.
    pub fn take(&mut self, input: &MarketInput, tick: quorate_domain::TickSize, at: Timestamp) {
        let book = self
            .0
            .entry(input.market)
            .or_insert_with(|| Book::new(tick));
        match &input.event {
            MarketEvent::Snapshot { bids, asks } => drop(book.replace(bids, asks, at)),
            MarketEvent::Level { side, level } => drop(book.set(*side, *level, at)),
            MarketEvent::TickSize(tick) => book.change_tick(*tick),
            MarketEvent::Gap => book.break_continuity(),
            MarketEvent::Trade(_) | MarketEvent::DayVolume(_) | MarketEvent::Closed => {}
        }
    }

    fn get(&self, market: MarketId) -> Option<&Book> {
        self.0
            .get(&market)
            .filter(|book| book.health() == quorate_domain::BookHealth::Sound)
    }
}

/// Books of the stream, shared between who hears and who compares.
pub type Streamed = Arc<std::sync::Mutex<StreamedBooks>>;

/// Fetches the books of the markets that matter every so often and compares them with the streamed ones. A book that
/// differs twice in a row is not believed until it agrees, and its snapshot is asked for anew.
pub async fn books(
    client: Arc<Client>,
    directory: Directory,
    streamed: Streamed,
    channel: MarketHandle,
    (feed, clock): (FeedLine, Arc<dyn Clock>),
    mut watched: impl FnMut() -> BTreeSet<MarketId> + Send,
) {
    let mut check = CrossCheck::default();
    loop {
        tokio::time::sleep(BOOKS_EVERY).await;
        let markets = watched();
        let assets: Vec<String> = markets
            .iter()
            .filter_map(|market| directory.market(*market).map(|market| market.yes))
            .collect();
        if assets.is_empty() {
            continue;
        }
        let fetched = match client.books(&assets).await {
            Ok(fetched) => fetched,
            Err(error) => {
                tracing::warn!(event = "books", %error, "books cannot be compared");
                continue;
            }
        };
        for book in fetched {
            let Some(market) = directory.token(&book.asset_id).map(|token| token.market) else {
                continue;
            };
            let seen = {
                let streamed = streamed
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let (bids, asks) = levels(&book);
                streamed
                    .get(market)
                    .map(|streamed| compare(streamed, &bids, &asks, DEPTH))
            };
            let news = seen.and_then(|seen| check.observe(market, seen));
            let Some(news) = news else { continue };
            if let HealthInput::Diverged(market) = news {
                tracing::warn!(
                    event = "diverged",
                    market = market.0,
                    "the streamed book is not the venue's"
                );
                // An ended stream is opened again by whoever supervises it.
                let _ = channel.change(Change::Resnapshot(vec![market]));
            }
            if !tell(&feed, &clock, news).await {
                return;
            }
        }
    }
}

/// Levels on the YES scale; what has no place on it is left out, and then differs.
fn levels(book: &Fetched) -> (Vec<Level>, Vec<Level>) {
    let half = |levels: &[FetchedLevel]| {
        let levels = levels.iter().filter_map(|level| {
            Some(Level {
                price: Price::from_decimal(level.price).ok()?,
                shares: Shares::from_decimal(level.size).ok()?,
            })
        });
        levels.collect()
    };
    (half(&book.bids), half(&book.asks))
}

async fn tell(feed: &FeedLine, clock: &Arc<dyn Clock>, input: HealthInput) -> bool {
    feed.tell(clock.now(), Input::Health(input)).await
}

#[cfg(test)]
mod tests {
    use quorate_domain::HealthInput;
    use quorate_polymarket::rest::{Access, Trading, Weather};

    use super::changes;

    #[test]
    fn the_strictest_word_counts_and_only_changes_are_told() {
        let weather = |trading, access| Weather {
            trading,
            access,
            ..Weather::default()
        };
        let open = weather(Trading::Enabled, Access::Open);
        let closed = weather(Trading::Disabled, Access::Open);
        let restricted = weather(Trading::Enabled, Access::Restricted);
        let both = weather(Trading::Disabled, Access::Restricted);
        let told = |before: &Weather, was_blocked, now: &Weather, is_blocked| {
            changes(&(before.clone(), was_blocked), &(now.clone(), is_blocked))
        };
        let only_cancel = [HealthInput::CancelOnly];
        assert_eq!(told(&open, false, &open, false), []);
        assert_eq!(told(&open, false, &restricted, false), only_cancel);
        assert_eq!(
            told(&restricted, false, &both, false),
            [HealthInput::TradingDisabled]
        );
        // The venue trades again, but not with this account or not here.
        assert_eq!(told(&both, false, &restricted, false), only_cancel);
        assert_eq!(told(&closed, true, &open, true), only_cancel);
        assert_eq!(told(&restricted, true, &restricted, false), []);
        assert_eq!(
            told(&open, true, &open, false),
            [HealthInput::TradingEnabled]
        );
    }
}
