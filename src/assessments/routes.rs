//! `/v1/assessments` over HTTP: the request, the steps up to the decision, the list.

use super::{
    model::{
        Assessment, AssessmentAnnulment, AssessmentCompletion, AssessmentId, AssessmentPage,
        AssessmentReason, AssessmentStart, AssessmentSubmission, NewAssessment, NewDecision,
        PastAssessment,
    },
    permission::{DecideAssessments, ManageAssessments, ReadAssessments},
    store::{self, AssessmentFilter},
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
        request_assessment,
        take_over_assessment,
        list_assessments,
        read_assessment,
        read_assessment_history,
        start_assessment,
        complete_assessment,
        submit_assessment,
        decide_assessment,
        return_assessment,
        cancel_assessment,
        annul_assessment
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/assessments", tag = "assessments", summary = "Request an assessment of a child",
    description = "Asks for an assessment of the child, with its kind and the reason.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewAssessment,
    responses((status = 201, description = "The assessment, requested.", body = Assessment),
        (status = 409, description = "`PL-07`: the child has died or was adopted.")))]
async fn request_assessment(
    access: Access<ManageAssessments>,
    id: Path<ChildId>,
    body: Body<NewAssessment>,
) -> Result<Released> {
    access.change(move |tx| store::request(tx, id.0, &body.0)?.created("/v1/assessments")).await
}

#[utoipa::path(post, path = "/v1/children/{id}/past-assessments", tag = "assessments", operation_id = "take_over_assessment",
    summary = "Take over an assessment that was decided elsewhere",
    description = "Records an assessment of the child with all its steps in one change, each judged as if it had been recorded on its day. The assessment is then one like any other.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = PastAssessment,
    responses((status = 201, description = "The assessment, decided.", body = Assessment),
        (status = 409, description = "`PL-07`: the child has died or was adopted."),
        (status = 422, description = "`PL-22`, `AS-01` to `AS-05`: the findings do not bear the recommendation, or the decision does not stand.")))]
async fn take_over_assessment(
    access: Access<DecideAssessments>,
    id: Path<ChildId>,
    body: Body<PastAssessment>,
) -> Result<Released> {
    access.change(move |tx| store::take_over(tx, id.0, &body.0)?.created("/v1/assessments")).await
}

#[utoipa::path(get, path = "/v1/assessments", tag = "assessments", summary = "List assessments",
    description = "Assessments of the children of whom the caller may know, by id unless said.",
    params(AssessmentFilter, PageQuery, CountQuery), responses((status = 200, description = "Some assessments.", body = AssessmentPage)))]
async fn list_assessments(
    access: Access<ReadAssessments>,
    filter: Query<AssessmentFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let assessments = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &AssessmentPage::from(assessments.await?)).await
}

#[utoipa::path(get, path = "/v1/assessments/{id}", tag = "assessments", summary = "Read an assessment",
    description = "One assessment, with the entity tag that its steps ask for.",
    params(("id" = AssessmentId, Path, description = "The assessment."), KnownAt),
    responses((status = 200, description = "The assessment.", body = Assessment)))]
async fn read_assessment(
    access: Access<ReadAssessments>,
    id: Path<AssessmentId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/assessments/{id}/history", tag = "assessments", summary = "Read the history of an assessment",
    description = "Who changed what and when, newest first.",
    params(("id" = AssessmentId, Path, description = "The assessment."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_assessment_history(
    access: Access<ReadAssessments>,
    id: Path<AssessmentId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<Assessment>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/assessments/{id}/start", tag = "assessments", summary = "Start an assessment",
    description = "A team begins work on the assessment. One that was returned is begun anew: what was found before is in its history. A team of two professions or more is multidisciplinary.",
    params(("id" = AssessmentId, Path, description = "The assessment.")), request_body = AssessmentStart,
    responses((status = 200, description = "The assessment, in progress.", body = Assessment)))]
async fn start_assessment(
    access: Access<ManageAssessments>,
    id: Path<AssessmentId>,
    seen: IfMatch,
    body: Body<AssessmentStart>,
) -> Result<Released> {
    access.change(move |tx| store::start(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/assessments/{id}/complete", tag = "assessments", summary = "Complete an assessment",
    description = "Records what was found and what is recommended. Necessity and suitability are findings apart. It holds until `valid_until`; unless said, for so many months as the parameter `assessment_validity_months` says.",
    params(("id" = AssessmentId, Path, description = "The assessment.")), request_body = AssessmentCompletion,
    responses((status = 200, description = "The assessment, completed.", body = Assessment),
        (status = 422, description = "`RV-06`: the child's views are not recorded. `PL-22`: poverty alone separates nobody. `AS-01`: nothing was tried to prevent the separation. `AS-02`: it was not found necessary.")))]
async fn complete_assessment(
    access: Access<ManageAssessments>,
    id: Path<AssessmentId>,
    seen: IfMatch,
    body: Body<AssessmentCompletion>,
) -> Result<Released> {
    access.change(move |tx| store::complete(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/assessments/{id}/submit", tag = "assessments", summary = "Submit an assessment",
    description = "Submits the assessment to the body that decides.",
    params(("id" = AssessmentId, Path, description = "The assessment.")), request_body = AssessmentSubmission,
    responses((status = 200, description = "The assessment, submitted.", body = Assessment),
        (status = 409, description = "`AS-04`: it is out of date. Or the state does not allow it.")))]
async fn submit_assessment(
    access: Access<ManageAssessments>,
    id: Path<AssessmentId>,
    seen: IfMatch,
    body: Body<AssessmentSubmission>,
) -> Result<Released> {
    access.change(move |tx| store::submit(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/assessments/{id}/decide", tag = "assessments", summary = "Record the decision on an assessment",
    description = "Records what a competent body decided: that it follows the recommendation, that something else is right, or that it rejects it. The organisation is of a kind that the body may be, and it is not that of the whole team. The decision is not dated before the assessment was completed (422 `decision_predated`).",
    params(("id" = AssessmentId, Path, description = "The assessment.")), request_body = NewDecision,
    responses((status = 200, description = "The assessment, decided.", body = Assessment),
        (status = 409, description = "`AS-04`: it was out of date on that day. `AS-05`: whoever made it alone does not decide on it. Or the state does not allow it."),
        (status = 422, description = "`AS-05`: the organisation cannot be such a body. `PL-22`, `AS-01`, `AS-02`: what was decided instead may not separate child and family.")))]
async fn decide_assessment(
    access: Access<DecideAssessments>,
    id: Path<AssessmentId>,
    seen: IfMatch,
    body: Body<NewDecision>,
) -> Result<Released> {
    access.change(move |tx| store::decide(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/assessments/{id}/return", tag = "assessments", summary = "Return an assessment to its team",
    description = "Gives the assessment back, with a reason, to those who made it: they begin anew.",
    params(("id" = AssessmentId, Path, description = "The assessment.")), request_body = AssessmentReason,
    responses((status = 200, description = "The assessment, returned.", body = Assessment)))]
async fn return_assessment(
    access: Access<DecideAssessments>,
    id: Path<AssessmentId>,
    seen: IfMatch,
    body: Body<AssessmentReason>,
) -> Result<Released> {
    access.change(move |tx| store::return_to_team(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/assessments/{id}/cancel", tag = "assessments", summary = "Cancel an assessment",
    description = "Cancels an assessment on which nothing was decided, with a reason.",
    params(("id" = AssessmentId, Path, description = "The assessment.")), request_body = AssessmentReason,
    responses((status = 200, description = "The assessment, cancelled.", body = Assessment)))]
async fn cancel_assessment(
    access: Access<ManageAssessments>,
    id: Path<AssessmentId>,
    seen: IfMatch,
    body: Body<AssessmentReason>,
) -> Result<Released> {
    access.change(move |tx| store::cancel(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/assessments/{id}/annul", tag = "assessments", summary = "Annul an assessment that never was",
    description = "Takes back an assessment entered in error, with a reason, whatever was decided on it. It counts for nothing any more. A placement that began on it is not undone: its care period has no assessment then, and `PL-14` tells of that until another one is decided.",
    params(("id" = AssessmentId, Path, description = "The assessment.")), request_body = AssessmentAnnulment,
    responses((status = 200, description = "The assessment, entered in error.", body = Assessment)))]
async fn annul_assessment(
    access: Access<DecideAssessments>,
    id: Path<AssessmentId>,
    seen: IfMatch,
    body: Body<AssessmentAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul(tx, id.0, &seen, &body.0)?.ok()).await
}
