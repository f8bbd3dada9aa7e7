//! How questions are decided: booked only once the venue's markets and its record of resolutions say the same for good.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use quorate_domain::{Input, MarketId, Outcome, Payout, Resolution, Timestamp};
use quorate_polymarket::rest::data::Resolution as Record;
use quorate_polymarket::rest::{Client, MarketState};
use quorate_polymarket::ws::{Change, MarketHandle};
use quorate_workers::Clock;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use tokio::sync::mpsc;

use super::directory::{Directory, VenueMarket};
use super::streams::Hint;
use crate::runtime::feed::FeedLine;

/// Pause between two looks at a market that is over.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// A market that nobody says is over is looked at every so many rounds.
const ROUNDS_OTHERWISE: u32 = 30;

/// The one word for a question whose payouts are on chain.
const RESOLVED: &str = "resolved";

/// When trading in each market ends, as announced.
pub type Ends = Arc<std::sync::Mutex<BTreeMap<MarketId, Timestamp>>>;

/// Looks for decisions until nobody listens. `decided` are those that were booked before.
pub async fn watch(
    client: Arc<Client>,
    (directory, channel): (Directory, MarketHandle),
    ends: Ends,
    mut decided: BTreeSet<MarketId>,
    (feed, clock): (FeedLine, Arc<dyn Clock>),
    (mut hints, listed): (mpsc::Receiver<Hint>, mpsc::Sender<String>),
) {
    let mut hinted: BTreeSet<MarketId> = BTreeSet::new();
    let mut round = 0_u32;
    loop {
        for market in directory.markets() {
            let id = market.market;
            let end = ends
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .get(&id)
                .copied();
            let is_over = hinted.contains(&id) || end.is_some_and(|end| end <= clock.now());
            let is_due = is_over || round.is_multiple_of(ROUNDS_OTHERWISE);
            if decided.contains(&id) || !is_due {
                continue;
            }
            let Some(payout) = decision(&client, &market).await else {
                continue;
            };
            let resolution = Resolution { market: id, payout };
            tracing::info!(
                event = "decided",
                market = id.0,
                name = market.name,
                ?payout,
                "decided for good"
            );
            if !feed.tell(clock.now(), Input::Resolved(resolution)).await {
                return;
            }
            decided.insert(id);
            // Its book changes no more. A stream that has ended is somebody else's to mend.
            let _ = channel.change(Change::Unsubscribe(vec![id]));
        }
        round = round.wrapping_add(1);
        let pause = tokio::time::sleep(LOOK_EVERY);
        tokio::select! {
            () = pause => {}
            Some(hint) = hints.recv() => match hint {
                Hint::Decided(condition) => hinted.extend(directory.of_condition(&condition)),
                // Whoever looks for markets comes to it in time even if it does not fit.
                Hint::Listed(slug) => drop(listed.try_send(slug)),
            },
        }
    }
}

/// What a market pays, if both sources say so and agree.
async fn decision(client: &Client, market: &VenueMarket) -> Option<Payout> {
    let state = match client.market(&market.condition).await {
        Ok(state) => state,
        Err(error) => {
            tracing::debug!(event = "resolution", name = market.name, %error, "not known");
            return None;
        }
    };
    if state.closed != Some(true) {
        return None;
    }
    match client.resolutions(&market.condition).await {
        Ok(records) => agreed(market, &state, &records),
        Err(error) => {
            tracing::warn!(event = "resolution", name = market.name, %error, "not confirmed");
            None
        }
    }
}

/// The payout that the closed market and the record of its resolution agree on. Only a record that is called resolved and
/// names its payouts counts: with any other word it is none yet. One that contradicts the market is none either: what is
/// reversed before it is final was never booked.
fn agreed(market: &VenueMarket, state: &MarketState, records: &[Record]) -> Option<Payout> {
    let of_it = |record: &&Record| {
        let condition = record.condition_id.as_deref();
        condition.is_none_or(|condition| condition.eq_ignore_ascii_case(&market.condition))
    };
    let record = records.iter().find(of_it)?;
    let is_final = record.status.eq_ignore_ascii_case(RESOLVED);
    let (first, second) = record.payouts.filter(|_| is_final)?;
    if first + second != Decimal::ONE {
        return None;
    }
    // Payouts stand in the order of the market's outcomes.
    let ids: Vec<&str> = state.tokens.iter().map(|t| t.token_id.as_str()).collect();
    let yes = match ids[..] {
        [one, other] if one == market.yes && other == market.no => first,
        [one, other] if one == market.no && other == market.yes => second,
        _ => {
            tracing::error!(
                event = "other_tokens",
                name = market.name,
                "the market has other tokens than it had: nothing is booked"
            );
            return None;
        }
    };
    let winner = state.winner().map(|token| token.token_id.as_str());
    let agrees = match winner {
        Some(asset) if asset == market.asset(Outcome::Yes) => yes == Decimal::ONE,
        Some(asset) if asset == market.asset(Outcome::No) => yes == Decimal::ZERO,
        Some(_) => false,
        None => yes != Decimal::ONE && yes != Decimal::ZERO,
    };
    if !agrees {
        tracing::error!(
            event = "resolution_disagrees", name = market.name, ?winner, %yes,
            "the market and the record of its resolution say different things: nothing is booked"
        );
        return None;
    }
    let micros = (yes * Decimal::from(1_000_000)).to_u32()?;
    Payout::from_micros(micros).ok()
}

#[cfg(test)]
mod tests {
    use quorate_domain::{FeeSchedule, MarketId, Payout, TickSize};
    use quorate_polymarket::rest::data::Resolution as Record;
    use quorate_polymarket::rest::{MarketState, MarketToken};
    use rust_decimal::Decimal;

    use super::agreed;
    use crate::runtime::live::directory::{Settlement, VenueMarket};

    fn market() -> VenueMarket {
        VenueMarket {
            market: MarketId(1),
            name: "a".into(),
            condition: "0xc".into(),
            yes: "1".into(),
            no: "2".into(),
            settlement: Settlement::Standard,
            tick: TickSize::CENT,
            fee: FeeSchedule::NONE,
        }
    }

    fn state(winner: Option<&str>) -> MarketState {
        let token = |id: &str| MarketToken {
            token_id: id.into(),
            outcome: String::new(),
            price: None,
            winner: Some(winner == Some(id)),
        };
        MarketState {
            condition_id: "0xc".into(),
            tokens: vec![token("1"), token("2")],
            active: None,
            closed: Some(true),
            archived: None,
            accepting_orders: None,
        }
    }

    fn record(status: &str, yes: i64) -> Record {
        let yes = Decimal::new(yes, 1);
        Record {
            condition_id: Some("0xC".into()),
            status: status.into(),
            payouts: Some((yes, Decimal::ONE - yes)),
            was_disputed: None,
            resolved_at: None,
            expected_settlement_time: None,
        }
    }

    #[test]
    fn only_what_is_final_and_agrees_is_booked() {
        let payout =
            |winner, status, yes| agreed(&market(), &state(winner), &[record(status, yes)]);
        assert_eq!(payout(Some("1"), "RESOLVED", 10), Some(Payout::YES));
        assert_eq!(payout(Some("2"), "resolved", 0), Some(Payout::NO));
        assert_eq!(payout(None, "resolved", 5), Some(Payout::HALF));
        assert_eq!(payout(Some("1"), "proposed", 10), None);
        assert_eq!(payout(Some("1"), "disputed", 10), None);
        assert_eq!(payout(Some("1"), "settled", 10), None);
        let mut unpaid = record("resolved", 10);
        unpaid.payouts = None;
        assert_eq!(agreed(&market(), &state(Some("1")), &[unpaid]), None);
        assert_eq!(payout(Some("1"), "resolved", 0), None);
        assert_eq!(payout(Some("2"), "resolved", 5), None);
        assert_eq!(payout(None, "resolved", 10), None);
        assert_eq!(agreed(&market(), &state(Some("1")), &[]), None);
    }
}
