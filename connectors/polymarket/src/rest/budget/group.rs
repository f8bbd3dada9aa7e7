//! The venue's limits per address of the network, by group of calls.

use std::time::Duration;

use super::bucket::Quota;

const TEN_S: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_secs(60);
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Whom a call serves. Lanes never wait for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Everything that asks.
    Read,
    /// Everything that places.
    Place,
    /// Everything that cancels, and the heartbeat.
    Cancel,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Self; 3] = [Self::Read, Self::Place, Self::Cancel];

    /// The lane's part of limits that all lanes share, percent.
    const fn percent(self) -> u32 {
        match self {
            Self::Cancel => 20,
            Self::Place | Self::Read => 40,
        }
    }
}

/// A group of calls that the venue counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Every call to the venue.
    General,
    /// Every call to the order book's server.
    Clob,
    /// `/book`, and single reads of its kind.
    Book,
    /// `/books`, and batch reads of its kind.
    Books,
    /// `/prices-history`.
    History,
    /// `/tick-size`.
    TickSize,
    /// `/balance-allowance`.
    Balance,
    /// `/balance-allowance/update`.
    BalanceUpdate,
    /// `/auth/...`.
    Auth,
    /// `/v1/heartbeats`; on its own, so that a throttled beat never holds a cancel back.
    Heartbeat,
    /// Orders, trades and notifications together.
    Ledger,
    /// `/data/orders` and `/data/order/...`.
    Orders,
    /// `/data/trades`.
    Trades,
    /// `/notifications`.
    Notifications,
    /// `POST /order`.
    PostOrder,
    /// `POST /orders`.
    PostOrders,
    /// `DELETE /order`.
    CancelOrder,
    /// `DELETE /orders`.
    CancelOrders,
    /// `DELETE /cancel-all`.
    CancelAll,
    /// `DELETE /cancel-market-orders`.
    CancelMarket,
    /// Every call of the data server.
    Data,
    /// Positions of the data server.
    DataPositions,
    /// Trades of the data server.
    DataTrades,
    /// Every call of the relayer but `/submit`.
    Relayer,
    /// `/submit` of the relayer.
    RelayerSubmit,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 25] = [
        Self::General,
        Self::Clob,
        Self::Book,
        Self::Books,
        Self::History,
        Self::TickSize,
        Self::Balance,
        Self::BalanceUpdate,
        Self::Auth,
        Self::Heartbeat,
        Self::Ledger,
        Self::Orders,
        Self::Trades,
        Self::Notifications,
        Self::PostOrder,
        Self::PostOrders,
        Self::CancelOrder,
        Self::CancelOrders,
        Self::CancelAll,
        Self::CancelMarket,
        Self::Data,
        Self::DataPositions,
        Self::DataTrades,
        Self::Relayer,
        Self::RelayerSubmit,
    ];

    /// The venue's numbers: so many calls in a window of that length.
    #[must_use]
    pub const fn limits(self) -> &'static [(u32, Duration)] {
        match self {
            Self::General | Self::Relayer => &[(15_000, TEN_S)],
            Self::Clob => &[(9_000, TEN_S)],
            Self::Book => &[(1_500, TEN_S)],
            Self::Books | Self::Orders | Self::Trades => &[(500, TEN_S)],
            Self::History | Self::Data => &[(1_000, TEN_S)],
            Self::TickSize | Self::Balance | Self::DataTrades => &[(200, TEN_S)],
            Self::BalanceUpdate => &[(50, TEN_S)],
            // The venue names no limit for beats; this is many times what is sent.
            Self::Auth | Self::Heartbeat => &[(100, TEN_S)],
            Self::Ledger => &[(900, TEN_S)],
            Self::Notifications => &[(125, TEN_S)],
            Self::PostOrder | Self::CancelOrder => &[(5_000, TEN_S), (120_000, TEN_MINUTES)],
            Self::PostOrders => &[(2_000, TEN_S), (21_000, TEN_MINUTES)],
            Self::CancelOrders => &[(2_000, TEN_S), (15_000, TEN_MINUTES)],
            Self::CancelAll => &[(250, TEN_S), (6_000, TEN_MINUTES)],
            Self::CancelMarket => &[(1_500, TEN_S), (21_000, TEN_MINUTES)],
            Self::DataPositions => &[(150, TEN_S)],
            Self::RelayerSubmit => &[(25, MINUTE)],
        }
    }

    const fn parent(self) -> Option<Self> {
        match self {
            Self::General => None,
            Self::Clob | Self::Data | Self::Relayer => Some(Self::General),
            Self::Orders | Self::Trades | Self::Notifications => Some(Self::Ledger),
            Self::DataPositions | Self::DataTrades => Some(Self::Data),
            Self::RelayerSubmit => Some(Self::Relayer),
            _ => Some(Self::Clob),
        }
    }

    /// The group and those it counts in, from the narrowest.
    pub(crate) fn with_parents(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |group| group.parent())
    }

    /// Whether calls of several lanes count in it, so that each lane has a part of it only.
    const fn is_shared(self) -> bool {
        matches!(self, Self::General | Self::Clob)
    }

    /// What messages call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::General => "all calls",
            Self::Clob => "calls of the order book's server",
            Self::Book => "single books",
            Self::Books => "batches of books",
            Self::History => "price history",
            Self::TickSize => "tick sizes",
            Self::Balance => "balances",
            Self::BalanceUpdate => "balance updates",
            Self::Auth => "log-ins",
            Self::Heartbeat => "heartbeats",
            Self::Ledger => "orders, trades and notifications",
            Self::Orders => "open orders",
            Self::Trades => "trades",
            Self::Notifications => "notifications",
            Self::PostOrder => "POST /order",
            Self::PostOrders => "POST /orders",
            Self::CancelOrder => "DELETE /order",
            Self::CancelOrders => "DELETE /orders",
            Self::CancelAll => "DELETE /cancel-all",
            Self::CancelMarket => "DELETE /cancel-market-orders",
            Self::Data => "calls of the data server",
            Self::DataPositions => "positions",
            Self::DataTrades => "trades of the data server",
            Self::Relayer => "calls of the relayer",
            Self::RelayerSubmit => "submissions to the relayer",
        }
    }
}

/// The quotas of a lane in a group.
pub(crate) fn quota_of(group: Group, lane: Lane) -> Vec<Quota> {
    let percent = if group.is_shared() {
        lane.percent()
    } else {
        100
    };
    group
        .limits()
        .iter()
        .map(|(count, window)| Quota::sliding(count * percent / 100, *window))
        .collect()
}
