//! The consumer API's answers. Pure.

use alloy_primitives::{Bytes, U256};
use quorate_domain::Timestamp;

use crate::error::WireError;
use crate::json::Field;
use crate::signature::SignedInference;
use crate::topics::TopicInfo;

/// Something in an answer that is odd but does not spoil the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// The interval's values are its percentiles over again: there is no interval.
    IntervalRepeatsPercentiles,
    /// The interval has not as many values as percentiles: it is left out.
    IntervalLengthsDiffer,
    /// What was signed is not the normalised value times 10^`token_decimals`. A negative value cannot be signed at all.
    SignedValueDiffers,
    /// The signed part is incomplete or unreadable: it cannot be checked.
    NothingToVerify,
}

/// One point of the network's own interval: the spread of its workers, which is **not** the uncertainty of the outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalPoint {
    /// Percentile, 0 to 100.
    pub percentile: f64,
    /// Value there, in the topic's unit.
    pub value: f64,
}

/// The network's combined value as the consumer API gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerInference {
    /// The network's own topic id.
    pub topic: u64,
    /// The combined value in the topic's unit, from the normalised decimal; may be negative.
    pub value: f64,
    /// The value's own time.
    pub timestamp: Timestamp,
    /// Points of the workers' spread; empty if there are none.
    pub interval: Vec<IntervalPoint>,
    /// What can be verified by [`crate::signature::verify`].
    pub signed: Option<SignedInference>,
    /// What was odd.
    pub oddities: Vec<Oddity>,
}

/// Whether the body reports success, and if not, what it says.
pub(crate) fn failure(root: &Field<'_>) -> Option<String> {
    let failed = matches!(root.get("status").flag_if_any(), Ok(Some(false)));
    let message = root.any_of(&["apiResponseMessage", "message"]);
    failed.then(|| {
        message
            .text_if_any()
            .unwrap_or("no reason given")
            .to_owned()
    })
}

/// One page of topics, and the token of the next one.
pub(crate) fn topics(root: &Field<'_>) -> Result<(Vec<TopicInfo>, Option<String>), WireError> {
    let data = root.get("data");
    let list = data.get("topics");
    if !list.is_list() {
        return Err(list.bad("a list of topics"));
    }
    let topics = list.items()?.iter().map(topic).collect::<Result<_, _>>()?;
    let next = data
        .get("continuation_token")
        .text_if_any()
        .filter(|token| !token.is_empty())
        .map(str::to_owned);
    Ok((topics, next))
}

fn topic(at: &Field<'_>) -> Result<TopicInfo, WireError> {
    let text = |key| at.get(key).text_if_any().map(str::to_owned);
    Ok(TopicInfo {
        id: at.get("topic_id").whole()?,
        name: at.get("topic_name").word()?.to_owned(),
        description: text("description"),
        epoch_length: at.get("epoch_length").whole_if_any()?,
        ground_truth_lag: at.get("ground_truth_lag").whole_if_any()?,
        loss_method: text("loss_method"),
        worker_submission_window: at.get("worker_submission_window").whole_if_any()?,
        worker_count: at.get("worker_count").whole_if_any()?,
        reputer_count: at.get("reputer_count").whole_if_any()?,
        is_active: at.get("is_active").flag_if_any()?,
        updated_at: text("updated_at"),
    })
}

/// The combined value. `network_inference` is an unsigned integer, in which no negative value can be written; it is
/// only ever used to check the signature.
pub(crate) fn inference(root: &Field<'_>) -> Result<ConsumerInference, WireError> {
    let data = root.get("data");
    let at = data.get("inference_data");
    let value = at.get("network_inference_normalized").decimal()?;
    let mut oddities = Vec::new();
    let interval = interval(&at, &mut oddities)?;
    let signed = signed(&data, &at);
    match &signed {
        None => oddities.push(Oddity::NothingToVerify),
        Some(signed) => {
            let decimals = data.get("token_decimals").whole_if_any()?.unwrap_or(18);
            if !agrees(signed.network_inference, value, decimals) {
                oddities.push(Oddity::SignedValueDiffers);
            }
        }
    }
    Ok(ConsumerInference {
        topic: at.get("topic_id").whole()?,
        value,
        timestamp: at.get("timestamp").instant()?,
        interval,
        signed,
        oddities,
    })
}

fn interval(at: &Field<'_>, oddities: &mut Vec<Oddity>) -> Result<Vec<IntervalPoint>, WireError> {
    let numbers = |key| -> Result<Vec<f64>, WireError> {
        at.get(key).items()?.iter().map(Field::decimal).collect()
    };
    let percentiles = numbers("confidence_interval_percentiles_normalized")?;
    let values = numbers("confidence_interval_values_normalized")?;
    if percentiles.len() != values.len() {
        oddities.push(Oddity::IntervalLengthsDiffer);
        return Ok(Vec::new());
    }
    if !values.is_empty() && percentiles == values {
        oddities.push(Oddity::IntervalRepeatsPercentiles);
        return Ok(Vec::new());
    }
    Ok(percentiles
        .into_iter()
        .zip(values)
        .map(|(percentile, value)| IntervalPoint { percentile, value })
        .collect())
}

fn signed(data: &Field<'_>, at: &Field<'_>) -> Option<SignedInference> {
    let uints = |key| -> Option<Vec<U256>> { at.get(key).items().ok()?.iter().map(uint).collect() };
    let hex = |field: &Field<'_>| -> Option<Bytes> { field.text_if_any()?.parse().ok() };
    let extra = at.get("extra_data");
    Some(SignedInference {
        network_inference: uint(&at.get("network_inference"))?,
        timestamp: uint(&at.get("timestamp"))?,
        topic_id: uint(&at.get("topic_id"))?,
        extra_data: match extra.text_if_any() {
            None | Some("") => Bytes::new(),
            Some(_) => hex(&extra)?,
        },
        confidence_interval_percentiles: uints("confidence_interval_percentiles")?,
        confidence_interval_values: uints("confidence_interval_values")?,
        signature: hex(&data.get("signature"))?,
    })
}

fn uint(at: &Field<'_>) -> Option<U256> {
    match at.text_if_any() {
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            U256::from_str_radix(text, 10)
                .ok()
                .filter(|_| !text.is_empty())
        }
        Some(_) => None,
        None => at.whole().ok().map(U256::from),
    }
}

/// Equal as far as double precision can tell.
fn agrees(signed: U256, value: f64, decimals: u64) -> bool {
    let Ok(decimals) = i32::try_from(decimals.min(77)) else {
        return false;
    };
    let scaled = value * 10_f64.powi(decimals);
    let signed = f64::from(signed);
    (signed - scaled).abs() <= 1e-9 * scaled.abs().max(1.0)
}
