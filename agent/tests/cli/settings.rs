//! `quorate init`, `quorate config`, `quorate completions`, and the check of topics against a tape.

use crate::common::Workshop;

const SETTINGS: &str = "\
config_version = 1

[data]
source = \"tape\"
tape = \"tape\"

[[topics]]
name = \"weather\"
kind = \"probability\"
markets = [\"rain\", \"snow\"]
";

#[test]
fn init_writes_settings_that_pass_their_check_and_replaces_nothing() {
    let workshop = Workshop::new();
    for (folder, words) in [("a", &[][..]), ("b", &["--template", "sample"][..])] {
        let ended = workshop.quorate(&[&["init", folder], words].concat()).ok();
        assert_eq!(
            ended.stdout,
            format!("{folder}/quorate.toml\n{folder}/.gitignore\n")
        );
        let file = format!("{folder}/quorate.toml");
        workshop.quorate(&["config", "check", &file]).ok();
        assert!(
            workshop
                .read(&format!("{folder}/.gitignore"))
                .contains("/keys/")
        );
    }
    workshop.write("a/quorate.toml", "mine");
    workshop
        .quorate(&["init", "a"])
        .fails(2, &["a/quorate.toml", "left as they are"]);
    assert_eq!(workshop.read("a/quorate.toml"), "mine");
}

#[test]
fn later_sources_win_and_the_origin_is_shown() {
    let workshop = Workshop::new();
    workshop.write(
        "quorate.toml",
        "config_version = 1\n[risk]\nmax_drawdown = \"9%\"\n",
    );
    workshop.write(
        "more.toml",
        "config_version = 1\nrisk.max_drawdown = \"7%\"\n",
    );
    let drawdown = |words: &[&str]| {
        let words = [&["config", "show", "--provenance", "--json"], words].concat();
        workshop.quorate(&words).ok().json()["settings"]["risk.max_drawdown"].clone()
    };
    let own = drawdown(&[]);
    assert_eq!((&own["value"], &own["line"]), (&"\"9%\"".into(), &3.into()));
    let other = drawdown(&["-c", "more.toml"]);
    assert_eq!(
        (&other["value"], &other["file"]),
        (&"\"7%\"".into(), &"more.toml".into())
    );
    let flag = drawdown(&["-c", "more.toml", "--set", "risk.max_drawdown=\"8%\""]);
    assert_eq!(
        (&flag["value"], &flag["origin"]),
        (&"\"8%\"".into(), &"flag".into())
    );
    workshop
        .quorate(&["config", "show", "--set", "risk.max_drawdwn=\"8%\""])
        .fails(3, &["--set", "did you mean `risk.max_drawdown`?"]);
    workshop
        .quorate(&["config", "show", "-c", "none.toml"])
        .fails(4, &["none.toml", "quorate init"]);
}

#[test]
fn a_key_is_explained_and_a_wrong_one_corrected() {
    let workshop = Workshop::new();
    workshop.write(
        "quorate.toml",
        "config_version = 1\n[risk]\nmax_drawdown = \"9%\"\n",
    );
    let text = workshop
        .quorate(&["config", "explain", "risk.max_drawdown"])
        .ok()
        .stdout;
    assert!(
        text.contains("9%") && text.contains("quorate.toml:3:1"),
        "{text}"
    );
    workshop
        .quorate(&["config", "explain", "risk.max_drawdwn"])
        .fails(4, &["did you mean `risk.max_drawdown`?"]);
    let schema = workshop.quorate(&["config", "schema"]).ok().json();
    assert_eq!(schema["required"][0], "config_version");
}

#[test]
fn a_settings_file_is_recognised_and_its_mistakes_are_located() {
    let workshop = Workshop::new();
    workshop.write("quorate.toml", SETTINGS);
    let json = workshop
        .quorate(&["config", "check", "quorate.toml", "--json"])
        .ok()
        .json();
    assert_eq!(json["ok"][0]["kind"], "settings");
    workshop.change("quorate.toml", "kind = ", "kynd = ");
    workshop
        .quorate(&["config", "check", "quorate.toml"])
        .fails(3, &["quorate.toml:9:1", "did you mean `kind`?"]);
}

#[test]
fn topics_are_checked_against_the_tape_with_the_place_of_each_mistake() {
    let workshop = Workshop::new();
    workshop.write("quorate.toml", SETTINGS);
    let json = workshop.quorate(&["topics", "check", "--json"]).ok().json();
    assert_eq!(
        (&json["ok"][0], &json["checked_against"]),
        (&"weather".into(), &"the tape ./tape".into())
    );
    workshop.change("quorate.toml", "\"snow\"", "\"snwo\"");
    workshop.quorate(&["topics", "check"]).fails(
        3,
        &[
            "quorate.toml:10:1",
            "no market \"snwo\"",
            "did you mean \"snow\"?",
        ],
    );
    workshop.write(
        "quorate.toml",
        &SETTINGS
            .replace("weather", "wether")
            .replace("markets", "# markets"),
    );
    workshop.quorate(&["topics", "check"]).fails(
        3,
        &[
            "quorate.toml:8:1",
            "no topic \"wether\"",
            "did you mean \"weather\"?",
        ],
    );
    workshop.write(
        "quorate.toml",
        &SETTINGS.replace(
            "kind = \"probability\"",
            "kind = \"volatility\"\nscheme = \"median\"\ncondition = \"up\"",
        ),
    );
    workshop
        .quorate(&["topics", "check"])
        .fails(3, &["quorate.toml:9:1", "it predicts probability"]);
}

#[test]
fn completions_know_the_commands() {
    let workshop = Workshop::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = workshop.quorate(&["completions", shell]).ok().stdout;
        assert!(script.contains("leaderboard"), "{shell}");
    }
    workshop
        .quorate(&["completions", "fsh"])
        .fails(2, &["fsh", "fish"]);
}

#[test]
fn help_of_every_new_command_begins_with_examples() {
    let workshop = Workshop::new();
    for words in [
        &["init"][..],
        &["leaderboard"],
        &["collective", "replay"],
        &["topics", "check"],
        &["workers", "add"],
        &["config", "show"],
        &["completions"],
    ] {
        let help = workshop.quorate(&[words, &["--help"]].concat()).ok().stdout;
        assert!(help.starts_with("Examples:\n  quorate "), "{help}");
    }
}
