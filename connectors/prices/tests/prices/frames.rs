//! What frames mean, without any socket.

use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use quorate_domain::{Timestamp, TopicId};
use quorate_prices::decimal::{DecimalFault, micros};
use quorate_prices::polybolt::{Answer, ApiKey, Channel, Sequence, Subscription};
use quorate_prices::rtds::Topic;
use quorate_prices::{Endpoint, Window, binance, polybolt, rtds};
use serde_json::Value;

fn samples() -> Value {
    let root = std::env::var_os("QUORATE_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors"),
        PathBuf::from,
    );
    let path = root.join("polymarket/samples_synthetic.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: set QUORATE_VECTORS", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn same(ours: &str, wanted: &Value) {
    assert_eq!(&serde_json::from_str::<Value>(ours).unwrap(), wanted);
}

#[test]
fn decimals_are_cut_after_the_sixth_and_never_float() {
    for (text, scale, expected) in [
        ("91234.512345678901234567", 0, Ok(91_234_512_345)),
        ("\"91235.100000000000000001\"", 0, Ok(91_235_100_000)),
        ("91235100000000000000001", 18, Ok(91_235_100_000)),
        ("9.12e4", 0, Ok(91_200_000_000)),
        ("1E-6", 0, Ok(1)),
        ("9999999999999", 0, Err(DecimalFault::TooLarge)),
        ("0.0000009", 0, Err(DecimalFault::NotPositive)),
        ("0", 0, Err(DecimalFault::NotPositive)),
        ("-5", 0, Err(DecimalFault::NotPositive)),
        ("1e73", 0, Err(DecimalFault::TooLarge)),
        ("1e40", 0, Err(DecimalFault::TooLarge)),
        ("NaN", 0, Err(DecimalFault::NotDecimal)),
        ("null", 0, Err(DecimalFault::NotDecimal)),
        ("", 0, Err(DecimalFault::NotDecimal)),
        ("1.2.3", 0, Err(DecimalFault::NotDecimal)),
        (
            "999999999999999999999999999999999999999",
            18,
            Err(DecimalFault::TooLarge),
        ),
    ] {
        assert_eq!(micros(text, scale), expected, "{text:?} / 10^{scale}");
    }
    // A frame may hold a million signs; they must not cost a stack frame each.
    let signs = "-".repeat(1 << 20);
    assert_eq!(micros(&signs, 0), Err(DecimalFault::NotDecimal));
}

#[test]
fn polybolt_frames_are_those_of_the_vector() {
    let samples = &samples()["polybolt"];
    let key = ApiKey {
        api_key: samples["auth"]["auth"]["apiKey"]
            .as_str()
            .unwrap()
            .to_owned(),
        secret: "s".to_owned().into(),
        passphrase: "p".to_owned().into(),
    };
    same(&polybolt::auth(&key), &samples["auth"]);
    let wanted = [
        Subscription::new(Channel::CryptoAverage, "btcusd"),
        Subscription::new(Channel::Crypto, "btcusd"),
    ];
    same(&polybolt::subscribe(&wanted), &samples["subscribe"]);
    let debug = format!("{key:?}");
    assert!(
        !debug.contains("passphrase") && !debug.contains("secret"),
        "{debug}"
    );
}

#[test]
fn polybolt_samples_of_the_vector_are_read() {
    let samples = &samples()["polybolt"];
    let snapshot = polybolt::read(&samples["snapshot"].to_string()).unwrap();
    assert_eq!(snapshot.prices.len(), 1);
    assert_eq!(snapshot.prices[0].value_micros, 91_234_512_345);
    let update = polybolt::read(&samples["update"].to_string()).unwrap();
    assert_eq!(update.seq, Some(("price.crypto.twap".to_owned(), 1)));
    let price = &update.prices[0];
    assert_eq!(price.value_micros, 91_235_100_000);
    assert_eq!(price.window, Window::Average { secs: 60 });
    assert_eq!(
        (price.symbol.as_str(), price.source.as_str()),
        ("btcusd", "chainlink")
    );
    assert!(!price.carried_forward);
    // Its age counts from its own time, a second before it was sent.
    assert_eq!(price.at, Timestamp::from_secs(1_795_305_600));
    assert_eq!(
        price.age(Timestamp::from_secs(1_795_305_607)),
        Duration::from_secs(7)
    );
    assert_eq!(price.age(Timestamp::from_secs(1)), Duration::ZERO);
    let reference = price.reference(TopicId(3));
    assert_eq!(
        (reference.price_micros, reference.observed_at),
        (91_235_100_000, price.at)
    );
}

#[test]
fn rtds_samples_of_the_vector_are_read_and_its_frame_is_ours() {
    let samples = &samples()["rtds_legacy"];
    same(
        &rtds::subscribe(Topic::Oracle, Some("btc/usd")),
        &samples["subscribe"],
    );
    assert!(!rtds::subscribe(Topic::Oracle, None).contains("filters"));
    let spot = rtds::read(&samples["update"].to_string()).unwrap();
    assert_eq!(
        (spot[0].value_micros, spot[0].window),
        (91_235_100_000, Window::Spot)
    );
    let average = rtds::read(&samples["twap_update"].to_string()).unwrap();
    assert_eq!(average[0].value_micros, 91_235_100_000);
    assert_eq!(average[0].window, Window::Average { secs: 60 });
    assert_eq!(
        rtds::read(r#"{"topic":"comments","payload":{"x":1}}"#).unwrap(),
        []
    );
    assert_eq!(rtds::read("").unwrap(), []);
}

#[test]
fn polybolt_answers_and_numbers_are_told() {
    let answer = |text: &str| polybolt::read(text).unwrap().answer;
    assert_eq!(answer(r#"{"op":"authed","rid":"1"}"#), Some(Answer::Authed));
    assert_eq!(answer(r#"{"op":"pong"}"#), None);
    let refused = Answer::Refused {
        code: "bad_filter".to_owned(),
        channel: Some("price.crypto".to_owned()),
    };
    assert_eq!(
        answer(r#"{"op":"error","rid":"2","code":"bad_filter","channel":"price.crypto"}"#),
        Some(refused)
    );
    assert!(Answer::is_passing("auth_unavailable") && !Answer::is_passing("auth_invalid"));
    let odd = r#"{"channel":"price.crypto","seq":1,"dropped":4,"payload":{"symbol":"btcusd","timestamp":1,"full_accuracy_value":"-3"}}"#;
    let frame = polybolt::read(odd).unwrap();
    assert_eq!((frame.prices.len(), frame.faults, frame.dropped), (0, 1, 4));
    let mut sequence = Sequence::default();
    assert_eq!(sequence.missing("a", 7), 0);
    assert_eq!(sequence.missing("a", 8), 0);
    assert_eq!(sequence.missing("b", 0), 0);
    assert_eq!(sequence.missing("a", 11), 2);
    assert_eq!(sequence.missing("a", 3), 0);
}

#[test]
fn the_exchange_gives_trades_tickers_and_ended_candles() {
    let wanted = [
        binance::Wanted {
            symbol: "BTCUSDT".to_owned(),
            kind: binance::Kind::Trade,
        },
        binance::Wanted {
            symbol: "ethusdt".to_owned(),
            kind: binance::Kind::CloseHour,
        },
    ];
    assert_eq!(
        binance::path(&wanted),
        "/stream?streams=btcusdt@trade/ethusdt@kline_1h"
    );
    let trade = r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":5,"s":"BTCUSDT","t":12345,"p":"91235.10","q":"1","T":1795305600123,"m":true,"M":true}}"#;
    let prices = binance::read(trade).unwrap();
    assert_eq!(
        (prices[0].value_micros, prices[0].at.nanos()),
        (91_235_100_000, 1_795_305_600_123_000_000)
    );
    let ticker = r#"{"data":{"e":"24hrMiniTicker","E":1795305600123,"s":"BTCUSDT","c":"2","o":"1","h":"3","l":"1","v":"1","q":"1"}}"#;
    assert_eq!(binance::read(ticker).unwrap()[0].value_micros, 2_000_000);
    let candle = |ended: bool| {
        let text = format!(
            r#"{{"data":{{"e":"kline","E":1,"s":"BTCUSDT","k":{{"t":0,"T":1795305659999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"1","c":"2.5","h":"3","l":"1","v":"1","n":1,"x":{ended},"q":"1"}}}}}}"#
        );
        binance::read(&text).unwrap()
    };
    assert_eq!(candle(false), []);
    assert_eq!(candle(true)[0].window, Window::Close { secs: 60 });
    assert_eq!(binance::read(r#"{"result":null,"id":1}"#).unwrap(), []);
    assert!(binance::announces_shutdown(
        r#"{"data":{"e":"serverShutdown","E":1}}"#
    ));
    assert!(!binance::announces_shutdown(trade));
    assert!(binance::read(r#"{"data":{"e":"trade","s":"BTCUSDT","T":1,"p":"0"}}"#).is_err());
}

#[test]
fn prices_come_from_known_hosts_or_this_machine() {
    for good in [
        "wss://ws-live-v2.polymarket.com/ws",
        "wss://stream.binance.com:9443",
        "wss://data-stream.binance.vision/",
        "ws://127.0.0.1:4000/ws",
    ] {
        assert!(Endpoint::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "ws://stream.binance.com",
        "wss://stream.binance.com.evil.example",
        "wss://a:b@stream.binance.com",
        "https://stream.binance.com",
        "",
    ] {
        let error = Endpoint::parse(bad).unwrap_err().to_string();
        assert!(error.contains("wss://"), "{error}");
    }
}

fn all(text: &str) {
    for prices in [
        polybolt::read(text).map(|frame| frame.prices),
        rtds::read(text),
        binance::read(text),
    ]
    .into_iter()
    .flatten()
    {
        assert!(prices.iter().all(|price| price.value_micros > 0), "{text}");
    }
    let _announced = binance::announces_shutdown(text);
}

#[test]
fn every_seed_of_the_corpus_is_answered_and_so_are_variants() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/price_frame");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut random = fastrand::Rng::with_seed(7);
    for path in files {
        let seed = std::fs::read_to_string(&path).unwrap();
        let readable = polybolt::read(&seed).is_ok()
            || rtds::read(&seed).is_ok()
            || binance::read(&seed).is_ok();
        assert!(readable, "{}", path.display());
        all(&seed);
        for _ in 0..500 {
            let mut bytes = seed.clone().into_bytes();
            for _ in 0..random.usize(1..5) {
                let at = random.usize(..bytes.len());
                bytes[at] = b"0123456789.-eE\"[]{},:x"[random.usize(..22)];
            }
            all(&String::from_utf8_lossy(&bytes));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        all(&text);
        let _refused = micros(&text, 18).is_err();
    }

    #[test]
    fn what_was_written_is_read(value in 1..i64::MAX, zeros in 0..12_usize) {
        let text = format!("{}.{:06}{}", value / 1_000_000, value % 1_000_000, "0".repeat(zeros));
        prop_assert_eq!(micros(&text, 0), Ok(value));
        prop_assert_eq!(micros(&format!("{value}{}", "0".repeat(zeros)), u8::try_from(6 + zeros).unwrap()), Ok(value));
    }
}
