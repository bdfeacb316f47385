//! Reviews of carer families over HTTP.
use super::look;
use crate::{
    carers::{
        model::{CarerFamilyId, CarerReview, CarerReviewId, CarerReviewPage, NewCarerReview},
        permission::{ManageCarers, ReadCarers},
        store,
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
        time::{AsOf, KnownAt},
        version::IfNoneMatch,
    },
    routes,
};

pub fn routes() -> Routes {
    routes![list_carer_reviews, record_carer_review, read_carer_review]
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/reviews", tag = "carers", operation_id = "list_carer_reviews",
    summary = "List the reviews of a carer family",
    description = "All reviews, latest first; with `as_of` those until that day, with `known_at` as the registry knew them at that instant. The next one is due a year after the last review or approval: the parameter `carer_review_months`, `CF-03`.",
    params(("id" = CarerFamilyId, Path, description = "The carer family."), AsOf, PageQuery),
    responses((status = 200, description = "Some reviews.", body = CarerReviewPage)))]
async fn list_carer_reviews(
    access: Access<ReadCarers>,
    id: Path<CarerFamilyId>,
    past: Query<AsOf>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let (day, instant) = look(past.0, access.now())?;
    let reviews =
        access.read(move |conn| store::list_reviews(conn, id.0, day, instant, &page.0)).await?;
    access.release_page(&address, &CarerReviewPage::from(reviews)).await
}

#[utoipa::path(post, path = "/v1/carer-families/{id}/reviews", tag = "carers", operation_id = "record_carer_review",
    summary = "Record a review of a carer family",
    description = "Records that the family was reviewed, what came of it, and what was recommended. It changes nothing else: a suspension or another approval is a step of its own.",
    params(("id" = CarerFamilyId, Path, description = "The carer family.")), request_body = NewCarerReview,
    responses((status = 201, description = "The new review.", body = CarerReview)))]
async fn record_carer_review(
    access: Access<ManageCarers>,
    id: Path<CarerFamilyId>,
    body: Body<NewCarerReview>,
) -> Result<Released> {
    let collection = format!("/v1/carer-families/{}/reviews", id.0);
    access.change(move |tx| store::record_review(tx, id.0, &body.0)?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/reviews/{review_id}", tag = "carers", operation_id = "read_carer_review",
    summary = "Read a review of a carer family",
    description = "One review.",
    params(("id" = CarerFamilyId, Path, description = "The carer family."), ("review_id" = CarerReviewId, Path, description = "The review."), KnownAt),
    responses((status = 200, description = "The review.", body = CarerReview)))]
async fn read_carer_review(
    access: Access<ReadCarers>,
    path: Path<(CarerFamilyId, CarerReviewId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (id, review) = path.0;
    access.read_known(when.0, &held, move |conn| store::review(conn, id, review)).await
}
