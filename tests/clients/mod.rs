//! Who may ask: clients and their keys as records, and that nobody rises by way of another one.
mod cli;
mod https;
mod independent;
mod keys;
mod limits;
mod oauth;
mod outside;
mod records;
mod revocation;
mod rotation;
mod system;
