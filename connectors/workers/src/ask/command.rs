//! Workers behind a program: the question as JSON on standard input, the answer on standard output.
//!
//! The program runs in a process group of its own under resource limits and a clean environment. When it has ended, ran
//! out of time or wrote too much, the whole group is killed.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::process_group::ProcessGroup;
use super::{Asked, read};
use crate::fault::Fault;
use crate::question::Question;
use crate::reply::Shape;
use crate::spec::{CommandSpec, Role, WorkerSpec};
use crate::text::{bounded, bounded_bytes};

/// Sets the limits, then becomes the program.
const LIMITED: &str = "ulimit -c 0 && ulimit -t \"$1\" && ulimit -n \"$2\" && ulimit -v \"$3\" && shift 3 && exec \"$@\"";
/// Bytes kept of standard error; what follows is read and dropped.
const STDERR_BYTES_MAX: usize = 4096;
/// Where programs are looked for when the environment does not say.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

pub(crate) struct CommandAsker {
    spec: CommandSpec,
    role: Role,
    timeout: Duration,
}

/// What a program left when it ended.
struct Ended {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl CommandAsker {
    pub(crate) fn new(worker: &WorkerSpec, spec: CommandSpec) -> Self {
        Self {
            spec,
            role: worker.role,
            timeout: worker.timeout,
        }
    }

    pub(crate) async fn ask(&self, question: &Question) -> Asked {
        let line = question.to_json().to_string();
        let sent = format!(
            "ran `{}`, standard input: {line}",
            bounded(&self.spec.program, 120)
        );
        let ended = match self.run(line.as_bytes()).await {
            Ok(ended) => ended,
            Err(fault) => return Asked::failed(sent, fault),
        };
        let reply = succeeded(&ended).and_then(|()| {
            let shape = Shape {
                label_name: &question.label_name,
                ..Shape::default()
            };
            read(self.role, &ended.stdout, shape)
        });
        Asked {
            sent,
            raw: bounded_bytes(&ended.stdout, 512),
            reply,
            also: Vec::new(),
        }
    }

    /// Runs the program to its end. The group is declared last, so that it is the first thing dropped.
    async fn run(&self, input: &[u8]) -> Result<Ended, Fault> {
        let mut child = self.start().map_err(|error| Fault::ProcessFailed {
            exit: "it could not be started".to_owned(),
            stderr: error.to_string(),
        })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let leader = child.id();
        let (Some(leader), (Some(mut stdin), Some(stdout), Some(stderr))) = (leader, pipes) else {
            return Err(Fault::ProcessFailed {
                exit: "it has no process id or pipes".to_owned(),
                stderr: String::new(),
            });
        };
        let group = ProcessGroup::led_by(leader);
        let feed = async move {
            // A program may answer without reading its input: then the pipe breaks, which is no fault.
            let _ = stdin.write_all(input).await;
        };
        let work = async {
            tokio::join!(
                feed,
                self.output(stdout, &group),
                start_of(stderr),
                end(&mut child, &group)
            )
        };
        let ((), stdout, stderr, status) =
            tokio::time::timeout(self.timeout, work)
                .await
                .map_err(|_| Fault::Timeout {
                    after: self.timeout,
                })?;
        Ok(Ended {
            stdout: stdout?,
            stderr,
            status: status.map_err(|error| Fault::ProcessFailed {
                exit: "its end could not be awaited".to_owned(),
                stderr: error.to_string(),
            })?,
        })
    }

    fn start(&self) -> io::Result<Child> {
        let spec = &self.spec;
        let kib = spec.memory_mib_max.saturating_mul(1024);
        Command::new("/bin/sh")
            .args(["-c", LIMITED, "sh"])
            .args([spec.cpu_secs_max, spec.files_max, kib].map(|limit| limit.to_string()))
            .arg(&spec.program)
            .args(&spec.args)
            .env_clear()
            .env("PATH", inherited("PATH", PATH_DEFAULT))
            .env("LANG", inherited("LANG", "C.UTF-8"))
            .env("HOME", std::env::temp_dir())
            .envs(spec.env.iter().map(|(name, value)| (name, value.reveal())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }

    /// All of standard output; too much of it ends the program.
    async fn output(
        &self,
        pipe: impl AsyncRead + Unpin,
        group: &ProcessGroup,
    ) -> Result<Vec<u8>, Fault> {
        let bytes_max = self.spec.stdout_bytes_max;
        let mut bytes = Vec::new();
        let limit = u64::try_from(bytes_max)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        // A read error is the end of the output: the exit status tells the rest.
        let _ = pipe.take(limit).read_to_end(&mut bytes).await;
        if bytes.len() > bytes_max {
            group.kill();
            return Err(Fault::TooLarge { bytes_max });
        }
        Ok(bytes)
    }
}

fn inherited(name: &str, otherwise: &str) -> OsString {
    std::env::var_os(name).unwrap_or_else(|| otherwise.into())
}

/// The start of standard error, which is read to its end so that the program never waits for us.
async fn start_of(mut pipe: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut chunk).await {
        let room = STDERR_BYTES_MAX.saturating_sub(kept.len());
        kept.extend(chunk.iter().take(count.min(room)));
    }
    kept
}

/// Waits for the program, then ends whatever it left running, which would keep the pipes open.
async fn end(child: &mut Child, group: &ProcessGroup) -> io::Result<ExitStatus> {
    let status = child.wait().await;
    group.kill();
    status
}

fn succeeded(ended: &Ended) -> Result<(), Fault> {
    if ended.status.success() {
        return Ok(());
    }
    let exit = match (ended.status.code(), ended.status.signal()) {
        (Some(127), _) => "exit status 127, program not found".to_owned(),
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "no exit status".to_owned(),
    };
    Err(Fault::ProcessFailed {
        exit,
        stderr: bounded_bytes(&ended.stderr, 400),
    })
}
