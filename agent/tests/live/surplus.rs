//! An order that is stated in money may get more shares than it asked for.

use std::time::Duration;

use crate::common::{Place, agreed, news, paused};
use quorate_agent::journal::Record;
use quorate_agent::runtime::gateway::{Execution, News, OrderHash};
use quorate_domain::{Cash, FillStatus, Liquidity, Shares, Side};

#[test]
fn more_shares_than_were_asked_for_end_the_order_and_are_booked_whole() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(31, folder.path());
        let (mut agent, report) = place.start(1).await.unwrap();
        agreed(&report);
        let mut dice = fastrand::Rng::with_seed(31);
        let open = loop {
            agent.feed(news(&mut dice)).unwrap();
            agent.run(Duration::from_millis(100)).await.unwrap();
            let mut open = agent.machine.engine().orders().iter();
            if let Some(open) = open.find(|open| open.placed.side == Side::Buy) {
                break open.clone();
            }
        };
        let hash = place.records().into_iter().find_map(|record| match record {
            Record::Intent(intent) if intent.order == open.placed.id => Some(intent.hash),
            _ => None,
        });
        let token = open.placed.token;
        let before = agent.machine.engine().ledger().position(token).expected();
        let shares = open.remaining + Shares::whole(7);
        let execution = Execution {
            id: "a surplus".into(),
            hash: OrderHash(hash.unwrap()),
            token,
            side: Side::Buy,
            price: open.placed.limit,
            shares,
            fee: Cash::ZERO,
            liquidity: Liquidity::Taker,
            status: FillStatus::Matched,
            matched_at: agent.now(),
        };
        let line = agent.gateway.news_line();
        assert!(line.tell(News::Execution(execution)).await);
        agent.turn().unwrap();
        let engine = agent.machine.engine();
        assert_eq!(engine.halted(), None);
        assert!(engine.orders().get(open.placed.id).is_none());
        let after = engine.ledger().position(token).expected();
        assert_eq!(after, before + shares);
    });
}
