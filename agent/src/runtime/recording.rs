//! What an instance saw, as a tape.

use std::collections::{BTreeMap, BTreeSet};

use quorate_backtest::replay::Session;
use quorate_backtest::tape::{Tape, TapeEpoch, TapeMarket, TapeRecord};
use quorate_domain::{EpochId, Input, LabelId, Listing, MarketEvent, TopicId};

use super::batch::Batch;
use super::recovery::{Retraced, Spectator};

/// Collects listings, market data, inferences and outcomes.
#[derive(Debug, Default)]
pub struct Recording {
    tape: Tape,
    rounds: BTreeMap<(TopicId, EpochId), BTreeSet<LabelId>>,
}

impl Spectator for Recording {
    fn batch<V: Retraced>(&mut self, _: &Session<V>, batch: &Batch) {
        for handled in &batch.handled {
            let input = &handled.entry.input;
            match input {
                Input::Listed(listing) => self.listed(listing),
                // A tape is whole by definition; a gap is a matter of the line, not of the market.
                Input::Market(news) if news.event == MarketEvent::Gap => {}
                Input::Market(_) | Input::Inference(_) | Input::Resolved(_) => {
                    self.tape.records.push(TapeRecord {
                        at: handled.entry.at,
                        input: input.clone(),
                    });
                }
                _ => {}
            }
        }
    }
}

impl Recording {
    fn listed(&mut self, listing: &Listing) {
        match listing {
            Listing::Market(market) => {
                if let Some(link) = market.link {
                    let labels = self.rounds.entry((link.topic, link.epoch)).or_default();
                    labels.insert(link.label);
                }
                self.tape.markets.push(TapeMarket {
                    market: (**market).clone(),
                    category: None,
                });
                if let Some(set) = market.set {
                    let place = set.0 as usize;
                    for number in self.tape.sets.len()..=place {
                        self.tape.sets.push(format!("set-{number}"));
                    }
                }
            }
            Listing::Group(group) => self.tape.groups.push(group.clone()),
            Listing::Topic(topic) => self.tape.topics.push(topic.clone()),
            Listing::Worker(worker) => self.tape.workers.push(worker.clone()),
        }
    }

    /// The tape. The journal knows rounds and labels by number, so their names on the tape are made of those.
    #[must_use]
    pub fn into_tape(mut self) -> Tape {
        for ((topic, id), labels) in self.rounds {
            let most = labels.last().map_or(0, |label| label.0);
            self.tape.epochs.push(TapeEpoch {
                topic,
                id,
                name: format!("round-{id}"),
                labels: (0..=most).map(|label| format!("label-{label}")).collect(),
            });
        }
        self.tape
    }
}
