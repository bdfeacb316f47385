//! `/v1/overrides` over HTTP.

use super::{
    model::{Override, OverrideId, OverridePage, OverrideReview},
    permission::{ReadOverrides, ReviewOverrides},
    store::{self, OverrideFilter},
};
use crate::{
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![list_overrides, read_override, read_override_history, review_override]
}

#[utoipa::path(get, path = "/v1/overrides", tag = "overrides", summary = "List overrides",
    description = "Soft rules that were stepped over for children of whom the caller may know: why, by whom, until when, and what the review found. With `count=exact` how many there are.",
    params(OverrideFilter, PageQuery, CountQuery), responses((status = 200, description = "Some overrides.", body = OverridePage)))]
async fn list_overrides(
    access: Access<ReadOverrides>,
    filter: Query<OverrideFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let overrides = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &OverridePage::from(overrides.await?)).await
}

#[utoipa::path(get, path = "/v1/overrides/{id}", tag = "overrides", summary = "Read an override",
    description = "One override, with the entity tag that its review asks for.",
    params(("id" = OverrideId, Path, description = "The override."), KnownAt),
    responses((status = 200, description = "The override.", body = Override)))]
async fn read_override(
    access: Access<ReadOverrides>,
    id: Path<OverrideId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/overrides/{id}/history", tag = "overrides", summary = "Read the history of an override",
    description = "Who changed what and when, newest first.",
    params(("id" = OverrideId, Path, description = "The override."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_override_history(
    access: Access<ReadOverrides>,
    id: Path<OverrideId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<Override>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/overrides/{id}/review", tag = "overrides", summary = "Review an override",
    description = "Says whether it was right to step over the rule. Whoever did it does not review it.",
    params(("id" = OverrideId, Path, description = "The override.")), request_body = OverrideReview,
    responses((status = 200, description = "The override, reviewed.", body = Override)))]
async fn review_override(
    access: Access<ReviewOverrides>,
    id: Path<OverrideId>,
    seen: IfMatch,
    body: Body<OverrideReview>,
) -> Result<Released> {
    access.change(move |tx| store::review(tx, id.0, &seen, &body.0)?.ok()).await
}
