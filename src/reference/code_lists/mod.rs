//! Code lists as data: stable codes, their labels in the registry's languages, their foreign codes.
mod codes;
mod model;
mod routes;
pub mod store;

pub use codes::Codes;
pub(super) use codes::{COLUMNS, Lists, Row, by_list};
pub use model::{CodeList, CodeListEntry, CodeListPage, CodeListSummary};
pub use routes::routes;
pub use store::{check, check_all};
