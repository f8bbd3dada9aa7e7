//! How much each axis matters: the mean objective at each of its values, and the share of all variation they explain.

use serde::{Deserialize, Serialize};

use super::plan::Variant;

/// Values of an axis above this count are shown in as many groups of neighbours.
const GROUPS_MAX: usize = 8;

/// One axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisEffect {
    /// Key of the run file.
    pub key: String,
    /// Variation between the groups below over all variation of the objective, 0 to 1 (the correlation ratio, Fisher
    /// 1925); `None` when the objective does not vary.
    pub explained: Option<f64>,
    /// The objective by value, in the order of the axis.
    pub groups: Vec<Group>,
}

/// Variants that share a value of an axis, or neighbouring values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The first value, as TOML.
    pub from: String,
    /// The last value, as TOML.
    pub to: String,
    /// Variants.
    pub variants: usize,
    /// Mean objective.
    pub mean: f64,
    /// Least objective.
    pub least: f64,
    /// Greatest objective.
    pub greatest: f64,
}

/// The effect of every axis on the objective; `objectives` is one number for each variant.
#[must_use]
pub fn sensitivity(variants: &[Variant], objectives: &[f64]) -> Vec<AxisEffect> {
    let axes = variants.first().map_or(0, |variant| variant.changes.len());
    (0..axes)
        .map(|axis| effect(variants, objectives, axis))
        .collect()
}

fn effect(variants: &[Variant], objectives: &[f64], axis: usize) -> AxisEffect {
    let mut rows: Vec<(String, f64)> = variants
        .iter()
        .zip(objectives)
        .map(|(variant, objective)| (variant.changes[axis].value.to_string(), *objective))
        .collect();
    // Stable: texts that are no numbers keep the order in which they were first drawn.
    rows.sort_by(|a, b| match (number(&a.0), number(&b.0)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.0.cmp(&b.0),
    });
    let mut values: Vec<Vec<(String, f64)>> = Vec::new();
    for row in rows {
        match values.last_mut() {
            Some(same) if same[0].0 == row.0 => same.push(row),
            _ => values.push(vec![row]),
        }
    }
    let per_group = values.len().div_ceil(GROUPS_MAX).max(1);
    let groups: Vec<Vec<(String, f64)>> = values.chunks(per_group).map(<[_]>::concat).collect();
    AxisEffect {
        key: variants[0].changes[axis].key.clone(),
        explained: explained(&groups, objectives),
        groups: groups.iter().map(|rows| group(rows)).collect(),
    }
}

fn group(rows: &[(String, f64)]) -> Group {
    let values = || rows.iter().map(|row| row.1);
    Group {
        from: rows.first().map(|row| row.0.clone()).unwrap_or_default(),
        to: rows.last().map(|row| row.0.clone()).unwrap_or_default(),
        variants: rows.len(),
        mean: values().sum::<f64>() / rows.len() as f64,
        least: values().fold(f64::INFINITY, f64::min),
        greatest: values().fold(f64::NEG_INFINITY, f64::max),
    }
}

fn explained(groups: &[Vec<(String, f64)>], objectives: &[f64]) -> Option<f64> {
    let mean = objectives.iter().sum::<f64>() / objectives.len().max(1) as f64;
    let total: f64 = objectives.iter().map(|v| (v - mean) * (v - mean)).sum();
    let between: f64 = groups
        .iter()
        .map(|rows| {
            let own = rows.iter().map(|row| row.1).sum::<f64>() / rows.len() as f64;
            rows.len() as f64 * (own - mean) * (own - mean)
        })
        .sum();
    (total > 0.0).then(|| (between / total).min(1.0))
}

/// The number that a TOML value begins with, whatever its unit.
fn number(value: &str) -> Option<f64> {
    let text = value.trim_matches(['"', '\'']).trim_start_matches('$');
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || "+-.e_".contains(c)))
        .unwrap_or(text.len());
    text[..end].parse().ok()
}
