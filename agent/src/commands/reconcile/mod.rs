//! `quorate reconcile`: what the journal says the account has, against what the venue says. Nothing is changed.

pub(crate) mod args;

use std::collections::{BTreeMap, BTreeSet};

use quorate_backtest::replay::Session;
use quorate_backtest::report::columns::{Align, Columns, plain};
use quorate_domain::{Cash, Shares, Token};
use quorate_polymarket::rest::data::DataFilter;
use quorate_polymarket::rest::{Asset, OrderFilter};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

use super::operate::{answer, folder, past};
use super::settings_of::load_settings;
use super::venue_client::{Identity, client, failed};
use crate::console::Console;
use crate::failure::{EXIT_CONFIG, EXIT_MISMATCH, Failure};
use crate::journal::Record;
use crate::keyring::{StdinLines, open_with, password_of};
use crate::runtime::batch::Batch;
use crate::runtime::host::on_runtime;
use crate::runtime::live::directory::Directory;
use crate::runtime::recovery::{Retraced, Spectator};
use crate::runtime::view::View;
use crate::settings::Settings;
use args::ReconcileArgs;

/// Smallest difference of shares that counts, millionths: the venue fills up to a hundredth beside a size.
const DUST_MICROS: u64 = 10_000;

/// What the venue says.
struct Account {
    cash: Cash,
    /// Asset and shares, millionths.
    shares: BTreeMap<String, u64>,
    orders: BTreeSet<String>,
}

/// What the journal says, with the venue's names of the orders that were signed.
#[derive(Default)]
struct Journaled {
    view: View,
    hashes: BTreeSet<String>,
}

impl Spectator for Journaled {
    fn record(&mut self, record: &Record) {
        if let Record::Intent(intent) = record {
            self.hashes.insert(intent.hash.clone());
        }
        self.view.record(record);
    }

    fn batch<V: Retraced>(&mut self, session: &Session<V>, batch: &Batch) {
        self.view.batch(session, batch);
    }
}

/// One thing that is compared.
#[derive(Debug, Serialize)]
struct Line {
    what: String,
    journal: String,
    venue: String,
    agrees: bool,
    /// Whether the next start takes the venue's word by itself.
    adoptable: bool,
}

pub(super) fn run(args: &ReconcileArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.instance);
    let (settings, _) = load_settings(&args.settings, &folder)?;
    let mut journaled = Journaled::default();
    let past = past(&folder, &mut journaled)?;
    let Journaled { view, hashes } = journaled;
    let venue = account(&settings, args)?;
    let directory = Directory::of_past(&view.names, &view.notes);
    let engine = past.session.engine();
    let asset = |token: Token| directory.asset(token);
    let ledger = engine.ledger();
    let mut lines = vec![cash(ledger.cash(), ledger.cash_if_void(), venue.cash)];
    let mut assets: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (token, position) in engine.ledger().positions() {
        if let Some(asset) = asset(token) {
            let expected = position.expected().micros();
            assets.insert(
                asset,
                (
                    position.confirmed.micros().min(expected),
                    position.confirmed.micros().max(expected),
                ),
            );
        }
    }
    let all: BTreeSet<&String> = assets.keys().chain(venue.shares.keys()).collect();
    for asset in all {
        let own = assets.get(asset).copied().unwrap_or_default();
        let theirs = venue.shares.get(asset).copied().unwrap_or_default();
        if own == (0, 0) && theirs == 0 {
            continue;
        }
        let named = directory
            .token(asset)
            .map(|token| format!("{} {:?}", view.names.market(token.market), token.outcome));
        let agrees = own.0.saturating_sub(DUST_MICROS) <= theirs
            && theirs <= own.1.saturating_add(DUST_MICROS);
        lines.push(Line {
            what: named.unwrap_or_else(|| format!("asset {asset}")),
            journal: range(own),
            venue: Shares::from_micros(theirs).to_string(),
            agrees,
            adoptable: false,
        });
    }
    let foreign = venue.orders.difference(&hashes).count();
    let open = engine.orders().len();
    lines.push(Line {
        what: "open orders".to_owned(),
        journal: open.to_string(),
        venue: format!("{} ({foreign} unknown to the journal)", venue.orders.len()),
        agrees: foreign == 0,
        adoptable: true,
    });
    shown(&lines, args, console)
}

/// Cash with every matched trade, and with none that is not final: the venue stands somewhere between.
fn cash(matched: Cash, settled: Cash, venue: Cash) -> Line {
    let (least, most) = (matched.min(settled), matched.max(settled));
    Line {
        what: "collateral".to_owned(),
        journal: if least == most {
            least.to_string()
        } else {
            format!("{least} to {most}")
        },
        venue: venue.to_string(),
        agrees: least <= venue && venue <= most,
        adoptable: false,
    }
}

fn range((least, most): (u64, u64)) -> String {
    let (least, most) = (Shares::from_micros(least), Shares::from_micros(most));
    if least == most {
        return least.to_string();
    }
    format!("{least} to {most}")
}

fn shown(lines: &[Line], args: &ReconcileArgs, console: &Console) -> Result<(), Failure> {
    let is_open = |line: &&Line| !(line.agrees || args.adopt && line.adoptable);
    let differing: Vec<&Line> = lines.iter().filter(is_open).collect();
    answer(
        console,
        &json!({ "agrees": differing.is_empty(), "lines": lines }),
        || {
            let mut table = Columns::new(&[
                ("", Align::Left),
                ("what", Align::Left),
                ("journal", Align::Right),
                ("venue", Align::Right),
            ]);
            for line in lines {
                let mark = match (line.agrees, args.adopt && line.adoptable) {
                    (true, _) => "same",
                    (false, true) => "adopted",
                    (false, false) => "differs",
                };
                table.row(vec![
                    mark.to_owned(),
                    plain(&line.what, 60),
                    line.journal.clone(),
                    plain(&line.venue, 60),
                ]);
            }
            table.lines().join("\n")
        },
    )?;
    if differing.is_empty() {
        return Ok(());
    }
    Err(Failure::state_hint(
        "mismatch",
        EXIT_MISMATCH,
        format!(
            "{} of {} things differ between journal and venue",
            differing.len(),
            lines.len()
        ),
        "trades on their way explain some of it: ask again in a minute; an account that others use as well needs a folder without a journal",
    ))
}

fn account(settings: &Settings, args: &ReconcileArgs) -> Result<Account, Failure> {
    let Some(path) = &settings.account.keystore else {
        return Err(Failure::state_hint(
            "no-keystore",
            EXIT_CONFIG,
            "account.keystore is not set: a paper account has no venue to compare with",
            "`quorate keys new` makes a key file",
        ));
    };
    let password = if args.password_stdin {
        StdinLines.password()?
    } else {
        password_of(
            &settings.account.password_source,
            "Password of the key file: ",
        )?
    };
    let secret = open_with(path.as_path(), &password)?;
    let identity = Identity::of(settings, &secret)?;
    let wallet = identity.funder.to_checksum(None);
    let client = client(settings, Some(identity))?;
    on_runtime(async {
        client.sync_clock().await.map_err(failed)?;
        client.log_in().await.map_err(failed)?;
        let held = client.balance(&Asset::Collateral).await.map_err(failed)?;
        let orders = client
            .open_orders(&OrderFilter::default())
            .await
            .map_err(failed)?;
        let filter = DataFilter {
            user: Some(wallet),
            ..DataFilter::default()
        };
        let positions = client.positions(&filter).await.map_err(failed)?;
        let micros = |size: Decimal| Shares::from_decimal(size).map_or(0, Shares::micros);
        Ok(Account {
            cash: Cash::from_micros(i64::try_from(held.balance_micros).unwrap_or(i64::MAX)),
            shares: positions
                .into_iter()
                .map(|one| (one.token_id, micros(one.current_size)))
                .collect(),
            orders: orders.into_iter().map(|order| order.id).collect(),
        })
    })
}
