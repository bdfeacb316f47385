//! `/v1/families` over HTTP.
use super::{
    model::{
        EndRiskFactor, EndSupport, Family, FamilyId, FamilyPage, FamilyPatch, FamilyStep,
        FamilyStepRequest, NewFamily, NewRiskFactor, NewRiskLevel, NewSupport,
    },
    permission::{ManageFamilies, ReadFamilies},
    store::{self, FamilyFilter},
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
        list_families,
        register_family,
        read_family,
        change_family,
        read_family_history,
        assess_family_risk,
        add_family_risk_factor,
        end_family_risk_factor,
        add_family_support,
        end_family_support,
        advance_family
    ]
}

#[utoipa::path(get, path = "/v1/families", tag = "families", operation_id = "list_families", summary = "List families of origin and at risk",
    description = "Families of whom the caller may know, by id unless said.",
    params(FamilyFilter, PageQuery, CountQuery), responses((status = 200, description = "Some families.", body = FamilyPage)))]
async fn list_families(
    access: Access<ReadFamilies>,
    filter: Query<FamilyFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let families = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &FamilyPage::from(families.await?)).await
}

#[utoipa::path(post, path = "/v1/families", tag = "families", operation_id = "register_family", summary = "Register a family of origin or at risk",
    description = "Registers a family with its members. Children of the registry are named by their id; adults by name where that is needed.",
    request_body = NewFamily,
    responses((status = 201, description = "The new family.", body = Family)))]
async fn register_family(
    access: Access<ManageFamilies>,
    body: Body<NewFamily>,
) -> Result<Released> {
    access.change(move |tx| store::register(tx, &body.0)?.created("/v1/families")).await
}

#[utoipa::path(get, path = "/v1/families/{id}", tag = "families", operation_id = "read_family", summary = "Read a family of origin or at risk",
    description = "The family with its members, risk factors, support and levels of risk, and the entity tag that its changes ask for.",
    params(("id" = FamilyId, Path, description = "The family."), KnownAt),
    responses((status = 200, description = "The family.", body = Family)))]
async fn read_family(
    access: Access<ReadFamilies>,
    id: Path<FamilyId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(patch, path = "/v1/families/{id}", tag = "families", operation_id = "change_family", summary = "Change a family of origin or at risk",
    description = "Changes the members that are given. `members` are all who belong to the family, or did.",
    params(("id" = FamilyId, Path, description = "The family.")), request_body = FamilyPatch,
    responses((status = 200, description = "The family after the change.", body = Family)))]
async fn change_family(
    access: Access<ManageFamilies>,
    id: Path<FamilyId>,
    seen: IfMatch,
    patch: Patch<FamilyPatch>,
) -> Result<Released> {
    access.change(move |tx| store::change(tx, id.0, &seen, &patch.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/families/{id}/history", tag = "families", operation_id = "read_family_history", summary = "Read the history of a family",
    description = "Who changed what and when, of the family and of its cases, newest first.",
    params(("id" = FamilyId, Path, description = "The family."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_family_history(
    access: Access<ReadFamilies>,
    id: Path<FamilyId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history =
        access.read(move |conn| journal::history::<Family>(conn, id.0.untyped(), &page.0)).await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/families/{id}/risk-levels", tag = "families", operation_id = "assess_family_risk", summary = "Assess the risk in a family anew",
    description = "Sets the level of risk from a day on, with a reason. The former level stays in `risk_levels`.",
    params(("id" = FamilyId, Path, description = "The family.")), request_body = NewRiskLevel,
    responses((status = 200, description = "The family with its new level.", body = Family)))]
async fn assess_family_risk(
    access: Access<ManageFamilies>,
    id: Path<FamilyId>,
    seen: IfMatch,
    body: Body<NewRiskLevel>,
) -> Result<Released> {
    access.change(move |tx| store::assess_risk(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/families/{id}/risk-factors", tag = "families", operation_id = "add_family_risk_factor", summary = "Record what endangers the children of a family",
    description = "Adds a risk factor, whose condition it is, and how serious.",
    params(("id" = FamilyId, Path, description = "The family.")), request_body = NewRiskFactor,
    responses((status = 200, description = "The family with the risk factor.", body = Family)))]
async fn add_family_risk_factor(
    access: Access<ManageFamilies>,
    id: Path<FamilyId>,
    seen: IfMatch,
    body: Body<NewRiskFactor>,
) -> Result<Released> {
    access.change(move |tx| store::add_risk_factor(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/families/{id}/end-risk-factor", tag = "families", operation_id = "end_family_risk_factor", summary = "Record that a risk factor is there no longer",
    description = "Ends a risk factor, which stays in the record.",
    params(("id" = FamilyId, Path, description = "The family.")), request_body = EndRiskFactor,
    responses((status = 200, description = "The family after the end of the risk factor.", body = Family),
        (status = 409, description = "The risk factor has ended already.")))]
async fn end_family_risk_factor(
    access: Access<ManageFamilies>,
    id: Path<FamilyId>,
    seen: IfMatch,
    body: Body<EndRiskFactor>,
) -> Result<Released> {
    access.change(move |tx| store::end_risk_factor(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/families/{id}/support", tag = "families", operation_id = "add_family_support", summary = "Record what is done to help a family",
    description = "Adds a service that the family gets. What was tried before a separation is read from here (UN Guidelines ¶32).",
    params(("id" = FamilyId, Path, description = "The family.")), request_body = NewSupport,
    responses((status = 200, description = "The family with the support.", body = Family)))]
async fn add_family_support(
    access: Access<ManageFamilies>,
    id: Path<FamilyId>,
    seen: IfMatch,
    body: Body<NewSupport>,
) -> Result<Released> {
    access.change(move |tx| store::add_support(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/families/{id}/end-support", tag = "families", operation_id = "end_family_support", summary = "Record the end of a support and what came of it",
    description = "Ends a service that the family got, with its outcome.",
    params(("id" = FamilyId, Path, description = "The family.")), request_body = EndSupport,
    responses((status = 200, description = "The family after the end of the support.", body = Family),
        (status = 409, description = "The support has ended already.")))]
async fn end_family_support(
    access: Access<ManageFamilies>,
    id: Path<FamilyId>,
    seen: IfMatch,
    body: Body<EndSupport>,
) -> Result<Released> {
    access.change(move |tx| store::end_support(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/families/{id}/{step}", tag = "families", operation_id = "advance_family", summary = "Take a step with a family",
    description = "Looks after it from time to time (`monitor`), ends the work with it (`close`), or takes it up again (`reopen`).",
    params(("id" = FamilyId, Path, description = "The family."), ("step" = inline(FamilyStep), Path, description = "The step.")),
    request_body = FamilyStepRequest,
    responses((status = 200, description = "The family after the step.", body = Family),
        (status = 409, description = "The family's state does not allow the step.")))]
async fn advance_family(
    access: Access<ManageFamilies>,
    path: Path<(FamilyId, FamilyStep)>,
    seen: IfMatch,
    body: Body<FamilyStepRequest>,
) -> Result<Released> {
    let (id, step) = path.0;
    access.change(move |tx| store::take(tx, id, &seen, step, &body.0)?.ok()).await
}
