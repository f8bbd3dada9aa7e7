//! Computing a bundle: which workers enter each value, with which regrets, and the weighted means.

use alloc::vec;
use alloc::vec::Vec;

use super::bundle::{Bundle, Mode, Values};
use super::inputs::{
    AlloraError, EpochInput, Forecaster, Inferer, matched_forecasters, present_inferers,
};
use super::state::{TopicState, row};
use super::topic::AlloraParams;
use super::weights;
use crate::per_worker::{PerWorker, WorkerKey};
use crate::stats;

/// Who is left out of a computation.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    Everybody,
    NoForecasters,
    WithoutInferer(usize),
    WithoutForecaster(usize),
    OnlyForecaster(usize),
}

/// The present workers of an epoch and what they implied.
struct Epoch<'a> {
    params: &'a AlloraParams,
    state: &'a TopicState,
    labels: usize,
    inferers: Vec<Inferer<'a>>,
    forecasters: Vec<Forecaster>,
    implied: Vec<Values>,
}

pub(super) fn infer(
    params: &AlloraParams,
    state: &TopicState,
    input: &EpochInput,
) -> Result<Bundle, AlloraError> {
    let inferers = present_inferers(input)?;
    let mode = mode(&inferers, state);
    let forecasters = match mode {
        Mode::Single | Mode::Median => Vec::new(),
        Mode::AllNew | Mode::Weighted => matched_forecasters(input, &inferers, state, params),
    };
    let labels = inferers[0].values.len();
    let mut epoch = Epoch {
        params,
        state,
        labels,
        inferers,
        forecasters,
        implied: Vec::new(),
    };
    epoch.implied = epoch
        .forecasters
        .iter()
        .filter_map(|forecaster| epoch.implied(forecaster, None))
        .collect();
    Ok(epoch.bundle(mode))
}

fn mode(inferers: &[Inferer<'_>], state: &TopicState) -> Mode {
    if inferers.len() < 2 {
        Mode::Single
    } else if state.network_loss.is_none() {
        Mode::Median
    } else if state.initial_regret == 0.0 {
        Mode::AllNew
    } else {
        Mode::Weighted
    }
}

impl Epoch<'_> {
    fn bundle(&self, mode: Mode) -> Bundle {
        let mut bundle = Bundle {
            mode,
            combined: Vec::new(),
            naive: Vec::new(),
            inferers: self
                .inferers
                .iter()
                .map(|i| (i.key, i.values.to_vec()))
                .collect(),
            forecasters: self.of_forecasters(|k| self.implied[k].clone()),
            inferer_weights: PerWorker::new(),
            forecaster_weights: PerWorker::new(),
            one_out_inferers: PerWorker::new(),
            one_out_forecasters: PerWorker::new(),
            one_in_forecasters: PerWorker::new(),
            one_out_inferer_forecasters: PerWorker::new(),
            scale_used: self.state.scale,
        };
        match mode {
            Mode::Single => {
                bundle.combined = self.inferers[0].values.to_vec();
                bundle.naive = bundle.combined.clone();
            }
            Mode::Median => {
                let everybody: Vec<usize> = (0..self.inferers.len()).collect();
                bundle.combined = self.median_of(&everybody);
                bundle.naive = vec![0.0; self.labels];
            }
            Mode::AllNew => self.fill_all_new(&mut bundle),
            Mode::Weighted => self.fill_weighted(&mut bundle),
        }
        bundle
    }

    fn fill_all_new(&self, bundle: &mut Bundle) {
        bundle.combined = self.mean_without(None);
        bundle.naive = bundle.combined.clone();
        bundle.inferer_weights = self.inferers.iter().map(|i| (i.key, 1.0)).collect();
        bundle.one_out_inferers = self.of_inferers(|o| self.mean_without(Some(o)));
        bundle.one_out_inferer_forecasters = self.implied_one_outs();
        if 1 < self.forecasters.len() {
            bundle.one_out_forecasters = self.of_forecasters(|_| bundle.combined.clone());
            bundle.one_in_forecasters = bundle.one_out_forecasters.clone();
        }
    }

    fn fill_weighted(&self, bundle: &mut Bundle) {
        let weights = self.weights(Set::Everybody);
        let (of_inferers, of_forecasters) = weights.split_at(self.inferers.len());
        bundle.combined = self.combine(&weights, None);
        bundle.inferer_weights = self.of_inferers(|j| of_inferers[j]);
        bundle.forecaster_weights = self.of_forecasters(|k| of_forecasters[k]);
        bundle.naive = self.combine(&self.weights(Set::NoForecasters), None);
        bundle.one_out_inferer_forecasters = self.implied_one_outs();
        let implied_without = &bundle.one_out_inferer_forecasters;
        bundle.one_out_inferers = self.of_inferers(|o| {
            self.combine(
                &self.weights(Set::WithoutInferer(o)),
                Some((o, implied_without)),
            )
        });
        if 1 < self.forecasters.len() {
            bundle.one_out_forecasters = self
                .of_forecasters(|k| self.combine(&self.weights(Set::WithoutForecaster(k)), None));
            bundle.one_in_forecasters =
                self.of_forecasters(|k| self.combine(&self.weights(Set::OnlyForecaster(k)), None));
        }
    }

    /// Weights of a computation: one per inferer, then one per forecaster; NaN for those that are left out.
    fn weights(&self, set: Set) -> Vec<f64> {
        let regrets = &self.state.regrets;
        let inferer_key = |o: usize| self.inferers[o].key;
        let forecaster_key = |k: usize| self.forecasters[k].key;
        let (of_inferers, of_forecasters) = match set {
            Set::Everybody => (&regrets.inferers, &regrets.forecasters),
            Set::NoForecasters => (&regrets.naive, &regrets.forecasters),
            Set::WithoutInferer(o) => (
                row(&regrets.one_out_inferer_inferers, inferer_key(o)),
                row(&regrets.one_out_inferer_forecasters, inferer_key(o)),
            ),
            Set::WithoutForecaster(k) => (
                row(&regrets.one_out_forecaster_inferers, forecaster_key(k)),
                row(&regrets.one_out_forecaster_forecasters, forecaster_key(k)),
            ),
            Set::OnlyForecaster(k) => (
                row(&regrets.one_in_forecaster_inferers, forecaster_key(k)),
                &regrets.one_in_forecaster_self,
            ),
        };
        let unknown = self.state.initial_regret;
        let inferer_regrets = of_inferers.lookup(self.inferers.iter().map(|i| i.key), unknown);
        let forecaster_regrets =
            of_forecasters.lookup(self.forecasters.iter().map(|k| k.key), unknown);
        let all: Vec<f64> = inferer_regrets.chain(forecaster_regrets).collect();
        self.weights_of_members(&all, set)
    }

    /// Weights of the members of `set` among all regrets, spread back over everybody.
    fn weights_of_members(&self, all: &[f64], set: Set) -> Vec<f64> {
        let n = self.inferers.len();
        let is_member = |index: usize| match set {
            Set::Everybody => true,
            Set::NoForecasters => index < n,
            Set::WithoutInferer(o) => index != o,
            Set::WithoutForecaster(k) => index != n + k,
            Set::OnlyForecaster(k) => index < n || index == n + k,
        };
        let members: Vec<f64> = all
            .iter()
            .enumerate()
            .filter(|(i, _)| is_member(*i))
            .map(|(_, r)| *r)
            .collect();
        let computed = weights::weights(&self.params.weights, &members, self.state.scale);
        let mut next = computed.weights.into_iter();
        let spread = (0..all.len()).map(|i| if is_member(i) { next.next() } else { None });
        spread.map(|weight| weight.unwrap_or(f64::NAN)).collect()
    }

    /// Weighted mean of inferences and implied inferences. With a withheld inferer the implied inferences are those
    /// recomputed without it, and a forecaster that has none drops out.
    fn combine(
        &self,
        weights: &[f64],
        withheld: Option<(usize, &PerWorker<PerWorker<Values>>)>,
    ) -> Values {
        let implied = |k: usize| -> Option<&Values> {
            let Some((o, implied_without)) = withheld else {
                return Some(&self.implied[k]);
            };
            implied_without
                .get(self.forecasters[k].key)?
                .get(self.inferers[o].key)
        };
        let (of_inferers, of_forecasters) = weights.split_at(self.inferers.len());
        let mut members: Vec<(&[f64], f64)> = self
            .inferers
            .iter()
            .zip(of_inferers)
            .map(|(i, w)| (i.values, *w))
            .collect();
        for (k, weight) in of_forecasters.iter().enumerate() {
            if let Some(values) = implied(k) {
                members.push((values, *weight));
            }
        }
        (0..self.labels)
            .map(|label| stats::weighted_mean(members.iter().map(|(v, w)| (v[label], *w))))
            .collect()
    }

    /// Implied inference of a forecaster, optionally without the inferer at one position; `None` when nobody is left.
    fn implied(&self, forecaster: &Forecaster, without: Option<usize>) -> Option<Values> {
        let (mut positions, mut regrets) = (Vec::new(), Vec::new());
        for (position, regret) in forecaster.positions.iter().zip(&forecaster.regrets) {
            if Some(*position) != without {
                positions.push(*position);
                regrets.push(*regret);
            }
        }
        match positions.as_slice() {
            [] => None,
            [only] => Some(self.inferers[*only].values.to_vec()),
            several if self.state.initial_regret == 0.0 => Some(self.median_of(several)),
            several => {
                let computed = weights::weights(&self.params.weights, &regrets, self.state.scale);
                Some(self.average(several, &computed.weights))
            }
        }
    }

    fn average(&self, positions: &[usize], weights: &[f64]) -> Values {
        let value = |position: &usize, label: usize| self.inferers[*position].values[label];
        (0..self.labels)
            .map(|label| {
                let pairs = positions.iter().zip(weights);
                stats::weighted_mean(pairs.map(|(position, w)| (value(position, label), *w)))
            })
            .collect()
    }

    fn implied_one_outs(&self) -> PerWorker<PerWorker<Values>> {
        let of_forecaster = |k: usize| -> PerWorker<Values> {
            let forecaster = &self.forecasters[k];
            let without = |o: usize| {
                if forecaster.positions.contains(&o) {
                    self.implied(forecaster, Some(o))
                } else {
                    Some(self.implied[k].clone())
                }
            };
            let inferers = self.inferers.iter().enumerate();
            inferers
                .filter_map(|(o, inferer)| Some((inferer.key, without(o)?)))
                .collect()
        };
        self.of_forecasters(of_forecaster)
    }

    fn mean_without(&self, withheld: Option<usize>) -> Values {
        let kept = |o: &usize| Some(*o) != withheld;
        let count = (0..self.inferers.len()).filter(kept).count().max(1) as f64;
        (0..self.labels)
            .map(|label| {
                let inferers = (0..self.inferers.len()).filter(kept);
                inferers
                    .map(|j| self.inferers[j].values[label])
                    .sum::<f64>()
                    / count
            })
            .collect()
    }

    fn median_of(&self, positions: &[usize]) -> Values {
        (0..self.labels)
            .map(|label| {
                let mut values: Vec<f64> = positions
                    .iter()
                    .map(|j| self.inferers[*j].values[label])
                    .collect();
                stats::median_in_place(&mut values).unwrap_or(0.0)
            })
            .collect()
    }

    fn of_inferers<T>(&self, f: impl Fn(usize) -> T) -> PerWorker<T> {
        self.inferers
            .iter()
            .enumerate()
            .map(|(j, i)| (i.key, f(j)))
            .collect()
    }

    fn of_forecasters<T>(&self, f: impl Fn(usize) -> T) -> PerWorker<T> {
        let keys = self.forecasters.iter().map(|k| k.key);
        keys.enumerate()
            .map(|(k, key): (usize, WorkerKey)| (key, f(k)))
            .collect()
    }
}
