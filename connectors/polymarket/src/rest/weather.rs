//! The state of the venue as the answers show it, in one place that can be watched.

use std::time::Duration;

use tokio::sync::watch;

use super::answer::PostOutcome;
use super::fault::Fault;

/// After a restart the venue takes only post-only orders for this long.
const POST_ONLY_S: u64 = 120;

/// "Nothing now" is believed for so long after it was last said. No order is sent while it lasts, and nothing but an order
/// tells that it has passed: so one may try again, and is refused without harm if it has not.
const RESTARTING_S: u64 = 30;
const STOPPED_S: u64 = 60;

/// What the venue takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trading {
    /// Orders and cancels.
    #[default]
    Enabled,
    /// Nothing for about 90 s: the matching engine restarts.
    Restarting,
    /// Cancels only.
    CancelOnly,
    /// Nothing.
    Disabled,
}

/// Whether the venue talks to this account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// As far as is known.
    #[default]
    Open,
    /// The API key is refused, after the clock was synchronised and the key derived again.
    KeyRefused,
    /// No trading from this place.
    Geoblocked,
    /// The account is banned, or may only reduce.
    Restricted,
    /// The wallet is not configured as the venue knows it.
    WrongWallet,
}

/// The venue's state. Times are unix seconds of this machine's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// What the venue takes.
    pub trading: Trading,
    /// Since when.
    pub trading_since_s: u64,
    /// When the venue last said that it does not take everything.
    pub trading_told_s: u64,
    /// Only post-only orders are taken until then.
    pub post_only_until_s: Option<u64>,
    /// Whether the venue talks to this account.
    pub access: Access,
    /// The venue's clock less ours, milliseconds: negative when ours is fast; 0 within the uncertainty of the measurement.
    pub clock_offset_ms: i64,
    /// Answers that said "too many requests", since the start.
    pub throttled_count: u64,
    /// Version of the exchange that the venue refused, since the start.
    pub version_mismatch_count: u64,
}

#[derive(Debug)]
pub(crate) struct Barometer {
    tx: watch::Sender<Weather>,
}

impl Barometer {
    pub(crate) fn new() -> Self {
        Self {
            tx: watch::Sender::new(Weather::default()),
        }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Weather> {
        self.tx.subscribe()
    }

    fn update(&self, change: impl FnOnce(&mut Weather)) {
        self.tx.send_if_modified(|weather| {
            let before = weather.clone();
            change(weather);
            *weather != before
        });
    }

    pub(crate) fn clock(&self, offset_ms: i64) {
        self.update(|weather| weather.clock_offset_ms = offset_ms);
    }

    pub(crate) fn key_refused(&self) {
        self.update(|weather| weather.access = Access::KeyRefused);
    }

    pub(crate) fn key_accepted(&self) {
        self.update(|weather| {
            if weather.access == Access::KeyRefused {
                weather.access = Access::Open;
            }
        });
    }

    /// A refusal or failure of any call.
    pub(crate) fn fault(&self, fault: &Fault, now_s: u64) {
        self.update(|weather| weather.take(fault, now_s));
    }

    /// Any call had its answer: a state that has not been heard of for a while is not believed any more.
    pub(crate) fn answered(&self, now_s: u64) {
        self.update(|weather| weather.age(now_s));
    }

    /// The outcome of an order: what the engine itself judged proves that it works.
    pub(crate) fn post(&self, outcome: &PostOutcome, now_s: u64) {
        match outcome {
            PostOutcome::Accepted { .. } | PostOutcome::AcceptedAlready { .. } => {
                self.engine_works(now_s);
            }
            PostOutcome::Refused { fault, .. } if is_verdict(fault) => self.engine_works(now_s),
            _ => {}
        }
    }

    pub(crate) fn engine_works(&self, now_s: u64) {
        self.update(|weather| weather.enable(now_s));
    }
}

impl Weather {
    fn set_trading(&mut self, trading: Trading, now_s: u64) {
        if self.trading != trading {
            self.trading = trading;
            self.trading_since_s = now_s;
        }
        if trading != Trading::Enabled {
            self.trading_told_s = now_s;
        }
    }

    fn enable(&mut self, now_s: u64) {
        if self.trading == Trading::Restarting {
            self.post_only_until_s = Some(now_s + POST_ONLY_S);
        }
        self.set_trading(Trading::Enabled, now_s);
    }

    fn age(&mut self, now_s: u64) {
        let lasts_s = match self.trading {
            Trading::Enabled => return,
            Trading::Restarting => RESTARTING_S,
            Trading::CancelOnly | Trading::Disabled => STOPPED_S,
        };
        if self.trading_told_s.saturating_add(lasts_s) <= now_s {
            self.enable(now_s);
        }
    }

    fn take(&mut self, fault: &Fault, now_s: u64) {
        match fault {
            Fault::Restarting => {
                self.set_trading(Trading::Restarting, now_s);
                self.post_only_until_s = Some(now_s + POST_ONLY_S);
            }
            Fault::PostOnly { retry_after } => {
                let wait = retry_after
                    .filter(|wait| !wait.is_zero())
                    .unwrap_or(Duration::from_secs(POST_ONLY_S));
                self.set_trading(Trading::Enabled, now_s);
                self.post_only_until_s = Some(now_s.saturating_add(wait.as_secs()));
            }
            Fault::CancelOnly => self.set_trading(Trading::CancelOnly, now_s),
            Fault::Disabled => self.set_trading(Trading::Disabled, now_s),
            Fault::Throttled { .. } => self.throttled_count += 1,
            Fault::VersionMismatch => self.version_mismatch_count += 1,
            Fault::Geoblocked => self.access = Access::Geoblocked,
            Fault::Banned | Fault::ClosedOnly => self.access = Access::Restricted,
            Fault::WrongWallet => self.access = Access::WrongWallet,
            _ => {}
        }
    }
}

/// Refusals that only a working engine gives.
fn is_verdict(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Balance
            | Fault::OffTick
            | Fault::BelowMinimumShares
            | Fault::BelowMinimumCost
            | Fault::BadAmounts
            | Fault::WouldCross
            | Fault::NotFillable
            | Fault::BadExpiration
            | Fault::BadNonce
            | Fault::RoundingAtMatch
    )
}
