//! A server of its own for each test, on a database of its own, and personas who ask.
pub mod around;
mod country;
mod database;
pub mod disclosed;
pub mod everything;
pub mod files;
pub mod leaving;
pub mod live;
pub mod operations;
pub mod process;
pub mod proxy;
mod stays;
mod world;

pub use country::{AREA, Country, body, day};
pub use database::{Database, MASTER_KEY, data_folder, hold_master_key};
pub use everything::{Everything, FOREIGN_TAG};
pub use live::{Live, read};
pub use stays::{in_facility, leave, move_to_facility, move_to_family, plan, start, with_family};
pub use world::{Persona, Reply, World, key, noon, register_personas, settings};
