//! What the rules say to a placement that is only thought of.
use serde::Serialize;
use utoipa::ToSchema;

use crate::{carers::store::ListedCarerFamily, children::ChildId, rules::Finding};

/// What would come of a placement: nothing of it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacementEvaluation {
    pub child_id: ChildId,
    /// Whether it could be made now, as it stands.
    #[schema(example = false)]
    pub possible: bool,
    /// What each rule that was judged says: those that are broken first.
    pub findings: Vec<Finding>,
    /// Families with a free place today for a child of this age and sex, near its home first: care that
    /// needs no exception.
    pub family_options: Vec<ListedCarerFamily>,
}
