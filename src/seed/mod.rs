//! A made-up country, written through the same stores and rules as everything else.
//!
//! The same seed gives the same country on the same day; only ids are new each time. Names of
//! persons and organisations are invented, areas are those of ISO 3166-2.
mod country;

use chrono::NaiveDate;
use serde::Serialize;

pub use country::{Country, Place, is_empty};

use crate::platform::error::Result;

/// What country to make up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Children in care now.
    pub children: u32,
    /// Years of history.
    pub years: u32,
    /// Number from which everything is drawn.
    pub seed: u64,
    /// The last day of the history.
    pub today: NaiveDate,
}

/// The registry to fill.
#[derive(Debug, Clone)]
pub struct Urls {
    /// Its database as the service writes to it.
    pub service: String,
    /// Its database as the owner, who registers clients.
    pub owner: String,
}

/// How far the work is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// What is being written, in the plural.
    pub what: &'static str,
    pub done: u64,
    pub of: u64,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub areas: u64,
    pub organisations: u64,
    pub clients: u64,
}

/// Fills an empty registry; refuses one that holds areas already. Breaking off leaves it half full:
/// its database must be made anew then.
pub fn run(urls: &Urls, options: &Options, tell: &(dyn Fn(Progress) + Sync)) -> Result<Summary> {
    let country = country::make(urls, options, tell)?;
    Ok(country.summary())
}
