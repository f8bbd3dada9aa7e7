//! Instants as RFC 3339 text in UTC: nanosecond counts exceed what many JSON readers hold exactly.

use jiff::Timestamp as Civil;
use quorate_domain::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes an instant.
pub(crate) fn serialize<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    let civil = Civil::from_nanosecond(i128::from(at.nanos()))
        .map_err(|error| serde::ser::Error::custom(error.to_string()))?;
    out.collect_str(&civil)
}

/// Reads an instant; those before 1970 and after the year 2554 do not fit.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(input)?;
    let civil: Civil = text.parse().map_err(D::Error::custom)?;
    u64::try_from(civil.as_nanosecond())
        .map(Timestamp::from_nanos)
        .map_err(|_| D::Error::custom(format!("{text} lies outside 1970 to 2554")))
}

/// The same for instants that may be absent.
pub(crate) mod optional {
    use quorate_domain::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Instant(#[serde(with = "super")] Timestamp);

    /// Writes an instant or null.
    pub(crate) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(Instant).serialize(out)
    }

    /// Reads an instant or null.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Instant>::deserialize(input)?.map(|instant| instant.0))
    }
}
