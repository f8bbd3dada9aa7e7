//! One JSON object a line.

use std::io::Write;
use std::path::Path;

use crate::journal::disk::SharedDisk;
use crate::journal::export::ExportError;
use crate::journal::reader::Reader;

/// Writes every record as a line `{"record": number, "kind": word, "data": payload}`, the payload exactly as stored. Gives
/// the number of lines.
///
/// # Errors
/// The journal is damaged, or the output cannot be written. Lines before that are sound.
pub fn to_json_lines(
    disk: &SharedDisk,
    dir: &Path,
    output: &mut dyn Write,
) -> Result<u64, ExportError> {
    let mut reader = Reader::from_start(disk, dir)?;
    let mut lines = 0;
    while let Some(found) = reader.advance()? {
        let (record, kind) = (found.position.record, found.kind);
        write!(output, r#"{{"record":{record},"kind":"{kind}","data":"#)?;
        output.write_all(reader.payload(&found))?;
        output.write_all(b"}\n")?;
        lines += 1;
    }
    output.flush()?;
    Ok(lines)
}
