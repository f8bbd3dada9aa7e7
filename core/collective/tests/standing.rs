//! The leaderboard: measures worked out by hand, and the same state however it is reached.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_collective::calibration::Calibration;
use quorate_collective::quality::log_loss;
use quorate_collective::standing::rebuild;
use quorate_collective::{
    BoaPlusSpec, Leaderboard, LeaderboardEntry as Entry, LeaderboardError, PoolError, Quantity,
    SchemeSpec,
};

fn empty(window: usize) -> Leaderboard {
    let spec = SchemeSpec::BoaPlus(BoaPlusSpec::default());
    Leaderboard::new(&spec, Quantity::Probability, window).unwrap()
}

fn join(board: &mut Leaderboard) {
    board.apply(&Entry::Join { family: None }).unwrap();
}

/// One event from submissions to resolution.
fn whole(event: u64, x: &[Option<f64>], market: f64, outcome: f64) -> Vec<Entry> {
    let submit = |(worker, value): (usize, &Option<f64>)| {
        Some(Entry::Submit {
            event,
            worker,
            value: (*value)?,
        })
    };
    let mut entries: Vec<Entry> = x.iter().enumerate().filter_map(submit).collect();
    entries.push(Entry::Freeze {
        event,
        market: Some(market),
    });
    entries.push(Entry::Resolve {
        outcomes: vec![(event, outcome)],
        batch_factor: 1.0,
    });
    entries
}

fn feed(board: &mut Leaderboard, entries: &[Entry]) {
    entries.iter().for_each(|entry| board.apply(entry).unwrap());
}

fn near(got: Option<f64>, want: f64) {
    assert!((got.unwrap() - want).abs() < 1e-12, "{got:?} {want}");
}

#[test]
fn measures_are_those_of_the_answered_events() {
    let mut board = empty(1);
    join(&mut board);
    join(&mut board);
    feed(&mut board, &whole(1, &[Some(0.8), Some(0.3)], 0.6, 1.0));
    feed(&mut board, &whole(2, &[Some(0.4), None], 0.5, 0.0));
    let [first, second]: [_; 2] = board.standings().try_into().unwrap();
    assert_eq!((first.total.events, second.total.events), (2, 1));
    near(first.total.coverage, 1.0);
    near(second.total.coverage, 0.5);
    let own = log_loss(0.8, 1.0) + log_loss(0.4, 0.0);
    near(first.total.loss, own / 2.0);
    near(first.total.squared_error, (0.04 + 0.16) / 2.0);
    near(second.total.squared_error, 0.49);
    let market = log_loss(0.6, 1.0) + log_loss(0.5, 0.0);
    near(first.total.skill_market, 1.0 - own / market);
    near(
        second.total.skill_mean,
        1.0 - log_loss(0.3, 1.0) / log_loss(0.55, 1.0),
    );
    near(first.total.market_correlation, 1.0);
    assert_eq!(
        second.total.market_correlation, None,
        "one point has no correlation"
    );
    assert!(0.0 < first.contribution.total && second.contribution.total < 0.0);
    assert!(0.5 < first.weight && (first.weight + second.weight - 1.0).abs() < 1e-12);
    // The window holds the second event only, which the second worker did not answer.
    assert_eq!((first.recent.events, second.recent.events), (1, 0));
    near(first.recent.loss, log_loss(0.4, 0.0));
    near(second.recent.coverage, 0.0);
    assert_eq!(second.recent.loss, None);
}

#[test]
fn the_calibration_slope_is_that_of_the_single_forecasts() {
    let mut board = empty(10);
    join(&mut board);
    let mut pairs = Vec::new();
    for t in 0..600u64 {
        let p = 0.02 + 0.96 * ((t * 37 % 101) as f64 / 101.0);
        // Outcomes happen as often as a forecast half as far from even odds says.
        let odds = (p / (1.0 - p)).sqrt();
        let outcome = f64::from(u8::from(
            ((t * 61 % 97) as f64 / 97.0) < odds / (1.0 + odds),
        ));
        pairs.push((p, outcome));
        feed(&mut board, &whole(t, &[Some(p)], 0.5, outcome));
    }
    let exact = Calibration::fit(&pairs).unwrap().slope;
    let binned = board.standings()[0].total.calibration_slope.unwrap();
    assert!((exact - binned).abs() < 0.01, "{exact} {binned}");
    assert!((0.3..0.7).contains(&binned), "{binned}");
}

#[test]
fn late_and_impossible_submissions_count_as_absent() {
    let mut board = empty(5);
    join(&mut board);
    join(&mut board);
    let submit = |worker, value| Entry::Submit {
        event: 7,
        worker,
        value,
    };
    feed(
        &mut board,
        &[submit(0, 0.2), submit(0, 0.7), submit(1, 1.5)],
    );
    let freeze = Entry::Freeze {
        event: 7,
        market: None,
    };
    feed(&mut board, &[freeze.clone(), submit(1, 0.9)]);
    assert_eq!(board.apply(&freeze), Err(LeaderboardError::FrozenTwice(7)));
    let resolve = |outcomes: Vec<(u64, f64)>| Entry::Resolve {
        outcomes,
        batch_factor: 1.0,
    };
    let before = board.clone();
    for (bad, why) in [
        (vec![(8, 1.0)], LeaderboardError::UnknownEvent(8)),
        (vec![(7, 1.0), (7, 1.0)], LeaderboardError::ResolvedTwice(7)),
        (
            vec![(7, 2.0)],
            LeaderboardError::Pool(PoolError::Outcome(0)),
        ),
    ] {
        assert_eq!(board.apply(&resolve(bad)), Err(why));
    }
    assert_eq!(
        board.apply(&submit(2, 0.5)),
        Err(LeaderboardError::UnknownWorker(2))
    );
    assert_eq!(board, before, "a refusal changes nothing");
    feed(&mut board, &[resolve(vec![(7, 1.0)])]);
    let standings = board.standings();
    near(standings[0].total.squared_error, 0.09);
    assert_eq!(standings[1].total.events, 0);
    assert_eq!(
        (standings[1].ignored.late, standings[1].ignored.impossible),
        (1, 1)
    );
    let void = Entry::Void { event: 7 };
    assert_eq!(board.apply(&void), Err(LeaderboardError::UnknownEvent(7)));
}

#[test]
fn words_about_an_event_that_is_over_are_late_and_leave_nothing_behind() {
    let mut board = empty(1);
    join(&mut board);
    feed(&mut board, &whole(1, &[Some(0.8)], 0.6, 1.0));
    let submit = |event| Entry::Submit {
        event,
        worker: 0,
        value: 0.99,
    };
    feed(&mut board, &[submit(2), Entry::Void { event: 2 }]);
    let before = serde_json::to_string(&board).unwrap().len();
    feed(&mut board, &[submit(1), submit(2), submit(1)]);
    assert_eq!(board.standings()[0].ignored.late, 3);
    assert_eq!(serde_json::to_string(&board).unwrap().len(), before);
    for event in [1, 2] {
        let freeze = Entry::Freeze {
            event,
            market: None,
        };
        assert_eq!(
            board.apply(&freeze),
            Err(LeaderboardError::FrozenTwice(event)),
            "it cannot be judged again"
        );
    }
}

#[test]
fn a_newcomer_is_not_asked_about_what_was_frozen_before() {
    let mut board = empty(5);
    join(&mut board);
    feed(&mut board, &whole(1, &[Some(0.6)], 0.5, 1.0));
    join(&mut board);
    feed(&mut board, &whole(2, &[Some(0.6), Some(0.7)], 0.5, 1.0));
    let standings = board.standings();
    near(standings[1].total.coverage, 1.0);
    near(standings[1].recent.coverage, 1.0);
    assert_eq!(standings[0].total.events, 2);
}

/// Raw histories: workers that join at any time, events open side by side, batches, voids.
fn history() -> impl Strategy<Value = Vec<Entry>> {
    let step = (
        0u8..10,
        prop::collection::vec(prop::option::of(0.0..=1.0f64), 1..5),
        0.0..=1.0f64,
        any::<bool>(),
    );
    prop::collection::vec(step, 1..60).prop_map(|steps| {
        let mut entries = vec![Entry::Join { family: None }];
        let (mut workers, mut frozen) = (1, Vec::new());
        for (event, (kind, x, market, happens)) in steps.into_iter().enumerate() {
            let event = event as u64;
            if kind == 0 {
                workers += 1;
                entries.push(Entry::Join {
                    family: Some(u32::from(happens)),
                });
            }
            let submissions = x.iter().take(workers).enumerate();
            entries.extend(submissions.filter_map(|(worker, value)| {
                Some(Entry::Submit {
                    event,
                    worker,
                    value: (*value)?,
                })
            }));
            entries.push(Entry::Freeze {
                event,
                market: if kind < 8 { Some(market) } else { None },
            });
            frozen.push(event);
            match kind {
                1 => {
                    let event = frozen.remove(0);
                    entries.push(Entry::Void { event });
                }
                2..=5 => {
                    let outcome = f64::from(u8::from(happens));
                    let outcomes: Vec<_> = frozen.drain(..).map(|e| (e, outcome)).collect();
                    let batch_factor = 1.0 / outcomes.len().max(1) as f64;
                    entries.push(Entry::Resolve {
                        outcomes,
                        batch_factor,
                    });
                }
                _ => {}
            }
        }
        entries
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// The state at the end does not depend on how often it was stored and restored on the way, nor on the state that
    /// the window has dropped.
    #[test]
    fn rebuilt_from_the_history_it_is_the_same(entries in history(), every in 1usize..20) {
        let mut live = empty(3);
        for (position, entry) in entries.iter().enumerate() {
            live.apply(entry).unwrap();
            if position.is_multiple_of(every) {
                let stored = serde_json::to_string(&live).unwrap();
                let restored: Leaderboard = serde_json::from_str(&stored).unwrap();
                prop_assert!(restored.is_whole());
                live = restored;
            }
        }
        let rebuilt = rebuild(empty(3), &entries).unwrap();
        prop_assert_eq!(&rebuilt, &live);
        prop_assert_eq!(rebuilt.standings(), live.standings());
        // A window as long as the history says of the recent what the totals say.
        let long = rebuild(empty(1_000), &entries).unwrap();
        for (standing, short) in long.standings().iter().zip(live.standings()) {
            prop_assert_eq!(standing.recent, standing.total);
            prop_assert_eq!(standing.total, short.total);
        }
    }
}
