//! The live path over real sockets, as a person would run it: a venue in one process, the agent in another.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::rehearsal::Rehearsal;

/// Ten days of the sample world in about a minute and a half.
const SPEED: u32 = 9_600;

#[test]
fn from_the_first_order_to_the_last_redemption_books_and_venue_agree() {
    let mut here = Rehearsal::start(18, SPEED);
    here.trade();
    here.until("journal and venue agree at the start", 30, |told| {
        told.reconciled == 1
    });
    here.until("orders execute and become final", 40, |told| {
        told.confirmed() > 0
    });
    here.until("decided tokens are paid out", 150, |told| {
        told.resolved > 0 && told.redeemed > 0 && told.holds_nothing()
    });
    let (exit, took) = here.stop();
    assert_eq!(exit, Some(143), "{}", here.story());
    assert!(took < Duration::from_secs(12), "{took:?}");
    // What was matched last becomes final, and is told at the next start.
    std::thread::sleep(Duration::from_secs(6));
    here.quorate(&["kill"]);
    here.trade();
    here.until("they agree at the second start", 30, |told| {
        told.starts == 2 && told.reconciled == 2
    });
    here.stop();
    let told = here.agree();
    println!(
        "{}, {} above what was asked for",
        told.summary(),
        told.surplus()
    );
    assert_eq!(told.mismatches, 0);
    assert_eq!(told.ambiguous, 0, "no fault was on");
}

#[test]
fn with_every_fault_on_no_order_is_lost_none_is_sent_twice_and_the_books_are_right_in_the_end() {
    let seeds = std::env::var("QUORATE_SEEDS").ok();
    let seeds: u64 = seeds.map_or(1, |text| text.parse().unwrap());
    for seed in 1..=seeds {
        bad_day(seed);
    }
}

/// What happens for certain, once each, by the numbers in `docs/local-venue.md`. To orders that take: answers lost before
/// and after the order was taken, trades that fail, hang, come twice or early, and pay another fee.
const TO_TAKERS: [u32; 10] = [1, 2, 4, 5, 28, 30, 31, 32, 35, 37];
/// To orders that rest: failures and garbage, late and delayed answers, fills beyond the order, withdrawals that race.
const TO_MAKERS: [u32; 9] = [2, 6, 17, 19, 20, 21, 22, 23, 24];

/// A day on which everything goes wrong, with a death in the middle of it, and an evening on which nothing does.
fn bad_day(seed: u64) {
    let began = Instant::now();
    let mut here = Rehearsal::start(seed, 4_800);
    // Orders that take meet other troubles than orders that rest and are withdrawn.
    let rests = seed.is_multiple_of(2);
    if rests {
        here.resting();
    } else {
        here.eager();
    }
    here.trade();
    here.until("journal and venue agree at the start", 30, |told| {
        told.reconciled == 1
    });
    // What shuts the whole venue for long comes at rates that leave something to be tested.
    let rare = json!({
        "7": 500, "9": 2_000, "10": 2_000, "25": 2_000, "27": 0, "42": 2_000, "48": 500, "51": 500, "53": 1_000,
    });
    here.switch(&json!({"all": 20_000, "set": rare}));
    // What can happen to an order or to a trade happens often: there are few of them in a minute.
    let often: serde_json::Map<_, _> =
        [1, 2, 3, 4, 5, 6, 13, 17, 22, 28, 30, 31, 32, 33, 34, 35, 37]
            .into_iter()
            .map(|fault| (fault.to_string(), json!(80_000)))
            .collect();
    here.switch(&json!({"set": often}));
    let certain = if rests {
        &TO_MAKERS[..]
    } else {
        &TO_TAKERS[..]
    };
    here.switch(&json!({"next": certain}));
    here.until("orders leave although everything goes wrong", 150, |told| {
        told.intents.len() > 7
    });
    here.kill();
    here.trade();
    std::thread::sleep(Duration::from_secs(15));
    let bad = here.until("it came back", 90, |told| told.starts == 2);
    here.calm();
    // An order that was on its way when the process died is proven to have never arrived after two minutes, not before; until
    // then nothing is sent.
    let evening = here.until("it trades again once nothing goes wrong", 240, |told| {
        told.accepted > bad.accepted && told.confirmed() > bad.confirmed()
    });
    let (_, took) = here.stop();
    assert!(took < Duration::from_secs(13), "{took:?}");
    std::thread::sleep(Duration::from_secs(6));
    here.quorate(&["kill"]);
    here.trade();
    here.until("books and venue agree in the end", 100, |told| {
        told.reconciled > evening.reconciled
    });
    here.stop();
    let told = here.agree();
    println!(
        "seed {seed}, {} s: {}, {} above what was asked for\nfaults {}",
        began.elapsed().as_secs(),
        told.summary(),
        told.surplus(),
        here.faults()
    );
    assert_eq!(told.mismatches, 0, "{}", here.story());
    // What rests is sent less often: it may have been lucky.
    assert!(rests || told.ambiguous > 0, "nothing was ever in doubt");
}
