//! The same frame in the venue's own layout and in another one comes to the same. A blank before a frame changes nothing
//! in JSON, but such a frame is left to the general reader: so every frame is read both ways.

use proptest::prelude::*;
use quorate_polymarket::ws::frame::price_change::{Fields, read};
use quorate_polymarket::ws::{Normalizer, Output};

use crate::support::{MARKET, NO, YES, book, normalizer};

/// The members of a change: asset, price, size, side, hash, best bid, best ask.
type Members = [String; 7];

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "0\\.[0-9]{1,2}",
        2 => "[0-9]{1,5}(\\.[0-9]{1,2})?",
        1 => "-{0,2}[0-9]{0,20}\\.?[0-9]{0,8}",
        1 => any_text(),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "",
        "1e3",
        "é",
        "\u{7f}",
        "\t",
        r"\\u0031",
        r#"\\""#,
        r#"""#,
        "[ -~]{0,20}"
    ]
}

fn members() -> impl Strategy<Value = Members> {
    let asset = prop_oneof![4 => Just(YES.to_owned()), 4 => Just(NO.to_owned()), 1 => any_text()];
    let side = prop_oneof![4 => Just("BUY".to_owned()), 4 => Just("SELL".to_owned()), 1 => Just("buy".to_owned()), 1 => any_text()];
    let hash = prop_oneof!["[0-9a-f]{40}", "[ab]", any_text()];
    (asset, number(), number(), side, hash, number(), number()).prop_map(Into::into)
}

fn frame(changes: &[Members], timestamp: &str) -> String {
    let changes: Vec<String> = changes
        .iter()
        .map(|[asset, price, size, side, hash, bid, ask]| {
            format!(
                r#"{{"asset_id":"{asset}","price":"{price}","size":"{size}","side":"{side}","hash":"{hash}","best_bid":"{bid}","best_ask":"{ask}"}}"#
            )
        })
        .collect();
    format!(
        r#"{{"market":"0xabc","price_changes":[{}],"timestamp":"{timestamp}","event_type":"price_change"}}"#,
        changes.join(",")
    )
}

fn timestamp() -> impl Strategy<Value = String> {
    prop_oneof![6 => "17953056[0-9]{5}", 1 => "[0-9]{0,22}", 1 => any_text()]
}

fn frames() -> impl Strategy<Value = Vec<String>> {
    let one = (prop::collection::vec(members(), 1..4), timestamp())
        .prop_map(|(changes, timestamp)| frame(&changes, &timestamp));
    prop::collection::vec(one, 1..12)
}

/// A byte at a place put in, written over, or taken out.
#[derive(Clone, Debug)]
struct Slip {
    place: prop::sample::Index,
    byte: u8,
    kind: u8,
}

fn slip() -> impl Strategy<Value = Slip> {
    let byte = prop_oneof![
        4 => prop::sample::select(b"0123456789.-\"\\[]{},: n".as_slice()),
        1 => any::<u8>(),
    ];
    (any::<prop::sample::Index>(), byte, 0..3_u8).prop_map(|(place, byte, kind)| Slip {
        place,
        byte,
        kind,
    })
}

fn slipped(frame: &str, slip: &Slip) -> Vec<u8> {
    let mut bytes = frame.as_bytes().to_vec();
    let place = slip.place.index(bytes.len());
    match slip.kind {
        0 => bytes.insert(place, slip.byte),
        1 => bytes[place] = slip.byte,
        _ => {
            bytes.remove(place);
        }
    }
    bytes
}

/// Two normalisers: one is given frames as they are, the other with a blank before them.
struct Both {
    plain: Normalizer,
    other: Normalizer,
}

impl Both {
    fn new() -> Self {
        let mut plain = normalizer();
        let mut out = Output::default();
        plain
            .read(book(1_795_305_600_000).as_bytes(), &mut out)
            .unwrap();
        let other = plain.clone();
        Self { plain, other }
    }

    /// Reads a frame both ways; whether the venue's layout was recognised.
    fn read(&mut self, frame: &[u8]) -> bool {
        let moved = [b" ", frame].concat();
        assert_eq!(read(&moved, |_| ()), None, "a blank was passed over");
        let (mut plain, mut other) = (Output::default(), Output::default());
        let text = String::from_utf8_lossy(frame);
        assert_eq!(
            self.plain.read(frame, &mut plain).is_ok(),
            self.other.read(&moved, &mut other).is_ok(),
            "{text}"
        );
        assert_eq!(format!("{plain:?}"), format!("{other:?}"), "{text}");
        assert_eq!(self.plain.book(MARKET), self.other.book(MARKET), "{text}");
        read(frame, |_| ()).is_some()
    }
}

#[test]
fn the_venues_layout_is_recognised_and_its_members_are_told_apart() {
    let members = ["1", "0.4", "7", "BUY", "h", "0.41", "0.5"].map(str::to_owned);
    let other = ["2", "0.6", "8", "SELL", "", "0.5", "0.59"].map(str::to_owned);
    let frame = frame(&[members.clone(), other.clone()], "1795305600001");
    let mut seen = Vec::new();
    let timestamp = read(frame.as_bytes(), |fields| seen.push(*fields));
    assert_eq!(timestamp, Some(b"1795305600001".as_slice()));
    let expected = [&members, &other].map(|members| {
        let [asset, price, size, side, hash, best_bid, best_ask] =
            members.each_ref().map(String::as_bytes);
        Fields {
            asset,
            price,
            size,
            side,
            hash,
            best_bid,
            best_ask,
        }
    });
    assert_eq!(seen, expected);
    assert!(Both::new().read(frame.as_bytes()));
    for end in 0..frame.len() {
        assert_eq!(read(&frame.as_bytes()[..end], |_| ()), None, "cut at {end}");
    }
    assert_eq!(
        read([frame.as_bytes(), b" "].concat().as_slice(), |_| ()),
        None
    );
}

#[test]
fn a_text_that_is_not_plain_is_left_to_the_general_reader() {
    for odd in [r"\u0031", r#"\""#, "é", "\n", "\0", "\u{1f}", "\u{80}"] {
        for place in 0..20 {
            let hash = format!("{}{odd}{}", "a".repeat(place), "b".repeat(20 - place));
            let members = [YES, "0.4", "7", "BUY", &hash, "0.5", "0.53"].map(str::to_owned);
            let frame = frame(&[members], "1795305600001");
            assert!(!Both::new().read(frame.as_bytes()), "{frame}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_fields_come_to_the_same_in_every_layout(frames in frames()) {
        let mut both = Both::new();
        for frame in frames {
            both.read(frame.as_bytes());
        }
    }

    #[test]
    fn any_slip_comes_to_the_same_in_every_layout(frames in frames(), slips in prop::collection::vec(slip(), 12)) {
        let mut both = Both::new();
        for (frame, slip) in frames.iter().zip(&slips) {
            both.read(&slipped(frame, slip));
            both.read(frame.as_bytes());
        }
    }
}
