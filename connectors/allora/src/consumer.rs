//! The consumer API: topics by name, and combined values ready to use.

use std::collections::BTreeSet;

use crate::consumer_wire::{self, ConsumerInference};
use crate::error::{AlloraError, WireError, shorten};
use crate::http::Http;
use crate::json::Field;
use crate::secret::Secret;
use crate::settings::{ConsumerSettings, Network};
use crate::topics::TopicInfo;

/// Assets of the price route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceAsset {
    /// Bitcoin.
    Btc,
    /// Ether.
    Eth,
}

impl PriceAsset {
    const fn word(self) -> &'static str {
        match self {
            Self::Btc => "BTC",
            Self::Eth => "ETH",
        }
    }
}

/// Horizons of the price route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceHorizon {
    /// Five minutes ahead.
    FiveMinutes,
    /// Eight hours ahead.
    EightHours,
}

impl PriceHorizon {
    const fn word(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::EightHours => "8h",
        }
    }
}

/// Asks the consumer API. All methods fail with an [`AlloraError`] that names the request.
pub struct ConsumerClient {
    http: Http,
    network: Network,
    signature_format: String,
    pages_max: usize,
}

impl ConsumerClient {
    /// A client with its key.
    ///
    /// # Errors
    /// [`AlloraError::Setting`] for an address, a key or a signature format that cannot be used.
    pub fn new(settings: &ConsumerSettings, key: Secret) -> Result<Self, AlloraError> {
        let format = settings.signature_format.as_str();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if format.is_empty() || !format.bytes().all(plain) {
            return Err(AlloraError::Setting {
                name: "signature_format",
                problem: format!(
                    "{format:?} cannot be part of a path; write for example ethereum-11155111"
                ),
            });
        }
        Ok(Self {
            http: Http::new("base_url", &settings.base_url, Some(key), settings.http)?,
            network: settings.network,
            signature_format: format.to_owned(),
            pages_max: settings.pages_max,
        })
    }

    /// All topics of the chain, page after page.
    ///
    /// # Errors
    /// [`AlloraError::EndlessPages`] if a page comes again or there are too many; else see [`AlloraError`].
    pub async fn topics(&self) -> Result<Vec<TopicInfo>, AlloraError> {
        let path = format!("/allora/{}/topics", self.network.chain_id());
        let mut topics = Vec::new();
        let mut seen = BTreeSet::new();
        let mut token: Option<String> = None;
        for _ in 0..self.pages_max {
            let query: Vec<(&str, &str)> = token
                .iter()
                .map(|token| ("continuation_token", token.as_str()))
                .collect();
            let (page, next) = self.read(&path, &query, consumer_wire::topics).await?;
            topics.extend(page);
            match next {
                None => return Ok(topics),
                Some(next) if seen.insert(next.clone()) => token = Some(next),
                Some(_) => break,
            }
        }
        Err(AlloraError::EndlessPages {
            place: format!("GET {path}"),
            pages: seen.len() + 1,
        })
    }

    /// The newest combined value of a topic. It may be old: look at its timestamp.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn inference(&self, topic: u64) -> Result<ConsumerInference, AlloraError> {
        let path = format!("/allora/consumer/{}", self.signature_format);
        let id = topic.to_string();
        let query = [
            ("allora_topic_id", id.as_str()),
            ("inference_value_type", "uint256"),
        ];
        let found = self.read(&path, &query, consumer_wire::inference).await?;
        if found.topic != topic {
            return Err(AlloraError::OtherTopic {
                place: format!("GET {path}"),
                asked: topic,
                answered: found.topic,
            });
        }
        Ok(found)
    }

    /// The newest combined price of an asset. Check that `topic` is the one you expect.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn price(
        &self,
        asset: PriceAsset,
        horizon: PriceHorizon,
    ) -> Result<ConsumerInference, AlloraError> {
        let path = format!(
            "/allora/consumer/price/{}/{}/{}",
            self.signature_format,
            asset.word(),
            horizon.word()
        );
        self.read(&path, &[], consumer_wire::inference).await
    }

    async fn read<T>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        parse: impl FnOnce(&Field<'_>) -> Result<T, WireError>,
    ) -> Result<T, AlloraError> {
        let value = self.http.get(path, query).await?;
        let root = Field::root(&value);
        let place = || format!("GET {path}");
        if let Some(message) = consumer_wire::failure(&root) {
            return Err(AlloraError::Refused {
                place: place(),
                status: 200,
                detail: shorten(&self.http.redact(&message)),
            });
        }
        parse(&root).map_err(|mut error| {
            error.found = self.http.redact(&error.found);
            AlloraError::Shape {
                place: place(),
                error,
            }
        })
    }
}
