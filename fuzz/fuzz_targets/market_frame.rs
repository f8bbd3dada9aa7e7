//! Frames of the market channel: no bytes may panic, and a sound book stays on its grid.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quorate_domain::{MarketId, TickSize};
use quorate_polymarket::ws::{Normalizer, Output, Pair};

fuzz_target!(|frame: &[u8]| {
    let mut normalizer = Normalizer::default();
    let pair = Pair {
        market: MarketId(7),
        condition: String::new(),
        yes: "111".to_owned(),
        no: "222".to_owned(),
        tick: TickSize::CENT,
    };
    assert!(normalizer.add(pair).is_ok());
    let mut out = Output::default();
    let first = normalizer.read(frame, &mut out).is_ok();
    // Reading goes on after anything.
    assert_eq!(normalizer.read(frame, &mut out).is_ok(), first);
});
