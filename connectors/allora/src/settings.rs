//! What can be set: addresses, budgets, patience. The defaults are those of the public network.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::error::AlloraError;

/// Which of the two public networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// `allora-mainnet-1`.
    Mainnet,
    /// `allora-testnet-1`.
    Testnet,
}

impl Network {
    /// The chain id, which is also the name in the consumer API's paths.
    #[must_use]
    pub const fn chain_id(self) -> &'static str {
        match self {
            Self::Mainnet => "allora-mainnet-1",
            Self::Testnet => "allora-testnet-1",
        }
    }
}

/// Version of the chain's emissions module: it names the routes and the shape of the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EmissionsVersion {
    /// One value per worker.
    V9,
    /// Labelled values per worker.
    V10,
}

impl EmissionsVersion {
    /// The word in paths and event names.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::V9 => "v9",
            Self::V10 => "v10",
        }
    }
}

/// How a failed request is repeated: exponentially later, each time by a random half, never later than the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Longest first wait.
    pub first: Duration,
    /// Longest wait at all. A server that asks for more is not asked again within the same call.
    pub cap: Duration,
    /// Requests in one call, the first included.
    pub attempts_max: u32,
}

impl Backoff {
    /// The wait before attempt `attempt + 1`: between half of and the whole `min(cap, first * 2^attempt)`. `unit` is a
    /// random number in `[0, 1)`.
    #[must_use]
    pub fn delay(&self, attempt: u32, unit: f64) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.min(30));
        let full = self.first.saturating_mul(factor).min(self.cap);
        let unit = if unit.is_finite() {
            unit.clamp(0.0, 1.0)
        } else {
            0.0
        };
        full / 2 + (full / 2).mul_f64(unit)
    }
}

/// Limits of one HTTP client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Patience with one request, from the first byte sent to the last one read.
    pub timeout: Duration,
    /// Largest answer in bytes, after decompression.
    pub body_bytes_max: usize,
    /// Budget of requests. The network does not publish its limit.
    pub requests_per_minute: NonZeroU32,
    /// How failures are repeated.
    pub backoff: Backoff,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            body_bytes_max: 16 * 1024 * 1024,
            requests_per_minute: NonZeroU32::MIN.saturating_add(59),
            backoff: Backoff {
                first: Duration::from_millis(500),
                cap: Duration::from_secs(30),
                attempts_max: 4,
            },
        }
    }
}

/// Where the consumer API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerSettings {
    /// Address up to and including the version, such as `https://api.allora.network/v2`.
    pub base_url: String,
    /// Chain whose topics are listed.
    pub network: Network,
    /// Chain that signatures are made for, in the API's own words.
    pub signature_format: String,
    /// Most pages of topics that are read.
    pub pages_max: usize,
    /// Limits.
    pub http: HttpSettings,
}

impl ConsumerSettings {
    /// The public API for a network, with signatures for Ethereum Sepolia.
    #[must_use]
    pub fn public(network: Network) -> Self {
        Self {
            base_url: "https://api.allora.network/v2".to_owned(),
            network,
            signature_format: "ethereum-11155111".to_owned(),
            pages_max: 100,
            http: HttpSettings::default(),
        }
    }
}

/// Where a node's REST interface is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainSettings {
    /// Address without a path.
    pub rest_url: String,
    /// Version whose routes are asked. Answers of either shape are understood.
    pub version: EmissionsVersion,
    /// Limits.
    pub http: HttpSettings,
}

impl ChainSettings {
    /// The public node of a network, with the version it runs at the time of writing.
    #[must_use]
    pub fn public(network: Network) -> Self {
        let (rest_url, version) = match network {
            Network::Mainnet => (
                "https://allora-api.mainnet.allora.network",
                EmissionsVersion::V9,
            ),
            Network::Testnet => (
                "https://allora-api.testnet.allora.network",
                EmissionsVersion::V10,
            ),
        };
        Self {
            rest_url: rest_url.to_owned(),
            version,
            http: HttpSettings::default(),
        }
    }
}

/// Patience and rhythm of the event stream and of the polling beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Patience with opening the stream and with the confirmation of subscriptions.
    pub connect_within: Duration,
    /// How often the node is pinged.
    pub ping_every: Duration,
    /// How soon it must answer.
    pub pong_within: Duration,
    /// Longest silence of any kind, pongs included.
    pub silence_max: Duration,
    /// How the stream is opened again. `attempts_max` does not matter here: it is tried for ever.
    pub reconnect: Backoff,
    /// How often every topic is polled while events flow, against events lost without a trace.
    pub poll_every: Duration,
    /// The same while they do not.
    pub poll_every_down: Duration,
    /// How long an event is remembered as already delivered.
    pub duplicates_within: Duration,
    /// Patience with the question when a block was made.
    pub block_time_within: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            connect_within: Duration::from_secs(10),
            ping_every: Duration::from_secs(20),
            pong_within: Duration::from_secs(10),
            silence_max: Duration::from_secs(30),
            reconnect: Backoff {
                first: Duration::from_secs(5),
                cap: Duration::from_mins(2),
                attempts_max: u32::MAX,
            },
            poll_every: Duration::from_mins(2),
            poll_every_down: Duration::from_secs(15),
            duplicates_within: Duration::from_mins(1),
            block_time_within: Duration::from_secs(3),
        }
    }
}

/// Accepts `http(s)` and `ws(s)` addresses; plain ones only on this machine, because nothing read over them is proven
/// to come from the network and a key would be readable on the way.
pub(crate) fn check_url(
    name: &'static str,
    url: &str,
    schemes: [&str; 2],
) -> Result<(String, bool), AlloraError> {
    let bad = |problem: String| AlloraError::Setting { name, problem };
    let [plain, encrypted] = schemes;
    let parsed = reqwest::Url::parse(url).map_err(|error| {
        bad(format!(
            "{url:?} is no address ({error}); write {encrypted}://host"
        ))
    })?;
    let loopback = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(bad(
            "the address carries a user or password; give the key as a secret".to_owned(),
        ));
    }
    if parsed.scheme() == encrypted || (parsed.scheme() == plain && loopback) {
        return Ok((url.trim_end_matches('/').to_owned(), loopback));
    }
    Err(bad(format!(
        "{url:?} must begin with {encrypted}:// ({plain}:// only on this machine)"
    )))
}
