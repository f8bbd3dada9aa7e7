//! A limit order, from price and size to a signature and to the bytes that are posted.
//!
//! Both sides draw a salt, read the clock, round amounts, hash, sign and write JSON. Before anything is measured, both have
//! to come to the same order with the same signature.

use std::error::Error;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::str::FromStr;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy::primitives::{Address, B256, U256};
use alloy::signers::Signer;
use alloy::signers::local::PrivateKeySigner;
use polymarket_client_sdk_v2::auth::state::Authenticated;
use polymarket_client_sdk_v2::auth::{Credentials, Normal, Uuid};
use polymarket_client_sdk_v2::clob::types::SignedOrder as TheirOrder;
use polymarket_client_sdk_v2::clob::types::{
    Side as TheirSide, SignatureType, TickSize as TheirTick,
};
use polymarket_client_sdk_v2::clob::{Client, Config};
use polymarket_client_sdk_v2::types::Decimal;
use quorate_domain::{Crossing, Price, Shares, Side, TickSize};
use quorate_polymarket::chain::{AssetId, ChainId, MarketKind};
use quorate_polymarket::key::Key;
use quorate_polymarket::order::{
    Execution, OrderFields, OrderType, SignedOrder, amounts, salt_from,
};
use quorate_polymarket::wallet::{
    DepositForm, WalletType, deposit_wallet, proxy_wallet, safe_wallet,
};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::race::{Race, race};

const SECRET: [u8; 32] = [11; 32];
const ASSET: &str =
    "107505882767731489358349912513945399560393482969656700824895970500493757150417";
const POLYGON: u64 = 137;
const TYPES: [(&str, WalletType, SignatureType); 4] = [
    ("0 (account)", WalletType::Eoa, SignatureType::Eoa),
    ("1 (proxy)", WalletType::PolyProxy, SignatureType::Proxy),
    (
        "2 (safe)",
        WalletType::GnosisSafe,
        SignatureType::GnosisSafe,
    ),
    (
        "3 (deposit wallet)",
        WalletType::Poly1271,
        SignatureType::Poly1271,
    ),
];

/// Signs with every type of wallet.
pub fn races() -> Result<Vec<Race>, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let host = version_server()?;
    let mut races = Vec::new();
    for (name, wallet_type, signature_type) in TYPES {
        let ours = Ours::new(wallet_type)?;
        let theirs = Theirs::new(&runtime, &host, signature_type, ours.maker)?;
        agree(&runtime, &theirs, &ours)?;
        races.push(race(
            &format!("build and sign, type {name}"),
            |times| runtime.block_on(theirs.signed(times)),
            |times| {
                for number in 0..times {
                    black_box(ours.signed(number));
                }
            },
        ));
        races.push(race(
            &format!("build, sign and write the body, type {name}"),
            |times| runtime.block_on(theirs.written(times)),
            |times| {
                for number in 0..times {
                    black_box(ours.body(&ours.signed(number)));
                }
            },
        ));
    }
    Ok(races)
}

/// The official client, with all it would ask the venue for told beforehand.
struct Theirs {
    client: Client<Authenticated<Normal>>,
    signer: PrivateKeySigner,
    asset: U256,
    price: Decimal,
    size: Decimal,
}

impl Theirs {
    fn new(
        runtime: &Runtime,
        host: &str,
        signature_type: SignatureType,
        funder: Address,
    ) -> Result<Self, Box<dyn Error>> {
        let signer =
            PrivateKeySigner::from_bytes(&B256::from(SECRET))?.with_chain_id(Some(POLYGON));
        let asset = U256::from_str(ASSET)?;
        let client = runtime.block_on(async {
            let open = Client::new(host, Config::default())?;
            let mut login = open
                .authentication_builder(&signer)
                .credentials(Credentials::new(
                    Uuid::nil(),
                    "c2VjcmV0".into(),
                    "pass".into(),
                ))
                .signature_type(signature_type);
            if signature_type != SignatureType::Eoa {
                login = login.funder(funder);
            }
            let client = login.authenticate().await?;
            client.set_tick_size(asset, TheirTick::Hundredth);
            client.set_neg_risk(asset, false);
            // Kept from here on.
            client.version().await?;
            Ok::<_, polymarket_client_sdk_v2::error::Error>(client)
        })?;
        Ok(Self {
            client,
            signer,
            asset,
            price: Decimal::from_str("0.52")?,
            size: Decimal::from_str("10")?,
        })
    }

    async fn order(&self) -> polymarket_client_sdk_v2::Result<TheirOrder> {
        let order = self
            .client
            .limit_order()
            .token_id(self.asset)
            .side(TheirSide::Buy)
            .price(self.price)
            .size(self.size)
            .defer_exec(false)
            .build()
            .await?;
        self.client.sign(&self.signer, order).await
    }

    async fn signed(&self, times: u64) {
        for _ in 0..times {
            black_box(self.order().await.expect("it was signed before"));
        }
    }

    async fn written(&self, times: u64) {
        for _ in 0..times {
            let order = self.order().await.expect("it was signed before");
            black_box(serde_json::to_vec(&order).expect("it was written before"));
        }
    }
}

/// Ours.
struct Ours {
    key: Key,
    maker: Address,
    wallet_type: WalletType,
    asset: AssetId,
    price: Price,
    shares: Shares,
    owner: String,
}

impl Ours {
    fn new(wallet_type: WalletType) -> Result<Self, Box<dyn Error>> {
        let key = Key::from_bytes(SECRET)?;
        let maker = match wallet_type {
            WalletType::Eoa => key.address(),
            WalletType::PolyProxy => proxy_wallet(key.address()),
            WalletType::GnosisSafe => safe_wallet(key.address()),
            WalletType::Poly1271 => deposit_wallet(key.address(), DepositForm::Beacon),
        };
        Ok(Self {
            key,
            maker,
            wallet_type,
            asset: ASSET.parse()?,
            price: Price::parse("0.52")?,
            shares: Shares::whole(10),
            owner: Uuid::nil().to_string(),
        })
    }

    fn signed(&self, number: u64) -> SignedOrder {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let timestamp_ms = now.expect("a clock after 1970").as_millis() as u64;
        self.signed_with(salt_from(&number.to_le_bytes()), timestamp_ms)
    }

    fn signed_with(&self, salt: u64, timestamp_ms: u64) -> SignedOrder {
        let is_own = matches!(self.wallet_type, WalletType::Eoa | WalletType::Poly1271);
        let fields = OrderFields {
            salt,
            maker: self.maker,
            signer: if is_own {
                self.maker
            } else {
                self.key.address()
            },
            asset: self.asset,
            amounts: amounts::limit(Side::Buy, self.price, self.shares, TickSize::CENT)
                .expect("amounts that are on the grid"),
            side: Side::Buy,
            wallet_type: self.wallet_type,
            timestamp_ms,
            expiration_s: 0,
            metadata: B256::ZERO,
            builder: B256::ZERO,
        };
        fields
            .prepare(ChainId::Polygon, MarketKind::Standard)
            .expect("a sound order")
            .sign(&self.key)
            .expect("the order's own key")
    }

    fn body(&self, order: &SignedOrder) -> Vec<u8> {
        order
            .post_body(
                &self.owner,
                OrderType::Gtc,
                Crossing::Allowed,
                Execution::Now,
            )
            .expect("an order that rests")
    }
}

/// Both have to write the same order with the same signature, given the salt and the time of the official one.
fn agree(runtime: &Runtime, theirs: &Theirs, ours: &Ours) -> Result<(), Box<dyn Error>> {
    let official: Value = serde_json::to_value(runtime.block_on(theirs.order())?)?;
    let number = |name: &str| {
        let member = &official["order"][name];
        let text = member
            .as_str()
            .map_or_else(|| member.to_string(), str::to_owned);
        text.parse::<u64>()
    };
    let order = ours.signed_with(number("salt")?, number("timestamp")?);
    let own: Value = serde_json::from_slice(&ours.body(&order))?;
    if lower(&official)? != lower(&own)? {
        return Err(format!("the clients differ:\n{official}\n{own}").into());
    }
    Ok(())
}

/// The same in small letters: the official client leaves addresses without the checksum that capitals make.
fn lower(value: &Value) -> serde_json::Result<Value> {
    serde_json::from_str(&value.to_string().to_lowercase())
}

/// Says that the venue speaks version 2, which the official client insists on asking for.
fn version_server() -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let host = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let mut connection = connection;
            // One small request without a body fits one read.
            let _ = connection.read(&mut [0; 4096]);
            let _ = connection.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{\"version\":2}",
            );
        }
    });
    Ok(host)
}
