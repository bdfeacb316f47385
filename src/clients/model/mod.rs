//! What clients and their keys are, and who may change them.
mod client;
mod key;
mod manager;
mod purposes;

pub use client::{Client, ClientId, ClientPage, ClientPatch, NewClient, Revocation};
pub use key::{ClientKey, ClientKeyId, ClientKeyPage, NewClientKey};
pub use manager::Manager;
pub use purposes::usual_purposes;
