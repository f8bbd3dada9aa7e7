//! `quorate workers add`: a [[workers]] table at the end of `quorate.toml`. Nothing else of the file is touched, and
//! nothing is written that the settings would refuse.

use std::fs;

use quorate_backtest::replay::recorder::hex;
use sha2::{Digest, Sha256};

use super::toml_text::Item;
use crate::commands::collective_args::{AddedKind, PlaceArgs, WorkerAddArgs};
use crate::commands::leaderboard::no_topic;
use crate::commands::operate::answer;
use crate::commands::shell_word;
use crate::commands::topics::{Known, World, kind_word, no_settings};
use crate::console::Console;
use crate::failure::{EXIT_CONFIG, Failure};
use crate::results::write_file;
use crate::runtime::contact::fresh_token;
use crate::runtime::instance::Folder;
use crate::settings::{Settings, Sources};

pub(super) fn run(args: &WorkerAddArgs, console: &Console) -> Result<(), Failure> {
    let place = PlaceArgs {
        instance: args.instance.clone(),
        ..PlaceArgs::default()
    };
    let known = Known::of(&place)?;
    let Some(told) = known
        .told
        .as_ref()
        .filter(|_| known.folder.settings().exists())
    else {
        return Err(no_settings(&known.folder));
    };
    only_own_flags(args)?;
    if told
        .settings
        .workers
        .iter()
        .any(|worker| worker.name.as_str() == args.name)
    {
        let message = format!("there is a worker named `{}` already", args.name);
        let hint = "give another name, or edit its table in quorate.toml";
        return Err(Failure::state_hint(
            "worker-exists",
            EXIT_CONFIG,
            message,
            hint,
        ));
    }
    let token =
        match args.kind {
            AddedKind::Push => Some(fresh_token().map_err(|error| {
                Failure::internal(format!("no random bytes for a token: {error}"))
            })?),
            _ => None,
        };
    let (topics, brought) = missing_topics(&known, &told.settings, &args.topic)?;
    let added = topics + &worker_text(args, token.as_deref());
    append(&known.folder, &added)?;
    report(args, &known.folder, &brought, token.as_deref(), console)
}

/// Flags of another kind would be keys that the settings refuse: the command line says it better.
fn only_own_flags(args: &WorkerAddArgs) -> Result<(), Failure> {
    let given = [
        ("--url", AddedKind::Http, args.url.is_some()),
        ("--path", AddedKind::Csv, args.path.is_some()),
        ("--command", AddedKind::Command, args.command.is_some()),
    ];
    let alien = given
        .into_iter()
        .find(|(_, kind, is_given)| *is_given && *kind != args.kind);
    match alien {
        None => Ok(()),
        Some((flag, kind, _)) => {
            let kind = format!("{kind:?}").to_lowercase();
            let message = format!("{flag} is for workers of --kind {kind}");
            Err(Failure::usage("wrong-flag", message))
        }
    }
}

/// The [[topics]] that must be added so that the worker's topics exist, and their names.
fn missing_topics(
    known: &Known,
    settings: &Settings,
    wanted: &[String],
) -> Result<(String, Vec<String>), Failure> {
    let told: Vec<&str> = settings
        .topics
        .iter()
        .map(|topic| topic.name.as_str())
        .collect();
    let missing: Vec<&String> = wanted
        .iter()
        .filter(|name| !told.contains(&name.as_str()))
        .collect();
    let (mut text, mut names) = (String::new(), Vec::new());
    if missing.is_empty() {
        return Ok((text, names));
    }
    let world = World::of(known)?.unwrap_or_default();
    for name in missing {
        let all = told
            .iter()
            .copied()
            .chain(world.topics.keys().map(String::as_str));
        let (_, predicts) = world.topics.get(name).ok_or_else(|| no_topic(name, all))?;
        // On a tape labels are questions of a topic of probabilities, and need no names.
        let kind = match kind_word(*predicts) {
            "labels" => "probability",
            other => other,
        };
        // The usual scheme is one for probabilities.
        let scheme = predicts.is_priced().then_some("price_experts");
        text += &Item::of("topics")
            .text("name", name)
            .text("kind", kind)
            .text_if("scheme", scheme)
            .into_text();
        names.push(name.clone());
    }
    Ok((text, names))
}

fn worker_text(args: &WorkerAddArgs, token: Option<&str>) -> String {
    let kind = match args.kind {
        AddedKind::Push => "push",
        AddedKind::Http => "http",
        AddedKind::Csv => "csv",
        AddedKind::Command => "command",
    };
    let digest = token.map(|token| format!("sha256:{}", hex(&Sha256::digest(token.as_bytes()))));
    let item = Item::of("workers")
        .text("name", &args.name)
        .text("kind", kind)
        .list("topics", &args.topic)
        .text_if("url", args.url.as_deref())
        .text_if("path", args.path.as_deref())
        .text_if("command", args.command.as_deref());
    let item = match args.arg.is_empty() {
        true => item,
        false => item.list("args", &args.arg),
    };
    item.text_if("token", digest.as_deref())
        .text_if("family", args.family.as_deref())
        .into_text()
}

/// Checks the file with the addition, then replaces it as a whole.
fn append(folder: &Folder, added: &str) -> Result<(), Failure> {
    let path = folder.settings();
    let old = fs::read_to_string(&path).map_err(|error| {
        let message = format!("{} cannot be read: {error}", path.display());
        Failure::state("cannot-read", EXIT_CONFIG, message)
    })?;
    let ends = if old.is_empty() || old.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let text = format!("{old}{ends}{added}");
    let sources =
        Sources::new(folder.root()).text(&path.display().to_string(), &text, folder.root());
    Settings::load(&sources)?;
    let permissions = fs::metadata(&path).map(|meta| meta.permissions());
    write_file(&path, &text)?;
    // Whoever narrowed the file meant it.
    permissions
        .and_then(|permissions| fs::set_permissions(&path, permissions))
        .map_err(|error| Failure::cannot_write(&path, &error))
}

fn report(
    args: &WorkerAddArgs,
    folder: &Folder,
    brought: &[String],
    token: Option<&str>,
    console: &Console,
) -> Result<(), Failure> {
    let file = folder.settings();
    let json = serde_json::json!({
        "worker": args.name,
        "file": file.display().to_string(),
        "topics_added": brought,
        "token": token,
    });
    answer(console, &json, || {
        let mut lines = vec![format!(
            "added the worker {} to {}",
            args.name,
            file.display()
        )];
        lines.extend(brought.iter().map(|name| format!("added the topic {name}")));
        if let Some(token) = token {
            lines.push("its token, shown this once; the file has only its digest:".to_owned());
            lines.push(format!("export QUORATE_TOKEN={token}"));
        }
        lines.join("\n")
    })?;
    if folder.has_journal() {
        console.note("a running instance takes it up at its next start");
    }
    let folder = shell_word(folder.root());
    console.next(&format!("quorate workers test {} -C {folder}", args.name));
    Ok(())
}
