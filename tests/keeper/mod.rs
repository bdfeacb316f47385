//! The access log in the service: nothing leaves without it, and what it holds can be proven.
mod deferrals;
mod entries;
mod proofs;
mod receipts;
mod refusals;
mod refused;
mod small_witness;
mod witnesses;
