//! How much each field says: from the code list `match_field`.
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::platform::error::{Error, Result};

/// How much one field says.
///
/// `m` is the share of pairs of records of one child in which the field agrees, `u` that of pairs of two
/// children (Fellegi and Sunter, 1969). What is only alike lies between: in the proportion in which its
/// likeness lies between `partial_from` and 1.
#[derive(Debug, Clone, Deserialize)]
pub struct Weighing {
    m: f64,
    u: f64,
    #[serde(default)]
    partial_from: f64,
    /// How alike are values that differ in a known way, such as a day and a month that changed places.
    #[serde(default)]
    likeness: BTreeMap<String, f64>,
}

impl Weighing {
    /// What it says when the field agrees, in bits.
    #[must_use]
    pub fn agreement(&self) -> f64 {
        (self.m / self.u).log2()
    }

    /// What it says when the field differs, in bits: less than nothing.
    #[must_use]
    pub fn disagreement(&self) -> f64 {
        ((1.0 - self.m) / (1.0 - self.u)).log2()
    }

    /// Whether values that are so alike say more than values that differ.
    #[must_use]
    pub fn is_partial(&self, likeness: f64) -> bool {
        likeness > self.partial_from && likeness < 1.0
    }

    /// What values that are so alike say, in bits.
    #[must_use]
    pub fn weight(&self, likeness: f64) -> f64 {
        let share = (likeness - self.partial_from) / (1.0 - self.partial_from);
        let (most, least) = (self.agreement(), self.disagreement());
        least + (most - least) * share.clamp(0.0, 1.0)
    }

    /// How alike values are that differ in this way; not at all if nothing is said of it.
    #[must_use]
    pub fn likeness(&self, way: &str) -> f64 {
        self.likeness.get(way).copied().unwrap_or_default()
    }
}

/// How much the fields say, by code; in the order in which they are explained.
#[derive(Debug, Clone, Default)]
pub struct Weights(Vec<(String, Weighing)>);

impl Weights {
    /// Takes each code's weighing from the attributes of its entry.
    pub fn of(entries: Vec<(String, serde_json::Value)>) -> Result<Self> {
        let weighing = |(code, attributes): (String, serde_json::Value)| {
            let weighing: Weighing = serde_json::from_value(attributes).map_err(Error::internal)?;
            let share = |value: f64| value > 0.0 && value < 1.0;
            if !share(weighing.m)
                || !share(weighing.u)
                || !(0.0..1.0).contains(&weighing.partial_from)
            {
                return Err(Error::internal(format!("match_field {code} has no fitting weights")));
            }
            Ok((code, weighing))
        };
        Ok(Self(entries.into_iter().map(weighing).collect::<Result<_>>()?))
    }

    /// Each field with how much it says.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Weighing)> {
        self.0.iter().map(|(code, weighing)| (code.as_str(), weighing))
    }
}
