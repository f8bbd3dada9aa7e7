//! How much to hold: from probabilities, books and holdings to share quantities.
//!
//! One rule runs through the module: trade the next share only while its all-in price beats the *reservation price*
//! of the current wealth state. Risk aversion `gamma` is that of constant relative risk aversion; `gamma = 1` is full
//! Kelly, `gamma = 1 / lambda` is `lambda`-Kelly. Everything is a pure `f64` function; what leaves for the venue is
//! decided in integers by [`rounding`].

pub mod abnormal;
pub mod caps;
mod compress;
pub mod costs;
pub mod drawdown;
pub mod enumerate;
mod error;
pub mod exclusive;
pub mod exposure;
pub mod fair_value;
pub mod fractional;
mod interior;
pub mod joint;
mod linear;
pub mod lockup;
pub mod maker;
mod optimum;
mod polish;
pub mod prices;
mod programme;
pub mod reservation;
pub mod rounding;
pub mod scenarios;
pub mod settlement;
pub mod solver;
pub mod special;
pub mod states;
pub mod touch;
pub mod uncertainty;
pub mod utility;
pub mod walk;

pub use costs::FeeSchedule;
pub use error::SizingError;
pub use prices::{reservation_price, state_prices};
pub use reservation::{BinaryBet, BinaryWealth};
pub use scenarios::ScenarioSet;
pub use solver::{
    Leg, LegAction, LegOutcome, Problem, Solution, SolveStatus, solve, solve_screened,
};
pub use states::{Contest, ContestKind, Holding, StateSpace};
pub use walk::{Level, Walk, WalkStop, walk_buy, walk_sell};
