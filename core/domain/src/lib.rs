//! The nouns of Quorate, and the closed lists of what can happen (`Input`) and what can be done (`Command`).
#![no_std]
extern crate alloc;

pub mod math;
