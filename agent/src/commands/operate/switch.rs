//! `quorate kill`, `resume`, `halt` and `stop`.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;

use super::status::running;
use super::{answer, folder};
use crate::args::{HaltArgs, InstanceArgs, KillArgs, ScopeArgs};
use crate::console::Console;
use crate::failure::{EXIT_NOT_FOUND, EXIT_NOT_RUNNING, EXIT_TIMEOUT, Failure};
use crate::runtime::contact::Contact;
use crate::runtime::control::{KillRequest, ScopeRequest, Taken};
use crate::runtime::instance::Folder;
use crate::runtime::kill_switch::{KillModeWord, KillOrder, KillSwitch, write_order};

/// Writes the kill file first, so that the stop holds whatever the process does, then tells the process.
pub(super) fn kill(args: &KillArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.instance);
    if !folder.root().is_dir() {
        let message = format!("there is no folder {}", folder.root().display());
        let hint = "name the instance's folder with -C DIR";
        return Err(Failure::state_hint(
            "no-instance",
            EXIT_NOT_FOUND,
            message,
            hint,
        ));
    }
    let order = KillOrder {
        mode: args.mode(),
        reason: args.reason.clone().unwrap_or_default(),
        at: jiff::Timestamp::now().to_string(),
    };
    let began = Instant::now();
    let file = KillSwitch::of(folder.root()).file().to_owned();
    write_order(&file, &order).map_err(|error| Failure::cannot_write(&file, &error))?;
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
    let said = match &told {
        Told::Taken(seq) => format!(
            "the process took it up after {} ms (entry {seq})",
            began.elapsed().as_millis()
        ),
        Told::NobodyRuns => "no process runs; the next one starts stopped".to_owned(),
        Told::Failed(why) => {
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
    let folder = folder(&args.instance);
    let request = request(args);
    let whole = request.market.is_none() && request.group.is_none() && request.topic.is_none();
    match tell(&folder, "resume", &request, Duration::from_secs(5)) {
        Told::Taken(seq) => answer(console, &json!({ "resumed": true, "seq": seq }), || {
            format!("resumed (entry {seq})")
        }),
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
        Told::Failed(why) => Err(unanswered(&why)),
    }
}

/// Stops a part.
pub(super) fn halt(args: &HaltArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.scope.instance);
    match tell(
        &folder,
        "halt",
        &request(&args.scope),
        Duration::from_secs(5),
    ) {
        Told::Taken(seq) => answer(console, &json!({ "halted": true, "seq": seq }), || {
            format!("halted (entry {seq}); `quorate resume` with the same words ends it")
        }),
        Told::NobodyRuns => Err(not_running(&folder)),
        Told::Failed(why) => Err(unanswered(&why)),
    }
}

/// Ends the process gracefully.
pub(super) fn stop(args: &InstanceArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(args);
    let began = Instant::now();
    match tell(&folder, "stop", &json!({}), Duration::from_secs(5)) {
        Told::NobodyRuns => return Err(not_running(&folder)),
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

enum Told {
    Taken(u64),
    NobodyRuns,
    Failed(String),
}

/// Posts an order to the running process.
fn tell(folder: &Folder, what: &str, body: &impl Serialize, within: Duration) -> Told {
    if running(folder).is_none() {
        return Told::NobodyRuns;
    }
    let Some(contact) = Contact::read(&folder.contact()) else {
        return Told::Failed("it says nowhere how it can be reached".into());
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
            Err(error) => Told::Failed(error.without_url().to_string()),
            Ok(answer) if answer.status().is_success() => {
                let taken = answer.json::<Taken>().await;
                Told::Taken(taken.map_or(0, |taken| taken.seq))
            }
            Ok(answer) => {
                let text = answer.text().await.unwrap_or_default();
                let said: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                let message = said["error"]["message"]
                    .as_str()
                    .unwrap_or("it refused")
                    .to_owned();
                Told::Failed(message)
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
    let exit = if why.contains("nothing is named") {
        EXIT_NOT_FOUND
    } else {
        EXIT_TIMEOUT
    };
    Failure::state("unanswered", exit, why)
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
