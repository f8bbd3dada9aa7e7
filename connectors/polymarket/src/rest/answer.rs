//! From what came back, or did not, to what it means for an order. Pure and total: any status, any bytes.
//!
//! Accepted and refused both need a proof. Whatever proves neither is unknown, and is resolved by asking for the order.

use rust_decimal::Decimal;

use super::fault::{Fault, Told, fault_in_words, fault_of};
use super::head::Head;
use super::node::{Node, Object, WireError};

/// What came of sending a request once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A whole answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// The headers that matter.
        head: Head,
        /// The body, unpacked.
        body: Vec<u8>,
    },
    /// Not a byte of the request was sent.
    NotSent {
        /// What is known.
        detail: String,
    },
    /// Sent at least in part; no answer, a broken one, or one that is too long.
    Lost {
        /// What is known.
        detail: String,
    },
}

/// What the venue did with an order it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedAs {
    /// It rests in the book.
    Live,
    /// It executed at once, at least in part. Matched is not settled.
    Matched,
    /// It is held back for the taker delay and cannot be cancelled meanwhile.
    Delayed,
}

/// What came of posting an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostOutcome {
    /// The venue has it.
    Accepted {
        /// The venue's name for it, equal to the expected one.
        order_id: String,
        /// What it did with it.
        status: AcceptedAs,
        /// Amount given, in whole units; nothing where the venue left it open.
        making: Option<Decimal>,
        /// Amount got, in whole units; nothing where the venue left it open.
        taking: Option<Decimal>,
        /// Trades it is part of.
        trade_ids: Vec<String>,
    },
    /// The venue has had it since an earlier attempt: look it up.
    AcceptedAlready {
        /// The venue's words.
        text: String,
    },
    /// It is proven that the venue does not have it.
    Refused {
        /// The class of the refusal.
        fault: Fault,
        /// The venue's words, shortened.
        text: String,
    },
    /// It is not known whether the venue has it: look it up by its id.
    Unknown {
        /// What is known.
        text: String,
    },
}

impl PostOutcome {
    fn unknown(text: impl Into<String>) -> Self {
        Self::Unknown { text: text.into() }
    }

    fn of_fault(fault: Fault, text: String, expected_id: &str) -> Self {
        match fault {
            // Somebody else's order being a duplicate proves nothing about this one.
            Fault::Duplicate {
                order_id: Some(other),
            } if !same_id(&other, expected_id) => Self::Unknown {
                text: format!("the answer is about another order: {text}"),
            },
            Fault::Duplicate { .. } => Self::AcceptedAlready { text },
            fault if fault.proves_absence() => Self::Refused { fault, text },
            _ => Self::Unknown { text },
        }
    }

    /// The class of a refusal.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Refused { fault, .. } => Some(fault),
            _ => None,
        }
    }
}

fn same_id(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The class of a reply that is no success; nothing for a whole answer with a status of 2xx.
#[must_use]
pub fn fault_of_reply(reply: &Reply) -> Option<Fault> {
    match reply {
        Reply::NotSent { .. } => Some(Fault::NotSent),
        Reply::Lost { .. } => Some(Fault::Unclear),
        Reply::Answer { status, .. } if (200..300).contains(status) => None,
        Reply::Answer { status, head, body } => Some(fault_of(*status, head, body)),
    }
}

/// What a reply says in words, shortened.
#[must_use]
pub fn words_of(reply: &Reply) -> String {
    match reply {
        Reply::NotSent { detail } => format!("not sent: {detail}"),
        Reply::Lost { detail } => format!("no whole answer: {detail}"),
        Reply::Answer { status, body, .. } => {
            format!("HTTP {status}: {}", Told::read(body).excerpt)
        }
    }
}

/// What came of `POST /order` for the order with the id `expected_id`.
#[must_use]
pub fn classify_post(reply: &Reply, expected_id: &str) -> PostOutcome {
    if let Some(fault) = fault_of_reply(reply) {
        return PostOutcome::of_fault(fault, words_of(reply), expected_id);
    }
    match reply {
        Reply::Answer { body, .. } => parse_post_answer(body, expected_id),
        _ => PostOutcome::unknown(words_of(reply)),
    }
}

/// What came of `POST /orders`, one outcome for each id, in order. The legs of an answer are matched by position and
/// checked by id; a refusal of the request as a whole is one of each leg, unless it is about one of the orders: then it is
/// not known which, nor what became of the others.
#[must_use]
pub fn classify_batch(reply: &Reply, expected_ids: &[String]) -> Vec<PostOutcome> {
    let for_each = |outcome: &dyn Fn(&String) -> PostOutcome| -> Vec<PostOutcome> {
        expected_ids.iter().map(outcome).collect()
    };
    let of_all = |outcome: PostOutcome| match outcome {
        PostOutcome::Refused { fault, text }
            if expected_ids.len() > 1 && fault.is_about_one_order() =>
        {
            PostOutcome::Unknown { text }
        }
        outcome => outcome,
    };
    let body = match reply {
        Reply::Answer { body, .. } if fault_of_reply(reply).is_none() => body,
        _ => return for_each(&|id| of_all(classify_post(reply, id))),
    };
    let legs = match Node::parse(body).and_then(|node| node.items()) {
        Ok(legs) if legs.len() == expected_ids.len() => legs,
        Ok(legs) => {
            let text = format!("{} answers to {} orders", legs.len(), expected_ids.len());
            return for_each(&|_| PostOutcome::unknown(text.clone()));
        }
        // One object instead of a list can still be a refusal of everything, never an acceptance.
        Err(_) => {
            return for_each(&|id| match of_all(parse_post_answer(body, id)) {
                refused @ PostOutcome::Refused { .. } => refused,
                _ => PostOutcome::unknown(words_of(reply)),
            });
        }
    };
    legs.iter()
        .zip(expected_ids)
        .map(|(leg, id)| post_answer(leg, id))
        .collect()
}

/// What the body of a successful `POST /order` says about the order with the id `expected_id`.
#[must_use]
pub fn parse_post_answer(body: &[u8], expected_id: &str) -> PostOutcome {
    match Node::parse(body) {
        Ok(node) => post_answer(&node, expected_id),
        Err(error) => PostOutcome::unknown(error.to_string()),
    }
}

fn post_answer(node: &Node<'_>, expected_id: &str) -> PostOutcome {
    let fields = match node.object().and_then(|object| Fields::read(&object)) {
        Ok(fields) => fields,
        Err(error) => return PostOutcome::unknown(error.to_string()),
    };
    if !fields.order_id.is_empty() && !same_id(&fields.order_id, expected_id) {
        return PostOutcome::unknown(format!(
            "the answer is about another order, {}",
            super::node::excerpt(&fields.order_id)
        ));
    }
    // Told to be late, and taken all the same.
    let informational = fields.status == "delayed" && fields.error.contains("order match delayed");
    if fields.error.is_empty() || informational {
        fields.without_error()
    } else {
        fields.with_error(expected_id)
    }
}

/// The members of an order's answer.
struct Fields {
    success: bool,
    error: String,
    order_id: String,
    status: String,
    making: Option<Decimal>,
    taking: Option<Decimal>,
    trade_ids: Vec<String>,
}

impl Fields {
    fn read(object: &Object<'_>) -> Result<Self, WireError> {
        let error = object.any_of(&["errorMsg", "error"]);
        let success = object.get("success");
        Ok(Self {
            // An answer in the shape of an error has no such member.
            success: match object.get("error").present() {
                Some(_) => success.flag_if_any()?.unwrap_or(false),
                None => success.flag()?,
            },
            error: error.word_if_any()?.unwrap_or_default(),
            order_id: object.get("orderID").word_if_any()?.unwrap_or_default(),
            status: object
                .get("status")
                .word_if_any()?
                .unwrap_or_default()
                .to_lowercase(),
            making: object.get("makingAmount").decimal_if_any()?,
            taking: object.get("takingAmount").decimal_if_any()?,
            trade_ids: object
                .get("tradeIDs")
                .items_if_any()?
                .iter()
                .map(Node::word)
                .collect::<Result<_, _>>()?,
        })
    }

    fn without_error(self) -> PostOutcome {
        if !self.success {
            return PostOutcome::unknown("no success, and no reason for it");
        }
        if self.order_id.is_empty() {
            return PostOutcome::unknown("success without the id of an order");
        }
        let status = match self.status.as_str() {
            "live" => AcceptedAs::Live,
            "matched" => AcceptedAs::Matched,
            "delayed" => AcceptedAs::Delayed,
            other => {
                return PostOutcome::unknown(format!(
                    "an order with the status `{}`",
                    super::node::excerpt(other)
                ));
            }
        };
        PostOutcome::Accepted {
            order_id: self.order_id,
            status,
            making: self.making,
            taking: self.taking,
            trade_ids: self.trade_ids,
        }
    }

    fn with_error(self, expected_id: &str) -> PostOutcome {
        let text = super::node::excerpt(&self.error);
        let is_taken = matches!(self.status.as_str(), "live" | "matched" | "delayed");
        if !self.order_id.is_empty() && (self.success || is_taken) {
            return match fault_in_words(&self.error) {
                Some(Fault::Duplicate { .. }) => PostOutcome::AcceptedAlready { text },
                _ => PostOutcome::unknown(format!("taken, with a reason against it: {text}")),
            };
        }
        let fault = fault_in_words(&self.error).unwrap_or(Fault::Other);
        PostOutcome::of_fault(fault, text, expected_id)
    }
}
