//! Which variants a sweep tries: every point of a grid, random points, or points spread evenly (Halton 1960).

use toml::Value;

use super::axis::Axis;
use super::settings::Change;
use crate::metrics::bootstrap::SplitMix64;

/// Bases of the Halton sequence, one for each axis: more axes than these are refused.
pub const PRIMES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

/// How points are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every combination of the values.
    Grid,
    /// Independent uniform points.
    Random,
    /// Points of the Halton sequence, turned by the seed: they cover the space more evenly than random ones.
    Halton,
}

/// The variants of a sweep, each once, in the order in which they were drawn. `count` is how many points random and
/// Halton draw; points that fall on one value after rounding are one variant.
#[must_use]
pub fn draw(axes: &[Axis], method: Method, count: usize, seed: u64) -> Vec<Vec<Change>> {
    let points = match method {
        Method::Grid => grid(axes),
        Method::Random => random(axes, count, seed),
        Method::Halton => halton(axes, count, seed),
    };
    let mut variants: Vec<Vec<Change>> = Vec::new();
    for values in points {
        let changes = axes.iter().zip(values).map(|(axis, value)| Change {
            key: axis.key.clone(),
            value,
        });
        let changes: Vec<Change> = changes.collect();
        if !variants.contains(&changes) {
            variants.push(changes);
        }
    }
    variants
}

/// How many points a grid over these axes has; saturates.
#[must_use]
pub fn grid_size(axes: &[Axis]) -> usize {
    let sizes = axes.iter().map(|axis| axis.steps().len());
    sizes.fold(1, usize::saturating_mul)
}

fn grid(axes: &[Axis]) -> Vec<Vec<Value>> {
    axes.iter().fold(vec![Vec::new()], |points, axis| {
        let steps = axis.steps();
        let extended = points.iter().flat_map(|point| {
            steps.iter().map(move |value| {
                let mut longer = point.clone();
                longer.push(value.clone());
                longer
            })
        });
        extended.collect()
    })
}

fn random(axes: &[Axis], count: usize, seed: u64) -> Vec<Vec<Value>> {
    let mut random = SplitMix64::new(seed);
    let mut point = || {
        axes.iter()
            .map(|axis| axis.at(uniform(&mut random)))
            .collect()
    };
    (0..count).map(|_| point()).collect()
}

fn halton(axes: &[Axis], count: usize, seed: u64) -> Vec<Vec<Value>> {
    let mut random = SplitMix64::new(seed);
    let turns: Vec<f64> = axes.iter().map(|_| uniform(&mut random)).collect();
    let coordinate = |number: u64, place: usize| {
        let turned = radical_inverse(number, PRIMES[place % PRIMES.len()]) + turns[place];
        turned - libm::floor(turned)
    };
    let point = |number: u64| {
        let places = axes.iter().enumerate();
        places
            .map(|(place, axis)| axis.at(coordinate(number, place)))
            .collect()
    };
    (1..=count as u64).map(point).collect()
}

/// A number from 0 up to, not including, 1: the high 53 bits.
fn uniform(random: &mut SplitMix64) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Digits of a number in a base, mirrored at the point: the van der Corput sequence (van der Corput 1935).
#[must_use]
pub fn radical_inverse(number: u64, base: u64) -> f64 {
    let base = base.max(2);
    let (mut rest, mut weight, mut value) = (number, 1.0, 0.0);
    while rest > 0 {
        weight /= base as f64;
        value += (rest % base) as f64 * weight;
        rest /= base;
    }
    value
}
