//! Fewer points for a drawing, keeping every extreme that the eye would miss.

/// Most points a drawn curve keeps.
pub(super) const POINTS_MAX: usize = 1500;

/// A point of a curve: nanoseconds since 1970 and a value.
pub(super) type Point = (u64, f64);

/// At most [`POINTS_MAX`] of `points`, which are in order of time: the first, the last, and the lowest and highest of
/// each of equally long stretches between them. Curves that are short enough stay as they are.
pub(super) fn downsample(points: &[Point]) -> Vec<Point> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    if points.len() <= POINTS_MAX {
        return points.to_vec();
    }
    let inner = &points[1..points.len() - 1];
    let stretches = (POINTS_MAX - 2) / 2;
    let mut kept = vec![*first];
    for stretch in 0..stretches {
        let from = stretch * inner.len() / stretches;
        let to = (stretch + 1) * inner.len() / stretches;
        kept.extend(extremes(&inner[from..to]));
    }
    kept.push(*last);
    kept
}

/// The lowest and the highest point in order of time; one point when they are the same.
fn extremes(points: &[Point]) -> Vec<Point> {
    let order = |a: &&Point, b: &&Point| a.1.total_cmp(&b.1);
    let mut pair: Vec<Point> = points
        .iter()
        .min_by(order)
        .into_iter()
        .chain(points.iter().max_by(order))
        .copied()
        .collect();
    pair.sort_by_key(|point| point.0);
    pair.dedup();
    pair
}

#[cfg(test)]
mod tests {
    use super::{POINTS_MAX, downsample};

    #[test]
    fn a_lone_spike_survives_and_the_curve_gets_short() {
        let mut points: Vec<(u64, f64)> = (0..100_000).map(|at| (at, 1.0)).collect();
        points[54_321].1 = 9.0;
        points[54_322].1 = -9.0;
        let kept = downsample(&points);
        assert!(kept.len() <= POINTS_MAX);
        assert!(kept.contains(&(54_321, 9.0)) && kept.contains(&(54_322, -9.0)));
        assert_eq!((kept[0].0, kept[kept.len() - 1].0), (0, 99_999));
        assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_short_curve_stays_as_it_is() {
        let points = vec![(1, 1.0), (2, 2.0)];
        assert_eq!(downsample(&points), points);
        assert!(downsample(&[]).is_empty());
    }
}
