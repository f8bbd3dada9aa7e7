//! What happens on the chain: matches become final or fail, tokens are merged, split and converted, markets pay.

use quorate_domain::Outcome;

use super::account::{Account, Booking};
use super::answer::{Answer, Witness};
use super::desk::Desk;
use super::later::{Chore, End};
use super::terms::Group;

impl<W: Witness> Desk<'_, W> {
    /// A match becomes final, or fails and is undone.
    pub(crate) fn settle(&mut self, order: u32, fails: bool, booking: &Booking) {
        let shares = booking.shares.unsigned_abs();
        if fails {
            self.variant.account.undo(booking);
            self.variant.stats.failed += 1;
            self.say(&Answer::Failed { order, shares });
        } else {
            self.variant.account.confirm(booking);
            self.say(&Answer::Confirmed { order, shares });
        }
        if self.market.payout.is_some() {
            self.expect_payout();
        }
    }

    /// A decided market pays when the redemption is final.
    pub(crate) fn expect_payout(&mut self) {
        let (variant, market) = (self.index, self.market_index);
        match self.variant.config.chain {
            0 => self.redeem(),
            chain => {
                let due = self.now.saturating_add(chain);
                self.ends.push(0, due, End::Redeem { variant, market });
            }
        }
    }

    /// All final tokens of a decided market are paid, each outcome rounded down.
    pub(crate) fn redeem(&mut self) {
        let Some(payout) = self.market.payout else {
            return;
        };
        let mut paid = [(0, 0); 2];
        for (part, outcome) in paid.iter_mut().zip([Outcome::Yes, Outcome::No]) {
            let tokens = self.variant.account.tokens(self.market_index, outcome);
            let shares = tokens.free().max(0);
            tokens.confirmed -= shares;
            let cash = i128::from(shares) * i128::from(payout.micros(outcome)) / 1_000_000;
            *part = (shares, i64::try_from(cash).unwrap_or(i64::MAX));
        }
        let [(yes, yes_cash), (no, no_cash)] = paid;
        if yes == 0 && no == 0 {
            return;
        }
        let cash = yes_cash + no_cash;
        self.variant.account.cash += cash;
        self.variant.account.flows.paid_out += cash;
        self.say(&Answer::Redeemed {
            market: self.market_index,
            yes: yes.unsigned_abs(),
            no: no.unsigned_abs(),
            cash: cash.unsigned_abs(),
        });
    }
}

impl Account {
    /// Performs a chore; `None` when more is asked for than is there.
    pub(crate) fn perform(&mut self, chore: &Chore, groups: &[Group]) -> Option<Answer> {
        match *chore {
            Chore::Merge { market, shares } => {
                let amount = asked(shares)?;
                self.pair(market, -amount)?;
                Some(Answer::Merged { market, shares })
            }
            Chore::Split { market, shares } => {
                let amount = asked(shares)?;
                self.pair(market, amount)?;
                Some(Answer::Split { market, shares })
            }
            Chore::Convert { group, set, shares } => {
                self.convert(groups.get(group as usize)?, set, asked(shares)?)?;
                Some(Answer::Converted { group, set, shares })
            }
        }
    }

    /// Makes pairs of collateral, or the other way round when negative.
    fn pair(&mut self, market: u32, amount: i64) -> Option<()> {
        let position = self.positions.get_mut(market as usize)?;
        let least = position.yes.free().min(position.no.free());
        if least + amount < 0 || self.cash - self.reserved < amount {
            return None;
        }
        position.yes.confirmed += amount;
        position.no.confirmed += amount;
        self.cash -= amount;
        self.flows.converted -= amount;
        Some(())
    }

    /// With `k` markets in the set, one NO of each is worth one YES of every other market and `k - 1` dollars.
    fn convert(&mut self, group: &Group, set: u64, amount: i64) -> Option<()> {
        let chosen = |place: usize| set >> place & 1 != 0;
        let count = group.markets.len();
        if count > 64 || set == 0 || (count < 64 && set >> count != 0) {
            return None;
        }
        for (place, market) in group.markets.iter().enumerate() {
            let position = self.positions.get(*market as usize)?;
            if chosen(place) && position.no.free() < amount {
                return None;
            }
        }
        let cash = i64::from(set.count_ones() - 1).checked_mul(amount)?;
        for (place, market) in group.markets.iter().enumerate() {
            let position = self.positions.get_mut(*market as usize)?;
            if chosen(place) {
                position.no.confirmed -= amount;
            } else {
                position.yes.confirmed += amount;
            }
        }
        self.cash += cash;
        self.flows.converted += cash;
        Some(())
    }
}

/// An amount that can be moved: something, and less than all the money there is.
fn asked(shares: u64) -> Option<i64> {
    i64::try_from(shares)
        .ok()
        .filter(|amount| (1..=1_000_000_000_000_000).contains(amount))
}
