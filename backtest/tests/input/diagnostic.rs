//! How mistakes are shown to a person and to a program.

use quorate_backtest::input::{
    Diagnostic, Diagnostics, Excerpt, ExitClass, Related, SourceText, closest, edit_distance,
    write_atomically,
};

fn sample() -> Diagnostic {
    Diagnostic::new(ExitClass::Config, "unknown-key", "unknown key `maxage`")
        .at("run.toml", 12, 3)
        .with_excerpt(Excerpt {
            text: "  maxage = \"5s\"".into(),
            column: 3,
            width: 6,
        })
        .with_hint("did you mean `max_age`?")
}

#[test]
fn a_diagnostic_shows_message_place_caret_and_hint() {
    let shown = sample().to_string();
    let wanted = "error: unknown key `maxage`\n  --> run.toml:12:3\n    |\n 12 |   maxage = \"5s\"\n    |   ^^^^^^\nhint: did you mean `max_age`?";
    assert_eq!(shown, wanted);
    assert_eq!(sample().one_line(), "run.toml:12:3: unknown key `maxage`");
}

#[test]
fn a_diagnostic_serialises_to_six_fields() {
    let json = serde_json::to_value(sample()).unwrap();
    let wanted = serde_json::json!({
        "code": "unknown-key", "message": "unknown key `maxage`", "hint": "did you mean `max_age`?",
        "file": "run.toml", "line": 12, "col": 3,
    });
    assert_eq!(json, wanted);
}

#[test]
fn a_second_place_is_shown_on_its_own_line() {
    let note = "first defined here".to_owned();
    let related = Related {
        note,
        file: "run.toml".into(),
        line: 4,
        column: 1,
    };
    let shown = sample().with_related(related).to_string();
    assert!(
        shown.contains("\n  ::: run.toml:4:1: first defined here\n"),
        "{shown}"
    );
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let excerpt = Excerpt {
        text: "a\u{1b}[31m\tb\u{202e}".into(),
        column: 2,
        width: 900,
    };
    let hostile = Diagnostic::new(ExitClass::Data, "x", "bad \u{1b}]0;title\u{7}")
        .at("f\u{1b}.csv", 1, 2)
        .with_excerpt(excerpt);
    let shown = hostile.to_string();
    assert!(
        !shown.contains(['\u{1b}', '\u{7}', '\t', '\u{202e}']),
        "{shown}"
    );
}

#[test]
fn a_long_line_is_cut_around_the_caret() {
    let text = "x".repeat(5000);
    let excerpt = Excerpt {
        text,
        column: 3000,
        width: 1,
    };
    let shown = Diagnostic::new(ExitClass::Data, "x", "m")
        .at("f", 1, 3000)
        .with_excerpt(excerpt);
    assert!(
        shown
            .to_string()
            .lines()
            .all(|line| line.chars().count() < 130)
    );
}

#[test]
fn the_first_mistake_decides_the_exit_class() {
    let mut list = Diagnostics::new();
    assert!(list.is_empty());
    list.push(Diagnostic::new(ExitClass::NotFound, "a", "a"));
    list.append(sample().into());
    assert_eq!((list.len(), list.exit_class().code()), (2, 4));
    assert_eq!(list.to_string().matches("error: ").count(), 2);
    assert!(list.into_result(()).is_err());
}

#[test]
fn positions_count_characters_and_survive_any_offset() {
    let source = SourceText::new("f", "ä=1\r\nb=é\n");
    let at = |offset| {
        let position = source.position(offset);
        (position.line, position.column)
    };
    assert_eq!(
        (at(0), at(1), at(2), at(6), at(8)),
        ((1, 1), (1, 1), (1, 2), (2, 1), (2, 3))
    );
    assert_eq!(at(999), (3, 1));
}

#[test]
fn near_words_are_suggested_and_far_ones_are_not() {
    assert_eq!(edit_distance("kitten", "sitting"), 3);
    let known = ["max_age", "min_shares", "tick"];
    assert_eq!(closest("maxage", known), Some("max_age"));
    assert_eq!(closest("Min-Shares", known), Some("min_shares"));
    assert_eq!(closest("tik", known), Some("tick"));
    assert_eq!(closest("zebra", known), None);
    assert_eq!(closest("", known), None);
}

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    write_atomically(&path, |writer| std::io::Write::write_all(writer, b"old")).unwrap();
    let failed = write_atomically(&path, |writer| {
        std::io::Write::write_all(writer, b"half")?;
        Err(std::io::Error::other("no"))
    });
    assert!(failed.is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
