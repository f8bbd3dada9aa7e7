//! How messages become a book on the YES scale.

use quorate_domain::{BookSide, HealthInput, MarketEvent, Outcome, PublicTrade, Side, TickSize};
use quorate_polymarket::ws::number::{NumberFault, micros, unix_millis};
use quorate_polymarket::ws::{
    AnomalyKind, Comparison, CrossCheck, Directory, DirectoryError, News, Pair, compare,
};

use crate::support::{MARKET, NO, YES, book, change, kinds, level, normalizer, pair, read};

fn events(out: &quorate_polymarket::ws::Output) -> Vec<MarketEvent> {
    out.inputs.iter().map(|input| input.event.clone()).collect()
}

#[test]
fn decimal_text_is_exact_or_refused() {
    for (text, expected) in [
        ("0.53", Ok(530_000)),
        ("1", Ok(1_000_000)),
        (".5", Ok(500_000)),
        ("5.", Ok(5_000_000)),
        ("0.1234560", Ok(123_456)),
        ("12329.83", Ok(12_329_830_000)),
        ("9223372036854.775807", Ok(9_223_372_036_854_775_807)),
        ("9223372036854.775808", Err(NumberFault::TooLarge)),
        ("99999999999999999999999", Err(NumberFault::TooLarge)),
        ("0.1234567", Err(NumberFault::TooPrecise)),
        ("-0.1", Err(NumberFault::Negative)),
        ("1e73", Err(NumberFault::NotDecimal)),
        ("NaN", Err(NumberFault::NotDecimal)),
        ("", Err(NumberFault::NotDecimal)),
        (".", Err(NumberFault::NotDecimal)),
        ("-", Err(NumberFault::NotDecimal)),
        ("1.2.3", Err(NumberFault::NotDecimal)),
        ("--1", Err(NumberFault::Negative)),
        ("-.", Err(NumberFault::NotDecimal)),
        ("-0.0000001", Err(NumberFault::Negative)),
        (&"-".repeat(1_000_000), Err(NumberFault::NotDecimal)),
        (" 1", Err(NumberFault::NotDecimal)),
        ("+1", Err(NumberFault::NotDecimal)),
    ] {
        assert_eq!(micros(text.as_bytes()), expected, "{text:?}");
    }
    // A frame may hold millions of signs; they must not cost a stack frame each.
    let signs = vec![b'-'; 4 << 20];
    assert_eq!(micros(&signs), Err(NumberFault::NotDecimal));
}

#[test]
fn seconds_and_milliseconds_are_told_apart() {
    assert_eq!(unix_millis("1795305601"), Some(1_795_305_601_000));
    assert_eq!(unix_millis("1795305601123"), Some(1_795_305_601_123));
    assert_eq!(unix_millis("99999999999"), Some(99_999_999_999_000));
    assert_eq!(unix_millis("100000000000"), Some(100_000_000_000));
    for odd in ["", "-1", "1e3", "12 "] {
        assert_eq!(unix_millis(odd), None, "{odd:?}");
    }
}

#[test]
fn a_directory_refuses_what_would_be_ambiguous() {
    let mut directory = Directory::default();
    directory.add(pair()).unwrap();
    directory.add(pair()).unwrap();
    assert_eq!(directory.find(YES), Some((MARKET, Outcome::Yes)));
    assert_eq!(directory.find(NO), Some((MARKET, Outcome::No)));
    let other = Pair {
        market: quorate_domain::MarketId(8),
        yes: NO.to_owned(),
        no: "333".to_owned(),
        ..pair()
    };
    assert!(matches!(
        directory.add(other),
        Err(DirectoryError::AssetTaken { .. })
    ));
    let moved = Pair {
        yes: "444".to_owned(),
        ..pair()
    };
    assert_eq!(
        directory.add(moved),
        Err(DirectoryError::MarketTaken(MARKET))
    );
    let odd = Pair {
        market: quorate_domain::MarketId(9),
        yes: "0x1".to_owned(),
        no: "555".to_owned(),
        ..pair()
    };
    assert!(matches!(
        directory.add(odd),
        Err(DirectoryError::NotAnAsset { .. })
    ));
    directory.remove(MARKET).unwrap();
    assert_eq!(directory.find(YES), None);
    assert!(directory.is_empty());
}

#[test]
fn a_change_before_the_snapshot_is_ignored() {
    let mut normalizer = normalizer();
    let out = read(
        &mut normalizer,
        &change(YES, 1, "0.51", "5", "BUY", ("0.51", "0.53")),
    );
    assert_eq!(events(&out), []);
    assert_eq!(kinds(&out), [AnomalyKind::BeforeSnapshot]);
    assert!(normalizer.waits(MARKET));
}

#[test]
fn a_change_of_the_no_token_is_mirrored_and_written_once() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    assert!(!normalizer.waits(MARKET));
    let both = format!(
        r#"{{"event_type":"price_change","timestamp":"1795305600001","price_changes":[
        {{"token_id":"{NO}","price":"0.49","size":"60.25","side":"sell","hash":"b","best_bid":"0.47","best_ask":"0.49"}},
        {{"asset_id":"{YES}","price":"0.51","size":"60.25","side":"BUY","hash":"a","best_bid":"0.51","best_ask":"0.53"}}]}}"#
    );
    let out = read(&mut normalizer, &both);
    assert_eq!(kinds(&out), []);
    let expected = MarketEvent::Level {
        side: BookSide::Bid,
        level: level("0.51", "60.25"),
    };
    assert_eq!(events(&out), [expected]);
    assert_eq!(out.touched, 2);
}

#[test]
fn the_same_message_again_does_not_undo_what_came_between() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    let first = change(YES, 1_795_305_600_001, "0.51", "5", "BUY", ("0.51", "0.53"));
    let second = change(YES, 1_795_305_600_002, "0.51", "0", "BUY", ("0.5", "0.53"));
    read(&mut normalizer, &first);
    read(&mut normalizer, &second);
    let out = read(&mut normalizer, &first);
    assert_eq!(events(&out), []);
    assert_eq!(kinds(&out), [AnomalyKind::Duplicate]);
}

#[test]
fn an_old_snapshot_does_not_undo_newer_changes() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    let newer = change(YES, 1_795_305_600_005, "0.51", "5", "BUY", ("0.51", "0.53"));
    read(&mut normalizer, &newer);
    let out = read(&mut normalizer, &book(1_795_305_600_004));
    assert_eq!(events(&out), []);
    assert_eq!(kinds(&out), [AnomalyKind::OldSnapshot]);
    let out = read(&mut normalizer, &book(1_795_305_600_006));
    assert!(matches!(&events(&out)[..], [MarketEvent::Snapshot { .. }]));
}

#[test]
fn both_tokens_snapshots_are_one() {
    let mut normalizer = normalizer();
    let mirrored = format!(
        r#"[{{"event_type":"book","asset_id":"{NO}","timestamp":"1795305600000",
        "asks":[{{"price":"0.51","size":"10"}},{{"price":"0.5","size":"20"}}],
        "bids":[{{"price":"0.45","size":"7"}},{{"price":"0.47","size":"5"}}]}}, {}]"#,
        book(1_795_305_600_000)
    );
    let out = read(&mut normalizer, &mirrored);
    assert_eq!(out.inputs.len(), 1);
    let book = normalizer.book(MARKET).unwrap();
    assert_eq!(book.best(BookSide::Bid), Some(level("0.5", "20")));
    assert_eq!(book.best(BookSide::Ask), Some(level("0.53", "5")));
}

#[test]
fn best_prices_that_stay_wrong_break_the_book() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    let wrong = |at| change(YES, at, "0.4", &at.to_string(), "BUY", ("0.52", "0.53"));
    for at in 1..3 {
        let out = read(&mut normalizer, &wrong(1_795_305_600_000 + at));
        assert_eq!(kinds(&out), [AnomalyKind::BestDiffers]);
        assert!(out.resubscribe.is_empty());
    }
    let out = read(&mut normalizer, &wrong(1_795_305_600_300));
    assert_eq!(kinds(&out), [AnomalyKind::BestLost]);
    assert_eq!(events(&out).last(), Some(&MarketEvent::Gap));
    assert_eq!(out.resubscribe, [MARKET]);
    assert!(normalizer.waits(MARKET));
}

#[test]
fn a_passing_difference_is_forgotten() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    for round in 0..10 {
        let at = 1_795_305_600_000 + 10 * round;
        let size = (round + 1).to_string();
        read(
            &mut normalizer,
            &change(YES, at, "0.4", &size, "BUY", ("0.52", "0.53")),
        );
        read(
            &mut normalizer,
            &change(YES, at + 1, "0.41", &size, "BUY", ("0.5", "0.53")),
        );
    }
    assert!(!normalizer.waits(MARKET));
}

#[test]
fn a_crossed_book_is_noted_and_broken_when_it_stays() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    let mut seen = Vec::new();
    for at in [1, 2, 300_u64] {
        let frame = change(
            YES,
            1_795_305_600_000 + at,
            "0.53",
            &at.to_string(),
            "BUY",
            ("", ""),
        );
        seen.extend(kinds(&read(&mut normalizer, &frame)));
    }
    assert_eq!(
        seen,
        [
            AnomalyKind::Crossed,
            AnomalyKind::Crossed,
            AnomalyKind::BestLost
        ]
    );
}

#[test]
fn an_empty_side_is_named_by_zero_or_one() {
    let mut normalizer = normalizer();
    let one_sided = format!(
        r#"{{"event_type":"book","asset_id":"{YES}","timestamp":"1795305600000","bids":[{{"price":"0.9","size":"1"}}],"asks":[]}}"#
    );
    read(&mut normalizer, &one_sided);
    for (at, best) in [(1, ("0.9", "1")), (2, ("0.9", "0")), (3, ("0.9", ""))] {
        let frame = change(
            YES,
            1_795_305_600_000 + at,
            "0.1",
            &at.to_string(),
            "BUY",
            best,
        );
        assert_eq!(kinds(&read(&mut normalizer, &frame)), [], "{best:?}");
    }
}

#[test]
fn impossible_prices_are_dropped_and_unreadable_ones_break_the_book() {
    for price in ["0", "1", "1.2"] {
        let mut normalizer = normalizer();
        read(&mut normalizer, &book(1_795_305_600_000));
        let out = read(
            &mut normalizer,
            &change(YES, 1_795_305_600_001, price, "5", "BUY", ("", "")),
        );
        assert_eq!(kinds(&out), [AnomalyKind::OutOfRange], "{price}");
        assert!(!normalizer.waits(MARKET));
    }
    for (price, size, side) in [
        ("1e73", "5", "BUY"),
        ("NaN", "5", "BUY"),
        ("-0.1", "5", "BUY"),
        ("0.5", "many", "BUY"),
        ("0.5", "5", "HOLD"),
    ] {
        let mut normalizer = normalizer();
        read(&mut normalizer, &book(1_795_305_600_000));
        let out = read(
            &mut normalizer,
            &change(YES, 1_795_305_600_001, price, size, side, ("", "")),
        );
        assert_eq!(events(&out), [MarketEvent::Gap], "{price} {size} {side}");
        assert_eq!(kinds(&out), [AnomalyKind::Unreadable]);
        assert_eq!(out.resubscribe, [MARKET]);
    }
}

#[test]
fn a_price_off_the_grid_breaks_the_book() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    let out = read(
        &mut normalizer,
        &change(YES, 1_795_305_600_001, "0.505", "5", "BUY", ("", "")),
    );
    assert_eq!(events(&out), [MarketEvent::Gap]);
    assert_eq!(kinds(&out), [AnomalyKind::OffTick]);
}

#[test]
fn a_new_tick_starts_an_epoch_that_waits_for_its_snapshot() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    let tick = |asset| {
        format!(
            r#"{{"event_type":"tick_size_change","asset_id":"{asset}","old_tick_size":"0.01","new_tick_size":"0.001","timestamp":"1795305600100"}}"#
        )
    };
    let fine = TickSize::parse("0.001").unwrap();
    let out = read(&mut normalizer, &tick(YES));
    assert_eq!(events(&out), [MarketEvent::TickSize(fine)]);
    assert_eq!(out.resubscribe, [MARKET]);
    assert_eq!(events(&read(&mut normalizer, &tick(NO))), []);
    let early = read(
        &mut normalizer,
        &change(YES, 1_795_305_600_101, "0.965", "5", "BUY", ("", "")),
    );
    assert_eq!(kinds(&early), [AnomalyKind::BeforeSnapshot]);
    let old = read(&mut normalizer, &book(1_795_305_600_050));
    assert_eq!(events(&old), []);
    assert_eq!(kinds(&old), [AnomalyKind::OldSnapshot]);
    let fresh = read(&mut normalizer, &book(1_795_305_600_100));
    assert!(matches!(
        &events(&fresh)[..],
        [MarketEvent::Snapshot { .. }]
    ));
    let out = read(
        &mut normalizer,
        &change(
            YES,
            1_795_305_600_102,
            "0.505",
            "5",
            "BUY",
            ("0.505", "0.53"),
        ),
    );
    assert_eq!(out.inputs.len(), 1);
}

#[test]
fn a_snapshot_that_names_another_tick_changes_it_first() {
    let mut normalizer = normalizer();
    let frame = format!(
        r#"{{"event_type":"book","asset_id":"{YES}","timestamp":"1795305600000","tick_size":"0.001","bids":[{{"price":"0.965","size":"1"}}],"asks":[]}}"#
    );
    let seen = events(&read(&mut normalizer, &frame));
    assert!(matches!(
        &seen[..],
        [MarketEvent::TickSize(_), MarketEvent::Snapshot { .. }]
    ));
}

#[test]
fn a_trade_counts_once_although_both_tokens_report_it() {
    let mut normalizer = normalizer();
    let trade = |asset: &str, price: &str, side: &str, hash: &str| {
        format!(
            r#"{{"event_type":"last_trade_price","asset_id":"{asset}","price":"{price}","size":"12.5","side":"{side}","timestamp":"1795305600789","transaction_hash":"{hash}"}}"#
        )
    };
    let out = read(&mut normalizer, &trade(YES, "0.53", "BUY", "0xcd"));
    let expected = PublicTrade {
        taker: Side::Buy,
        price: level("0.53", "1").price,
        shares: level("0.53", "12.5").shares,
    };
    assert_eq!(events(&out), [MarketEvent::Trade(expected)]);
    let again = read(&mut normalizer, &trade(NO, "0.47", "SELL", "0xcd"));
    assert_eq!(kinds(&again), [AnomalyKind::Duplicate]);
    let another = read(&mut normalizer, &trade(NO, "0.47", "sell", "0xce"));
    assert_eq!(events(&another), [MarketEvent::Trade(expected)]);
}

#[test]
fn unknown_types_and_assets_are_ignored_whatever_they_hold() {
    let mut normalizer = normalizer();
    let foreign = r#"{"event_type":"weather","price":0.5,"bids":"none"}"#;
    assert_eq!(
        kinds(&read(&mut normalizer, foreign)),
        [AnomalyKind::UnknownType]
    );
    let other = change("999", 1, "0.5", "1", "BUY", ("", ""));
    let out = read(&mut normalizer, &other);
    assert_eq!(kinds(&out), [AnomalyKind::UnknownAsset]);
    assert_eq!(out.touched, 0);
    assert_eq!(read(&mut normalizer, "[]").touched, 0);
}

#[test]
fn what_is_no_message_is_an_error_that_shows_it() {
    let mut normalizer = normalizer();
    for frame in [
        "",
        "INVALID OPERATION",
        "[{]",
        r#"{"event_type":"book","price":0.5}"#,
        "7",
    ] {
        let mut out = quorate_polymarket::ws::Output::default();
        let error = normalizer.read(frame.as_bytes(), &mut out).unwrap_err();
        assert!(frame.starts_with(&error.begins), "{error}");
    }
}

#[test]
fn a_resolution_closes_the_market_and_is_news() {
    let mut normalizer = normalizer();
    let frame = format!(
        r#"{{"event_type":"market_resolved","market":"0xabc","assets_ids":["{YES}","{NO}"],"winning_asset_id":"{NO}","winning_outcome":"No"}}"#
    );
    let out = read(&mut normalizer, &frame);
    assert_eq!(events(&out), [MarketEvent::Closed]);
    let [News::Resolved { market, winner, .. }] = &out.news[..] else {
        panic!("{:?}", out.news)
    };
    assert_eq!((*market, *winner), (Some(MARKET), Some(Outcome::No)));
}

#[test]
fn a_fetched_book_is_compared_from_the_best_price_outwards() {
    let mut normalizer = normalizer();
    read(&mut normalizer, &book(1_795_305_600_000));
    let streamed = normalizer.book(MARKET).unwrap();
    let bids = [level("0.49", "10"), level("0.5", "20"), level("0.1", "0")];
    let asks = [level("0.55", "7"), level("0.53", "5")];
    assert_eq!(compare(streamed, &bids, &asks, 10), Comparison::Agreement);
    let thin = [level("0.53", "5")];
    assert_eq!(compare(streamed, &bids, &thin, 1), Comparison::Agreement);
    let differs = compare(streamed, &bids, &thin, 2);
    let expected = Comparison::Diverged {
        side: BookSide::Ask,
        streamed: Some(level("0.55", "7")),
        fetched: None,
    };
    assert_eq!(differs, expected);

    let mut check = CrossCheck::default();
    assert_eq!(check.observe(MARKET, Comparison::Agreement), None);
    assert_eq!(check.observe(MARKET, differs), None);
    assert_eq!(
        check.observe(MARKET, differs),
        Some(HealthInput::Diverged(MARKET))
    );
    assert_eq!(check.observe(MARKET, differs), None);
    assert_eq!(
        check.observe(MARKET, Comparison::Agreement),
        Some(HealthInput::Agreed(MARKET))
    );
    assert_eq!(check.observe(MARKET, differs), None);
    assert_eq!(check.observe(MARKET, Comparison::Agreement), None);
}
