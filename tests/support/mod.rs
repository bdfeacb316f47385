//! A server of its own for each test, on a database of its own, and personas who ask.
mod country;
mod database;
pub mod process;
mod world;

pub use country::{AREA, Country, body, day};
pub use database::{Database, cluster};
pub use world::{Persona, Reply, World, personas};
