//! Learning from the losses of a bundle, in the chain's order: regrets, initial regret, scale, network loss, scores.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::initial::initial_regret;
use super::inputs::AlloraError;
use super::losses::BundleLosses;
use super::scores::{Scores, scores};
use super::state::{Regrets, TopicState};
use super::topic::AlloraParams;
use super::weights::{AlloraScheme, regret_scale, weights};
use crate::per_worker::{PerWorker, WorkerKey};

/// What one observation tells the leaderboard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Instant scores of this epoch.
    pub scores: Scores,
    /// Weights of the new regrets of the observed inferers, normalised to sum 1 together with the forecasters'.
    pub inferer_weights: PerWorker<f64>,
    /// Weights of the new regrets of the observed forecasters.
    pub forecaster_weights: PerWorker<f64>,
}

pub(super) fn observe(
    params: &AlloraParams,
    state: &mut TopicState,
    losses: &BundleLosses,
) -> Result<Observation, AlloraError> {
    if !losses.is_usable() {
        return Err(AlloraError::NotFinite);
    }
    let experienced = experienced_workers(params, state, losses);
    let update = Update {
        alpha: params.alpha_regret,
        start: state.initial_regret,
        losses,
    };
    update.all(&mut state.regrets);

    let regrets = &state.regrets;
    let experienced_regrets: Vec<f64> = regrets
        .inferers
        .lookup(experienced.0.into_iter(), 0.0)
        .chain(regrets.forecasters.lookup(experienced.1.into_iter(), 0.0))
        .collect();
    if let Some(initial) = initial_regret(&params.weights, &experienced_regrets) {
        state.initial_regret = initial;
    }
    let observed: Vec<f64> = regrets
        .inferers
        .lookup(losses.inferers.workers(), 0.0)
        .chain(
            regrets
                .forecasters
                .lookup(losses.forecasters.workers(), 0.0),
        )
        .collect();
    if params.weights.scheme == AlloraScheme::V016 && !observed.is_empty() {
        state.scale = regret_scale(&params.weights, &observed);
    }
    state.network_loss = Some(losses.combined);
    let scores = scores(losses);
    average_scores(params, state, losses, &scores);
    count_inclusions(state, losses);
    Ok(observation(params, state, losses, &observed, scores))
}

/// Workers of this bundle that had a regret before and were scored in at least `1 / alpha` earlier epochs.
fn experienced_workers(
    params: &AlloraParams,
    state: &TopicState,
    losses: &BundleLosses,
) -> (Vec<WorkerKey>, Vec<WorkerKey>) {
    let needed = 1.0 / params.alpha_regret;
    let pick = |observed: &PerWorker<f64>, regrets: &PerWorker<f64>, counts: &PerWorker<u32>| {
        let is_known = |worker: &WorkerKey| regrets.get(*worker).is_some();
        let count = |worker: &WorkerKey| counts.get(*worker).copied().unwrap_or(0);
        let workers = observed.workers().filter(is_known);
        workers
            .filter(|worker| needed <= f64::from(count(worker)))
            .collect::<Vec<_>>()
    };
    (
        pick(
            &losses.inferers,
            &state.regrets.inferers,
            &state.inferer_inclusions,
        ),
        pick(
            &losses.forecasters,
            &state.regrets.forecasters,
            &state.forecaster_inclusions,
        ),
    )
}

struct Update<'a> {
    alpha: f64,
    start: f64,
    losses: &'a BundleLosses,
}

impl Update<'_> {
    fn all(&self, regrets: &mut Regrets) {
        let losses = self.losses;
        self.row(&mut regrets.inferers, losses.combined, &losses.inferers);
        self.row(
            &mut regrets.forecasters,
            losses.combined,
            &losses.forecasters,
        );
        self.row(&mut regrets.naive, losses.naive, &losses.inferers);
        let one_outs = &losses.one_out_inferers;
        self.rows(
            &mut regrets.one_out_inferer_inferers,
            one_outs,
            &losses.inferers,
        );
        let one_outs = &losses.one_out_forecasters;
        self.rows(
            &mut regrets.one_out_forecaster_inferers,
            one_outs,
            &losses.inferers,
        );
        self.rows(
            &mut regrets.one_out_forecaster_forecasters,
            one_outs,
            &losses.forecasters,
        );
        let one_ins = &losses.one_in_forecasters;
        self.rows(
            &mut regrets.one_in_forecaster_inferers,
            one_ins,
            &losses.inferers,
        );
        self.recomputed_forecasters(&mut regrets.one_out_inferer_forecasters);
        self.admitted_forecasters(&mut regrets.one_in_forecaster_self);
    }

    /// Regrets of every worker of `own` against one reference loss.
    fn row(&self, table: &mut PerWorker<f64>, reference: f64, own: &PerWorker<f64>) {
        let mut cursor = 0;
        for (worker, loss) in own.iter() {
            let regret = table.entry_from(&mut cursor, worker, || self.start);
            *regret = self.averaged(reference - loss, *regret);
        }
    }

    fn rows(
        &self,
        table: &mut PerWorker<PerWorker<f64>>,
        references: &PerWorker<f64>,
        own: &PerWorker<f64>,
    ) {
        for (first, reference) in references.iter() {
            self.row(table.entry_or(first, PerWorker::new), *reference, own);
        }
    }

    /// (withheld inferer, forecaster): the forecaster's own loss is that of its inference recomputed without the inferer.
    fn recomputed_forecasters(&self, table: &mut PerWorker<PerWorker<f64>>) {
        for (forecaster, recomputed) in self.losses.one_out_inferer_forecasters.iter() {
            for (withheld, own) in recomputed.iter() {
                let Some(reference) = self.losses.one_out_inferers.get(withheld) else {
                    continue;
                };
                let row = table.entry_or(withheld, PerWorker::new);
                let regret = row.entry_or(forecaster, || self.start);
                *regret = self.averaged(reference - own, *regret);
            }
        }
    }

    fn admitted_forecasters(&self, table: &mut PerWorker<f64>) {
        for (forecaster, reference) in self.losses.one_in_forecasters.iter() {
            let Some(own) = self.losses.forecasters.get(forecaster) else {
                continue;
            };
            let regret = table.entry_or(forecaster, || self.start);
            *regret = self.averaged(reference - own, *regret);
        }
    }

    fn averaged(&self, new: f64, old: f64) -> f64 {
        self.alpha * new + (1.0 - self.alpha) * old
    }
}

/// Score averages; the score of an only inferer or only forecaster says nothing and leaves its average alone.
fn average_scores(
    params: &AlloraParams,
    state: &mut TopicState,
    losses: &BundleLosses,
    scores: &Scores,
) {
    let average = |table: &mut PerWorker<f64>, new: &PerWorker<f64>| {
        for (worker, score) in new.iter() {
            let ema = table.entry_or(worker, || *score);
            *ema = params.alpha_score * score + (1.0 - params.alpha_score) * *ema;
        }
    };
    if 1 < losses.inferers.len() {
        average(&mut state.inferer_score_ema, &scores.inferers);
    }
    if 1 < losses.forecasters.len() {
        average(&mut state.forecaster_score_ema, &scores.forecasters);
    }
}

fn count_inclusions(state: &mut TopicState, losses: &BundleLosses) {
    for worker in losses.inferers.workers() {
        *state.inferer_inclusions.entry_or(worker, || 0) += 1;
    }
    for worker in losses.forecasters.workers() {
        *state.forecaster_inclusions.entry_or(worker, || 0) += 1;
    }
}

fn observation(
    params: &AlloraParams,
    state: &TopicState,
    losses: &BundleLosses,
    observed: &[f64],
    scores: Scores,
) -> Observation {
    let computed = weights(&params.weights, observed, state.scale).weights;
    let total: f64 = computed.iter().sum();
    let (inferers, forecasters) = computed.split_at(losses.inferers.len());
    let normalised = |keys: &PerWorker<f64>, weights: &[f64]| -> PerWorker<f64> {
        let shares = weights
            .iter()
            .map(|w| if 0.0 < total { w / total } else { 0.0 });
        keys.workers().zip(shares).collect()
    };
    Observation {
        scores,
        inferer_weights: normalised(&losses.inferers, inferers),
        forecaster_weights: normalised(&losses.forecasters, forecasters),
    }
}
