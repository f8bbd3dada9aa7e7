//! The project's own rules, as tests: direction of dependencies, purity of the core, configuration that parses, words
//! that do not belong, commands that exist.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// What each crate may depend on within the workspace, in normal builds.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let core = vec![
        "quorate-domain",
        "quorate-collective",
        "quorate-engine",
        "quorate-venue",
        "quorate-strategies",
    ];
    let mut everything = core.clone();
    everything.extend([
        "quorate-backtest",
        "quorate-allora",
        "quorate-local-venue",
        "quorate-polymarket",
        "quorate-prices",
        "quorate-workers",
    ]);
    BTreeMap::from([
        ("quorate-domain", vec![]),
        ("quorate-collective", vec!["quorate-domain"]),
        (
            "quorate-engine",
            vec!["quorate-domain", "quorate-collective"],
        ),
        ("quorate-venue", vec!["quorate-domain"]),
        (
            "quorate-strategies",
            vec!["quorate-domain", "quorate-engine"],
        ),
        ("quorate-backtest", core),
        ("quorate-allora", vec!["quorate-domain"]),
        ("quorate-polymarket", vec!["quorate-domain"]),
        ("quorate-prices", vec!["quorate-domain"]),
        ("quorate-workers", vec!["quorate-domain"]),
        (
            "quorate-local-venue",
            vec!["quorate-domain", "quorate-venue"],
        ),
        ("quorate", everything),
    ])
}

fn packages() -> Vec<cargo_metadata::Package> {
    let manifest = root().join("Cargo.toml");
    cargo_metadata::MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .unwrap()
        .packages
}

#[test]
fn dependencies_point_inwards() {
    let allowed = allowed();
    let mut faults = Vec::new();
    for package in packages() {
        let name = package.name.as_str();
        let Some(may) = allowed.get(name) else {
            faults.push(format!(
                "{name} is not in the table of this test: add it, and to ARCHITECTURE.md"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let ours = dependency.path.is_some();
            let normal = dependency.kind == cargo_metadata::DependencyKind::Normal;
            if ours && normal && !may.contains(&dependency.name.as_str()) {
                faults.push(format!("{name} must not depend on {}", dependency.name));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What nothing under `core/` or `strategies/` may use: async runtimes, clocks, logs, randomness, sockets, threads.
const IMPURE: [&str; 14] = [
    "tokio",
    "async-std",
    "reqwest",
    "hyper",
    "rand",
    "getrandom",
    "chrono",
    "jiff",
    "time",
    "tracing",
    "log",
    "csv",
    "alloy-primitives",
    "rayon",
];

#[test]
fn pure_crates_depend_on_nothing_impure() {
    for package in packages() {
        let folder = package
            .manifest_path
            .parent()
            .unwrap()
            .as_std_path()
            .to_path_buf();
        if !is_pure(&folder) {
            continue;
        }
        for dependency in &package.dependencies {
            let normal = dependency.kind == cargo_metadata::DependencyKind::Normal;
            let impure = IMPURE.contains(&dependency.name.as_str());
            assert!(
                !(normal && impure),
                "{} must not depend on {}",
                package.name,
                dependency.name
            );
        }
    }
}

fn is_pure(path: &Path) -> bool {
    let relative = path.strip_prefix(root()).unwrap_or(path);
    relative.starts_with("core") || relative.starts_with("strategies")
}

/// Files below a folder, build output excepted, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            match (
                path.is_dir(),
                ["target", ".git", "out"].contains(&name.as_str()),
            ) {
                (true, true) => {}
                (true, false) => folders.push(path),
                (false, _) => found.push(path),
            }
        }
    }
    found.sort();
    found
}

fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    files(folder)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .collect()
}

/// Lines of sources that contain one of the words outside comments, as `file:line: word`.
fn lines_with(sources: &[PathBuf], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in sources {
        let text = fs::read_to_string(path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            let hits = words.iter().filter(|word| code.contains(**word));
            found.extend(hits.map(|word| format!("{}:{}: {word}", path.display(), number + 1)));
        }
    }
    found
}

#[test]
fn pure_sources_name_no_standard_library() {
    let forbidden = [
        "extern crate std",
        "std::",
        "tokio",
        "println!",
        "eprintln!",
        "SystemTime",
        "Instant::now",
    ];
    let sources: Vec<PathBuf> = ["core", "strategies"]
        .iter()
        .flat_map(|folder| with_extension(&root().join(folder), "rs"))
        .filter(|path| path.components().any(|c| c.as_os_str() == "src"))
        .collect();
    let faults = lines_with(&sources, &forbidden);
    assert!(20 < sources.len() && faults.is_empty(), "{faults:#?}");
}

#[test]
fn pure_crates_are_no_std() {
    for folder in [
        "core/domain",
        "core/collective",
        "core/engine",
        "core/venue",
        "strategies",
    ] {
        let text = fs::read_to_string(root().join(folder).join("src/lib.rs")).unwrap();
        assert!(
            text.lines().any(|line| line == "#![no_std]"),
            "{folder} is not #![no_std]"
        );
    }
}

/// Mapping a file into memory is the one thing that cannot be said in safe Rust.
#[test]
fn unsafe_code_is_in_one_file_at_most() {
    let sources = with_extension(&root(), "rs").into_iter();
    let places: Vec<PathBuf> = sources
        .filter(|path| !path.ends_with("tests/tidy.rs"))
        .filter(|path| fs::read_to_string(path).unwrap().contains("unsafe_code"))
        .collect();
    let expected = root().join("backtest/src/archive/map.rs");
    assert!(
        places.iter().all(|path| *path == expected),
        "{places:#?}: only {} may",
        expected.display()
    );
}

#[test]
fn the_engine_is_called_from_one_place() {
    let callers: BTreeSet<PathBuf> = ["backtest/src", "agent/src"]
        .iter()
        .flat_map(|folder| with_extension(&root().join(folder), "rs"))
        .filter(|path| fs::read_to_string(path).unwrap().contains("engine.handle("))
        .map(|path| path.strip_prefix(root()).unwrap().to_path_buf())
        .collect();
    assert_eq!(
        callers,
        BTreeSet::from([PathBuf::from("backtest/src/replay/session.rs")])
    );
}

#[test]
fn sources_have_no_leftovers() {
    // Spelled in parts, so that this file does not find itself.
    let words = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
        ["unimple", "mented!"].concat(),
    ];
    let mut faults = Vec::new();
    for path in with_extension(&root(), "rs") {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                faults.push(format!(
                    "{}:{}: {}",
                    path.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_configuration_sample_passes_its_check() {
    let samples = with_extension(&root().join("config"), "toml");
    assert!(!samples.is_empty());
    let output = quorate()
        .args(["config", "check"])
        .args(&samples)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn quorate() -> Command {
    Command::new(env!("CARGO_BIN_EXE_quorate"))
}

/// The verbs of `quorate VERB ...` and `cargo run ... -- VERB ...` in the README.
fn verbs(readme: &str) -> BTreeSet<&str> {
    readme
        .lines()
        .map(str::trim)
        .filter_map(|line| {
            let own = line.strip_prefix("quorate ");
            let built = line
                .strip_prefix("cargo run ")
                .and_then(|rest| rest.split(" -- ").nth(1));
            own.or(built)?.split_whitespace().next()
        })
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect()
}

#[test]
fn commands_in_the_readme_exist() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let verbs = verbs(&readme);
    assert!(
        verbs.contains("paper"),
        "the README's first command is gone: {verbs:?}"
    );
    for verb in verbs {
        let output = quorate().args([verb, "--help"]).output().unwrap();
        assert!(
            output.status.success(),
            "README names `quorate {verb}`, which does not exist"
        );
    }
}

#[test]
fn the_ci_script_runs_the_test_command_of_the_readme() {
    let command = "cargo test --workspace";
    for file in ["README.md", ".ci/run"] {
        assert!(
            fs::read_to_string(root().join(file))
                .unwrap()
                .contains(command),
            "{file} lacks `{command}`"
        );
    }
}

#[test]
fn the_architecture_page_lists_every_crate() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in allowed().keys() {
        assert!(
            page.contains(name),
            "ARCHITECTURE.md does not mention {name}"
        );
    }
}

#[test]
fn test_data_are_only_what_may_be_shipped() {
    let folder = root().join("testdata/vectors");
    for path in files(&folder) {
        let relative = path.strip_prefix(&folder).unwrap();
        let shipped = ["sizing", "polymarket", "vault", "collective/sequences"];
        assert!(
            shipped.iter().any(|f| relative.starts_with(f)),
            "{} may not be shipped",
            relative.display()
        );
    }
}

#[test]
fn every_key_of_the_settings_is_read_by_something() {
    let settings = root().join("agent/src/settings");
    let keys = with_extension(&settings.join("keys"), "rs");
    let declared = keys.iter().flat_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        let names = text.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("        ")?.split_once(": ")?;
            let is_key =
                name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && rest.ends_with(';');
            is_key.then(|| name.to_owned())
        });
        names.collect::<Vec<_>>()
    });
    let mut used = String::new();
    for path in with_extension(&root().join("agent/src"), "rs") {
        let in_settings = path.starts_with(&settings);
        let is_conversion = path.ends_with("to_engine.rs") || path.ends_with("settings/mod.rs");
        if !in_settings || is_conversion {
            used.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    let idle: Vec<String> = declared
        .filter(|key| key != "config_version")
        .filter(|key| !used.contains(&format!(".{key}")))
        .collect();
    assert!(
        idle.is_empty(),
        "nothing reads {idle:?}: a setting without effect is a lie"
    );
}
