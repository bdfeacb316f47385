//! The carer family with the lists under it.
use super::{Approval, CarerFamily, CarerReview};
use crate::included;

included! {
    /// A carer family with what is asked for of the lists under it.
    pub struct CarerFamilyWithLists of CarerFamily, asked by CarerFamilyInclude {
        /// Its approvals, by first day; with `as_of` the one in force on that day.
        Approvals: approvals = "approvals" of Approval,
        /// Its reviews, latest first; with `as_of` those until that day.
        Reviews: reviews = "reviews" of CarerReview,
    }
}
