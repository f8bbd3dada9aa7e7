//! Who asks: signed statements that make API keys, and the signature of every private request.

use alloy_primitives::{Address, hex};
use serde_json::{Value, json};

use crate::eip712;
use crate::http::Request;
use crate::keys::{ApiKey, request_signature};
use crate::post::Refused;
use crate::trades::millis;
use crate::venue::Venue;

const UNAUTHORIZED: &str = "Unauthorized/Invalid api key";

fn unauthorized() -> Refused {
    Refused::new(401, UNAUTHORIZED)
}

pub(super) fn route(
    venue: &mut Venue,
    request: &Request,
    method: &str,
    parts: &[&str],
) -> Option<Result<Value, Refused>> {
    Some(match (method, parts) {
        ("POST", ["auth", "api-key"]) => create(venue, request),
        ("GET", ["auth", "derive-api-key"]) => derive(venue, request),
        ("GET", ["auth", "api-keys"]) => private(venue, request).map(|key| {
            let ids: Vec<&str> = venue
                .keys
                .of_owner(key.owner)
                .map(|k| k.id.as_str())
                .collect();
            json!({ "apiKeys": ids })
        }),
        ("DELETE", ["auth", "api-key"]) => private(venue, request).map(|key| {
            venue.keys.delete(&key.id);
            json!("OK")
        }),
        ("GET", ["auth", "ban-status", "closed-only"]) => {
            private(venue, request).map(|_| json!({"closed_only": venue.closed_only}))
        }
        _ => return None,
    })
}

/// The owner and nonce that a signed statement proves.
fn statement(venue: &Venue, request: &Request) -> Result<(Address, u64), Refused> {
    let header = |name: &str| request.header(name).ok_or_else(unauthorized);
    let address: Address = header("POLY_ADDRESS")?
        .parse()
        .map_err(|_| unauthorized())?;
    let timestamp = header("POLY_TIMESTAMP")?;
    let nonce: u64 = header("POLY_NONCE")?.parse().map_err(|_| unauthorized())?;
    check_clock(venue, timestamp)?;
    let signature = hex::decode(header("POLY_SIGNATURE")?).map_err(|_| unauthorized())?;
    let digest = eip712::auth_digest(address, timestamp, nonce, venue.chain_id);
    if eip712::recover(digest, &signature) == Some(address) {
        Ok((address, nonce))
    } else {
        Err(Refused::new(401, "Invalid L1 Request headers"))
    }
}

fn check_clock(venue: &Venue, seconds: &str) -> Result<(), Refused> {
    let at: u64 = seconds.parse().map_err(|_| unauthorized())?;
    let off = venue.stamp_ms().abs_diff(at.saturating_mul(1000));
    if off <= millis(venue.timings.clock_tolerance) {
        Ok(())
    } else {
        Err(unauthorized())
    }
}

fn shown(key: &ApiKey) -> Value {
    json!({"apiKey": key.id, "secret": key.secret, "passphrase": key.passphrase})
}

fn create(venue: &mut Venue, request: &Request) -> Result<Value, Refused> {
    let (owner, nonce) = statement(venue, request)?;
    let made = venue.keys.create(venue.seed, owner, nonce);
    made.map(|key| shown(&key))
        .ok_or_else(|| Refused::new(400, "Could not create api key"))
}

fn derive(venue: &Venue, request: &Request) -> Result<Value, Refused> {
    let (owner, nonce) = statement(venue, request)?;
    let found = venue.keys.find(owner, nonce);
    found
        .map(shown)
        .ok_or_else(|| Refused::new(400, "Could not derive api key!"))
}

/// The key that signed a private request.
pub(crate) fn private(venue: &Venue, request: &Request) -> Result<ApiKey, Refused> {
    let header = |name: &str| request.header(name).ok_or_else(unauthorized);
    if venue.now_ms() < venue.windows.revoked_until {
        return Err(unauthorized());
    }
    let key = venue
        .keys
        .get(header("POLY_API_KEY")?)
        .ok_or_else(unauthorized)?;
    let timestamp = header("POLY_TIMESTAMP")?;
    check_clock(venue, timestamp)?;
    let address: Address = header("POLY_ADDRESS")?
        .parse()
        .map_err(|_| unauthorized())?;
    let message = [
        timestamp.as_bytes(),
        request.method.as_bytes(),
        request.path.as_bytes(),
        &request.body,
    ];
    let expected = request_signature(&key.secret, &message).ok_or_else(unauthorized)?;
    let holds = address == key.owner
        && header("POLY_PASSPHRASE")? == key.passphrase
        && header("POLY_SIGNATURE")? == expected;
    if holds {
        Ok(key.clone())
    } else {
        Err(unauthorized())
    }
}
