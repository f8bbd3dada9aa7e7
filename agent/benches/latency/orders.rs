//! An order of the engine as the signed bytes that are posted, from a deposit wallet: the longest kind there is.

use std::collections::BTreeMap;

use quorate_backtest::tape::Tape;
use quorate_domain::{
    MarketId, Outcome, PlaceOrder, Side, TickSize, TimeInForce, Timestamp, Token,
};
use quorate_polymarket::chain::{AssetId, ChainId, MarketKind};
use quorate_polymarket::key::Key;
use quorate_polymarket::order::{
    Amounts, Execution, OrderFields, OrderType, amounts, gtd_expiration_s, salt_from,
};
use quorate_polymarket::wallet::{DepositForm, WalletType, deposit_wallet};

use crate::frames::asset;

const OWNER: &str = "11111111-2222-3333-4444-555555555555";

/// Who signs, and what is known of the markets.
pub(crate) struct Desk {
    key: Key,
    /// What all orders have in common.
    common: OrderFields,
    assets: BTreeMap<(MarketId, Outcome), AssetId>,
}

impl Desk {
    pub(crate) fn new(tape: &Tape) -> Self {
        let markets = tape.markets.iter().map(|listed| &listed.market);
        let assets = markets.flat_map(|market| {
            [Outcome::Yes, Outcome::No].map(|outcome| {
                let asset = asset(market.id, outcome).parse().unwrap();
                ((market.id, outcome), asset)
            })
        });
        let key = Key::from_bytes([11; 32]).unwrap();
        let wallet = deposit_wallet(key.address(), DepositForm::Beacon);
        let assets: BTreeMap<_, AssetId> = assets.collect();
        let common = OrderFields {
            salt: 0,
            maker: wallet,
            signer: wallet,
            asset: *assets.values().next().unwrap(),
            amounts: Amounts { maker: 1, taker: 1 },
            side: Side::Buy,
            wallet_type: WalletType::Poly1271,
            timestamp_ms: 0,
            expiration_s: 0,
            metadata: [0; 32].into(),
            builder: [0; 32].into(),
        };
        Self {
            key,
            common,
            assets,
        }
    }

    /// The body to post, at the market's present tick.
    pub(crate) fn signed(&self, order: &PlaceOrder, tick: TickSize, at: Timestamp) -> Vec<u8> {
        let Token { market, outcome } = order.token;
        let now_s = at.nanos() / 1_000_000_000;
        let mut seed = [0; 12];
        seed[..8].copy_from_slice(&order.id.seq.to_le_bytes());
        seed[8..].copy_from_slice(&order.id.index.to_le_bytes());
        let fields = OrderFields {
            salt: salt_from(&seed),
            asset: self.assets[&(market, outcome)],
            amounts: amounts::limit(order.side, order.limit, order.shares, tick).unwrap(),
            side: order.side,
            timestamp_ms: at.nanos() / 1_000_000,
            expiration_s: match order.time_in_force {
                TimeInForce::Gtd(end) => {
                    gtd_expiration_s(now_s, end.nanos() / 1_000_000_000).unwrap()
                }
                _ => 0,
            },
            ..self.common.clone()
        };
        let prepared = fields
            .prepare(ChainId::Polygon, MarketKind::Standard)
            .unwrap();
        let signed = prepared.sign(&self.key).unwrap();
        let order_type = OrderType::from(order.time_in_force);
        signed
            .post_body(OWNER, order_type, order.crossing, Execution::Now)
            .unwrap()
    }
}
