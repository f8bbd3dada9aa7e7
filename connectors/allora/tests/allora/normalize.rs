//! Bundles become inferences: the network as one worker, or each of its workers as one.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_allora::{
    COMBINED_WORKER, Flavour, Freshness, LeftOut, Reading, ValueTime, View, WorkerBook, normalize,
    normalize_consumer, wire,
};
use quorate_domain::{EpochId, LabelId, Timestamp, TopicId, Worker, WorkerId};

use crate::support::{CONSUMER, V9, V10_LABELS};

const ARRIVED: Timestamp = Timestamp::from_secs(10_000);

fn reading(labels: &BTreeMap<String, LabelId>, view: View) -> Reading<'_> {
    Reading {
        topic: TopicId(3),
        epoch: EpochId(77),
        labels,
        view,
        arrived_at: ARRIVED,
        time: ValueTime::Block(Timestamp::from_secs(9_970)),
        valid_for: Duration::from_secs(60),
    }
}

fn book() -> WorkerBook {
    WorkerBook::new(WorkerId(5), 100)
}

fn names(workers: &[Worker]) -> Vec<(&str, u32)> {
    workers
        .iter()
        .map(|worker| (worker.name.as_str(), worker.id.0))
        .collect()
}

#[test]
fn the_network_can_be_one_worker_or_many_or_both() {
    let bundle = wire::network_inferences(V9, Flavour::Plain).unwrap();
    let none = BTreeMap::new();
    let one = normalize(&bundle, &reading(&none, View::Combined), &mut book());
    assert_eq!(names(&one.new_workers), [(COMBINED_WORKER, 5)]);
    assert_eq!(one.inferences.len(), 1);
    assert_eq!(one.inferences[0].value, bundle.single().unwrap());
    assert_eq!(one.inferences[0].published_at, Timestamp::from_secs(9_970));
    assert_eq!(
        (one.inferences[0].topic, one.inferences[0].epoch),
        (TopicId(3), EpochId(77))
    );
    assert_eq!(one.inferences[0].label, LabelId(0));

    let mut book = book();
    let many = normalize(&bundle, &reading(&none, View::Workers), &mut book);
    assert_eq!(
        names(&many.new_workers),
        [("allora:allo1ann", 5), ("allora:allo1bob", 6)]
    );
    let values: Vec<f64> = many
        .inferences
        .iter()
        .map(|inference| inference.value)
        .collect();
    assert_eq!(
        values,
        [-0.002, 0.0015],
        "no forecasters: their values are mixtures of these"
    );

    let both = normalize(
        &bundle,
        &reading(&none, View::WorkersAndCombined),
        &mut book,
    );
    assert_eq!(
        names(&both.new_workers),
        [(COMBINED_WORKER, 7)],
        "the others are known"
    );
    assert_eq!(both.inferences.len(), 3);
    assert_eq!(
        both.inferences[0].worker,
        WorkerId(5),
        "and keep their numbers"
    );
}

#[test]
fn labels_are_ours_by_name_and_gaps_are_listed() {
    let bundle = wire::network_inferences(V10_LABELS, Flavour::Plain).unwrap();
    let labels: BTreeMap<String, LabelId> = [
        ("up".to_owned(), LabelId(1)),
        ("flat".to_owned(), LabelId(2)),
    ]
    .into();
    let found = normalize(&bundle, &reading(&labels, View::Workers), &mut book());
    let pairs: Vec<(u16, f64)> = found
        .inferences
        .iter()
        .map(|i| (i.label.0, i.value))
        .collect();
    assert_eq!(pairs, [(1, 0.6)]);
    assert_eq!(
        found.left_out,
        [
            LeftOut::UnknownLabel {
                label: "down".to_owned()
            },
            LeftOut::NoValue {
                worker: "allora:allo1ann".to_owned(),
                label: "flat".to_owned()
            },
        ]
    );
    let clash: BTreeMap<String, LabelId> = [
        ("up".to_owned(), LabelId(1)),
        ("flat".to_owned(), LabelId(1)),
    ]
    .into();
    let found = normalize(&bundle, &reading(&clash, View::Combined), &mut book());
    assert!(found.left_out.contains(&LeftOut::SameLabel {
        label: "up".to_owned()
    }));
}

#[test]
fn staleness_is_by_the_values_own_time() {
    let bundle = wire::network_inferences(V9, Flavour::Plain).unwrap();
    let none = BTreeMap::new();
    let at = |time| {
        normalize(
            &bundle,
            &Reading {
                time,
                ..reading(&none, View::Combined)
            },
            &mut book(),
        )
    };
    let fresh = at(ValueTime::Block(Timestamp::from_secs(9_970)));
    assert_eq!(
        fresh.freshness,
        Freshness::Fresh {
            left: Duration::from_secs(30)
        }
    );
    let stale = at(ValueTime::Block(Timestamp::from_secs(9_900)));
    assert_eq!(
        stale.freshness,
        Freshness::Stale {
            by: Duration::from_secs(40)
        }
    );
    let ahead = at(ValueTime::Block(Timestamp::from_secs(10_020)));
    assert_eq!(
        ahead.inferences[0].published_at, ARRIVED,
        "a value is not younger than its arrival"
    );
    let unknown = at(ValueTime::Arrival);
    assert_eq!(unknown.freshness, Freshness::Unknown);
    assert_eq!(unknown.inferences[0].published_at, ARRIVED);
}

#[test]
fn a_consumer_answer_is_the_combined_worker_at_its_own_time() {
    let answer = wire::consumer_inference(CONSUMER).unwrap();
    let none = BTreeMap::new();
    let reading = Reading {
        arrived_at: Timestamp::from_secs(1_780_000_010),
        time: ValueTime::Arrival,
        ..reading(&none, View::Workers)
    };
    let found = normalize_consumer(&answer, &reading, &mut book());
    assert_eq!(names(&found.new_workers), [(COMBINED_WORKER, 5)]);
    assert_eq!(found.inferences[0].value, 64_000.25);
    assert_eq!(
        found.inferences[0].published_at,
        Timestamp::from_secs(1_780_000_000)
    );
    assert_eq!(
        found.freshness,
        Freshness::Fresh {
            left: Duration::from_secs(50)
        }
    );
}

#[test]
fn a_book_is_bounded_and_keeps_its_numbers_when_restored() {
    let mut small = WorkerBook::new(WorkerId(0), 1);
    let bundle = wire::network_inferences(V9, Flavour::Plain).unwrap();
    let none = BTreeMap::new();
    let found = normalize(&bundle, &reading(&none, View::Workers), &mut small);
    assert_eq!(found.inferences.len(), 1);
    assert_eq!(
        found.left_out,
        [LeftOut::BookFull {
            worker: "allora:allo1bob".to_owned()
        }]
    );

    let mut first = book();
    let first_reading = normalize(&bundle, &reading(&none, View::Workers), &mut first);
    assert_eq!(first_reading.new_workers, first.workers());
    let mut listed = first.workers();
    listed.push(Worker {
        id: WorkerId(40),
        name: "csv:mine".to_owned(),
    });
    let mut second = WorkerBook::new(WorkerId(0), 100);
    second.restore(&listed);
    let (id, new) = second.id_of("allora:allo1bob").unwrap();
    assert_eq!((id, new), (WorkerId(6), None));
    let (id, new) = second.id_of("allora:allo1new").unwrap();
    assert_eq!(id, WorkerId(41), "after the highest number of anybody");
    assert!(new.is_some());
}
