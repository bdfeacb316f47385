//! Oversight: what is done outside the usual reach, and who is told of it.
//!
//! * An [`EmergencyAccess`] opens one child's record for at most an hour to somebody who stands in no
//!   relation to the child, because tonight nothing else will do. It takes a reason; two notices leave
//!   with it, to the child's authority and to that of whoever opened it; somebody else reviews it within
//!   three days. Nobody can hold any of this back: there is no operation that removes it.
//! * A [`Notice`] tells an organisation of such an access, or that a client of its own asks for more
//!   children than anybody needs ([`crate::platform::trawling`]). Those who watch over the whole country
//!   are told of numbers that two records have ([`crate::platform::external_id::contested`]).
//!
//! | invariant | held by |
//! |---|---|
//! | an access ends after an hour at most | check constraint; the grant in `child_grants` runs out by itself |
//! | nobody reviews what they opened | check constraint, and [`store::review`] |
//! | notices are written with the access | one transaction |
mod model;
mod routes;
pub mod store;

pub use model::{
    ContestedRecords, EmergencyAccess, EmergencyAccessId, NewEmergencyAccess, Notice, NoticeId,
    NoticeKind, Review, ReviewState,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Open a child's record in an emergency.
        OpenEmergencyAccess = "emergency_access:open" [personal, identifying];
        /// Read accesses in an emergency.
        ReadEmergencyAccess = "emergency_access:read" [personal];
        /// Review accesses in an emergency.
        ReviewEmergencyAccess = "emergency_access:review" [personal];
        /// Read and acknowledge notices.
        ReadNotices = "notices:read" [personal];
        /// Read which records share a contested identifier.
        ReadContestedIdentifiers = "contested_identifiers:read" [personal];
    }
}
