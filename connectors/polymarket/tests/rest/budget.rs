//! Budgets in paused time: below the venue's limits in every window, shrinking when told, cancels never behind orders.

use std::time::Duration;

use quorate_polymarket::rest::budget::{Budget, Cost, Group, Tier};
use quorate_polymarket::rest::{Fault, Head, RestError};
use tokio::time::{Instant, timeout};

use crate::support::NOW_S;

async fn time_to_pay(budget: &Budget, cost: Cost) -> Duration {
    let before = Instant::now();
    budget.pay(cost).await.unwrap();
    before.elapsed()
}

/// When calls pass that are made as fast as they can, within this time.
async fn passes(budget: &Budget, cost: Cost, within: Duration) -> Vec<Duration> {
    let start = Instant::now();
    let mut at = Vec::new();
    while timeout(within.saturating_sub(start.elapsed()), budget.pay(cost))
        .await
        .is_ok()
    {
        at.push(start.elapsed());
    }
    at
}

fn most_in_any_window(at: &[Duration], window: Duration) -> usize {
    (0..at.len())
        .map(|i| at[i..].iter().take_while(|t| **t - at[i] < window).count())
        .max()
        .unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn no_window_exceeds_85_percent_of_the_limit() {
    for group in [
        Group::TickSize,
        Group::Auth,
        Group::RelayerSubmit,
        Group::BalanceUpdate,
    ] {
        let (limit, window) = group.limits()[0];
        let at = passes(&Budget::default(), Cost::read(group), window * 3).await;
        let most = most_in_any_window(&at, window);
        assert!(
            most as u32 * 100 <= limit * 85,
            "{group:?}: {most} of {limit}"
        );
        assert!(
            most as u32 * 100 >= limit * 70,
            "{group:?}: only {most} of {limit}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn orders_keep_to_the_tier() {
    for tier in [Tier::Standard, Tier::Silver] {
        let (per_s, burst) = tier.place_limit();
        let budget = Budget::new(tier);
        let at = passes(
            &budget,
            Cost::place(Group::PostOrder, 1),
            Duration::from_secs(5),
        )
        .await;
        let allowed = burst + per_s * 5;
        assert!(
            at.len() as u32 <= allowed,
            "{tier:?}: {} of {allowed}",
            at.len()
        );
        assert!(
            at.len() as u32 >= allowed * 70 / 100,
            "{tier:?}: {} of {allowed}",
            at.len()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn cancels_never_wait_behind_orders() {
    let budget = Budget::default();
    passes(
        &budget,
        Cost::place(Group::PostOrder, 1),
        Duration::from_secs(1),
    )
    .await;
    let throttled = Fault::Throttled {
        after: Some(Duration::from_secs(60)),
    };
    let place = Cost::place(Group::PostOrder, 1);
    budget.learn(place, &Head::default(), Some(&throttled), NOW_S);
    passes(&budget, Cost::read(Group::Clob), Duration::from_secs(1)).await;
    for _ in 0..100 {
        let waited = time_to_pay(&budget, Cost::cancel(Group::CancelOrder, 1)).await;
        assert_eq!(waited, Duration::ZERO);
    }
    assert!(time_to_pay(&budget, place).await > Duration::from_secs(50));
}

#[tokio::test(start_paused = true)]
async fn being_throttled_pauses_and_halves_and_passes() {
    let rate = async |budget: &Budget| {
        passes(budget, Cost::read(Group::TickSize), Duration::from_secs(10))
            .await
            .len()
    };
    let cost = Cost::read(Group::TickSize);
    let budget = Budget::default();
    rate(&budget).await;
    let full = rate(&budget).await;
    let told = |budget: &Budget, after| {
        budget
            .learn(
                cost,
                &Head::default(),
                Some(&Fault::Throttled { after }),
                NOW_S,
            )
            .unwrap()
    };
    // Missing and zero are no permission to go on: the own back-off doubles.
    assert_eq!(told(&budget, None), Duration::from_secs(1));
    assert_eq!(told(&budget, Some(Duration::ZERO)), Duration::from_secs(2));
    assert_eq!(
        told(&budget, Some(Duration::from_secs(20))),
        Duration::from_secs(20)
    );
    assert!(time_to_pay(&budget, cost).await >= Duration::from_secs(20));
    let shrunk = rate(&budget).await;
    assert!(shrunk * 4 < full, "{shrunk} of {full}");
    tokio::time::sleep(Duration::from_secs(31)).await;
    for _ in 0..4 {
        rate(&budget).await;
        tokio::time::sleep(Duration::from_secs(31)).await;
    }
    let again = rate(&budget).await;
    assert!(again >= full, "{again} of {full}");
    budget.learn(cost, &Head::default(), None, NOW_S);
    assert_eq!(told(&budget, None), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn headers_raise_lower_and_pause_the_signer() {
    let budget = Budget::default();
    let cost = Cost::place(Group::PostOrder, 1);
    let head = |tier| Head {
        tier: Some(tier),
        ..Head::default()
    };
    budget.learn(cost, &head(Tier::Elite), None, NOW_S);
    assert_eq!((budget.place_burst(), budget.cancel_burst()), (900, 1800));
    budget.learn(cost, &head(Tier::Copper), None, NOW_S);
    assert_eq!((budget.tier(), budget.place_burst()), (Tier::Copper, 90));
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(time_to_pay(&budget, cost).await, Duration::ZERO);
    let spent = Head {
        remaining: Some(-3),
        reset_s: Some(NOW_S + 4),
        ..Head::default()
    };
    budget.learn(cost, &spent, None, NOW_S);
    assert_eq!(
        time_to_pay(&budget, Cost::cancel(Group::CancelOrder, 1)).await,
        Duration::ZERO
    );
    assert!(time_to_pay(&budget, cost).await >= Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn what_can_never_pass_is_refused_at_once() {
    let budget = Budget::default();
    let error = budget
        .pay(Cost::place(Group::PostOrders, 61))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            RestError::AboveBurst {
                cost: 61,
                burst: 60,
                ..
            }
        ),
        "{error}"
    );
    budget
        .pay(Cost::place(Group::PostOrders, 60))
        .await
        .unwrap();
}

#[test]
fn every_tier_has_its_documented_numbers() {
    let cancel: Vec<_> = Tier::ALL.iter().map(|tier| tier.cancel_limit()).collect();
    assert_eq!(
        cancel,
        [
            (80, 120),
            (120, 180),
            (160, 240),
            (400, 600),
            (800, 1200),
            (900, 1350),
            (1050, 1575),
            (1200, 1800)
        ]
    );
    assert_eq!(Tier::named("PLATINUM "), Some(Tier::Platinum));
    assert_eq!(Tier::named("mithril"), None);
}

#[tokio::test(start_paused = true)]
async fn no_answer_stops_cancels_for_more_than_seconds() {
    let budget = Budget::default();
    let cost = Cost::cancel(Group::CancelAll, 1);
    let throttled = Fault::Throttled {
        after: Some(Duration::from_secs(300)),
    };
    let spent = Head {
        remaining: Some(0),
        reset_s: Some(NOW_S + 60),
        ..Head::default()
    };
    for head in [Head::default(), spent] {
        budget.learn(cost, &head, Some(&throttled), NOW_S);
        let waited = time_to_pay(&budget, cost).await;
        assert!(
            (Duration::from_secs(1)..=Duration::from_secs(6)).contains(&waited),
            "{waited:?}"
        );
    }
    let beat = Cost::cancel(Group::Heartbeat, 0);
    budget.learn(beat, &Head::default(), Some(&throttled), NOW_S);
    // Only the bucket's own pace is left, and no pause.
    assert!(time_to_pay(&budget, cost).await < Duration::from_secs(1));
}
