//! Orders that meet, trades that settle, money that is conserved.

use quorate_local_venue::Faults;
use serde_json::{Value, json};

use crate::client::{World, token, world};

fn cash(world: &World, who: usize) -> String {
    let wallet = world.people[who].wallet.to_checksum(None);
    world.running.state()["accounts"][wallet]["cash"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn held(world: &World, who: usize, number: u64) -> Value {
    let wallet = world.people[who].wallet.to_checksum(None);
    world.running.state()["accounts"][wallet]["tokens"][token(number).to_string()].clone()
}

#[tokio::test]
async fn a_yes_buyer_and_a_no_buyer_mint_a_pair_and_sell_it_back_together() {
    let world = world(Faults::none(), &[0, 3]).await;
    let yes = world.people[0].order(token(1), 0, 4_000_000, 10_000_000, "GTC");
    assert_eq!(world.post(0, &yes).await.1["status"], "live");
    let no = world.people[1].order(token(2), 0, 6_000_000, 10_000_000, "GTC");
    let (_, answer) = world.post(1, &no).await;
    assert_eq!(answer["status"], "matched", "{answer}");
    assert_eq!(cash(&world, 0), "1000", "a match is not final");
    world.step(2);
    world.step(4);
    assert_eq!(
        (cash(&world, 0), cash(&world, 1)),
        ("996".to_owned(), "994".to_owned())
    );
    assert_eq!(
        (held(&world, 0, 1), held(&world, 1, 2)),
        (json!("10"), json!("10"))
    );
    world.assert_conserved();
    let yes = world.people[0].order(token(1), 1, 10_000_000, 4_500_000, "GTC");
    world.post(0, &yes).await;
    let no = world.people[1].order(token(2), 1, 10_000_000, 5_500_000, "FOK");
    assert_eq!(world.post(1, &no).await.1["status"], "matched");
    world.step(10);
    assert_eq!(
        (cash(&world, 0), cash(&world, 1)),
        ("1000.5".to_owned(), "999.5".to_owned())
    );
    world.assert_conserved();
}

#[tokio::test]
async fn open_and_matched_orders_count_against_the_balance() {
    let world = world(Faults::none(), &[0]).await;
    for (dollars, status) in [(600_u64, 200), (401, 400), (400, 200), (3, 400)] {
        let amount = dollars * 1_000_000;
        let order = world.people[0].order(token(1), 0, amount, amount * 5, "GTC");
        assert_eq!(world.post(0, &order).await.0, status, "{dollars}");
    }
}

#[tokio::test]
async fn silence_of_an_armed_heartbeat_cancels_everything_of_the_key() {
    let world = world(Faults::none(), &[0]).await;
    let order = world.people[0].order(token(1), 0, 4_000_000, 10_000_000, "GTC");
    world.post(0, &order).await;
    world.step(60);
    let open = |world: &World| {
        let state = world.running.state();
        state["orders"]
            .as_object()
            .unwrap()
            .values()
            .filter(|o| o["status"] == "LIVE")
            .count()
    };
    assert_eq!(open(&world), 1, "an unarmed heartbeat cancels nothing");
    let beat = |id: &str| json!({ "heartbeat_id": id });
    let (_, first) = world
        .call(0, "POST", "/v1/heartbeats", &beat(""))
        .await
        .unwrap();
    world.step(9);
    let (status, wrong) = world
        .call(0, "POST", "/v1/heartbeats", &beat(""))
        .await
        .unwrap();
    assert_eq!(
        (status, &wrong["heartbeat_id"]),
        (400, &first["heartbeat_id"])
    );
    world.step(1);
    assert_eq!(open(&world), 0, "a refused heartbeat does not count");
}

#[tokio::test]
async fn random_scripts_of_orders_cancels_and_time_conserve_money() {
    for seed in 0..6 {
        let faults = Faults::none()
            .with(28, 200_000)
            .with(30, 200_000)
            .with(34, 500_000);
        let world = world(faults, &[0, 3]).await;
        let mut rng = fastrand::Rng::with_seed(seed);
        for _ in 0..60 {
            match rng.u8(0..10) {
                0 => world.step(rng.u64(1..6)),
                1 => world.depth(),
                2 => {
                    world
                        .call(rng.usize(0..2), "DELETE", "/cancel-all", &Value::Null)
                        .await;
                }
                _ => {
                    let who = rng.usize(0..2);
                    let (shares, cents) = (rng.u64(5..40) * 1_000_000, rng.u64(40..62) * 10_000);
                    let cash = shares / 1_000_000 * cents;
                    let side = rng.u8(0..2);
                    let (maker, taker) = if side == 0 {
                        (cash, shares)
                    } else {
                        (shares, cash)
                    };
                    let outcome = token(rng.u64(1..3));
                    let order = world.people[who].order(outcome, side, maker, taker, "GTC");
                    world.post(who, &order).await;
                }
            }
            world.assert_conserved();
        }
        world.step(30);
        world.assert_conserved();
        assert!(
            !world.running.state()["trades"]
                .as_object()
                .unwrap()
                .is_empty()
        );
    }
}
