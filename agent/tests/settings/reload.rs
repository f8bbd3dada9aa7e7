//! Changing settings while the program runs: limits get tighter or nothing happens.

use std::path::Path;

use quorate_agent::settings::{Change, Provenance, Settings, Sources, reload, tighten};
use quorate_backtest::input::Diagnostics;

fn provenance(text: &str) -> Provenance {
    let text = format!("config_version = 1\n{text}");
    let sources = Sources::new(".").text("quorate.toml", &text, Path::new("."));
    let loaded = Settings::load(&sources);
    loaded.unwrap_or_else(|errors| panic!("{errors}")).1
}

fn change(old: &str, new: &str) -> Result<Vec<Change>, Diagnostics> {
    tighten(&provenance(old), &provenance(new))
}

#[test]
fn a_limit_may_be_tightened() {
    let changes = change(
        "",
        "[risk]\nmax_drawdown = \"7%\"\nmin_cash_reserve = \"30%\"\n",
    )
    .unwrap();
    let shown: Vec<_> = changes
        .iter()
        .map(|change| {
            (
                change.path.as_str(),
                change.from.as_deref(),
                change.to.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("risk.min_cash_reserve", Some("\"20%\""), Some("\"30%\"")),
            ("risk.max_drawdown", Some("\"10%\""), Some("\"7%\"")),
        ]
    );
}

#[test]
fn a_limit_may_not_be_loosened_and_the_reason_is_given() {
    let errors = change(
        "",
        "[risk]\nmax_drawdown = \"12%\"\nmin_cash_reserve = \"10%\"\n",
    )
    .unwrap_err();
    assert_eq!(errors.len(), 2, "{errors}");
    let text = errors.to_string();
    assert!(text.contains("quorate.toml:3:1"), "{text}");
    assert!(text.contains("risk.max_drawdown cannot change from \"10%\" to \"12%\" while running: that would loosen a limit"), "{text}");
}

#[test]
fn one_loosened_limit_spoils_the_whole_reload() {
    assert!(change("", "[risk]\nmax_drawdown = \"12%\"\nmax_gross = \"10%\"\n").is_err());
}

#[test]
fn taking_a_tight_limit_out_of_the_file_is_loosening() {
    assert!(change("[risk]\nmax_drawdown = \"5%\"\n", "").is_err());
}

#[test]
fn everything_else_waits_for_a_restart() {
    let topic = "[[topics]]\nname = \"a\"\nkind = \"probability\"\n";
    for (old, new) in [
        ("", "[data]\nseed = 2\n"),
        ("", "[account]\nname = \"other\"\n"),
        ("", "[http]\ncontrol = \"127.0.0.1:9000\"\n"),
        ("", topic),
        (topic, ""),
    ] {
        let errors = change(old, new).unwrap_err();
        assert!(
            errors.iter().all(|error| error.code == "needs-restart"),
            "{errors}"
        );
    }
}

#[test]
fn a_topic_may_be_taken_out_of_trading_but_not_put_back() {
    let topic = "[[topics]]\nname = \"a\"\nkind = \"probability\"\n";
    let watched = format!("{topic}trade = false\n");
    assert_eq!(change(topic, &watched).unwrap().len(), 1);
    assert!(change(&watched, topic).is_err());
}

#[test]
fn a_value_that_only_one_side_has_waits_for_a_restart() {
    let topic = "[[topics]]\nname = \"a\"\nkind = \"probability\"\n";
    let errors = change(topic, &format!("{topic}blend_weight = 0.1\n")).unwrap_err();
    assert!(
        errors.to_string().contains("nothing says which is tighter"),
        "{errors}"
    );
}

#[test]
fn a_file_that_is_wrong_or_half_written_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quorate.toml");
    let good = "config_version = 1\n[risk]\nmax_drawdown = \"8%\"\nmax_open_orders = 100\n";
    std::fs::write(&path, good).unwrap();
    let sources = Sources::new(folder.path()).file(&path).unwrap();
    let (_, current) = Settings::load(&sources).unwrap();

    assert_eq!(reload(&current, &sources).unwrap().changes, []);
    for length in 0..good.len() {
        std::fs::write(&path, &good[..length]).unwrap();
        // A file cut at the end of a line has lost its tighter limits or its version; any other is half a line.
        match reload(&current, &sources) {
            Err(errors) => assert!(!errors.is_empty()),
            Ok(fresh) => assert_eq!(fresh.changes, [], "{:?}", &good[..length]),
        }
    }
    std::fs::write(&path, "config_version = 1\n[risk]\nmax_drawdown = 8\n").unwrap();
    assert!(reload(&current, &sources).is_err());

    let tighter = good.replace("8%", "6%");
    std::fs::write(&path, tighter).unwrap();
    let fresh = reload(&current, &sources).unwrap();
    assert_eq!(fresh.changes.len(), 1);
    assert_eq!(fresh.settings.risk.max_drawdown.ppm(), 60_000);
    assert_ne!(fresh.fingerprint, current.fingerprint());
}
