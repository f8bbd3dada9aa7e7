//! Events become markets, groups and reasons; listings are compared.

use std::collections::BTreeMap;

use quorate_domain::{Coverage, FeeSchedule, GroupId, MarketId, Shares, TickSize};
use quorate_polymarket::gamma::{Event, event_from_json};
use quorate_polymarket::listing::{
    Category, Change, ClobFee, ClobSettings, EventListing, FeeError, Kind, NotReady, Numbering,
    Phase, Protocol, Standing, changes, list_event,
};
use serde_json::{Value, json};

use crate::samples::{PRESIDENT, TWAP, at};

/// Numbers in the order of asking.
#[derive(Default)]
struct Numbers(BTreeMap<String, u32>);

impl Numbers {
    fn of(&mut self, name: &str) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap();
        *self.0.entry(name.to_owned()).or_insert(next)
    }
}

impl Numbering for Numbers {
    fn market(&mut self, condition_id: &str) -> MarketId {
        MarketId(self.of(condition_id))
    }
    fn group(&mut self, event_id: &str) -> GroupId {
        GroupId(self.of(event_id))
    }
}

fn settings(fee: &str, is_neg_risk: bool) -> ClobSettings {
    ClobSettings {
        tick: TickSize::CENT,
        shares_min: Shares::whole(5),
        fee: Some(ClobFee {
            rate: fee.parse().unwrap(),
            exponent: 1.into(),
            taker_only: true,
        }),
        is_neg_risk,
        is_accepting_orders: true,
        tokens: Vec::new(),
    }
}

fn window() -> Value {
    json!({
        "id": "900001", "slug": "btc-updown-5m-1780876500", "title": "Bitcoin Up or Down - June 7, 7:55PM-8:00PM ET",
        "negRisk": false, "restricted": true, "tags": [{"slug": "crypto"}, {"slug": "up-or-down"}],
        "markets": [{
            "id": "800001", "version": "v1", "slug": "btc-updown-5m-1780876500",
            "question": "Bitcoin Up or Down - June 7, 7:55PM-8:00PM ET", "conditionId": "0xa1",
            "description": TWAP, "outcomes": "[\"Up\", \"Down\"]", "clobTokenIds": "[\"11\", \"22\"]",
            "positionIds": ["33", "44"], "acceptingOrders": true, "enableOrderBook": true, "active": true,
            "closed": false, "negRisk": false, "feesEnabled": true, "feeType": "crypto_fees_v2",
            "feeSchedule": {"rate": 0.07, "exponent": 1, "takerOnly": true, "rebateRate": 0.2},
            "eventStartTime": "2026-06-07T23:55:00Z", "endDate": "2026-06-08T00:00:00Z",
            "resolutionSource": "https://data.chain.link/streams/btc-usd-twap-60s-streams",
        }],
    })
}

fn event(fields: &Value) -> Event {
    event_from_json(fields.to_string().as_bytes()).unwrap()
}

fn list_with(fields: &Value, settings: &ClobSettings) -> EventListing {
    let event = event(fields);
    let all = event
        .markets
        .iter()
        .map(|market| (market.condition_id.clone(), settings.clone()))
        .collect();
    list_event(&event, &all, &mut Numbers::default())
}

fn list(fields: &Value) -> EventListing {
    list_with(fields, &settings("0.07", false))
}

#[track_caller]
fn reason(listing: &EventListing) -> NotReady {
    match &listing.entries[0].standing {
        Standing::NotReady(reason) => reason.clone(),
        Standing::Listed(listed) => panic!("listed: {listed:?}"),
    }
}

#[test]
fn a_window_becomes_a_market_between_its_two_readings() {
    let listing = list(&window());
    assert_eq!(listing.group, None);
    let listed = listing.entries[0].listed().unwrap();
    assert_eq!(listed.market.name, "btc-updown-5m-1780876500");
    assert_eq!(listed.market.opens_at, Some(at("2026-06-07T23:55:00Z")));
    assert_eq!(listed.market.closes_at, Some(at("2026-06-08T00:00:00Z")));
    let fee = FeeSchedule {
        rate_ppm: 70_000,
        exponent: 1,
        rebate_share_ppm: 200_000,
    };
    assert_eq!(listed.market.fee, fee);
    assert_eq!(listed.market.marketable_buy_min.micros(), 1_000_000);
    assert!(matches!(listed.kind, Kind::UpDown(_)), "{:?}", listed.kind);
    assert_eq!(
        (listed.venue.yes.as_str(), listed.venue.no.as_str()),
        ("11", "22")
    );
    assert_eq!(listed.venue.protocol, Protocol::V1);
    assert_eq!((listed.category, listed.delay_secs), (Category::Crypto, 0));
    let mut delayed = window();
    delayed["markets"][0]["secondsDelay"] = json!(3);
    assert_eq!(list(&delayed).entries[0].listed().unwrap().delay_secs, 3);
    delayed["markets"][0]["secondsDelay"] = json!(-1);
    assert!(matches!(reason(&list(&delayed)), NotReady::Delay(_)));
}

#[test]
fn outcomes_are_matched_by_name_and_tokens_by_version() {
    let mut fields = window();
    fields["markets"][0]["outcomes"] = json!(["Down", "Up"]);
    fields["markets"][0]["version"] = json!("v2");
    let listing = list(&fields);
    let venue = &listing.entries[0].listed().unwrap().venue;
    assert_eq!((venue.yes.as_str(), venue.no.as_str()), ("44", "33"));
    assert_eq!(venue.protocol, Protocol::V2);
    fields["markets"][0]["version"] = json!("v3");
    assert_eq!(reason(&list(&fields)), NotReady::Version("v3".to_owned()));
}

#[test]
fn a_market_that_is_not_ready_says_why() {
    let cases = [
        ("closed", json!(true), NotReady::Closed),
        ("active", json!(false), NotReady::Inactive),
        ("enableOrderBook", json!(false), NotReady::NoBook),
        ("enableOrderBook", json!(null), NotReady::NoBook),
        ("acceptingOrders", json!(false), NotReady::NotAccepting),
        ("conditionId", json!(""), NotReady::NoCondition),
        ("clobTokenIds", json!("[]"), NotReady::NoTokens),
        ("clobTokenIds", json!("[\"\", \"\"]"), NotReady::NoTokens),
        (
            "clobTokenIds",
            json!("[\"11\"]"),
            NotReady::NotBinary {
                outcomes: 2,
                tokens: 1,
            },
        ),
        (
            "clobTokenIds",
            json!("[\"11\", \"11\"]"),
            NotReady::NotBinary {
                outcomes: 2,
                tokens: 2,
            },
        ),
        (
            "outcomes",
            json!("[\"Left\", \"Right\"]"),
            NotReady::NotBinary {
                outcomes: 2,
                tokens: 2,
            },
        ),
    ];
    for (field, value, expected) in cases {
        let mut fields = window();
        fields["markets"][0][field] = value;
        assert_eq!(reason(&list(&fields)), expected, "{field}");
    }
    let unknown = list_event(&event(&window()), &BTreeMap::new(), &mut Numbers::default());
    assert_eq!(reason(&unknown), NotReady::NoSettings);
    let mut refusing = settings("0.07", false);
    refusing.is_accepting_orders = false;
    assert_eq!(
        reason(&list_with(&window(), &refusing)),
        NotReady::NotAccepting
    );
}

#[test]
fn catalogue_and_order_service_must_agree() {
    let exclusive = reason(&list_with(&window(), &settings("0.07", true)));
    assert!(matches!(
        exclusive,
        NotReady::Disagreement {
            what: "exclusive outcomes",
            ..
        }
    ));
    let mut swapped = settings("0.07", false);
    swapped.tokens = vec![
        ("22".to_owned(), "Yes".to_owned()),
        ("11".to_owned(), "No".to_owned()),
    ];
    assert!(matches!(
        reason(&list_with(&window(), &swapped)),
        NotReady::Disagreement { .. }
    ));
    swapped.tokens.reverse();
    swapped.tokens[0].1 = "Yes".to_owned();
    swapped.tokens[1].1 = "No".to_owned();
    assert!(list_with(&window(), &swapped).entries[0].listed().is_some());
}

#[test]
fn fees_are_exact_agreed_and_plausible() {
    let fee = |catalogue: Value, service: &str| {
        let mut fields = window();
        fields["markets"][0]["feeSchedule"]["rate"] = catalogue;
        reason(&list_with(&fields, &settings(service, false)))
    };
    assert!(matches!(
        fee(json!(0.07), "0.04"),
        NotReady::Fee(FeeError::Disagreement { .. })
    ));
    assert!(matches!(
        fee(json!(0.5), "0.5"),
        NotReady::Fee(FeeError::Value { field: "rate", .. })
    ));
    assert!(matches!(
        fee(json!("0.00000001"), "0.00000001"),
        NotReady::Fee(FeeError::Value { .. })
    ));
    let mut politics = window();
    politics["tags"] = json!([{"slug": "politics"}]);
    assert_eq!(
        reason(&list(&politics)),
        NotReady::Fee(FeeError::Category {
            category: Category::Politics,
            rate_ppm: 70_000,
            expected_ppm: 40_000,
        })
    );
    let mut makers = settings("0.07", false);
    makers.fee.as_mut().unwrap().taker_only = false;
    assert_eq!(
        reason(&list_with(&window(), &makers)),
        NotReady::Fee(FeeError::MakersPay)
    );
    let mut free = window();
    free["markets"][0]["feesEnabled"] = json!(false);
    let mut none = settings("0.07", false);
    none.fee = None;
    let listing = list_with(&free, &none);
    assert_eq!(
        listing.entries[0].listed().unwrap().market.fee,
        FeeSchedule::NONE
    );
}

#[test]
fn an_unknown_rule_is_listed_as_unrecognised_with_its_sentence() {
    let mut fields = window();
    let text = format!("{TWAP}\nThis market will resolve to \"Down\" on holidays.");
    fields["markets"][0]["description"] = json!(text);
    let listing = list(&fields);
    let listed = listing.entries[0].listed().unwrap();
    match &listed.kind {
        Kind::Unrecognised(refusal) => assert!(refusal.to_string().contains("holidays")),
        other => panic!("{other:?}"),
    }
    assert!(!listed.kind.is_recognised() && listed.market.link.is_none());
}

fn outcome(number: u32, label: &str) -> Value {
    json!({
        "id": number.to_string(), "slug": format!("m{number}"), "conditionId": format!("0x{number}"),
        "question": format!("Will {label} win the 2028 US Presidential Election?"), "groupItemTitle": label,
        "outcomes": "[\"Yes\", \"No\"]", "clobTokenIds": format!("[\"{number}1\", \"{number}2\"]"),
        "acceptingOrders": true, "enableOrderBook": true, "active": true, "closed": false, "negRisk": true,
        "endDate": "2028-11-07T00:00:00Z",
    })
}

fn election(outcomes: &[Value]) -> Value {
    json!({
        "id": "31552", "slug": "presidential-election-winner-2028", "title": "Presidential Election Winner 2028",
        "description": PRESIDENT, "negRisk": true, "tags": [{"slug": "elections"}, {"slug": "geopolitics"}], "markets": outcomes,
    })
}

fn list_election(fields: &Value) -> EventListing {
    list_with(fields, &settings("0.04", true))
}

#[test]
fn a_closed_list_of_outcomes_is_exhaustive_only_while_all_can_be_traded() {
    let fields = election(&[
        outcome(1, "Jane Doe"),
        outcome(2, "John Roe"),
        outcome(3, "Other"),
    ]);
    let listing = list_election(&fields);
    let group = listing.group.clone().unwrap();
    assert_eq!(group.coverage, Coverage::Exhaustive);
    for entry in &listing.entries {
        let listed = entry.listed().unwrap();
        assert_eq!(listed.market.group, Some(group.id));
        assert!(listed.venue.is_neg_risk);
    }
    match &listing.entries[0].listed().unwrap().kind {
        Kind::Election(rule) => assert_eq!(rule.candidate, "Jane Doe"),
        other => panic!("{other:?}"),
    }
    let mut one_closed = fields;
    one_closed["markets"][1]["closed"] = json!(true);
    let listing = list_election(&one_closed);
    assert_eq!(listing.group.unwrap().coverage, Coverage::WithOther);
}

#[test]
fn reserved_and_catch_all_outcomes_of_an_open_list_are_left_out() {
    let mut fields = election(&[
        outcome(1, "Jane Doe"),
        outcome(2, "Person A"),
        outcome(3, "Person CZ"),
        outcome(4, "Other"),
        outcome(5, "The Rest"),
        outcome(6, "Option B"),
        outcome(7, "Candidate Smith"),
        outcome(8, ""),
    ]);
    fields["negRiskAugmented"] = json!(true);
    fields["enableNegRisk"] = json!(true);
    fields["markets"][4]["negRiskOther"] = json!(true);
    let listing = list_election(&fields);
    let listed: Vec<&str> = listing
        .entries
        .iter()
        .filter(|entry| entry.listed().is_some())
        .map(|entry| entry.label.as_str())
        .collect();
    assert_eq!(listed, ["Jane Doe", "Candidate Smith"]);
    assert_eq!(
        listing.entries[3].standing,
        Standing::NotReady(NotReady::Placeholder)
    );
    assert_eq!(
        listing.entries[7].standing,
        Standing::NotReady(NotReady::Unnamed)
    );
    assert_eq!(listing.group.unwrap().coverage, Coverage::WithOther);
}

#[test]
fn a_group_that_gains_or_loses_an_outcome_says_so() {
    let two = election(&[outcome(1, "Jane Doe"), outcome(2, "John Roe")]);
    let three = election(&[
        outcome(1, "Jane Doe"),
        outcome(2, "John Roe"),
        outcome(3, "Ann Poe"),
    ]);
    let (two, three) = (list_election(&two), list_election(&three));
    assert_eq!(changes(&two, &two), []);
    let added = Change::Added {
        gamma_id: "3".to_owned(),
        label: "Ann Poe".to_owned(),
    };
    assert_eq!(changes(&two, &three), [added]);
    let vanished = Change::Vanished {
        gamma_id: "3".to_owned(),
    };
    assert_eq!(changes(&three, &two), [vanished]);
}

#[test]
fn a_reserved_outcome_that_is_named_becomes_ready() {
    let with = |label: &str| {
        let mut fields = election(&[outcome(1, "Jane Doe"), outcome(2, label)]);
        fields["negRiskAugmented"] = json!(true);
        list_election(&fields)
    };
    let found = changes(&with("Person A"), &with("Ann Poe"));
    let expected = [
        Change::Renamed {
            gamma_id: "2".to_owned(),
            old: "Person A".to_owned(),
            new: "Ann Poe".to_owned(),
        },
        Change::Ready {
            gamma_id: "2".to_owned(),
        },
    ];
    assert_eq!(found, expected);
}

#[test]
fn closing_and_resolving_while_shares_are_held_is_told_step_by_step() {
    let open = list(&window());
    let mut fields = window();
    fields["markets"][0]["closed"] = json!(true);
    fields["markets"][0]["acceptingOrders"] = json!(false);
    let closed = list(&fields);
    fields["markets"][0]["umaResolutionStatus"] = json!("proposed");
    let resolving = list(&fields);
    fields["markets"][0]["umaResolutionStatus"] = json!("resolved");
    let resolved = list(&fields);
    let phase = |old, new| Change::Phase {
        gamma_id: "800001".to_owned(),
        old,
        new,
    };
    let no_more = Change::NoMoreReady {
        gamma_id: "800001".to_owned(),
        reason: NotReady::Closed,
    };
    assert_eq!(
        changes(&open, &closed),
        [phase(Phase::Trading, Phase::Closed), no_more]
    );
    assert_eq!(
        changes(&closed, &resolving),
        [phase(Phase::Closed, Phase::Resolving)]
    );
    assert_eq!(
        changes(&resolving, &resolved),
        [phase(Phase::Resolving, Phase::Resolved)]
    );
}

#[test]
fn another_rule_other_terms_and_another_identity_are_told_apart() {
    let before = list(&window());
    let id = "800001".to_owned();
    let after = |field: &str, value: Value| {
        let mut fields = window();
        fields["markets"][0][field] = value;
        changes(&before, &list(&fields))
    };
    let rule = after("description", json!(format!("{TWAP}\nBonus.")));
    assert_eq!(
        rule,
        [Change::Rule {
            gamma_id: id.clone()
        }]
    );
    let tokens = after("clobTokenIds", json!("[\"11\", \"23\"]"));
    assert_eq!(
        tokens,
        [Change::Identity {
            gamma_id: id.clone()
        }]
    );
    let condition = after("conditionId", json!("0xa2"));
    assert_eq!(
        condition,
        [Change::Identity {
            gamma_id: id.clone()
        }]
    );
    let mut finer = settings("0.07", false);
    finer.tick = TickSize::parse("0.001").unwrap();
    assert_eq!(
        changes(&before, &list_with(&window(), &finer)),
        [Change::Terms { gamma_id: id }]
    );
}
