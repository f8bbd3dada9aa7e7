//! Rules on prices: what is read from a good text, and what one changed word, source, day or clock does.

use quorate_domain::{PriceCondition, Ties};
use quorate_polymarket::rules::{
    Asset, ClockError, Family, PriceReading, ReferenceSource, Refusal, Rule, UpDownRule,
};

use crate::samples::{Sample, above, all, at, five_minutes, hour, noon, spot};

fn updown(sample: &Sample) -> UpDownRule {
    match sample.read() {
        Ok(Rule::UpDown(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn disagree(sample: &Sample, left: &str, right: &str) {
    match sample.read() {
        Err(refusal @ Refusal::Disagreement { .. }) => {
            let told = refusal.to_string();
            assert!(told.contains(left) && told.contains(right), "{told}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_family_is_read() {
    for (name, sample) in all() {
        if let Err(refusal) = sample.read() {
            panic!("{name}: {refusal}");
        }
    }
}

#[test]
fn an_averaged_window_reads_the_stream_at_both_ends_and_a_tie_is_up() {
    let rule = updown(&five_minutes());
    assert_eq!((rule.asset, rule.family), (Asset::Btc, Family::FiveMinutes));
    assert_eq!(rule.source, ReferenceSource::ChainlinkTwap60);
    assert_eq!(
        rule.strike,
        PriceReading::StreamAt(at("2026-06-07T23:55:00Z"))
    );
    assert_eq!(
        rule.settlement,
        PriceReading::StreamAt(at("2026-06-08T00:00:00Z"))
    );
    assert_eq!(
        rule.condition,
        PriceCondition::UpDown {
            ties: Ties::Yes,
            average_secs: 60
        }
    );
}

#[test]
fn older_wordings_keep_their_own_source_and_average() {
    assert_eq!(updown(&spot()).source, ReferenceSource::ChainlinkSpot);
    assert_eq!(updown(&spot()).condition.average_secs(), 0);
    let thirty = five_minutes().with(|sample| {
        sample.description = sample.description.replace("twap-60s", "twap-30s");
        sample.source = sample.source.replace("twap-60s", "twap-30s");
        let config = sample.crypto.as_mut().unwrap();
        config.id = "btc-5m-twap-30".to_owned();
        config.twap_lookback_seconds = Some(30.into());
    });
    assert_eq!(updown(&thirty).source, ReferenceSource::ChainlinkTwap30);
    assert_eq!(updown(&thirty).condition.average_secs(), 30);
}

#[test]
fn an_hour_compares_the_close_of_its_candle_with_its_open() {
    let rule = updown(&hour());
    assert_eq!(rule.family, Family::Hour);
    assert_eq!(rule.source, ReferenceSource::Binance1hCandle);
    assert_eq!(
        rule.strike,
        PriceReading::CandleOpen(at("2026-04-16T13:00:00Z"))
    );
    let last = at("2026-04-16T13:59:59.999Z");
    assert_eq!(rule.settlement, PriceReading::CandleClose(last));
}

#[test]
fn a_day_compares_two_noons_and_a_tie_pays_half() {
    let rule = updown(&noon());
    assert_eq!(rule.strike.at(), at("2026-03-02T17:00:59.999Z"));
    assert_eq!(rule.settlement.at(), at("2026-03-03T17:00:59.999Z"));
    assert_eq!(
        rule.condition,
        PriceCondition::UpDown {
            ties: Ties::Half,
            average_secs: 0
        }
    );
}

#[test]
fn a_day_over_the_change_of_clocks_is_23_hours_long() {
    let sample = noon().with(|sample| {
        sample.slug = "bitcoin-up-or-down-on-march-8-2026".to_owned();
        sample.title = "Bitcoin Up or Down on March 8?".to_owned();
        sample.description = sample
            .description
            .replace("Mar 3 '26", "Mar 8 '26")
            .replace("Mar 2 '26", "7 Mar '26");
        sample.ends_at = Some(at("2026-03-08T16:00:00Z"));
    });
    let rule = updown(&sample);
    assert_eq!(rule.strike.at(), at("2026-03-07T17:00:59.999Z"));
    assert_eq!(rule.settlement.at(), at("2026-03-08T16:00:59.999Z"));
}

#[test]
fn a_strike_is_strict_and_equal_is_no() {
    let Ok(Rule::Threshold(rule)) = above().read() else {
        panic!("{:?}", above().read());
    };
    assert_eq!(
        rule.condition,
        PriceCondition::Above {
            strike_micros: 72_000_000_000,
            ties: Ties::No,
            average_secs: 0
        }
    );
    assert_eq!(rule.settlement.at(), at("2026-04-16T16:00:59.999Z"));
}

#[test]
fn strikes_with_decimals_and_running_numbers_are_read() {
    for (slug, title, micros) in [
        (
            "xrp-above-1pt4-on-april-16-2026-2",
            "Will the price of XRP be above $1.40 on April 16?",
            1_400_000,
        ),
        (
            "xrp-above-1-on-april-16-7",
            "Will the price of XRP be above $1 on April 16, 2026?",
            1_000_000,
        ),
    ] {
        let sample = above().with(|sample| {
            sample.slug = slug.to_owned();
            sample.title = title.to_owned();
            sample.label = String::new();
            sample.description = sample.description.replace("BTC", "XRP");
            sample.source = sample.source.replace("BTC", "XRP");
        });
        match sample.read() {
            Ok(Rule::Threshold(rule)) => assert!(
                matches!(rule.condition, PriceCondition::Above { strike_micros, .. } if strike_micros == micros)
            ),
            other => panic!("{slug}: {other:?}"),
        }
    }
}

#[test]
fn windows_of_four_hours_follow_new_yorks_clock() {
    let window = |start: u64, day: &str, ends: &str| {
        five_minutes().with(|sample| {
            sample.slug = format!("btc-updown-4h-{start}");
            sample.title = format!("Bitcoin Up or Down - {day}, 4:00AM-8:00AM ET");
            sample.starts_at = None;
            sample.ends_at = Some(at(ends));
            sample.crypto = None;
        })
    };
    let winter = window(1_768_813_200, "January 19", "2026-01-19T13:00:00Z");
    assert_eq!(updown(&winter).strike.at(), at("2026-01-19T09:00:00Z"));
    // Four in the morning universal time is no beginning in winter.
    let off = window(1_768_809_600, "January 19", "2026-01-19T12:00:00Z");
    assert!(matches!(off.read(), Err(Refusal::Unexpected { .. })));
}

#[test]
fn one_changed_word_is_refused_and_named() {
    let cases = [
        (five_minutes(), "greater than or equal to", "greater than"),
        (
            five_minutes(),
            "beginning of that range",
            "end of that range",
        ),
        (spot(), "\"Down\"", "\"Up\""),
        (hour(), "1 hour candle", "2 hour candle"),
        (hour(), "or equal to", "and equal to"),
        (noon(), "50-50", "\"Down\""),
        (noon(), "is lower than", "is not higher than"),
        (
            above(),
            "higher than the price",
            "higher than or equal to the price",
        ),
        (above(), "12:00 in the ET", "12:00 in the UTC"),
        (above(), "1 minute", "5 minute"),
    ];
    for (sample, from, to) in cases {
        assert!(sample.description.contains(from), "{from}");
        let changed = sample.with(|sample| {
            sample.description = sample.description.replacen(from, to, 1);
        });
        match changed.read() {
            Err(Refusal::UnknownSentence { sentence, .. }) => {
                assert!(sentence.contains(to), "{to}: {sentence}");
            }
            other => panic!("{from} -> {to}: {other:?}"),
        }
    }
}

#[test]
fn a_missing_a_repeated_and_a_second_rule_are_refused() {
    let lacks = spot().with(|sample| {
        sample.description = sample
            .description
            .replace(" Otherwise, it will resolve to \"Down\".", "");
    });
    assert!(
        matches!(lacks.read(), Err(Refusal::MissingSentence { .. })),
        "{:?}",
        lacks.read()
    );
    let first = crate::samples::SPOT.lines().next().unwrap();
    for second in [first, crate::samples::HOUR.lines().next().unwrap()] {
        let two = spot().with(|sample| {
            sample.description = format!("{first}\n{second}\n{}", crate::samples::SPOT);
        });
        assert!(matches!(
            two.read(),
            Err(Refusal::UnknownSentence { .. } | Refusal::MissingSentence { .. })
        ));
    }
    let empty = spot().with(|sample| sample.description = " \n ".to_owned());
    assert!(matches!(
        empty.read(),
        Err(Refusal::Length { bytes: 0, .. })
    ));
    let long = spot().with(|sample| sample.description = "a".repeat(20_001));
    assert!(matches!(
        long.read(),
        Err(Refusal::Length { bytes: 20_001, .. })
    ));
}

#[test]
fn another_source_is_a_disagreement() {
    let of_eth = five_minutes().with(|sample| sample.source = sample.source.replace("btc", "eth"));
    disagree(&of_eth, "btc-usd-twap-60s", "eth-usd-twap-60s");
    let in_text = five_minutes().with(|sample| {
        sample.description = sample.description.replace("btc-usd", "eth-usd");
        sample.source = String::new();
    });
    disagree(&in_text, "eth-usd", "btc-usd");
    let pair = five_minutes().with(|sample| {
        sample.description = sample.description.replacen("BTC/USD", "ETH/USD", 1);
    });
    disagree(&pair, "BTC", "ETH");
    let elsewhere = hour().with(|sample| {
        sample.description = sample
            .description
            .replace("www.binance.com", "www.binance.example");
        sample.source = String::new();
    });
    disagree(&elsewhere, "binance.example", "www.binance.com");
}

#[test]
fn the_price_configuration_must_agree() {
    let change = |set: fn(&mut quorate_polymarket::gamma::CryptoConfig)| {
        five_minutes().with(|sample| set(sample.crypto.as_mut().unwrap()))
    };
    disagree(
        &change(|config| config.twap_lookback_seconds = Some(30.into())),
        "60",
        "30",
    );
    disagree(
        &change(|config| config.twap_enabled = Some(false)),
        "60",
        "0",
    );
    disagree(
        &change(|config| config.asset = "eth".to_owned()),
        "btc",
        "eth",
    );
    disagree(
        &change(|config| config.duration = "15m".to_owned()),
        "5m",
        "15m",
    );
    disagree(
        &change(|config| config.id = "eth-5m-twap-60".to_owned()),
        "btc-5m",
        "eth-5m",
    );
}

#[test]
fn address_title_and_dates_must_name_one_window() {
    // Standard time where daylight time is in force.
    let wrong_clock = five_minutes()
        .with(|sample| sample.title = sample.title.replace("7:55PM-8:00PM", "6:55PM-7:00PM"));
    disagree(&wrong_clock, "19:55", "18:55");
    let wrong_day =
        five_minutes().with(|sample| sample.title = sample.title.replace("June 7", "June 8"));
    disagree(&wrong_day, "2026-06-07", "06-08");
    let wrong_year =
        five_minutes().with(|sample| sample.title = sample.title.replace("June 7", "June 7, 2025"));
    disagree(&wrong_year, "2026-06-07", "2025-06-07");
    let wrong_end = five_minutes().with(|sample| sample.ends_at = Some(at("2026-06-08T00:05:00Z")));
    disagree(&wrong_end, "2026-06-08T00:00:00Z", "2026-06-08T00:05:00Z");
    let wrong_start =
        five_minutes().with(|sample| sample.starts_at = Some(at("2026-06-07T23:50:00Z")));
    disagree(&wrong_start, "23:55:00Z", "23:50:00Z");
    let wrong_asset = five_minutes().with(|sample| sample.slug = sample.slug.replace("btc", "eth"));
    disagree(&wrong_asset, "BTC", "ETH");
    let wrong_family =
        five_minutes().with(|sample| sample.slug = "bitcoin-up-or-down-june-7-8pm-et".to_owned());
    disagree(&wrong_family, "Chainlink", "8pm");
    let between = five_minutes().with(|sample| sample.slug = "btc-updown-5m-1780876501".to_owned());
    assert!(matches!(between.read(), Err(Refusal::Unexpected { .. })));
    let silent = five_minutes().with(|sample| sample.title = "Bitcoin Up or Down".to_owned());
    assert!(matches!(
        silent.read(),
        Err(Refusal::Unexpected {
            place: "the title",
            ..
        })
    ));
    let undated = five_minutes().with(|sample| sample.ends_at = None);
    assert!(matches!(
        undated.read(),
        Err(Refusal::Unexpected {
            place: "the announced end",
            ..
        })
    ));
}

#[test]
fn strike_day_and_label_must_agree() {
    disagree(
        &above().with(|sample| sample.slug = "bitcoin-above-74k-on-april-16".to_owned()),
        "74000",
        "72000",
    );
    disagree(
        &above().with(|sample| sample.label = "74,000".to_owned()),
        "72000",
        "74000",
    );
    disagree(
        &above().with(|sample| sample.title = sample.title.replace("16", "17")),
        "04-16",
        "04-17",
    );
    disagree(
        &above().with(|sample| sample.ends_at = Some(at("2026-04-16T17:00:00Z"))),
        "16:00:00Z",
        "17:00:00Z",
    );
    disagree(
        &noon()
            .with(|sample| sample.description = sample.description.replacen("Mar 2", "Mar 1", 1)),
        "2026-03-02",
        "03-01",
    );
}

#[test]
fn an_hour_that_is_twice_on_the_clock_is_told_by_its_dates() {
    let twice = |starts: Option<&str>, ends: &str| {
        hour().with(|sample| {
            sample.slug = "bitcoin-up-or-down-november-1-2026-1am-et".to_owned();
            sample.title = "Bitcoin Up or Down - November 1, 1AM ET".to_owned();
            sample.starts_at = starts.map(at);
            sample.ends_at = Some(at(ends));
        })
    };
    let first = twice(Some("2026-11-01T05:00:00Z"), "2026-11-01T06:00:00Z");
    assert_eq!(updown(&first).strike.at(), at("2026-11-01T05:00:00Z"));
    let second = twice(None, "2026-11-01T07:00:00Z");
    assert_eq!(updown(&second).strike.at(), at("2026-11-01T06:00:00Z"));
    let neither = twice(None, "2026-11-01T12:00:00Z");
    assert!(matches!(
        neither.read(),
        Err(Refusal::Clock {
            error: ClockError::Twice(_),
            ..
        })
    ));
}

#[test]
fn an_hour_that_the_clock_skips_is_refused() {
    let skipped = hour().with(|sample| {
        sample.slug = "bitcoin-up-or-down-march-8-2026-2am-et".to_owned();
        sample.title = "Bitcoin Up or Down - March 8, 2AM ET".to_owned();
        sample.starts_at = None;
        sample.ends_at = Some(at("2026-03-08T08:00:00Z"));
    });
    assert!(matches!(
        skipped.read(),
        Err(Refusal::Clock {
            error: ClockError::Skipped(_),
            ..
        })
    ));
}

#[test]
fn other_outcomes_are_refused() {
    let swapped = five_minutes().with(|sample| sample.outcomes.reverse());
    assert!(
        swapped.read().is_ok(),
        "the order is for the listing to match by name"
    );
    let other = five_minutes().with(|sample| sample.outcomes[0] = "Yes".to_owned());
    assert!(matches!(other.read(), Err(Refusal::Unexpected { .. })));
}
