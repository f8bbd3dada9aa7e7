//! Ridge stacking: the median plus a regularised regression on the workers' distances from it.
//!
//! Solving the regression costs the cube of the number of workers and its state the square of it. Above
//! [`RIDGE_WORKERS_MAX`] workers the expert abstains for good: it stays the median, as at its start.

use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::boa0::averaged_square;
use crate::linalg::solve_positive;
use crate::row::ResolvedEvent;
use crate::simple::median_pool;

const FORGETTING: f64 = 0.998;
/// Prior strength: the coefficients are pulled towards `1 / n` as by one event.
const TAU: f64 = 1.0;
const PENALTY_FLOOR: f64 = 1e-18;
/// Attempts to make a numerically singular system solvable, each with a tenfold penalty.
const ATTEMPTS: usize = 40;

/// Workers up to which the regression is kept. Measured, one update of 128 workers takes 0.2 ms, no more than the other
/// experts of a pool of 1,000; by the cube 256 take 1.6 ms and 1,000 a tenth of a second. There are also too few events in
/// practice to estimate more coefficients than this: the prior would decide them.
pub const RIDGE_WORKERS_MAX: usize = 128;

/// State of the regression. Cost per batch is cubic in the number of workers, up to [`RIDGE_WORKERS_MAX`] of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RidgeStack {
    /// Discounted second moments of the distances, row-major.
    moments: Vec<f64>,
    /// Discounted products of distances and errors of the median.
    targets: Vec<f64>,
    coefficients: Vec<f64>,
    /// Average squared error of the median.
    squared_error: Option<f64>,
}

impl RidgeStack {
    /// No workers yet: the value is the median.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a worker with coefficient 0. The worker that makes them too many ends the regression.
    pub fn register(&mut self) {
        let n = self.targets.len();
        if RIDGE_WORKERS_MAX <= n {
            self.abstain(n + 1);
            return;
        }
        let mut grown = Vec::with_capacity((n + 1) * (n + 1));
        for row in self.moments.chunks(n.max(1)) {
            grown.extend_from_slice(row);
            grown.push(0.0);
        }
        grown.extend(core::iter::repeat_n(0.0, n + 1));
        self.moments = grown;
        self.targets.push(0.0);
        self.coefficients.push(0.0);
    }

    /// The median from now on, for this many workers.
    fn abstain(&mut self, workers: usize) {
        self.moments = Vec::new();
        self.targets = vec![0.0; workers];
        self.coefficients = vec![0.0; workers];
    }

    /// True when there are too many workers for a regression: the value is the median.
    #[must_use]
    pub fn is_abstaining(&self) -> bool {
        RIDGE_WORKERS_MAX < self.targets.len()
    }

    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        let entries = if RIDGE_WORKERS_MAX < workers {
            0
        } else {
            workers * workers
        };
        [self.targets.len(), self.coefficients.len()] == [workers; 2]
            && self.moments.len() == entries
    }

    /// Coefficient per worker.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Combined value: median plus coefficients times distances, absent workers contributing nothing.
    #[must_use]
    pub fn value(&self, row: &[Option<f64>]) -> Option<f64> {
        let median = median_pool(row)?;
        if self.is_abstaining() {
            return Some(median);
        }
        let moved = row
            .iter()
            .zip(&self.coefficients)
            .filter_map(|(x, d)| Some(d * ((*x)? - median)));
        Some(median + moved.sum::<f64>())
    }

    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        if self.is_abstaining() {
            return;
        }
        self.moments
            .iter_mut()
            .for_each(|entry| *entry *= FORGETTING);
        self.targets
            .iter_mut()
            .for_each(|entry| *entry *= FORGETTING);
        let mut squares = 0.0;
        for event in events {
            let Some(median) = median_pool(&event.x) else {
                continue;
            };
            let error = event.outcome - median;
            squares += error * error;
            self.add(&event.x, median, error, batch_factor);
        }
        let mean = squares / events.len() as f64;
        self.squared_error = Some(averaged_square(self.squared_error, mean));
        self.solve();
    }

    fn add(&mut self, row: &[Option<f64>], median: f64, error: f64, batch_factor: f64) {
        let distances: Vec<f64> = row.iter().map(|x| x.map_or(0.0, |x| x - median)).collect();
        let n = distances.len();
        for (i, a) in distances.iter().enumerate().filter(|(_, a)| **a != 0.0) {
            let line = &mut self.moments[i * n..(i + 1) * n];
            line.iter_mut()
                .zip(&distances)
                .for_each(|(entry, b)| *entry += batch_factor * a * b);
            self.targets[i] += batch_factor * a * error;
        }
    }

    fn solve(&mut self) {
        let n = self.targets.len();
        let mut penalty = self.squared_error.unwrap_or(0.0) * n as f64 / TAU + PENALTY_FLOOR;
        for _ in 0..ATTEMPTS {
            let mut system = self.moments.clone();
            (0..n).for_each(|i| system[i * (n + 1)] += penalty);
            let pull = penalty / n as f64;
            let rhs: Vec<f64> = self.targets.iter().map(|target| target + pull).collect();
            if let Some(solution) = solve_positive(&system, &rhs) {
                self.coefficients = solution;
                return;
            }
            penalty *= 10.0;
        }
        self.coefficients = vec![1.0 / n as f64; n];
    }
}
