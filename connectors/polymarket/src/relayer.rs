//! Transactions without gas: the venue's relayer sends what the wallet's owner has signed.
//!
//! An order of the nonces is kept by the wallet itself, so that a payload executes once at most. A submission without an
//! answer is therefore not sent again here: look at the effect on the chain.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio::time::sleep;
use zeroize::Zeroizing;

use crate::auth::{Credentials, l2_signature};
use crate::rest::budget::{Cost, Group};
use crate::rest::{
    Client, Fault, Headers, Node, Request, RestError, WireError, request, success, understood,
};

/// Attempts of one submission.
pub const ATTEMPTS_MAX: u32 = 10;
/// From one poll to the next, and how many there are.
const POLL: Duration = Duration::from_secs(2);
const POLLS_MAX: u32 = 100;
/// While another action of the wallet is under way.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// Who submits. The key is never printed.
#[derive(Clone)]
pub enum RelayerAuth {
    /// A key of the relayer and the address it belongs to.
    Key {
        /// The key.
        key: Zeroizing<String>,
        /// The address.
        address: String,
    },
    /// A builder's API key.
    Builder(Credentials),
}

impl fmt::Debug for RelayerAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { address, .. } => f
                .debug_struct("Key")
                .field("address", address)
                .finish_non_exhaustive(),
            Self::Builder(builder) => f.debug_tuple("Builder").field(builder).finish(),
        }
    }
}

/// The kind of wallet that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayedWallet {
    /// A deposit wallet.
    Deposit,
    /// A Safe.
    Safe,
    /// A proxy of the oldest kind.
    Proxy,
}

/// How far a transaction has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionState {
    /// Taken.
    New,
    /// Sent.
    Executed,
    /// In a block.
    Mined,
    /// Final: it happened.
    Confirmed,
    /// Final: it was refused.
    Invalid,
    /// Final: it reverted.
    Failed,
    /// Something else, in the relayer's words.
    Unknown(String),
}

impl TransactionState {
    /// The state of a text, with or without the prefix `STATE_`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let upper = text.trim().to_uppercase();
        match upper.strip_prefix("STATE_").unwrap_or(&upper) {
            "NEW" => Self::New,
            "EXECUTED" => Self::Executed,
            "MINED" => Self::Mined,
            "CONFIRMED" => Self::Confirmed,
            "INVALID" => Self::Invalid,
            "FAILED" => Self::Failed,
            _ => Self::Unknown(text.to_owned()),
        }
    }

    /// Whether nothing can change any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Confirmed | Self::Invalid | Self::Failed)
    }
}

/// A transaction at the relayer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// The relayer's name for it.
    pub id: String,
    /// Hash on the chain; nothing before it was sent.
    pub hash: Option<String>,
    /// How far it has come.
    pub state: TransactionState,
    /// The relayer's words about what went wrong.
    pub error: Option<String>,
}

/// What a refusal of a submission asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Sign again with this nonce, then submit.
    WithNonce(u64),
    /// Wait, then submit the same.
    AfterWait(Duration),
    /// Nothing: it is refused.
    Never,
}

/// What to do about a refusal: pure. `fault` and `text` are those of the answer, `status` its HTTP status.
#[must_use]
pub fn again_after(status: u16, fault: &Fault, text: &str) -> Again {
    if let Fault::Throttled { after } = fault {
        let wait = after.filter(|wait| !wait.is_zero()).unwrap_or(BUSY_WAIT);
        return Again::AfterWait(wait.min(Duration::from_secs(60)));
    }
    let lower = text.to_lowercase();
    let busy = (lower.contains("wallet busy") && lower.contains("active action"))
        || lower.contains("wallet has in-flight action");
    match (status, nonces_in(&lower)) {
        // A nonce ahead of the chain is not ours to wait for: something else was signed.
        (400, Some((sent, on_chain))) if sent < on_chain => Again::WithNonce(on_chain),
        (400, None) if busy => Again::AfterWait(BUSY_WAIT),
        _ => Again::Never,
    }
}

/// The numbers in `batch nonce N does not match on-chain nonce M`.
fn nonces_in(text: &str) -> Option<(u64, u64)> {
    let (_, rest) = text.split_once("batch nonce ")?;
    let (sent, rest) = rest.split_once(" does not match on-chain nonce ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((sent.trim().parse().ok()?, digits.parse().ok()?))
}

/// A client of the relayer, on top of the venue's.
#[derive(Clone, Debug)]
pub struct Relayer {
    client: Arc<Client>,
    auth: RelayerAuth,
}

impl Relayer {
    /// A client that submits as `auth`.
    #[must_use]
    pub fn new(client: Arc<Client>, auth: RelayerAuth) -> Self {
        Self { client, auth }
    }

    fn request(&self, method: Method, path: impl Into<String>) -> Request<'_> {
        request(&self.client.hosts.relayer, method, path)
    }

    /// The nonce of the next transaction. `address` is the owner's, except that a proxy asks for that of its relay.
    ///
    /// # Errors
    /// No answer, or one that cannot be understood.
    pub async fn nonce(&self, address: &str, wallet: RelayedWallet) -> Result<u64, RestError> {
        let (path, kind) = match wallet {
            RelayedWallet::Deposit => ("/v1/account/transactions/params", "WALLET"),
            RelayedWallet::Safe => ("/v1/account/transactions/params", "SAFE"),
            RelayedWallet::Proxy => ("/relay-payload", "PROXY"),
        };
        let mut request = self.request(Method::GET, path);
        request.query = vec![("address", address.to_owned()), ("type", kind.to_owned())];
        let body = self.client.get(&request, Group::Relayer).await?;
        understood(&request, &body, |node| node.object()?.get("nonce").whole())
    }

    /// Submits a payload, once.
    ///
    /// # Errors
    /// A refusal, or no usable answer: then it is not known whether it was taken.
    pub async fn submit(&self, payload: Vec<u8>) -> Result<Relayed, RestError> {
        let mut request = self.request(Method::POST, "/submit");
        request.body = payload;
        let reply = self
            .client
            .send(&request, Cost::read(Group::RelayerSubmit), || {
                self.headers(&request)
            })
            .await?;
        let body = success(&request, reply)?;
        understood(&request, &body, submitted)
    }

    /// Signs and submits, again with the chain's nonce where the first was too low, again after a wait while the wallet is
    /// busy. `sign` makes the payload for a nonce.
    ///
    /// # Errors
    /// What the last attempt ended with.
    pub async fn execute(
        &self,
        nonce: u64,
        mut sign: impl FnMut(u64) -> Result<Vec<u8>, RestError>,
    ) -> Result<Relayed, RestError> {
        let mut nonce = nonce;
        let mut attempt = 1;
        loop {
            let error = match self.submit(sign(nonce)?).await {
                Ok(relayed) => return Ok(relayed),
                Err(error) => error,
            };
            let RestError::Refused {
                status,
                fault,
                text,
                ..
            } = &error
            else {
                return Err(error);
            };
            let again = again_after(*status, fault, text);
            if attempt >= ATTEMPTS_MAX {
                return Err(error);
            }
            attempt += 1;
            match again {
                Again::Never => return Err(error),
                Again::WithNonce(on_chain) => nonce = on_chain,
                Again::AfterWait(wait) => sleep(wait).await,
            }
        }
    }

    /// How far a transaction has come.
    ///
    /// # Errors
    /// No answer, or one that cannot be understood.
    pub async fn transaction(&self, id: &str) -> Result<Relayed, RestError> {
        let request = self.request(Method::GET, format!("/v1/account/transactions/{id}"));
        let body = self.client.get(&request, Group::Relayer).await?;
        understood(&request, &body, polled)
    }

    /// Waits until a transaction is final. A poll that fails is no news about the transaction.
    ///
    /// # Errors
    /// It is not final after 200 s, or no poll had an answer.
    pub async fn finished(&self, id: &str) -> Result<Relayed, RestError> {
        let mut last = None;
        for _ in 0..POLLS_MAX {
            match self.transaction(id).await {
                Ok(relayed) if relayed.state.is_final() => return Ok(relayed),
                Ok(relayed) => last = Some(Ok(relayed)),
                Err(error) if error.is_transient() => last = last.or(Some(Err(error))),
                Err(error) => return Err(error),
            }
            sleep(POLL).await;
        }
        match last {
            Some(Err(error)) => Err(error),
            seen => Err(RestError::Lost {
                place: format!("transaction {id}"),
                detail: format!(
                    "not final after {} s, last {:?}",
                    POLL.as_secs() * u64::from(POLLS_MAX),
                    seen.and_then(Result::ok).map(|relayed| relayed.state)
                ),
            }),
        }
    }

    fn headers(&self, request: &Request<'_>) -> Result<Headers, RestError> {
        match &self.auth {
            RelayerAuth::Key { key, address } => Ok(vec![
                ("RELAYER_API_KEY", key.to_string()),
                ("RELAYER_API_KEY_ADDRESS", address.clone()),
            ]),
            RelayerAuth::Builder(builder) => {
                let now_s = self.client.clock().venue_s();
                let signature = l2_signature(
                    &builder.secret,
                    now_s,
                    request.method.as_str(),
                    &request.path,
                    &request.body,
                )
                .map_err(|error| RestError::Setting {
                    name: "builder API key",
                    problem: error.to_string(),
                })?;
                Ok(vec![
                    ("POLY_BUILDER_API_KEY", builder.api_key.clone()),
                    ("POLY_BUILDER_PASSPHRASE", builder.passphrase.to_string()),
                    ("POLY_BUILDER_SIGNATURE", signature),
                    ("POLY_BUILDER_TIMESTAMP", now_s.to_string()),
                ])
            }
        }
    }
}

fn submitted(node: &Node<'_>) -> Result<Relayed, WireError> {
    let object = node.object()?;
    Ok(Relayed {
        id: object.get("transactionID").word()?,
        hash: object.get("transactionHash").word_if_any()?,
        state: TransactionState::parse(&object.get("state").word()?),
        error: None,
    })
}

fn polled(node: &Node<'_>) -> Result<Relayed, WireError> {
    let object = node.object()?;
    Ok(Relayed {
        id: object.get("transaction_id").word()?,
        hash: object.get("transaction_hash").word_if_any()?,
        state: TransactionState::parse(&object.get("state").word()?),
        error: object.get("error_msg").word_if_any()?,
    })
}
