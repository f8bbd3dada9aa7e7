//! Means and slopes whose standard errors know that rows of one cluster are nearly the same bet.
//!
//! Cluster-robust variance after Liang & Zeger 1986, without small-sample factors: residuals are summed inside each
//! cluster before they are squared. With a single cluster the error is 0 and means nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rows::{count, mean};

/// A mean over rows with a clustered standard error, and the same seen cluster by cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusteredMean {
    /// Number of values.
    pub n: usize,
    /// Number of clusters among them.
    pub clusters: usize,
    /// Mean of all values.
    pub mean: Option<f64>,
    /// Standard error of the mean, clustered.
    pub se_clustered: Option<f64>,
    /// Mean of the clusters' means: every cluster counts once.
    pub cluster_mean: Option<f64>,
    /// Clusters with a positive mean.
    pub clusters_positive: usize,
}

/// Mean of `values`, each given with its cluster.
#[must_use]
pub fn clustered_mean(values: &[(usize, f64)], tolerance: f64) -> ClusteredMean {
    let mut by_cluster: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for &(cluster, value) in values {
        by_cluster.entry(cluster).or_default().push(value);
    }
    let flat: Vec<f64> = by_cluster.values().flatten().copied().collect();
    let centre = mean(&flat);
    let cluster_means: Vec<f64> = by_cluster
        .values()
        .filter_map(|group| mean(group))
        .collect();
    ClusteredMean {
        n: flat.len(),
        clusters: by_cluster.len(),
        mean: centre,
        se_clustered: centre.map(|centre| standard_error(&by_cluster, centre, flat.len())),
        cluster_mean: mean(&cluster_means),
        clusters_positive: cluster_means.iter().filter(|m| **m > tolerance).count(),
    }
}

fn standard_error(by_cluster: &BTreeMap<usize, Vec<f64>>, centre: f64, n: usize) -> f64 {
    let squares: f64 = by_cluster
        .values()
        .map(|group| {
            let deviation: f64 = group.iter().map(|value| value - centre).sum();
            deviation * deviation
        })
        .sum();
    squares.sqrt() / count(n)
}

/// A least-squares slope with intercept, and its clustered standard error.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusteredSlope {
    /// Number of points.
    pub n: usize,
    /// Number of clusters among them.
    #[serde(skip)]
    pub clusters: usize,
    /// Change of `y` per unit of `x`.
    pub slope: f64,
    /// Clustered standard error of the slope.
    pub se_clustered: f64,
}

/// One point of a regression and the cluster it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Cluster.
    pub cluster: usize,
    /// Regressor.
    pub x: f64,
    /// Response.
    pub y: f64,
}

/// Slope of `y` on `x`; `None` when `x` does not vary.
#[must_use]
pub fn clustered_slope(points: &[Point]) -> Option<ClusteredSlope> {
    let x_mean = mean(&points.iter().map(|p| p.x).collect::<Vec<_>>())?;
    let y_mean = mean(&points.iter().map(|p| p.y).collect::<Vec<_>>())?;
    let sxx: f64 = points.iter().map(|p| (p.x - x_mean) * (p.x - x_mean)).sum();
    let sxy: f64 = points.iter().map(|p| (p.x - x_mean) * (p.y - y_mean)).sum();
    if sxx <= f64::EPSILON * count(points.len()) {
        return None;
    }
    let slope = sxy / sxx;
    let mut moments: BTreeMap<usize, f64> = BTreeMap::new();
    for p in points {
        let residual = p.y - y_mean - slope * (p.x - x_mean);
        *moments.entry(p.cluster).or_default() += (p.x - x_mean) * residual;
    }
    let squares: f64 = moments.values().map(|m| m * m).sum();
    Some(ClusteredSlope {
        n: points.len(),
        clusters: moments.len(),
        slope,
        se_clustered: squares.sqrt() / sxx,
    })
}
