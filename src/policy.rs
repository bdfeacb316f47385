//! Who may do what, and to whom: the permissions of each role, the relations to a person that count, and
//! the classes of fields that they open, in tables that a reviewer can read.
//!
//! A client may be told a member of a person's record if a role of its grants the permission, one of that
//! role's ties to the person holds, and both open the member's class. What is not said here is denied.
mod fields;
mod reaching;
mod roles;
mod ties;

pub use fields::RULES;
pub use reaching::{BULK, permissions, reaches};
pub use roles::POLICY;
pub use ties::{PLACES, TIES};
