//! The access log in the service: nothing leaves without it, and what it holds can be proven.
mod entries;
mod proofs;
mod receipts;
mod refusals;
