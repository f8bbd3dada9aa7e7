//! Workers behind a growing file.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{NOW, SetClock, desk, next, question, worker};
use quorate_domain::Timestamp;
use quorate_workers::{CsvSpec, Desk, FaultKind, FromWorker, Heard, WorkerKind};
use tokio::sync::mpsc;

struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
    clock: Arc<SetClock>,
    desk: Desk,
    receiver: mpsc::Receiver<FromWorker>,
}

/// A file with this content, and a desk at which its worker `w` is asked.
fn file(content: &str) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.csv");
    fs::write(&path, content).unwrap();
    let clock = SetClock::new();
    let spec = CsvSpec {
        path: path.clone(),
        worker: None,
    };
    let (mut desk, receiver) = desk(vec![worker(1, "w", WorkerKind::Csv(spec))], &clock);
    desk.open(question());
    File {
        path,
        _folder: folder,
        clock,
        desk,
        receiver,
    }
}

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

impl File {
    async fn heard(&mut self) -> Heard {
        loop {
            if let FromWorker::Heard(heard) = next(&mut self.receiver).await {
                return heard;
            }
        }
    }

    async fn fault(&mut self) -> (FaultKind, String) {
        match next(&mut self.receiver).await {
            FromWorker::Fault(report) => (report.fault.kind(), report.fault.to_string()),
            other => panic!("expected a fault, got {other:?}"),
        }
    }
}

/// A row of topic 7, epoch 3, label 1 of this age in seconds.
fn row(age: u64, value: &str) -> String {
    format!("{},election,3,CA/yes,w,{value}\n", NOW - age)
}

const HEADER: &str = "timestamp,topic,event,label,worker,value\n";

#[tokio::test]
async fn the_newest_row_counts_whatever_its_place_and_appended_rows_are_read_on() {
    let mut file = file(&format!(
        "{HEADER}{}{}{}",
        row(60, "0.3"),
        row(30, "0.4"),
        row(90, "0.2")
    ));
    let heard = file.heard().await;
    assert_eq!(heard.inference.value, 0.4);
    assert_eq!(heard.inference.published_at, Timestamp::from_secs(NOW - 30));
    assert!(heard.raw.starts_with("line 3:"), "{}", heard.raw);
    // A line counts when it is complete.
    append(&file.path, &row(10, "0.5")[..20]);
    append(&file.path, &row(10, "0.5")[20..]);
    append(&file.path, &row(20, "0.9"));
    assert_eq!(file.heard().await.inference.value, 0.5);
    // An unchanged answer is not said again, only counted.
    let counters = file.desk.counters();
    assert_eq!(counters.values().next().unwrap().heard, 2);
}

#[tokio::test]
async fn names_and_numbers_both_name_topic_and_label_and_other_rows_are_left_alone() {
    let rows = format!(
        "value,event,topic,timestamp,label,worker\n0.9,3,7,{NOW},1,other\n0.8,4,7,{NOW},1,w\n0.7,3,8,{NOW},1,w\n\
         0.6,3,7,{NOW},2,w\n0.55,3,7,{NOW},\"1\",w\n"
    );
    assert_eq!(file(&rows).heard().await.inference.value, 0.55);
}

#[tokio::test]
async fn a_row_counts_only_when_its_time_has_come() {
    let future = format!("{},election,3,CA/yes,w,0.9\n", NOW + 60);
    let mut file = file(&format!("{HEADER}{}{future}", row(60, "0.3")));
    assert_eq!(file.heard().await.inference.value, 0.3);
    file.clock.set(NOW + 60);
    assert_eq!(file.heard().await.inference.value, 0.9);
}

#[tokio::test]
async fn a_file_that_was_cut_or_replaced_is_read_anew() {
    let mut file = file(&format!("{HEADER}{}{}", row(60, "0.3"), row(30, "0.4")));
    assert_eq!(file.heard().await.inference.value, 0.4);
    fs::write(&file.path, format!("{HEADER}{}", row(20, "0.5"))).unwrap();
    assert_eq!(file.heard().await.inference.value, 0.5);
    // Replaced by a longer one.
    let long = format!(
        "{HEADER}{}{}{}",
        row(19, "0.1"),
        row(15, "0.6"),
        row(18, "0.2")
    );
    fs::write(&file.path, long).unwrap();
    assert_eq!(file.heard().await.inference.value, 0.6);
}

#[tokio::test]
async fn broken_rows_are_located_and_do_not_take_the_good_ones_along() {
    let bad = "20270101,election,3,CA/yes,w,0.1\n\"open,election,3,CA/yes,w,0.1\nx\n";
    let mut file = file(&format!(
        "{HEADER}{}{bad}{}",
        row(60, "0.3"),
        row(30, "NaN")
    ));
    for (line, words) in [(3, "timestamp"), (4, "cells"), (5, "cells"), (6, "finite")] {
        let (kind, text) = file.fault().await;
        assert_eq!(kind, FaultKind::Malformed);
        assert!(
            text.contains(&format!("w.csv:{line}:")) && text.contains(words),
            "{text}"
        );
    }
    assert_eq!(file.heard().await.inference.value, 0.3);
}

#[tokio::test]
async fn no_file_no_header_and_no_row_are_each_told() {
    let mut absent = file("");
    fs::remove_file(&absent.path).unwrap();
    let told = loop {
        let (kind, text) = absent.fault().await;
        assert_eq!(kind, FaultKind::Unreachable);
        if !text.contains("no row") {
            break text;
        }
    };
    assert!(told.contains("w.csv"), "{told}");
    let (kind, text) = file("time,topic,event,value\n").fault().await;
    assert_eq!(kind, FaultKind::Malformed);
    assert!(
        text.contains("w.csv:1") && text.contains("timestamp"),
        "{text}"
    );
    let (kind, text) = file(HEADER).fault().await;
    assert_eq!(kind, FaultKind::Unreachable);
    assert!(text.contains("no row"), "{text}");
    let (kind, _) = file(&format!("{HEADER}{}", row(7200, "0.3"))).fault().await;
    assert_eq!(kind, FaultKind::Stale);
}
