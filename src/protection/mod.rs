//! Protection: where a child really lives whom somebody must not find, and who may know it.
//!
//! * A [`ProtectedAddress`] is sealed with the key for what a named few may know. Neither an area nor a
//!   role that reaches everybody opens it: a [`CaseLink`] does, to whoever reaches the child besides. To
//!   everybody else there is none.
//! * The organisation that is responsible for the child records the address, names clients or whole
//!   organisations, for a time or until it takes that back, and ends the protection. The client that
//!   records an address is named with it.
//! * While there is one, the address of the carer family with which the child lives is left out for
//!   everybody who is not named: [`crate::platform::reach::Rules::sheltering`].
//!
//! | invariant | held by |
//! |---|---|
//! | PA-01: one protected address at a time | unique index |
//! | who is not named sees none | [`store::addresses`], and row-level security by `case_linked_children()` |
//! | the responsible organisation alone names, and records | [`store`], and row-level security |
mod model;
mod routes;
pub mod store;

pub use model::{
    CaseLink, CaseLinkId, CaseLinks, NewCaseLink, NewProtectedAddress, ProtectedAddress,
    ProtectedAddressId, ProtectedAddresses,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read the protected address of a child, by a case link.
        ReadProtectedAddresses = "protected_addresses:read" [personal, sealed];
        /// Record protected addresses of the organisation's children, and name who may know them.
        ManageProtectedAddresses = "protected_addresses:manage" [personal, identifying];
    }
}
