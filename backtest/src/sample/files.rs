//! A world as a folder: the files of a tape, and a note that says what they are.

use std::io::{self, Write};
use std::path::Path as FilePath;

use super::{World, readme};
use crate::input::write_atomically;
use crate::tape;

/// Writes a world into a folder, which is made if need be: the files of a tape and `README.txt`. Files of these names
/// are replaced.
///
/// # Errors
/// Whatever the file system reports.
pub fn write(world: &World, folder: &FilePath) -> io::Result<()> {
    tape::write(&world.tape(), folder)?;
    write_atomically(&folder.join("README.txt"), |out| {
        out.write_all(readme::text(world).as_bytes())
    })
}
