//! What the venue answers: one question for each check.

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, U256};
use quorate_domain::{MarketId, TickSize, Timestamp};
use quorate_polymarket::chain::contracts;
use quorate_polymarket::gamma::{EventQuery, Gamma};
use quorate_polymarket::listing::Kind;
use quorate_polymarket::relayer::{RelayedWallet, Relayer, RelayerAuth};
use quorate_polymarket::rest::{Asset, Client, RestError};
use quorate_polymarket::wallet::{DepositForm, WalletType, deposit_wallet};
use quorate_polymarket::ws::{
    Change, Endpoint, MarketReport, MarketSettings, Pair, Timings, UserReport, UserStream,
    market_stream,
};
use tokio::sync::mpsc;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::Finding;
use super::online::said;
use crate::commands::markets::find::find;
use crate::commands::venue_client::{Identity, catalogue, client, now_ms};
use crate::runtime::live::servers::Servers;
use crate::settings::{MarketRef, Settings};

type Found = Result<Finding, Finding>;

/// Version of the exchange that orders are signed for.
const VERSION: &str = "2";
/// Clock skew that is said, and that keeps from trading, milliseconds.
const SKEW_WARN_MS: i64 = 250;
const SKEW_STOP_MS: i64 = 1_000;
/// Longest wait for a socket.
const SOCKET_WAIT: Duration = Duration::from_secs(10);

/// Who is asked for, beside the client.
struct Account {
    wallet: WalletType,
    funder: Address,
    owner: Address,
}

/// The venue during a visit.
pub(super) struct Venue<'s> {
    settings: &'s Settings,
    client: Arc<Client>,
    gamma: Gamma,
    account: Result<Account, Finding>,
    skew_ms: Result<i64, RestError>,
    logged_in: Result<(), RestError>,
}

impl<'s> Venue<'s> {
    /// Reaches the venue and derives the API key; it never makes one.
    pub(super) async fn new(
        settings: &'s Settings,
        identity: Result<Identity, Finding>,
    ) -> Result<Self, Finding> {
        let (identity, account) = match identity {
            Ok(identity) => {
                let account = Account {
                    wallet: identity.wallet,
                    funder: identity.funder,
                    owner: identity.account.key.address(),
                };
                (Some(identity), Ok(account))
            }
            Err(finding) => (None, Err(finding)),
        };
        let is_known = identity.is_some();
        let client = client(settings, identity).map_err(|failure| said(&failure))?;
        let gamma = catalogue(settings).map_err(|failure| said(&failure))?;
        let skew_ms = client.sync_clock().await;
        let logged_in = match is_known {
            true => client
                .derive_key()
                .await
                .map(|found| client.set_credentials(found)),
            false => Ok(()),
        };
        Ok(Self {
            settings,
            client,
            gamma,
            account,
            skew_ms,
            logged_in,
        })
    }

    /// Makes a check by its name.
    pub(super) async fn check(&self, id: &str) -> Found {
        match id {
            "clob" => self
                .client
                .is_ok()
                .await
                .map(|()| Finding::ok("answers"))
                .map_err(|error| unreachable(&error)),
            "gamma" => self.gamma().await,
            "data-api" => self.data().await,
            "relayer" => self.relayer().await,
            "venue-version" => self.version().await,
            "clock-skew" => self.skew(),
            "geoblock" => self.geoblock().await,
            "key" => self.account().map(|account| {
                Finding::ok(format!(
                    "opens; {} trades for {}",
                    account.owner, account.funder
                ))
            }),
            "api-key" => self.api_key(),
            "closed-only" => self.closed_only().await,
            "rate-tier" => self.tier().await,
            "collateral" => self.collateral().await,
            "allowances" => self.allowances().await,
            "approvals" => self.approvals().await,
            "deposit-wallet" => self.deployed().await,
            "market-socket" => self.market_socket().await,
            "user-socket" => self.user_socket().await,
            "topic-markets" => self.topic_markets().await,
            _ => Err(Finding::skip(
                "no node is configured: balances and payouts are the venue's word, confirmed by its data server",
            )),
        }
    }

    fn account(&self) -> Result<&Account, Finding> {
        self.account.as_ref().map_err(Finding::clone)
    }

    /// The account, once the venue knows it.
    fn logged_in(&self) -> Result<&Account, Finding> {
        let account = self
            .account()
            .map_err(|_| Finding::skip("the key is not open"))?;
        match &self.logged_in {
            Ok(()) => Ok(account),
            Err(_) => Err(Finding::skip("not logged in")),
        }
    }

    async fn gamma(&self) -> Found {
        let query = EventQuery {
            limit: 1,
            ..EventQuery::default()
        };
        let page = self.gamma.events(&query, None).await;
        let page = page.map_err(|error| {
            Finding::fail(
                error.to_string(),
                "check the network and the venue's status",
            )
        })?;
        Ok(Finding::ok(format!(
            "answers, with {} readable events of one page",
            page.items.len()
        )))
    }

    async fn data(&self) -> Found {
        let user = self
            .account()
            .map_or(Address::ZERO, |account| account.funder);
        self.client
            .approvals(&user.to_checksum(None))
            .await
            .map(|_| Finding::ok("answers"))
            .map_err(|error| {
                Finding::warn(
                    error.to_string(),
                    "positions cannot be compared while it is down",
                )
            })
    }

    fn relay(&self) -> Relayer {
        // Asking for a nonce needs no key of the relayer.
        let auth = RelayerAuth::Key {
            key: Zeroizing::new(String::new()),
            address: String::new(),
        };
        Relayer::new(Arc::clone(&self.client), auth)
    }

    async fn relayer(&self) -> Found {
        let owner = self
            .account()
            .map_or(Address::ZERO, |account| account.owner);
        let asked = self
            .relay()
            .nonce(&owner.to_checksum(None), RelayedWallet::Deposit)
            .await;
        match asked {
            Ok(_) => Ok(Finding::ok("answers")),
            Err(RestError::Refused {
                status: 400 | 404, ..
            }) => Ok(Finding::ok("answers, and does not know the account")),
            Err(error) => Err(Finding::warn(
                error.to_string(),
                "merges and redemptions wait while it is down",
            )),
        }
    }

    async fn version(&self) -> Found {
        let version = self
            .client
            .version()
            .await
            .map_err(|error| unreachable(&error))?;
        if version == VERSION {
            return Ok(Finding::ok(format!("version {version}")));
        }
        Err(Finding::fail(
            format!("the exchange is at version {version}, and this program signs for {VERSION}"),
            "install a newer quorate before trading",
        ))
    }

    fn skew(&self) -> Found {
        let skew = *self.skew_ms.as_ref().map_err(unreachable)?;
        let fix = "timedatectl set-ntp true";
        let words = format!("{skew} ms (the venue's less ours)");
        if skew.abs() > SKEW_STOP_MS {
            return Err(Finding::fail(words, fix));
        }
        if skew.abs() > SKEW_WARN_MS {
            return Err(Finding::warn(words, fix));
        }
        Ok(Finding::ok("within what the venue's clock can tell"))
    }

    async fn geoblock(&self) -> Found {
        let here = self
            .client
            .geoblock()
            .await
            .map_err(|error| unreachable(&error))?;
        let place = format!("{} {}", here.country, here.region);
        if here.blocked {
            return Err(Finding::fail(
                format!("the venue does not trade with {}", place.trim()),
                "the venue decides where it trades; nothing here works around that",
            ));
        }
        Ok(Finding::ok(format!("{} is allowed", place.trim())))
    }

    fn api_key(&self) -> Found {
        self.account()
            .map_err(|_| Finding::skip("the key is not open"))?;
        match &self.logged_in {
            Ok(()) => {
                let name = self.client.credentials().map(|found| found.api_key.clone());
                Ok(Finding::ok(format!("API key {}", name.unwrap_or_default())))
            }
            Err(RestError::Refused {
                status: 400 | 404, ..
            }) => Err(Finding::warn(
                "the account has no API key yet",
                "the first `quorate live` makes it",
            )),
            Err(error) => Err(Finding::fail(
                error.to_string(),
                "check the clock, and whether the key has ever been used at the venue",
            )),
        }
    }

    async fn closed_only(&self) -> Found {
        self.logged_in()?;
        let closed = self
            .client
            .is_closed_only()
            .await
            .map_err(|error| unreachable(&error))?;
        if closed {
            return Err(Finding::fail(
                "the account may only close positions",
                "ask the venue why; quorate kill --reduce-only sells what is held",
            ));
        }
        Ok(Finding::ok("it may"))
    }

    async fn tier(&self) -> Found {
        self.logged_in()?;
        match self.client.rate_limit_tier().await {
            Ok(Some(tier)) => Ok(Finding::ok(format!("{tier:?}"))),
            Ok(None) => Ok(Finding::ok(
                "a tier that is not known here: the lowest is assumed",
            )),
            Err(error) => Err(Finding::warn(
                error.to_string(),
                "the lowest tier is assumed",
            )),
        }
    }

    async fn collateral(&self) -> Found {
        let account = self.logged_in()?;
        let held = self
            .client
            .balance(&Asset::Collateral)
            .await
            .map_err(|error| unreachable(&error))?;
        let words = format!(
            "{} holds ${}.{:06}",
            account.funder,
            held.balance_micros / 1_000_000,
            held.balance_micros % 1_000_000
        );
        if held.balance_micros == 0 {
            return Err(Finding::fail(
                words,
                "deposit at the venue; if the money is in another wallet of the key, change account.signature_type (quorate keys show)",
            ));
        }
        Ok(Finding::ok(words))
    }

    async fn allowances(&self) -> Found {
        self.logged_in()?;
        let held = self
            .client
            .balance(&Asset::Collateral)
            .await
            .map_err(|error| unreachable(&error))?;
        let least = U256::from(held.balance_micros);
        let missing: Vec<String> = [contracts::EXCHANGE_CTF, contracts::EXCHANGE_NEG_RISK]
            .iter()
            .filter(|exchange| {
                let of = held
                    .allowances
                    .iter()
                    .find(|(spender, _)| spender.parse() == Ok(**exchange));
                of.is_none_or(|(_, amount)| *amount < least)
            })
            .map(|exchange| exchange.to_checksum(None))
            .collect();
        if missing.is_empty() {
            return Ok(Finding::ok("both exchanges may take all of it"));
        }
        Err(Finding::fail(
            format!("may not take all of it: {}", missing.join(", ")),
            "quorate approve",
        ))
    }

    async fn approvals(&self) -> Found {
        let account = self
            .account()
            .map_err(|_| Finding::skip("the key is not open"))?;
        let rows = self
            .client
            .approvals(&account.funder.to_checksum(None))
            .await;
        let rows = rows.map_err(|error| Finding::warn(error.to_string(), "ask again later"))?;
        let all = rows.join(" ").to_lowercase();
        let missing: Vec<String> = [
            contracts::COLLATERAL_ADAPTER,
            contracts::COLLATERAL_ADAPTER_NEG_RISK,
        ]
        .iter()
        .filter(|spender| !all.contains(&spender.to_string().to_lowercase()))
        .map(ToString::to_string)
        .collect();
        if missing.is_empty() {
            return Ok(Finding::ok(format!("{} approvals", rows.len())));
        }
        Err(Finding::warn(
            format!("not approved: {}", missing.join(", ")),
            "quorate approve; without it nothing is split, merged or redeemed",
        ))
    }

    async fn deployed(&self) -> Found {
        let account = self
            .account()
            .map_err(|_| Finding::skip("the key is not open"))?;
        if account.wallet != WalletType::Poly1271 {
            return Err(Finding::skip("the settings use another type of wallet"));
        }
        let asked = self
            .relay()
            .nonce(&account.owner.to_checksum(None), RelayedWallet::Deposit)
            .await;
        match asked {
            Ok(nonce) => Ok(Finding::ok(format!(
                "the relayer knows it, with nonce {nonce}"
            ))),
            Err(RestError::Refused {
                status: 400 | 404, ..
            }) => Err(Finding::fail(
                format!("the relayer knows no deposit wallet of {}", account.owner),
                format!(
                    "log in once at the venue's site, which deploys {}",
                    deposit_wallet(account.owner, DepositForm::Beacon)
                ),
            )),
            Err(error) => Err(Finding::skip(error.to_string())),
        }
    }

    async fn market_socket(&self) -> Found {
        let pair = self.any_market().await?;
        let endpoint = endpoint(self.settings, "market")?;
        let (reports, mut heard) = mpsc::channel(64);
        let (handle, stream) = market_stream(MarketSettings::new(endpoint, wall), reports);
        let running = tokio::spawn(stream.run());
        let asked = handle.change(Change::Subscribe(vec![pair]));
        let mut lost = String::from("nothing was heard");
        let connected = timeout(SOCKET_WAIT, async {
            while let Some(report) = heard.recv().await {
                match report {
                    MarketReport::Heard(_) => return true,
                    MarketReport::Lost { loss, .. } => lost = loss.to_string(),
                    _ => {}
                }
            }
            false
        })
        .await;
        running.abort();
        socket_found(asked && connected == Ok(true), &lost)
    }

    async fn user_socket(&self) -> Found {
        self.logged_in()?;
        let endpoint = endpoint(self.settings, "user")?;
        let Some(credentials) = self.client.credentials() else {
            return Err(Finding::skip("not logged in"));
        };
        let (reports, mut heard) = mpsc::channel(64);
        let stream = UserStream {
            endpoint,
            timings: Timings::default(),
            frame_bytes_max: 1 << 20,
            log_in: credentials,
            markets: Vec::new(),
            clock: wall,
            reports,
        };
        let running = tokio::spawn(stream.run());
        let first = timeout(SOCKET_WAIT, heard.recv()).await;
        running.abort();
        match first {
            Ok(Some(UserReport::Lost(loss))) => socket_found(false, &loss.to_string()),
            Ok(Some(_)) => socket_found(true, ""),
            _ => socket_found(false, "nothing was heard"),
        }
    }

    /// Some open market of the catalogue, to listen to.
    async fn any_market(&self) -> Result<Pair, Finding> {
        let query = EventQuery {
            limit: 20,
            ..EventQuery::default()
        };
        let page = self.gamma.events(&query, None).await;
        let page = page.map_err(|_| Finding::skip("the catalogue does not answer"))?;
        let mut markets = page.items.iter().flat_map(|event| &event.markets);
        let open = markets.find(|market| {
            market.accepting_orders == Some(true) && market.clob_token_ids.len() == 2
        });
        let market =
            open.ok_or_else(|| Finding::skip("the catalogue's first page has no open market"))?;
        Ok(Pair {
            market: MarketId(0),
            condition: market.condition_id.clone(),
            yes: market.clob_token_ids[0].clone(),
            no: market.clob_token_ids[1].clone(),
            tick: TickSize::CENT,
        })
    }

    async fn topic_markets(&self) -> Found {
        let topics = self.settings.topics.iter();
        let named: Vec<&MarketRef> = topics
            .flat_map(|topic| topic.markets.iter().flatten())
            .collect();
        if named.is_empty() {
            return Err(Finding::skip("the settings name no markets"));
        }
        let (mut refused, mut families) = (Vec::new(), 0);
        for market in &named {
            let MarketRef::Slug(slug) = market else {
                continue;
            };
            // A family of windows has a market for every few minutes, each with a rule of its own.
            if slug.contains("-updown-") && !slug.ends_with(|c: char| c.is_ascii_digit()) {
                families += 1;
                continue;
            }
            match find(&self.gamma, slug).await {
                Err(failure) => {
                    refused.push(failure.text().lines().next().unwrap_or_default().to_owned());
                }
                Ok(found) => {
                    if let Kind::Unrecognised(why) = found.kind() {
                        refused.push(format!("{slug}: {why}"));
                    }
                }
            }
        }
        if refused.is_empty() {
            return Ok(Finding::ok(format!(
                "{} markets, {families} families of windows",
                named.len() - families
            )));
        }
        Err(Finding::fail(
            refused.join("; "),
            "quorate markets show NAME says which sentence is not understood",
        ))
    }
}

fn unreachable(error: &RestError) -> Finding {
    Finding::fail(
        error.to_string(),
        "check the network and the venue's status",
    )
}

fn endpoint(settings: &Settings, channel: &str) -> Result<Endpoint, Finding> {
    let endpoint = Servers::of(settings).and_then(|servers| servers.endpoint(channel));
    endpoint.map_err(|error| Finding::fail(error.to_string(), error.hint()))
}

fn socket_found(is_up: bool, why: &str) -> Found {
    if is_up {
        return Ok(Finding::ok("connects and speaks"));
    }
    Err(Finding::fail(
        why.to_owned(),
        "check the network: a firewall may not let WebSockets through",
    ))
}

fn wall() -> Timestamp {
    Timestamp::from_nanos(now_ms().saturating_mul(1_000_000))
}
