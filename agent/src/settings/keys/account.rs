//! What is run, and whose account trades.

use quorate_domain::Cash;

use super::section;
use crate::settings::secret::SecretRef;
use crate::settings::text_value::{FilePath, Funder, Loopback, Name};
use crate::settings::words::{Chain, Mode, SignatureType};

section! {
    /// What kind of file this is, and whose money is traded.
    Top at "" {
        /// Version of the keys in this file; every file names it.
        config_version: u64, default(1), min(1), max(1);
        /// `paper` simulates the exchange; `live` trades the account's money.
        mode: Mode, default("paper");
    }
}

section! {
    /// The account that trades.
    Account at "account" {
        /// Name of the instance in logs, alerts and reports.
        name: Name, default("main");
        /// Collateral of a paper account at its start.
        bankroll: Cash, default("$10000"), min("$1"), max("$1000000000");
        /// The chain that settles.
        chain: Chain, default("polygon");
        /// Encrypted key file; `live` needs it.
        keystore: Option<FilePath>;
        /// Where the password of the key file comes from.
        password_source: SecretRef, default("prompt");
        /// How orders are signed; never guessed, so that `live` needs it.
        signature_type: Option<SignatureType>;
        /// Address that holds the collateral; a given one must match the derived one.
        funder: Funder, default("auto");
        /// Where the key of the relayer comes from, which sends merges and redemptions to the chain; without one they wait
        /// until the venue redeems by itself.
        relayer_key: Option<SecretRef>;
        /// Address of a local venue that plays all of the venue's servers, for trials without money.
        local_venue: Option<Loopback>;
    }
}
