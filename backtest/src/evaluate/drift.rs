//! Does the market move toward the forecast before resolution? The later move and the drift slope.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cluster::{ClusteredSlope, Point, clustered_slope};
use super::rows::{Judged, Observation, exceeds, mean};
use super::spec::{DriftSpec, Thresholds};

/// Mean move of the mid in the direction of the edge, over rows whose edge is large enough.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LaterMove {
    /// Rows with an edge and a later mid.
    pub n: usize,
    /// Mean of `sign(p - m) * (later mid - m)`, dollars per share.
    pub mean: f64,
}

/// The later move; `None` when no row has an edge and a later mid.
#[must_use]
pub fn later_move(judged: &[Judged<'_>], bounds: &Thresholds) -> Option<LaterMove> {
    let moves: Vec<f64> = judged
        .iter()
        .filter_map(|j| {
            let (mid, later) = (j.row.mid?, j.row.later_mid?);
            let difference = j.p - mid;
            exceeds(difference.abs(), bounds.edge, bounds.tolerance)
                .then(|| difference.signum() * (later - mid))
        })
        .collect();
    Some(LaterMove {
        n: moves.len(),
        mean: mean(&moves)?,
    })
}

/// The quoted mids of every cluster, in time order.
#[derive(Debug, Default)]
pub struct MidHistory {
    by_cluster: BTreeMap<usize, Vec<(i64, f64)>>,
}

impl MidHistory {
    /// Collects the mids of `rows`, which are in time order.
    #[must_use]
    pub fn new(rows: &[&Observation]) -> Self {
        let mut by_cluster: BTreeMap<usize, Vec<(i64, f64)>> = BTreeMap::new();
        for row in rows {
            if let Some(mid) = row.mid {
                by_cluster
                    .entry(row.cluster)
                    .or_default()
                    .push((row.time_ms, mid));
            }
        }
        Self { by_cluster }
    }

    /// The last mid at or before `time + horizon + tolerance`, unless it is older than `time + horizon - tolerance`.
    fn after(&self, cluster: usize, time_ms: i64, drift: &DriftSpec) -> Option<f64> {
        let series = self.by_cluster.get(&cluster)?;
        let target = time_ms.saturating_add(drift.horizon_ms);
        let latest = target.saturating_add(drift.tolerance_ms);
        let end = series.partition_point(|(time, _)| *time <= latest);
        let (time, mid) = series.get(end.checked_sub(1)?)?;
        (*time >= target.saturating_sub(drift.tolerance_ms)).then_some(*mid)
    }
}

/// Least-squares slope of the later change of the mid on `p - m`; `None` when the edge does not vary.
#[must_use]
pub fn drift_slope(
    judged: &[Judged<'_>],
    history: &MidHistory,
    drift: &DriftSpec,
) -> Option<ClusteredSlope> {
    let points: Vec<Point> = judged
        .iter()
        .filter_map(|j| {
            let mid = j.row.mid?;
            let later = history.after(j.row.cluster, j.row.time_ms, drift)?;
            Some(Point {
                cluster: j.row.cluster,
                x: j.p - mid,
                y: later - mid,
            })
        })
        .collect();
    clustered_slope(&points)
}
