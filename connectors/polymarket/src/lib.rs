//! Polymarket: signing, REST, sockets, discovery, keys.
