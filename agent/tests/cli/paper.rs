//! `quorate paper` and `quorate sample` on the world they make themselves.

use crate::common::Workshop;

#[test]
fn paper_without_arguments_makes_a_world_trades_it_and_reports() {
    let workshop = Workshop::new();
    let ended = workshop.quorate(&["paper"]).ok();
    assert!(
        ended
            .stdout
            .starts_with("Paper run paper (synthetic data)\n"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("Reproduce    quorate paper\n"));
    assert!(ended.stderr.contains("replaying"), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("open out/paper/report.html in a browser"),
        "{}",
        ended.stderr
    );
    assert_eq!(workshop.read("out/paper/summary.txt"), ended.stdout);
    assert!(workshop.read("out/paper/report.html").contains("synthetic"));
    workshop
        .quorate(&["config", "check", "out/paper/run.toml"])
        .ok();

    // What a person changed afterwards is not replaced.
    workshop.change("out/paper/run.toml", "\"$10000\"", "\"$500\"");
    workshop
        .quorate(&["paper"])
        .fails(2, &["out/paper/run.toml", "edited", "quorate backtest"]);
    assert!(workshop.read("out/paper/run.toml").contains("\"$500\""));
}

#[test]
fn paper_never_replaces_a_tape_that_is_no_sample_world() {
    let workshop = Workshop::new();
    let before = workshop.read("tape/quotes.csv");
    workshop
        .quorate(&["paper", "--out", "."])
        .fails(2, &["tape", "--out"]);
    assert_eq!(workshop.read("tape/quotes.csv"), before);
}

#[test]
fn a_sample_is_the_same_for_the_same_seed_and_needs_an_empty_folder() {
    let workshop = Workshop::new();
    let ended = workshop.quorate(&["sample", "a"]).ok();
    assert_eq!(ended.stdout, "a/run.toml\n");
    assert!(
        ended.stderr.contains("next: quorate backtest a/run.toml"),
        "{}",
        ended.stderr
    );
    workshop.quorate(&["sample", "b", "--seed", "18"]).ok();
    workshop.quorate(&["sample", "c", "--seed", "7"]).ok();
    for name in [
        "run.toml",
        "tape/books.csv",
        "tape/inferences.csv",
        "tape/outcomes.csv",
    ] {
        let first = workshop.read(&format!("a/{name}"));
        assert_eq!(first, workshop.read(&format!("b/{name}")), "{name}");
        assert_ne!(first, workshop.read(&format!("c/{name}")), "{name}");
    }
    workshop
        .quorate(&["sample", "a"])
        .fails(2, &["not empty", "--force"]);
    workshop
        .quorate(&["sample", "a", "--force", "--seed", "7"])
        .ok();
    assert_eq!(workshop.read("a/run.toml"), workshop.read("c/run.toml"));
}
