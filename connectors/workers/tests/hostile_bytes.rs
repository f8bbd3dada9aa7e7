//! Damaged bodies and files: whatever bytes come, nothing panics, each gets a defined answer, and the next good one counts.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod house;

use common::{NOW, SetClock, question, worker};
use house::{body, open_house_with};
use quorate_workers::intake::IntakeLimits;
use quorate_workers::{CsvSpec, WorkerKind, probe};

/// A few bytes changed, inserted, removed or doubled.
fn damaged(good: &str, rng: &mut fastrand::Rng) -> Vec<u8> {
    const NASTY: &[u8] = b"\"{}[]:,.\\-+eE0919\n\r\0\xff\xc3 <%NaInf";
    let mut bytes = good.as_bytes().to_vec();
    for _ in 0..rng.usize(1..3) {
        let at = rng.usize(0..=bytes.len());
        match rng.u8(0..8) {
            0 => bytes.insert(at, NASTY[rng.usize(0..NASTY.len())]),
            1 => bytes.truncate(at),
            2..7 if at < bytes.len() => bytes[at] = rng.u8(..),
            _ => bytes.extend_from_within(at..),
        }
    }
    bytes
}

#[tokio::test]
async fn damaged_bodies_have_defined_answers() {
    let limits = IntakeLimits {
        burst: 10_000,
        revisions_max: 10_000,
        ..IntakeLimits::default()
    };
    let house = open_house_with(limits).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/v1/inferences", house.address);
    let good = "{\"topic\": 7, \"epoch\": 3, \"label\": 1, \"value\": 0.57, \"published_at\": 1800000000, \"nonce\": \"é\"}";
    let mut rng = fastrand::Rng::with_seed(7);
    let mut statuses = std::collections::BTreeMap::new();
    for _ in 0..500 {
        let bytes = damaged(good, &mut rng);
        let request = client.post(&url).bearer_auth("token of a");
        let request = request.header("content-type", "application/json");
        let response = request.body(bytes.clone()).send().await.unwrap();
        let status = response.status().as_u16();
        let answer: serde_json::Value = response.json().await.unwrap();
        *statuses.entry(status).or_insert(0) += 1;
        match status {
            200 | 201 => assert!((0.0..=1.0).contains(&answer["value"].as_f64().unwrap())),
            400 | 404 | 422 => assert!(answer["error"]["code"].is_string()),
            _ => panic!("{status} {answer} for {}", String::from_utf8_lossy(&bytes)),
        }
    }
    // The damage is neither always fatal nor always harmless, or this would show little.
    assert!(statuses.len() >= 4, "{statuses:?}");
    assert_eq!(house.push(&body(0.25)).await.0, 201);
}

#[tokio::test]
async fn damaged_files_have_defined_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.csv");
    let spec = CsvSpec {
        path: path.clone(),
        worker: None,
    };
    let spec = worker(1, "w", WorkerKind::Csv(spec));
    let good = format!(
        "timestamp,topic,event,label,worker,value\n{NOW},\"election\",3,CA/yes,w,0.57\n{NOW},7,3,1,w,0.5\n"
    );
    let clock = SetClock::new();
    let mut rng = fastrand::Rng::with_seed(7);
    let (mut counted, mut refused) = (0, 0);
    for _ in 0..500 {
        std::fs::write(&path, damaged(&good, &mut rng)).unwrap();
        match probe(&spec, &question(), &*clock).await.verdict {
            Ok(taken) => {
                let value: f64 = taken.split(' ').nth(1).unwrap().parse().unwrap();
                assert!((0.0..=1.0).contains(&value), "{taken}");
                counted += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(
        counted > 20 && refused > 20,
        "{counted} counted, {refused} refused"
    );
}
