//! Frames of the price streams: no bytes may panic, and no price is at or below zero.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quorate_prices::{binance, polybolt, rtds};

fuzz_target!(|frame: &[u8]| {
    let Ok(text) = std::str::from_utf8(frame) else {
        return;
    };
    let polybolt = polybolt::read(text).map(|frame| frame.prices);
    for prices in [polybolt, rtds::read(text), binance::read(text)].into_iter().flatten() {
        assert!(prices.iter().all(|price| price.value_micros > 0));
    }
});
