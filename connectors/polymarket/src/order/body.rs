//! The body of `POST /order`, written once: the bytes that are signed by the API key are the bytes that are sent, and sent
//! again.

use alloy_primitives::{Address, hex};
use quorate_domain::{Crossing, Side};

use super::life::OrderType;
use super::sign::SignedOrder;

/// When the venue executes an order that matches (`deferExec`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// At once.
    Now,
    /// Deferred.
    Deferred,
}

/// Why an order has no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// An order that never rests cannot be post-only.
    #[error("an order of type {order_type} cannot be post-only: use GTC or GTD", order_type = order_type.as_str())]
    PostOnlyNeverRests {
        /// Its type.
        order_type: OrderType,
    },
    /// A GTD order states its expiration; all others state 0.
    #[error("expiration {expiration_s} does not go with order type {order_type}: GTD states one, all others 0", order_type = order_type.as_str())]
    Expiration {
        /// Its type.
        order_type: OrderType,
        /// Unix seconds stated.
        expiration_s: u64,
    },
}

impl SignedOrder {
    /// The body of `POST /order`, and one element of the array of `POST /orders`. `owner` is the name of the API key.
    ///
    /// # Errors
    /// [`PostError`]: post-only with an order that never rests, or an expiration that does not go with the type.
    pub fn post_body(
        &self,
        owner: &str,
        order_type: OrderType,
        crossing: Crossing,
        execution: Execution,
    ) -> Result<Vec<u8>, PostError> {
        let fields = self.order().fields();
        let post_only = crossing == Crossing::Refused;
        if post_only && !order_type.rests() {
            return Err(PostError::PostOnlyNeverRests { order_type });
        }
        if (order_type == OrderType::Gtd) != (fields.expiration_s != 0) {
            return Err(PostError::Expiration {
                order_type,
                expiration_s: fields.expiration_s,
            });
        }
        let maker = checksum(fields.maker);
        let signer = if fields.signer == fields.maker {
            maker.clone()
        } else {
            checksum(fields.signer)
        };
        let side = match fields.side {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        };
        let body = format!(
            concat!(
                r#"{{"order":{{"salt":{salt},"maker":"{maker}","signer":"{signer}","tokenId":"{token}","#,
                r#""makerAmount":"{maker_amount}","takerAmount":"{taker_amount}","side":"{side}","#,
                r#""signatureType":{signature_type},"timestamp":"{timestamp}","expiration":"{expiration}","#,
                r#""metadata":"{metadata}","builder":"{builder}","signature":"{signature}"}},"#,
                r#""owner":{owner},"orderType":"{order_type}","deferExec":{defer},"postOnly":{post_only}}}"#,
            ),
            salt = fields.salt,
            maker = maker,
            signer = signer,
            token = fields.asset,
            maker_amount = fields.amounts.maker,
            taker_amount = fields.amounts.taker,
            side = side,
            signature_type = fields.wallet_type.number(),
            timestamp = fields.timestamp_ms,
            expiration = fields.expiration_s,
            metadata = hex::encode_prefixed(fields.metadata),
            builder = hex::encode_prefixed(fields.builder),
            signature = hex::encode_prefixed(self.wire_signature()),
            // Quoted and escaped: the one member that comes from outside.
            owner = serde_json::Value::from(owner),
            order_type = order_type.as_str(),
            defer = execution == Execution::Deferred,
            post_only = post_only,
        );
        Ok(body.into_bytes())
    }
}

fn checksum(address: Address) -> String {
    address.to_checksum(None)
}
