//! A market by its name, with the event it belongs to.

use quorate_polymarket::gamma::{Event, Gamma, GammaError, Market};
use quorate_polymarket::listing::Kind;

use crate::commands::venue_client::not_found_or_down;
use crate::failure::{EXIT_NOT_FOUND, Failure};

/// A market as the catalogue has it.
pub(crate) struct FoundMarket {
    pub(crate) event: Event,
    pub(crate) market: Market,
}

impl FoundMarket {
    /// What it asks, as far as its rule is understood.
    pub(crate) fn kind(&self) -> Kind {
        Kind::of(&self.event, &self.market)
    }

    /// Its tokens, YES (or Up) first.
    ///
    /// # Errors
    /// It has not exactly two, or their names are others.
    pub(crate) fn tokens(&self) -> Result<[&str; 2], Failure> {
        let ids = if self.market.version == "v2" {
            &self.market.position_ids
        } else {
            &self.market.clob_token_ids
        };
        let is_yes = |name: &String| matches!(name.as_str(), "Yes" | "Up");
        match (ids.as_slice(), self.market.outcomes.as_slice()) {
            ([a, b], [first, _]) if is_yes(first) => Ok([a, b]),
            ([a, b], [_, second]) if is_yes(second) => Ok([b, a]),
            _ => Err(Failure::state(
                "not-binary",
                EXIT_NOT_FOUND,
                format!("{} has no two tokens for Yes and No", self.market.slug),
            )),
        }
    }
}

/// The market of this name.
///
/// # Errors
/// There is none, or the catalogue does not answer.
pub(crate) async fn find(gamma: &Gamma, name: &str) -> Result<FoundMarket, Failure> {
    let event = match gamma.event(name).await {
        Ok(event) if event.markets.iter().any(|market| market.slug == name) => event,
        Ok(_) | Err(GammaError::NotFound { .. }) => {
            let market = gamma.market(name).await.map_err(not_found_or_down)?;
            Event {
                slug: market.slug.clone(),
                title: market.question.clone(),
                markets: vec![market],
                ..Event::default()
            }
        }
        Err(error) => return Err(not_found_or_down(error)),
    };
    let market = event
        .markets
        .iter()
        .find(|market| market.slug == name)
        .cloned();
    let market = market.ok_or_else(|| {
        Failure::state(
            "no-market",
            EXIT_NOT_FOUND,
            format!("the venue lists no market {name}"),
        )
    })?;
    Ok(FoundMarket { event, market })
}
