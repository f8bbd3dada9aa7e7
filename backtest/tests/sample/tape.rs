//! A sample world is a tape like any other.

use proptest::prelude::*;
use quorate_backtest::sample::{WORKERS, WorldSpec, generate, write};
use quorate_backtest::tape::{Assumptions, LoadOptions, load};
use quorate_domain::{Coverage, Input};

#[test]
fn its_files_load_as_the_tape_it_is() {
    for spec in [
        WorldSpec::default(),
        WorldSpec::brief(3),
        WorldSpec::brief(8),
    ] {
        let world = generate(&spec);
        let folder = tempfile::tempdir().unwrap();
        write(&world, folder.path()).unwrap();
        let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
        // Everything is recorded, so that nothing has to be assumed.
        assert_eq!(loaded.assumptions, Assumptions::default());
        assert!(loaded.tape == world.tape(), "seed {}", spec.seed);
    }
}

#[test]
fn the_tape_lists_groups_sets_topics_and_workers() {
    let tape = generate(&WorldSpec::default()).tape();
    assert_eq!(tape.markets.len(), 80);
    let groups: Vec<_> = tape
        .groups
        .iter()
        .map(|g| (g.name.as_str(), g.coverage))
        .collect();
    assert_eq!(groups, [("president", Coverage::WithOther)]);
    assert_eq!(tape.sets, ["meridia-2025"]);
    let topics: Vec<&str> = tape
        .topics
        .iter()
        .map(|topic| topic.name.as_str())
        .collect();
    assert_eq!(topics, ["president", "governors", "coin-5m"]);
    // One office, four races, 72 windows.
    assert_eq!(tape.epochs.len(), 1 + 4 + 72);
    assert_eq!(tape.epochs[0].labels.len(), 4);
    let mut workers: Vec<&str> = tape
        .workers
        .iter()
        .map(|worker| worker.name.as_str())
        .collect();
    let mut expected: Vec<&str> = WORKERS.iter().map(|worker| worker.name).collect();
    workers.sort_unstable();
    expected.sort_unstable();
    assert_eq!(workers, expected);
}

#[test]
fn every_market_of_the_tape_is_resolved_after_its_close() {
    let tape = generate(&WorldSpec::default()).tape();
    let mut resolved = 0;
    for record in &tape.records {
        if let Input::Resolved(word) = &record.input {
            let market = &tape.market(word.market).unwrap().market;
            assert!(record.at > market.closes_at.unwrap());
            resolved += 1;
        }
    }
    assert_eq!(resolved, tape.markets.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_seed_makes_a_tape_that_loads(seed in any::<u64>()) {
        let world = generate(&WorldSpec::brief(seed));
        let folder = tempfile::tempdir().unwrap();
        write(&world, folder.path()).unwrap();
        let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
        prop_assert!(loaded.tape == world.tape());
    }
}
