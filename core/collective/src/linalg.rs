//! Solving the small symmetric systems of the learners: Cholesky on a row-major matrix.

use alloc::vec::Vec;

/// Solves `matrix x = rhs` for a symmetric positive definite `matrix` (row-major, `n * n`, only its lower triangle is
/// read); `None` when it is not positive definite in floating point.
pub(crate) fn solve_positive(matrix: &[f64], rhs: &[f64]) -> Option<Vec<f64>> {
    let n = rhs.len();
    let factor = cholesky(matrix, n)?;
    let mut x = rhs.to_vec();
    for i in 0..n {
        let row = &factor[i * n..i * n + i];
        let known: f64 = row.iter().zip(&x).map(|(l, x)| l * x).sum();
        x[i] = (x[i] - known) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] /= factor[i * n + i];
        let solved = x[i];
        for j in 0..i {
            x[j] -= factor[i * n + j] * solved;
        }
    }
    if x.iter().all(|value| value.is_finite()) {
        Some(x)
    } else {
        None
    }
}

/// Lower factor L with `L L' = matrix`, row by row.
fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut factor = matrix.to_vec();
    for i in 0..n {
        let (above, current) = factor.split_at_mut(i * n);
        for j in 0..i {
            let row = &above[j * n..=j * n + j];
            let known: f64 = current[..j].iter().zip(row).map(|(a, b)| a * b).sum();
            current[j] = (current[j] - known) / row[j];
        }
        let squares: f64 = current[..i].iter().map(|l| l * l).sum();
        let pivot = current[i] - squares;
        if pivot <= 0.0 || !pivot.is_finite() {
            return None;
        }
        current[i] = libm::sqrt(pivot);
    }
    Some(factor)
}
