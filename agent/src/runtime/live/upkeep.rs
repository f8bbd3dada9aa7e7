//! What is looked at again every so often: what the venue lists, and whether it still trades with this place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use quorate_domain::{Input, Listing, MarketId, Timestamp};
use quorate_polymarket::rest::Client;
use quorate_polymarket::ws::{Change, MarketHandle, Pair};
use quorate_workers::Clock;
use tokio::sync::{mpsc, watch};

use super::directory::{Directory, VenueMarket};
use super::discovery::{Discovery, ends, news};
use super::settle::Ends;
use crate::runtime::feed::FeedLine;

/// Pause between two looks at what the venue lists.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Pause between two questions whether trading is allowed from here.
const GEOBLOCK_EVERY: Duration = Duration::from_secs(3_600);

/// Markets whose trading has not ended.
pub(super) fn still_open(directory: &Directory, ends: &Ends, now: Timestamp) -> BTreeSet<MarketId> {
    let ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
    let markets = directory.markets().into_iter().map(|market| market.market);
    markets
        .filter(|id| ends.get(id).is_none_or(|end| now < *end))
        .collect()
}

pub(super) fn pair(market: &VenueMarket) -> Pair {
    Pair {
        market: market.market,
        condition: market.condition.clone(),
        yes: market.yes.clone(),
        no: market.no.clone(),
        tick: market.tick,
    }
}

/// Looks every so often, or when the venue lists something, what there is now of what the settings name.
pub(super) async fn look_again(
    mut discovery: Discovery,
    (directory, channel, all): (Directory, MarketHandle, Ends),
    (line, clock): (FeedLine, Arc<dyn Clock>),
    mut told: BTreeMap<String, Listing>,
    mut new_names: mpsc::Receiver<String>,
) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(name) = new_names.recv() => {
                tracing::debug!(event = "listed", name, "the venue lists something new");
                // Fresh markets are not ready at once, and many come together.
                tokio::time::sleep(Duration::from_secs(5)).await;
                while new_names.try_recv().is_ok() {}
            }
        }
        let catalogue = match discovery.catalogue(clock.now()).await {
            Ok(catalogue) => catalogue,
            Err(why) => {
                tracing::warn!(
                    event = "discovery",
                    why,
                    "what is listed is not known; asked again"
                );
                continue;
            }
        };
        all.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(ends(&catalogue));
        let changed: BTreeMap<MarketId, &VenueMarket> = catalogue
            .venue
            .iter()
            .filter(|market| directory.put((*market).clone()))
            .map(|market| (market.market, market))
            .collect();
        for listing in news(&catalogue, &mut told) {
            let names = match &listing {
                Listing::Market(market) => {
                    changed.get(&market.id).and_then(|named| named.note().ok())
                }
                _ => None,
            };
            let input = Input::Listed(listing);
            let heard = match names {
                Some(note) => line.tell_with(clock.now(), input, note).await,
                None => line.tell(clock.now(), input).await,
            };
            if !heard {
                return;
            }
        }
        for (input, note) in catalogue.remarks() {
            if !line.tell_with(clock.now(), input, note).await {
                return;
            }
        }
        let pairs: Vec<Pair> = changed.values().map(|market| pair(market)).collect();
        if !pairs.is_empty() && !channel.change(Change::Subscribe(pairs)) {
            return;
        }
    }
}

/// Asks every so often whether trading is still allowed from here; if not, only withdrawals go.
pub(super) async fn geoblock(client: Arc<Client>, blocked: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(GEOBLOCK_EVERY).await;
        match client.geoblock().await {
            Ok(here) => drop(blocked.send_replace(here.blocked)),
            Err(error) => {
                tracing::warn!(event = "geoblock", %error, "not known whether trading is allowed from here");
            }
        }
    }
}
