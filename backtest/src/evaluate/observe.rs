//! From a table to the sample: columns by the mapping, cells to numbers, forecasts pooled, rows in time order.

use std::collections::{BTreeMap, BTreeSet};

use crate::input::{Diagnostic, Diagnostics, ExitClass, MAX_ERRORS_PER_FILE};

use super::cells::{Cells, Layout};
use super::pooling::pool;
use super::rows::{ForecastKind, ForecastName, Observation, RowCounts, Sample};
use super::spec::{Coverage, EvaluationSpec, Pooling};
use super::table::{Table, TableRow};

/// Reads the rows of a table as the specification maps them.
///
/// Rows with an empty required column or outcome are left out and counted. Rows come out sorted by time, then cluster,
/// then their order in the table.
///
/// # Errors
/// Missing columns, means of unknown models, rows of one time, cluster and group, and every cell that is not what its column should hold.
pub fn observe(spec: &EvaluationSpec, table: &Table) -> Result<Sample, Diagnostics> {
    let layout = Layout::find(spec, table)?;
    let pools = pools(spec)?;
    let labels = Labels::collect(&layout, table);
    let mut sample = Sample {
        clusters: labels
            .clusters
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        groups: labels
            .groups
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        forecasts: forecast_names(spec, &pools),
        counts: RowCounts {
            read: table.rows.len(),
            ..RowCounts::default()
        },
        rows: Vec::new(),
    };
    let mut errors = Diagnostics::new();
    let mut times = BTreeSet::new();
    let mut seen = BTreeMap::new();
    for row in &table.rows {
        let mut cells = Cells::new(&layout, table, row);
        let observation = cells.observation(&labels, &mut times, &mut sample.counts);
        let counted = observation.as_ref().filter(|_| counts_bets(spec));
        let first = counted.and_then(|o| {
            let earlier = seen.insert((o.time_ms, o.cluster, o.group), row.line);
            earlier.map(|line| repeated(&layout, table, row, line))
        });
        if errors.len() < MAX_ERRORS_PER_FILE {
            errors.append(cells.into_errors());
            errors.append(first.map(Diagnostics::from).unwrap_or_default());
        }
        sample
            .rows
            .extend(observation.map(|o| with_pools(o, &pools, spec.thresholds.logit_clip)));
    }
    sample.counts.times = times.len();
    sample.counts.used = sample.rows.len();
    sample.rows.sort_by_key(|row| (row.time_ms, row.cluster));
    errors.into_result(sample)
}

/// Whether rows are bets or forecasts. Rows of ready-made profits may share a time: several orders at once.
fn counts_bets(spec: &EvaluationSpec) -> bool {
    !spec.models.is_empty() || !spec.rules.is_empty()
}

/// A second row of one bet would count it twice.
fn repeated(layout: &Layout, table: &Table, row: &TableRow, first: usize) -> Diagnostic {
    let message =
        format!("the row repeats the time (to the millisecond), cluster and group of line {first}");
    table
        .at(row, layout.time, "duplicate-row", message)
        .with_hint("leave one of them out, or tell them apart with group_by")
}

/// Names of clusters and groups in the order of their numbers.
pub(super) struct Labels<'t> {
    clusters: Vec<&'t str>,
    groups: Vec<&'t str>,
    pub(super) cluster_number: BTreeMap<&'t str, usize>,
    pub(super) group_number: BTreeMap<&'t str, usize>,
}

impl<'t> Labels<'t> {
    fn collect(layout: &Layout, table: &'t Table) -> Self {
        let values = |column: usize| -> Vec<&'t str> {
            let distinct: BTreeSet<&str> = table
                .rows
                .iter()
                .filter_map(|row| row.cell(column))
                .collect();
            distinct.into_iter().collect()
        };
        let mut groups = layout.group.map_or_else(|| vec![""], values);
        if groups.iter().all(|name| name.parse::<f64>().is_ok()) {
            groups.sort_by(|a, b| number(a).total_cmp(&number(b)));
        }
        let clusters = values(layout.cluster);
        let (cluster_number, group_number) = (numbered(&clusters), numbered(&groups));
        Self {
            clusters,
            groups,
            cluster_number,
            group_number,
        }
    }
}

fn numbered<'t>(names: &[&'t str]) -> BTreeMap<&'t str, usize> {
    names
        .iter()
        .enumerate()
        .map(|(number, name)| (*name, number))
        .collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// A pooled forecast as positions in the list of models.
struct Pool {
    name: String,
    kind: ForecastKind,
    members: Vec<usize>,
    pooling: Pooling,
    coverage: Coverage,
}

/// The means of the specification, then the plain collective of all models.
fn pools(spec: &EvaluationSpec) -> Result<Vec<Pool>, Diagnostics> {
    let index: BTreeMap<&str, usize> = spec
        .models
        .iter()
        .enumerate()
        .map(|(i, model)| (model.name.as_str(), i))
        .collect();
    let mut errors = Diagnostics::new();
    let mut pools = Vec::new();
    for mean in &spec.means {
        let mut members = Vec::new();
        for name in &mean.models {
            match index.get(name.as_str()) {
                Some(member) => members.push(*member),
                None => errors.push(unknown_model(&mean.name, name)),
            }
        }
        let (name, kind) = (mean.name.clone(), ForecastKind::Mean);
        pools.push(Pool {
            name,
            kind,
            members,
            pooling: mean.pooling,
            coverage: mean.coverage,
        });
    }
    pools.extend(collective(spec.models.len()));
    errors.into_result(pools)
}

fn unknown_model(mean: &str, model: &str) -> Diagnostic {
    let message = format!("mean `{mean}` names the model `{model}`, which is not among the models");
    Diagnostic::new(ExitClass::Config, "unknown-model", message)
}

/// Mean, median and logit mean of the models present on a row. A single model is its own mean and needs no others.
fn collective(models: usize) -> Vec<Pool> {
    let poolings = match models {
        0 => &[][..],
        1 => &[("mean of models", Pooling::Mean)][..],
        _ => &[
            ("mean of models", Pooling::Mean),
            ("median of models", Pooling::Median),
            ("logit mean of models", Pooling::LogitMean),
        ][..],
    };
    let pools = poolings.iter().map(|(name, pooling)| Pool {
        name: (*name).to_owned(),
        kind: ForecastKind::Collective,
        members: (0..models).collect(),
        pooling: *pooling,
        coverage: Coverage::Any,
    });
    pools.collect()
}

fn forecast_names(spec: &EvaluationSpec, pools: &[Pool]) -> Vec<ForecastName> {
    let models = spec.models.iter().map(|model| ForecastName {
        name: model.name.clone(),
        kind: ForecastKind::Model,
    });
    let pools = pools.iter().map(|p| ForecastName {
        name: p.name.clone(),
        kind: p.kind,
    });
    models.chain(pools).collect()
}

fn with_pools(mut row: Observation, pools: &[Pool], clip: f64) -> Observation {
    let models = row.forecasts.clone();
    for p in pools {
        let values: Vec<Option<f64>> = p.members.iter().map(|member| models[*member]).collect();
        row.forecasts
            .push(pool(&values, p.pooling, p.coverage, clip));
    }
    row
}
