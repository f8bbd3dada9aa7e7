//! A venue to try clients on: two markets with resting liquidity, and a funded account of a public test key.
//!
//! `cargo run -p quorate-local-venue --example serve -- 4100`

use std::time::Duration;

use alloy_primitives::{B256, U256, address, keccak256};
use quorate_domain::{
    Cash, FeeSchedule, Input, Level, Market, MarketEvent, MarketId, MarketInput, Price, Shares,
    TickSize,
};
use quorate_local_venue::{
    AccountSetup, Clock, EventListing, Faults, LocalVenue, MarketListing, Settlement, Timings,
    VenueOptions,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "4100".to_owned())
        .parse()?;
    let owner = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    let deposit = address!("0xBc0fF067b7740Eff76C1ca93c875Ba6B890d6B50");
    let account = |wallet, signature_type| AccountSetup {
        owner,
        wallet,
        signature_type,
        cash: Cash::whole(10_000),
    };
    let running = LocalVenue::start(VenueOptions {
        listen: ([127, 0, 0, 1], port).into(),
        seed: 7,
        chain_id: 137,
        faults: Faults::none(),
        accounts: vec![account(owner, 0), account(deposit, 3)],
        clock: Clock::Real,
        timings: Timings {
            mined_after: Duration::from_millis(300),
            confirmed_after: Duration::from_millis(300),
            ..Timings::default()
        },
    })
    .await?;
    for (id, settlement) in [(1, Settlement::Standard), (2, Settlement::NegRisk)] {
        running.list(listing(id, settlement));
        running.observe(running.now(), &book(id)?);
    }
    tracing::info!(url = running.url, "listening");
    std::future::pending::<()>().await;
    Ok(())
}

fn listing(id: u32, settlement: Settlement) -> MarketListing {
    let token = |name: &str| U256::from_be_bytes(keccak256(format!("{name}-{id}")).0);
    let question = format!("Does example {id} happen?");
    MarketListing {
        market: Market {
            id: MarketId(id),
            name: format!("example-{id}"),
            question: question.clone(),
            group: None,
            set: None,
            loading: 0.0,
            tick: TickSize::CENT,
            shares_min: Shares::whole(5),
            marketable_buy_min: Cash::whole(1),
            fee: FeeSchedule {
                rate_ppm: 40_000,
                exponent: 1,
                rebate_share_ppm: 0,
            },
            opens_at: None,
            closes_at: None,
            link: None,
        },
        condition_id: B256::from(keccak256(format!("condition-{id}"))),
        tokens: [token("yes"), token("no")],
        question: question.clone(),
        slug: format!("example-{id}"),
        description: "An example.".to_owned(),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        event: Some(EventListing {
            slug: format!("event-{id}"),
            title: question,
            settlement,
        }),
        tags: vec!["politics".to_owned()],
        taker_delay: Duration::ZERO,
    }
}

fn book(id: u32) -> Result<Input, Box<dyn std::error::Error>> {
    let level = |price: &str, shares| -> Result<Level, Box<dyn std::error::Error>> {
        Ok(Level {
            price: Price::parse(price)?,
            shares: Shares::whole(shares),
        })
    };
    Ok(Input::Market(MarketInput {
        market: MarketId(id),
        event: MarketEvent::Snapshot {
            bids: vec![
                level("0.5", 200)?,
                level("0.49", 500)?,
                level("0.45", 1000)?,
            ],
            asks: vec![
                level("0.53", 200)?,
                level("0.54", 500)?,
                level("0.6", 1000)?,
            ],
        },
    }))
}
