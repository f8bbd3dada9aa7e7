//! Workers of a local collective: models behind a URL, a command, a file, or pushing their inferences to us.
