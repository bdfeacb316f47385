//! `/v1/children` over HTTP.
mod legal;
mod relations;

use super::{
    model::{
        Child, ChildId, ChildMatchPage, ChildPage, ChildPatch, ChildSearch, ChildWithLists,
        ListedChild, NewChild,
    },
    permission::{ManageChildren, ReadChildren, SearchChildren},
    store::{self, ChildFilter},
};
use crate::{
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Patch, Path, Query},
        http::{Address, Routes},
        include::Include,
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::AsOf,
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
        view::View,
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_children,
        register_child,
        search_children,
        read_child,
        change_child,
        read_child_history
    ]
    .merge(relations::routes())
    .merge(legal::routes())
}

#[utoipa::path(get, path = "/v1/children", tag = "children", operation_id = "list_children", summary = "List children",
    description = "The children of the registry, by id unless said, filtered by what may stand in an address. To find one by name, number or birth date, search: `POST /v1/children:search`.",
    params(ChildFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some children.", body = ChildPage)))]
async fn list_children(
    access: Access<ReadChildren>,
    filter: Query<ChildFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let (now, full) = (access.now(), filter.0.view != Some(View::Summary));
    let children = access
        .read(move |conn| {
            let total = store::total(conn, &filter.0, count.0, now)?;
            Ok(store::list(conn, &filter.0, &page.0, now)?.of(total))
        })
        .await?;
    access
        .release_page(
            &address,
            &ChildPage::from(children.map(|child| ListedChild::of(child, full))),
        )
        .await
}

#[utoipa::path(post, path = "/v1/children", tag = "children", operation_id = "register_child", summary = "Register a child",
    description = "Registers a child without parental care or at risk of losing it. Search first: a child that is in the registry already is not registered again.",
    request_body = NewChild,
    responses((status = 201, description = "The new record.", body = Child),
        (status = 409, description = "`DI-01`: another child has one of the external identifiers.")))]
async fn register_child(access: Access<ManageChildren>, body: Body<NewChild>) -> Result<Released> {
    access.change(move |tx| store::register(tx, body.0.clone())?.created("/v1/children")).await
}

#[utoipa::path(post, path = "/v1/children:search", tag = "children", operation_id = "search_children", summary = "Search for a child",
    description = "Finds children by name, by number in another system, and by birth date with a tolerance, best first. A name is found however it is written: Đorđević, Djordjevic and Ђорђевић find one another, and typing errors are forgiven. Nothing that is asked is stored.",
    request_body = ChildSearch,
    responses((status = 200, description = "Some children that may be the one.", body = ChildMatchPage)))]
async fn search_children(
    access: Access<SearchChildren>,
    body: Body<ChildSearch>,
) -> Result<Released> {
    let matches = access.read(move |conn| store::search(conn, &body.0)).await?;
    access.release(&ChildMatchPage::from(matches)).await
}

#[utoipa::path(get, path = "/v1/children/{id}", tag = "children", operation_id = "read_child", summary = "Read a child",
    description = "One child with its names and external identifiers. `as_of` keeps the names and identifiers valid on that day and leaves out a death or adoption still to come; `known_at` answers what the registry knew then.",
    params(("id" = ChildId, Path, description = "The child."), AsOf),
    responses((status = 200, description = "The child.", body = Child)))]
async fn read_child(
    access: Access<ReadChildren>,
    id: Path<ChildId>,
    when: Query<AsOf>,
    include: Include<ChildWithLists>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (when, now) = (when.0, access.now());
    let read = move |conn: &mut _| store::find_with(conn, id.0, &include, when, now);
    access.release_with(when.is_past(now)?, &held, &access.read(read).await?).await
}

#[utoipa::path(patch, path = "/v1/children/{id}", tag = "children", operation_id = "change_child", summary = "Change a child",
    description = "Changes the members that are given; lists are replaced whole, null removes what may be absent. A death is recorded here as `death_date`, a final adoption order as `adopted_on`.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = ChildPatch,
    responses((status = 200, description = "The child after the change.", body = Child),
        (status = 409, description = "`DI-01`: another child has one of the external identifiers."),
        (status = 422, description = "`DI-02`: another birth date, sex or ethnicity is a correction and needs `correction_reason`.")))]
async fn change_child(
    access: Access<ManageChildren>,
    id: Path<ChildId>,
    seen: IfMatch,
    patch: Patch<ChildPatch>,
) -> Result<Released> {
    access.change(move |tx| store::change(tx, id.0, &seen, &patch.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/children/{id}/history", tag = "children", operation_id = "read_child_history", summary = "Read the history of a child",
    description = "Who changed what and when, newest first: the child's record and all that is listed under it.",
    params(("id" = ChildId, Path, description = "The child."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_child_history(
    access: Access<ReadChildren>,
    id: Path<ChildId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history =
        access.read(move |conn| journal::history::<Child>(conn, id.0.untyped(), &page.0)).await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}
