//! The registry's rules: what each says, how strictly it holds, where it comes from, since when.
//!
//! A rule has versions as a parameter has values: each holds from a day until the next one begins,
//! and a new one never rewrites the past. What is **fixed** is held by tables and steps of the registry
//! itself, and no version can make it weaker; what is not **applied** is on record, and this release does not judge
//! by it yet. What **alerts** is told of by alerts, besides whatever it refuses.
mod model;
mod routes;
pub mod store;

pub use model::{NewRuleVersion, Rule, RulePage, RuleVersion, RuleVersionId};
pub use routes::routes;
