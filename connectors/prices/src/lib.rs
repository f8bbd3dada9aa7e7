//! Streams of reference prices: the venue's own and exchanges'.
