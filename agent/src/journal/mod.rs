//! The journal: the record of truth.
