//! A book is what its messages say, seen from either outcome.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use quorate_domain::{
    Book, BookHealth, BookSide, Level, Outcome, Price, Shares, TickSize, Timestamp,
};

fn level(micros: i64, shares: u64) -> Level {
    Level {
        price: Price::from_micros(micros).unwrap(),
        shares: Shares::whole(shares),
    }
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(secs)
}

#[test]
fn a_new_book_is_broken_until_its_first_snapshot() {
    let mut book = Book::new(TickSize::CENT);
    assert_eq!((book.health(), book.midpoint()), (BookHealth::Broken, None));
    book.replace(&[level(400_000, 5)], &[level(420_000, 7)], at(1))
        .unwrap();
    assert_eq!(book.health(), BookHealth::Sound);
    assert_eq!(book.midpoint().unwrap().get(), 0.41);
}

#[test]
fn a_lost_message_breaks_the_book_and_a_snapshot_mends_it() {
    let mut book = Book::new(TickSize::CENT);
    book.replace(&[level(400_000, 5)], &[level(420_000, 7)], at(1))
        .unwrap();
    book.break_continuity();
    assert_eq!(book.midpoint(), None);
    book.replace(&[level(400_000, 5)], &[level(420_000, 7)], at(2))
        .unwrap();
    assert!(book.midpoint().is_some());
}

#[test]
fn a_price_between_two_ticks_is_refused_and_breaks_the_book() {
    let mut book = Book::new(TickSize::CENT);
    book.replace(&[level(400_000, 5)], &[level(420_000, 7)], at(1))
        .unwrap();
    assert!(book.set(BookSide::Bid, level(405_000, 5), at(2)).is_err());
    assert_eq!(book.health(), BookHealth::Broken);
}

#[test]
fn a_change_of_the_tick_is_a_new_epoch_with_an_empty_grid() {
    let mut book = Book::new(TickSize::CENT);
    book.replace(&[level(400_000, 5)], &[level(420_000, 7)], at(1))
        .unwrap();
    book.change_tick(TickSize::from_micros(1_000).unwrap());
    assert_eq!(
        (book.epoch(), book.health(), book.best(BookSide::Bid)),
        (1, BookHealth::Broken, None)
    );
    book.replace(&[level(401_000, 5)], &[level(402_000, 7)], at(2))
        .unwrap();
    assert_eq!(book.best(BookSide::Bid).unwrap().price.to_string(), "0.401");
}

#[test]
fn a_crossed_book_has_no_midpoint() {
    let mut book = Book::new(TickSize::CENT);
    book.replace(&[level(430_000, 5)], &[level(420_000, 7)], at(1))
        .unwrap();
    assert!(book.is_crossed() && book.midpoint().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_book_agrees_with_a_plain_map(changes in prop::collection::vec((any::<bool>(), 1_i64..100, 0_u64..5), 1..200)) {
        let mut book = Book::new(TickSize::CENT);
        book.replace(&[], &[], at(0)).unwrap();
        let mut map: BTreeMap<(bool, i64), u64> = BTreeMap::new();
        for (bid, step, shares) in changes {
            let side = if bid { BookSide::Bid } else { BookSide::Ask };
            book.set(side, level(step * 10_000, shares), at(1)).unwrap();
            map.insert((bid, step), shares);
            let live = |b: bool| map.iter().filter(move |((s, _), n)| *s == b && **n != 0).map(|((_, p), n)| (*p, *n));
            let bids: Vec<(i64, u64)> = live(true).collect::<Vec<_>>().into_iter().rev().collect();
            let asks: Vec<(i64, u64)> = live(false).collect();
            let seen = |side| book.levels(side).map(|l| (i64::from(l.price.micros()) / 10_000, l.shares.micros() / 1_000_000)).collect::<Vec<_>>();
            prop_assert_eq!(seen(BookSide::Bid), bids.clone());
            prop_assert_eq!(seen(BookSide::Ask), asks.clone());
            prop_assert_eq!(book.best(BookSide::Bid).map(|l| i64::from(l.price.micros()) / 10_000), bids.first().map(|b| b.0));
            prop_assert_eq!(book.best(BookSide::Ask).map(|l| i64::from(l.price.micros()) / 10_000), asks.first().map(|a| a.0));
            // The NO book is the mirror.
            let no: Vec<(i64, u64)> = book.levels_of(Outcome::No, BookSide::Ask).map(|l| (100 - i64::from(l.price.micros()) / 10_000, l.shares.micros() / 1_000_000)).collect();
            prop_assert_eq!(no, bids);
        }
    }
}
