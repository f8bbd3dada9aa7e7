//! Noticing a value that jumps to and fro.
//!
//! A *jump* is a change of at least `jump` between two successive values. A *turn* is a jump against the direction of the
//! jump before it: news moves a value, often far, but does not take it back again and again. More than `turns_max` turns
//! within `window` exclude the value; as turns grow older than the window it settles and counts again.

use std::collections::VecDeque;
use std::time::Duration;

use quorate_domain::Timestamp;

use crate::fault::Fault;
use crate::question::Quantity;

/// How much to and fro is allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steadiness {
    /// Smallest change that counts as a jump: absolute, but for a price relative to the value before.
    pub jump: f64,
    /// Turns allowed within the window.
    pub turns_max: u32,
    /// The time looked back on.
    pub window: Duration,
}

impl Default for Steadiness {
    /// A quarter, four turns, ten minutes.
    fn default() -> Self {
        Self {
            jump: 0.25,
            turns_max: 4,
            window: Duration::from_secs(600),
        }
    }
}

/// What one worker said about one question, as far as its steadiness goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    last: Option<f64>,
    upwards: Option<bool>,
    turns: VecDeque<Timestamp>,
}

impl Course {
    /// Takes note of a value, which then counts or is excluded.
    pub(crate) fn follow(
        &mut self,
        rule: &Steadiness,
        quantity: Quantity,
        value: f64,
        at: Timestamp,
    ) -> Result<(), Fault> {
        if let Some(last) = self.last.replace(value) {
            self.step(rule, change(quantity, last, value), at);
        }
        let horizon = at.minus(rule.window);
        while self.turns.front().is_some_and(|turn| *turn < horizon) {
            self.turns.pop_front();
        }
        let turns = u32::try_from(self.turns.len()).unwrap_or(u32::MAX);
        if turns > rule.turns_max {
            return Err(Fault::FlipFlop {
                turns,
                window: rule.window,
            });
        }
        Ok(())
    }

    fn step(&mut self, rule: &Steadiness, change: f64, at: Timestamp) {
        if change.abs() < rule.jump {
            return;
        }
        let upwards = change > 0.0;
        if self
            .upwards
            .replace(upwards)
            .is_some_and(|before| before != upwards)
        {
            self.turns.push_back(at);
            // One more than allowed is all there is to know.
            while self.turns.len() > rule.turns_max as usize + 1 {
                self.turns.pop_front();
            }
        }
    }
}

/// From one value to the next; prices relative to the first.
fn change(quantity: Quantity, from: f64, to: f64) -> f64 {
    match quantity {
        Quantity::Price if from > 0.0 => (to - from) / from,
        _ => to - from,
    }
}
