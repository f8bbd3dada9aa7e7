//! A venue that outlives every agent: the simulated exchange behind a network that loses, delays and repeats.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use quorate_agent::runtime::gateway::{
    Balances, Ending, Execution, Found, News, NewsLine, OpenOrder, OrderHash, OrderRoute, Posted,
    Prepared, RouteError, Withdrawal,
};
use quorate_domain::{
    AccountInput, CancelReason, Cash, Command, Fill, FillId, FillStatus, MarketInput, OrderId,
    PlaceOrder, RefusalReason, Rounding, Shares, Side, Timestamp, Token,
};
use quorate_venue::{Exchange, VenueConfig};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};

/// How likely what goes wrong is, in percent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    pub(crate) request_lost: u32,
    pub(crate) answer_lost: u32,
    pub(crate) delayed: u32,
    pub(crate) refused: u32,
    pub(crate) query_failed: u32,
    pub(crate) settlement_failed: u32,
    pub(crate) pushed: u32,
    pub(crate) disabled: u32,
}

impl Faults {
    pub(crate) const NONE: Self = Self {
        request_lost: 0,
        answer_lost: 0,
        delayed: 0,
        refused: 0,
        query_failed: 0,
        settlement_failed: 0,
        pushed: 0,
        disabled: 0,
    };
    pub(crate) const ALL: Self = Self {
        request_lost: 20,
        answer_lost: 20,
        delayed: 10,
        refused: 5,
        query_failed: 20,
        settlement_failed: 10,
        pushed: 60,
        disabled: 3,
    };
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Sent,
    Live,
    Ended(Ending),
}

#[derive(Clone, Debug)]
struct AtVenue {
    order: PlaceOrder,
    venue_id: OrderId,
    state: State,
    filled: Shares,
    at: Timestamp,
}

/// What happened, for the assertions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) posts: u64,
    pub(crate) ambiguous: u64,
    pub(crate) arrived: u64,
    pub(crate) repeats_refused: u64,
    pub(crate) executions: u64,
    pub(crate) failed: u64,
    pub(crate) last_arrival: Option<Timestamp>,
}

pub(crate) struct World {
    pub(crate) exchange: Exchange,
    pub(crate) faults: Faults,
    pub(crate) seen: Seen,
    pub(crate) dice: fastrand::Rng,
    pub(crate) news: Option<NewsLine>,
    /// Time that a post takes before its bytes are at the venue.
    pub(crate) latency: Duration,
    orders: BTreeMap<OrderHash, AtVenue>,
    by_venue_id: BTreeMap<OrderId, OrderHash>,
    names: BTreeMap<OrderId, BTreeSet<OrderHash>>,
    executions: BTreeMap<FillId, (Execution, bool)>,
    cash_back: i64,
    tokens_back: BTreeMap<Token, i64>,
    began: Instant,
    numbers: u64,
}

#[derive(Clone)]
pub(crate) struct SimRoute(Arc<Mutex<World>>);

pub(crate) fn start_time() -> Timestamp {
    Timestamp::from_secs(1_700_000_000)
}

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        start_time().plus(self.began.elapsed())
    }

    /// Lets the exchange catch up, and takes note of what it says.
    pub(crate) fn pump(&mut self) {
        let now = self.now();
        let mut answers = Vec::new();
        self.exchange.advance(now, &mut answers);
        for (at, answer) in answers {
            self.note(at, answer);
        }
    }

    fn note(&mut self, at: Timestamp, answer: AccountInput) {
        match answer {
            AccountInput::Accepted(id) => self.set(id, State::Live),
            AccountInput::Refused(refusal) => {
                self.set(refusal.order, State::Ended(Ending::Refused(refusal.reason)));
            }
            AccountInput::Cancelled { order, reason } => {
                self.set(order, State::Ended(Ending::Cancelled(reason)));
            }
            AccountInput::Filled(fill) => self.filled(at, &fill),
            AccountInput::Settled { fill, .. } => self.settled(fill),
            _ => {}
        }
    }

    fn set(&mut self, id: OrderId, state: State) {
        let hash = self.by_venue_id[&id].clone();
        let order = self.orders.get_mut(&hash).unwrap();
        if !matches!(order.state, State::Ended(_)) {
            order.state = state;
        }
    }

    fn filled(&mut self, at: Timestamp, fill: &Fill) {
        let hash = self.by_venue_id[&fill.order].clone();
        let order = self.orders.get_mut(&hash).unwrap();
        order.filled += fill.shares;
        if order.filled == order.order.shares {
            order.state = State::Ended(Ending::Filled);
        } else if order.state == State::Sent {
            order.state = State::Live;
        }
        let execution = Execution {
            id: format!("trade-{}", fill.id),
            hash,
            token: fill.token,
            side: fill.side,
            price: fill.price,
            shares: fill.shares,
            fee: fill.fee,
            liquidity: fill.liquidity,
            status: FillStatus::Matched,
            matched_at: at,
        };
        let fails = self.dice.u32(0..100) < self.faults.settlement_failed;
        self.seen.executions += 1;
        self.push(&execution);
        self.executions.insert(fill.id, (execution, fails));
    }

    fn settled(&mut self, fill: FillId) {
        let Some((execution, fails)) = self.executions.get_mut(&fill) else {
            return;
        };
        execution.status = FillStatus::Confirmed;
        if *fails {
            execution.status = FillStatus::Failed;
            self.seen.failed += 1;
            let gross = |rounding| execution.shares.at(execution.price, rounding).micros();
            let shares = i64::try_from(execution.shares.micros()).unwrap();
            let (cash, tokens) = match execution.side {
                Side::Buy => (gross(Rounding::Up) + execution.fee.micros(), -shares),
                Side::Sell => (execution.fee.micros() - gross(Rounding::Down), shares),
            };
            self.cash_back += cash;
            *self.tokens_back.entry(execution.token).or_default() += tokens;
        }
        let execution = execution.clone();
        self.push(&execution);
    }

    /// The stream: some executions come this way too, up to four times, and late ones in any order.
    fn push(&mut self, execution: &Execution) {
        if self.faults.pushed <= self.dice.u32(0..100) {
            return;
        }
        for _ in 0..self.dice.u32(1..=4) {
            let Some(line) = self.news.clone() else {
                return;
            };
            let mut execution = execution.clone();
            if execution.status == FillStatus::Matched && self.dice.u32(0..4) == 0 {
                execution.status = FillStatus::Retrying;
            }
            let pause = Duration::from_millis(self.dice.u64(0..9_000));
            tokio::spawn(async move {
                sleep(pause).await;
                line.tell(News::Execution(execution)).await
            });
        }
    }

    /// Bytes arrive.
    fn arrive(&mut self, prepared: &Prepared) -> Posted {
        self.pump();
        let now = self.now();
        self.seen.last_arrival = Some(now);
        if self.orders.contains_key(&prepared.hash) {
            self.seen.repeats_refused += 1;
            return Posted::Refused {
                reason: RefusalReason::Duplicate,
                text: format!("order {} is invalid. Duplicated.", prepared.hash),
            };
        }
        if self.dice.u32(0..100) < self.faults.disabled {
            return Posted::Refused {
                reason: RefusalReason::TradingDisabled,
                text: "trading is disabled".into(),
            };
        }
        let order: PlaceOrder = serde_json::from_slice(&prepared.bytes).unwrap();
        self.names
            .entry(order.id)
            .or_default()
            .insert(prepared.hash.clone());
        self.seen.arrived += 1;
        self.admit(prepared.hash.clone(), order, now);
        match &self.orders[&prepared.hash] {
            AtVenue {
                state: State::Ended(Ending::Refused(reason)),
                ..
            } => Posted::Refused {
                reason: *reason,
                text: "refused".into(),
            },
            AtVenue {
                state: State::Ended(Ending::Cancelled(CancelReason::Unfilled)),
                filled,
                ..
            } if filled.is_zero() => Posted::Refused {
                reason: RefusalReason::NotFillable,
                text: "no orders found to match with FAK order".into(),
            },
            _ => Posted::Accepted("live".into()),
        }
    }

    /// An order gets to the exchange, ours or somebody else's.
    pub(crate) fn admit(&mut self, hash: OrderHash, order: PlaceOrder, at: Timestamp) {
        self.numbers += 1;
        let venue_id = OrderId {
            seq: self.numbers,
            index: 0,
        };
        let mut there = order.clone();
        there.id = venue_id;
        self.by_venue_id.insert(venue_id, hash.clone());
        self.orders.insert(
            hash,
            AtVenue {
                order,
                venue_id,
                state: State::Sent,
                filled: Shares::ZERO,
                at,
            },
        );
        self.exchange.submit(at, &Command::Place(there));
        self.pump();
    }

    fn cash(&self) -> Cash {
        self.exchange.cash() + Cash::from_micros(self.cash_back)
    }

    fn held(&self, token: Token) -> Shares {
        let confirmed = i64::try_from(self.exchange.holding(token).confirmed.micros()).unwrap();
        let back = self.tokens_back.get(&token).copied().unwrap_or_default();
        Shares::from_micros(u64::try_from(confirmed + back).unwrap())
    }

    fn fails(&mut self) -> bool {
        self.dice.u32(0..100) < self.faults.query_failed
    }

    /// Cash and tokens at the venue.
    pub(crate) fn balances(&self, tokens: &[Token]) -> Balances {
        Balances {
            cash: self.cash(),
            tokens: tokens
                .iter()
                .map(|token| (*token, self.held(*token)))
                .collect(),
        }
    }

    /// Orders of the agent that are there under more than one name.
    pub(crate) fn duplicates(&self) -> usize {
        self.names.values().filter(|names| 1 < names.len()).count()
    }

    /// Shares executed beyond what was ordered.
    pub(crate) fn excess(&self) -> u64 {
        let beyond = |there: &AtVenue| there.filled.saturating_sub(there.order.shares).micros();
        self.orders.values().map(beyond).sum()
    }

    pub(crate) fn open(&self) -> usize {
        self.exchange.open_orders().count()
    }

    pub(crate) fn observe(&mut self, news: &MarketInput) {
        self.pump();
        let now = self.now();
        self.exchange.observe(now, news);
        self.pump();
    }
}

impl SimRoute {
    pub(crate) fn new(seed: u64) -> Self {
        let config = VenueConfig {
            submit_latency: Duration::ZERO,
            cancel_latency: Duration::ZERO,
            settle_delay: Duration::from_secs(4),
            ..VenueConfig::default()
        };
        Self(Arc::new(Mutex::new(World {
            exchange: Exchange::new(config),
            faults: Faults::NONE,
            seen: Seen::default(),
            dice: fastrand::Rng::with_seed(seed),
            news: None,
            latency: Duration::from_millis(50),
            orders: BTreeMap::new(),
            by_venue_id: BTreeMap::new(),
            names: BTreeMap::new(),
            executions: BTreeMap::new(),
            cash_back: 0,
            tokens_back: BTreeMap::new(),
            began: Instant::now(),
            numbers: 0,
        })))
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn tokens() -> Vec<Token> {
        super::tokens()
    }

    async fn query(&self) -> Result<(), RouteError> {
        let (pause, fails) = {
            let mut world = self.world();
            (Duration::from_millis(world.dice.u64(10..80)), world.fails())
        };
        sleep(pause).await;
        if fails {
            return Err(RouteError("502 Bad Gateway".into()));
        }
        self.world().pump();
        Ok(())
    }
}

fn unknown(why: &str) -> Posted {
    Posted::Unknown(why.into())
}

impl OrderRoute for SimRoute {
    fn prepare(&self, order: &PlaceOrder, _: Timestamp) -> Result<Prepared, RouteError> {
        let bytes = serde_json::to_vec(order).map_err(|error| RouteError(error.to_string()))?;
        let digest = Sha256::digest(&bytes);
        let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Prepared {
            hash: OrderHash(hash),
            bytes,
        })
    }

    async fn post(&self, prepared: &Prepared) -> Posted {
        let (roll, faults, latency, late) = {
            let mut world = self.world();
            world.seen.posts += 1;
            let late = Duration::from_millis(world.dice.u64(5_000..40_000));
            (world.dice.u32(0..100), world.faults, world.latency, late)
        };
        let lost = faults.request_lost;
        let unanswered = lost + faults.answer_lost;
        let delayed = unanswered + faults.delayed;
        let refused = delayed + faults.refused;
        sleep(latency).await;
        if roll < delayed {
            self.world().seen.ambiguous += 1;
        }
        if roll < lost {
            return unknown("connection reset");
        }
        if roll < unanswered {
            let _ = self.world().arrive(prepared);
            return unknown("502 Bad Gateway");
        }
        if roll < delayed {
            // What is on its way arrives whether anybody waits for it or not.
            let (route, prepared) = (self.clone(), prepared.clone());
            let arrival = tokio::spawn(async move {
                sleep(late).await;
                route.world().arrive(&prepared)
            });
            return arrival.await.unwrap_or_else(|_| unknown("lost"));
        }
        if roll < refused {
            return Posted::Refused {
                reason: RefusalReason::RateLimited,
                text: "429".into(),
            };
        }
        self.world().arrive(prepared)
    }

    async fn find(&self, hash: &OrderHash, _: Timestamp) -> Found {
        if let Err(error) = self.query().await {
            return Found::Unknown(error.0);
        }
        let world = self.world();
        let Some(there) = world.orders.get(hash) else {
            return Found::Never;
        };
        match there.state {
            // An order that was refused, or found nothing to take, leaves no trace.
            State::Ended(Ending::Refused(_) | Ending::Cancelled(CancelReason::Unfilled))
                if there.filled.is_zero() =>
            {
                Found::Never
            }
            State::Ended(ending) => Found::Ended {
                filled: there.filled,
                ending,
            },
            State::Sent | State::Live => Found::Live {
                filled: there.filled,
            },
        }
    }

    async fn cancel(&self, hash: &OrderHash) -> Withdrawal {
        if let Err(error) = self.query().await {
            return Withdrawal::Unsure(error.0);
        }
        let mut world = self.world();
        let Some(there) = world
            .orders
            .get(hash)
            .filter(|there| there.state == State::Live)
        else {
            return Withdrawal::NotOpen("already canceled or matched".into());
        };
        let (id, now) = (there.venue_id, world.now());
        world.exchange.submit(now, &Command::Cancel(id));
        world.pump();
        // The answer may be lost after the deed.
        if world.fails() {
            return Withdrawal::Unsure("timeout".into());
        }
        Withdrawal::Done
    }

    async fn cancel_all(&self) -> Result<(), RouteError> {
        self.query().await?;
        let mut world = self.world();
        let now = world.now();
        world.exchange.submit(now, &Command::CancelAll);
        world.pump();
        Ok(())
    }

    async fn open_orders(&self) -> Result<Vec<OpenOrder>, RouteError> {
        self.query().await?;
        let world = self.world();
        let live = world
            .orders
            .iter()
            .filter(|(_, there)| there.state == State::Live);
        Ok(live
            .map(|(hash, there)| OpenOrder {
                hash: hash.clone(),
                token: there.order.token,
                side: there.order.side,
                limit: there.order.limit,
                shares: there.order.shares,
                filled: there.filled,
                time_in_force: there.order.time_in_force,
                crossing: there.order.crossing,
                created_at: there.at,
            })
            .collect())
    }

    async fn executions_since(&self, since: Timestamp) -> Result<Vec<Execution>, RouteError> {
        self.query().await?;
        let world = self.world();
        let all = world.executions.values().map(|(execution, _)| execution);
        Ok(all
            .filter(|done| since <= done.matched_at)
            .cloned()
            .collect())
    }

    async fn balances(&self) -> Result<Balances, RouteError> {
        self.query().await?;
        Ok(self.world().balances(&Self::tokens()))
    }
}
