//! What stands between a decision and the wire: amounts, the order's hash, its signature, its body, and the HMAC of the
//! call. Run with `cargo bench -p quorate-polymarket --bench sign`.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed benchmark")]

use std::hint::black_box;

use alloy_primitives::B256;
use criterion::{Criterion, criterion_group, criterion_main};
use quorate_domain::{Cash, Crossing, Price, Shares, Side, TickSize};
use quorate_polymarket::auth::{Credentials, l2_headers};
use quorate_polymarket::chain::{ChainId, MarketKind};
use quorate_polymarket::key::Key;
use quorate_polymarket::order::{Execution, OrderFields, OrderType, amounts};
use quorate_polymarket::wallet::{DepositForm, WalletType, deposit_wallet};

const ASSET: &str =
    "107505882767731489358349912513945399560393482969656700824895970500493757150417";
const OWNER: &str = "11111111-2222-3333-4444-555555555555";

fn key() -> Key {
    Key::from_bytes([11; 32]).unwrap()
}

fn fields(key: &Key, wallet_type: WalletType) -> OrderFields {
    let wallet = match wallet_type {
        WalletType::Poly1271 => deposit_wallet(key.address(), DepositForm::Beacon),
        _ => key.address(),
    };
    let price = Price::parse("0.52").unwrap();
    OrderFields {
        salt: 448_826_400_000,
        maker: wallet,
        signer: wallet,
        asset: ASSET.parse().unwrap(),
        amounts: amounts::limit(Side::Buy, price, Shares::whole(10), TickSize::CENT).unwrap(),
        side: Side::Buy,
        wallet_type,
        timestamp_ms: 1_795_305_600_000,
        expiration_s: 0,
        metadata: B256::ZERO,
        builder: B256::ZERO,
    }
}

/// From fields to the bytes of the body.
fn whole_order(fields: &OrderFields, key: &Key) -> Vec<u8> {
    fields
        .clone()
        .prepare(ChainId::Polygon, MarketKind::Standard)
        .unwrap()
        .sign(key)
        .unwrap()
        .post_body(OWNER, OrderType::Gtc, Crossing::Allowed, Execution::Now)
        .unwrap()
}

fn orders(criterion: &mut Criterion) {
    let key = key();
    for (name, wallet_type) in [("eoa", WalletType::Eoa), ("deposit", WalletType::Poly1271)] {
        let fields = fields(&key, wallet_type);
        let prepare = |fields: &OrderFields| {
            fields
                .clone()
                .prepare(ChainId::Polygon, MarketKind::Standard)
                .unwrap()
        };
        criterion.bench_function(&format!("order/{name}/hash"), |bencher| {
            bencher.iter(|| prepare(black_box(&fields)));
        });
        let prepared = prepare(&fields);
        criterion.bench_function(&format!("order/{name}/sign"), |bencher| {
            bencher.iter(|| black_box(&prepared).clone().sign(&key).unwrap());
        });
        let signed = prepared.sign(&key).unwrap();
        criterion.bench_function(&format!("order/{name}/body"), |bencher| {
            bencher.iter(|| {
                black_box(&signed)
                    .post_body(OWNER, OrderType::Gtc, Crossing::Allowed, Execution::Now)
                    .unwrap()
            });
        });
        criterion.bench_function(&format!("order/{name}/whole"), |bencher| {
            bencher.iter(|| whole_order(black_box(&fields), &key));
        });
    }
}

fn money(criterion: &mut Criterion) {
    let tick = TickSize::parse("0.0025").unwrap();
    let price = Price::parse("0.5675").unwrap();
    let shares = Shares::parse("80.46").unwrap();
    criterion.bench_function("amounts/limit", |bencher| {
        bencher.iter(|| amounts::limit(Side::Buy, black_box(price), black_box(shares), tick));
    });
    let spend = Cash::parse("4541.40").unwrap();
    criterion.bench_function("amounts/market_buy", |bencher| {
        bencher.iter(|| amounts::market_buy(black_box(price), black_box(spend), tick));
    });
}

fn calls(criterion: &mut Criterion) {
    let key = key();
    let body = whole_order(&fields(&key, WalletType::Poly1271), &key);
    let credentials = Credentials {
        api_key: OWNER.to_owned(),
        secret: "z-zuY-1OJlJClWseNzCfc4r582e-ApWXwxe8crV_s1o="
            .to_owned()
            .into(),
        passphrase: "passphrase".to_owned().into(),
    };
    criterion.bench_function("headers/l2_post_order", |bencher| {
        bencher.iter(|| {
            l2_headers(
                &key.address(),
                &credentials,
                1_795_305_600,
                "POST",
                "/order",
                black_box(&body),
            )
            .unwrap()
        });
    });
}

criterion_group!(benches, orders, money, calls);
criterion_main!(benches);
