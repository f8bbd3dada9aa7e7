//! Workers behind a program: input, limits, clean environment, and that no process outlives its question.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use common::{PATIENCE, SetClock, desk, fault, heard, question, script};
use quorate_workers::{Fault, FaultKind, Secret, WorkerKind, WorkerSpec, probe};

/// Waits until the process is gone; a zombie that waits for its parent counts as gone.
async fn gone(pid: &str) -> bool {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.chars().next());
        if state.is_none_or(|state| state == 'Z' || state == 'X') {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

/// Waits for a script to write its process id.
async fn pid_in(path: &Path) -> String {
    let start = Instant::now();
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if text.ends_with('\n') {
            return text.trim().to_owned();
        }
        assert!(
            start.elapsed() < PATIENCE,
            "the script never wrote {}",
            path.display()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn changed(
    mut spec: WorkerSpec,
    change: impl FnOnce(&mut quorate_workers::CommandSpec),
) -> WorkerSpec {
    if let WorkerKind::Command(command) = &mut spec.kind {
        change(command);
    }
    spec
}

#[tokio::test]
async fn the_question_comes_on_standard_input_and_the_answer_goes_to_standard_output() {
    let echo = script(1, "w", "grep -q '\"label_name\":\"CA/yes\"' && echo 0.57");
    assert_eq!(heard(echo).await.inference.value, 0.57);
    let json = script(1, "w", "cat >/dev/null; echo '{\"value\": 0.25}'");
    assert_eq!(heard(json).await.inference.value, 0.25);
    let deaf = script(1, "w", "exec 0<&-; echo 0.5");
    assert_eq!(heard(deaf).await.inference.value, 0.5);
}

#[tokio::test]
async fn the_environment_holds_nothing_but_what_is_listed() {
    let spec = changed(
        script(
            1,
            "w",
            "env | cut -d= -f1 | sort | tr '\\n' ' '; echo $KEY >&2",
        ),
        |command| {
            command.env.insert("KEY".to_owned(), Secret::new("canary"));
        },
    );
    let report = probe(&spec, &question(), &*SetClock::new()).await;
    let names: Vec<_> = report
        .came_back
        .split_whitespace()
        .filter(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name))
        .collect();
    // PWD and the like are set by the shell itself.
    assert_eq!(names, ["HOME", "KEY", "LANG", "PATH"]);
    assert!(!format!("{report} {spec:?}").contains("canary"));
}

#[tokio::test]
async fn a_failure_tells_its_exit_and_the_start_of_standard_error() {
    let failing = fault(script(1, "w", "printf 'no model\\033[31m\\n' >&2; exit 3")).await;
    let Fault::ProcessFailed { exit, stderr } = &failing else {
        panic!("{failing:?}")
    };
    assert_eq!(exit, "exit status 3");
    assert_eq!(stderr, "no model [31m");
    let noisy = fault(script(
        1,
        "w",
        "head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1",
    ))
    .await;
    assert!(noisy.to_string().chars().count() < 600, "{noisy}");
    let killed = fault(script(1, "w", "kill -9 $$")).await;
    assert_eq!(killed.to_string(), "the command failed (ended by signal 9)");
    let absent = changed(script(1, "w", ""), |command| {
        "no-such-program-here".clone_into(&mut command.program);
    });
    let absent = fault(absent).await;
    assert!(absent.to_string().contains("program not found"), "{absent}");
}

#[tokio::test]
async fn megabytes_of_output_are_cut_off() {
    let start = Instant::now();
    let endless = fault(script(
        1,
        "w",
        "trap '' PIPE; while :; do echo 0.5555555555555555; done",
    ))
    .await;
    assert_eq!(endless, Fault::TooLarge { bytes_max: 65_536 });
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "ended by the bound, not by the timeout"
    );
}

#[tokio::test]
async fn a_timeout_ends_the_program_and_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let text = format!("sleep 1000 & echo $! > {}; wait", file.display());
    let mut spec = script(1, "w", &text);
    spec.timeout = Duration::from_millis(800);
    assert_eq!(fault(spec).await.kind(), FaultKind::Timeout);
    assert!(gone(&pid_in(&file).await).await);
}

#[tokio::test]
async fn a_program_that_ends_takes_its_children_along_and_its_answer_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let text = format!("sleep 1000 & echo $! > {}; echo 0.57", file.display());
    assert_eq!(heard(script(1, "w", &text)).await.inference.value, 0.57);
    assert!(gone(&pid_in(&file).await).await);
}

#[tokio::test]
async fn closing_a_question_or_dropping_the_desk_ends_what_runs() {
    for close in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let text = format!("sleep 1000 & echo $! > {}; wait", file.display());
        let (mut desk, mut receiver) = desk(vec![script(1, "w", &text)], &SetClock::new());
        desk.open(question());
        let pid = pid_in(&file).await;
        if close {
            desk.close(question().key());
            let last = common::next(&mut receiver).await;
            assert!(format!("{last:?}").contains("Late"), "{last:?}");
        } else {
            drop(desk);
        }
        assert!(gone(&pid).await, "close: {close}");
    }
}

#[tokio::test]
async fn limits_of_processor_time_memory_and_files_hold() {
    let limits = changed(
        script(1, "w", "ulimit -t; ulimit -v; ulimit -n; ulimit -c"),
        |command| {
            (
                command.cpu_secs_max,
                command.memory_mib_max,
                command.files_max,
            ) = (7, 512, 99);
        },
    );
    let report = probe(&limits, &question(), &*SetClock::new()).await;
    assert_eq!(report.came_back, "7 524288 99 0");
    let spinning = changed(script(1, "w", "while :; do :; done"), |command| {
        command.cpu_secs_max = 1;
    });
    let spinning = WorkerSpec {
        timeout: PATIENCE,
        ..spinning
    };
    assert_eq!(fault(spinning).await.kind(), FaultKind::ProcessFailed);
}
