//! Code lists as data: stable codes, their labels in the registry's languages, their foreign codes.
mod model;
mod routes;
pub mod store;

pub use model::{CodeList, CodeListEntry, CodeListPage, CodeListSummary};
pub use routes::routes;
pub use store::{check, check_all};
