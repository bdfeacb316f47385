//! `/v1/children/{id}/relations` over HTTP.

use crate::{
    children::{
        model::{ChildId, NewRelation, Relation, RelationId, RelationPage, RelationPatch},
        permission::{ManageChildren, ReadChildren},
        store,
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Patch, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![list_relations, add_relation, read_relation, change_relation]
}

#[utoipa::path(get, path = "/v1/children/{id}/relations", tag = "children", operation_id = "list_relations", summary = "List a child's relations",
    description = "Brothers, sisters, parents and own children, by id. A relation to another child of the registry is listed under both.",
    params(("id" = ChildId, Path, description = "The child."), KnownAt, PageQuery),
    responses((status = 200, description = "Some relations.", body = RelationPage)))]
async fn list_relations(
    access: Access<ReadChildren>,
    id: Path<ChildId>,
    when: Query<KnownAt>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let (when, now) = (when.0.into(), access.now());
    let relations =
        access.read(move |conn| store::relations(conn, id.0, when, &page.0, now)).await?;
    access.release_page(&address, &RelationPage::from(relations)).await
}

#[utoipa::path(post, path = "/v1/children/{id}/relations", tag = "children", operation_id = "add_relation", summary = "Add a relation",
    description = "Records a brother, a sister, a parent or an own child. Between two children of the registry it is recorded for both. Siblings are to be kept together unless there is a reason not to (UN Guidelines ¶17).",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewRelation,
    responses((status = 201, description = "The new relation.", body = Relation),
        (status = 409, description = "The two children are related already.")))]
async fn add_relation(
    access: Access<ManageChildren>,
    id: Path<ChildId>,
    body: Body<NewRelation>,
) -> Result<Released> {
    let collection = format!("/v1/children/{}/relations", id.0);
    access.change(move |tx| store::relate(tx, id.0, body.0.clone())?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/children/{id}/relations/{relation_id}", tag = "children", operation_id = "read_relation", summary = "Read a relation",
    description = "One relation of a child.",
    params(("id" = ChildId, Path, description = "The child."), ("relation_id" = RelationId, Path, description = "The relation."), KnownAt),
    responses((status = 200, description = "The relation.", body = Relation)))]
async fn read_relation(
    access: Access<ReadChildren>,
    path: Path<(ChildId, RelationId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (child, id) = path.0;
    access.read_known(when.0, &held, move |conn| store::find_relation(conn, child, id)).await
}

#[utoipa::path(patch, path = "/v1/children/{id}/relations/{relation_id}", tag = "children", operation_id = "change_relation", summary = "Decide whether siblings are kept together",
    description = "Changes whether siblings are to be kept together, why, and whether there is a bond: for both of them.",
    params(("id" = ChildId, Path, description = "The child."), ("relation_id" = RelationId, Path, description = "The relation.")),
    request_body = RelationPatch,
    responses((status = 200, description = "The relation after the change.", body = Relation)))]
async fn change_relation(
    access: Access<ManageChildren>,
    path: Path<(ChildId, RelationId)>,
    seen: IfMatch,
    change: Patch<RelationPatch>,
) -> Result<Released> {
    let (child, id) = path.0;
    access.change(move |tx| store::wish(tx, child, id, &seen, &change.0)?.ok()).await
}
