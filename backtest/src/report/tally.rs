//! Counts decisions by verdict and reason, and keeps the first of each as the example.

use std::collections::BTreeMap;

use quorate_domain::{Decision, HaltReason, LimitName, NoTradeReason, Verdict};

use super::model::{DecisionCount, DecisionExample};

/// Decisions counted so far.
#[derive(Clone, Debug, Default)]
pub struct DecisionTally {
    by_reason: BTreeMap<String, DecisionCount>,
}

impl DecisionTally {
    /// Counts one decision about the market called `market`.
    pub fn add(&mut self, decision: &Decision, market: &str) {
        let reason = reason_of(&decision.verdict);
        let entry = self
            .by_reason
            .entry(reason.clone())
            .or_insert_with(|| DecisionCount {
                traded: matches!(decision.verdict, Verdict::Trade { .. }),
                reason,
                count: 0,
                example: DecisionExample {
                    at: decision.at,
                    market: market.to_owned(),
                    verdict: decision.verdict,
                    numbers: decision.numbers,
                },
            });
        entry.count += 1;
    }

    /// The counts, most frequent first, equal ones by reason.
    #[must_use]
    pub fn into_counts(self) -> Vec<DecisionCount> {
        let mut counts: Vec<DecisionCount> = self.by_reason.into_values().collect();
        counts.sort_by_key(|entry| std::cmp::Reverse(entry.count));
        counts
    }
}

/// A verdict in a few plain words, without its numbers: decisions with the same words are counted together.
#[must_use]
pub fn reason_of(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Trade { bound_by: None, .. } => "order sent, size as wanted".to_owned(),
        Verdict::Trade {
            bound_by: Some(limit),
            ..
        } => {
            format!("order sent, size cut by {}", limit_words(*limit))
        }
        Verdict::NoTrade(reason) => no_trade_words(reason),
    }
}

fn no_trade_words(reason: &NoTradeReason) -> String {
    match reason {
        NoTradeReason::Halted(halt) => return format!("trading halted by {}", halt_words(*halt)),
        NoTradeReason::Limit(limit) => return format!("no room under {}", limit_words(*limit)),
        NoTradeReason::OutsideTradingTime => "market not open, or about to close",
        NoTradeReason::Unlinked => "market hangs on no topic",
        NoTradeReason::NoInference => "no usable inference",
        NoTradeReason::StaleInference => "inferences too old",
        NoTradeReason::NoReference => "price behind the market not seen",
        NoTradeReason::StaleReference { .. } => "price behind the market too old",
        NoTradeReason::UnknownScale => "errors of the price collective not known yet",
        NoTradeReason::NoBook => "no sound snapshot of the book",
        NoTradeReason::StaleBook { .. } => "book too old",
        NoTradeReason::CrossedBook => "book locked or crossed",
        NoTradeReason::OneSidedBook => "one side of the book empty",
        NoTradeReason::NoIntent => "strategy wants nothing",
        NoTradeReason::EdgeTooSmall { .. } => "edge after costs too small",
        NoTradeReason::InsideBand => "holding already right, given costs",
        NoTradeReason::OrderInFlight => "earlier order still on its way",
        NoTradeReason::BelowMinimum { .. } => "size below the venue's minimum",
        NoTradeReason::GainTooSmall { .. } => "joint gain too small",
        NoTradeReason::Insolvent => "some outcome leaves no wealth",
        NoTradeReason::Unsolved => "sizing did not converge",
        NoTradeReason::Stopped(_) => "stopped by the operator",
        NoTradeReason::CancelOnly => "venue accepts only cancels",
        NoTradeReason::HeartbeatLost => "heartbeat not heard by the venue",
        NoTradeReason::ClockSkew { .. } => "clock too far off",
        NoTradeReason::FeedDiverged => "streamed book differs from the fetched one",
        NoTradeReason::Dispersed { .. } => "models disagree too much",
        NoTradeReason::SingleModel { .. } => "one model has nearly all the weight",
        NoTradeReason::SourcesDisagree { .. } => "collective and market too far apart",
        NoTradeReason::PostOnlyWindow => "venue accepts only post-only orders",
        NoTradeReason::UnsettledTooLong => "executions not final for too long",
        NoTradeReason::FailedFills { .. } => "too many executions failed",
        NoTradeReason::RepeatedFills => "paused after too many executions",
        NoTradeReason::RateLimited(limit) => {
            return format!("order waits for {}", limit_words(*limit));
        }
        NoTradeReason::ReduceOnly => "only sales of what is held allowed",
        NoTradeReason::RefusalCooldown => "left alone after a refusal for want of money",
    }
    .to_owned()
}

/// A limit in words.
#[must_use]
pub const fn limit_words(limit: LimitName) -> &'static str {
    match limit {
        LimitName::OrderNotional => "the cost limit of one order",
        LimitName::OrderShares => "the share limit of one order",
        LimitName::PriceCollar => "the price collar",
        LimitName::MarketLoss => "the loss limit of a market",
        LimitName::GroupLoss => "the loss limit of a group",
        LimitName::SetLoss => "the loss limit of a correlated set",
        LimitName::Gross => "the limit on all stakes",
        LimitName::CashReserve => "the cash reserve",
        LimitName::DepthShare => "the share of displayed depth",
        LimitName::OpenOrders => "the limit on open orders",
        LimitName::MarketOpenOrders => "the limit on open orders of a market",
        LimitName::TopicLoss => "the loss limit of a topic",
        LimitName::VolumeShare => "the share of a day's volume",
        LimitName::Reservation => "the reservation price",
        LimitName::DuplicateIntent => "the guard against sending an order twice",
        LimitName::SelfTrade => "the guard against trading with ourselves",
        LimitName::OrdersPerSecond => "the limit on orders per second",
        LimitName::OrdersPerMinute => "the limit on orders per minute",
        LimitName::MarketOrdersPerMinute => "the limit on orders per minute of a market",
        LimitName::CancelsPerFill => "the limit on cancels per execution",
    }
}

/// Why trading stopped, in words.
#[must_use]
pub const fn halt_words(reason: HaltReason) -> &'static str {
    match reason {
        HaltReason::Operator => "the operator",
        HaltReason::Drawdown => "the drawdown limit",
        HaltReason::DailyLoss => "the daily loss limit",
        HaltReason::Conservation => "books of account that do not balance",
        HaltReason::ImpossibleInput => "an impossible report of the venue",
        HaltReason::Killed(_) => "the operator, for good",
        HaltReason::NotReconciled => "a start that is not reconciled yet",
        HaltReason::Mismatch => "an account that differs from the venue's",
        HaltReason::Watchdog => "the watchdog",
        HaltReason::VenueDisabled => "a venue that accepts no orders",
        HaltReason::LossStreak => "a streak of losses",
        HaltReason::OrdersMiscounted => "orders that were never decided",
    }
}
