//! Recorded sets as tapes: each function writes one folder of plain CSV files that the program itself can load.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A table as rows of named cells.
pub(crate) type Rows = Vec<BTreeMap<String, String>>;

/// The folder of recorded data, or `None` with a plain word that the test is skipped.
pub(crate) fn data_folder(test: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder =
        std::env::var_os("QUORATE_DATA").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED {test}: no recorded data at {}", folder.display());
    None
}

pub(crate) fn rows(path: &Path) -> Rows {
    let mut bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|e| e == "gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_end(&mut plain)
            .unwrap();
        bytes = plain;
    }
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let header = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            header
                .iter()
                .zip(record.iter())
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect()
        })
        .collect()
}

/// A tape being written, its rows sorted by time before they go to disk.
#[derive(Default)]
pub(crate) struct Folder {
    pub(crate) markets: String,
    pub(crate) quotes: Vec<(f64, String)>,
    pub(crate) inferences: Vec<(f64, String)>,
    pub(crate) outcomes: String,
}

impl Folder {
    pub(crate) fn market(&mut self, line: &str) {
        self.markets.push_str(line);
        self.markets.push('\n');
    }

    pub(crate) fn quote(&mut self, at: f64, line: String) {
        self.quotes.push((at, line));
    }

    pub(crate) fn says(&mut self, at: f64, worker: &str, market: &str, value: &str) {
        self.inferences
            .push((at, format!("{at},{worker},{market},{value}")));
    }

    pub(crate) fn outcome(&mut self, market: &str, at: f64, payout: &str) {
        let _ = writeln!(self.outcomes, "{market},{at},{payout}");
    }

    pub(crate) fn write(mut self, folder: &Path, market_header: &str, quote_header: &str) {
        fs::create_dir_all(folder).unwrap();
        let put = |name: &str, header: &str, body: String| {
            fs::write(folder.join(name), format!("{header}\n{body}")).unwrap();
        };
        put("markets.csv", market_header, self.markets);
        put("quotes.csv", quote_header, sorted(&mut self.quotes));
        put(
            "inferences.csv",
            "published_at,worker,market,value",
            sorted(&mut self.inferences),
        );
        put("outcomes.csv", "market,resolved_at,payout", self.outcomes);
    }
}

fn sorted(lines: &mut [(f64, String)]) -> String {
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    lines.iter().fold(String::new(), |mut text, (_, line)| {
        text.push_str(line);
        text.push('\n');
        text
    })
}

pub(crate) fn seconds(text: &str) -> f64 {
    text.parse::<f64>()
        .unwrap_or_else(|_| quorate_backtest::input::parse_rfc3339(text).unwrap() as f64 / 1e9)
}

const ELECTION: &str = "market,group,question,topic,epoch,label,complement,tick,fee_rate,closes_at,category,correlated_set,loading";

/// Two contracts a state, four quotes each; three sources of probability. The venue charged a fee on profits, which no
/// fee on trades can express: results are gross.
pub(crate) fn president_2020(data: &Path, out: &Path) {
    let from = data.join("us2020_president_predictit");
    let mut folder = Folder::default();
    let snapshots = rows(&from.join("aligned_snapshots.csv.gz"));
    let (close, resolved) = (
        seconds("2020-11-04T00:00:00Z"),
        seconds("2020-11-07T16:00:00Z"),
    );
    let mut said: BTreeMap<(String, &str), String> = BTreeMap::new();
    let mut listed: BTreeMap<String, String> = BTreeMap::new();
    for row in &snapshots {
        let (contest, at) = (&row["contest"], seconds(&row["snapshot_utc"]));
        listed.insert(contest.clone(), row["dem_won"].clone());
        for (party, market) in [("dem", "D"), ("rep", "R")] {
            let (bid, ask) = (
                &row[&format!("{party}_yes_bid")],
                &row[&format!("{party}_yes_ask")],
            );
            folder.quote(at, format!("{at},{contest}-{market},{bid},{ask}"));
        }
        for worker in ["economist", "bookmakers"] {
            let value = &row[&format!("p_{worker}")];
            if !value.is_empty() {
                // Read in the same scrape as the quotes: known from then on, and again whenever it is read.
                folder.says(at, worker, &format!("{contest}-D"), value);
                said.insert((contest.clone(), worker), value.clone());
            }
        }
    }
    for row in rows(&from.join("fte538_daily.csv.gz")) {
        let contest = &row["contest"];
        if listed.contains_key(contest) {
            folder.says(
                seconds(&row["available_at"]),
                "fte538",
                &format!("{contest}-D"),
                &row["p_dem"],
            );
        }
    }
    for (contest, won) in &listed {
        for (market, complement) in [("D", "false"), ("R", "true")] {
            folder.market(&format!(
                "{contest}-{market},{contest},{contest} {market} wins,us2020,{contest},D,{complement},0.01,0,{close},politics,us2020,0.8"
            ));
            let payout = if (market == "D") == (won == "1") {
                "1"
            } else {
                "0"
            };
            folder.outcome(&format!("{contest}-{market}"), resolved, payout);
        }
    }
    folder.write(out, ELECTION, "at,market,bid,ask");
}

/// Midpoints twice a day; four models with publication times.
pub(crate) fn president_2024(data: &Path, out: &Path, publication_shift: f64) {
    let from = data.join("us2024_president");
    let mut folder = Folder::default();
    let (start, close) = (
        seconds("2024-07-27T00:00:00Z"),
        seconds("2024-11-05T22:00:00Z"),
    );
    let resolved = seconds("2024-11-06T12:00:00Z");
    for row in rows(&from.join("outcomes.csv")) {
        let contest = &row["contest"];
        if contest != "US" {
            folder.market(&format!(
                "{contest},,{contest}: does the Democrat win?,us2024,{contest},D,false,0.001,0,{close},politics,us2024,0.8"
            ));
            folder.outcome(contest, resolved, &row["dem_won"]);
        }
    }
    for row in rows(&from.join("market_12h.csv.gz")) {
        let at = seconds(&row["ts"]);
        if row["contest"] != "US" && start <= at && at < resolved {
            folder.quote(at, format!("{at},{},{}", row["contest"], row["p_dem"]));
        }
    }
    for row in rows(&from.join("models.csv.gz")) {
        let at = seconds(&row["available_at"]) + publication_shift;
        let counted = ["fte538", "rieke", "manifold", "trigg"].contains(&row["model"].as_str());
        if counted && row["contest"] != "US" && start <= at && at < close {
            folder.says(at, &row["model"], &row["contest"], &row["p_dem"]);
        }
    }
    folder.write(out, ELECTION, "at,market,mid");
}

/// The last trade as a midpoint; three variants of one model.
pub(crate) fn governors_2022(data: &Path, out: &Path) {
    let from = data.join("us2022_midterms_polymarket_trades");
    let mut folder = Folder::default();
    let (close, resolved) = (
        seconds("2022-11-08T23:00:00Z"),
        seconds("2022-11-10T12:00:00Z"),
    );
    let models = rows(&from.join("models_538_governor.csv.gz"));
    let races: std::collections::BTreeSet<String> =
        models.iter().map(|row| row["market"].clone()).collect();
    for row in rows(&from.join("markets.csv")) {
        let market = &row["market"];
        if races.contains(market) {
            folder.market(&format!(
                "{market},,{market},us2022,{market},D,false,0.001,0,{close},politics,us2022,0.8"
            ));
            folder.outcome(market, resolved, &row["resolved_yes"]);
        }
    }
    // Several trades share a second: the last one of each is the quote.
    let mut last: BTreeMap<(String, u64), String> = BTreeMap::new();
    for row in rows(&from.join("trades.csv.gz")) {
        let at = seconds(&row["ts"]);
        if races.contains(&row["market"]) && at < resolved {
            last.insert((row["market"].clone(), at as u64), row["p_yes"].clone());
        }
    }
    for ((market, at), mid) in last {
        folder.quote(at as f64, format!("{at},{market},{mid}"));
    }
    for row in &models {
        let at = seconds(&row["available_at"]);
        for model in ["classic", "deluxe", "lite"] {
            if at < close {
                folder.says(at, model, &row["market"], &row[&format!("p_538_{model}")]);
            }
        }
    }
    folder.write(out, ELECTION, "at,market,mid");
}

/// Books of short windows with the depth that average prices reveal; one volatility model.
pub(crate) fn bitcoin_windows(data: &Path, out: &Path) {
    let from = data.join("btc_updown_5m_ladder_2026-07");
    let mut folder = Folder::default();
    let mut opens: BTreeMap<i64, f64> = BTreeMap::new();
    for row in rows(&from.join("windows.csv")) {
        let start: i64 = row["window_start"].parse().unwrap();
        opens.insert(start, row["open_px"].parse().unwrap());
        let end = start + 300;
        folder.market(&format!("w{start},,up in the window from {start}?,btc5m,w{start},U,false,0.001,0.07,{start},{end},crypto"));
        let payout = if row["winner"] == "UP" { "1" } else { "0" };
        folder.outcome(&format!("w{start}"), end as f64 + 5.0, payout);
    }
    for row in rows(&from.join("book_samples.csv.gz")) {
        let start: i64 = row["window_start"].parse().unwrap();
        let at = seconds(&row["ts"]);
        let market = format!("w{start}");
        let (bid, ask) = (&row["up_bid"], &row["up_ask"]);
        let bid_shares = if bid.is_empty() {
            String::new()
        } else {
            at_best(&row, "down").to_string()
        };
        let ask_shares = if ask.is_empty() {
            String::new()
        } else {
            at_best(&row, "up").to_string()
        };
        folder.quote(
            at,
            format!("{at},{market},{bid},{ask},{bid_shares},{ask_shares}"),
        );
        if let Some(p) = random_walk(&opens, start, &row) {
            folder.says(at, "random_walk", &market, &format!("{p:.6}"));
        }
    }
    let header = "market,group,question,topic,epoch,label,complement,tick,fee_rate,opens_at,closes_at,category";
    folder.write(out, header, "at,market,bid,ask,bid_shares,ask_shares");
}

/// Shares at the best ask of a side, as far as average prices show: the most whose average is the best price itself.
fn at_best(row: &BTreeMap<String, String>, side: &str) -> u32 {
    let ask = &row[&format!("{side}_ask")];
    [50, 20]
        .into_iter()
        .find(|n| &row[&format!("{side}_vwap{n}")] == ask)
        .unwrap_or(5)
}

/// P(up) of a random walk with the volatility of the last twelve windows.
fn random_walk(
    opens: &BTreeMap<i64, f64>,
    start: i64,
    row: &BTreeMap<String, String>,
) -> Option<f64> {
    let history: Option<Vec<f64>> = (0..13)
        .map(|k| opens.get(&(start - 300 * k)).copied())
        .collect();
    let returns: Vec<f64> = history?
        .windows(2)
        .map(|pair| (pair[0] / pair[1]).ln())
        .collect();
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let squares: f64 = returns.iter().map(|r| (r - mean) * (r - mean)).sum();
    let deviation = (squares / (returns.len() - 1) as f64).sqrt();
    let (spot, left): (f64, f64) = (row["spot"].parse().ok()?, row["t_rel_end"].parse().ok()?);
    let z = (spot / opens[&start]).ln() / (deviation * (-left / 300.0).sqrt());
    Some(quorate_domain::math::normal_cdf(z))
}
