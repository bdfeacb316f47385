//! What is compared, how, and what is said of it.
mod compare;
mod likeness;
mod request;
mod weights;

pub use compare::{Compared, Comparison, Facts, FieldOutcome, Named, Number};
pub use likeness::swapped;
pub use request::{ChildCandidate, ChildToMatch, ComparedField, MatchAnswer, NameToMatch};
pub use weights::{Weighing, Weights};
