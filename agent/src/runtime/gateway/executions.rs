//! Executions as they are heard of: several times, by several ways, in any order. Each is told once, and each step of its
//! way to finality once.

use std::collections::{BTreeMap, VecDeque};

use quorate_domain::{AccountInput, Fill, FillId, FillStatus, OrderId, Shares, Timestamp};
use sha2::{Digest, Sha256};

use super::route::Execution;

/// Executions whose last word has been told and that are remembered all the same.
const FINALS_KEPT: usize = 65_536;

/// Our number for an execution: the first eight bytes of the SHA-256 of the venue's name. It needs no record of its own
/// and is the same in every process.
#[must_use]
pub fn fill_id(venue_id: &str) -> FillId {
    let hash = Sha256::digest(venue_id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    FillId(u64::from_be_bytes(first))
}

/// What is known of an execution.
#[derive(Clone, Debug)]
struct Seen {
    /// Absent for one that only the journal tells of.
    venue_id: Option<String>,
    status: FillStatus,
    /// Absent for one that only the journal tells of.
    matched_at: Option<Timestamp>,
}

/// Two executions that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the executions {first} and {second} have the same number {number}")]
pub struct SameNumber {
    /// The number.
    pub number: FillId,
    /// The venue's name for the one.
    pub first: String,
    /// The venue's name for the other.
    pub second: String,
}

/// What hearing of an execution came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// What the decision core must be told.
    pub inputs: Vec<AccountInput>,
    /// Shares that had not been heard of before.
    pub new_shares: Shares,
}

/// Every execution that may be heard of again.
#[derive(Clone, Debug, Default)]
pub struct Executions {
    seen: BTreeMap<FillId, Seen>,
    finals: VecDeque<FillId>,
    newest: Option<Timestamp>,
}

impl Executions {
    /// An execution that the journal tells of.
    pub fn remember(&mut self, id: FillId) {
        self.seen.entry(id).or_insert(Seen {
            venue_id: None,
            status: FillStatus::Matched,
            matched_at: None,
        });
    }

    /// A step towards finality that the journal tells of.
    pub fn remember_settled(&mut self, id: FillId, status: FillStatus) {
        if let Some(seen) = self.seen.get_mut(&id)
            && rank(seen.status) < rank(status)
        {
            seen.status = status;
            self.note_final(id, status);
        }
    }

    /// Takes up what was heard. `own` names the order if it is one of ours.
    ///
    /// # Errors
    /// Two names with one number: the books would mix them up.
    pub fn hear(
        &mut self,
        execution: &Execution,
        own: Option<OrderId>,
    ) -> Result<Heard, SameNumber> {
        let id = fill_id(&execution.id);
        let mut heard = Heard::default();
        let newest = self.newest.get_or_insert(execution.matched_at);
        *newest = execution.matched_at.max(*newest);
        let told = match self.seen.get_mut(&id) {
            Some(seen) => {
                let known = seen.venue_id.get_or_insert_with(|| execution.id.clone());
                if *known != execution.id {
                    return Err(SameNumber {
                        number: id,
                        first: known.clone(),
                        second: execution.id.clone(),
                    });
                }
                seen.matched_at.get_or_insert(execution.matched_at);
                seen.status
            }
            None => {
                heard.new_shares = execution.shares;
                heard.inputs.push(booking(id, execution, own));
                let seen = Seen {
                    venue_id: Some(execution.id.clone()),
                    status: FillStatus::Matched,
                    matched_at: Some(execution.matched_at),
                };
                self.seen.insert(id, seen);
                FillStatus::Matched
            }
        };
        // An older word that comes late says nothing, and neither does anything after the last word.
        if rank(told) < rank(execution.status) {
            if let Some(seen) = self.seen.get_mut(&id) {
                seen.status = execution.status;
            }
            heard.inputs.push(AccountInput::Settled {
                fill: id,
                status: execution.status,
            });
            self.note_final(id, execution.status);
        }
        Ok(heard)
    }

    /// Whether every execution has had its last word.
    #[must_use]
    pub fn all_final(&self) -> bool {
        self.seen.values().all(|seen| rank(seen.status) == FINAL)
    }

    /// From when on executions must be asked for again, so that none is missed: the oldest that has not had its last
    /// word, or else the newest. `None` when that is not known, and nothing may be skipped.
    #[must_use]
    pub fn cursor(&self) -> Option<Timestamp> {
        let mut cursor = self.newest?;
        for seen in self.seen.values().filter(|seen| rank(seen.status) < FINAL) {
            cursor = cursor.min(seen.matched_at?);
        }
        Some(cursor)
    }

    fn note_final(&mut self, id: FillId, status: FillStatus) {
        if rank(status) < FINAL {
            return;
        }
        self.finals.push_back(id);
        if FINALS_KEPT < self.finals.len()
            && let Some(oldest) = self.finals.pop_front()
        {
            self.seen.remove(&oldest);
        }
    }
}

fn booking(id: FillId, execution: &Execution, own: Option<OrderId>) -> AccountInput {
    let fill = Fill {
        id,
        order: own.unwrap_or_else(|| super::orders::foreign_id(&execution.hash)),
        token: execution.token,
        side: execution.side,
        price: execution.price,
        shares: execution.shares,
        fee: execution.fee,
        liquidity: execution.liquidity,
    };
    match own {
        Some(_) => AccountInput::Filled(fill),
        None => AccountInput::External(fill),
    }
}

const FINAL: u8 = 3;

/// How much is known by a status. A failed transaction is tried again before it is mined; what is confirmed or failed
/// stays so.
const fn rank(status: FillStatus) -> u8 {
    match status {
        FillStatus::Matched => 0,
        FillStatus::Retrying => 1,
        FillStatus::Mined => 2,
        FillStatus::Confirmed | FillStatus::Failed => FINAL,
    }
}
