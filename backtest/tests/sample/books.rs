//! The order books of a sample world: sound, consistent with the trades, and a decent forecast.

use std::time::Duration;

use quorate_backtest::sample::{WorldSpec, generate};
use quorate_domain::{Book, BookSide, Level, MarketEvent, Price, Shares, TickSize, Timestamp};

/// A market's book as a reader of the feed sees it, with what the feed still owes.
struct Seen {
    book: Book,
    /// Levels hit by trades, with the size they must shrink to next.
    owed: Vec<(BookSide, Level)>,
    last_at: Timestamp,
    closed: bool,
}

impl Seen {
    fn read(&mut self, at: Timestamp, event: &MarketEvent) {
        match event {
            MarketEvent::Snapshot { bids, asks } => {
                self.book.replace(bids, asks, at).unwrap();
            }
            MarketEvent::Level { side, level } => {
                let debt = self
                    .owed
                    .iter()
                    .position(|(s, l)| s == side && l.price == level.price);
                if let Some(debt) = debt {
                    assert_eq!(
                        self.owed.remove(debt),
                        (*side, *level),
                        "the trade's own shares leave"
                    );
                }
                self.book.set(*side, *level, at).unwrap();
            }
            MarketEvent::Trade(trade) => {
                assert!(self.book.tick().holds(trade.price) && !trade.shares.is_zero());
                let side = BookSide::taken_by(trade.taker);
                let rests = self.book.shares_at(side, trade.price);
                let left = rests
                    .checked_sub(trade.shares)
                    .expect("a trade takes what rests");
                self.owed.push((
                    side,
                    Level {
                        price: trade.price,
                        shares: left,
                    },
                ));
            }
            MarketEvent::DayVolume(_) => unreachable!("the sample reports no volume"),
            MarketEvent::TickSize(tick) => {
                assert!(*tick < self.book.tick());
                self.book.change_tick(*tick);
            }
            MarketEvent::Closed => self.closed = true,
            MarketEvent::Gap => panic!("a sample world has no gaps"),
        }
        assert!(!self.book.is_crossed(), "not even within a batch");
        self.last_at = at;
    }
}

#[test]
fn books_stay_sound_and_trades_take_what_rests() {
    for spec in [
        WorldSpec::default(),
        WorldSpec::brief(3),
        WorldSpec::brief(8),
    ] {
        let world = generate(&spec);
        let mut seen: Vec<Seen> = (world.truth.markets.iter())
            .map(|m| Seen {
                book: Book::new(m.tick),
                owed: vec![],
                last_at: m.opens_at,
                closed: false,
            })
            .collect();
        for (at, input) in &world.market_inputs {
            let market = &world.truth.markets[input.market.0 as usize];
            let seen = &mut seen[input.market.0 as usize];
            assert!(*at >= seen.last_at && (market.opens_at..=market.closes_at).contains(at));
            assert!(!seen.closed, "nothing happens after the close");
            if *at > seen.last_at && !matches!(input.event, MarketEvent::Level { .. }) {
                assert!(
                    seen.owed.is_empty(),
                    "a trade's level follows before anything else"
                );
            }
            seen.read(*at, &input.event);
        }
        assert!(seen.iter().all(|seen| seen.owed.is_empty() && seen.closed));
        assert!(world.market_inputs.is_sorted_by_key(|(at, _)| *at));
        assert!(
            world
                .inferences
                .is_sorted_by_key(|inference| inference.published_at)
        );
    }
}

#[test]
fn no_level_is_told_twice_at_one_moment() {
    let world = generate(&WorldSpec::default());
    let mut keys: Vec<(Timestamp, u32, BookSide, Price)> = Vec::new();
    for (at, input) in &world.market_inputs {
        if let MarketEvent::Level { side, level } = &input.event {
            keys.push((*at, input.market.0, *side, level.price));
        }
    }
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn an_extreme_election_market_gets_a_finer_grid() {
    let world = generate(&WorldSpec::default());
    let mut book = Book::new(TickSize::CENT);
    let (changed_at, changed) = world
        .market_inputs
        .iter()
        .find(|(_, input)| matches!(input.event, MarketEvent::TickSize(_)))
        .unwrap();
    for (at, input) in world
        .market_inputs
        .iter()
        .filter(|(_, i)| i.market == changed.market)
    {
        match &input.event {
            MarketEvent::TickSize(tick) => book.change_tick(*tick),
            MarketEvent::Snapshot { bids, asks } => book.replace(bids, asks, *at).unwrap(),
            MarketEvent::Level { side, level } => book.set(*side, *level, *at).unwrap(),
            _ => {}
        }
        if at < changed_at {
            assert_eq!(book.tick(), TickSize::CENT);
        }
    }
    assert_eq!(book.tick(), TickSize::parse("0.001").unwrap());
    assert!(
        book.best(BookSide::Bid)
            .or(book.best(BookSide::Ask))
            .unwrap()
            .shares
            > Shares::ZERO
    );
}

#[test]
fn books_of_price_windows_become_one_sided_near_the_end() {
    let (mut two_sided, mut windows) = ([0_u32; 2], 0);
    for seed in 1..=3 {
        let world = generate(&WorldSpec::full(seed));
        for market in world
            .truth
            .markets
            .iter()
            .filter(|m| m.category == "crypto")
        {
            windows += 1;
            for (count, seconds) in two_sided.iter_mut().zip([120, 10]) {
                let at = market.closes_at.minus(Duration::from_secs(seconds));
                let mid = world.mids[market.id.0 as usize].known_at(at).unwrap();
                *count += u32::from(!mid.is_nan());
            }
        }
    }
    assert!(
        f64::from(two_sided[0]) > 0.9 * f64::from(windows),
        "{two_sided:?} of {windows}"
    );
    assert_eq!(two_sided[1], 0);
}

#[test]
fn the_market_is_a_decent_forecaster_that_can_be_beaten() {
    // Mean squared distance of the midpoint from the true value, and the Brier scores of both, at regular looks.
    for category in ["politics", "crypto"] {
        let (mut market_brier, mut true_brier, mut distance, mut count) = (0.0, 0.0, 0.0, 0.0);
        for seed in 1..=8 {
            let world = generate(&WorldSpec::full(seed));
            for market in world
                .truth
                .markets
                .iter()
                .filter(|m| m.category == category)
            {
                let life = market.closes_at.since(market.opens_at);
                for part in 1..20 {
                    let at = market.opens_at.plus(life * part / 20);
                    let Some(mid) = world.mids[market.id.0 as usize].known_at(at) else {
                        continue;
                    };
                    if mid.is_nan() {
                        continue;
                    }
                    let (truth, payout) = (market.truth.value_at(at), market.payout.to_f64());
                    market_brier += (mid - payout) * (mid - payout);
                    true_brier += (truth - payout) * (truth - payout);
                    distance += (mid - truth) * (mid - truth);
                    count += 1.0;
                }
            }
        }
        assert!(market_brier > true_brier, "{category}");
        let typical = (distance / count).sqrt();
        assert!((0.02..0.1).contains(&typical), "{category}: {typical}");
    }
}
