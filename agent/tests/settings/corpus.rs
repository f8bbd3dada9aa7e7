//! Hundreds of wrong settings: each is refused at exactly the right place, nearly all with a hint, none with a panic.

use std::path::{Path, PathBuf};

use crate::common::{Case, Seeded, generate, hex_key};
use quorate_agent::settings::{IS_UNLOCKED, Settings, Sources, template};
use quorate_backtest::input::Diagnostics;

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/bad-config/cases.toml")
}

fn table(cases: &[Case]) -> String {
    let mut text = String::from(
        "# Wrong settings, one mistake each: where it is, counted from 1, and a part of the message.\n\
         # Written by the test `the_corpus_is_what_the_generator_makes`; run it with QUORATE_BLESS=1.\n",
    );
    for case in cases {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        text.push_str(&format!(
            "\n[[case]]\nname = {}\nbody = {}\nline = {}\ncolumn = {}\nmessage = {}\n",
            quoted(&case.name),
            serde_json::to_string(&case.body).unwrap(),
            case.line,
            case.column,
            quoted(&case.message)
        ));
    }
    text
}

fn committed() -> Vec<Case> {
    let text = std::fs::read_to_string(file()).unwrap();
    let document: toml::Table = text.parse().unwrap();
    let number = |value: &toml::Value| usize::try_from(value.as_integer().unwrap()).unwrap();
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    document["case"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| Case {
            name: text(&case["name"]),
            body: text(&case["body"]),
            line: number(&case["line"]),
            column: number(&case["column"]),
            message: text(&case["message"]),
        })
        .collect()
}

fn load(text: &str) -> Result<Settings, Diagnostics> {
    let sources = Sources::new(".").text("quorate.toml", text, Path::new("."));
    Settings::load(&sources).map(|(settings, _)| settings)
}

#[test]
fn the_corpus_is_what_the_generator_makes() {
    let cases = generate();
    if std::env::var_os("QUORATE_BLESS").is_some() {
        std::fs::create_dir_all(file().parent().unwrap()).unwrap();
        std::fs::write(file(), table(&cases)).unwrap();
    }
    assert!(committed() == cases, "run this test with QUORATE_BLESS=1");
}

#[test]
fn every_case_is_refused_at_its_place() {
    let cases = committed();
    assert!(cases.len() >= 300, "{}", cases.len());
    let mut faults = Vec::new();
    let mut hinted = 0;
    for case in &cases {
        if IS_UNLOCKED && case.message.contains("compiled") {
            continue;
        }
        let Err(errors) = load(&case.body) else {
            faults.push(format!("{}: accepted\n{}", case.name, case.body));
            continue;
        };
        let found = errors.iter().find(|error| {
            let is_there = (error.line, error.column) == (Some(case.line), Some(case.column));
            is_there && error.message.contains(&case.message)
        });
        match found {
            Some(error) => hinted += usize::from(error.hint.is_some()),
            None => faults.push(format!(
                "{}: wanted {}:{} {}\n{}\n{errors}",
                case.name, case.line, case.column, case.message, case.body
            )),
        }
        if errors.len() > 2 {
            faults.push(format!("{}: too many\n{errors}", case.name));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n---\n")
    );
    assert!(
        hinted * 100 >= cases.len() * 95,
        "{hinted} of {}",
        cases.len()
    );
}

#[test]
fn a_key_is_never_repeated_wherever_it_stands() {
    let mut seeded = Seeded::new(5);
    let key = hex_key(&mut seeded);
    let template = template();
    let lines: Vec<&str> = template.lines().collect();
    // Every seventh line: places differ by their section only.
    for at in (0..lines.len()).step_by(7) {
        for form in [
            format!("# {key}"),
            format!("private_key = \"{key}\""),
            format!("keystore = 0x{key}"),
            format!("{key} = 1"),
            key.clone(),
        ] {
            let mut text = lines[..at].join("\n");
            text.push_str(&format!("\n{form}\n"));
            text.push_str(&lines[at..].join("\n"));
            let errors = load(&text).unwrap_err();
            let shown = format!("{errors}{}", serde_json::to_string(&errors).unwrap());
            assert!(!shown.contains(&key), "{form}\n{shown}");
            assert!(
                shown.contains("looks like a private key"),
                "{form}\n{shown}"
            );
        }
    }
}

mod mutations {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

    use super::*;

    /// What a slip of the pen or a broken disk does to a text.
    #[derive(Clone, Debug)]
    enum Mutation {
        Delete(usize, usize),
        Insert(usize, String),
        Uncomment(usize),
        Cut(usize),
        Repeat(usize),
    }

    fn mutation() -> impl Strategy<Value = Mutation> {
        let place = 0_usize..40_000;
        prop_oneof![
            (place.clone(), 1_usize..30).prop_map(|(at, length)| Mutation::Delete(at, length)),
            (place.clone(), "[\\[\\]{}=\"'#%$.,a-z0-9\u{e9}\n -]{1,8}")
                .prop_map(|(at, text)| Mutation::Insert(at, text)),
            place.clone().prop_map(Mutation::Uncomment),
            place.clone().prop_map(Mutation::Cut),
            place.prop_map(Mutation::Repeat),
        ]
    }

    fn apply(text: &mut String, mutation: &Mutation) {
        let boundary = |text: &String, at: usize| {
            let mut at = at % (text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let line = |text: &String, at: usize| at % text.lines().count().max(1);
        match mutation {
            Mutation::Delete(at, length) => {
                let start = boundary(text, *at);
                let end = boundary(text, (start + length).min(text.len()));
                text.replace_range(start.min(end)..end.max(start), "");
            }
            Mutation::Insert(at, inserted) => {
                let at = boundary(text, *at);
                text.insert_str(at, inserted);
            }
            Mutation::Uncomment(at) => {
                let wanted = line(text, *at);
                let mut lines: Vec<&str> = text.lines().collect();
                if let Some(line) = lines.get_mut(wanted) {
                    *line = line.trim_start_matches(['#', ' ']);
                }
                *text = lines.join("\n");
            }
            Mutation::Cut(at) => {
                let at = boundary(text, *at);
                if at > text.len() / 2 {
                    text.truncate(at);
                }
            }
            Mutation::Repeat(at) => {
                let wanted = line(text, *at);
                let repeated = text.lines().nth(wanted).unwrap_or_default().to_owned();
                text.push_str(&format!("\n{repeated}\n"));
            }
        }
    }

    #[test]
    fn a_mutated_template_never_panics() {
        let config = Config {
            cases: 300,
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let several = proptest::collection::vec(mutation(), 1..12);
        let outcome = runner.run(&several, |mutations| {
            let mut text = template();
            for mutation in &mutations {
                apply(&mut text, mutation);
            }
            if let Err(errors) = load(&text) {
                prop_assert!(!errors.is_empty());
                for error in &errors {
                    prop_assert!(error.exit.code() == 3, "{error}");
                    prop_assert!(!error.to_string().is_empty());
                }
            }
            Ok(())
        });
        outcome.unwrap();
    }
}
