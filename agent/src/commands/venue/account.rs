//! The ready-made account of a rehearsal: a key that is worth nothing, and an instance that trades with it.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use alloy_primitives::Address;
use quorate_domain::Cash;
use quorate_local_venue::AccountSetup;
use quorate_polymarket::keystore::{self, Password, SecretKey};
use quorate_polymarket::wallet::{DepositForm, deposit_wallet, proxy_wallet, safe_wallet};

use super::stage::Stage;
use crate::failure::Failure;
use crate::results::write_file;
use crate::runtime::contact::fresh_token;

/// First line of settings that this program wrote and may write again.
const MARK: &str =
    "# Written by `quorate venue` for a rehearsal; it is written anew at every start.\n";

/// A folder with a key and an instance.
pub(super) struct Rehearsal {
    root: PathBuf,
    /// Account of the key.
    pub(super) owner: Address,
}

impl Rehearsal {
    /// The account in a folder, made if there is none yet.
    ///
    /// # Errors
    /// The folder cannot be written, or holds another kind of key.
    pub(super) fn in_folder(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::cannot_write(folder, &error))?;
        let root = folder
            .canonicalize()
            .map_err(|error| Failure::cannot_write(folder, &error))?;
        let (key, password) = (root.join("keys/main.json"), root.join("keys/password"));
        if !key.exists() {
            let word = token()?;
            keystore::create(&key, &SecretKey::generate(), &Password::new(word.clone()))?;
            private(&password, &word)?;
            private(&root.join("keys/relayer"), &token()?)?;
        }
        let word = fs::read_to_string(&password)
            .map_err(|error| Failure::cannot_write(&password, &error))?;
        let opened = keystore::open(&key, &Password::new(word.trim().to_owned()))?;
        Ok(Self {
            root,
            owner: opened.address(),
        })
    }

    /// The wallet that the ready-made settings trade with.
    pub(super) fn wallet(&self) -> Address {
        deposit_wallet(self.owner, DepositForm::Beacon)
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where forecasts are written.
    pub(super) fn forecasts(&self) -> PathBuf {
        self.root.join("forecasts.csv")
    }

    /// The account with every type of wallet, each with this much collateral.
    pub(super) fn accounts(&self, cash: Cash) -> Vec<AccountSetup> {
        let owner = self.owner;
        let of = |wallet, signature_type| AccountSetup {
            owner,
            wallet,
            signature_type,
            cash,
        };
        vec![
            of(owner, 0),
            of(proxy_wallet(owner), 1),
            of(safe_wallet(owner), 2),
            of(self.wallet(), 3),
        ]
    }

    /// The lines that point any instance at this venue.
    pub(super) fn lines(&self, at: SocketAddr) -> String {
        let path = |name: &str| self.root.join(name).display().to_string();
        format!(
            "mode = \"live\"\n\n[account]\nname = \"rehearsal\"\nkeystore = {:?}\npassword_source = {:?}\n\
             signature_type = \"deposit_wallet\"\nrelayer_key = {:?}\nlocal_venue = \"{at}\"\n\n[data]\nsource = \"live\"\n",
            path("keys/main.json"),
            format!("file:{}", path("keys/password")),
            format!("file:{}", path("keys/relayer")),
        )
    }

    /// Writes the instance's settings, unless they are somebody else's. Returns whether they were written.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn write_settings(&self, at: SocketAddr, stage: &Stage) -> Result<bool, Failure> {
        let path = self.root.join("quorate.toml");
        if fs::read_to_string(&path).is_ok_and(|text| !text.starts_with(MARK)) {
            return Ok(false);
        }
        let ignore = self.root.join(".gitignore");
        if !ignore.exists() {
            write_file(&ignore, "*\n")?;
        }
        write_file(&path, &self.settings(at, stage))?;
        Ok(true)
    }

    fn settings(&self, at: SocketAddr, stage: &Stage) -> String {
        let mut text = format!("{MARK}\nconfig_version = 1\n{}\n", self.lines(at));
        text.push_str(LIMITS);
        for topic in &stage.topics {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "\n[[topics]]\nname = {:?}\nkind = \"probability\"\nmarkets = {:?}",
                topic.name, topic.markets
            );
        }
        let topics: Vec<&str> = stage
            .topics
            .iter()
            .map(|topic| topic.name.as_str())
            .collect();
        let workers = if topics.is_empty() {
            &[][..]
        } else {
            stage.workers.as_slice()
        };
        for worker in workers {
            let _ = writeln!(
                text,
                "\n[[workers]]\nname = {worker:?}\nkind = \"csv\"\ntopics = {topics:?}\npath = {:?}\npoll_every = \"1s\"",
                self.forecasts().display().to_string()
            );
        }
        text
    }
}

/// What fits a world that runs hours in seconds.
const LIMITS: &str = "\
[loop]
coalesce = \"50ms\"
risk_aversion = 4.0
trade_on = \"blend\"
blend_weight = 0.3

[strategy]
default = \"election\"

[strategy.election]
edge_min = \"2c\"

[risk]
max_book_age = \"2m\"

[collective]
scheme = \"median\"
inference_age_max = \"10m\"
";

fn token() -> Result<String, Failure> {
    fresh_token().map_err(|error| Failure::internal(format!("no random bytes: {error}")))
}

fn private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::cannot_write(path, &error))
}
