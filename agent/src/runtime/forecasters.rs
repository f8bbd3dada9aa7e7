//! Forecasters: workers that say how wrong they expect others to be. What they imply counts as one more worker.

use std::collections::BTreeMap;

use quorate_collective::forecaster::inverse_loss_implied;
use quorate_domain::Inference;
use quorate_workers::heard::inference_hash;
use quorate_workers::{Forecast, Heard, QuestionKey, WorkerSpec};

/// The newest values of the workers, for what forecasters make of them.
#[derive(Debug, Default)]
pub struct Forecasters {
    /// Workers by name; only those of this instance can be spoken of.
    names: Vec<String>,
    values: BTreeMap<QuestionKey, BTreeMap<String, f64>>,
}

impl Forecasters {
    /// Forecasters of these workers.
    #[must_use]
    pub fn new(specs: &[WorkerSpec]) -> Self {
        Self {
            names: specs.iter().map(|spec| spec.name.clone()).collect(),
            values: BTreeMap::new(),
        }
    }

    /// A worker spoke.
    pub fn heard(&mut self, heard: &Heard) {
        let values = self.values.entry(heard.question).or_default();
        values.insert(heard.worker.clone(), heard.inference.value);
    }

    /// A question closed.
    pub fn close(&mut self, key: QuestionKey) {
        self.values.remove(&key);
    }

    /// The value that a forecast implies: the mean of the values, each weighted by ten to the minus its expected log10
    /// loss. `None` when it speaks of nobody who spoke.
    #[must_use]
    pub fn implied(&self, forecast: &Forecast) -> Option<Heard> {
        let values = self.values.get(&forecast.question)?;
        let of_worker = |name: &String| values.get(name).copied();
        let row: Vec<Option<f64>> = self.names.iter().map(of_worker).collect();
        let losses: Vec<Option<f64>> = self
            .names
            .iter()
            .map(|name| forecast.expected_losses.get(name).copied())
            .collect();
        let value = inverse_loss_implied(&row, &losses)?;
        let inference = Inference {
            topic: forecast.question.topic,
            epoch: forecast.question.epoch,
            label: forecast.question.label,
            worker: forecast.worker,
            value,
            published_at: forecast.received_at,
        };
        let hash = inference_hash(
            &forecast.worker_name,
            forecast.question,
            value,
            forecast.received_at,
        );
        Some(Heard {
            inference,
            worker: forecast.worker_name.clone(),
            question: forecast.question,
            received_at: forecast.received_at,
            hash,
            kind: forecast.kind,
            raw: forecast.raw.clone(),
        })
    }
}
