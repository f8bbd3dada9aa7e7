//! An order, from exact amounts to the bytes that are posted. Pure: salt and time come from the caller, and the same order
//! is the same bytes for ever.
//!
//! The way of one order: [`amounts`] gives what is paid and what is received, [`OrderFields`] names the rest,
//! [`OrderFields::prepare`] checks it, chooses the exchange and computes the venue's order id ([`PreparedOrder::id`], to be
//! recorded before anything is sent), [`PreparedOrder::sign`] signs it, [`SignedOrder::post_body`] writes it.

pub mod amounts;
mod body;
mod fields;
mod life;
mod sign;

pub use amounts::{AmountError, Amounts};
pub use body::{Execution, PostError};
pub use fields::{
    ORDER_TYPE, ORDER_TYPE_HASH, OrderError, OrderFields, PreparedOrder, SALT_MAX, salt_from,
};
pub use life::{ExpirationError, GTD_LEAD_S_MIN, OrderType, gtd_expiration_s};
pub use sign::{
    NESTED_SIGNATURE_LEN, SESSION_MAGIC, SignError, SignedOrder, TYPED_DATA_SIGN_TYPE_HASH,
    session_wrap,
};
