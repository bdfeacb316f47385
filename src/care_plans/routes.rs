//! `/v1/care-plans` over HTTP: the draft, its approval, its end, the list.

use super::{
    model::{
        CarePlan, CarePlanApproval, CarePlanEnd, CarePlanId, CarePlanPage, CarePlanReason,
        CarePlanSubmission, NewCarePlan,
    },
    permission::{ApproveCarePlans, ManageCarePlans, ReadCarePlans},
    store::{self, CarePlanFilter},
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
        draft_care_plan,
        list_care_plans,
        read_care_plan,
        read_care_plan_history,
        revise_care_plan,
        submit_care_plan,
        send_back_care_plan,
        approve_care_plan,
        complete_care_plan,
        revoke_care_plan
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/care-plans", tag = "care-plans", summary = "Draft a care plan for a child",
    description = "Drafts the child's next care plan, for a care period or for the time outside care. It is to be reviewed on `review_due_on`; unless said, after so many months as the parameter `review_interval_months` says.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewCarePlan,
    responses((status = 201, description = "The care plan, a draft.", body = CarePlan),
        (status = 409, description = "`PL-07`: the child has died or was adopted."),
        (status = 422, description = "`RV-06`: the child's views are not recorded.")))]
async fn draft_care_plan(
    access: Access<ManageCarePlans>,
    id: Path<ChildId>,
    body: Body<NewCarePlan>,
) -> Result<Released> {
    access.change(move |tx| store::draft(tx, id.0, &body.0)?.created("/v1/care-plans")).await
}

#[utoipa::path(get, path = "/v1/care-plans", tag = "care-plans", summary = "List care plans",
    description = "Care plans of the children of whom the caller may know, by id unless said.",
    params(CarePlanFilter, PageQuery, CountQuery), responses((status = 200, description = "Some care plans.", body = CarePlanPage)))]
async fn list_care_plans(
    access: Access<ReadCarePlans>,
    filter: Query<CarePlanFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let plans = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &CarePlanPage::from(plans.await?)).await
}

#[utoipa::path(get, path = "/v1/care-plans/{id}", tag = "care-plans", summary = "Read a care plan",
    description = "One care plan, with the entity tag that its steps ask for.",
    params(("id" = CarePlanId, Path, description = "The care plan."), KnownAt),
    responses((status = 200, description = "The care plan.", body = CarePlan)))]
async fn read_care_plan(
    access: Access<ReadCarePlans>,
    id: Path<CarePlanId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/care-plans/{id}/history", tag = "care-plans", summary = "Read the history of a care plan",
    description = "Who changed what and when, newest first.",
    params(("id" = CarePlanId, Path, description = "The care plan."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_care_plan_history(
    access: Access<ReadCarePlans>,
    id: Path<CarePlanId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<CarePlan>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/care-plans/{id}/revise", tag = "care-plans", summary = "Draft a care plan anew",
    description = "Replaces what a draft says.",
    params(("id" = CarePlanId, Path, description = "The care plan.")), request_body = NewCarePlan,
    responses((status = 200, description = "The care plan, revised.", body = CarePlan),
        (status = 422, description = "`RV-06`: the child's views are not recorded.")))]
async fn revise_care_plan(
    access: Access<ManageCarePlans>,
    id: Path<CarePlanId>,
    seen: IfMatch,
    body: Body<NewCarePlan>,
) -> Result<Released> {
    access.change(move |tx| store::revise(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/care-plans/{id}/submit", tag = "care-plans", summary = "Submit a care plan",
    description = "Submits the draft to whoever approves it, with the day on which child and parents were told of it.",
    params(("id" = CarePlanId, Path, description = "The care plan.")), request_body = CarePlanSubmission,
    responses((status = 200, description = "The care plan, submitted.", body = CarePlan)))]
async fn submit_care_plan(
    access: Access<ManageCarePlans>,
    id: Path<CarePlanId>,
    seen: IfMatch,
    body: Body<CarePlanSubmission>,
) -> Result<Released> {
    access.change(move |tx| store::submit(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/care-plans/{id}/send-back", tag = "care-plans", summary = "Send a care plan back",
    description = "Gives the plan back, with a reason, to whoever drafted it.",
    params(("id" = CarePlanId, Path, description = "The care plan.")), request_body = CarePlanReason,
    responses((status = 200, description = "The care plan, a draft again.", body = CarePlan)))]
async fn send_back_care_plan(
    access: Access<ApproveCarePlans>,
    id: Path<CarePlanId>,
    seen: IfMatch,
    body: Body<CarePlanReason>,
) -> Result<Released> {
    access.change(move |tx| store::send_back(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/care-plans/{id}/approve", tag = "care-plans", summary = "Approve a care plan",
    description = "Approves the plan, which becomes active at once. The plan that was active before, for the same care period or for the time outside care, is superseded in the same transaction.",
    params(("id" = CarePlanId, Path, description = "The care plan.")), request_body = CarePlanApproval,
    responses((status = 200, description = "The care plan, active.", body = CarePlan),
        (status = 409, description = "`CP-01`: another plan became active meanwhile. Or its care period has ended, or the state does not allow it.")))]
async fn approve_care_plan(
    access: Access<ApproveCarePlans>,
    id: Path<CarePlanId>,
    seen: IfMatch,
    body: Body<CarePlanApproval>,
) -> Result<Released> {
    access.change(move |tx| store::approve(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/care-plans/{id}/complete", tag = "care-plans", summary = "Complete a care plan",
    description = "Records what an active plan came to.",
    params(("id" = CarePlanId, Path, description = "The care plan.")), request_body = CarePlanEnd,
    responses((status = 200, description = "The care plan, completed.", body = CarePlan)))]
async fn complete_care_plan(
    access: Access<ManageCarePlans>,
    id: Path<CarePlanId>,
    seen: IfMatch,
    body: Body<CarePlanEnd>,
) -> Result<Released> {
    access.change(move |tx| store::complete(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/care-plans/{id}/revoke", tag = "care-plans", summary = "Revoke a care plan",
    description = "Revokes a plan that has not ended, with a reason.",
    params(("id" = CarePlanId, Path, description = "The care plan.")), request_body = CarePlanEnd,
    responses((status = 200, description = "The care plan, revoked.", body = CarePlan)))]
async fn revoke_care_plan(
    access: Access<ApproveCarePlans>,
    id: Path<CarePlanId>,
    seen: IfMatch,
    body: Body<CarePlanEnd>,
) -> Result<Released> {
    access.change(move |tx| store::revoke(tx, id.0, &seen, &body.0)?.ok()).await
}
