//! What is asked: one label of one epoch of a topic, within one submission window.

use std::fmt;

use quorate_domain::{EpochId, LabelId, Timestamp, TopicId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::time::rfc3339;

/// What kind of number a question asks for, and so its unit and range (see [`crate::range`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// The chance that the label's event happens, from 0 to 1.
    Probability,
    /// A price in the asset's quote currency, above 0.
    Price,
    /// A natural logarithm of a price ratio.
    LogReturn,
    /// A standard deviation of log returns, 0 or above.
    Volatility,
}

impl Quantity {
    /// The word used in JSON and in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Probability => "probability",
            Self::Price => "price",
            Self::LogReturn => "log_return",
            Self::Volatility => "volatility",
        }
    }
}

/// Which question: topic, round and label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QuestionKey {
    /// The topic.
    pub topic: TopicId,
    /// The round.
    pub epoch: EpochId,
    /// The label; 0 for a single-valued epoch.
    pub label: LabelId,
}

impl fmt::Display for QuestionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.epoch, self.label)
    }
}

/// One thing asked in one submission window. A submission counts from `opens_at` (inclusive) to `closes_at` (exclusive).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The topic.
    pub topic: TopicId,
    /// The topic's short unique name.
    pub topic_name: String,
    /// The round.
    pub epoch: EpochId,
    /// The label; 0 for a single-valued epoch.
    pub label: LabelId,
    /// The label's name; may be empty for a single-valued epoch.
    pub label_name: String,
    /// What kind of number is asked for.
    pub quantity: Quantity,
    /// First instant of the window.
    pub opens_at: Timestamp,
    /// First instant after the window.
    pub closes_at: Timestamp,
    /// The question in words.
    pub text: String,
    /// The order book's midpoint as a probability, where there is a book.
    pub market_price: Option<f64>,
}

impl Question {
    /// Which question this is.
    #[must_use]
    pub const fn key(&self) -> QuestionKey {
        QuestionKey {
            topic: self.topic,
            epoch: self.epoch,
            label: self.label,
        }
    }

    /// The question as workers see it: on a command's standard input, and in `GET /v1/questions`. Times are RFC 3339.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "topic": self.topic.0,
            "topic_name": self.topic_name,
            "epoch": self.epoch.0,
            "label": self.label.0,
            "label_name": self.label_name,
            "quantity": self.quantity.as_str(),
            "opens_at": rfc3339(self.opens_at),
            "closes_at": rfc3339(self.closes_at),
            "text": self.text,
            "market_price": self.market_price,
        })
    }
}
