//! Settings of an instance: one table of keys, read from files, environment and flags.
