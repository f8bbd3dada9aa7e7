//! Frames to read: made-up ones, and a recording where there is one.

use std::error::Error;
use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use quorate_domain::{MarketId, TickSize};
use quorate_polymarket::ws::Pair;
use serde_json::Value;

const CONDITION: &str = "0x125149c5918fc5f8c6d34682f700a898a1a19ea4f4e2ae68ff4c5794ba657074";
const YES: &str = "45936375922793925919605092352922707796689801895417366600539442410775071099958";
const NO: &str = "86520121088881862182423437128238697252500151785248183602134095101149900014256";

/// The market of the made-up frames.
pub fn pair() -> Pair {
    listed(0, CONDITION, YES, NO)
}

fn listed(number: u32, condition: &str, yes: &str, no: &str) -> Pair {
    Pair {
        market: MarketId(number),
        condition: condition.to_owned(),
        yes: yes.to_owned(),
        no: no.to_owned(),
        tick: TickSize::CENT,
    }
}

/// A book with 49 bids, up to 0.49, and 49 asks, from 0.51.
pub fn book() -> String {
    let side = |from: u32, to: u32| {
        let levels = (from..to)
            .map(|cents| format!(r#"{{"price":"0.{cents:02}","size":"{}.25"}}"#, 100 + cents));
        levels.collect::<Vec<_>>().join(",")
    };
    format!(
        r#"{{"market":"{CONDITION}","asset_id":"{YES}","timestamp":"1776808414710","hash":"a1e787af723e1ed926a99bf9c1676cf18167c829","bids":[{}],"asks":[{}],"event_type":"book"}}"#,
        side(1, 50),
        side(51, 100)
    )
}

/// Changes of the book, the same in every frame but for their sizes: of the YES token alone, or of both in turns.
pub fn price_changes(changes: u32, frames: u32) -> Vec<String> {
    (0..frames)
        .map(|number| price_change(changes, number))
        .collect()
}

fn price_change(changes: u32, number: u32) -> String {
    let mut list = String::new();
    for place in 0..changes {
        let (cents, size) = (40 + place / 2, number * 10 + place / 2 + 1);
        let comma = if place == 0 { "" } else { "," };
        // What is a bid for YES at p is an ask for NO at 1 - p, and the venue says both.
        let (asset, cents, side) = if place % 2 == 0 {
            (YES, cents, "BUY")
        } else {
            (NO, 100 - cents, "SELL")
        };
        let _ = write!(
            list,
            r#"{comma}{{"asset_id":"{asset}","price":"0.{cents}","size":"{size}.17","side":"{side}","hash":"425af2848c4f6462b5d29544484{:013}","best_bid":"0.49","best_ask":"0.51"}}"#,
            number * 100 + place
        );
    }
    format!(
        r#"{{"market":"{CONDITION}","price_changes":[{list}],"timestamp":"1776808414710","event_type":"price_change"}}"#
    )
}

/// Frames as the venue sent them, and the markets that they are about.
pub struct Recording {
    /// Markets.
    pub pairs: Vec<Pair>,
    /// Frames in order of arrival.
    pub frames: Vec<String>,
}

/// The recording, from its first book on; `None` where there is none.
pub fn recording() -> Result<Option<Recording>, Box<dyn Error>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    let folder = std::env::var_os("QUORATE_DATA").map_or(beside, PathBuf::from);
    let folder = folder.join("polymarket_ws_raw_capture");
    if !folder.is_dir() {
        return Ok(None);
    }
    let markets: Value = serde_json::from_reader(File::open(folder.join("markets.json"))?)?;
    let text = |market: &str, member: &str| {
        let text = markets[market][member].as_str();
        text.map(str::to_owned)
            .ok_or(format!("markets.json: {market} has no {member}"))
    };
    let mut pairs = Vec::new();
    for (number, market) in (0..).zip(["current", "next"]) {
        let (condition, yes, no) = (
            text(market, "conditionId")?,
            text(market, "upTokenId")?,
            text(market, "downTokenId")?,
        );
        pairs.push(listed(number, &condition, &yes, &no));
    }
    let lines = BufReader::new(GzDecoder::new(File::open(
        folder.join("market-ws.jsonl.gz"),
    )?));
    let mut frames = Vec::new();
    for line in lines.lines() {
        let line = line?;
        let frame = line
            .split_once(r#""payload":"#)
            .and_then(|(_, rest)| rest.strip_suffix('}'))
            .ok_or("market-ws.jsonl.gz: a line without a payload")?;
        frames.push(frame.to_owned());
    }
    Ok(Some(Recording { pairs, frames }))
}
