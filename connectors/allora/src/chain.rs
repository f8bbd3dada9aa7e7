//! A node's REST interface: the emissions module in versions 9 and 10, and the times of blocks.

use std::collections::BTreeMap;

use quorate_domain::Timestamp;
use serde_json::Value;

use crate::bundle::{Flavour, NetworkBundle};
use crate::bundle_wire;
use crate::chain_wire::{self, ChainTopic, Forecast, WorkerInference};
use crate::error::{AlloraError, WireError};
use crate::http::Http;
use crate::json::Field;
use crate::settings::{ChainSettings, EmissionsVersion};

/// Whose weight or regret is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Gives values.
    Inferer,
    /// Gives expected losses.
    Forecaster,
}

impl Role {
    const fn word(self) -> &'static str {
        match self {
            Self::Inferer => "inferer",
            Self::Forecaster => "forecaster",
        }
    }
}

/// Asks a node. All methods fail with an [`AlloraError`] that names the request.
pub struct ChainClient {
    http: Http,
    version: EmissionsVersion,
}

impl ChainClient {
    /// A client for one node.
    ///
    /// # Errors
    /// [`AlloraError::Setting`] for an address that cannot be used.
    pub fn new(settings: &ChainSettings) -> Result<Self, AlloraError> {
        Ok(Self {
            http: Http::new("rest_url", &settings.rest_url, None, settings.http)?,
            version: settings.version,
        })
    }

    /// The version whose routes are asked.
    #[must_use]
    pub const fn version(&self) -> EmissionsVersion {
        self.version
    }

    /// The newest bundle of a topic. It may be old: look at its height.
    ///
    /// # Errors
    /// See [`AlloraError`]; the outlier-resistant flavour does not exist for topics with several labels.
    pub async fn latest_network_inferences(
        &self,
        topic: u64,
        flavour: Flavour,
    ) -> Result<NetworkBundle, AlloraError> {
        let route = format!("latest_network_inferences{}/{topic}", suffix(flavour));
        self.bundle(&route, "network_inferences", topic, flavour, None)
            .await
    }

    /// The bundle of the epoch named by `height`.
    ///
    /// # Errors
    /// See [`AlloraError`]; nodes forget old epochs.
    pub async fn network_inferences_at(
        &self,
        topic: u64,
        height: u64,
        flavour: Flavour,
    ) -> Result<NetworkBundle, AlloraError> {
        let name = suffix(flavour);
        let route = format!("network_inferences{name}/{topic}/last_inference/{height}");
        self.bundle(&route, "network_inferences", topic, flavour, Some(height))
            .await
    }

    /// Losses of every value of a bundle, in the bundle's own form: log10 of the loss where losses are never negative.
    ///
    /// # Errors
    /// See [`AlloraError`]; not found until the truth is known.
    pub async fn network_loss(
        &self,
        topic: u64,
        height: u64,
    ) -> Result<NetworkBundle, AlloraError> {
        let route = format!("network_loss/{topic}/{height}");
        self.bundle(&route, "loss_bundle", topic, Flavour::Plain, Some(height))
            .await
    }

    /// What the workers said in the epoch named by `height`.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn inferences(
        &self,
        topic: u64,
        height: u64,
    ) -> Result<Vec<WorkerInference>, AlloraError> {
        let route = format!("inferences/{topic}/{height}");
        self.read(&route, chain_wire::inferences).await
    }

    /// What the workers said last.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn latest_inferences(&self, topic: u64) -> Result<Vec<WorkerInference>, AlloraError> {
        let route = format!("latest_inferences/{topic}");
        self.read(&route, chain_wire::inferences).await
    }

    /// The forecasters' expected losses in the epoch named by `height`.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn forecasts(&self, topic: u64, height: u64) -> Result<Vec<Forecast>, AlloraError> {
        let route = format!("forecasts/{topic}/{height}");
        self.read(&route, chain_wire::forecasts).await
    }

    /// A worker's weight in the last scored epoch; the weights of one role sum to 1.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn latest_weight(
        &self,
        topic: u64,
        role: Role,
        worker: &str,
    ) -> Result<f64, AlloraError> {
        let route = format!("latest_{}_weight/{topic}/{}", role.word(), segment(worker)?);
        self.read(&route, |root| chain_wire::number(root, "weight"))
            .await
    }

    /// A worker's network regret: positive when it was better than the network.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn network_regret(
        &self,
        topic: u64,
        role: Role,
        worker: &str,
    ) -> Result<f64, AlloraError> {
        let route = format!(
            "{}_network_regret/{topic}/{}",
            role.word(),
            segment(worker)?
        );
        self.read(&route, |root| chain_wire::number(root, "regret"))
            .await
    }

    /// The scale by which regrets are divided; 0 when none is stored. The chain calls it stdnorm.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn regret_scale(&self, topic: u64) -> Result<f64, AlloraError> {
        let route = format!("latest_regret_stdnorm/{topic}");
        self.read(&route, |root| chain_wire::number(root, "value"))
            .await
    }

    /// A topic.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn topic(&self, topic: u64) -> Result<ChainTopic, AlloraError> {
        let found = self
            .read(&format!("topics/{topic}"), chain_wire::topic)
            .await?;
        self.same_topic(&format!("topics/{topic}"), topic, found.id)?;
        Ok(found)
    }

    /// Whether a topic has enough weight to be worked on.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn is_topic_active(&self, topic: u64) -> Result<bool, AlloraError> {
        let route = format!("is_topic_active/{topic}");
        self.read(&route, |root| root.get("is_active").flag()).await
    }

    /// The id that the next new topic will get: all ids below it exist.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn next_topic_id(&self) -> Result<u64, AlloraError> {
        self.read("next_topic_id", |root| root.get("next_topic_id").whole())
            .await
    }

    /// The module's parameters that are single values, by name, as the chain writes them.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn params(&self) -> Result<BTreeMap<String, String>, AlloraError> {
        self.read("params", chain_wire::params).await
    }

    /// When a block was made. Nodes forget old blocks.
    ///
    /// # Errors
    /// See [`AlloraError`].
    pub async fn block_time(&self, height: u64) -> Result<Timestamp, AlloraError> {
        let path = format!("/cosmos/base/tendermint/v1beta1/blocks/{height}");
        let value = self.http.get(&path, &[]).await?;
        let (found, time) = shaped(&path, chain_wire::block_time(&Field::root(&value)))?;
        if found == height {
            Ok(time)
        } else {
            let at = Field::root(&value).get("block").get("header").get("height");
            Err(shape_error(&path, at.bad("the height asked for")))
        }
    }

    async fn bundle(
        &self,
        route: &str,
        key: &str,
        topic: u64,
        flavour: Flavour,
        height: Option<u64>,
    ) -> Result<NetworkBundle, AlloraError> {
        let found = self
            .read(route, |root| {
                let outer = root.get("inference_block_height").whole_if_any()?;
                bundle_wire::bundle(&root.get(key), flavour, outer.or(height))
            })
            .await?;
        self.same_topic(route, topic, found.topic)?;
        // Losses have the v9 shape in both versions.
        if found.shape != self.version && key == "network_inferences" {
            tracing::warn!(
                asked = self.version.word(),
                answered = found.shape.word(),
                route,
                "the chain answers in another shape than its routes say; the values are used, check the version"
            );
        }
        Ok(found)
    }

    async fn read<T>(
        &self,
        route: &str,
        parse: impl FnOnce(&Field<'_>) -> Result<T, WireError>,
    ) -> Result<T, AlloraError> {
        let path = self.path(route);
        let value: Value = self.http.get(&path, &[]).await?;
        shaped(&path, parse(&Field::root(&value)))
    }

    fn path(&self, route: &str) -> String {
        format!("/emissions/{}/{route}", self.version.word())
    }

    fn same_topic(&self, route: &str, asked: u64, answered: u64) -> Result<(), AlloraError> {
        if asked == answered {
            return Ok(());
        }
        Err(AlloraError::OtherTopic {
            place: format!("GET {}", self.path(route)),
            asked,
            answered,
        })
    }
}

const fn suffix(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Plain => "",
        Flavour::OutlierResistant => "_outlier_resistant",
    }
}

/// An address becomes part of a path: it must not be able to become another path.
fn segment(address: &str) -> Result<&str, AlloraError> {
    let plain = !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain
        .then_some(address)
        .ok_or_else(|| AlloraError::Setting {
            name: "worker",
            problem: format!(
                "{address:?} is no address; expected letters and digits, as in allo1..."
            ),
        })
}

fn shaped<T>(path: &str, parsed: Result<T, WireError>) -> Result<T, AlloraError> {
    parsed.map_err(|error| shape_error(path, error))
}

fn shape_error(path: &str, error: WireError) -> AlloraError {
    AlloraError::Shape {
        place: format!("GET {path}"),
        error,
    }
}
