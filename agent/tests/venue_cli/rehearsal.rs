//! A rehearsal: the local venue in one process, an operator's commands in others.

use crate::common::{VenueProcess, Workshop};

#[test]
fn an_operator_rehearses_against_the_local_venue() {
    let workshop = Workshop::new();
    let venue = VenueProcess::start(&workshop);
    let dir = ["-C", "rehearsal"];
    let run = |words: &[&str]| {
        let all: Vec<&str> = words
            .iter()
            .chain(&dir)
            .chain(&["--json"])
            .copied()
            .collect();
        workshop.quorate(&all)
    };
    let market = "president-adler";

    // Markets: found, understood, with a book, and followed.
    let found = run(&["markets", "search", "adler"]).ok().json();
    assert!(
        found["markets"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"] == market),
        "{found:#}"
    );
    let shown = run(&["markets", "show", market]).ok().json();
    assert_eq!(shown["rule"]["recognised"], true, "{shown:#}");
    let book = run(&["markets", "book", market]).ok().json();
    assert!(!book["bids"].as_array().unwrap().is_empty(), "{book:#}");
    let watched = run(&["markets", "watch", market, "--lines", "1", "--for", "60"])
        .ok()
        .json();
    assert_eq!(watched["market"], market);
    run(&["markets", "show", "nobody-lists-this"]).fails(4, &["not in the catalogue"]);

    // The doctor, online, with the ready-made key.
    let ended = run(&[
        "doctor",
        "--only",
        "clob,gamma,data-api,relayer,venue-version,clock-skew,geoblock,key,api-key,collateral,allowances,\
         approvals,deposit-wallet,market-socket,topic-markets",
    ]);
    let report = ended.json();
    let failed: Vec<_> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["result"] == "fail")
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");

    // Chores: shown first, refused for another account, then done.
    let dry = run(&["split", market, "25"]).ok().json();
    assert_eq!(dry["executed"], false);
    run(&["split", market, "25", "--execute", "0000"]).fails(9, &["is not the end of"]);
    let done = run(&["split", market, "25", "--execute", venue.word("suffix")])
        .ok()
        .json();
    assert_eq!(done["state"], "confirmed");
    run(&["merge", market, "10", "--execute", venue.word("suffix")]).ok();
    run(&["redeem", market, "--execute", venue.word("suffix")]).fails(9, &["not received yet"]);
    run(&["approve", "--execute", venue.word("suffix")]).ok();

    // Nothing has run yet, so there is nothing to compare.
    run(&["reconcile"]).fails(4, &["nothing has run"]);
}
