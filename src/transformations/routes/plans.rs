//! `/v1/transformation-plans` over HTTP: the draft, its approval, its end, the list.
use crate::{
    facilities::FacilityId,
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
    transformations::{
        model::{
            MilestoneReached, NewTransformationPlan, TransformationApproval, TransformationEnd,
            TransformationPlan, TransformationPlanId, TransformationPlanPage, TransformationStart,
        },
        permission::{
            ApproveTransformationPlans, ManageTransformationPlans, ReadTransformationPlans,
        },
        store::{self, TransformationPlanFilter},
    },
};

pub fn routes() -> Routes {
    routes![
        draft_transformation_plan,
        list_transformation_plans,
        read_transformation_plan,
        read_transformation_plan_history,
        revise_transformation_plan,
        approve_transformation_plan,
        start_transformation_plan,
        reach_transformation_milestone,
        complete_transformation_plan,
        abandon_transformation_plan
    ]
}

#[utoipa::path(post, path = "/v1/facilities/{id}/transformation-plans", tag = "transformations", summary = "Draft a transformation plan for a facility",
    description = "Drafts the facility's next plan: what becomes of it, how many children are to live there by when, and from which day on it takes no more. A target may lie below the children who live there today.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = NewTransformationPlan,
    responses((status = 201, description = "The transformation plan, a draft.", body = TransformationPlan),
        (status = 409, description = "The facility is not registered yet, or has closed.")))]
async fn draft_transformation_plan(
    access: Access<ManageTransformationPlans>,
    id: Path<FacilityId>,
    body: Body<NewTransformationPlan>,
) -> Result<Released> {
    let collection = "/v1/transformation-plans";
    access.change(move |tx| store::draft(tx, id.0, &body.0)?.created(collection)).await
}

#[utoipa::path(get, path = "/v1/transformation-plans", tag = "transformations", summary = "List transformation plans",
    description = "Transformation plans of facilities, by id unless said: in the order in which they were drafted.",
    params(TransformationPlanFilter, PageQuery, CountQuery), responses((status = 200, description = "Some transformation plans.", body = TransformationPlanPage)))]
async fn list_transformation_plans(
    access: Access<ReadTransformationPlans>,
    filter: Query<TransformationPlanFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let plans = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &TransformationPlanPage::from(plans.await?)).await
}

#[utoipa::path(get, path = "/v1/transformation-plans/{id}", tag = "transformations", summary = "Read a transformation plan",
    description = "One transformation plan, with the entity tag that its steps ask for.",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan."), KnownAt),
    responses((status = 200, description = "The transformation plan.", body = TransformationPlan)))]
async fn read_transformation_plan(
    access: Access<ReadTransformationPlans>,
    id: Path<TransformationPlanId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/transformation-plans/{id}/history", tag = "transformations", summary = "Read the history of a transformation plan",
    description = "Who changed what and when, newest first.",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_transformation_plan_history(
    access: Access<ReadTransformationPlans>,
    id: Path<TransformationPlanId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<TransformationPlan>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/transformation-plans/{id}/revise", tag = "transformations", summary = "Draft a transformation plan anew",
    description = "Replaces what a draft says.",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan.")), request_body = NewTransformationPlan,
    responses((status = 200, description = "The transformation plan, revised.", body = TransformationPlan)))]
async fn revise_transformation_plan(
    access: Access<ManageTransformationPlans>,
    id: Path<TransformationPlanId>,
    seen: IfMatch,
    body: Body<NewTransformationPlan>,
) -> Result<Released> {
    access.change(move |tx| store::revise(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transformation-plans/{id}/approve", tag = "transformations", summary = "Approve a transformation plan",
    description = "Records the decision on the plan. The children who live there on that day are counted, and from `admissions_stop_on` on nobody is placed there (`PL-13`).",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan.")), request_body = TransformationApproval,
    responses((status = 200, description = "The transformation plan, approved.", body = TransformationPlan),
        (status = 409, description = "`FA-07`: another plan of the facility is being carried out. Or a target has passed, or the state does not allow it.")))]
async fn approve_transformation_plan(
    access: Access<ApproveTransformationPlans>,
    id: Path<TransformationPlanId>,
    seen: IfMatch,
    body: Body<TransformationApproval>,
) -> Result<Released> {
    access.change(move |tx| store::approve(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transformation-plans/{id}/start", tag = "transformations", summary = "Begin to carry out a transformation plan",
    description = "Records the day on which an approved plan began to be carried out.",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan.")), request_body = TransformationStart,
    responses((status = 200, description = "The transformation plan, in progress.", body = TransformationPlan)))]
async fn start_transformation_plan(
    access: Access<ManageTransformationPlans>,
    id: Path<TransformationPlanId>,
    seen: IfMatch,
    body: Body<TransformationStart>,
) -> Result<Released> {
    access.change(move |tx| store::start(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transformation-plans/{id}/reach-milestone", tag = "transformations", summary = "Say that a milestone was reached",
    description = "Records the day on which a milestone of a plan in progress was reached.",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan.")), request_body = MilestoneReached,
    responses((status = 200, description = "The transformation plan.", body = TransformationPlan)))]
async fn reach_transformation_milestone(
    access: Access<ManageTransformationPlans>,
    id: Path<TransformationPlanId>,
    seen: IfMatch,
    body: Body<MilestoneReached>,
) -> Result<Released> {
    access.change(move |tx| store::reach_milestone(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transformation-plans/{id}/complete", tag = "transformations", summary = "Complete a transformation plan",
    description = "Records what a plan in progress came to: no more children live there than its last target says, and a facility that was to close has closed. A stop of admissions that the plan set ends with it.",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan.")), request_body = TransformationEnd,
    responses((status = 200, description = "The transformation plan, completed.", body = TransformationPlan),
        (status = 409, description = "Its last target is not met, or the facility has not closed, or the state does not allow it.")))]
async fn complete_transformation_plan(
    access: Access<ManageTransformationPlans>,
    id: Path<TransformationPlanId>,
    seen: IfMatch,
    body: Body<TransformationEnd>,
) -> Result<Released> {
    access.change(move |tx| store::complete(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transformation-plans/{id}/abandon", tag = "transformations", summary = "Abandon a transformation plan",
    description = "Gives up a plan that has not ended, with a reason. A stop of admissions that it set ends with it.",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan.")), request_body = TransformationEnd,
    responses((status = 200, description = "The transformation plan, abandoned.", body = TransformationPlan)))]
async fn abandon_transformation_plan(
    access: Access<ApproveTransformationPlans>,
    id: Path<TransformationPlanId>,
    seen: IfMatch,
    body: Body<TransformationEnd>,
) -> Result<Released> {
    access.change(move |tx| store::abandon(tx, id.0, &seen, &body.0)?.ok()).await
}
