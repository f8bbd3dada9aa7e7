//! Signed requests to the relayer, one kind per type of wallet. Nonces come from the relayer; everything else is here, so
//! the same request is the same bytes.

mod deposit;
mod proxy;
mod safe;

pub use deposit::{BatchSigner, DepositBatch, WalletCreation, WalletRequest, create_wallet};
pub use proxy::{ProxyRequest, ProxyTransaction};
pub use safe::{SafeRequest, SafeTransaction};

use super::Call;

/// Longest `metadata` that the relayer takes, in characters.
pub const METADATA_CHARS_MAX: usize = 500;

/// Why a request is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// No call to make.
    #[error("a request to the relayer needs at least one call")]
    NoCalls,
    /// The note is too long.
    #[error(
        "the note to the relayer has {chars} characters: at most {METADATA_CHARS_MAX} are taken"
    )]
    MetadataTooLong {
        /// Its length.
        chars: usize,
    },
}

fn check(calls: &[Call], metadata: &str) -> Result<(), RelayError> {
    if calls.is_empty() {
        return Err(RelayError::NoCalls);
    }
    let chars = metadata.chars().count();
    if chars > METADATA_CHARS_MAX {
        return Err(RelayError::MetadataTooLong { chars });
    }
    Ok(())
}
