//! Raw captures of the market channel: one JSON value a line, either a message (or a list of messages) as it came, or an
//! object with the message in `payload` and the time of receipt in `capturedAt`, `received_at` or `recv_ns`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use quorate_domain::Timestamp;
use serde_json::Value;

use super::frames::{Receipt, take};
use super::intake::time_of;
use super::{Intake, located};
use crate::input::Diagnostic;

/// Longest line that is taken, bytes: a whole book of both sides at the finest grid has less.
const LINE_MAX: u64 = 16 * 1024 * 1024;

/// Reads one file. Rows are numbered in the order of the messages.
pub(super) fn read(path: &Path, intake: &mut Intake<'_>) -> Result<(), Diagnostic> {
    let file = File::open(path).map_err(|error| located::unreadable(path, &error))?;
    let zipped = path.extension().is_some_and(|ending| ending == "gz");
    let stream: Box<dyn Read> = if zipped {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut lines = BufReader::new(stream);
    let (mut line, mut number) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        number += 1;
        let read = (&mut lines)
            .take(LINE_MAX)
            .read_until(b'\n', &mut line)
            .map_err(|error| {
                let message = format!("line {number}: the file breaks off: {error}");
                located::in_file(path, "damaged-file", message)
            })?;
        if read == 0 {
            return Ok(());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let place = || format!("{}:{number}", path.display());
        let Ok(value) = serde_json::from_slice::<Value>(&line) else {
            intake.exclude("not-json", None, place);
            continue;
        };
        let (at, payload) = unwrapped(&value);
        let receipt = Receipt { at, place: &place };
        match payload {
            Value::Array(messages) => messages
                .iter()
                .try_for_each(|one| take(one, &receipt, intake))?,
            one => take(one, &receipt, intake)?,
        }
    }
}

/// Time of receipt and message.
fn unwrapped(value: &Value) -> (Option<Timestamp>, &Value) {
    let Some(payload) = value.get("payload") else {
        return (None, value);
    };
    let named = ["recv_ns", "received_at", "capturedAt"]
        .iter()
        .find_map(|name| value.get(name));
    let count = named.and_then(|found| match found {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    });
    (count.map(time_of), payload)
}
