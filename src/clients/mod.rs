//! Clients: the systems that may ask, with their organisation and roles.
//!
//! A token names a client and nothing more; what the client may do is read from here.
mod model;
pub mod store;

pub use model::{Client, ClientId, NewClient};
