//! `/v1/court-cases` over HTTP: filed, heard, decided, appealed, final.

use super::{
    model::{
        CourtAppeal, CourtCase, CourtCaseId, CourtCasePage, CourtFinality, CourtHearing,
        CourtWithdrawal, NewCourtCase, NewCourtDecision,
    },
    permission::{ManageCourtCases, ReadCourtCases},
    store::{self, CourtCaseFilter},
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
        file_court_case,
        list_court_cases,
        read_court_case,
        read_court_case_history,
        hear_court_case,
        decide_court_case,
        appeal_court_case,
        withdraw_court_case,
        finalise_court_case
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/court-cases", tag = "court-cases", summary = "File a court case about a child",
    description = "Records a case that was filed with a court: on parental rights, guardianship, a protection measure, contact, adoption.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewCourtCase,
    responses((status = 201, description = "The case, filed.", body = CourtCase)))]
async fn file_court_case(
    access: Access<ManageCourtCases>,
    id: Path<ChildId>,
    body: Body<NewCourtCase>,
) -> Result<Released> {
    access.change(move |tx| store::file(tx, id.0, &body.0)?.created("/v1/court-cases")).await
}

#[utoipa::path(get, path = "/v1/court-cases", tag = "court-cases", summary = "List court cases",
    description = "Court cases about the children of whom the caller may know, by id unless said. `next_hearing_on_max` with `sort=next_hearing_on` is the calendar of hearings.",
    params(CourtCaseFilter, PageQuery, CountQuery), responses((status = 200, description = "Some court cases.", body = CourtCasePage)))]
async fn list_court_cases(
    access: Access<ReadCourtCases>,
    filter: Query<CourtCaseFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let cases = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &CourtCasePage::from(cases.await?)).await
}

#[utoipa::path(get, path = "/v1/court-cases/{id}", tag = "court-cases", summary = "Read a court case",
    description = "One court case with its hearings and decisions, with the entity tag that its steps ask for.",
    params(("id" = CourtCaseId, Path, description = "The court case."), KnownAt),
    responses((status = 200, description = "The court case.", body = CourtCase)))]
async fn read_court_case(
    access: Access<ReadCourtCases>,
    id: Path<CourtCaseId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/court-cases/{id}/history", tag = "court-cases", summary = "Read the history of a court case",
    description = "Who changed what and when, newest first.",
    params(("id" = CourtCaseId, Path, description = "The court case."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_court_case_history(
    access: Access<ReadCourtCases>,
    id: Path<CourtCaseId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history =
        access.read(move |conn| journal::history::<CourtCase>(conn, id.0.untyped(), &page.0));
    access.release_page(&address, &HistoryPage::from(history.await?)).await
}

#[utoipa::path(post, path = "/v1/court-cases/{id}/hear", tag = "court-cases", summary = "Record a hearing",
    description = "Records a hearing: whether the child was represented, and what it said or why it was not heard. A hearing that fixes no next one leaves none fixed.",
    params(("id" = CourtCaseId, Path, description = "The court case.")), request_body = CourtHearing,
    responses((status = 200, description = "The court case after the hearing.", body = CourtCase),
        (status = 422, description = "`RV-06`: the child's views are not recorded, nor why there are none.")))]
async fn hear_court_case(
    access: Access<ManageCourtCases>,
    id: Path<CourtCaseId>,
    seen: IfMatch,
    body: Body<CourtHearing>,
) -> Result<Released> {
    access.change(move |tx| store::hear(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/court-cases/{id}/decide", tag = "court-cases", summary = "Record a decision",
    description = "Records what the court decided, or a court of appeal in its place; an outcome that returns the case sends it back to the court below. The legal statuses that the decision set are recorded first, under the child, and named here.",
    params(("id" = CourtCaseId, Path, description = "The court case.")), request_body = NewCourtDecision,
    responses((status = 200, description = "The court case after the decision.", body = CourtCase)))]
async fn decide_court_case(
    access: Access<ManageCourtCases>,
    id: Path<CourtCaseId>,
    seen: IfMatch,
    body: Body<NewCourtDecision>,
) -> Result<Released> {
    access.change(move |tx| store::decide(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/court-cases/{id}/appeal", tag = "court-cases", summary = "Record an appeal",
    description = "Records that the last decision was appealed, and by whom.",
    params(("id" = CourtCaseId, Path, description = "The court case.")), request_body = CourtAppeal,
    responses((status = 200, description = "The court case, appealed.", body = CourtCase)))]
async fn appeal_court_case(
    access: Access<ManageCourtCases>,
    id: Path<CourtCaseId>,
    seen: IfMatch,
    body: Body<CourtAppeal>,
) -> Result<Released> {
    access.change(move |tx| store::appeal(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/court-cases/{id}/withdraw", tag = "court-cases", summary = "Record that a case or an appeal is withdrawn",
    description = "A case that is not decided ends by it; an appeal that is withdrawn leaves the decision as it was.",
    params(("id" = CourtCaseId, Path, description = "The court case.")), request_body = CourtWithdrawal,
    responses((status = 200, description = "The court case after it.", body = CourtCase)))]
async fn withdraw_court_case(
    access: Access<ManageCourtCases>,
    id: Path<CourtCaseId>,
    seen: IfMatch,
    body: Body<CourtWithdrawal>,
) -> Result<Released> {
    access.change(move |tx| store::withdraw(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/court-cases/{id}/finalise", tag = "court-cases", summary = "Record that a decision is final",
    description = "Records from which day the last decision can no longer be appealed.",
    params(("id" = CourtCaseId, Path, description = "The court case.")), request_body = CourtFinality,
    responses((status = 200, description = "The court case, final.", body = CourtCase)))]
async fn finalise_court_case(
    access: Access<ManageCourtCases>,
    id: Path<CourtCaseId>,
    seen: IfMatch,
    body: Body<CourtFinality>,
) -> Result<Released> {
    access.change(move |tx| store::make_final(tx, id.0, &seen, &body.0)?.ok()).await
}
