//! How settings are read: precedence, provenance, merging, secrets, conversion.

use std::path::Path;
use std::time::Duration;

use quorate_agent::settings::{
    IS_UNLOCKED, Origin, Provenance, SecretRef, Settings, Sources, StrategyName, WorkerKind,
};
use quorate_backtest::input::{Diagnostic, Diagnostics};
use quorate_backtest::replay::StrategyKind;
use quorate_collective::SchemeSpec;
use quorate_domain::TopicId;
use quorate_engine::{EngineConfig, RiskLimits};
use quorate_strategies::{Election, PriceDirection, Quoter};
use quorate_venue::VenueConfig;

const HEAD: &str = "config_version = 1\n";

fn from(text: &str) -> Sources {
    Sources::new("/instance").text(
        "quorate.toml",
        &format!("{HEAD}{text}"),
        Path::new("/files"),
    )
}

fn loaded(sources: &Sources) -> (Settings, Provenance) {
    Settings::load(sources).unwrap_or_else(|errors| panic!("{errors}"))
}

fn refused(sources: &Sources) -> Diagnostics {
    match Settings::load(sources) {
        Ok(_) => panic!("accepted"),
        Err(errors) => errors,
    }
}

fn env(name: &str, value: &str) -> [(String, String); 1] {
    [(name.to_owned(), value.to_owned())]
}

#[test]
fn defaults_are_those_of_the_libraries() {
    let (settings, _) = loaded(&Sources::new("."));
    // An instance is for real money: every control is closed, as the library closes it.
    let mut usual = EngineConfig {
        limits: RiskLimits::live(),
        ..EngineConfig::default()
    };
    usual.topic.price.reference_age_max = Duration::from_secs(3);
    assert_eq!(settings.engine_config(), usual);
    assert_eq!(settings.risk_limits(), RiskLimits::live());
    settings.risk_limits().within_ceiling().unwrap();
    assert_eq!(settings.venue_config(), VenueConfig::default());
    let (election, direction, quoter) = (
        Election::default(),
        PriceDirection::default(),
        Quoter::default(),
    );
    assert!((settings.election.edge_min.to_f64() - election.edge_min).abs() < 1e-12);
    assert!((settings.election.spread_max.to_f64() - election.spread_max).abs() < 1e-12);
    assert!((settings.price_direction.edge_min.to_f64() - direction.edge_min).abs() < 1e-12);
    assert_eq!(settings.price_direction.blackout, direction.blackout);
    assert!((settings.quoter.margin.to_f64() - quoter.margin).abs() < 1e-12);
}

#[test]
fn later_sources_win_and_are_named() {
    let base =
        from("[risk]\nmax_gross = \"50%\"\nmax_drawdown = \"9%\"\nmax_daily_loss = \"2%\"\n");
    let second = format!("{HEAD}[risk]\nmax_drawdown = \"8%\"\nmax_daily_loss = \"1.9%\"\n");
    let sources = base
        .text("night.toml", &second, Path::new("/files"))
        .env(env("QUORATE__RISK__MAX_DAILY_LOSS", "1.8%"))
        .env(env("QUORATE__RISK__MAX_LOSS_STREAK", "5"))
        .set(["risk.max_loss_streak=4".to_owned()]);
    let (settings, provenance) = loaded(&sources);
    let origin = |path: &str| provenance.entry(path).unwrap().origin.clone();
    assert_eq!(settings.risk.max_gross.ppm(), 500_000);
    assert_eq!(settings.risk.max_drawdown.ppm(), 80_000);
    assert_eq!(settings.risk.max_daily_loss.ppm(), 18_000);
    assert_eq!(settings.risk.max_loss_streak, 4);
    assert_eq!(origin("risk.max_gross").to_string(), "quorate.toml:3:1");
    assert_eq!(origin("risk.max_drawdown").to_string(), "night.toml:3:1");
    let name = "QUORATE__RISK__MAX_DAILY_LOSS".to_owned();
    assert_eq!(origin("risk.max_daily_loss"), Origin::Env(name));
    assert_eq!(origin("risk.max_loss_streak"), Origin::Flag);
    assert_eq!(origin("risk.max_volume_share"), Origin::Default);
}

#[test]
fn a_good_later_value_does_not_excuse_a_wrong_earlier_type_elsewhere() {
    let sources = from("[risk]\nmax_gross = 5\n[data]\nseed = -1\n").set(["nonsense".to_owned()]);
    let errors = refused(&sources);
    let places: Vec<String> = errors.iter().map(Diagnostic::one_line).collect();
    assert_eq!(places.len(), 3, "{places:?}");
    assert!(
        places[0].starts_with("quorate.toml:3:13: risk.max_gross = 5 is an integer"),
        "{places:?}"
    );
    assert!(
        places[1].starts_with("quorate.toml:5:8: data.seed = -1 is negative"),
        "{places:?}"
    );
    assert!(places[2].starts_with("--set "), "{places:?}");
}

#[test]
fn environment_and_flags_are_named_and_met_with_the_nearest() {
    let sources = from("")
        .env(env("QUORATE__RISK__MAX_DRAWDWN", "5%"))
        .env(env("QUORATE__TOPICS__A__KIND", "price"))
        .env(env("QUORATE__DATA__SEED", "many"))
        .env(env("QUORATE_DATA", "not ours"))
        .set([
            "risk.max_gross=fifty".to_owned(),
            "risk_aversion=3".to_owned(),
        ]);
    let errors = refused(&sources);
    let text = errors.to_string();
    assert_eq!(errors.len(), 5, "{text}");
    for part in [
        "environment variable QUORATE__RISK__MAX_DRAWDWN",
        "did you mean `QUORATE__RISK__MAX_DRAWDOWN`?",
        "topics and workers cannot be set by environment variables",
        "data.seed = \"many\" is a string",
        "--> --set risk.max_gross",
        "did you mean `loop.risk_aversion`?",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn items_of_two_files_are_merged_by_name() {
    let topic = "[[topics]]\nname = \"a\"\nkind = \"probability\"\nblend_weight = 0.2\n";
    let more = format!(
        "{HEAD}[[topics]]\nname = \"a\"\nblend_weight = 0.1\n[[topics]]\nname = \"b\"\nkind = \"price\"\nscheme = \"median\"\n"
    );
    let sources = from(topic)
        .text("more.toml", &more, Path::new("."))
        .set(["topics.b.trade=false".to_owned()]);
    let (settings, provenance) = loaded(&sources);
    assert_eq!(settings.topics.len(), 2);
    assert!((settings.topics[0].blend_weight.unwrap().get() - 0.1).abs() < 1e-12);
    let origin = provenance
        .entry("topics.a.blend_weight")
        .unwrap()
        .origin
        .to_string();
    assert_eq!(origin, "more.toml:4:1");
    assert!(!settings.topics[1].trade);
}

#[test]
fn paths_start_where_they_were_written() {
    let sources = from("[data]\nsource = \"tape\"\ntape = \"records\"\n[account]\nkeystore = \"/keys/main.json\"\n")
        .set(["account.password_source=file:pw".to_owned()]);
    let (settings, _) = loaded(&sources);
    assert_eq!(
        settings.data.tape.unwrap().as_path(),
        Path::new("/files/records")
    );
    assert_eq!(
        settings.account.keystore.unwrap().as_path(),
        Path::new("/keys/main.json")
    );
    assert_eq!(
        settings.account.password_source.file(),
        Some(Path::new("/instance/pw"))
    );
}

#[test]
fn a_contradiction_points_at_both_lines() {
    let errors = refused(&from(
        "[risk]\nmax_drawdown = \"3%\"\nmax_daily_loss = \"4%\"\n",
    ));
    let error = errors.iter().next().unwrap();
    assert_eq!((error.line, error.column), (Some(4), Some(18)));
    let related = error.related.as_ref().unwrap();
    assert_eq!((related.line, related.column), (3, 1));
}

#[test]
fn ceilings_hold_for_every_source() {
    if IS_UNLOCKED {
        return;
    }
    let sources = from("[risk]\nmax_drawdown = \"26%\"\n")
        .env(env("QUORATE__RISK__MAX_DAILY_LOSS", "11%"))
        .set(["loop.risk_aversion=1.5".to_owned()]);
    let text = refused(&sources).to_string();
    assert_eq!(text.matches("error:").count(), 3, "{text}");
    assert!(
        text.contains("above the compiled ceiling \"25%\""),
        "{text}"
    );
    assert!(text.contains("below the compiled floor 2"), "{text}");
}

#[test]
fn limits_and_topics_reach_the_engine() {
    let text = "[loop]\nrisk_aversion = 6.5\nopportunity_rate = \"4%\"\n\
        [risk]\nmax_loss_per_market = \"1.25%\"\nmax_open_orders = 7\n\
        [[topics]]\nname = \"a\"\nkind = \"probability\"\nscheme = \"trimmed\"\ntrim = \"10%\"\nbook_age_max = \"5s\"\n\
        [[topics]]\nname = \"b\"\nkind = \"probability\"\nblend_weight = 1\n";
    let (settings, _) = loaded(&from(text));
    let numbers = [("a".to_owned(), TopicId(4))].into_iter().collect();
    let config = settings.engine_config_for(&numbers);
    assert!((config.risk_aversion - 6.5).abs() < 1e-12);
    assert!((config.opportunity_rate - 0.04).abs() < 1e-12);
    assert_eq!(config.limits.market_loss_ppm, 12_500);
    assert_eq!(config.limits.open_orders_max, 7);
    assert_eq!(config.topics.len(), 1);
    let topic = &config.topics[&TopicId(4)];
    assert_eq!(topic.scheme, SchemeSpec::Trimmed { trim: 0.1 });
    assert_eq!(topic.book_age_max, Duration::from_secs(5));
    let other = &settings.topic_configs()["b"];
    assert_eq!(other.scheme, SchemeSpec::LogitMean { extremise: 1.0 });
    assert!((other.blend_weight - 1.0).abs() < 1e-12);
}

#[test]
fn topics_get_their_strategies() {
    let topic = |name: &str, rest: &str| {
        format!("[[topics]]\nname = \"{name}\"\nkind = \"probability\"\n{rest}")
    };
    let text = topic("a", "") + &topic("b", "strategy = \"quoter\"\n");
    let (settings, _) = loaded(&from(&text));
    let specs = settings.strategies();
    assert_eq!(settings.strategy.default, StrategyName::Election);
    assert_eq!(specs.len(), 2);
    assert_eq!(specs[0].topics, Some(vec!["b".to_owned()]));
    assert!(matches!(specs[0].kind, StrategyKind::Quoter(_)));
    assert_eq!(specs[1].topics, None);
    let text = text + &topic("c", "trade = false\n");
    let specs = loaded(&from(&text)).0.strategies();
    let named: Vec<_> = specs.into_iter().map(|spec| spec.topics.unwrap()).collect();
    assert_eq!(named, [vec!["a".to_owned()], vec!["b".to_owned()]]);
}

#[test]
fn the_least_edge_of_the_limits_holds_for_every_strategy() {
    let (settings, _) = loaded(&from("[risk]\nmin_edge = \"4c\"\n"));
    match settings.strategies()[0].kind {
        StrategyKind::Election(election) => assert!((election.edge_min - 0.04).abs() < 1e-12),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_worker_keeps_what_it_was_told() {
    let text = "[[topics]]\nname = \"a\"\nkind = \"probability\"\n[[workers]]\nname = \"w\"\nkind = \"command\"\n\
        topics = \"a\"\ncommand = \"./m\"\nargs = [\"-v\"]\nenv = { K = \"file:k\", MODE = \"fast\" }\n\
        parameters = { n = 3, x = 0.5, on = true }\n";
    let (settings, provenance) = loaded(&from(text));
    let worker = &settings.workers[0];
    assert_eq!(worker.kind, WorkerKind::Command);
    assert_eq!(worker.topics[0].as_str(), "a");
    assert_eq!(worker.parameters.as_ref().unwrap().0.len(), 3);
    let shown = &provenance.entry("workers.w.env").unwrap().shown;
    assert!(
        shown.contains("file:k") && !shown.contains("fast"),
        "{shown}"
    );
}

#[test]
fn secrets_are_read_where_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pw");
    std::fs::write(&path, "correct horse\n").unwrap();
    let text = format!("{HEAD}[account]\npassword_source = \"file:pw\"\n");
    let sources = Sources::new(".").text("quorate.toml", &text, folder.path());
    let (settings, _) = loaded(&sources);
    let secret = settings
        .account
        .password_source
        .read()
        .map_err(|e| e.to_string());
    assert_eq!(
        secret.map(|secret| secret.expose().clone()),
        Ok("correct horse".to_owned())
    );
    let asked = SecretRef::Prompt.read().err().unwrap();
    assert_eq!(asked.iter().next().unwrap().code, "secret-unreadable");
    std::fs::write(&path, "\n").unwrap();
    assert!(settings.account.password_source.read().is_err());
}

#[cfg(unix)]
#[test]
fn secret_files_that_others_can_read_are_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pw");
    std::fs::write(&path, "x").unwrap();
    let text = format!("{HEAD}[account]\npassword_source = \"file:pw\"\n");
    let sources = Sources::new(".").text("quorate.toml", &text, folder.path());
    let codes = |mode: u32| -> Vec<&'static str> {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let (_, provenance) = loaded(&sources);
        provenance
            .warnings()
            .iter()
            .map(|warning| warning.code)
            .collect()
    };
    assert_eq!(codes(0o644), ["secret-file-mode"]);
    assert!(codes(0o600).is_empty());
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    assert_eq!(codes(0o600), ["secret-file-in-git"]);
}

#[test]
fn a_secret_in_a_variable_or_flag_is_not_repeated() {
    let key = "4f".repeat(32);
    let sources = from("").env(env("QUORATE__ACCOUNT__KEYSTORE", &key)).set([
        format!("account.password_source={key}"),
        format!("account.private_key={key}"),
        format!("{key}=1"),
    ]);
    let errors = refused(&sources);
    let text = format!("{errors}{}", serde_json::to_string(&errors).unwrap());
    assert!(errors.len() >= 4, "{text}");
    assert!(!text.contains(&key), "{text}");
}

#[test]
fn the_fingerprint_follows_the_values_only() {
    let print = |sources: &Sources| loaded(sources).1.fingerprint();
    let plain = print(&from(""));
    assert_eq!(plain, print(&from("[data]\nseed = 1\n")));
    assert_ne!(plain, print(&from("[data]\nseed = 2\n")));
    assert_eq!(plain.len(), 64);
}

#[test]
fn a_password_without_quotes_is_not_repeated() {
    for line in [
        "password = hunter2",
        "[account]\npassword_source = hunter2",
        "account.password_source = hunter2\n",
        "[account]\npassword = \"hunter2",
        "[[workers]]\ntoken = hunter2 x",
    ] {
        let errors = refused(&from(line));
        let text = format!("{errors}{}", serde_json::to_string(&errors).unwrap());
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn hostile_texts_are_refused_without_a_panic() {
    let deep = format!("x = {}{}", "[".repeat(5000), "]".repeat(5000));
    let many = "[[topics]]\n".repeat(2000);
    let wide = format!(
        "[data]\nsource = \"tape\"\ntape = \"{}\"\n",
        "a".repeat(1_000_000)
    );
    for text in [
        deep.as_str(),
        many.as_str(),
        wide.as_str(),
        "\u{feff}mode = \"paper\"",
        "\0",
        "[risk.max_drawdown]\nx = 1\n",
        "topics = [1, 2]\n",
        "workers = { a = 1 }\n",
        "[account]\nname = \"\u{202e}evil\"\n",
        "\"\" = 1\n",
        "[\"\"]\nmode = 1\n",
    ] {
        assert!(!refused(&from(text)).is_empty());
    }
}

#[test]
fn an_instance_is_a_folder_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, _) = loaded(&Sources::of_instance(folder.path()).unwrap());
    assert_eq!(settings.account.name.as_str(), "main");
    let path = folder.path().join("quorate.toml");
    std::fs::write(&path, "config_version = 1\n[account]\nname = \"night\"\n").unwrap();
    let (settings, _) = loaded(&Sources::of_instance(folder.path()).unwrap());
    assert_eq!(settings.account.name.as_str(), "night");
    assert!(Settings::check_file(&path).is_ok());
    std::fs::write(&path, "config_version = 2\n").unwrap();
    assert!(Settings::check_file(&path).is_err());
    let gone = Settings::check_file(&folder.path().join("none.toml")).unwrap_err();
    assert_eq!(gone.exit_class().code(), 4);
}

#[test]
fn flags_reach_items_and_lists_as_they_would_be_written() {
    let text = "[[topics]]\nname = \"a\"\nkind = \"probability\"\n[[workers]]\nname = \"w\"\nkind = \"command\"\n\
        topics = \"a\"\ncommand = \"./m\"\n";
    let flags = [
        "workers.w.args=[\"-v\", \"-x\"]",
        "workers.w.timeout=3s",
        "topics.a.blend_weight=25%",
        "data.speed=max",
        "data.source='sample'",
    ];
    let (settings, _) = loaded(&from(text).set(flags.map(str::to_owned)));
    assert_eq!(
        settings.workers[0]
            .args
            .as_deref()
            .unwrap_or_default()
            .len(),
        2
    );
    assert_eq!(settings.workers[0].timeout, Some(Duration::from_secs(3)));
    assert!((settings.topics[0].blend_weight.unwrap().get() - 0.25).abs() < 1e-12);
    for flag in [
        "topics.b.trade=false",
        "topics.a.name=b",
        "topics.a=1",
        "=1",
        ".",
    ] {
        let sources = from(text).set([flag.to_owned()]);
        assert_eq!(refused(&sources).len(), 1, "{flag}");
    }
}
