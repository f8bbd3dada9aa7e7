//! The decision core of Quorate: a pure, synchronous, deterministic state machine.
#![no_std]
extern crate alloc;

pub mod sizing;
