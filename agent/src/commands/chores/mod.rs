//! `quorate approve`, `redeem`, `merge` and `split`: calls of contracts that the wallet makes through the venue's relayer.
//!
//! Without `--execute` the calls are shown and nothing is signed, so that no password is needed where the key file says
//! its address.

pub(crate) mod args;
mod relay;

use alloy_primitives::{B256, U256};
use quorate_domain::{Outcome, Shares};
use quorate_polymarket::chain::{AssetId, AssetProtocol, ConditionIdV2, MarketKind};
use quorate_polymarket::onchain::{Call, approvals, positions};
use serde_json::json;

use super::keys::confirmed;
use super::markets::find::{FoundMarket, find};
use super::operate::{answer, folder};
use super::settings_of::load_settings;
use super::venue_client::{Identity, catalogue};
use crate::console::Console;
use crate::failure::{EXIT_CONFIG, EXIT_USAGE, Failure};
use crate::keyring::{StdinLines, open_with, password_of};
use crate::runtime::host::on_runtime;
use crate::settings::{SecretRef, Settings};
use args::{ChoreArgs, ChoreCommand};

/// Calls with what they are for.
struct Chore {
    what: String,
    calls: Vec<Call>,
}

pub(super) fn run(command: ChoreCommand, console: &Console) -> Result<(), Failure> {
    match command {
        ChoreCommand::Approve(args) => {
            let chore = |_: &Settings| {
                Ok(Chore {
                    what: "approve".to_owned(),
                    calls: approvals::for_trading(),
                })
            };
            done(&args, chore, console)
        }
        ChoreCommand::Redeem(args) => {
            let chore = |settings: &Settings| {
                let found = market(settings, &args.market)?;
                let calls = match position(&found)? {
                    // Both outcomes are named, each with all that may be there: what is not held pays nothing.
                    Some(condition) => [Outcome::Yes, Outcome::No]
                        .map(|outcome| positions::redeem_v2(condition, outcome, U256::MAX))
                        .into(),
                    None => vec![positions::redeem(kind(&found), condition(&found)?)],
                };
                Ok(Chore {
                    what: format!("redeem {}", args.market),
                    calls,
                })
            };
            done(&args.chore, chore, console)
        }
        ChoreCommand::Merge(args) => {
            let shares = amount(&args.shares)?;
            let chore = |settings: &Settings| {
                let found = market(settings, &args.market)?;
                let call = match position(&found)? {
                    Some(condition) => positions::merge_v2(condition, shares),
                    None => positions::merge(kind(&found), condition(&found)?, shares),
                };
                Ok(Chore {
                    what: format!("merge {} of {}", args.shares, args.market),
                    calls: vec![call],
                })
            };
            done(&args.chore, chore, console)
        }
        ChoreCommand::Split(args) => {
            let shares = amount(&args.shares)?;
            let chore = |settings: &Settings| {
                let found = market(settings, &args.market)?;
                let call = match position(&found)? {
                    Some(condition) => positions::split_v2(condition, shares),
                    None => positions::split(kind(&found), condition(&found)?, shares),
                };
                Ok(Chore {
                    what: format!("split {} of {}", args.shares, args.market),
                    calls: vec![call],
                })
            };
            done(&args.chore, chore, console)
        }
    }
}

/// Shows a chore, or does it.
fn done(
    args: &ChoreArgs,
    chore: impl FnOnce(&Settings) -> Result<Chore, Failure>,
    console: &Console,
) -> Result<(), Failure> {
    let (settings, _) = load_settings(&args.settings, &folder(&args.instance))?;
    let chore = chore(&settings)?;
    let Some(suffix) = &args.execute else {
        return shown(&chore, console);
    };
    // The relayer's key may come from a file descriptor: it is read before the process is closed to others.
    let relayer_key = settings.account.relayer_key.as_ref().map(SecretRef::read);
    let relayer_key = relayer_key.transpose()?;
    let secret = match (&settings.account.keystore, args.password_stdin) {
        (None, _) => {
            return Err(Failure::state_hint(
                "no-keystore",
                EXIT_CONFIG,
                "account.keystore is not set",
                "`quorate keys new` makes a key file",
            ));
        }
        (Some(path), true) => open_with(path.as_path(), &StdinLines.password()?)?,
        (Some(path), false) => {
            let source = &settings.account.password_source;
            open_with(
                path.as_path(),
                &password_of(source, "Password of the key file: ")?,
            )?
        }
    };
    let identity = Identity::of(&settings, &secret)?;
    confirmed(suffix, identity.funder)?;
    let relayed = on_runtime(relay::send(
        &settings,
        &secret,
        relayer_key,
        &chore.calls,
        &chore.what,
    ))?;
    let hash = relayed.hash.clone();
    answer(
        console,
        &json!({ "chore": chore.what, "transaction": relayed.id, "hash": hash, "state": "confirmed" }),
        || {
            format!(
                "{}: confirmed, transaction {}",
                chore.what,
                hash.as_deref().unwrap_or(&relayed.id)
            )
        },
    )
}

fn shown(chore: &Chore, console: &Console) -> Result<(), Failure> {
    let calls: Vec<_> = chore
        .calls
        .iter()
        .map(|call| json!({ "to": call.to.to_checksum(None), "data": call.data.to_string() }))
        .collect();
    answer(
        console,
        &json!({ "chore": chore.what, "executed": false, "calls": calls }),
        || {
            let mut lines = vec![format!(
                "{}: {} calls, none of them made",
                chore.what,
                calls.len()
            )];
            lines.extend(chore.calls.iter().map(|call| {
                let data = call.data.to_string();
                format!(
                    "  {}  {}... ({} bytes)",
                    call.to,
                    data.get(..10).unwrap_or(&data),
                    call.data.len()
                )
            }));
            lines.join("\n")
        },
    )?;
    console.note("nothing was sent: --execute with the end of the wallet's address does it");
    Ok(())
}

fn market(settings: &Settings, name: &str) -> Result<FoundMarket, Failure> {
    let gamma = catalogue(settings)?;
    on_runtime(async { find(&gamma, name).await })
}

fn amount(text: &str) -> Result<U256, Failure> {
    let shares = Shares::parse(text)
        .map_err(|error| Failure::usage("shares", format!("{text:?}: {error}")))?;
    if shares.is_zero() {
        return Err(Failure::state(
            "shares",
            EXIT_USAGE,
            "nothing can be done with no shares",
        ));
    }
    Ok(U256::from(shares.micros()))
}

fn kind(found: &FoundMarket) -> MarketKind {
    if found.market.neg_risk == Some(true) {
        MarketKind::NegRisk
    } else {
        MarketKind::Standard
    }
}

fn condition(found: &FoundMarket) -> Result<B256, Failure> {
    let text = &found.market.condition_id;
    text.parse().map_err(|_| {
        Failure::state(
            "condition",
            EXIT_CONFIG,
            format!("{text:?} is no condition id"),
        )
    })
}

/// The condition of a market of the newer contracts; `None` for one of the older.
fn position(found: &FoundMarket) -> Result<Option<ConditionIdV2>, Failure> {
    let [yes, _] = found.tokens()?;
    let protocol = yes.parse::<AssetId>().and_then(AssetId::protocol);
    match protocol.map_err(|error| Failure::state("asset", EXIT_CONFIG, error.to_string()))? {
        AssetProtocol::ClobV2 => Ok(None),
        AssetProtocol::ProtocolV2(position) => Ok(Some(position.condition)),
    }
}
