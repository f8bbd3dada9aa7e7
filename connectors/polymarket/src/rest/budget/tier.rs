//! What the venue allows one signer, by tier.

use super::bucket::Quota;

/// A signer's tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Where everyone begins.
    #[default]
    Standard,
    /// Copper.
    Copper,
    /// Bronze.
    Bronze,
    /// Silver.
    Silver,
    /// Gold.
    Gold,
    /// Platinum.
    Platinum,
    /// Diamond.
    Diamond,
    /// Elite.
    Elite,
}

impl Tier {
    /// Every tier, from the lowest.
    pub const ALL: [Self; 8] = [
        Self::Standard,
        Self::Copper,
        Self::Bronze,
        Self::Silver,
        Self::Gold,
        Self::Platinum,
        Self::Diamond,
        Self::Elite,
    ];

    /// The tier of a name, in any case.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|tier| format!("{tier:?}").eq_ignore_ascii_case(text.trim()))
    }

    /// Orders placed per second, and at once.
    #[must_use]
    pub const fn place_limit(self) -> (u32, u32) {
        match self {
            Self::Standard => (40, 60),
            Self::Copper => (60, 90),
            Self::Bronze => (80, 120),
            Self::Silver => (200, 300),
            Self::Gold => (400, 600),
            Self::Platinum => (450, 675),
            Self::Diamond => (525, 787),
            Self::Elite => (600, 900),
        }
    }

    /// Orders cancelled per second, and at once: twice as many as are placed.
    #[must_use]
    pub const fn cancel_limit(self) -> (u32, u32) {
        match self {
            // Twice 787 is one short of what is documented.
            Self::Diamond => (1050, 1575),
            other => {
                let (per_s, burst) = other.place_limit();
                (per_s * 2, burst * 2)
            }
        }
    }

    pub(crate) fn place(self) -> Quota {
        Quota::token_bucket(self.place_limit())
    }

    pub(crate) fn cancel(self) -> Quota {
        Quota::token_bucket(self.cancel_limit())
    }
}
