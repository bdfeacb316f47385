//! The access log: who saw whose data, when and what for, so that nobody need be believed.
//!
//! An **entry** is kept for each person and answer. What the world may see of it is its **leaf**:
//!
//! ```text
//! tag        = HMAC-SHA256(k_S, "access-tag" ‖ n)[:16]     n, the number of the subject's entry, from 1,
//!                                                          as 8 bytes, big endian
//! commitment = SHA-256(salt ‖ canonical JSON of the entry) RFC 8785; the salt has 32 bytes
//! leaf       = tag ‖ commitment                            48 bytes, nothing personal
//! ```
//!
//! Leaves stand in a **tree** (RFC 6962) in the order of the log, their tags once more in a second
//! tree, sorted. A **checkpoint** is a signed note (C2SP) with both roots; **witnesses** cosign it.
//! An **extract** holds all entries about one subject with their paths into both trees, the
//! subject's key `k_S`, and two neighbours among the sorted tags between which the tag of one entry
//! more would stand. **Proof** judges an extract, offline, also against **receipts** that came with answers.
//!
//! What that proves and what it does not: `docs/access-log.md`.
//!
//! Invariants:
//! * Pure: no HTTP, no database, no clock. Hashes of a tree are read through a closure.
//! * Nothing that was read from a file can make it panic, or use more than a multiple of its size.
//! * Own cryptography: none but the tag. Trees, notes, signatures and canonical JSON are crates'.
mod bytes;
pub mod checkpoint;
pub mod entry;
pub mod extract;
pub mod key;
pub mod proof;
mod received;
pub mod tag;
pub mod tree;
mod verdict;
pub mod witness;

pub use bytes::Hash;
