//! Which key file is meant, and where its password comes from.

use std::path::PathBuf;

use quorate_polymarket::keystore::Password;

use super::args::KeysArgs;
use crate::commands::operate::folder;
use crate::commands::settings_of::load_settings;
use crate::failure::{EXIT_REFUSED, Failure};
use crate::keyring::{StdinLines, new_password, password_of};
use crate::settings::Settings;

/// A key file by its name, whether it exists or not.
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
    pub(super) settings: Settings,
    from_stdin: bool,
}

impl KeyFile {
    /// The one that the command line and the settings mean.
    ///
    /// # Errors
    /// The settings are wrong, or the command line holds what might be a secret.
    pub(super) fn of(args: &KeysArgs) -> Result<Self, Failure> {
        if !args.misplaced.is_empty() {
            return Err(Failure::state_hint(
                "secret-in-arguments",
                EXIT_REFUSED,
                "a key or a password must not be on the command line, and nothing else is expected there",
                "if it was a key: every program on this machine could see it, and the shell may have kept it; move what the account owns to another one",
            ));
        }
        let instance = folder(&args.instance);
        let (settings, _) = load_settings(&args.settings, &instance)?;
        let configured = settings.account.keystore.as_ref();
        let path = match (&args.file, configured) {
            (Some(file), _) => file.clone(),
            (None, Some(keystore)) => keystore.as_path().to_path_buf(),
            (None, None) => instance.root().join("keys/main.json"),
        };
        Ok(Self {
            path,
            settings,
            from_stdin: args.password_stdin,
        })
    }

    /// The password of a file that exists.
    ///
    /// # Errors
    /// It cannot be had.
    pub(super) fn password(&self) -> Result<Password, Failure> {
        if self.from_stdin {
            return StdinLines.password();
        }
        password_of(
            &self.settings.account.password_source,
            "Password of the key file: ",
        )
    }

    /// A password for a file that is about to be written.
    ///
    /// # Errors
    /// It cannot be had, or is too short.
    pub(super) fn new_password(&self) -> Result<Password, Failure> {
        if self.from_stdin {
            return StdinLines.new_password();
        }
        new_password(&self.settings.account.password_source)
    }

    /// Whether passwords come from stdin.
    pub(super) const fn is_from_stdin(&self) -> bool {
        self.from_stdin
    }
}
