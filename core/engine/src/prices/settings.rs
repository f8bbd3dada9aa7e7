//! How inferences about a price become probabilities, as a run is told.

use core::time::Duration;

use quorate_collective::{Quantity, SchemeError, SchemeSpec};
use quorate_domain::SchemeName;
use serde::{Deserialize, Serialize};

/// Settings of topics on prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceConfig {
    /// How inferences are combined where the topic does not say; must be a scheme for prices.
    pub scheme: SchemeSpec,
    /// Oldest reference price that is still believed; also how far from the opening or the end of a round its price may
    /// have been seen.
    pub reference_age_max: Duration,
    /// Standard deviation of the collective's error over one horizon before it is learned, basis points. Without it no
    /// market is priced before 30 rounds have come true. Topics on volatility do not use it.
    pub start_sigma_bp: Option<f64>,
    /// Degrees of freedom of the Student distribution that stands in for the residuals until there are enough of them, above
    /// 2; absent for the normal distribution.
    pub degrees_of_freedom: Option<f64>,
}

impl Default for PriceConfig {
    fn default() -> Self {
        Self {
            scheme: SchemeSpec::PriceExperts,
            reference_age_max: Duration::from_secs(60),
            start_sigma_bp: None,
            degrees_of_freedom: Some(4.0),
        }
    }
}

impl PriceConfig {
    /// Checks that a topic on prices can be built from these settings.
    ///
    /// # Errors
    /// The scheme is not one for prices, or a parameter is out of range.
    pub fn check(&self) -> Result<(), SchemeError> {
        self.scheme.build(Quantity::Price)?;
        let is_above = |least: f64| move |value: f64| value.is_finite() && least < value;
        if !self.start_sigma_bp.is_none_or(is_above(0.0)) {
            return Err(SchemeError::Parameter("start_sigma_bp"));
        }
        if !self.degrees_of_freedom.is_none_or(is_above(2.0)) {
            return Err(SchemeError::Parameter("degrees_of_freedom"));
        }
        Ok(())
    }

    /// The scheme of a topic that names one, or leaves it to these settings.
    #[must_use]
    pub fn scheme_of(&self, name: SchemeName) -> SchemeSpec {
        match name {
            SchemeName::Configured => self.scheme.clone(),
            SchemeName::PriceExperts => SchemeSpec::PriceExperts,
            SchemeName::MlPoly => SchemeSpec::MlPoly,
            SchemeName::Mean => SchemeSpec::Mean,
            SchemeName::Median => SchemeSpec::Median,
        }
    }
}
