//! Every epoch is told once, and silence is noticed once.

use std::time::Duration;

use quorate_allora::sieve::{Sieve, Verdict};
use quorate_allora::{Flavour, NetworkBundle, wire};

use crate::support::V9;

fn bundle(topic: u64, height: u64) -> NetworkBundle {
    NetworkBundle {
        topic,
        height,
        ..wire::network_inferences(V9, Flavour::Plain).unwrap()
    }
}

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn an_epoch_is_new_once_whichever_way_it_comes_again() {
    let mut sieve = Sieve::new(at(60));
    assert_eq!(sieve.judge(&bundle(1, 10), at(0)), Verdict::New);
    assert_eq!(
        sieve.judge(&bundle(2, 10), at(0)),
        Verdict::New,
        "another topic"
    );
    assert_eq!(sieve.judge(&bundle(1, 10), at(1)), Verdict::Duplicate);
    assert_eq!(sieve.judge(&bundle(1, 20), at(2)), Verdict::New);
    assert_eq!(
        sieve.judge(&bundle(1, 10), at(3)),
        Verdict::Duplicate,
        "remembered"
    );
    assert_eq!(
        sieve.judge(&bundle(1, 20), at(500)),
        Verdict::Duplicate,
        "the newest is never told again"
    );
    assert_eq!(sieve.newest(1), Some(20));
}

#[test]
fn a_straggler_is_dropped_and_a_new_chain_is_taken() {
    let mut sieve = Sieve::new(at(60));
    assert_eq!(sieve.judge(&bundle(1, 1_000), at(0)), Verdict::New);
    assert_eq!(
        sieve.judge(&bundle(1, 990), at(1)),
        Verdict::Older { newest: 1_000 }
    );
    assert_eq!(
        sieve.judge(&bundle(1, 1_010), at(2)),
        Verdict::New,
        "a newer one clears the suspicion"
    );
    for height in [5, 6] {
        assert_eq!(
            sieve.judge(&bundle(1, height), at(3)),
            Verdict::Older { newest: 1_010 }
        );
    }
    assert_eq!(
        sieve.judge(&bundle(1, 7), at(4)),
        Verdict::Restarted { from: 1_010 }
    );
    assert_eq!(sieve.judge(&bundle(1, 8), at(5)), Verdict::New);
}

#[test]
fn memory_is_bounded_by_number_and_time() {
    let mut sieve = Sieve::new(at(60));
    for height in 0..5_000 {
        assert_eq!(sieve.judge(&bundle(1, height), at(0)), Verdict::New);
    }
    // Long forgotten as a delivery, hence only known to be older than the newest.
    assert_eq!(
        sieve.judge(&bundle(1, 3), at(1)),
        Verdict::Older { newest: 4_999 }
    );
    assert_eq!(sieve.judge(&bundle(1, 4_990), at(1)), Verdict::Duplicate);
    assert_eq!(
        sieve.judge(&bundle(1, 4_990), at(62)),
        Verdict::Older { newest: 4_999 }
    );
}

#[test]
fn silence_is_said_once_until_something_new_comes() {
    let mut sieve = Sieve::new(at(60));
    assert_eq!(sieve.silence(1, at(10), at(10)), None);
    assert_eq!(sieve.silence(1, at(10), at(11)), Some(at(11)));
    assert_eq!(sieve.silence(1, at(10), at(12)), None);
    sieve.judge(&bundle(1, 5), at(20));
    assert_eq!(sieve.silence(1, at(10), at(25)), None);
    sieve.judge(&bundle(1, 5), at(29));
    assert_eq!(
        sieve.silence(1, at(10), at(31)),
        Some(at(11)),
        "a repetition is no news"
    );
}
