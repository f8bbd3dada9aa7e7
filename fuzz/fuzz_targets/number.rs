//! Decimal text: what is read agrees with the exact decimals of the domain.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quorate_domain::Shares;
use quorate_polymarket::ws::number::micros;

fuzz_target!(|bytes: &[u8]| {
    if let (Ok(ours), Ok(text)) = (micros(bytes), std::str::from_utf8(bytes))
        && let Ok(shares) = Shares::parse(text)
    {
        assert_eq!(shares.micros(), ours);
    }
});
