//! `/v1/children/{id}/merge` and `/v1/child-merges` over HTTP.
use super::{
    model::{ChildMerge, ChildMergeId, ChildMergePage, MergeEvaluation, MergeRequest, UndoRequest},
    permission::MergeChildren,
    store,
};
use crate::{
    children::{ChildId, permission::ReadChildren},
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        merge_child,
        evaluate_child_merge,
        list_child_merges,
        read_child_merge,
        undo_child_merge
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/merge", tag = "children", operation_id = "merge_child", summary = "Merge another record of the child into this one",
    description = "Everything that hangs on the other record moves to this one, which `If-Match` is about; names and numbers are added. What both say alike is kept once; what differs in the records themselves is as this one says. The address of the other record leads here from then on: 308 for a read, 409 `merged` for a change. It can be undone.",
    params(("id" = ChildId, Path, description = "The record that is the child's from then on.")), request_body = MergeRequest,
    responses((status = 201, description = "The merge.", body = ChildMerge),
        (status = 409, description = "What the two records say cannot be of one child: `facts.contradictions` names both records of each contradiction. Or a rule would not have let a placement begin, had they been one.")))]
async fn merge_child(
    access: Access<MergeChildren>,
    id: Path<ChildId>,
    seen: IfMatch,
    body: Body<MergeRequest>,
) -> Result<Released> {
    let made = "/v1/child-merges";
    access.change(move |tx| store::merge(tx, id.0, &seen, &body.0)?.created(made)).await
}

#[utoipa::path(post, path = "/v1/children/{id}/merge:evaluate", tag = "children", operation_id = "evaluate_child_merge", summary = "Ask what would come of a merge",
    description = "What would move, what contradicts, and what the rules for placements would say anew. Nothing is written.",
    params(("id" = ChildId, Path, description = "The record that would be the child's.")), request_body = MergeRequest,
    responses((status = 200, description = "What would come of it.", body = MergeEvaluation)))]
async fn evaluate_child_merge(
    access: Access<MergeChildren>,
    id: Path<ChildId>,
    seen: IfMatch,
    body: Body<MergeRequest>,
) -> Result<Released> {
    let evaluation = access.rehearse(move |tx| store::evaluate(tx, id.0, &seen, &body.0)).await?;
    access.release(&evaluation).await
}

#[utoipa::path(get, path = "/v1/children/{id}/merges", tag = "children", summary = "List the merges of a child's record",
    description = "Which records were merged into this one, when, by whom and why, and which of that was undone; by id.",
    params(("id" = ChildId, Path, description = "The child."), PageQuery, KnownAt),
    responses((status = 200, description = "Some merges.", body = ChildMergePage)))]
async fn list_child_merges(
    access: Access<ReadChildren>,
    id: Path<ChildId>,
    page: Query<PageQuery>,
    when: Query<KnownAt>,
    address: Address,
) -> Result<Released> {
    let now = access.now();
    let merges = access.read(move |conn| store::list(conn, id.0, when.0, &page.0, now)).await?;
    access.release_page(&address, &ChildMergePage::from(merges)).await
}

#[utoipa::path(get, path = "/v1/child-merges/{id}", tag = "children", summary = "Read a merge",
    description = "One merge, with the entity tag that undoing it asks for.",
    params(("id" = ChildMergeId, Path, description = "The merge."), KnownAt),
    responses((status = 200, description = "The merge.", body = ChildMerge)))]
async fn read_child_merge(
    access: Access<ReadChildren>,
    id: Path<ChildMergeId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(post, path = "/v1/child-merges/{id}/undo", tag = "children", summary = "Undo a merge",
    description = "The two records are two again: what moved goes back, with what became of it since. What was recorded since stays with the survivor, but for the records that are named. The rules are asked for both.",
    params(("id" = ChildMergeId, Path, description = "The merge.")), request_body = UndoRequest,
    responses((status = 200, description = "The merge, undone.", body = ChildMerge),
        (status = 409, description = "What goes back and what stays refer to each other, or a rule refuses it: `facts.records` names the records.")))]
async fn undo_child_merge(
    access: Access<MergeChildren>,
    id: Path<ChildMergeId>,
    seen: IfMatch,
    body: Body<UndoRequest>,
) -> Result<Released> {
    access.change(move |tx| store::undo(tx, id.0, &seen, &body.0)?.ok()).await
}
