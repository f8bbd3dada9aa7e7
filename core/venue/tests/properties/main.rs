//! What holds for any stream of books, trades and orders.

#[path = "../common/mod.rs"]
mod common;
mod scripts;
mod witness;

use std::collections::BTreeMap;

use common::*;
use proptest::prelude::*;
use quorate_domain::{
    AccountInput, BookSide, Cash, Command, Liquidity, MarketEvent, MarketInput, Payout, Price,
    Resolution, Shares, Timestamp,
};
use quorate_venue::{Exchange, VenueConfig};
use scripts::*;
use witness::*;

/// 100 dollars: little enough for refusals.
fn opened(config: VenueConfig) -> Exchange {
    let mut exchange = Exchange::new(config);
    exchange.list(terms());
    exchange.deposit(ms(0), Cash::whole(100));
    exchange
}

fn perform(exchange: &mut Exchange, at: Timestamp, step: &Step) {
    let market = MARKET;
    match step.clone() {
        Step::News(event) => exchange.observe(at, &MarketInput { market, event }),
        Step::Send(command) => exchange.submit(at, &command),
        Step::Decide(payout) => exchange.resolve(at, Resolution { market, payout }),
    }
}

/// Runs a script; `each` sees the new answers of every step.
fn play(
    config: VenueConfig,
    script: &[(u64, Step)],
    mut each: impl FnMut(&Exchange, Timestamp, &Step, &Answers),
) -> (Exchange, Answers) {
    let (mut exchange, mut all) = (opened(config), Vec::new());
    let mut at = 0;
    for (pause, step) in script {
        at += pause;
        perform(&mut exchange, ms(at), step);
        let mut out = Vec::new();
        exchange.advance(ms(at), &mut out);
        each(&exchange, ms(at), step, &out);
        all.extend(out);
    }
    (exchange, all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..Default::default() })]

    #[test]
    fn cash_and_tokens_are_conserved(config in any_config(), script in any_script()) {
        let mut books = Books::default();
        play(config, &script, |exchange, _, _, answers| {
            for (_, answer) in answers {
                books.enter(answer);
            }
            books.agree_with(exchange);
        });
    }

    #[test]
    fn every_order_keeps_its_limit_and_size_and_ends_exactly_once(
        config in any_config(),
        script in any_script(),
    ) {
        let orders = orders(&script);
        let (mut exchange, mut answers) = play(config, &script, |_, _, _, _| {});
        let open: Vec<_> = exchange.open_orders().map(|order| order.id).collect();
        for (id, story) in stories(&orders, &answers) {
            prop_assert_eq!(story.ends == 0, open.contains(&id) );
        }
        // Once the market is decided and all is done, every order has ended and nothing is kept back.
        let end = Timestamp::from_secs(100);
        exchange.advance(end, &mut answers);
        exchange.resolve(end, Resolution { market: MARKET, payout: Payout::YES });
        exchange.submit(end, &Command::Redeem(MARKET));
        exchange.advance(Timestamp::from_secs(200), &mut answers);
        let told = stories(&orders, &answers);
        prop_assert_eq!(told.len(), orders.len());
        prop_assert!(told.values().all(|story| story.ends == 1));
        prop_assert_eq!(exchange.next_due(), None);
        prop_assert_eq!(exchange.cash_reserved(), Cash::ZERO);
        prop_assert_eq!(exchange.proceeds_pending(), Cash::ZERO);
        prop_assert_eq!(exchange.holding(YES), Default::default());
        prop_assert_eq!(exchange.holding(NO), Default::default());
    }

    #[test]
    fn a_trade_fills_no_more_than_its_own_shares(config in any_config(), script in any_script()) {
        play(config, &script, |_, at, step, answers| {
            let Step::News(MarketEvent::Trade(trade)) = step else { return };
            let filled: Shares = answers
                .iter()
                .filter_map(|(when, answer)| match answer {
                    AccountInput::Filled(fill)
                        if *when == at && fill.liquidity == Liquidity::Maker => Some(fill.shares),
                    _ => None,
                })
                .sum();
            assert!(filled <= trade.shares);
        });
    }

    #[test]
    fn takers_get_no_more_than_ever_appeared(config in any_config(), script in any_script()) {
        let script = takers_only(script);
        let mut appeared = Appeared::default();
        let mut taken: BTreeMap<(BookSide, Price), u64> = BTreeMap::new();
        play(config, &script, |_, _, step, answers| {
            // Answers may be older than this news, so what appeared is a bound that includes it.
            if let Step::News(event) = step {
                appeared.news(event);
            }
            for (_, answer) in answers {
                if let AccountInput::Filled(fill) = answer {
                    *taken.entry(source(fill)).or_default() += fill.shares.micros();
                }
            }
            for (key, shares) in &taken {
                assert!(shares <= appeared.total.get(key).unwrap_or(&0));
            }
        });
    }

    #[test]
    fn an_exchange_read_back_goes_on_as_if_nothing_had_happened(
        config in any_config(),
        script in any_script(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (whole, answers) = play(config, &script, |_, _, _, _| {});
        let (mut exchange, mut at) = (opened(config), 0);
        let mut resumed = Vec::new();
        let cut = cut.index(script.len());
        for (number, (pause, step)) in script.iter().enumerate() {
            if number == cut {
                let stored = serde_json::to_string(&exchange).unwrap();
                exchange = serde_json::from_str(&stored).unwrap();
                prop_assert_eq!(serde_json::to_string(&exchange).unwrap(), stored);
            }
            at += pause;
            perform(&mut exchange, ms(at), step);
            exchange.advance(ms(at), &mut resumed);
        }
        prop_assert_eq!(&resumed, &answers);
        // What is still on its way is the same too.
        let end = Timestamp::from_secs(100);
        let (mut whole, mut rest, mut same_rest) = (whole, Vec::new(), Vec::new());
        whole.advance(end, &mut rest);
        exchange.advance(end, &mut same_rest);
        prop_assert_eq!(rest, same_rest);
        let text = |exchange: &Exchange| serde_json::to_string(exchange).unwrap();
        prop_assert_eq!(text(&whole), text(&exchange));
    }

    #[test]
    fn the_same_calls_give_the_same_answers_whenever_they_are_fetched(
        config in any_config(),
        script in any_script(),
    ) {
        let (_, eager) = play(config, &script, |_, _, _, _| {});
        let (_, again) = play(config, &script, |_, _, _, _| {});
        prop_assert_eq!(&eager, &again);
        let (mut exchange, mut at) = (opened(config), 0);
        for (pause, step) in &script {
            at += pause;
            perform(&mut exchange, ms(at), step);
        }
        let mut lazy = Vec::new();
        exchange.advance(ms(at), &mut lazy);
        prop_assert_eq!(&eager, &lazy);
        prop_assert!(lazy.is_sorted_by_key(|(when, _)| *when));
    }
}
