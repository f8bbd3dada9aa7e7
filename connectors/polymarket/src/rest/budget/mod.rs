//! Request budgets: every call pays before it is sent, into buckets that stay below what the venue allows.
//!
//! Cancels have buckets of their own everywhere, so that they never wait behind orders or reads, and no answer stops them
//! for more than seconds.

mod bucket;
mod group;
mod tier;

pub use bucket::Quota;
pub use group::{Group, Lane};
pub use tier::Tier;

use std::collections::BTreeMap;
use std::time::Duration;

use self::bucket::Bucket;
use self::group::quota_of;
use super::error::RestError;
use super::fault::Fault;
use super::head::Head;
use std::sync::{Mutex, PoisonError};

/// No answer stops reads and orders for longer.
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// Nor cancels: whatever the venue asks for, taking orders back is tried again after this long.
const CANCEL_PAUSE_MAX: Duration = Duration::from_secs(5);

/// What a call costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Who it serves.
    pub lane: Lane,
    /// The venue's group of the call.
    pub group: Group,
    /// Orders placed or cancelled, counted against the signer; 0 for reads.
    pub orders: u32,
}

impl Cost {
    /// A read.
    #[must_use]
    pub const fn read(group: Group) -> Self {
        Self {
            lane: Lane::Read,
            group,
            orders: 0,
        }
    }

    /// Orders placed.
    #[must_use]
    pub const fn place(group: Group, orders: u32) -> Self {
        Self {
            lane: Lane::Place,
            group,
            orders,
        }
    }

    /// Orders cancelled.
    #[must_use]
    pub const fn cancel(group: Group, orders: u32) -> Self {
        Self {
            lane: Lane::Cancel,
            group,
            orders,
        }
    }
}

/// All budgets of one client.
#[derive(Debug)]
pub struct Budget {
    groups: BTreeMap<(Group, Lane), Vec<Bucket>>,
    signer_place: Bucket,
    signer_cancel: Bucket,
    tier: Mutex<Tier>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Tier::Standard)
    }
}

impl Budget {
    /// Full buckets for a signer of this tier.
    #[must_use]
    pub fn new(tier: Tier) -> Self {
        let mut groups = BTreeMap::new();
        for group in Group::ALL {
            for lane in Lane::ALL {
                let buckets = quota_of(group, lane)
                    .into_iter()
                    .map(|quota| Bucket::new(group.name(), quota, pause_max(lane)))
                    .collect();
                groups.insert((group, lane), buckets);
            }
        }
        Self {
            groups,
            signer_place: Bucket::new(
                "orders of this signer",
                tier.place(),
                pause_max(Lane::Place),
            ),
            signer_cancel: Bucket::new(
                "cancels of this signer",
                tier.cancel(),
                pause_max(Lane::Cancel),
            ),
            tier: Mutex::new(tier),
        }
    }

    /// The tier that the venue last named.
    #[must_use]
    pub fn tier(&self) -> Tier {
        *self.tier.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many orders can be placed at once.
    #[must_use]
    pub fn place_burst(&self) -> u32 {
        self.signer_place.burst()
    }

    /// How many orders can be cancelled at once.
    #[must_use]
    pub fn cancel_burst(&self) -> u32 {
        self.signer_cancel.burst()
    }

    fn signer(&self, lane: Lane) -> Option<&Bucket> {
        match lane {
            Lane::Place => Some(&self.signer_place),
            Lane::Cancel => Some(&self.signer_cancel),
            Lane::Read => None,
        }
    }

    fn buckets(&self, group: Group, lane: Lane) -> impl Iterator<Item = &Bucket> {
        self.groups.get(&(group, lane)).into_iter().flatten()
    }

    /// Waits until the call may be sent, and pays for it.
    ///
    /// # Errors
    /// [`RestError::AboveBurst`] for a call that can never pass.
    pub async fn pay(&self, cost: Cost) -> Result<(), RestError> {
        if let Some(signer) = self.signer(cost.lane).filter(|_| cost.orders > 0) {
            signer.pay(cost.orders).await?;
        }
        for group in cost.group.with_parents() {
            for bucket in self.buckets(group, cost.lane) {
                bucket.pay(1).await?;
            }
        }
        Ok(())
    }

    /// Learns from an answer: the tier, what is left of the signer's bucket, and being throttled. `now_s` is unix seconds.
    /// Returns the pause that followed from being throttled.
    pub fn learn(
        &self,
        cost: Cost,
        head: &Head,
        fault: Option<&Fault>,
        now_s: u64,
    ) -> Option<Duration> {
        if let Some(tier) = head.tier {
            self.adopt(tier);
        }
        let signer = self.signer(cost.lane).filter(|_| head.is_about_signer());
        if let (Some(signer), Some(remaining)) = (signer, head.remaining)
            && remaining <= 0
        {
            let wait = head.reset_s.map_or(1, |reset| reset.saturating_sub(now_s));
            signer.pause(Duration::from_secs(wait.min(60)));
        }
        match fault {
            Some(Fault::Throttled { after }) => {
                let mut pause = Duration::ZERO;
                let own = self.buckets(cost.group, cost.lane);
                match signer {
                    Some(signer) => pause = signer.throttled(*after),
                    None => own.for_each(|bucket| pause = pause.max(bucket.throttled(*after))),
                }
                Some(pause)
            }
            _ => {
                self.buckets(cost.group, cost.lane).for_each(Bucket::passed);
                if let Some(signer) = self.signer(cost.lane) {
                    signer.passed();
                }
                None
            }
        }
    }

    /// Fits the signer's buckets to a tier. They start empty, since what the venue still counts is not known.
    pub fn adopt(&self, tier: Tier) {
        let mut known = self.tier.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != tier {
            tracing::info!(?tier, "the venue's rate limits of this signer changed");
            *known = tier;
            self.signer_place.set_quota(tier.place());
            self.signer_cancel.set_quota(tier.cancel());
        }
    }
}

const fn pause_max(lane: Lane) -> Duration {
    match lane {
        Lane::Cancel => CANCEL_PAUSE_MAX,
        Lane::Read | Lane::Place => PAUSE_MAX,
    }
}
