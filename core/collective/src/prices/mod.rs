//! Schemes for prices and returns (basis points, squared error): nine experts with ML-Poly on top.

mod experts;
mod inverse_mse;
mod ml_poly;
mod ridge;

pub use experts::{PRICE_EXPERTS, PriceExperts};
pub use inverse_mse::{InverseMse, Power};
pub use ml_poly::MlPoly;
pub use ridge::{RIDGE_WORKERS_MAX, RidgeStack};
