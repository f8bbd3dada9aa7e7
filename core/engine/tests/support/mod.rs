//! A small world around an engine: markets, books, words, and a venue that fills what it is told to.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by several test programs; a failed unwrap is a failed test"
)]

use quorate_domain::{
    AccountInput, Alarm, BookSide, Cash, Command, Coverage, Decision, Entry, EpochId, FeeSchedule,
    Fill, FillId, FillStatus, GroupId, Inference, Input, LabelId, Level, LinkSense, Liquidity,
    Listing, Market, MarketEvent, MarketGroup, MarketId, MarketInput, PlaceOrder, Price, Shares,
    TickSize, Timestamp, TopicId, TopicLink, WorkerId,
};
use quorate_engine::{Effects, Engine, EngineConfig, Intent, MarketView, Strategy, Style, View};

/// Buys whatever has the edge, sells whatever a bid overpays.
pub(crate) struct Taker {
    pub(crate) edge_min: f64,
}

impl Strategy for Taker {
    fn name(&self) -> &'static str {
        "test_taker"
    }
    fn edge_min(&self, _: &MarketView<'_>) -> f64 {
        self.edge_min
    }
    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        use quorate_domain::{Outcome, Side};
        let mut intents = Vec::new();
        for (market, seen) in view.markets.iter().enumerate() {
            for outcome in [Outcome::Yes, Outcome::No] {
                let mut take = |side, limit: Option<Price>| {
                    intents.extend(limit.map(|limit| Intent {
                        market,
                        outcome,
                        side,
                        limit,
                        style: Style::Take,
                    }));
                };
                if !seen.held_of(outcome).is_zero() {
                    take(Side::Sell, seen.sell_limit(outcome, 0.0));
                }
                if seen.edge(outcome).is_some_and(|edge| self.edge_min <= edge) {
                    take(Side::Buy, seen.buy_limit(outcome, self.edge_min));
                }
            }
        }
        intents
    }
}

/// Bids below fair value.
pub(crate) struct Maker;

impl Strategy for Maker {
    fn name(&self) -> &'static str {
        "test_maker"
    }
    fn edge_min(&self, _: &MarketView<'_>) -> f64 {
        0.03
    }
    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        use quorate_domain::{Outcome, Probability, Side};
        view.markets
            .iter()
            .enumerate()
            .filter_map(|(market, seen)| {
                let worth = Probability::new((seen.fair.of(Outcome::Yes) - 0.03).max(0.0)).unwrap();
                let limit = worth.bid_price(seen.tick())?;
                let ask = seen.book.best(BookSide::Ask)?.price;
                let limit = if limit < ask {
                    limit
                } else {
                    seen.tick().floor(i64::from(ask.micros()) - 1)?
                };
                Some(Intent {
                    market,
                    outcome: Outcome::Yes,
                    side: Side::Buy,
                    limit,
                    style: Style::Make,
                })
            })
            .collect()
    }
}

pub(crate) fn config() -> EngineConfig {
    let mut config = EngineConfig {
        source: quorate_engine::ProbabilitySource::Collective,
        risk_aversion: 1.0,
        coalesce: std::time::Duration::ZERO,
        ..EngineConfig::default()
    };
    config.topic.book_age_max = std::time::Duration::from_secs(1_000_000);
    let limits = &mut config.limits;
    limits.order_notional_ppm = 1_000_000;
    limits.order_notional_max = Cash::whole(1_000_000);
    limits.order_shares_max = 1_000_000;
    limits.collar_micros = 1_000_000;
    limits.market_loss_ppm = 1_000_000;
    limits.group_loss_ppm = 1_000_000;
    limits.set_loss_ppm = 1_000_000;
    limits.gross_ppm = 1_000_000;
    limits.cash_reserve_ppm = 0;
    limits.depth_share_ppm = 1_000_000;
    limits.daily_loss_ppm = 1_000_000;
    limits.drawdown_ppm = 1_000_000;
    config
}

pub(crate) fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
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
        fee: FeeSchedule::NONE,
        opens_at: None,
        closes_at: None,
        link: Some(TopicLink {
            topic: TopicId(1),
            epoch: EpochId(u64::from(id)),
            label: LabelId(0),
            sense: LinkSense::Direct,
        }),
    }
}

/// A whole book, as news.
pub(crate) fn snapshot(market: u32, bids: &[(&str, u64)], asks: &[(&str, u64)]) -> Input {
    let level = |(p, s): &(&str, u64)| Level {
        price: price(p),
        shares: Shares::whole(*s),
    };
    Input::Market(MarketInput {
        market: MarketId(market),
        event: MarketEvent::Snapshot {
            bids: bids.iter().map(level).collect(),
            asks: asks.iter().map(level).collect(),
        },
    })
}

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) seq: u64,
    pub(crate) at: u64,
    millis: u64,
    pub(crate) commands: Vec<Command>,
    pub(crate) decisions: Vec<Decision>,
    /// Every alarm since the beginning.
    pub(crate) alarms: Vec<Alarm>,
    /// Everything that was told, from the first entry on.
    pub(crate) entries: Vec<Entry>,
    fills: u64,
}

impl World {
    pub(crate) fn new(
        config: EngineConfig,
        strategy: Box<dyn Strategy>,
        markets: Vec<Market>,
    ) -> Self {
        let engine = Engine::new(config, strategy).unwrap();
        let mut world = Self {
            engine,
            seq: 0,
            at: 1_000_000,
            millis: 0,
            commands: Vec::new(),
            decisions: Vec::new(),
            alarms: Vec::new(),
            entries: Vec::new(),
            fills: 0,
        };
        for market in markets {
            world.tell(Input::Listed(Listing::Market(Box::new(market))));
        }
        world.tell(Input::Account(AccountInput::Deposited(Cash::whole(10_000))));
        world
    }

    pub(crate) fn group(&mut self, id: u32, coverage: Coverage) {
        let group = MarketGroup {
            id: GroupId(id),
            name: format!("g{id}"),
            coverage,
        };
        self.tell(Input::Listed(Listing::Group(group)));
    }

    /// One second later, this happens.
    pub(crate) fn tell(&mut self, input: Input) -> &mut Self {
        self.at += 1;
        self.millis = 0;
        self.handle(input)
    }

    /// A millisecond later, this happens.
    pub(crate) fn soon(&mut self, input: Input) -> &mut Self {
        self.millis += 1;
        self.handle(input)
    }

    fn handle(&mut self, input: Input) -> &mut Self {
        self.seq += 1;
        let entry = Entry {
            seq: self.seq,
            at: Timestamp::from_nanos((self.at * 1_000 + self.millis) * 1_000_000),
            input,
        };
        let mut effects = Effects::default();
        self.engine.handle(&entry, &mut effects);
        let alarms = effects.commands.iter().filter_map(|command| match command {
            Command::Alarm(alarm) => Some(*alarm),
            _ => None,
        });
        self.alarms.extend(alarms);
        self.commands.append(&mut effects.commands);
        self.decisions.append(&mut effects.decisions);
        self.entries.push(entry);
        self
    }

    pub(crate) fn book(
        &mut self,
        market: u32,
        bids: &[(&str, u64)],
        asks: &[(&str, u64)],
    ) -> &mut Self {
        self.tell(snapshot(market, bids, asks))
    }

    pub(crate) fn says(&mut self, worker: u32, market: u32, value: f64) -> &mut Self {
        let published_at = Timestamp::from_secs(self.at + 1);
        self.tell(Input::Inference(Inference {
            topic: TopicId(1),
            epoch: EpochId(u64::from(market)),
            label: LabelId(0),
            worker: WorkerId(worker),
            value,
            published_at,
        }))
    }

    /// Orders sent since the last call.
    pub(crate) fn placed(&mut self) -> Vec<PlaceOrder> {
        self.commands
            .drain(..)
            .filter_map(|c| match c {
                Command::Place(order) => Some(order),
                _ => None,
            })
            .collect()
    }

    /// Fills an order whole at a price, matched and confirmed.
    pub(crate) fn fill(&mut self, order: &PlaceOrder, at: Price, shares: Shares) -> &mut Self {
        self.fills += 1;
        let fill = Fill {
            id: FillId(self.fills),
            order: order.id,
            token: order.token,
            side: order.side,
            price: at,
            shares,
            fee: Cash::ZERO,
            liquidity: Liquidity::Taker,
        };
        self.tell(Input::Account(AccountInput::Filled(fill)));
        let id = FillId(self.fills);
        self.tell(Input::Account(AccountInput::Settled {
            fill: id,
            status: FillStatus::Confirmed,
        }))
    }

    /// The newest verdict on a market, as text.
    pub(crate) fn verdict(&self, market: u32) -> String {
        let last = self
            .decisions
            .iter()
            .rev()
            .find(|d| d.market == MarketId(market));
        last.map_or_else(|| "none".into(), |d| format!("{:?}", d.verdict))
    }
}

/// Short form of an order: `buy Yes 400 @ 0.5`.
pub(crate) fn short(order: &PlaceOrder) -> String {
    format!(
        "{:?} {:?} {} @ {}",
        order.side, order.token.outcome, order.shares, order.limit
    )
    .to_lowercase()
}
