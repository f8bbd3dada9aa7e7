//! The Allora network as a source of inferences: consumer API, chain REST, event stream.
