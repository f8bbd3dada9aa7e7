//! How a running process is reached: its addresses and the token of this run, in a file that its owner alone can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the contact file says.
#[derive(Clone, Serialize, Deserialize)]
pub struct Contact {
    /// Process.
    pub pid: u32,
    /// Where it takes orders.
    pub control: Option<SocketAddr>,
    /// Where workers push inferences.
    pub intake: Option<SocketAddr>,
    /// Where metrics are read.
    pub metrics: Option<SocketAddr>,
    /// Shown with every order.
    pub token: String,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contact")
            .field("pid", &self.pid)
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}

impl Contact {
    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// The folder does not take it.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        let scratch = file.with_extension("tmp");
        match fs::remove_file(&scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        options.open(&scratch)?.write_all(text.as_bytes())?;
        fs::rename(&scratch, file)
    }

    /// Reads the file; `None` if there is none or it says nothing sensible.
    #[must_use]
    pub fn read(file: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(file).ok()?).ok()
    }
}

/// A token that nobody can guess.
///
/// # Errors
/// The system gives no random bytes.
pub fn fresh_token() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    let mut source = fs::File::open("/dev/urandom")?;
    io::Read::read_exact(&mut source, &mut bytes)?;
    let digest = Sha256::digest(bytes);
    Ok(quorate_backtest::replay::recorder::hex(&digest))
}
