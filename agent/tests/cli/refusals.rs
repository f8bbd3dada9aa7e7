//! Bad input: the right exit code, the place and the hint on stderr, and nothing written.

use crate::common::Workshop;

/// A backtest of a spoilt workshop; nothing may be left in the out folder.
fn refused(workshop: &Workshop, exit: i32, parts: &[&str]) {
    workshop
        .quorate(&["backtest", "run.toml"])
        .fails(exit, parts);
    assert!(!workshop.path("out").exists(), "something was written");
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_known_one() {
    let workshop = Workshop::new();
    workshop.change("run.toml", "book_age_max", "book_age_mx");
    refused(
        &workshop,
        3,
        &[
            "run.toml:11:1",
            "unknown key",
            "did you mean `book_age_max`?",
        ],
    );
}

#[test]
fn a_negative_limit_is_refused() {
    let workshop = Workshop::new();
    let text = workshop.read("run.toml")
        + "\n[risk]\norder_notional_max = \"$-250\"\nmarket_loss = -0.5\n";
    workshop.write("run.toml", &text);
    refused(&workshop, 3, &["run.toml:14:", "run.toml:15:", "2 errors"]);
}

#[test]
fn a_run_file_that_is_no_toml_is_refused() {
    let workshop = Workshop::new();
    workshop.change("run.toml", "name = \"weather\"", "name = \"weather");
    refused(&workshop, 3, &["run.toml:2:"]);
}

#[test]
fn a_run_file_of_another_version_is_refused() {
    let workshop = Workshop::new();
    workshop.change("run.toml", "run_version = 1", "run_version = 2");
    refused(&workshop, 3, &["run.toml:1:", "it reads 1"]);
}

#[test]
fn a_topic_that_the_tape_does_not_have_is_refused_at_its_line() {
    let workshop = Workshop::new();
    let text = workshop.read("run.toml") + "\n[topic.wether]\nblend_weight = 0.5\n";
    workshop.write("run.toml", &text);
    refused(&workshop, 3, &["run.toml:13:8", "did you mean `weather`?"]);
}

#[test]
fn an_unknown_topic_is_found_where_it_is_written_not_where_its_letters_stand() {
    let workshop = Workshop::new();
    workshop.change(
        "run.toml",
        "kind = \"election\"",
        "kind = \"election\" # eather\ntopics = [\"weather\", \"eather\"]",
    );
    refused(&workshop, 3, &["run.toml:9:22", "did you mean `weather`?"]);
}

#[test]
fn strategies_that_can_never_act_are_refused() {
    let quoter = "\n[[strategy]]\nkind = \"quoter\"\n";
    let workshop = Workshop::new();
    let text = workshop.read("run.toml") + quoter;
    workshop.write("run.toml", &text);
    refused(&workshop, 3, &["run.toml:14:", "never act", "line 7"]);

    let workshop = Workshop::new();
    let topics = "topics = [\"weather\"]\n";
    workshop.change(
        "run.toml",
        "kind = \"election\"\n",
        &format!("kind = \"election\"\n{topics}"),
    );
    let good = workshop.read("run.toml");
    workshop.write("run.toml", &format!("{good}{quoter}{topics}"));
    refused(&workshop, 3, &["run.toml:16:", "take all its topics"]);
    workshop.write("run.toml", &format!("{good}{quoter}"));
    workshop.quorate(&["backtest", "run.toml"]).ok();
}

#[test]
fn an_equity_curve_finer_than_a_millisecond_is_refused() {
    let workshop = Workshop::new();
    let text = workshop.read("run.toml") + "\n[report]\nequity_every = \"999us\"\n";
    workshop.write("run.toml", &text);
    refused(&workshop, 3, &["run.toml:14:", "at least 1ms"]);
}

#[test]
fn a_missing_run_file_is_not_found() {
    let workshop = Workshop::new();
    std::fs::remove_file(workshop.path("run.toml")).unwrap();
    refused(&workshop, 4, &["run.toml", "quorate sample"]);
}

#[test]
fn an_unreadable_run_file_is_refused() {
    let workshop = Workshop::new();
    std::fs::remove_file(workshop.path("run.toml")).unwrap();
    std::fs::create_dir(workshop.path("run.toml")).unwrap();
    refused(&workshop, 3, &["cannot read the file", "run.toml"]);
}

#[test]
fn a_missing_tape_is_not_found() {
    let workshop = Workshop::new();
    workshop.change("run.toml", "folder = \"tape\"", "folder = \"tapes\"");
    refused(
        &workshop,
        4,
        &["tapes", "`folder` under [tape] in run.toml"],
    );
}

#[test]
fn an_unreadable_table_is_refused() {
    let workshop = Workshop::new();
    std::fs::remove_file(workshop.path("tape/quotes.csv")).unwrap();
    std::fs::create_dir(workshop.path("tape/quotes.csv")).unwrap();
    refused(&workshop, 10, &["tape/quotes.csv", "cannot read"]);
}

#[test]
fn a_price_outside_its_range_is_refused_at_its_line() {
    let workshop = Workshop::new();
    workshop.change("tape/quotes.csv", "0.44,0.46", "0.44,1.7");
    refused(&workshop, 10, &["tape/quotes.csv:4:4"]);
}

#[test]
fn a_row_that_goes_back_in_time_is_refused_at_its_line() {
    let workshop = Workshop::new();
    workshop.change(
        "tape/quotes.csv",
        "2025-03-01T18:00:00Z",
        "2025-03-01T07:00:00Z",
    );
    refused(&workshop, 10, &["tape/quotes.csv:5:1", "earlier"]);
}

#[test]
fn a_row_given_twice_is_refused_at_its_line() {
    let workshop = Workshop::new();
    let row = "2025-03-01T18:00:00Z,rain,0.55,0.57,500,500\n";
    workshop.change("tape/quotes.csv", row, &format!("{row}{row}"));
    refused(
        &workshop,
        10,
        &["tape/quotes.csv:6:", "repeats", "tape/quotes.csv:5:1"],
    );
}

#[test]
fn a_closed_market_without_an_outcome_is_refused_at_its_line() {
    let workshop = Workshop::new();
    workshop.change("tape/outcomes.csv", "rain,2025-03-02T00:10:00Z,1\n", "");
    refused(
        &workshop,
        10,
        &["tape/markets.csv:2:1", "no outcome", "unresolved"],
    );
}

#[test]
fn everything_that_is_wrong_is_shown_at_once() {
    let workshop = Workshop::new();
    workshop.change("tape/quotes.csv", "0.44,0.46", "0.44,1.7");
    workshop.change("tape/inferences.csv", "frog,snow,0.02", "frog,snow,2");
    refused(
        &workshop,
        10,
        &["tape/quotes.csv:4:4", "tape/inferences.csv:7:4", "2 errors"],
    );
}

#[test]
fn errors_can_be_read_by_a_program() {
    let workshop = Workshop::new();
    workshop.change("tape/quotes.csv", "0.44,0.46", "0.44,1.7");
    let words = ["backtest", "run.toml", "--json"];
    let one = workshop.quorate(&words).fails(10, &[]).errors();
    assert_eq!(one.len(), 1);
    assert_eq!(one[0]["file"], "tape/quotes.csv");
    assert_eq!(
        (&one[0]["line"], &one[0]["col"], &one[0]["exit"]),
        (&4.into(), &4.into(), &10.into())
    );
    assert!(one[0]["code"].is_string() && one[0]["message"].is_string());

    workshop.change("tape/inferences.csv", "frog,snow,0.02", "frog,snow,2");
    assert_eq!(workshop.quorate(&words).fails(10, &[]).errors().len(), 2);
}

#[test]
fn a_wrong_command_line_is_a_usage_error_in_either_form() {
    let workshop = Workshop::new();
    workshop
        .quorate(&["backtst", "run.toml"])
        .fails(2, &["backtest"]);
    workshop.quorate(&["backtest"]).fails(2, &["RUN.toml"]);
    workshop
        .quorate(&["backtest", "run.toml", "--threads", "0"])
        .fails(2, &["--threads"]);
    for threads in ["257", "99999999"] {
        workshop
            .quorate(&["backtest", "run.toml", "--threads", threads])
            .fails(2, &["--threads", "256"]);
    }
    let errors = workshop
        .quorate(&["backtst", "--json"])
        .fails(2, &[])
        .errors();
    assert_eq!(
        (&errors[0]["code"], &errors[0]["exit"]),
        (&"usage".into(), &2.into())
    );
}

#[test]
fn an_out_folder_that_cannot_be_written_is_refused_before_anything_is_read() {
    let workshop = Workshop::new();
    workshop.write("file", "");
    std::fs::remove_dir_all(workshop.path("tape")).unwrap();
    for out in ["file/out", "file"] {
        let words = ["backtest", "run.toml", "--out", out];
        workshop
            .quorate(&words)
            .fails(2, &["cannot write to the folder", out, "--out"]);
        workshop
            .quorate(&["paper", "--out", out])
            .fails(2, &["cannot write to the folder", out]);
    }
    assert_eq!(workshop.read("file"), "");
}

#[test]
fn a_summary_is_printed_even_if_its_files_cannot_be_written() {
    let workshop = Workshop::new();
    // A file cannot take the place of a folder.
    std::fs::create_dir_all(workshop.path("out/weather/report.json/in-the-way")).unwrap();
    let ended = workshop.quorate(&["backtest", "run.toml"]);
    assert_eq!(ended.exit, Some(1), "{ended:#?}");
    assert!(ended.stdout.contains("weather"), "{ended:#?}");
    assert!(ended.stderr.contains("cannot write"), "{ended:#?}");
    let ended = workshop.quorate(&["backtest", "run.toml", "--json"]);
    assert_eq!(ended.exit, Some(1), "{ended:#?}");
    assert!(ended.json()["files"].is_null());
}

#[test]
fn a_file_that_is_no_report_is_refused() {
    let workshop = Workshop::new();
    workshop.write("report.json", "{\n  \"schema\": \"one\"\n}\n");
    workshop
        .quorate(&["report", "report.json"])
        .fails(10, &["report.json:2:", "not a run report"]);
    workshop.write("report.json", "{\"schema\": 99}");
    workshop
        .quorate(&["report", "report.json"])
        .fails(10, &["schema 99"]);
    workshop
        .quorate(&["report", "none.json"])
        .fails(4, &["none.json", "quorate backtest"]);
}

#[test]
fn colour_is_used_only_when_asked_for_or_on_a_terminal() {
    let workshop = Workshop::new();
    let plain = workshop
        .quorate(&["backtest", "none.toml"])
        .fails(4, &["error: "]);
    assert!(!plain.stderr.contains('\u{1b}'));
    workshop
        .quorate(&["backtest", "none.toml", "--color", "always"])
        .fails(4, &["\u{1b}[1;31merror:"]);
}
