//! A file as memory. The one place of the product with unsafe code.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps a whole file for reading.
///
/// # Errors
/// Whatever the file system reports.
#[expect(
    unsafe_code,
    reason = "mapping is unsafe because another process may change the file; caches are only ever replaced by a rename"
)]
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: caches are written beside their place and renamed into it, so a mapped file is never written to by this
    // program; its records are plain integers, for which every bit pattern is valid.
    unsafe { Mmap::map(file) }
}
