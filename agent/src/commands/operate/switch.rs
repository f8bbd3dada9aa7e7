//! `quorate kill`, `resume`, `halt` and `stop`.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;

use super::status::running;
use super::{answer, folder};
use crate::args::{HaltArgs, InstanceArgs, KillArgs, ScopeArgs};
use crate::console::Console;
use crate::failure::{
    EXIT_CONFIG, EXIT_INTERNAL, EXIT_NOT_FOUND, EXIT_NOT_RUNNING, EXIT_TIMEOUT, EXIT_USAGE, Failure,
};
use crate::runtime::contact::Contact;
use crate::runtime::control::{KillRequest, ScopeRequest};
use crate::runtime::instance::Folder;
use crate::runtime::kill_switch::{KillModeWord, KillOrder, KillSwitch, write_order};

/// Writes the kill file first, so that the stop holds whatever the process does, then tells the process.
pub(super) fn kill(args: &KillArgs, console: &Console) -> Result<(), Failure> {
    let folder = instance(&args.instance)?;
    let order = KillOrder {
        mode: args.mode(),
        reason: args.reason.clone().unwrap_or_default(),
        at: jiff::Timestamp::now().to_string(),
    };
    let began = Instant::now();
    let file = KillSwitch::of(folder.root()).file().to_owned();
    // A full disk or a folder that takes nothing must not keep the process from being told.
    let written = write_order(&file, &order);
    let request = KillRequest {
        mode: order.mode,
        reason: order.reason,
    };
    let told = tell(
        &folder,
        "kill",
        &request,
        Duration::from_millis(args.timeout_ms),
    );
    if let Err(error) = written {
        return Err(not_lasting(&file, &error, &told));
    }
    let said = match &told {
        Told::Taken(answer) => format!(
            "the process took it up after {} ms (entry {})",
            began.elapsed().as_millis(),
            answer["seq"]
        ),
        Told::NobodyRuns => "no process runs; the next one starts stopped".to_owned(),
        Told::Refused(_, why) | Told::Failed(why) => {
            format!(
                "the process does not answer ({why}); the kill file stops it and its watchdog sends nothing more"
            )
        }
    };
    let json = json!({ "killed": true, "file": file, "process": said });
    answer(console, &json, || {
        format!(
            "killed: {} is written; {said}\nit holds over restarts until `quorate resume`",
            file.display()
        )
    })
}

/// Ends a kill or a halt.
pub(super) fn resume(args: &ScopeArgs, console: &Console) -> Result<(), Failure> {
    let folder = instance(&args.instance)?;
    let request = request(args);
    let whole = request.market.is_none() && request.group.is_none() && request.topic.is_none();
    match tell(&folder, "resume", &request, Duration::from_secs(5)) {
        Told::Taken(said) => {
            let seq = &said["seq"];
            answer(console, &json!({ "resumed": true, "seq": seq }), || {
                format!("resumed (entry {seq})")
            })
        }
        Told::NobodyRuns if whole => {
            let switch = KillSwitch::of(folder.root());
            let was = switch.order().is_some();
            let file = switch.file().to_owned();
            switch
                .release()
                .map_err(|error| Failure::cannot_write(&file, &error))?;
            let resume = folder.resume();
            std::fs::write(&resume, "").map_err(|error| Failure::cannot_write(&resume, &error))?;
            answer(
                console,
                &json!({ "resumed": true, "was_killed": was }),
                || "no process runs; the next one starts trading".into(),
            )
        }
        Told::NobodyRuns => Err(not_running(&folder)),
        Told::Refused(exit, why) => Err(refused(exit, &why)),
        Told::Failed(why) => Err(unanswered(&why)),
    }
}

/// Stops a part.
pub(super) fn halt(args: &HaltArgs, console: &Console) -> Result<(), Failure> {
    let folder = instance(&args.scope.instance)?;
    match tell(
        &folder,
        "halt",
        &request(&args.scope),
        Duration::from_secs(5),
    ) {
        Told::Taken(said) => {
            let seq = &said["seq"];
            answer(console, &json!({ "halted": true, "seq": seq }), || {
                format!("halted (entry {seq}); `quorate resume` with the same words ends it")
            })
        }
        Told::NobodyRuns => Err(not_running(&folder)),
        Told::Refused(exit, why) => Err(refused(exit, &why)),
        Told::Failed(why) => Err(unanswered(&why)),
    }
}

/// Lets the process read its settings again: limits may be tightened while it runs, all of them or none.
pub(super) fn reload(args: &InstanceArgs, console: &Console) -> Result<(), Failure> {
    let folder = instance(args)?;
    match tell(&folder, "reload", &json!({}), Duration::from_secs(10)) {
        Told::Taken(said) => answer(console, &said, || {
            let changes = said["changes"].as_array().map_or(&[][..], Vec::as_slice);
            if changes.is_empty() {
                return "nothing changes".to_owned();
            }
            let lines = changes.iter().filter_map(serde_json::Value::as_str);
            format!("in force:\n  {}", lines.collect::<Vec<_>>().join("\n  "))
        }),
        Told::NobodyRuns => Err(not_running(&folder)),
        Told::Refused(_, why) => Err(Failure::state_hint(
            "not-reloaded",
            EXIT_CONFIG,
            why,
            "nothing has changed; what cannot be tightened while it runs waits for a restart",
        )),
        Told::Failed(why) => Err(unanswered(&why)),
    }
}

/// Ends the process gracefully.
pub(super) fn stop(args: &InstanceArgs, console: &Console) -> Result<(), Failure> {
    let folder = instance(args)?;
    let began = Instant::now();
    match tell(&folder, "stop", &json!({}), Duration::from_secs(5)) {
        Told::NobodyRuns => return Err(not_running(&folder)),
        Told::Refused(exit, why) => return Err(refused(exit, &why)),
        Told::Failed(why) => return Err(unanswered(&why)),
        Told::Taken(_) => {}
    }
    while running(&folder).is_some() {
        if Duration::from_secs(10) < began.elapsed() {
            return Err(unanswered("it has not ended after ten seconds"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let ms = began.elapsed().as_millis();
    answer(console, &json!({ "stopped": true, "ms": ms }), || {
        format!("stopped after {ms} ms")
    })
}

fn request(args: &ScopeArgs) -> ScopeRequest {
    ScopeRequest {
        market: args.market.clone(),
        group: args.group.clone(),
        topic: args.topic.clone(),
    }
}

/// The instance that is meant. A folder that is none's is a slip of the hand, and a kill there would stop nothing.
fn instance(args: &InstanceArgs) -> Result<Folder, Failure> {
    let folder = folder(args);
    if folder.settings().exists() || folder.journal().exists() {
        return Ok(folder);
    }
    let message = format!("there is no instance in {}", folder.root().display());
    let hint = "name the instance's folder with -C DIR: it has a quorate.toml or a journal";
    Err(Failure::state_hint(
        "no-instance",
        EXIT_NOT_FOUND,
        message,
        hint,
    ))
}

enum Told {
    /// It took it up, with its answer.
    Taken(serde_json::Value),
    NobodyRuns,
    /// The process understood and says no; with the exit code that fits.
    Refused(u8, String),
    Failed(String),
}

/// Posts an order to the running process.
fn tell(folder: &Folder, what: &str, body: &impl Serialize, within: Duration) -> Told {
    let Some(pid) = running(folder) else {
        return Told::NobodyRuns;
    };
    let contact = Contact::read(&folder.contact());
    // A file of an earlier process leads to whoever listens there now.
    let Some(contact) = contact.filter(|contact| contact.pid == pid) else {
        return Told::Failed("it is starting or ending: nobody listens".into());
    };
    let Some(address) = contact.control else {
        return Told::Failed("it takes no orders over HTTP".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Told::Failed(error.to_string()),
    };
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .timeout(within)
            .no_proxy()
            .build();
        let client = match client {
            Ok(client) => client,
            Err(error) => return Told::Failed(error.to_string()),
        };
        let url = format!("http://{address}/v1/{what}");
        let sent = client
            .post(url)
            .bearer_auth(&contact.token)
            .json(body)
            .send()
            .await;
        match sent {
            Err(error) if error.is_timeout() => {
                Told::Failed(format!("no answer within {} ms", within.as_millis()))
            }
            Err(error) => Told::Failed(error.without_url().to_string()),
            Ok(answer) if answer.status().is_success() => {
                Told::Taken(answer.json().await.unwrap_or_default())
            }
            Ok(answer) => {
                let status = answer.status().as_u16();
                let text = answer.text().await.unwrap_or_default();
                let said: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                let message = said["error"]["message"]
                    .as_str()
                    .unwrap_or("it refused")
                    .to_owned();
                match status {
                    404 => Told::Refused(EXIT_NOT_FOUND, message),
                    400..=499 => Told::Refused(EXIT_USAGE, message),
                    500 => Told::Refused(EXIT_INTERNAL, message),
                    _ => Told::Failed(message),
                }
            }
        }
    })
}

fn not_running(folder: &Folder) -> Failure {
    let message = format!("no process runs in {}", folder.root().display());
    Failure::state_hint(
        "not-running",
        EXIT_NOT_RUNNING,
        message,
        "start one with `quorate paper`",
    )
}

fn unanswered(why: &str) -> Failure {
    let hint = "`quorate kill` stops its trading whether it answers or not";
    Failure::state_hint("unanswered", EXIT_TIMEOUT, why, hint)
}

fn refused(exit: u8, why: &str) -> Failure {
    let code = if exit == EXIT_NOT_FOUND {
        "not-found"
    } else {
        "refused"
    };
    Failure::state(code, exit, why)
}

/// The kill file could not be written: whether the process that runs now has stopped, and what to do.
fn not_lasting(file: &Path, error: &std::io::Error, told: &Told) -> Failure {
    let now = match told {
        Told::Taken(seq) => format!("the process took the kill up (entry {seq})"),
        // It throws its own switch before it tries to write the file.
        Told::Refused(_, why) => format!("the process was told: {why}"),
        Told::NobodyRuns => "no process runs".to_owned(),
        Told::Failed(why) => format!("NOTHING IS STOPPED: the process does not answer ({why})"),
    };
    Failure::state_hint(
        "kill-file",
        EXIT_INTERNAL,
        format!("{now}; {} cannot be written: {error}", file.display()),
        "make room or make the folder writable, then kill again: without the file a restart trades",
    )
}

impl KillArgs {
    fn mode(&self) -> KillModeWord {
        if self.flatten {
            KillModeWord::Flatten
        } else if self.reduce_only {
            KillModeWord::ReduceOnly
        } else {
            KillModeWord::Cancel
        }
    }
}
