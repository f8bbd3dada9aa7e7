//! The chain's other answers: topics, inferences, forecasts, blocks. Pure.

use std::collections::BTreeMap;

use quorate_domain::Timestamp;

use crate::error::WireError;
use crate::json::Field;

/// A topic as the chain describes it. Lengths are in blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainTopic {
    /// The network's own id.
    pub id: u64,
    /// Its description, which is what the consumer API calls the name.
    pub metadata: String,
    /// Name of the loss, such as `mse`.
    pub loss_method: String,
    /// Height at which the last epoch ended.
    pub epoch_last_ended: Option<u64>,
    /// Blocks from one epoch to the next.
    pub epoch_length: u64,
    /// Blocks until the truth is known.
    pub ground_truth_lag: Option<u64>,
    /// Blocks in which workers may answer.
    pub worker_submission_window: Option<u64>,
    /// Steepness of the weights.
    pub p_norm: Option<f64>,
    /// Offset of the weights.
    pub c_norm: Option<f64>,
    /// Weight of the newest regret.
    pub alpha_regret: Option<f64>,
    /// Floor of the regret scale.
    pub epsilon: Option<f64>,
    /// Regret given to unknown workers.
    pub initial_regret: Option<f64>,
    /// Whether losses can be negative; otherwise their log10 is used.
    pub allow_negative: bool,
}

/// What one worker said.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerInference {
    /// Address.
    pub worker: String,
    /// Epoch.
    pub height: u64,
    /// Its values, one per label; a single one in most topics.
    pub values: Vec<f64>,
}

/// The losses that one forecaster expects of the inferers.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Address of the forecaster.
    pub forecaster: String,
    /// Epoch.
    pub height: u64,
    /// Address of the inferer and its expected loss, in the topic's loss (log10 where losses are never negative).
    pub losses: Vec<(String, f64)>,
}

pub(crate) fn topic(root: &Field<'_>) -> Result<ChainTopic, WireError> {
    let at = root.get("topic");
    let text = |key| at.get(key).text_if_any().unwrap_or_default().to_owned();
    Ok(ChainTopic {
        id: at.get("id").whole()?,
        metadata: text("metadata"),
        loss_method: text("loss_method"),
        epoch_last_ended: at.get("epoch_last_ended").whole_if_any()?,
        epoch_length: at.get("epoch_length").whole()?,
        ground_truth_lag: at.get("ground_truth_lag").whole_if_any()?,
        worker_submission_window: at.get("worker_submission_window").whole_if_any()?,
        p_norm: at.get("p_norm").decimal_if_any()?,
        c_norm: at.get("c_norm").decimal_if_any()?,
        alpha_regret: at.get("alpha_regret").decimal_if_any()?,
        epsilon: at.get("epsilon").decimal_if_any()?,
        initial_regret: at.get("initial_regret").decimal_if_any()?,
        allow_negative: at.get("allow_negative").flag_if_any()?.unwrap_or(false),
    })
}

/// Both shapes: v9 has `value`, v10 has `values` beside it, empty for single values.
pub(crate) fn inferences(root: &Field<'_>) -> Result<Vec<WorkerInference>, WireError> {
    root.get("inferences")
        .get("inferences")
        .items()?
        .iter()
        .map(|item| {
            let many = item.get("values").items()?;
            let values = if many.is_empty() {
                vec![item.get("value").decimal()?]
            } else {
                many.iter().map(Field::decimal).collect::<Result<_, _>>()?
            };
            Ok(WorkerInference {
                worker: item.any_of(&["inferer", "worker"]).word()?.to_owned(),
                height: item.get("block_height").whole()?,
                values,
            })
        })
        .collect()
}

pub(crate) fn forecasts(root: &Field<'_>) -> Result<Vec<Forecast>, WireError> {
    root.get("forecasts")
        .get("forecasts")
        .items()?
        .iter()
        .map(|item| {
            Ok(Forecast {
                forecaster: item.any_of(&["forecaster", "worker"]).word()?.to_owned(),
                height: item.get("block_height").whole()?,
                losses: item
                    .get("forecast_elements")
                    .items()?
                    .iter()
                    .map(|element| {
                        let who = element.any_of(&["inferer", "worker"]).word()?.to_owned();
                        Ok((who, element.get("value").decimal()?))
                    })
                    .collect::<Result<_, _>>()?,
            })
        })
        .collect()
}

/// The module's parameters that are single values, as text.
pub(crate) fn params(root: &Field<'_>) -> Result<BTreeMap<String, String>, WireError> {
    let at = root.get("params");
    if !at.is_present() {
        return Err(at.bad("an object"));
    }
    let members = at.members()?;
    Ok(members
        .into_iter()
        .filter_map(|(key, field)| {
            let value = field.value()?;
            match value.as_str() {
                Some(text) => Some((key.to_owned(), text.to_owned())),
                None if value.is_number() || value.is_boolean() => {
                    Some((key.to_owned(), value.to_string()))
                }
                None => None,
            }
        })
        .collect())
}

/// A number alone under `key`, or inside `{block_height, value}`, as regrets are stored.
pub(crate) fn number(root: &Field<'_>, key: &str) -> Result<f64, WireError> {
    let at = root.get(key);
    match at.get("value") {
        inner if inner.is_present() => inner.decimal(),
        _ => at.decimal(),
    }
}

/// Height and time of a block, from the node's block route.
pub(crate) fn block_time(root: &Field<'_>) -> Result<(u64, Timestamp), WireError> {
    let header = root.any_of(&["sdk_block", "block"]).get("header");
    Ok((header.get("height").whole()?, header.get("time").instant()?))
}
