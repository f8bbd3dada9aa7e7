//! Tells a torn tail (what a crash leaves of a batch that was never safe) from damage (something that was safe and is
//! no longer what was written).

use crate::journal::bitflip;
use crate::journal::frame::{find_mark, frame_at};
use crate::journal::open::TornTail;
use crate::journal::walk::{Walk, index};

/// What stands at the end of the last segment from where the walk stopped: a torn tail, or `None` for damage.
///
/// It is damage when a later batch follows (then this one was safe before that was written), or when exactly one bit
/// is wrong (no torn write looks like that).
pub(crate) fn judge(walk: &Walk, bytes: &[u8], base: u64) -> Option<TornTail> {
    let start = index(walk.offset, base)?;
    if walk.sealed || bitflip::corrected(bytes, start, walk.hash).is_some() {
        return None;
    }
    let mut whole = 0;
    let mut from = start + 1;
    while let Some(at) = find_mark(bytes, from) {
        from = at + 1;
        if let Ok(frame) = frame_at(bytes, at) {
            if walk.next < frame.batch_first {
                return None;
            }
            whole += 1;
            from = frame.end();
        }
    }
    Some(TornTail {
        segment: walk.segment,
        offset: walk.offset,
        bytes: (bytes.len() - start) as u64,
        record: walk.next,
        whole_records: whole,
    })
}
