//! Clients: the systems that may ask, with their organisation, roles, areas, purposes and keys.
//!
//! ```text
//! registered ──▶ active ──revoke──▶ revoked        a key: added ──▶ valid ──revoke──▶ revoked
//!                  └─ valid_until ──▶ out             valid_from ─┘   └─ valid_until ──▶ out
//! ```
//!
//! A token names a client and nothing more; what the client may do is read from here.
//!
//! What holds:
//! * `CL-01` A client changes neither its own record nor its own keys: it cannot rise by itself, nor
//!   lengthen its life.
//! * `CL-02` A client gives others only roles that allow nothing that it may not do itself, and never the
//!   right to manage clients; it changes no client that may do more, nor its keys. So who manages
//!   clients is decided by the operator alone, on the command line ([`Manager`]).
//! * Whoever manages clients may revoke any other: out is always possible.
//! * A key belongs to one client for ever, also when it was revoked; its private half is never sent.
//! * An assertion is used once, whichever service takes it: its hash lies in the database.
mod model;
mod routes;
pub mod store;

pub use model::{
    Client, ClientId, ClientKey, ClientKeyId, Manager, NewClient, NewClientKey, Revocation,
    usual_purposes,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read clients and their keys.
        ReadClients = "clients:read";
        /// Register, change and revoke clients and their keys.
        ManageClients = "clients:manage";
    }
}
