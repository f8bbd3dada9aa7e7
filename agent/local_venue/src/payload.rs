//! An order as clients send it, read field by field.

use alloy_primitives::{Address, B256, U256};
use serde_json::Value;

use crate::eip712::SignedFields;
use crate::venue::Kind;

/// What a client posts for one order.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) fields: SignedFields,
    pub(crate) signature: Vec<u8>,
    pub(crate) owner: String,
    pub(crate) kind: Kind,
    pub(crate) expiration: u64,
    pub(crate) rests_only: bool,
}

/// Reads a posted order.
///
/// # Errors
/// The name of the first field that is missing or cannot be read.
pub(crate) fn read(body: &Value) -> Result<Posted, &'static str> {
    let order = body.get("order").ok_or("order")?;
    let text = |name: &'static str| order.get(name).and_then(Value::as_str).ok_or(name);
    let amount = |name: &'static str| U256::from_str_radix(text(name)?, 10).map_err(|_| name);
    let address = |name: &'static str| text(name)?.parse::<Address>().map_err(|_| name);
    let word = |name: &'static str| text(name)?.parse::<B256>().map_err(|_| name);
    let count = |name: &'static str| order.get(name).and_then(Value::as_u64).ok_or(name);
    let side = match text("side")? {
        "BUY" => 0,
        "SELL" => 1,
        _ => return Err("side"),
    };
    let kind = match body.get("orderType").and_then(Value::as_str) {
        Some("GTC") => Kind::Gtc,
        Some("GTD") => Kind::Gtd,
        Some("FOK") => Kind::Fok,
        Some("FAK") => Kind::Fak,
        _ => return Err("orderType"),
    };
    let signature_type = u8::try_from(count("signatureType")?).map_err(|_| "signatureType")?;
    Ok(Posted {
        fields: SignedFields {
            salt: U256::from(count("salt")?),
            maker: address("maker")?,
            signer: address("signer")?,
            token_id: amount("tokenId")?,
            maker_amount: amount("makerAmount")?,
            taker_amount: amount("takerAmount")?,
            side,
            signature_type,
            timestamp: amount("timestamp")?,
            metadata: word("metadata")?,
            builder: word("builder")?,
        },
        signature: alloy_primitives::hex::decode(text("signature")?).map_err(|_| "signature")?,
        owner: body
            .get("owner")
            .and_then(Value::as_str)
            .ok_or("owner")?
            .to_owned(),
        kind,
        expiration: text("expiration")?.parse().map_err(|_| "expiration")?,
        rests_only: body.get("postOnly").and_then(Value::as_bool) == Some(true),
    })
}
