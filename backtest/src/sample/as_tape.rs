//! A world as a tape, as if it had been recorded: what replay and paper trading take.

use quorate_domain::{
    Cash, Coverage, EpochId, GroupId, Inference, Input, LabelId, LinkSense, Market, MarketEvent,
    MarketGroup, Objective, Resolution, SetId, Shares, Topic, TopicId, TopicLink, Worker, WorkerId,
};

use super::World;
use super::question::SampleMarket;
use super::workers::WORKERS;
use crate::tape::{Tape, TapeEpoch, TapeMarket, TapeRecord};

impl World {
    /// The world as a tape; the same that loading its files gives.
    #[must_use]
    pub fn tape(&self) -> Tape {
        let mut tape = Tape::default();
        for market in &self.truth.markets {
            let listed = list(&mut tape, market);
            tape.markets.push(listed);
        }
        let workers = list_workers(&mut tape, self);
        let mut records: Vec<(u8, TapeRecord)> = Vec::new();
        records.extend(self.market_inputs.iter().map(|(at, input)| {
            let record = TapeRecord {
                at: *at,
                input: Input::Market(input.clone()),
            };
            (rank(&input.event), record)
        }));
        records.extend(self.inferences.iter().filter_map(|inference| {
            let link = tape.market(inference.market)?.market.link?;
            let input = Input::Inference(Inference {
                topic: link.topic,
                epoch: link.epoch,
                label: link.label,
                worker: workers[inference.worker]?,
                value: inference.value,
                published_at: inference.published_at,
            });
            Some((
                3,
                TapeRecord {
                    at: inference.published_at,
                    input,
                },
            ))
        }));
        records.extend(self.truth.markets.iter().map(|market| {
            let word = Resolution {
                market: market.id,
                payout: market.payout,
            };
            (
                4,
                TapeRecord {
                    at: market.resolves_at,
                    input: Input::Resolved(word),
                },
            )
        }));
        // Stable: within a kind the order stays.
        records.sort_by_key(|(rank, record)| (record.at, *rank));
        tape.records = records.into_iter().map(|(_, record)| record).collect();
        tape
    }
}

/// Which kind comes first at one moment: changes of the tick, books, trades, then inferences (3) and outcomes (4).
fn rank(event: &MarketEvent) -> u8 {
    match event {
        MarketEvent::TickSize(_) => 0,
        MarketEvent::Trade(_) => 2,
        _ => 1,
    }
}

/// Numbers the workers in the order of their first inference. Returns their identities by place in [`WORKERS`].
fn list_workers(tape: &mut Tape, world: &World) -> [Option<WorkerId>; WORKERS.len()] {
    let mut ids = [None; WORKERS.len()];
    for (next, inference) in (0..).zip(first_inferences(world)) {
        ids[inference] = Some(WorkerId(next));
        tape.workers.push(Worker {
            id: WorkerId(next),
            name: WORKERS[inference].name.into(),
        });
    }
    ids
}

/// Workers by their first inference.
fn first_inferences(world: &World) -> Vec<usize> {
    let mut seen = Vec::new();
    for inference in &world.inferences {
        if !seen.contains(&inference.worker) {
            seen.push(inference.worker);
        }
    }
    seen
}

fn list(tape: &mut Tape, sample: &SampleMarket) -> TapeMarket {
    let group = sample.group.map(|name| GroupId(group_place(tape, name)));
    let set = sample.correlated.map(|(name, _)| {
        let found = tape.sets.iter().position(|own| own == name);
        SetId(place(&mut tape.sets, found, |_| name.into()))
    });
    let market = Market {
        id: sample.id,
        name: sample.name.clone(),
        question: sample.question.clone(),
        group,
        set,
        loading: sample.correlated.map_or(0.0, |(_, loading)| loading),
        tick: sample.tick,
        shares_min: Shares::whole(5),
        marketable_buy_min: Cash::whole(1),
        fee: sample.fee,
        opens_at: Some(sample.opens_at),
        closes_at: Some(sample.closes_at),
        link: Some(link(tape, sample)),
    };
    TapeMarket {
        market,
        category: Some(sample.category.into()),
    }
}

fn group_place(tape: &mut Tape, name: &str) -> u32 {
    let found = tape.groups.iter().position(|group| group.name == name);
    place(&mut tape.groups, found, |place| MarketGroup {
        id: GroupId(place),
        name: name.into(),
        coverage: Coverage::WithOther,
    })
}

/// Topic, epoch and label of a market; the label is the market's own.
fn link(tape: &mut Tape, sample: &SampleMarket) -> TopicLink {
    let found = tape
        .topics
        .iter()
        .position(|topic| topic.name == sample.topic);
    let topic = place(&mut tape.topics, found, |place| Topic {
        id: TopicId(u64::from(place)),
        name: sample.topic.into(),
        objective: Objective::default(),
    });
    let topic = TopicId(u64::from(topic));
    let is_own = |epoch: &TapeEpoch| epoch.topic == topic && epoch.name == sample.epoch;
    let found = tape.epochs.iter().position(is_own);
    let earlier = tape
        .epochs
        .iter()
        .filter(|epoch| epoch.topic == topic)
        .count();
    let epoch = place(&mut tape.epochs, found, |_| TapeEpoch {
        topic,
        id: EpochId(earlier as u64),
        name: sample.epoch.clone(),
        labels: Vec::new(),
    });
    let epoch = &mut tape.epochs[epoch as usize];
    let label = place(&mut epoch.labels, None, |_| sample.name.clone());
    let label = LabelId(u16::try_from(label).unwrap_or(u16::MAX));
    TopicLink {
        topic,
        epoch: epoch.id,
        label,
        sense: LinkSense::Direct,
    }
}

/// The found place, or that of a new last element.
fn place<T>(list: &mut Vec<T>, found: Option<usize>, make: impl FnOnce(u32) -> T) -> u32 {
    let place = u32::try_from(found.unwrap_or(list.len())).unwrap_or(u32::MAX);
    if found.is_none() {
        list.push(make(place));
    }
    place
}
