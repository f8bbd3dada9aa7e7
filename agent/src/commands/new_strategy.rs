//! `quorate new-strategy`: a crate with a strategy of one's own.

use std::fs;
use std::path::{Path, PathBuf};

use super::shell_word;
use super::sweep_args::NewStrategyArgs;
use crate::console::{Console, Form};
use crate::failure::{EXIT_NOT_FOUND, Failure};
use crate::results::write_file;

/// The files of a new crate: where they go, and what they say before names are filled in.
const FILES: [(&str, &str); 6] = [
    (
        "Cargo.toml",
        include_str!("../../../strategies/template/Cargo.toml.in"),
    ),
    (
        "src/lib.rs",
        include_str!("../../../strategies/template/src/lib.rs.in"),
    ),
    (
        "src/main.rs",
        include_str!("../../../strategies/template/src/main.rs.in"),
    ),
    (
        "tests/strategy.rs",
        include_str!("../../../strategies/template/src/tests.rs.in"),
    ),
    (
        "run.toml",
        include_str!("../../../strategies/template/run.toml.in"),
    ),
    (
        "README.md",
        include_str!("../../../strategies/template/README.md.in"),
    ),
];

pub(super) fn run(args: &NewStrategyArgs, console: &Console) -> Result<(), Failure> {
    if !is_name(&args.name) {
        return Err(Failure::usage(
            "bad-name",
            format!(
                "{:?} is no name of a crate: use lower-case letters, digits and dashes, a letter first",
                args.name
            ),
        ));
    }
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(&args.name));
    if fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::refuses_folder(
            &folder,
            "the folder is not empty",
            "give another one with --out",
        ));
    }
    let source = args.quorate.as_deref().map(repository).transpose()?;
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Failure::cannot_write(parent, &error))?;
        }
        write_file(&path, &filled(text, &args.name, source.as_deref()))?;
    }
    if let Some(source) = &source {
        copy_lock(source, &folder)?;
    }
    console.result(&match console.form() {
        Form::Text => format!("{}\n", folder.display()),
        Form::Json => format!(
            "{}\n",
            serde_json::json!({ "folder": folder.display().to_string() })
        ),
    })?;
    console.next(&format!("cd {} && cargo run -- paper", shell_word(&folder)));
    Ok(())
}

/// A name that cargo, the file system and Rust all accept.
fn is_name(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase();
    let rest = |c: char| letter(c) || c.is_ascii_digit() || c == '-';
    name.len() <= 64
        && name.starts_with(letter)
        && name.chars().all(rest)
        && !name.ends_with('-')
        && !name.contains("--")
        && !RESERVED.contains(&name)
}

/// Words that are no names of crates.
const RESERVED: [&str; 14] = [
    "test", "core", "std", "alloc", "self", "super", "crate", "fn", "use", "mod", "type", "impl",
    "match", "move",
];

/// The copy of our source, as an absolute path.
fn repository(given: &Path) -> Result<PathBuf, Failure> {
    let absolute = given.canonicalize().ok();
    let ours = |path: &PathBuf| path.join("core/engine/Cargo.toml").is_file();
    absolute.filter(ours).ok_or_else(|| {
        Failure::state_hint(
            "no-source",
            EXIT_NOT_FOUND,
            format!("{} is no copy of Quorate's source", given.display()),
            "give the folder that has core/engine in it",
        )
    })
}

/// The versions that the source was tested with: a build then needs no network if these are at hand.
fn copy_lock(source: &Path, folder: &Path) -> Result<(), Failure> {
    let lock = source.join("Cargo.lock");
    match fs::read_to_string(&lock) {
        Ok(text) => write_file(&folder.join("Cargo.lock"), &text),
        Err(_) => Ok(()),
    }
}

fn filled(text: &str, name: &str, source: Option<&Path>) -> String {
    let mut text = text
        .replace("{{name}}", name)
        .replace("{{crate}}", &name.replace('-', "_"))
        .replace("{{type}}", &type_name(name));
    for part in ["core/domain", "core/engine", "backtest"] {
        let from = match source {
            // A literal string would end at an apostrophe; a basic one escapes everything.
            Some(source) => format!("path = {:?}", source.join(part).display().to_string()),
            None => format!("git = {:?}", env!("CARGO_PKG_REPOSITORY")),
        };
        text = text.replace(&format!("{{{{source:{part}}}}}"), &from);
    }
    text
}

/// `calm-seas` as the name of a type: `CalmSeas`.
fn type_name(name: &str) -> String {
    let capitalised = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(capitalised).collect()
}

#[cfg(test)]
mod tests {
    use super::{filled, is_name, type_name};

    #[test]
    fn names_are_those_that_cargo_and_rust_accept() {
        for good in ["a", "calm-seas", "edge2"] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "", "Edge", "2edge", "-a", "a-", "a--b", "../a", "a_b", "fn", "ü",
        ] {
            assert!(!is_name(bad), "{bad}");
        }
        assert_eq!(type_name("calm-seas-2"), "CalmSeas2");
    }

    #[test]
    fn no_placeholder_is_left_in_any_file() {
        for (name, text) in super::FILES {
            let text = filled(text, "calm-seas", None);
            assert!(!text.contains("{{"), "{name}: {text}");
        }
    }
}
