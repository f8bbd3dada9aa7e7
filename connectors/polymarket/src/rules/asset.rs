//! Assets that markets on prices are about, and how each place spells them.

/// An asset with a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asset {
    /// Bitcoin.
    Btc,
    /// Ether.
    Eth,
    /// Solana.
    Sol,
    /// XRP.
    Xrp,
    /// Dogecoin.
    Doge,
    /// BNB.
    Bnb,
    /// Hyperliquid.
    Hype,
    /// Zcash.
    Zec,
}

/// One asset: symbol, names in texts, name in addresses.
struct Spelling {
    asset: Asset,
    symbol: &'static str,
    names: &'static [&'static str],
    address: &'static str,
}

const ASSETS: [Spelling; 8] = [
    spelling(Asset::Btc, "BTC", &["Bitcoin"], "bitcoin"),
    spelling(Asset::Eth, "ETH", &["Ethereum"], "ethereum"),
    spelling(Asset::Sol, "SOL", &["Solana"], "solana"),
    spelling(Asset::Xrp, "XRP", &["XRP"], "xrp"),
    spelling(Asset::Doge, "DOGE", &["Dogecoin"], "dogecoin"),
    spelling(Asset::Bnb, "BNB", &["BNB"], "bnb"),
    spelling(Asset::Hype, "HYPE", &["Hyperliquid", "HYPE"], "hyperliquid"),
    spelling(Asset::Zec, "ZEC", &["Zcash"], "zcash"),
];

const fn spelling(
    asset: Asset,
    symbol: &'static str,
    names: &'static [&'static str],
    address: &'static str,
) -> Spelling {
    Spelling {
        asset,
        symbol,
        names,
        address,
    }
}

impl Asset {
    /// Symbol, upper case: `BTC`.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        ASSETS
            .iter()
            .find(|row| row.asset == self)
            .map_or("", |row| row.symbol)
    }

    /// From a name in a text: `Bitcoin`.
    pub(super) fn from_name(text: &str) -> Option<Self> {
        find(|row| row.names.contains(&text))
    }

    /// From a symbol in either case.
    pub(super) fn from_symbol(text: &str) -> Option<Self> {
        find(|row| row.symbol.eq_ignore_ascii_case(text))
    }

    /// From a name in an address: `bitcoin`.
    pub(super) fn from_address(text: &str) -> Option<Self> {
        find(|row| row.address == text)
    }

    /// From a pair with the dollar: `BTC/USD`.
    pub(super) fn from_dollar_pair(text: &str) -> Option<Self> {
        Self::from_symbol(text.strip_suffix("/USD")?)
    }

    /// From a pair with the dollar token: `BTC/USDT` or `BTCUSDT`.
    pub(super) fn from_token_pair(text: &str) -> Option<Self> {
        let symbol = text.strip_suffix("USDT")?;
        Self::from_symbol(symbol.strip_suffix('/').unwrap_or(symbol))
    }
}

fn find(is_it: impl Fn(&Spelling) -> bool) -> Option<Asset> {
    ASSETS.iter().find(|row| is_it(row)).map(|row| row.asset)
}
