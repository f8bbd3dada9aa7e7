//! From intents to orders within the limits: the legs of the joint problem, its solution, and what is left after caps
//! and rounding.

use alloc::vec::Vec;

use quorate_domain::{
    BookSide, Cash, Coverage, LimitName, NoTradeReason, Outcome, Price, Shares, Side, Token,
};

use crate::decide::{Desk, Judged, judge};
use crate::markets::ScopeKey;
use crate::portfolio::Portfolio;
use crate::risk::{self, Account, Held, Judge, OtherOutcome, Sized};
use crate::sizing::{
    Leg, LegAction, LegOutcome, Problem, Solution, reservation_price, solve_screened, state_prices,
};
use crate::strategy::{Intent, MarketView, Style, View};

/// One scope's joint problem.
pub(crate) struct Plan<'a> {
    desk: Desk<'a>,
    view: &'a View<'a>,
    portfolio: &'a Portfolio,
    scope: ScopeKey,
    /// Wealth that does not depend on the scope, dollars.
    outside: f64,
    account: Account,
    budget: Cash,
    budget_limit: LimitName,
}

/// An intent's share of the joint problem.
struct Candidate {
    intent: Intent,
    token: Token,
    /// Price and number of each of its legs, best first.
    legs: Vec<(Price, usize)>,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        desk: Desk<'a>,
        view: &'a View<'a>,
        portfolio: &'a Portfolio,
        scope: ScopeKey,
        outside: f64,
    ) -> Self {
        let reserved = desk.orders.reserved();
        let gross: Cash = desk.ledger.positions().map(|(_, p)| p.cost).sum();
        let account = Account {
            equity: desk.equity,
            free: desk.ledger.cash() - desk.ledger.proceeds_pending() - reserved,
            gross: gross + reserved,
            open_orders: desk.orders.len(),
        };
        let (budget, budget_limit) = account.budget(&desk.known.config.limits);
        Self {
            desk,
            view,
            portfolio,
            scope,
            outside,
            account,
            budget,
            budget_limit,
        }
    }

    /// Sizes the intents jointly and writes the verdicts.
    pub(crate) fn carry_out(mut self, intents: &[Intent], judged: &mut Vec<Judged>) {
        let mut legs = Vec::new();
        let candidates: Vec<Candidate> = intents
            .iter()
            .filter_map(|i| self.candidate(i, &mut legs))
            .collect();
        self.note_reservations(judged);
        let problem = Problem {
            space: &self.portfolio.space,
            base_wealth: &self.portfolio.wealth,
            legs: &legs,
            cash: self.budget.to_f64(),
            risk_aversion: self.desk.known.config.risk_aversion,
        };
        let Ok(solution) = solve_screened(&problem) else {
            return refuse(&candidates, judged, NoTradeReason::Insolvent);
        };
        let gain_min = self.desk.known.config.gain_min;
        if solution.certainty_equivalent_gain < gain_min.to_f64() {
            return refuse(
                &candidates,
                judged,
                NoTradeReason::GainTooSmall { needed: gain_min },
            );
        }
        let scale = self.scale(&solution);
        // Sales first: they free what purchases may need.
        let (sales, purchases): (Vec<_>, Vec<_>) =
            candidates.iter().partition(|c| c.intent.side == Side::Sell);
        for candidate in sales.into_iter().chain(purchases) {
            self.settle_on(candidate, &solution, scale, judged);
        }
    }

    /// The legs of one intent: one for every displayed level within its limit, or one resting order.
    fn candidate(&self, intent: &Intent, legs: &mut Vec<Leg>) -> Option<Candidate> {
        let market = &self.view.markets[intent.market];
        let token = Token {
            market: market.market.id,
            outcome: intent.outcome,
        };
        let sellable = self.sellable(token);
        let opposite = Token {
            outcome: intent.outcome.opposite(),
            ..token
        };
        // Buying NO from the bids that a sale of YES would hit is the same trade: sell first, buy when none is left.
        let sell_first =
            intent.side == Side::Buy && market.market.shares_min <= self.sellable(opposite);
        if sell_first || (intent.side == Side::Sell && sellable.is_zero()) {
            return None;
        }
        let (contest, place) = self.portfolio.place(token.market)?;
        let mut candidate = Candidate {
            intent: *intent,
            token,
            legs: Vec::new(),
        };
        for (price, unit_cash, shares) in self.prices(market, intent, sellable) {
            candidate.legs.push((price, legs.len()));
            legs.push(Leg {
                contest,
                market: place,
                outcome: match intent.outcome {
                    Outcome::Yes => LegOutcome::Yes,
                    Outcome::No => LegOutcome::No,
                },
                action: match intent.side {
                    Side::Buy => LegAction::Buy,
                    Side::Sell => LegAction::Sell,
                },
                unit_cash,
                shares_max: shares.to_f64(),
            });
        }
        (!candidate.legs.is_empty()).then_some(candidate)
    }

    /// (price, cash per share, most shares) of every leg of an intent.
    fn prices(
        &self,
        market: &MarketView<'_>,
        intent: &Intent,
        sellable: Shares,
    ) -> Vec<(Price, f64, Shares)> {
        let limits = &self.desk.known.config.limits;
        let most = match intent.side {
            Side::Buy => Shares::whole(limits.order_shares_max),
            Side::Sell => sellable,
        };
        if intent.style == Style::Make {
            return Vec::from([(intent.limit, self.resting_cash(market, intent), most)]);
        }
        let mut left = most;
        let mut prices = Vec::new();
        for level in market
            .book
            .levels_of(intent.outcome, BookSide::taken_by(intent.side))
        {
            let within = match intent.side {
                Side::Buy => level.price <= intent.limit,
                Side::Sell => intent.limit <= level.price,
            };
            if !within || left.is_zero() || !self.in_collar(market, intent.outcome, level.price) {
                break;
            }
            let cash = match intent.side {
                Side::Buy => market.taker_cost(level.price),
                Side::Sell => market.taker_proceeds(level.price),
            };
            let shares = share_of(level.shares, limits.depth_share_ppm).min(left);
            left = left.saturating_sub(shares);
            prices.push((level.price, cash, shares));
        }
        prices
    }

    /// Cash per share of a resting order. Being filled is bad news about the outcome, which counts as a cost; the
    /// rebate is an expectation.
    fn resting_cash(&self, market: &MarketView<'_>, intent: &Intent) -> f64 {
        let b = intent.limit.to_f64();
        let fee = market.market.fee;
        let rebate = f64::from(fee.rebate_share_ppm) * 1e-6 * fee.taker_per_share(b);
        let adverse = self.desk.known.config.adverse_selection;
        match intent.side {
            Side::Buy => (b - rebate + adverse) * market.lockup,
            Side::Sell => b + rebate - adverse,
        }
    }

    fn in_collar(&self, market: &MarketView<'_>, outcome: Outcome, price: Price) -> bool {
        let mid = match outcome {
            Outcome::Yes => market.fair.market_mid.get(),
            Outcome::No => 1.0 - market.fair.market_mid.get(),
        };
        let collar = f64::from(self.desk.known.config.limits.collar_micros) * 1e-6;
        libm::fabs(price.to_f64() - mid) <= collar + 1e-9
    }

    /// Shares of a token that no open order has promised.
    fn sellable(&self, token: Token) -> Shares {
        let promised = self
            .desk
            .orders
            .of_token(token)
            .filter(|o| o.placed.side == Side::Sell && o.is_taking())
            .map(|o| o.remaining)
            .sum();
        self.desk
            .ledger
            .position(token)
            .sellable()
            .saturating_sub(promised)
    }

    /// Writes every market's reservation price, on the YES scale, into its verdict.
    fn note_reservations(&self, judged: &mut [Judged]) {
        let gamma = self.desk.known.config.risk_aversion;
        let Ok(prices) = state_prices(&self.portfolio.space, &self.portfolio.wealth, gamma) else {
            return;
        };
        for verdict in judged.iter_mut().filter(|j| j.numbers.edge.is_some()) {
            if let Some((contest, place)) = self.portfolio.place(verdict.market) {
                let price = reservation_price(
                    &self.portfolio.space,
                    &prices,
                    contest,
                    place,
                    LegOutcome::Yes,
                );
                verdict.numbers.reservation = price.ok();
            }
        }
    }

    /// How much of the whole plan the correlated set's limit lets through.
    fn scale(&self, solution: &Solution) -> f64 {
        if !matches!(self.scope, ScopeKey::Set(_)) {
            return 1.0;
        }
        let members = self.desk.known.markets.scope(self.scope);
        let cost: Cash = self
            .desk
            .ledger
            .positions()
            .filter(|(token, _)| members.contains(&token.market))
            .map(|(_, position)| position.cost)
            .sum();
        let coming: Cash = members
            .iter()
            .flat_map(|id| self.desk.orders.of_market(*id))
            .filter(|order| order.is_taking())
            .map(crate::orders::OpenOrder::at_risk)
            .sum();
        let start = self.outside + (cost + coming).to_f64();
        let held: Vec<f64> = self.portfolio.wealth.iter().map(|w| w - start).collect();
        let planned: Vec<f64> = solution
            .wealth
            .iter()
            .zip(&self.portfolio.wealth)
            .map(|(after, before)| after - before)
            .collect();
        let cap = self
            .account
            .equity
            .share_ppm(self.desk.known.config.limits.set_loss_ppm);
        risk::set_scale(
            self.portfolio.space.probabilities(),
            &held,
            &planned,
            cap.to_f64(),
        )
    }

    /// Rounds one candidate's solution, holds it against the limits, and writes the verdict.
    fn settle_on(
        &mut self,
        candidate: &Candidate,
        solution: &Solution,
        scale: f64,
        judged: &mut Vec<Judged>,
    ) {
        let total: f64 = candidate
            .legs
            .iter()
            .map(|(_, leg)| solution.shares[*leg])
            .sum();
        let scale = if candidate.intent.side == Side::Buy {
            scale
        } else {
            1.0
        };
        let shares = Shares::floor_from_f64(total * scale + 1e-9).floor_to(Shares::LOT);
        let market = &self.view.markets[candidate.intent.market];
        note_wanted(
            judged,
            candidate.token,
            total,
            solution.certainty_equivalent_gain,
        );
        if shares.is_zero() {
            let reason = if scale < 1.0 && 0.01 <= total {
                NoTradeReason::Limit(LimitName::SetLoss)
            } else if self.budget <= Cash::ZERO && candidate.intent.side == Side::Buy {
                NoTradeReason::Limit(self.budget_limit)
            } else {
                NoTradeReason::InsideBand
            };
            return soft_judge(judged, candidate.token, reason);
        }
        let wish = Sized {
            token: candidate.token,
            side: candidate.intent.side,
            style: candidate.intent.style,
            limit: worst_price(candidate, solution, shares),
            shares,
            bound_by: (scale < 1.0).then_some(LimitName::SetLoss),
        };
        let outcome = self.approve(wish, market);
        if let Ok(approved) = &outcome {
            self.spend(approved.get(), market);
        }
        write_verdict(judged, candidate.token, outcome);
    }

    fn approve(
        &self,
        wish: Sized,
        market: &MarketView<'_>,
    ) -> Result<risk::Approved<Sized>, NoTradeReason> {
        let contest = self.contest(market);
        let group = market
            .market
            .group
            .and_then(|g| self.desk.known.markets.group(g));
        let judge = Judge {
            limits: &self.desk.known.config.limits,
            account: &self.account,
            budget: self.budget,
            budget_limit: self.budget_limit,
            unit_cost_micros: unit_cost_micros(market, wish.limit),
            market: self.holdings(wish.token.market),
            contest: &contest,
            other: match group.map(|g| g.coverage) {
                Some(Coverage::Exhaustive) => OtherOutcome::Impossible,
                _ => OtherOutcome::Possible,
            },
        };
        let approved = judge.approve(wish).map_err(NoTradeReason::Limit)?;
        let order = approved.get();
        let too_small = order.shares < market.market.shares_min
            || (order.side == Side::Buy
                && order.style == Style::Take
                && order.shares.at(order.limit, quorate_domain::Rounding::Down)
                    < market.market.marketable_buy_min);
        if too_small {
            Err(NoTradeReason::BelowMinimum {
                shares: order.shares,
            })
        } else {
            Ok(approved)
        }
    }

    fn contest(&self, market: &MarketView<'_>) -> Vec<(quorate_domain::MarketId, Held)> {
        let members = self.desk.known.markets.scope(self.scope);
        let same = |id: &&quorate_domain::MarketId| {
            **id == market.market.id
                || market.market.group.is_some_and(|g| {
                    self.desk
                        .known
                        .markets
                        .get(**id)
                        .is_some_and(|s| s.market.group == Some(g))
                })
        };
        members
            .iter()
            .filter(same)
            .map(|id| (*id, self.holdings(*id)))
            .collect()
    }

    fn holdings(&self, market: quorate_domain::MarketId) -> Held {
        let [yes, no] = self.desk.held(market);
        let cost: Cash = [Outcome::Yes, Outcome::No]
            .iter()
            .map(|outcome| {
                self.desk
                    .ledger
                    .position(Token {
                        market,
                        outcome: *outcome,
                    })
                    .cost
            })
            .sum();
        let open: Cash = self
            .desk
            .orders
            .of_market(market)
            .map(crate::orders::OpenOrder::at_risk)
            .sum();
        Held {
            yes,
            no,
            cost: cost + open,
        }
    }

    fn spend(&mut self, order: &Sized, market: &MarketView<'_>) {
        self.account.open_orders += 1;
        if order.side == Side::Buy {
            let cost = order.shares.at_micros(
                unit_cost_micros(market, order.limit),
                quorate_domain::Rounding::Up,
            );
            self.budget = (self.budget - cost).max(Cash::ZERO);
        }
    }
}

fn refuse(candidates: &[Candidate], judged: &mut [Judged], reason: NoTradeReason) {
    for candidate in candidates {
        judge(judged, candidate.token.market, reason);
    }
}

/// Price and fee of one share bought at once, in micro-dollars, rounded up.
fn unit_cost_micros(market: &MarketView<'_>, price: Price) -> i64 {
    let fee = market.market.fee.taker_per_share(price.to_f64()) * 1e6;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fee is a fraction of a dollar"
    )]
    let fee = libm::ceil(fee) as i64;
    i64::from(price.micros()) + fee
}

fn share_of(shares: Shares, ppm: u32) -> Shares {
    let micros = u128::from(shares.micros()) * u128::from(ppm) / 1_000_000;
    Shares::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)).floor_to(Shares::LOT)
}

/// The worst price among the legs that `shares` reach.
fn worst_price(candidate: &Candidate, solution: &Solution, shares: Shares) -> Price {
    let mut reached = 0.0;
    let wanted = shares.to_f64();
    let mut worst = candidate.legs[0].0;
    for (price, leg) in &candidate.legs {
        if wanted - 0.005 <= reached {
            break;
        }
        if 0.0 < solution.shares[*leg] {
            worst = *price;
        }
        reached += solution.shares[*leg];
    }
    worst
}

fn note_wanted(judged: &mut [Judged], token: Token, total: f64, gain: f64) {
    if let Some(verdict) = judged.iter_mut().find(|j| j.market == token.market) {
        verdict.numbers.shares_wanted = Some(total);
        verdict.numbers.gain = Some(gain);
    }
}

/// Replaces a market's reason, unless it already trades.
fn soft_judge(judged: &mut [Judged], token: Token, reason: NoTradeReason) {
    if let Some(verdict) = judged.iter_mut().find(|j| j.market == token.market)
        && verdict.outcome.is_err()
    {
        verdict.outcome = Err(reason);
    }
}

/// Writes an order's verdict: into the market's first one, or as a second one when the first already trades.
fn write_verdict(
    judged: &mut Vec<Judged>,
    token: Token,
    outcome: Result<risk::Approved<Sized>, NoTradeReason>,
) {
    let Some(place) = judged.iter().position(|j| j.market == token.market) else {
        return;
    };
    match (&judged[place].outcome, &outcome) {
        (Ok(_), Ok(_)) => {
            let second = Judged {
                outcome,
                ..judged[place].clone()
            };
            judged.push(second);
        }
        (Ok(_), Err(_)) => {}
        (Err(_), _) => judged[place].outcome = outcome,
    }
}
