//! A client that signs by hand: what the tests speak to the venue with.

use std::time::Duration;

use alloy_primitives::{Address, B256, U256, keccak256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use quorate_domain::{
    Cash, FeeSchedule, Input, Level, Market, MarketEvent, MarketId, MarketInput, Price, Shares,
    TickSize, Timestamp,
};
use quorate_local_venue::eip712::{self, ORDER_TYPE, SignedFields};
use quorate_local_venue::{
    AccountSetup, Clock, Faults, LocalVenue, MarketListing, Running, Timings, VenueOptions,
};
use secp256k1::{Message, PublicKey, Secp256k1, SecretKey};
use serde_json::{Value, json};

pub(crate) const START: u64 = 1_795_305_600;

pub(crate) struct Person {
    key: SecretKey,
    pub(crate) owner: Address,
    pub(crate) wallet: Address,
    pub(crate) kind: u8,
    pub(crate) api: Value,
    salt: std::cell::Cell<u64>,
}

pub(crate) fn person(number: u8, kind: u8) -> Person {
    let key = SecretKey::from_byte_array([number; 32]).unwrap();
    let public = PublicKey::from_secret_key(&Secp256k1::new(), &key).serialize_uncompressed();
    let owner = Address::from_raw_public_key(&public[1..]);
    let wallet = if kind == 0 {
        owner
    } else {
        Address::from_word(keccak256([number, kind]))
    };
    Person {
        key,
        owner,
        wallet,
        kind,
        api: Value::Null,
        salt: std::cell::Cell::new(u64::from(number) << 32),
    }
}

impl Person {
    pub(crate) fn sign(&self, digest: B256) -> Vec<u8> {
        let message = Message::from_digest(digest.0);
        let signature = Secp256k1::new().sign_ecdsa_recoverable(message, &self.key);
        let (recovery, compact) = signature.serialize_compact();
        let mut bytes = compact.to_vec();
        bytes.push(27 + u8::try_from(i32::from(recovery)).unwrap());
        bytes
    }

    /// An order of `side` for token `token` with these amounts, signed as this person's wallet must.
    pub(crate) fn order(&self, token: U256, side: u8, maker: u64, taker: u64, kind: &str) -> Value {
        self.salt.set(self.salt.get() + 1);
        let signer = if self.kind == 3 {
            self.wallet
        } else {
            self.owner
        };
        let fields = SignedFields {
            salt: U256::from(self.salt.get()),
            maker: self.wallet,
            signer,
            token_id: token,
            maker_amount: U256::from(maker),
            taker_amount: U256::from(taker),
            side,
            signature_type: self.kind,
            timestamp: U256::from(START * 1000),
            metadata: B256::ZERO,
            builder: B256::ZERO,
        };
        let domain = eip712::exchange_domain(token, false, 137);
        let contents = eip712::order_struct_hash(&fields);
        let signature = if self.kind == 3 {
            let mut wire = self.sign(eip712::nested_digest(domain, contents, self.wallet, 137));
            wire.extend_from_slice(domain.as_slice());
            wire.extend_from_slice(contents.as_slice());
            wire.extend_from_slice(ORDER_TYPE.as_bytes());
            wire.extend_from_slice(&[0x00, 0xba]);
            wire
        } else {
            self.sign(eip712::order_hash(domain, contents))
        };
        json!({
            "order": {
                "salt": self.salt.get(), "maker": self.wallet.to_string(), "signer": signer.to_string(),
                "tokenId": token.to_string(), "makerAmount": maker.to_string(), "takerAmount": taker.to_string(),
                "side": if side == 0 { "BUY" } else { "SELL" }, "signatureType": self.kind,
                "timestamp": (START * 1000).to_string(), "expiration": "0", "metadata": format!("{:#x}", B256::ZERO),
                "builder": format!("{:#x}", B256::ZERO),
                "signature": format!("0x{}", alloy_primitives::hex::encode(signature)),
            },
            "owner": self.api["apiKey"], "orderType": kind, "deferExec": false,
        })
    }
}

pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
    pub(crate) people: Vec<Person>,
}

pub(crate) fn token(number: u64) -> U256 {
    U256::from_be_bytes(keccak256(number.to_be_bytes()).0)
}

pub(crate) async fn world(faults: Faults, kinds: &[u8]) -> World {
    let mut people: Vec<Person> = (1..).zip(kinds).map(|(n, kind)| person(n, *kind)).collect();
    let setup = |p: &Person| AccountSetup {
        owner: p.owner,
        wallet: p.wallet,
        signature_type: p.kind,
        cash: Cash::whole(1000),
    };
    let running = LocalVenue::start(VenueOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        seed: 1,
        chain_id: 137,
        faults,
        accounts: people.iter().map(setup).collect(),
        clock: Clock::stepped(Timestamp::from_secs(START)),
        timings: Timings {
            answer_held: Duration::from_millis(50),
            ..Timings::default()
        },
    })
    .await
    .unwrap();
    running.list(listing());
    let http = reqwest::Client::new();
    for person in &mut people {
        let stamp = START.to_string();
        let digest = eip712::auth_digest(person.owner, &stamp, 0, 137);
        let signature = alloy_primitives::hex::encode(person.sign(digest));
        let request = http
            .post(format!("{}/auth/api-key", running.url))
            .header("POLY_ADDRESS", person.owner.to_string())
            .header("POLY_TIMESTAMP", stamp)
            .header("POLY_NONCE", "0")
            .header("POLY_SIGNATURE", format!("0x{signature}"));
        person.api = request.send().await.unwrap().json().await.unwrap();
    }
    World {
        running,
        http,
        people,
    }
}

fn listing() -> MarketListing {
    MarketListing {
        market: Market {
            id: MarketId(1),
            name: "one".to_owned(),
            question: "One?".to_owned(),
            group: None,
            set: None,
            loading: 0.0,
            tick: TickSize::CENT,
            shares_min: Shares::whole(5),
            marketable_buy_min: Cash::whole(1),
            fee: FeeSchedule::NONE,
            opens_at: None,
            closes_at: None,
            link: None,
        },
        condition_id: keccak256("one"),
        tokens: [token(1), token(2)],
        question: "One?".to_owned(),
        slug: "one".to_owned(),
        description: String::new(),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        event: None,
        tags: vec!["crypto".to_owned()],
        taker_delay: Duration::ZERO,
    }
}

impl World {
    /// A signed request; `None` when no answer came.
    pub(crate) async fn call(
        &self,
        who: usize,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Option<(u16, Value)> {
        let api = &self.people[who].api;
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let stamp = (self.running.now().secs()).to_string();
        let bare = path.split('?').next().unwrap();
        let secret = URL_SAFE.decode(api["secret"].as_str().unwrap()).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(format!("{stamp}{method}{bare}{text}").as_bytes());
        let request = self
            .http
            .request(
                method.parse().unwrap(),
                format!("{}{path}", self.running.url),
            )
            .header("POLY_ADDRESS", self.people[who].owner.to_string())
            .header("POLY_API_KEY", api["apiKey"].as_str().unwrap())
            .header("POLY_PASSPHRASE", api["passphrase"].as_str().unwrap())
            .header("POLY_TIMESTAMP", stamp)
            .header(
                "POLY_SIGNATURE",
                URL_SAFE.encode(mac.finalize().into_bytes()),
            )
            .body(text);
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        Some((
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        ))
    }

    pub(crate) async fn post(&self, who: usize, order: &Value) -> (u16, Value) {
        self.call(who, "POST", "/order", order).await.unwrap()
    }

    pub(crate) fn step(&self, secs: u64) {
        let now = self.running.now();
        self.running.step_to(now.plus(Duration::from_secs(secs)));
    }

    /// Recorded depth: bids at 0.50, asks at 0.53, 100 shares each.
    pub(crate) fn depth(&self) {
        let level = |price: &str| Level {
            price: Price::parse(price).unwrap(),
            shares: Shares::whole(100),
        };
        let event = MarketEvent::Snapshot {
            bids: vec![level("0.5")],
            asks: vec![level("0.53")],
        };
        let market = MarketId(1);
        let now = self.running.now();
        self.running
            .observe(now, &Input::Market(MarketInput { market, event }));
    }

    pub(crate) async fn fault(&self, body: Value) {
        let url = format!("{}/local/faults", self.running.url);
        let request = self.http.post(url).body(body.to_string());
        assert!(request.send().await.unwrap().status().is_success());
    }

    pub(crate) fn assert_conserved(&self) {
        let state = self.running.state();
        assert_eq!(state["imbalance"], "0");
        for one in state["token_imbalance"].as_array().unwrap() {
            assert_eq!(one, "0");
        }
    }
}
