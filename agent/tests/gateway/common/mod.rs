//! An agent on a venue that outlives it: a small world of markets, and an instance that can be started again and again.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by several test programs; a failed unwrap is a failed test"
)]

pub(crate) mod route;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quorate_agent::journal::{Journal, JournalError, Record, SharedDisk, SimDisk, Step};
use quorate_agent::runtime::batch::Handled;
use quorate_agent::runtime::gateway::{
    Account, Gateway, Reconciliation, RemoteVenue, SendGate, Timings, Verdict, open,
};
use quorate_agent::runtime::kill_switch::KillSwitch;
use quorate_agent::runtime::machine::{Machine, Observer};
use quorate_agent::runtime::setup::Setup;
use quorate_agent::runtime::start::StartError;
use quorate_backtest::replay::{NumberedStrategy, StrategyKind};
use quorate_domain::{
    Cash, EpochId, FeeSchedule, Inference, Input, LabelId, Level, LinkSense, Listing, Market,
    MarketEvent, MarketId, MarketInput, OperatorInput, Outcome, Price, Scope, Shares, TickSize,
    Timestamp, Token, TopicId, TopicLink, WorkerId,
};
use quorate_engine::{Engine, EngineConfig, ProbabilitySource};
use quorate_strategies::{Election, Quoter};
use quorate_venue::VenueConfig;
use route::SimRoute;

/// Markets of the small world: the first half is taken in, the second half is quoted in.
pub(crate) const MARKETS: u32 = 6;
const ACCOUNT: &str = "0x00000000000000000000000000000000000000a1";

/// Sees nothing.
pub(crate) struct Nobody;

impl Observer for Nobody {
    fn stepped(&mut self, _: &Engine, _: &Step, _: &[Handled]) {}
}

pub(crate) fn tokens() -> Vec<Token> {
    let both = |id| {
        [Outcome::Yes, Outcome::No].map(|outcome| Token {
            market: MarketId(id),
            outcome,
        })
    };
    (0..MARKETS).flat_map(both).collect()
}

pub(crate) fn setup() -> Setup {
    let mut engine = EngineConfig {
        source: ProbabilitySource::Collective,
        risk_aversion: 1.0,
        coalesce: Duration::ZERO,
        ..EngineConfig::default()
    };
    engine.topic.book_age_max = Duration::from_secs(1_000_000);
    let limits = &mut engine.limits;
    limits.collar_micros = 1_000_000;
    limits.market_loss_ppm = 100_000;
    limits.group_loss_ppm = 1_000_000;
    limits.set_loss_ppm = 1_000_000;
    limits.gross_ppm = 1_000_000;
    limits.cash_reserve_ppm = 0;
    limits.daily_loss_ppm = 1_000_000;
    limits.drawdown_ppm = 1_000_000;
    Setup {
        engine,
        strategies: vec![
            NumberedStrategy {
                topics: Some(vec![TopicId(1)]),
                kind: StrategyKind::Election(Election::default()),
            },
            NumberedStrategy {
                topics: None,
                kind: StrategyKind::Quoter(Quoter::default()),
            },
        ],
        venue: VenueConfig::default(),
        bankroll: Cash::ZERO,
        source: "the small world".into(),
    }
}

fn topic_of(id: u32) -> TopicId {
    TopicId(if id < MARKETS / 2 { 1 } else { 2 })
}

pub(crate) fn market(id: u32) -> Market {
    Market {
        id: MarketId(id),
        name: format!("m{id}"),
        question: String::new(),
        group: None,
        set: None,
        loading: 0.0,
        tick: TickSize::CENT,
        shares_min: Shares::whole(5),
        marketable_buy_min: Cash::whole(1),
        fee: FeeSchedule {
            rate_ppm: 50_000,
            exponent: 1,
            rebate_share_ppm: 0,
        },
        opens_at: None,
        closes_at: None,
        link: Some(TopicLink {
            topic: topic_of(id),
            epoch: EpochId(u64::from(id)),
            label: LabelId(0),
            sense: LinkSense::Direct,
        }),
    }
}

/// What a market does next.
pub(crate) fn news(dice: &mut fastrand::Rng) -> Input {
    let id = dice.u32(0..MARKETS);
    if dice.u32(0..4) == 0 {
        return Input::Inference(Inference {
            topic: topic_of(id),
            epoch: EpochId(u64::from(id)),
            label: LabelId(0),
            worker: WorkerId(1),
            value: [0.15, 0.3, 0.5, 0.7, 0.85][dice.usize(0..5)],
            published_at: Timestamp::default(),
        });
    }
    let middle = dice.i64(30..70);
    let level = |cents: i64, shares| Level {
        price: Price::from_micros(cents * 10_000).unwrap(),
        shares: Shares::whole(shares),
    };
    let depth = dice.u64(20..200);
    Input::Market(MarketInput {
        market: MarketId(id),
        event: MarketEvent::Snapshot {
            bids: vec![level(middle - 1, depth), level(middle - 3, depth)],
            asks: vec![level(middle + 1, depth), level(middle + 3, depth)],
        },
    })
}

/// An instance that runs.
pub(crate) struct Agent {
    pub(crate) machine: Machine<RemoteVenue>,
    pub(crate) gateway: Gateway<SimRoute>,
    pub(crate) courier: Running,
    pub(crate) route: SimRoute,
    /// The process is killed before this turn, counted down; never if absent.
    pub(crate) turns_left: Option<u32>,
}

/// The courier's task and the venue's stream: both end with the process.
pub(crate) struct Running(tokio::task::JoinHandle<()>, SimRoute);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
        self.1.world().news = None;
    }
}

/// An instance taken apart.
pub(crate) type Parts = (Machine<RemoteVenue>, Gateway<SimRoute>, Running, SimRoute);

pub(crate) struct Place {
    pub(crate) disk: SimDisk,
    pub(crate) route: SimRoute,
    pub(crate) switch: KillSwitch,
    pub(crate) timings: Timings,
}

impl Place {
    pub(crate) fn new(seed: u64, folder: &Path) -> Self {
        let route = SimRoute::new(seed);
        {
            let mut world = route.world();
            for id in 0..MARKETS {
                world.exchange.list(market(id));
            }
            let now = world.now();
            world.exchange.deposit(now, Cash::whole(100_000));
            world.pump();
        }
        Self {
            disk: SimDisk::new(),
            route,
            switch: KillSwitch::of(folder),
            timings: Timings {
                cash_tolerance: Cash::ZERO,
                ..Timings::default()
            },
        }
    }

    pub(crate) fn open(&self, seed: u64) -> Result<Agent, StartError> {
        let disk: SharedDisk = Arc::new(self.disk.clone());
        let account = Account {
            disk: &disk,
            folder: Path::new("/journal"),
            name: ACCOUNT,
        };
        let at = self.route.world().now();
        let gate = SendGate::new(self.switch.clone());
        let route = self.route.clone();
        let opening = open(account, &setup(), route, (gate, self.timings), at, seed)?;
        self.route.world().news = Some(opening.gateway.news_line());
        Ok(Agent {
            machine: opening.machine,
            gateway: opening.gateway,
            courier: Running(tokio::spawn(opening.courier.run()), self.route.clone()),
            route: self.route.clone(),
            turns_left: None,
        })
    }

    /// Everything in the journal.
    pub(crate) fn records(&self) -> Vec<Record> {
        let disk: SharedDisk = Arc::new(self.disk.clone());
        let read = Journal::read(&disk, Path::new("/journal")).unwrap();
        read.map(|read| read.unwrap().1).collect()
    }

    /// Opens and reconciles; lists the markets the first time.
    pub(crate) async fn start(&self, seed: u64) -> Result<(Agent, Reconciliation), StartError> {
        let mut agent = self.open(seed)?;
        if agent.machine.seq() == 0 {
            for id in 0..MARKETS {
                let listing = Listing::Market(Box::new(market(id)));
                let now = agent.now();
                agent
                    .machine
                    .observe(now, Input::Listed(listing), &mut Nobody)?;
            }
        }
        let report = agent.reconcile(Duration::from_secs(900)).await?;
        Ok((agent, report))
    }
}

impl Agent {
    pub(crate) fn into_parts(self) -> Parts {
        (self.machine, self.gateway, self.courier, self.route)
    }

    pub(crate) fn of_parts((machine, gateway, courier, route): Parts) -> Self {
        Self {
            machine,
            gateway,
            courier,
            route,
            turns_left: None,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.route.world().now()
    }

    pub(crate) async fn reconcile(
        &mut self,
        within: Duration,
    ) -> Result<Reconciliation, JournalError> {
        let route = self.route.clone();
        let clock = move || route.world().now();
        self.gateway
            .reconcile(&mut self.machine, &clock, &mut Nobody, within)
            .await
    }

    pub(crate) async fn stop(&mut self) -> Result<usize, JournalError> {
        let route = self.route.clone();
        let clock = move || route.world().now();
        let within = Duration::from_secs(10);
        let left = self
            .gateway
            .stop(&mut self.machine, &clock, &mut Nobody, within)
            .await?;
        Ok(left.len())
    }

    pub(crate) fn turn(&mut self) -> Result<(), JournalError> {
        match &mut self.turns_left {
            Some(0) => {
                return Err(JournalError::Stopped {
                    first: "the process is killed here".into(),
                });
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let now = self.now();
        self.gateway.turn(&mut self.machine, now, &mut Nobody)
    }

    /// Something happens in the world, at the venue first.
    pub(crate) fn feed(&mut self, mut input: Input) -> Result<(), JournalError> {
        let now = self.now();
        match &mut input {
            Input::Market(news) => self.route.world().observe(news),
            Input::Inference(said) => said.published_at = now,
            _ => {}
        }
        self.machine.observe(now, input, &mut Nobody)?;
        self.turn()
    }

    /// Lets time pass as the event loop does.
    pub(crate) async fn run(&mut self, span: Duration) -> Result<(), JournalError> {
        let until = self.now().plus(span);
        loop {
            self.turn()?;
            let now = self.now();
            if until <= now {
                return Ok(());
            }
            let due = self.gateway.next_due().map_or(until, |due| due.min(until));
            let pause = due
                .since(now)
                .clamp(Duration::from_millis(5), Duration::from_millis(500));
            tokio::select! {
                biased;
                () = self.gateway.heard() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The end of every story: everything is withdrawn, nothing goes wrong any more, and all must agree.
    pub(crate) async fn come_to_rest(&mut self) {
        self.route.world().faults = route::Faults::NONE;
        self.feed(Input::Operator(OperatorInput::Halt(Scope::All)))
            .unwrap();
        self.run(Duration::from_secs(240)).await.unwrap();
        self.check();
    }

    /// Books and venue agree to the last micro-unit, and nothing is open anywhere.
    pub(crate) fn check(&mut self) {
        let route = self.route.clone();
        let mut world = route.world();
        world.pump();
        let engine = self.machine.engine();
        assert_eq!(world.duplicates(), 0, "an order was signed twice");
        assert_eq!(world.excess(), 0, "more was executed than ordered");
        assert_eq!(world.open(), 0, "orders are left at the venue");
        assert!(
            engine.orders().is_empty(),
            "orders are left in the core: {:?}",
            engine.orders()
        );
        let there = world.balances(&tokens());
        assert_eq!(engine.ledger().cash(), there.cash, "collateral");
        for (token, held) in &there.tokens {
            let position = engine.ledger().position(*token);
            assert_eq!(position.confirmed, *held, "{token:?}");
            assert_eq!(
                position.expected(),
                *held,
                "{token:?}: something is not final"
            );
        }
        assert!(engine.ledger().check_conserved().is_ok());
    }
}

/// Whether books and venue agreed at the start.
pub(crate) fn agreed(report: &Reconciliation) {
    assert_eq!(report.verdict, Verdict::Agreed, "{report:?}");
}

/// Runs a story in paused time on one thread.
pub(crate) fn paused<T>(story: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(story)
}
