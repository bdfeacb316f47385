//! Dated parameters: what national law sets, each value with its first day and its source.
mod model;
mod routes;
pub mod store;

pub use model::{NewParameterVersion, Parameter, ParameterKind, ParameterPage, ParameterVersion};
pub use routes::routes;
pub use store::{check_day, day, go_live, integer, today};
