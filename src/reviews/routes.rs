//! `/v1/reviews` over HTTP: the call, what it came to, the list.

use super::{
    model::{
        ChildReview, NewReview, ReviewAnnulment, ReviewCancellation, ReviewHolding, ReviewId,
        ReviewPage,
    },
    permission::{ManageReviews, ReadReviews},
    store::{self, ReviewFilter},
};
use crate::{
    children::ChildId,
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
    routes![
        call_review,
        list_reviews,
        read_review,
        read_review_history,
        hold_review,
        cancel_review,
        annul_review
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/reviews", tag = "reviews", summary = "Call a review of a child",
    description = "Calls a review that is to be held by a day, of a care period, a care plan, or the child's situation at large.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewReview,
    responses((status = 201, description = "The review, due.", body = ChildReview)))]
async fn call_review(
    access: Access<ManageReviews>,
    id: Path<ChildId>,
    body: Body<NewReview>,
) -> Result<Released> {
    access.change(move |tx| store::call(tx, id.0, &body.0)?.created("/v1/reviews")).await
}

#[utoipa::path(get, path = "/v1/reviews", tag = "reviews", summary = "List reviews",
    description = "Reviews of the children of whom the caller may know, by id unless said.",
    params(ReviewFilter, PageQuery, CountQuery), responses((status = 200, description = "Some reviews.", body = ReviewPage)))]
async fn list_reviews(
    access: Access<ReadReviews>,
    filter: Query<ReviewFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let reviews = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &ReviewPage::from(reviews.await?)).await
}

#[utoipa::path(get, path = "/v1/reviews/{id}", tag = "reviews", summary = "Read a review",
    description = "One review, with the entity tag that its steps ask for.",
    params(("id" = ReviewId, Path, description = "The review."), KnownAt),
    responses((status = 200, description = "The review.", body = ChildReview)))]
async fn read_review(
    access: Access<ReadReviews>,
    id: Path<ReviewId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/reviews/{id}/history", tag = "reviews", summary = "Read the history of a review",
    description = "Who changed what and when, newest first.",
    params(("id" = ReviewId, Path, description = "The review."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_review_history(
    access: Access<ReadReviews>,
    id: Path<ReviewId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<ChildReview>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/reviews/{id}/hold", tag = "reviews", summary = "Record what a review came to",
    description = "Records on which day the review was held, how the child took part, what was said and what it came to. The next one is due on `next_due_on`; unless said, after so many months as the parameter `review_interval_months` says.",
    params(("id" = ReviewId, Path, description = "The review.")), request_body = ReviewHolding,
    responses((status = 200, description = "The review, held.", body = ChildReview),
        (status = 409, description = "`PL-07`: the child had died or was adopted by then. Or the state does not allow it."),
        (status = 422, description = "`RV-04`: how the child took part does not fit its age. `RV-06`: its views are not recorded.")))]
async fn hold_review(
    access: Access<ManageReviews>,
    id: Path<ReviewId>,
    seen: IfMatch,
    body: Body<ReviewHolding>,
) -> Result<Released> {
    access.change(move |tx| store::hold(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/reviews/{id}/cancel", tag = "reviews", summary = "Cancel a review",
    description = "Cancels a review that was not held, with a reason.",
    params(("id" = ReviewId, Path, description = "The review.")), request_body = ReviewCancellation,
    responses((status = 200, description = "The review, cancelled.", body = ChildReview)))]
async fn cancel_review(
    access: Access<ManageReviews>,
    id: Path<ReviewId>,
    seen: IfMatch,
    body: Body<ReviewCancellation>,
) -> Result<Released> {
    access.change(move |tx| store::cancel(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/reviews/{id}/annul", tag = "reviews", summary = "Annul a review that never was",
    description = "Takes back a review entered in error, with a reason. When the next one is due is worked out as if it had never been.",
    params(("id" = ReviewId, Path, description = "The review.")), request_body = ReviewAnnulment,
    responses((status = 200, description = "The review, entered in error.", body = ChildReview)))]
async fn annul_review(
    access: Access<ManageReviews>,
    id: Path<ReviewId>,
    seen: IfMatch,
    body: Body<ReviewAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul(tx, id.0, &seen, &body.0)?.ok()).await
}
