//! Dense symmetric systems: Cholesky factorisation, and the least disturbance that makes it exist.

use alloc::vec;
use alloc::vec::Vec;

/// Lower Cholesky factor of a symmetric positive definite matrix, row-major.
pub(crate) struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factorises the matrix whose lower triangle is in `matrix`, or nothing if a pivot is not positive.
    pub(crate) fn new(size: usize, matrix: &[f64], shift: f64) -> Option<Self> {
        let mut lower = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let mut sum = matrix[i * size + j];
                if i == j {
                    sum += shift;
                }
                for k in 0..j {
                    sum -= lower[i * size + k] * lower[j * size + k];
                }
                if i > j {
                    lower[i * size + j] = sum / lower[j * size + j];
                } else if sum > 0.0 && sum.is_finite() {
                    lower[i * size + i] = libm::sqrt(sum);
                } else {
                    return None;
                }
            }
        }
        Some(Self { size, lower })
    }

    /// As [`Self::new`], raising the diagonal shift from nearly nothing until the factorisation exists.
    ///
    /// Equivalent legs make the matrix singular; the shift then picks the step of least length among the equivalent ones.
    pub(crate) fn regularised(size: usize, matrix: &[f64]) -> Option<Self> {
        let largest = (0..size).fold(0.0_f64, |m, i| m.max(matrix[i * size + i]));
        let mut shift = 1e-14 * largest.max(1e-300);
        for _ in 0..12 {
            if let Some(factor) = Self::new(size, matrix, shift) {
                return Some(factor);
            }
            shift *= 100.0;
        }
        None
    }

    /// Solves for one right-hand side.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let n = self.size;
        let mut x = right.to_vec();
        for i in 0..n {
            for k in 0..i {
                x[i] -= self.lower[i * n + k] * x[k];
            }
            x[i] /= self.lower[i * n + i];
        }
        for i in (0..n).rev() {
            for k in i + 1..n {
                x[i] -= self.lower[k * n + i] * x[k];
            }
            x[i] /= self.lower[i * n + i];
        }
        x
    }
}
