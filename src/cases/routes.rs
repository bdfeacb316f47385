//! `/v1/cases` over HTTP.
use super::{
    model::{
        Case, CaseClosing, CaseDuplicate, CaseId, CasePage, CasePatch, CaseProgress,
        CaseStepRequest, CaseTakeUp, NewCase, NewCaseManager,
    },
    permission::{ManageCases, ReadCases},
    store::{self, CaseFilter},
};
use crate::{
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Patch, Path, Query},
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
        list_cases,
        open_case,
        read_case,
        change_case,
        read_case_history,
        assign_case_manager,
        close_case,
        reopen_case,
        take_up_case,
        mark_case_duplicate,
        advance_case
    ]
}

#[utoipa::path(get, path = "/v1/cases", tag = "cases", operation_id = "list_cases", summary = "List cases",
    description = "Cases of the children and families of whom the caller may know, by id unless said: `worker_id` gives the caseload of a worker.",
    params(CaseFilter, PageQuery, CountQuery), responses((status = 200, description = "Some cases.", body = CasePage)))]
async fn list_cases(
    access: Access<ReadCases>,
    filter: Query<CaseFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let cases = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &CasePage::from(cases.await?)).await
}

#[utoipa::path(post, path = "/v1/cases", tag = "cases", operation_id = "open_case", summary = "Open a case",
    description = "Opens a case of a child or, before any separation, of a family, with the worker who is in charge from the first day on.",
    request_body = NewCase,
    responses((status = 201, description = "The new case.", body = Case),
        (status = 409, description = "`CA-02`: the child or the family has an open case already.")))]
async fn open_case(access: Access<ManageCases>, body: Body<NewCase>) -> Result<Released> {
    access.change(move |tx| store::open(tx, &body.0)?.created("/v1/cases")).await
}

#[utoipa::path(get, path = "/v1/cases/{id}", tag = "cases", operation_id = "read_case", summary = "Read a case",
    description = "The case with its states and managers, and the entity tag that its steps ask for. A duplicate names the case that goes on in its place.",
    params(("id" = CaseId, Path, description = "The case."), KnownAt),
    responses((status = 200, description = "The case.", body = Case)))]
async fn read_case(
    access: Access<ReadCases>,
    id: Path<CaseId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(patch, path = "/v1/cases/{id}", tag = "cases", operation_id = "change_case", summary = "Change a case",
    description = "Changes how soon it is to be worked on, whether a child is in danger, and who works on it. The primary need stays as it was at first.",
    params(("id" = CaseId, Path, description = "The case.")), request_body = CasePatch,
    responses((status = 200, description = "The case after the change.", body = Case)))]
async fn change_case(
    access: Access<ManageCases>,
    id: Path<CaseId>,
    seen: IfMatch,
    patch: Patch<CasePatch>,
) -> Result<Released> {
    access.change(move |tx| store::change(tx, id.0, &seen, &patch.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/cases/{id}/history", tag = "cases", operation_id = "read_case_history", summary = "Read the history of a case",
    description = "Who changed what and when, newest first.",
    params(("id" = CaseId, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_case_history(
    access: Access<ReadCases>,
    id: Path<CaseId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history =
        access.read(move |conn| journal::history::<Case>(conn, id.0.untyped(), &page.0)).await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/cases/{id}/managers", tag = "cases", operation_id = "assign_case_manager", summary = "Put another worker in charge of a case",
    description = "Ends the work of whoever is in charge and begins that of another worker on the same day: an open case always has exactly one (`WK-01`).",
    params(("id" = CaseId, Path, description = "The case.")), request_body = NewCaseManager,
    responses((status = 200, description = "The case with its new manager.", body = Case),
        (status = 409, description = "Nobody is in charge of a case that is closed, transferred or a duplicate.")))]
async fn assign_case_manager(
    access: Access<ManageCases>,
    id: Path<CaseId>,
    seen: IfMatch,
    body: Body<NewCaseManager>,
) -> Result<Released> {
    access.change(move |tx| store::assign(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/cases/{id}/close", tag = "cases", operation_id = "close_case", summary = "Close a case",
    description = "Ends a case that is being closed, with its reason. Nobody is in charge of it from then on.",
    params(("id" = CaseId, Path, description = "The case.")), request_body = CaseClosing,
    responses((status = 200, description = "The case, closed.", body = Case),
        (status = 409, description = "`CA-01`: the child is in care. Or the state does not allow it.")))]
async fn close_case(
    access: Access<ManageCases>,
    id: Path<CaseId>,
    seen: IfMatch,
    body: Body<CaseClosing>,
) -> Result<Released> {
    access.change(move |tx| store::close(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/cases/{id}/reopen", tag = "cases", operation_id = "reopen_case", summary = "Reopen a case",
    description = "Works again on a case that was closed, from assessment on. The organisation that is responsible for the child or the family now is responsible for the case.",
    params(("id" = CaseId, Path, description = "The case.")), request_body = CaseTakeUp,
    responses((status = 200, description = "The case, reopened.", body = Case),
        (status = 409, description = "`CA-02`: the child or the family has an open case already. Or the state does not allow it.")))]
async fn reopen_case(
    access: Access<ManageCases>,
    id: Path<CaseId>,
    seen: IfMatch,
    body: Body<CaseTakeUp>,
) -> Result<Released> {
    access.change(move |tx| store::reopen(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/cases/{id}/take-up", tag = "cases", operation_id = "take_up_case", summary = "Take up a case that was transferred",
    description = "The organisation that became responsible with the transfer of the child says who is in charge. It begins with an assessment of its own.",
    params(("id" = CaseId, Path, description = "The case.")), request_body = CaseTakeUp,
    responses((status = 200, description = "The case, taken up.", body = Case),
        (status = 409, description = "The case was not transferred, or is taken up already.")))]
async fn take_up_case(
    access: Access<ManageCases>,
    id: Path<CaseId>,
    seen: IfMatch,
    body: Body<CaseTakeUp>,
) -> Result<Released> {
    access.change(move |tx| store::take_up(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/cases/{id}/mark-duplicate", tag = "cases", operation_id = "mark_case_duplicate", summary = "Mark a case as a duplicate",
    description = "Says which case goes on in its place. The id of the duplicate stays good for reading.",
    params(("id" = CaseId, Path, description = "The case.")), request_body = CaseDuplicate,
    responses((status = 200, description = "The case, a duplicate.", body = Case),
        (status = 409, description = "`CA-03`: the other case is of somebody else, or a duplicate itself. Or the state does not allow it.")))]
async fn mark_case_duplicate(
    access: Access<ManageCases>,
    id: Path<CaseId>,
    seen: IfMatch,
    body: Body<CaseDuplicate>,
) -> Result<Released> {
    access.change(move |tx| store::mark_duplicate(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/cases/{id}/{step}", tag = "cases", operation_id = "advance_case", summary = "Take a step with a case",
    description = "Registers it, assesses, drafts and approves a plan, implements it, reviews it, or begins closing, each on its day.",
    params(("id" = CaseId, Path, description = "The case."), ("step" = inline(CaseProgress), Path, description = "The step.")),
    request_body = CaseStepRequest,
    responses((status = 200, description = "The case after the step.", body = Case),
        (status = 409, description = "The case's state does not allow the step.")))]
async fn advance_case(
    access: Access<ManageCases>,
    path: Path<(CaseId, CaseProgress)>,
    seen: IfMatch,
    body: Body<CaseStepRequest>,
) -> Result<Released> {
    let (id, step) = path.0;
    access.change(move |tx| store::advance(tx, id, &seen, step.into(), &body.0)?.ok()).await
}
