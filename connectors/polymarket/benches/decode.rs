//! From the bytes of a frame to inputs.
#![allow(missing_docs, reason = "what the macros make needs none")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that fails is a benchmark that ends"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quorate_domain::{MarketId, TickSize};
use quorate_polymarket::ws::{Normalizer, Output, Pair};

const YES: &str = "45936375922793925919605092352922707796689801895417366600539442410775071099958";
const NO: &str = "86520121088881862182423437128238697252500151785248183602134095101149900014256";

fn book() -> String {
    let side = |from: u32, to: u32| -> String {
        let levels = (from..to)
            .map(|cents| format!(r#"{{"price":"0.{cents:02}","size":"{}.25"}}"#, 100 + cents));
        levels.collect::<Vec<_>>().join(",")
    };
    format!(
        r#"{{"market":"0x125149c5918fc5f8c6d34682f700a898a1a19ea4f4e2ae68ff4c5794ba657074","asset_id":"{YES}","timestamp":"1776808414710","hash":"a1e787af723e1ed926a99bf9c1676cf18167c829","bids":[{}],"asks":[{}],"event_type":"book"}}"#,
        side(1, 50),
        side(51, 100)
    )
}

fn change(number: u64) -> String {
    format!(
        r#"{{"market":"0x125149c5918fc5f8c6d34682f700a898a1a19ea4f4e2ae68ff4c5794ba657074","price_changes":[{{"asset_id":"{YES}","price":"0.4","size":"{number}.17","side":"BUY","hash":"425af2848c4f6462b5d29544484{number:013}","best_bid":"0.49","best_ask":"0.51"}},{{"asset_id":"{NO}","price":"0.6","size":"{number}.17","side":"SELL","hash":"a1e787af723e1ed926a99bf9c16{number:013}","best_bid":"0.49","best_ask":"0.51"}}],"timestamp":"1776808414710","event_type":"price_change"}}"#
    )
}

fn decode(criterion: &mut Criterion) {
    let mut normalizer = Normalizer::default();
    let pair = Pair {
        market: MarketId(1),
        condition: String::new(),
        yes: YES.to_owned(),
        no: NO.to_owned(),
        tick: TickSize::CENT,
    };
    normalizer.add(pair).unwrap();
    let mut out = Output::default();
    let book = book();
    normalizer.read(book.as_bytes(), &mut out).unwrap();
    let changes: Vec<String> = (1..=200).map(change).collect();
    let mut at = 0;
    criterion.bench_function("price_change", |bencher| {
        bencher.iter(|| {
            out.clear();
            at = (at + 1) % changes.len();
            normalizer
                .read(black_box(changes[at].as_bytes()), &mut out)
                .unwrap();
            assert_eq!(out.inputs.len(), 1);
            assert!(out.anomalies.is_empty());
        });
    });
    criterion.bench_function("book", |bencher| {
        bencher.iter(|| {
            out.clear();
            normalizer.lose_all(&mut out);
            normalizer
                .read(black_box(book.as_bytes()), &mut out)
                .unwrap();
        });
    });
}

criterion_group!(benches, decode);
criterion_main!(benches);
