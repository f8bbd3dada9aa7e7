//! A venue on loopback that speaks Polymarket's protocol over the simulated exchange.
