//! `/v1/transition-plans` over HTTP: where each child goes who lives in an institution that is transformed.
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
    transformations::{
        model::{
            NewTransitionPlan, TransformationPlanId, TransitionAgreement, TransitionEnd,
            TransitionPlan, TransitionPlanId, TransitionPlanPage, TransitionRevision,
        },
        permission::{AgreeTransitionPlans, ManageTransitionPlans, ReadTransitionPlans},
        store::{self, TransitionPlanFilter},
    },
};

pub fn routes() -> Routes {
    routes![
        draft_transition_plan,
        list_transition_plans,
        read_transition_plan,
        read_transition_plan_history,
        revise_transition_plan,
        agree_transition_plan,
        carry_out_transition_plan,
        abandon_transition_plan
    ]
}

#[utoipa::path(post, path = "/v1/transformation-plans/{id}/transition-plans", tag = "transformations", summary = "Draft a transition plan for a child",
    description = "Drafts where a child is to live who lives in the facility, or did when its transformation was approved.",
    params(("id" = TransformationPlanId, Path, description = "The transformation plan of the facility.")), request_body = NewTransitionPlan,
    responses((status = 201, description = "The transition plan, a draft.", body = TransitionPlan),
        (status = 409, description = "`FA-08`: the child has one. `PL-07`: the child has died or was adopted. Or the transformation plan is not being carried out."),
        (status = 422, description = "`RV-06`: the child's views are not recorded. Or the child does not live there.")))]
async fn draft_transition_plan(
    access: Access<ManageTransitionPlans>,
    id: Path<TransformationPlanId>,
    body: Body<NewTransitionPlan>,
) -> Result<Released> {
    let collection = "/v1/transition-plans";
    access.change(move |tx| store::draft_transition(tx, id.0, &body.0)?.created(collection)).await
}

#[utoipa::path(get, path = "/v1/transition-plans", tag = "transformations", summary = "List transition plans",
    description = "Transition plans of the children of whom the caller may know, by id unless said.",
    params(TransitionPlanFilter, PageQuery, CountQuery), responses((status = 200, description = "Some transition plans.", body = TransitionPlanPage)))]
async fn list_transition_plans(
    access: Access<ReadTransitionPlans>,
    filter: Query<TransitionPlanFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let plans = access.read(move |conn| {
        let total = store::total_transitions(conn, &filter.0, count.0)?;
        Ok(store::list_transitions(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &TransitionPlanPage::from(plans.await?)).await
}

#[utoipa::path(get, path = "/v1/transition-plans/{id}", tag = "transformations", summary = "Read a transition plan",
    description = "One transition plan, with the entity tag that its steps ask for.",
    params(("id" = TransitionPlanId, Path, description = "The transition plan."), KnownAt),
    responses((status = 200, description = "The transition plan.", body = TransitionPlan)))]
async fn read_transition_plan(
    access: Access<ReadTransitionPlans>,
    id: Path<TransitionPlanId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find_transition(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/transition-plans/{id}/history", tag = "transformations", summary = "Read the history of a transition plan",
    description = "Who changed what and when, newest first.",
    params(("id" = TransitionPlanId, Path, description = "The transition plan."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_transition_plan_history(
    access: Access<ReadTransitionPlans>,
    id: Path<TransitionPlanId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<TransitionPlan>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/transition-plans/{id}/revise", tag = "transformations", summary = "Draft a transition plan anew",
    description = "Replaces what a draft says.",
    params(("id" = TransitionPlanId, Path, description = "The transition plan.")), request_body = TransitionRevision,
    responses((status = 200, description = "The transition plan, revised.", body = TransitionPlan),
        (status = 422, description = "`RV-06`: the child's views are not recorded.")))]
async fn revise_transition_plan(
    access: Access<ManageTransitionPlans>,
    id: Path<TransitionPlanId>,
    seen: IfMatch,
    body: Body<TransitionRevision>,
) -> Result<Released> {
    access.change(move |tx| store::revise_transition(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transition-plans/{id}/agree", tag = "transformations", summary = "Agree to a transition plan",
    description = "Records that the plan was agreed: it counts for the closing of the facility (`FA-05`).",
    params(("id" = TransitionPlanId, Path, description = "The transition plan.")), request_body = TransitionAgreement,
    responses((status = 200, description = "The transition plan, agreed.", body = TransitionPlan)))]
async fn agree_transition_plan(
    access: Access<AgreeTransitionPlans>,
    id: Path<TransitionPlanId>,
    seen: IfMatch,
    body: Body<TransitionAgreement>,
) -> Result<Released> {
    access.change(move |tx| store::agree_transition(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transition-plans/{id}/carry-out", tag = "transformations", summary = "Say that a transition plan was carried out",
    description = "Records that the child has moved. It must not live in the facility on that day.",
    params(("id" = TransitionPlanId, Path, description = "The transition plan.")), request_body = TransitionEnd,
    responses((status = 200, description = "The transition plan, carried out.", body = TransitionPlan),
        (status = 409, description = "The child lives in the facility on that day, or the state does not allow it.")))]
async fn carry_out_transition_plan(
    access: Access<ManageTransitionPlans>,
    id: Path<TransitionPlanId>,
    seen: IfMatch,
    body: Body<TransitionEnd>,
) -> Result<Released> {
    access.change(move |tx| store::carry_out_transition(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transition-plans/{id}/abandon", tag = "transformations", summary = "Abandon a transition plan",
    description = "Gives up a plan that has not ended, with a reason.",
    params(("id" = TransitionPlanId, Path, description = "The transition plan.")), request_body = TransitionEnd,
    responses((status = 200, description = "The transition plan, abandoned.", body = TransitionPlan)))]
async fn abandon_transition_plan(
    access: Access<ManageTransitionPlans>,
    id: Path<TransitionPlanId>,
    seen: IfMatch,
    body: Body<TransitionEnd>,
) -> Result<Released> {
    access.change(move |tx| store::abandon_transition(tx, id.0, &seen, &body.0)?.ok()).await
}
