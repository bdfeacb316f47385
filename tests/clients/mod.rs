//! Who may ask: clients and their keys as records, and that nobody rises by way of another one.
mod keys;
mod records;
