//! A venue that runs: its addresses, and the handle by which a test or a tape drives it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use quorate_domain::{Input, Timestamp};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::http;
use crate::listener::{Connection, CuttableListener};
use crate::options::{MarketListing, VenueOptions};
use crate::sockets;
use crate::venue::Venue;

/// How often a venue whose clock runs by itself looks for what fell due, in real time.
const TICK: Duration = Duration::from_millis(20);

/// Why a venue cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is not on loopback.
    #[error("the local venue listens on loopback only, not on {0}: use 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// The address cannot be bound.
    #[error("cannot listen on {at}: {error}; choose another port, or 0 for any")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
}

/// State shared by all sockets.
pub(crate) struct Shared(Mutex<Venue>);

impl Shared {
    pub(crate) fn venue(&self) -> MutexGuard<'_, Venue> {
        // A panic elsewhere leaves the state as it was; tests should see it rather than hang.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A venue on loopback.
#[derive(Debug)]
pub struct LocalVenue;

/// A venue that runs until it is dropped.
pub struct Running {
    /// Base address of the CLOB, such as `http://127.0.0.1:4100`.
    pub url: String,
    shared: Arc<Shared>,
    clock: Clock,
    tasks: Vec<JoinHandle<()>>,
}

impl LocalVenue {
    /// Starts a venue; it must be called within a tokio runtime.
    ///
    /// # Errors
    /// An address that is not on loopback or cannot be bound.
    pub async fn start(options: VenueOptions) -> Result<Running, StartError> {
        let at = options.listen;
        if !at.ip().is_loopback() {
            return Err(StartError::NotLoopback(at));
        }
        let listen = |error| StartError::Listen { at, error };
        let listener = TcpListener::bind(at).await.map_err(listen)?;
        let bound = listener.local_addr().map_err(listen)?;
        let shared = Arc::new(Shared(Mutex::new(Venue::new(&options))));
        let router = Router::new()
            .route("/ws/market", any(sockets::market))
            .route("/ws/user", any(sockets::user))
            .fallback(http::serve::handle)
            .with_state(shared.clone());
        let service = router.into_make_service_with_connect_info::<Connection>();
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(CuttableListener(listener), service).await {
                tracing::error!(%error, "the local venue stopped serving");
            }
        });
        let mut tasks = vec![serving];
        if !matches!(options.clock, Clock::Stepped(_)) {
            tasks.push(tokio::spawn(tick(shared.clone())));
        }
        Ok(Running {
            url: format!("http://{bound}"),
            shared,
            clock: options.clock,
            tasks,
        })
    }
}

async fn tick(shared: Arc<Shared>) {
    let mut every = tokio::time::interval(TICK);
    loop {
        every.tick().await;
        shared.venue().advance();
    }
}

impl Running {
    /// Lists a market, or replaces the terms of a listed one.
    pub fn list(&self, listing: MarketListing) {
        self.shared.venue().list(listing);
    }

    /// Takes up an input of a tape or of a sample world that happens at `at`. A stepped clock moves there first; for
    /// other clocks the caller waits until it is time.
    pub fn observe(&self, at: Timestamp, input: &Input) {
        self.step_to(at);
        self.shared.venue().observe(input);
    }

    /// Moves a stepped clock and does what falls due until then. Other clocks move by themselves.
    pub fn step_to(&self, at: Timestamp) {
        self.clock.set(at);
        self.shared.venue().advance();
    }

    /// Venue time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The venue's truth, as `GET /local/state` tells it.
    #[must_use]
    pub fn state(&self) -> Value {
        http::local_state(&self.shared.venue())
    }

    /// Base address of the catalogue (Gamma).
    #[must_use]
    pub fn gamma_url(&self) -> String {
        format!("{}/gamma", self.url)
    }

    /// Base address of the Data API.
    #[must_use]
    pub fn data_url(&self) -> String {
        format!("{}/data-api", self.url)
    }

    /// Base address of the relayer.
    #[must_use]
    pub fn relayer_url(&self) -> String {
        format!("{}/relayer", self.url)
    }

    /// Base address of the WebSocket channels: `/ws/market` and `/ws/user` follow it.
    #[must_use]
    pub fn ws_url(&self) -> String {
        self.url.replacen("http", "ws", 1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
