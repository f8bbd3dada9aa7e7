//! Run files: every setting is read by kind, every mistake is reported at its place.

use proptest::prelude::*;
use quorate_backtest::input::{Diagnostics, Section, TomlDocument};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fill {
    Taker,
    Maker,
}

/// Reads a section with one key of every kind.
fn read_all(root: &Section<'_>) -> Option<(String, u64)> {
    let name = root.string("name").required();
    let seed = root.u64("seed").within(1, 100).or(7);
    let _ = root.bool("snap").or(false);
    let _ = root.number("lambda").optional();
    let _ = root.timestamp("from").optional();
    let _ = root.string_list("tags").or(Vec::new());
    let _ = root.number_list("grid").or(Vec::new());
    let _ = root
        .choice("fill", &[("taker", Fill::Taker), ("maker", Fill::Maker)])
        .or(Fill::Taker);
    let risk = root.section("risk");
    let _ = risk.ratio("max_loss").within(0.0, 1.0).or(0.02);
    let _ = risk
        .money("max_order")
        .ensure(|money| *money > 0, "must be above $0")
        .optional();
    let _ = risk.price("max_spread").or(100_000);
    let _ = risk.shares("min_shares").or(5_000_000);
    let _ = risk.duration("max_age").or(0);
    for variant in root.sections("variant") {
        let _ = variant.string("name").required();
    }
    Some((name?, seed))
}

fn read(text: &str) -> Result<(String, u64), Diagnostics> {
    let document = TomlDocument::parse("run.toml", text);
    let value = read_all(&document.root());
    document.finish(value)
}

/// `(code, line, column)` of every mistake.
fn mistakes(text: &str) -> Vec<(&'static str, usize, usize)> {
    let Err(errors) = read(text) else {
        return Vec::new();
    };
    errors
        .iter()
        .map(|e| (e.code, e.line.unwrap_or(0), e.column.unwrap_or(0)))
        .collect()
}

#[test]
fn a_good_file_is_read_as_written() {
    let text = r#"
name = "night"
seed = 0x10
snap = true
lambda = 1e-1
from = 2024-11-05T00:00:00Z
tags = [
  "a", # comment
  'b',
]
grid = [1, 2.5]
fill = "maker"
risk = { max_loss = "2.5%", max_order = "$250", # two lines
  max_spread = "10c", min_shares = 2.5, }
[[variant]]
name = "x"
[[variant]]
name = """
y"""
"#;
    assert_eq!(read(text), Ok(("night".to_owned(), 16)));
}

#[test]
fn values_of_every_kind_come_out_in_their_units() {
    let text = "a = \"1h30m\"\nb = \"$0.50\"\nc = \"2.5%\"\nd = \"10c\"\ne = 2.5\nf = '2024-11-05T00:00:00Z'\ng = [\"x\"]\nh = \"maker\"\n";
    let document = TomlDocument::parse("t", text);
    let root = document.root();
    assert_eq!(root.duration("a").required(), Some(5_400_000_000_000));
    assert_eq!(root.money("b").required(), Some(500_000));
    assert_eq!(root.ratio("c").required(), Some(0.025));
    assert_eq!(root.price("d").required(), Some(100_000));
    assert_eq!(root.shares("e").required(), Some(2_500_000));
    assert_eq!(
        root.timestamp("f").required(),
        Some(1_730_764_800_000_000_000)
    );
    assert_eq!(root.string_list("g").required(), Some(vec!["x".to_owned()]));
    assert_eq!(
        root.choice("h", &[("maker", Fill::Maker)]).required(),
        Some(Fill::Maker)
    );
    assert_eq!(root.u64("absent").or(3), 3);
    assert_eq!(document.finish(Some(())), Ok(()));
}

#[test]
fn all_mistakes_are_reported_each_at_its_place() {
    let text = "nam = \"x\"\nseed = 101\nfill = \"takr\"\n[risk]\nmax_loss = \"250%\"\n  max_order = 250\nmax_age = \"5\"\n";
    let wanted = [
        ("missing-key", 1, 1),
        ("out-of-range", 2, 8),
        ("unknown-word", 3, 8),
        ("out-of-range", 5, 12),
        ("wrong-type", 6, 15),
        ("not-a-duration", 7, 11),
        ("unknown-key", 1, 1),
    ];
    assert_eq!(mistakes(text), wanted);
    let shown = read(text).unwrap_err().to_string();
    assert!(shown.contains("hint: did you mean `name`?"), "{shown}");
    assert!(shown.contains("hint: did you mean `taker`?"), "{shown}");
    assert!(
        shown.contains("risk.max_loss = \"250%\" is outside 0..1"),
        "{shown}"
    );
    assert!(shown.contains("run.toml:6:15"), "{shown}");
}

#[test]
fn every_bad_value_is_refused_where_it_stands() {
    let cases = [
        ("seed = -1", "out-of-range"),
        ("seed = 1.5", "wrong-type"),
        ("seed = \"1\"", "wrong-type"),
        ("seed = 0", "out-of-range"),
        ("snap = 1", "wrong-type"),
        ("lambda = nan", "out-of-range"),
        ("lambda = inf", "out-of-range"),
        ("lambda = 1e999", "out-of-range"),
        ("from = 2024-11-05", "not-a-time"),
        ("from = 2024-11-05T00:00:00", "not-a-time"),
        ("from = 5", "wrong-type"),
        ("tags = \"a\"", "wrong-type"),
        ("tags = [1]", "wrong-type"),
        ("tags = [\"\"]", "wrong-type"),
        ("grid = [nan]", "wrong-type"),
        ("fill = 3", "wrong-type"),
        ("risk = 3", "wrong-type"),
        ("variant = 3", "wrong-type"),
        ("variant = [3]", "wrong-type"),
        ("risk.max_loss = nan", "out-of-range"),
        ("risk.max_loss = -0.1", "out-of-range"),
        ("risk.max_loss = \"2.5\u{a0}%%\"", "not-a-number"),
        ("risk.max_order = \"$0\"", "out-of-range"),
        ("risk.max_order = \"$-1\"", "out-of-range"),
        ("risk.max_order = \"$1.1234567\"", "too-precise"),
        ("risk.max_order = \"250 USDC\"", "not-money"),
        ("risk.max_spread = \"1.5\"", "out-of-range"),
        ("risk.max_spread = 0.5", "wrong-type"),
        ("risk.min_shares = -1", "out-of-range"),
        ("risk.min_shares = inf", "out-of-range"),
        ("risk.max_age = 5", "wrong-type"),
        ("risk.max_age = \"5 weeks\"", "not-a-duration"),
        ("risk.nothing = 1", "unknown-key"),
        ("extra = 1", "unknown-key"),
        ("[other]", "unknown-key"),
        ("[[other]]", "unknown-key"),
        ("[[variant]]\nname = ' '", "empty-text"),
        ("[[variant]]", "missing-key"),
        ("name = 'z'", "duplicate-key"),
    ];
    for (line, code) in cases {
        let found = mistakes(&format!("name = \"x\"\n{line}\n"));
        assert_eq!(found.len(), 1, "{line}: {found:?}");
        assert_eq!(found[0].0, code, "{line}");
        let last = 1 + line.lines().count();
        assert!((2..=last).contains(&found[0].1), "{line}: {found:?}");
    }
}

#[test]
fn broken_syntax_is_located_and_reading_goes_on() {
    let text =
        "name = \"x\nseed = 1 2\nsnap = yes\n= 3\n[risk\nmax_loss = \"1%\"\n[a]]\nlambda = 01\n";
    let found = mistakes(text);
    let lines: Vec<usize> = found
        .iter()
        .filter(|m| m.0 == "toml-syntax")
        .map(|m| m.1)
        .collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 7, 8], "{found:?}");
    let shown = read(text).unwrap_err().to_string();
    assert!(
        shown.contains("hint: put text in quotes: \"yes\""),
        "{shown}"
    );
}

#[test]
fn an_error_is_shown_with_its_line_and_a_caret() {
    let shown = read("name = \"x\"\nseed = 1 2\n").unwrap_err().to_string();
    assert!(shown.contains("run.toml:2:8"), "{shown}");
    assert!(shown.contains("seed = 1 2"), "{shown}");
    assert!(shown.contains("^^^"), "{shown}");
}

#[test]
fn an_error_spoils_its_own_statement_only() {
    let cases = [
        ("seed\nname = \"x\"\nextra = 1\n", 1, 3),
        ("name = \"x\"\ngrid = [1\n 2]\nextra = 1\n", 3, 4),
        (
            "name = \"x\"\ngrid = [\n 1,\n yes,\n 3,\n]\nextra = 1\n",
            4,
            7,
        ),
        ("name = \"x\"\ngrid = [1,\nextra = 1\n", 2, 3),
        ("name = \"x\"\ngrid = [1\n\nextra = 1\n", 2, 4),
        ("name = \"x\"\nrisk = { max_age = \"1s\"\n[extra]\n", 2, 3),
        ("name = \"x\"\ntags = \"\"\"\nextra = 1\n", 2, 3),
        ("name = \"x\"\nfill =\nextra = 1\n", 2, 3),
        (
            "name = \"x\"\nseed = 99999999999999999999\nextra = 1\n",
            2,
            3,
        ),
        ("name = \"x\"\n[risk\nmax_los = 1\n[extra]\n", 2, 4),
        ("\u{feff}fill = maker\nname = \"x\"\nextra = 1\n", 1, 3),
        ("name = \"x\"\r\nfill = maker\r\nextra = 1\r\n", 2, 3),
    ];
    for (text, syntax_line, unknown_line) in cases {
        let found: Vec<_> = mistakes(text).iter().map(|m| (m.0, m.1)).collect();
        let wanted = [("toml-syntax", syntax_line), ("unknown-key", unknown_line)];
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn a_key_in_a_broken_line_is_not_called_missing() {
    assert_eq!(mistakes("name = \"x\n"), [("toml-syntax", 1, 10)]);
    assert_eq!(
        mistakes("seed = 1 2\n"),
        [("toml-syntax", 1, 8), ("missing-key", 1, 1)]
    );
}

#[test]
fn a_text_that_is_no_toml_does_not_flood_the_terminal() {
    let found = mistakes(&"what is this\n".repeat(500));
    let syntax = found.iter().filter(|m| m.0 == "toml-syntax").count();
    assert_eq!(syntax, 51);
}

#[test]
fn amounts_are_read_by_their_digits() {
    let digits = "a = 9_007_199_254.740993\nb = 0.1234567\nc = 9007199254740993\n";
    let document = TomlDocument::parse("t", digits);
    let root = document.root();
    assert_eq!(root.shares("a").required(), Some(9_007_199_254_740_993));
    assert_eq!(root.shares("b").required(), None);
    assert_eq!(root.u64("c").required(), Some(9_007_199_254_740_993));
    let errors = document.finish(Some(())).unwrap_err();
    let codes: Vec<_> = errors.iter().map(|e| e.code).collect();
    assert_eq!(codes, ["too-precise"]);
}

#[test]
fn a_second_definition_points_to_the_first() {
    let cases = [
        ("seed = 1\n\nseed = 2\n", (1, 1)),
        ("[risk]\nmax_age = \"1s\"\nmax_age = \"2s\"\n", (2, 1)),
        ("[[variant]]\n[[variant]]\nname = 'a'\nname = 'b'\n", (3, 1)),
        (
            "[risk]\n[[variant]]\nname = 'x'\n[risk]\nmax_los = 1\n",
            (1, 2),
        ),
        ("risk = {}\nrisk.max_loss = 0.1\n", (1, 1)),
        ("risk.max_loss = 0.1\nrisk.max_loss = 0.2\n", (1, 6)),
        ("[risk]\n[[risk]]\n", (1, 2)),
    ];
    for (text, place) in cases {
        let document = TomlDocument::parse("run.toml", text);
        let _ = read_all(&document.root());
        let errors = document.finish(Some(())).unwrap_err();
        let twice: Vec<_> = errors
            .iter()
            .filter(|e| e.code == "duplicate-key")
            .collect();
        assert_eq!(twice.len(), 1, "{text}: {errors}");
        let first = twice[0].related.as_ref().unwrap();
        assert_eq!((first.line, first.column), place, "{text}: {errors}");
        assert!(
            errors.iter().all(|e| e.code != "unknown-key"),
            "{text}: {errors}"
        );
    }
}

#[test]
fn tables_cannot_be_redefined() {
    for text in [
        "[risk]\n[risk]\n",
        "risk = {}\n[risk]\n",
        "risk = {}\nrisk.max_loss = 0.1\n",
        "[risk]\n[[risk]]\n",
        "variant = []\n[[variant]]\n",
        "risk.max_loss = 0.1\n[risk]\nmax_loss = 0.1\n",
        "[risk.max_loss]\nx = 1\n[risk]\nmax_loss.y = 1\n",
    ] {
        let found = mistakes(&format!("name = \"x\"\n{text}"));
        assert!(
            found.iter().any(|m| m.0 == "duplicate-key"),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn an_absent_section_reports_missing_keys_at_its_parent() {
    let document = TomlDocument::parse("run.toml", "[a]\nx = 1\n");
    let a = document.root().section("a");
    let _ = a.u64("x").required();
    assert_eq!(a.section("b").string("c").required(), None);
    let errors = document.finish(Some(())).unwrap_err();
    let first = errors.iter().next().unwrap();
    assert_eq!(
        (first.message.as_str(), first.line),
        ("missing key `a.b.c`", Some(1))
    );
    assert_eq!(first.hint.as_deref(), Some("add `c = ...` to [a.b]"));
}

#[test]
fn sections_named_by_the_user_are_listed() {
    let document = TomlDocument::parse("t", "[worker.b]\nw = 1\n[worker.\"a b\"]\nw = 2\n");
    let workers = document.root().section("worker").named_sections();
    let read: Vec<_> = workers
        .iter()
        .map(|(name, s)| (name.clone(), s.u64("w").or(0)))
        .collect();
    assert_eq!(read, [("b".to_owned(), 1), ("a b".to_owned(), 2)]);
    assert_eq!(document.finish(Some(())), Ok(()));
}

#[test]
fn a_reader_that_gives_up_silently_is_a_bug_of_the_program() {
    let errors = TomlDocument::parse("t", "").finish::<()>(None).unwrap_err();
    assert_eq!(errors.exit_class().code(), 1);
}

#[test]
fn missing_and_unreadable_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let absent = TomlDocument::read(&folder.path().join("no.toml")).unwrap_err();
    assert_eq!(absent.exit_class().code(), 4);
    assert_eq!(
        TomlDocument::read(folder.path())
            .unwrap_err()
            .exit_class()
            .code(),
        3
    );
    let path = folder.path().join("latin.toml");
    std::fs::write(&path, b"name = 'x'\nb = '\xe9'\n").unwrap();
    let errors = TomlDocument::read(&path).unwrap_err();
    let first = errors.iter().next().unwrap();
    assert_eq!(
        (first.code, first.line, first.column),
        ("not-utf8", Some(2), Some(6))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_reading_panic(text in "([a-z_.=\"'\\[\\]{}#,0-9+\\-:TZ\\\\ \r\n\té]|name|seed|risk|variant|\"\"\"|''')*") {
        let _ = read(&text);
    }
}
