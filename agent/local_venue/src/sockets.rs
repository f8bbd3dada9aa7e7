//! The WebSocket side: market channel and user channel.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use quorate_domain::Outcome;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::running::Shared;
use crate::streams::{Audience, Outgoing, Subscriber};
use crate::venue::Venue;
use crate::wire;

const QUEUE: usize = 16_384;
/// Above so many assets on one connection no snapshot is sent.
const SNAPSHOT_ASSETS_MAX: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    Market,
    User,
}

pub(crate) async fn market(
    State(shared): State<Arc<Shared>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(move |socket| run(shared, socket, Channel::Market))
}

pub(crate) async fn user(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| run(shared, socket, Channel::User))
}

async fn run(shared: Arc<Shared>, mut socket: WebSocket, channel: Channel) {
    let (out, mut queue) = mpsc::channel(QUEUE);
    let mut subscribed = None;
    loop {
        tokio::select! {
            frame = socket.recv() => {
                let text = match frame {
                    Some(Ok(Message::Text(text))) => text,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => break,
                };
                let answer = hear(&mut shared.venue(), &out, channel, &mut subscribed, &text);
                match answer {
                    Heard::Nothing => {}
                    Heard::Answer(frames) => {
                        for frame in frames {
                            if socket.send(Message::text(frame)).await.is_err() {
                                break;
                            }
                        }
                    }
                    Heard::Refused(reason) => {
                        let close = CloseFrame { code: 1008, reason: reason.into() };
                        // The other side may be gone already.
                        drop(socket.send(Message::Close(Some(close))).await);
                        break;
                    }
                }
            }
            frame = queue.recv() => match frame {
                Some(Outgoing::Text(text)) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        break;
                    }
                }
                Some(Outgoing::Close) | None => break,
            },
        }
    }
    if let Some(id) = subscribed {
        shared.venue().subscribers.retain(|s| s.id != id);
    }
}

enum Heard {
    Nothing,
    Answer(Vec<String>),
    Refused(&'static str),
}

fn hear(
    venue: &mut Venue,
    out: &mpsc::Sender<Outgoing>,
    channel: Channel,
    subscribed: &mut Option<u64>,
    text: &str,
) -> Heard {
    venue.advance();
    if text == "PING" {
        return match subscribed {
            None => Heard::Refused("invalid subscription payload"),
            Some(_) if venue.faults.strikes(52) => Heard::Nothing,
            Some(_) => Heard::Answer(vec!["PONG".to_owned()]),
        };
    }
    let Ok(message) = serde_json::from_str::<Value>(text) else {
        return Heard::Refused("invalid subscription payload");
    };
    match (channel, *subscribed) {
        (Channel::Market, None) => open_market(venue, out, subscribed, &message),
        (Channel::User, None) => open_user(venue, out, subscribed, &message),
        (_, Some(id)) => change(venue, id, &message),
    }
}

fn names(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn subscribe(venue: &mut Venue, out: &mpsc::Sender<Outgoing>, audience: Audience) -> u64 {
    venue.counter += 1;
    let id = venue.counter;
    venue.subscribers.push(Subscriber {
        id,
        out: out.clone(),
        audience,
        frozen_until: 0,
    });
    id
}

fn open_market(
    venue: &mut Venue,
    out: &mpsc::Sender<Outgoing>,
    subscribed: &mut Option<u64>,
    message: &Value,
) -> Heard {
    let kind = message["type"].as_str().map(str::to_ascii_lowercase);
    if kind.as_deref() != Some("market") || !message["assets_ids"].is_array() {
        return Heard::Refused("invalid subscription payload");
    }
    let assets = names(&message["assets_ids"]);
    let audience = Audience::Market {
        assets: assets.iter().cloned().collect(),
        custom: message["custom_feature_enabled"] == true,
    };
    *subscribed = Some(subscribe(venue, out, audience));
    snapshots(venue, &assets, assets.len())
}

/// Books of newly named assets, in one array.
fn snapshots(venue: &mut Venue, assets: &[String], total: usize) -> Heard {
    if total > SNAPSHOT_ASSETS_MAX {
        return Heard::Nothing;
    }
    let stamp = venue.stamp_ms();
    let book = |name: &String| {
        let (market, outcome): (usize, Outcome) = venue.token_of(name)?;
        let mut book = wire::book(&venue.markets[market], outcome, stamp);
        book["event_type"] = json!("book");
        Some(book)
    };
    let books: Vec<Value> = assets.iter().filter_map(book).collect();
    Heard::Answer(vec![Value::Array(books).to_string()])
}

fn open_user(
    venue: &mut Venue,
    out: &mpsc::Sender<Outgoing>,
    subscribed: &mut Option<u64>,
    message: &Value,
) -> Heard {
    let auth = &message["auth"];
    let key = auth["apiKey"].as_str().and_then(|id| venue.keys.get(id));
    let holds = |key: &&crate::keys::ApiKey| {
        auth["secret"] == key.secret.as_str() && auth["passphrase"] == key.passphrase.as_str()
    };
    let Some(owner) = key.filter(holds).map(|key| key.owner) else {
        return Heard::Refused("");
    };
    let markets: BTreeSet<String> = names(&message["markets"]).into_iter().collect();
    *subscribed = Some(subscribe(venue, out, Audience::User { owner, markets }));
    Heard::Nothing
}

fn change(venue: &mut Venue, id: u64, message: &Value) -> Heard {
    let adds = match message["operation"].as_str() {
        Some("subscribe") => true,
        Some("unsubscribe") => false,
        _ => return Heard::Nothing,
    };
    let Some(subscriber) = venue.subscribers.iter_mut().find(|s| s.id == id) else {
        return Heard::Nothing;
    };
    let (set, named) = match &mut subscriber.audience {
        Audience::Market { assets, custom } => {
            if adds {
                *custom = message["custom_feature_enabled"] == true;
            }
            (assets, names(&message["assets_ids"]))
        }
        Audience::User { markets, .. } => (markets, names(&message["markets"])),
    };
    let mut fresh = Vec::new();
    for name in named {
        if adds && set.insert(name.clone()) {
            fresh.push(name);
        } else if !adds {
            set.remove(&name);
        }
    }
    let total = set.len();
    if matches!(subscriber.audience, Audience::User { .. }) || fresh.is_empty() {
        return Heard::Nothing;
    }
    snapshots(venue, &fresh, total)
}
