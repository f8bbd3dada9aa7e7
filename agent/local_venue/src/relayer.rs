//! Transactions without gas: batches of calls to the adapters, performed on the wallet that sends them.

use alloy_primitives::{Address, U256, address, hex};
use quorate_domain::Outcome;
use serde_json::{Value, json};

use crate::post::Refused;
use crate::venue::Venue;

const CTF_ADAPTER: Address = address!("0xAdA100Db00Ca00073811820692005400218FcE1f");
const NEG_RISK_ADAPTER: Address = address!("0xadA2005600Dec949baf300f4C6120000bDB6eAab");
const SPLIT: [u8; 4] = hex!("72ce4275");
const MERGE: [u8; 4] = hex!("9e7212ad");
const REDEEM: [u8; 4] = hex!("01b7037c");
const APPROVALS: [[u8; 4]; 2] = [hex!("095ea7b3"), hex!("a22cb465")];

/// A transaction the relayer was given.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) hash: String,
    pub(crate) state: &'static str,
    pub(crate) error: String,
}

/// One call of a batch.
struct Call {
    target: Address,
    data: Vec<u8>,
}

impl Venue {
    /// Performs a submitted batch at once.
    pub(crate) fn relay(&mut self, body: &Value) -> Result<Value, Refused> {
        let from = body["from"].as_str().and_then(|a| a.parse().ok());
        let kind: u8 = match body["type"].as_str() {
            Some("WALLET") => 3,
            Some("SAFE") => 2,
            Some("PROXY") => 1,
            _ => return Err(Refused::new(400, "unsupported transaction type")),
        };
        let account = from.and_then(|owner| self.account_of(owner, kind));
        let Some(account) = account else {
            return Err(Refused::new(400, "wallet not found"));
        };
        let nonce = self.accounts[account].relayer_nonce;
        let sent = body["nonce"].as_str().and_then(|n| n.parse::<u64>().ok());
        if sent != Some(nonce) {
            let sent = sent.map_or("missing".to_owned(), |n| n.to_string());
            return Err(Refused::new(
                400,
                format!("batch nonce {sent} does not match on-chain nonce {nonce}"),
            ));
        }
        let calls = read_calls(body).ok_or_else(|| Refused::new(400, "invalid calls"))?;
        self.accounts[account].relayer_nonce += 1;
        let mut failed = None;
        for call in &calls {
            if let Err(why) = self.perform(account, call) {
                failed = Some(why);
                break;
            }
        }
        let hash = format!("{:#x}", self.fresh("relayed"));
        let id = crate::keys::uuid_of(self.fresh("relay").as_slice());
        let transaction = Transaction {
            hash: hash.clone(),
            state: if failed.is_some() {
                "STATE_FAILED"
            } else {
                "STATE_CONFIRMED"
            },
            error: failed.unwrap_or_default().to_owned(),
        };
        self.transactions.insert(id.clone(), transaction);
        Ok(json!({"transactionID": id, "transactionHash": "", "state": "STATE_NEW"}))
    }

    fn perform(&mut self, account: usize, call: &Call) -> Result<(), &'static str> {
        let Some((selector, args)) = call.data.split_first_chunk::<4>() else {
            return Err("call without a selector");
        };
        if APPROVALS.contains(selector) {
            return Ok(());
        }
        let word = |at: usize| args.get(at * 32..at * 32 + 32).ok_or("call data too short");
        let condition = alloy_primitives::B256::from_slice(word(2)?);
        let known = |m: &crate::venue::Listed| m.listing.condition_id == condition;
        let market = self
            .markets
            .iter()
            .position(known)
            .ok_or("unknown condition")?;
        let expected = if self.markets[market].listing.is_neg_risk() {
            NEG_RISK_ADAPTER
        } else {
            CTF_ADAPTER
        };
        if call.target != expected {
            return Err("wrong adapter for this market");
        }
        if *selector == REDEEM {
            let payout = self.markets[market]
                .payout
                .ok_or("result for condition not received yet")?;
            self.ledger.redeem(account, market, payout);
            return Ok(());
        }
        let amount = U256::from_be_slice(word(4)?);
        let amount = i128::try_from(amount).map_err(|_| "amount too large")?;
        match *selector {
            SPLIT if amount <= self.ledger.cash(account) => {
                self.ledger.split(account, market, amount);
                Ok(())
            }
            MERGE if self.pairs_of(account, market) >= amount => {
                self.ledger.split(account, market, -amount);
                Ok(())
            }
            SPLIT | MERGE => Err("balance too small"),
            _ => Err("unknown call"),
        }
    }

    fn pairs_of(&self, account: usize, market: usize) -> i128 {
        let held = |outcome| self.ledger.tokens(account, market, outcome);
        held(Outcome::Yes).min(held(Outcome::No))
    }
}

/// The calls of a batch: listed one by one for deposit wallets, as target and data for one direct call of a Safe.
fn read_calls(body: &Value) -> Option<Vec<Call>> {
    let call = |target: &Value, data: &Value| {
        Some(Call {
            target: target.as_str()?.parse().ok()?,
            data: hex::decode(data.as_str()?).ok()?,
        })
    };
    match body["type"].as_str()? {
        "WALLET" => body["depositWalletParams"]["calls"]
            .as_array()?
            .iter()
            .map(|one| call(&one["target"], &one["data"]))
            .collect(),
        "PROXY" => read_proxy_calls(&hex::decode(body["data"].as_str()?).ok()?),
        _ => Some(vec![call(&body["to"], &body["data"])?]),
    }
}

/// Decodes `proxy((uint8,address,uint256,bytes)[])`.
fn read_proxy_calls(data: &[u8]) -> Option<Vec<Call>> {
    let args = data.strip_prefix(&hex!("34ee9791"))?;
    let number = |at: usize| -> Option<usize> {
        usize::try_from(U256::from_be_slice(args.get(at..at.checked_add(32)?)?)).ok()
    };
    let list = number(0)?;
    let count = number(list)?;
    let base = list.checked_add(32)?;
    let read = |index: usize| -> Option<Call> {
        let item = base.checked_add(number(base.checked_add(index.checked_mul(32)?)?)?)?;
        let target = Address::from_slice(args.get(item.checked_add(44)?..item.checked_add(64)?)?);
        let bytes = item.checked_add(number(item.checked_add(96)?)?)?;
        let length = number(bytes)?;
        let start = bytes.checked_add(32)?;
        let data = args.get(start..start.checked_add(length)?)?.to_vec();
        Some(Call { target, data })
    };
    (0..count.min(64)).map(read).collect()
}
