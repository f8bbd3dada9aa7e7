//! The books of account balance after everything that can happen, and say so when they do not.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_domain::{
    Cash, Fill, FillId, FillStatus, Liquidity, MarketId, OrderId, Outcome, Price, Rounding, Shares,
    Side, Token,
};
use quorate_engine::ledger::{Account, Booked, FINALS_KEPT, Imbalance, Ledger};

const YES: Token = Token {
    market: MarketId(1),
    outcome: Outcome::Yes,
};
const NO: Token = Token {
    market: MarketId(1),
    outcome: Outcome::No,
};

fn fill(id: u64, token: Token, side: Side, price: i64, shares: u64, fee: i64) -> Fill {
    Fill {
        id: FillId(id),
        order: OrderId { seq: id, index: 0 },
        token,
        side,
        price: Price::from_micros(price).unwrap(),
        shares: Shares::from_micros(shares),
        fee: Cash::from_micros(fee),
        liquidity: Liquidity::Taker,
    }
}

fn funded() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.capital(Cash::whole(1_000));
    ledger
}

#[test]
fn a_purchase_counts_at_once_and_can_be_sold_only_when_final() {
    let mut ledger = funded();
    ledger
        .fill(&fill(1, YES, Side::Buy, 400_000, 100_000_000, 960_000))
        .unwrap();
    assert_eq!(ledger.cash(), Cash::parse("959.04").unwrap());
    assert_eq!(ledger.position(YES).expected(), Shares::whole(100));
    assert_eq!(ledger.position(YES).sellable(), Shares::ZERO);
    ledger.settle(FillId(1), FillStatus::Confirmed);
    assert_eq!(ledger.position(YES).sellable(), Shares::whole(100));
    assert_eq!(ledger.position(YES).cost, Cash::parse("40.96").unwrap());
    assert_eq!(ledger.total(Account::Fees), Cash::parse("-0.96").unwrap());
}

#[test]
fn a_failed_execution_never_happened() {
    let mut ledger = funded();
    ledger
        .fill(&fill(1, YES, Side::Buy, 400_000, 100_000_000, 960_000))
        .unwrap();
    ledger.settle(FillId(1), FillStatus::Failed);
    assert_eq!(ledger.cash(), Cash::whole(1_000));
    assert_eq!(ledger.position(YES).expected(), Shares::ZERO);
    assert_eq!(ledger.total(Account::Fees), Cash::ZERO);
    ledger.check_conserved().unwrap();
}

#[test]
fn the_same_execution_reported_five_times_is_one() {
    let mut ledger = funded();
    let bought = fill(1, YES, Side::Buy, 400_000, 100_000_000, 0);
    for _ in 0..3 {
        ledger.fill(&bought).unwrap();
    }
    ledger.settle(FillId(1), FillStatus::Confirmed);
    for _ in 0..2 {
        ledger.fill(&bought).unwrap();
        ledger.settle(FillId(1), FillStatus::Confirmed);
    }
    assert_eq!(ledger.position(YES).expected(), Shares::whole(100));
    assert_eq!(ledger.cash(), Cash::whole(960));
}

#[test]
fn only_the_first_report_of_an_execution_is_news() {
    let mut ledger = funded();
    let bought = fill(1, YES, Side::Buy, 400_000, 100_000_000, 0);
    assert_eq!(ledger.fill(&bought), Ok(Booked::New));
    assert_eq!(ledger.fill(&bought), Ok(Booked::Known));
    ledger.settle(FillId(1), FillStatus::Confirmed);
    assert_eq!(ledger.fill(&bought), Ok(Booked::Known));
}

#[test]
fn a_failed_sale_gives_back_the_cost_it_took_and_not_its_proceeds() {
    let mut ledger = funded();
    let fills = [
        fill(1, YES, Side::Buy, 400_000, 100_000_000, 0),
        fill(2, YES, Side::Sell, 900_000, 60_000_000, 10_000),
    ];
    ledger.fill(&fills[0]).unwrap();
    ledger.settle(FillId(1), FillStatus::Confirmed);
    let before = ledger.position(YES);
    ledger.fill(&fills[1]).unwrap();
    assert_eq!(ledger.position(YES).cost, Cash::whole(16));
    ledger.settle(FillId(2), FillStatus::Failed);
    assert_eq!(ledger.position(YES), before);
    assert_eq!(ledger.cash(), Cash::whole(960));
}

#[test]
fn a_failed_purchase_takes_back_its_own_cost_among_dearer_and_cheaper_ones() {
    let mut ledger = funded();
    ledger
        .fill(&fill(1, YES, Side::Buy, 100_000, 100_000_000, 0))
        .unwrap();
    ledger.settle(FillId(1), FillStatus::Confirmed);
    ledger
        .fill(&fill(2, YES, Side::Buy, 900_000, 100_000_000, 500_000))
        .unwrap();
    // What is sold is the final half; the other one may still fail.
    ledger
        .fill(&fill(3, YES, Side::Sell, 500_000, 40_000_000, 0))
        .unwrap();
    ledger.settle(FillId(2), FillStatus::Failed);
    assert_eq!(ledger.position(YES).expected(), Shares::whole(60));
    assert_eq!(ledger.position(YES).cost, Cash::whole(6));
    ledger.check_conserved().unwrap();
}

#[test]
fn a_token_whose_only_purchase_failed_leaves_the_books() {
    let mut ledger = funded();
    ledger
        .fill(&fill(1, YES, Side::Buy, 400_000, 100_000_000, 0))
        .unwrap();
    ledger.settle(FillId(1), FillStatus::Failed);
    assert_eq!(ledger.positions().count(), 0);
}

#[test]
fn a_final_word_that_comes_before_its_execution_is_not_lost() {
    let mut ledger = funded();
    ledger.settle(FillId(1), FillStatus::Confirmed);
    ledger.settle(FillId(2), FillStatus::Failed);
    let early = fill(1, YES, Side::Buy, 400_000, 100_000_000, 0);
    assert_eq!(ledger.fill(&early), Ok(Booked::New));
    assert_eq!(ledger.position(YES).sellable(), Shares::whole(100));
    let void = fill(2, YES, Side::Sell, 400_000, 500_000_000, 0);
    assert_eq!(ledger.fill(&void), Ok(Booked::New));
    assert_eq!(ledger.fill(&void), Ok(Booked::Known));
    assert_eq!(ledger.position(YES).expected(), Shares::whole(100));
    assert_eq!(ledger.cash(), Cash::whole(960));
    assert_eq!(restore(&stored(&ledger)), ledger);
}

#[test]
fn final_words_are_kept_for_a_while_and_not_for_ever() {
    let mut ledger = funded();
    let bought = |id: usize| fill(id as u64, YES, Side::Buy, 500_000, 10_000, 0);
    for id in 0..=FINALS_KEPT {
        ledger.fill(&bought(id)).unwrap();
        ledger.settle(FillId(id as u64), FillStatus::Confirmed);
    }
    assert_eq!(ledger.fill(&bought(1)), Ok(Booked::Known));
    assert_eq!(ledger.fill(&bought(FINALS_KEPT)), Ok(Booked::Known));
    let size = stored(&ledger).len();
    for id in FINALS_KEPT + 1..FINALS_KEPT + 1_000 {
        ledger.fill(&bought(id)).unwrap();
        ledger.settle(FillId(id as u64), FillStatus::Confirmed);
    }
    // Longer numbers take a few characters more; a thousand more words would take seventeen thousand.
    assert!(stored(&ledger).len() < size + 5_000, "the books grow");
}

#[test]
fn proceeds_of_a_sale_are_not_spendable_until_final() {
    let mut ledger = funded();
    ledger
        .fill(&fill(1, YES, Side::Buy, 400_000, 100_000_000, 0))
        .unwrap();
    ledger.settle(FillId(1), FillStatus::Confirmed);
    ledger
        .fill(&fill(2, YES, Side::Sell, 500_000, 60_000_000, 0))
        .unwrap();
    assert_eq!(ledger.proceeds_pending(), Cash::whole(30));
    ledger.settle(FillId(2), FillStatus::Confirmed);
    assert_eq!(ledger.proceeds_pending(), Cash::ZERO);
    assert_eq!(ledger.position(YES).cost, Cash::whole(16));
}

#[test]
fn nothing_is_sold_redeemed_or_merged_that_is_not_held() {
    let mut ledger = funded();
    assert!(
        ledger
            .fill(&fill(1, YES, Side::Sell, 500_000, 1_000_000, 0))
            .is_err()
    );
    assert!(
        ledger
            .redeem(MarketId(1), Shares::whole(1), Shares::ZERO, Cash::whole(1))
            .is_err()
    );
    assert!(ledger.merge(MarketId(1), Shares::whole(1)).is_err());
    assert_eq!(ledger, funded(), "a refusal leaves no trace");
}

#[test]
fn pairs_become_dollars_and_an_empty_token_leaves_the_books() {
    let mut ledger = funded();
    ledger
        .fill(&fill(1, YES, Side::Buy, 400_000, 10_000_000, 0))
        .unwrap();
    ledger
        .fill(&fill(2, NO, Side::Buy, 550_000, 10_000_000, 0))
        .unwrap();
    ledger.settle(FillId(1), FillStatus::Confirmed);
    ledger.settle(FillId(2), FillStatus::Confirmed);
    assert_eq!(ledger.mergeable(MarketId(1)), Shares::whole(10));
    ledger.merge(MarketId(1), Shares::whole(10)).unwrap();
    assert_eq!(ledger.cash(), Cash::parse("1000.5").unwrap());
    assert_eq!(ledger.positions().count(), 0);
}

/// The ledger's stored form with one number changed, as a defect in the program would leave it.
fn tampered(ledger: &Ledger, from: &str, to: &str) -> Ledger {
    let text = stored(ledger);
    assert!(text.contains(from), "{text}");
    restore(&text.replacen(from, to, 1))
}

fn stored(ledger: &Ledger) -> String {
    serde_json::to_string(&ledger.snapshot()).unwrap()
}

fn restore(text: &str) -> Ledger {
    Ledger::from(serde_json::from_str::<quorate_engine::ledger::LedgerSnapshot>(text).unwrap())
}

#[test]
fn a_wrong_cent_or_a_wrong_share_is_found() {
    let mut ledger = funded();
    ledger
        .fill(&fill(1, YES, Side::Buy, 400_000, 100_000_000, 0))
        .unwrap();
    ledger.settle(FillId(1), FillStatus::Confirmed);
    assert_eq!(tampered(&ledger, "960000000", "960000000"), ledger);
    let cash = tampered(&ledger, "\"cash\":960000000", "\"cash\":960000001");
    assert!(matches!(
        cash.check_conserved(),
        Err(Imbalance::Cash { .. })
    ));
    let share = tampered(
        &ledger,
        "\"confirmed\":100000000",
        "\"confirmed\":100000001",
    );
    assert!(matches!(
        share.check_conserved(),
        Err(Imbalance::Token { .. })
    ));
    let unknown =
        r#"[{"market":1,"outcome":"No"},{"confirmed":5,"pending_in":0,"pending_out":0,"cost":0}]"#;
    let ghost = tampered(
        &ledger,
        "\"positions\":[",
        &format!("\"positions\":[{unknown},"),
    );
    assert!(matches!(
        ghost.check_conserved(),
        Err(Imbalance::Token { token, .. }) if token == NO
    ));
    let vanished = tampered(&ledger, "\"disposed\":0", "\"disposed\":200000000");
    assert!(vanished.check_conserved().is_err());
}

#[derive(Clone, Debug)]
enum Step {
    Trade {
        no: bool,
        sell: bool,
        price: i64,
        shares: u64,
        fee: i64,
    },
    Settle {
        which: usize,
        failed: bool,
    },
    Merge(u64),
    Redeem,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), any::<bool>(), 1_i64..1_000_000, 1_u64..50_000_000, 0_i64..50_000)
            .prop_map(|(no, sell, price, shares, fee)| Step::Trade { no, sell, price, shares, fee }),
        3 => (0_usize..40, any::<bool>()).prop_map(|(which, failed)| Step::Settle { which, failed }),
        1 => (1_u64..20_000_000).prop_map(Step::Merge),
        1 => Just(Step::Redeem),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_books_balance(steps in prop::collection::vec(step(), 1..80)) {
        let mut ledger = funded();
        let mut next = 0;
        for step in steps {
            match step {
                Step::Trade { no, sell, price, shares, fee } => {
                    next += 1;
                    let side = if sell { Side::Sell } else { Side::Buy };
                    // A sale of what is not held is refused and must change nothing; the books are checked below.
                    let _ = ledger.fill(&fill(next, if no { NO } else { YES }, side, price, shares, fee));
                }
                Step::Settle { which, failed } => {
                    let status = if failed { FillStatus::Failed } else { FillStatus::Confirmed };
                    ledger.settle(FillId(which as u64), status);
                }
                Step::Merge(micros) => {
                    let _ = ledger.merge(MarketId(1), Shares::from_micros(micros));
                }
                Step::Redeem => {
                    let yes = ledger.position(YES).sellable();
                    let cash = yes.at_micros(1_000_000, Rounding::Down);
                    let _ = ledger.redeem(MarketId(1), yes, Shares::ZERO, cash);
                }
            }
            prop_assert_eq!(ledger.check_conserved(), Ok(()));
            for (_, position) in ledger.positions() {
                prop_assert!(Cash::ZERO <= position.cost, "{:?}", position);
                prop_assert!(!position.expected().is_zero() || position.cost == Cash::ZERO);
            }
        }
    }
}
