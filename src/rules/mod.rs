//! The reform's rules as pure functions: facts in, findings out. No SQL, no clock, no request.
//!
//! Whoever judges reads the facts and the rules in force on the day, and asks here: the write, the dry
//! run and the sweep judge alike because they ask the same function. A **finding** says which rule in
//! which version was judged, on what facts, and what would have to change for it to be met.
pub mod allegations;
pub mod assessing;
pub mod deadlines;
pub mod finding;
pub mod gatekeeping;
pub mod nearness;
pub mod overriding;
pub mod poverty;
pub mod residential;
pub mod returning;
pub mod reviewing;

pub use finding::{Finding, Outcome, RuleClass, RuleInForce, Rulebook};

/// Codes of the rules that refuse, and are judged here when a placement begins.
#[must_use]
pub fn of_placements() -> Vec<&'static str> {
    [allegations::RULES, gatekeeping::RULES, nearness::RULES, poverty::RULES, residential::RULES]
        .concat()
}

/// Codes of all rules that refuse, and are judged here.
#[must_use]
pub fn judged() -> Vec<&'static str> {
    [&of_placements(), assessing::RULES, returning::RULES, reviewing::RULES].concat()
}
