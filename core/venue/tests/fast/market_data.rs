//! What records do to books and queues.

use proptest::prelude::*;
use quorate_domain::{BookHealth, BookSide, Side};
use quorate_venue::fast::{BadEvent, Book, Event, Kind, QueueModel, Tick, VariantConfig};

use crate::world::*;

#[test]
fn a_record_survives_its_words() {
    let record = Event::plain(Kind::Trade, 7, 1, 2, 3).traded(Side::Sell, 9_999, u64::MAX);
    assert_eq!(Event::from_words(record.to_words()), record);
    assert_eq!(size_of::<Event>(), 32);
}

#[test]
fn nonsense_is_refused_by_name() {
    let mut run = alone(world(1, crypto()), prompt());
    let delta = Event::plain(Kind::Delta, 0, 1, 1, 0);
    let bad = [
        (
            Event {
                market: 1,
                ..delta.at_level(BookSide::Bid, 1, 1)
            },
            BadEvent::UnknownMarket(1),
        ),
        (Event { kind: 9, ..delta }, BadEvent::UnknownKind(9)),
        (Event { side: 2, ..delta }, BadEvent::UnknownSide(2)),
        (
            delta.at_level(BookSide::Bid, 0, 1),
            BadEvent::PriceOutOfRange(0),
        ),
        (
            delta.at_level(BookSide::Bid, 10_000, 1),
            BadEvent::PriceOutOfRange(10_000),
        ),
        (
            delta.at_level(BookSide::Bid, 1, u64::MAX),
            BadEvent::SizeOutOfRange(u64::MAX),
        ),
        (
            Event::plain(Kind::TickChange, 0, 1, 1, 200),
            BadEvent::SizeOutOfRange(200),
        ),
        (
            Event::plain(Kind::Resolved, 0, 1, 1, 1_000_001),
            BadEvent::SizeOutOfRange(1_000_001),
        ),
    ];
    for (record, reason) in bad {
        assert_eq!(run.push(&record), Err(reason));
    }
}

fn every_model() -> [QueueModel; 4] {
    [
        QueueModel::RiskAverse,
        QueueModel::Power(2),
        QueueModel::Log,
        QueueModel::Back,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    /// The kept best, the bitmap and the levels agree with a plain search, on every grid.
    #[test]
    fn the_best_is_what_a_search_finds(
        tick in 0_usize..6,
        writes in prop::collection::vec((any::<bool>(), 1_u32..10_000, prop_oneof![Just(0_u64), 1_u64..100]), 1..200),
    ) {
        let tick = Tick::ALL[tick];
        let mut book = Book::new(tick);
        let mut plain = std::collections::BTreeMap::new();
        for (bid, at, size) in writes {
            let steps = 10_000 / u32::from(tick.width());
            let price = (1 + at % (steps - 1)) as u16 * tick.width();
            let side = if bid { BookSide::Bid } else { BookSide::Ask };
            let record = Event::plain(Kind::Delta, 0, 1, 1, 0).at_level(side, price, size);
            book.apply(&record, Kind::Delta);
            plain.insert((side, price), size);
            let of = |half| {
                let found = plain.iter().filter(move |((side, _), size)| *side == half && **size != 0);
                found.map(|((_, price), size)| (*price, *size)).collect::<Vec<_>>()
            };
            let seen = |half| book.quotes(half).map(|quote| (quote.price, quote.size)).collect::<Vec<_>>();
            let (mut bids, asks) = (of(BookSide::Bid), of(BookSide::Ask));
            bids.reverse();
            prop_assert_eq!(seen(BookSide::Bid), bids);
            prop_assert_eq!(seen(BookSide::Ask), asks);
        }
    }

    /// No queue is ever negative or longer than its level, and a snapshot of the book as it is, put in anywhere, leaves
    /// every place and every fill as it was.
    #[test]
    fn a_snapshot_moves_nobody_forward(
        news in prop::collection::vec((0_u8..4, 0_u64..60), 1..40),
        cut in any::<prop::sample::Index>(),
        model in 0_usize..3, // the fourth stays at the back by design
    ) {
        let cut = cut.index(news.len());
        let play = |snapshot_at: Option<usize>| {
            let config = VariantConfig { queue: every_model()[model], ..prompt() };
            let mut run = alone(world(1, crypto()), config);
            feed(&mut run, &quotes(1, &[(50, 30)], &[(60, 30)]));
            let id = run.submit(0, ms(2), &buy(50, 40)).unwrap();
            run.advance(ms(2));
            let mut places = Vec::new();
            for (number, (what, shares)) in news.iter().enumerate() {
                let at = 10 + number as u64;
                if snapshot_at == Some(number) {
                    let size = run.book(0).unwrap().size_at(BookSide::Bid, 5_000) / SHARE;
                    feed(&mut run, &quotes(at, &[(50, size)], &[(60, 30)]));
                }
                let record = match what {
                    0 | 1 => level(at, BookSide::Bid, 50, *shares),
                    2 => trade(at, Side::Sell, 50, *shares),
                    _ => level(at, BookSide::Bid, 49, *shares),
                };
                feed(&mut run, &[record]);
                let size = run.book(0).unwrap().size_at(BookSide::Bid, 5_000);
                let place = run.status(0, id).map(|order| (order.remaining, order.ahead));
                if let (Some((_, Some(ahead))), 0 | 1) = (place, *what) {
                    prop_assert!(ahead <= size);
                }
                places.push(place);
            }
            Ok((places, fills(run.witness())))
        };
        prop_assert_eq!(play(Some(cut))?, play(None)?);
    }

    /// What a resting order gets never exceeds what was traded at or through its price.
    #[test]
    fn fills_never_exceed_what_was_traded(
        news in prop::collection::vec((any::<bool>(), 45_u16..52, 0_u64..60), 1..60),
        model in 0_usize..4,
    ) {
        let config = VariantConfig { queue: every_model()[model], ..prompt() };
        let mut run = alone(world(1, crypto()), config);
        feed(&mut run, &quotes(1, &[(50, 30)], &[(60, 30)]));
        run.submit(0, ms(2), &buy(50, 500));
        run.advance(ms(2));
        let mut traded = 0;
        for (number, (is_trade, cents, shares)) in news.iter().enumerate() {
            let at = 10 + number as u64;
            if *is_trade {
                feed(&mut run, &[trade(at, Side::Sell, *cents, *shares)]);
                traded += if *cents <= 50 { shares * SHARE } else { 0 };
            } else {
                feed(&mut run, &[level(at, BookSide::Bid, *cents, *shares)]);
            }
            let filled: u64 = fills(run.witness()).iter().map(|fill| fill.2).sum();
            prop_assert!(filled <= traded);
        }
    }
}

#[test]
fn a_new_grid_keeps_what_fits_and_waits_for_a_snapshot() {
    let mut run = alone(world(1, crypto()), prompt());
    feed(&mut run, &quotes(1, &[(40, 10)], &[(60, 10)]));
    let stays = run.submit(0, ms(2), &buy(40, 10)).unwrap();
    let goes = run.submit(0, ms(2), &buy(41, 10)).unwrap();
    run.advance(ms(2));
    feed(
        &mut run,
        &[Event::plain(Kind::TickChange, 0, ms(3), ms(3), 1_000)],
    );
    assert!(run.status(0, stays).is_some());
    assert!(run.status(0, goes).is_none());
    assert_eq!(run.book(0).unwrap().health(), BookHealth::Broken);
    assert_eq!(run.book(0).unwrap().epoch(), 1);
    feed(&mut run, &[trade(4, Side::Sell, 30, 100)]);
    assert!(fills(run.witness()).is_empty());
    feed(&mut run, &quotes(5, &[(40, 5)], &[(60, 10)]));
    // Later than a trade could still explain why the level has shrunk to 5.
    feed(&mut run, &[trade(2_000, Side::Sell, 40, 8)]);
    assert_eq!(fills(run.witness()), [(1, 4_000, 3 * SHARE, 0)]);
}

#[test]
fn a_book_that_crosses_within_a_message_fills_nobody() {
    let mut run = alone(world(1, crypto()), prompt());
    feed(&mut run, &quotes(1, &[(40, 10)], &[(60, 10)]));
    run.submit(0, ms(2), &buy(50, 10));
    run.advance(ms(2));
    // The ask passes through 0.50 and is gone again before the message ends.
    let (there, gone) = (
        level(3, BookSide::Ask, 45, 10).continued(),
        level(3, BookSide::Ask, 45, 0),
    );
    feed(&mut run, &[there, gone]);
    assert!(fills(run.witness()).is_empty());
    feed(&mut run, &[level(4, BookSide::Ask, 45, 10)]);
    assert_eq!(fills(run.witness()), [(1, 5_000, 10 * SHARE, 0)]);
}
