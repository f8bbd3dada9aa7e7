//! Everything about a real venue but the way of orders.
