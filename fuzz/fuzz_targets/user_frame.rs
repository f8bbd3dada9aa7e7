//! Frames of the user channel: no bytes may panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quorate_polymarket::ws::user_frame;

fuzz_target!(|frame: &[u8]| {
    if let Ok(news) = user_frame::read(frame) {
        assert_eq!(user_frame::read(frame), Ok(news));
    }
});
