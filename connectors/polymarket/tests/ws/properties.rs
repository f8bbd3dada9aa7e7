//! What holds for any frames.

use proptest::prelude::*;
use quorate_domain::{BookSide, Level};
use quorate_polymarket::ws::{Normalizer, Output, number, user_frame};

use crate::support::{MARKET, NO, YES, book, normalizer};

#[derive(Clone, Debug)]
struct Change {
    cents: u32,
    size: u32,
    is_bid: bool,
    at: u64,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let one = (1..100_u32, 0..5_u32, any::<bool>());
    prop::collection::vec(one, 1..40).prop_map(|list| {
        let numbered = list.into_iter().zip(1_795_305_600_001..);
        numbered
            .map(|((cents, size, is_bid), at)| Change {
                cents,
                size,
                is_bid,
                at,
            })
            .collect()
    })
}

/// Changes that never cross the book.
fn calm() -> impl Strategy<Value = Vec<Change>> {
    changes().prop_map(|mut list| {
        for change in &mut list {
            change.is_bid = change.cents <= 51;
            // Behind the best asks, unless it is one.
            if change.cents == 52 {
                change.cents = 53;
            }
        }
        list
    })
}

impl Change {
    fn yes(&self) -> String {
        self.frame(YES, self.cents, if self.is_bid { "BUY" } else { "SELL" })
    }

    fn no(&self) -> String {
        self.frame(
            NO,
            100 - self.cents,
            if self.is_bid { "SELL" } else { "BUY" },
        )
    }

    fn frame(&self, asset: &str, cents: u32, side: &str) -> String {
        // Best prices are left out: the book may cross, which only ever ends in a gap on both scales.
        format!(
            r#"{{"event_type":"price_change","timestamp":"{}","price_changes":[{{"asset_id":"{asset}","price":"0.{cents:02}","size":"{}","side":"{side}","hash":"{}"}}]}}"#,
            self.at, self.size, self.at
        )
    }
}

fn feed<'a>(frames: impl Iterator<Item = &'a String>) -> (Normalizer, Output) {
    let (mut normalizer, mut out) = (normalizer(), Output::default());
    normalizer
        .read(book(1_795_305_600_000).as_bytes(), &mut out)
        .unwrap();
    for frame in frames {
        normalizer.read(frame.as_bytes(), &mut out).unwrap();
    }
    (normalizer, out)
}

fn levels(normalizer: &Normalizer) -> [Vec<Level>; 2] {
    let book = normalizer.book(MARKET).unwrap();
    [BookSide::Bid, BookSide::Ask].map(|side| book.levels(side).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut out = Output::default();
        let _refused = normalizer().read(&bytes, &mut out).is_err();
        let _refused = user_frame::read(&bytes).is_err();
    }

    #[test]
    fn any_fields_are_answered(
        kind in "(book|price_change|last_trade_price|tick_size_change|best_bid_ask|market_resolved|x)",
        price in "(0\\.[0-9]{1,8}|1e73|NaN||-1|[0-9]{1,40})",
        size in "([0-9]{1,25}|0\\.[0-9]{1,9}|x)",
        side in "(BUY|sell|)",
    ) {
        let frame = format!(
            r#"{{"event_type":"{kind}","asset_id":"{YES}","timestamp":"{size}","price":"{price}","size":"{size}","side":"{side}",
            "new_tick_size":"{price}","best_bid":"{price}","bids":[{{"price":"{price}","size":"{size}"}}],"asks":[],
            "price_changes":[{{"asset_id":"{NO}","price":"{price}","size":"{size}","side":"{side}","best_ask":"{size}"}}]}}"#
        );
        let (mut normalizer, mut out) = feed([].iter());
        normalizer.read(frame.as_bytes(), &mut out).unwrap();
    }

    #[test]
    fn leading_zeros_change_no_number(text in "[0-9]{1,7}(\\.[0-9x]{0,8})?") {
        // Long texts are read in another way than short ones.
        let long = format!("{text:0>40}");
        prop_assert_eq!(number::micros(text.as_bytes()), number::micros(long.as_bytes()));
    }

    #[test]
    fn both_tokens_tell_the_same_story(changes in changes()) {
        let (yes, yes_out) = feed(changes.iter().map(Change::yes).collect::<Vec<_>>().iter());
        let (no, no_out) = feed(changes.iter().map(Change::no).collect::<Vec<_>>().iter());
        prop_assert_eq!(levels(&yes), levels(&no));
        prop_assert_eq!(yes_out.inputs, no_out.inputs);
        // Either token's report after the other's adds nothing.
        let both: Vec<String> = changes.iter().flat_map(|one| [one.no(), one.yes()]).collect();
        let (twice, _) = feed(both.iter());
        if !yes.waits(MARKET) && !twice.waits(MARKET) {
            prop_assert_eq!(levels(&yes), levels(&twice));
        }
    }

    #[test]
    fn duplicates_wherever_they_come_change_nothing(changes in calm(), again in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20)) {
        let frames: Vec<String> = changes.iter().map(Change::yes).collect();
        let (plain, plain_out) = feed(frames.iter());
        let mut repeated: Vec<usize> = (0..frames.len()).collect();
        for (from, to) in again {
            let original = from.index(frames.len());
            let first = repeated.iter().position(|at| *at == original).unwrap();
            let place = first + 1 + to.index(repeated.len() - first);
            repeated.insert(place, original);
        }
        let (again, again_out) = feed(repeated.iter().map(|at| &frames[*at]));
        prop_assert!(!plain.waits(MARKET));
        prop_assert_eq!(levels(&plain), levels(&again));
        prop_assert_eq!(plain_out.inputs, again_out.inputs);
    }
}
