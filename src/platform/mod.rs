//! What every domain stands on: identity, errors, transactions, routing, the contract.
//!
//! Architecture invariant: nothing here names a child, a placement or a case.
pub mod access;
pub mod actor;
pub mod check_digit;
pub mod clock;
pub mod db;
pub mod document;
pub mod embedded;
pub mod enums;
pub mod error;
pub mod example;
pub mod external_id;
pub mod extract;
pub mod gathered;
pub mod http;
pub mod id;
pub mod idempotency;
pub mod items;
pub mod journal;
pub mod keys;
pub mod language;
pub mod middleware;
pub mod migrate;
pub mod near;
pub mod order;
pub mod page;
pub mod patch;
pub mod prepared;
pub mod reply;
pub mod rule;
pub mod seal;
mod strict;
pub mod time;
pub mod token;
pub mod total;
pub mod version;
pub mod view;
