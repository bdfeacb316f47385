//! Queries and changes of merges. None opens a transaction.
mod contradictions;
mod merging;
mod undoing;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

pub use merging::{evaluate, merge};
pub use undoing::undo;

use super::model::{ChildMerge, ChildMergeId, MergeState, Moved, listed};
use crate::{
    children::{self, ChildId},
    placements::{self, PlacementId},
    platform::{
        db::Tx,
        error::{Found as _, Result},
        journal,
        page::{Page, PageQuery},
        time::KnownAt,
        vault::Opened,
    },
    rules::Finding,
    schema::child_merges::{self, dsl},
    sealed_columns,
};

sealed_columns!(child_merges: Identifying { reason, moved, undo_reason });

/// How a merge lies in its table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = child_merges, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: ChildMergeId,
    child_id: ChildId,
    merged_child_id: ChildId,
    state: MergeState,
    #[diesel(select_expression = (child_merges::id, child_merges::reason))]
    #[diesel(select_expression_type = (child_merges::id, child_merges::reason))]
    #[diesel(deserialize_as = Opened<child_merges::reason, String>)]
    reason: String,
    #[diesel(select_expression = (child_merges::id, child_merges::moved))]
    #[diesel(select_expression_type = (child_merges::id, child_merges::moved))]
    moved: Opened<child_merges::moved, Moved>,
    merged_at: DateTime<Utc>,
    merged_by: Uuid,
    undone_at: Option<DateTime<Utc>>,
    undone_by: Option<Uuid>,
    #[diesel(select_expression = (child_merges::id, child_merges::undo_reason))]
    #[diesel(select_expression_type = (child_merges::id, child_merges::undo_reason))]
    #[diesel(deserialize_as = Opened<child_merges::undo_reason, Option<String>>)]
    undo_reason: Option<String>,
    version: i64,
}

impl Row {
    fn open(self) -> (ChildMerge, Moved) {
        let moved = self.moved.into_value();
        let merge = ChildMerge {
            id: self.id,
            child_id: self.child_id,
            merged_child_id: self.merged_child_id,
            state: self.state,
            reason: self.reason,
            moved: listed(&moved.records),
            kept: listed(&moved.kept),
            merged_at: self.merged_at,
            merged_by: self.merged_by,
            undone_at: self.undone_at,
            undone_by: self.undone_by,
            undo_reason: self.undo_reason,
            version: self.version,
        };
        (merge, moved)
    }
}

fn find_whole(conn: &mut PgConnection, id: ChildMergeId) -> Result<(ChildMerge, Moved)> {
    let row = child_merges::table.find(id).select(Row::as_select());
    Ok(row.first(conn).found::<ChildMerge>()?.open())
}

/// One merge.
pub fn find(conn: &mut PgConnection, id: ChildMergeId) -> Result<ChildMerge> {
    Ok(find_whole(conn, id)?.0)
}

/// The merges into the record of a child, by id: undone ones, too.
pub fn list(
    conn: &mut PgConnection,
    child: ChildId,
    when: KnownAt,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<ChildMerge>> {
    let (bound, limit) = (page.bind(&(child, when.known_at)), page.limit()?);
    let at = when.instant(now)?;
    children::store::find(conn, child)?;
    let all: Vec<ChildMerge> = if let Some(at) = at {
        journal::known_under(conn, child.untyped(), at)?
    } else {
        let rows = child_merges::table.filter(dsl::child_id.eq(child)).order(dsl::id);
        let rows: Vec<Row> = rows.select(Row::as_select()).load(conn)?;
        rows.into_iter().map(|row| row.open().0).collect()
    };
    bound.cut(all, limit, |merge| merge.id, |_| true)
}

/// What the rules find broken of the placements of a child, by placement and rule.
fn broken(tx: &mut Tx<'_>, child: ChildId) -> Result<Vec<(PlacementId, String)>> {
    let rechecked = placements::store::recheck(tx, child)?;
    let of_one = |one: &placements::store::Rechecked| {
        let broken: Vec<&Finding> =
            one.judged.findings.iter().filter(|it| it.is_broken()).collect();
        broken.into_iter().map(|it| (one.placement, it.rule.clone())).collect::<Vec<_>>()
    };
    Ok(rechecked.iter().flat_map(of_one).collect())
}
