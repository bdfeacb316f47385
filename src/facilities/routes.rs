//! `/v1/facilities` over HTTP.
mod staffing;
mod steps;

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    model::{
        CapacityRequest, Facility, FacilityCapacity, FacilityId, FacilityInspectionPage,
        FacilityOccupancy, FacilityPage, FacilityPatch, FacilityWithLists, Inspection,
        InspectionId, NewFacility, NewInspection,
    },
    permission::{InspectFacilities, ManageFacilities, ReadFacilities, RegisterFacilities},
    store::{self, FacilityFilter},
};
use crate::{
    platform::{
        access::{Access, Permission},
        error::Result,
        extract::{Body, Patch, Path, Query},
        http::{Address, Routes},
        include::Include,
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::{AsOf, KnownAt},
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_facilities,
        apply_for_facility,
        read_facility,
        change_facility,
        read_facility_history,
        read_facility_capacity,
        set_facility_capacity,
        read_facility_occupancy,
        list_facility_inspections,
        record_facility_inspection,
        read_facility_inspection
    ]
    .merge(staffing::routes())
    .merge(steps::routes())
}

/// Whether the caller may make an exception from `FA-04`.
fn may_except<P>(access: &Access<P>) -> bool {
    access.actor.permissions.contains(RegisterFacilities::NAME)
}

#[utoipa::path(get, path = "/v1/facilities", tag = "facilities", summary = "List the facilities",
    description = "Facilities, by their number unless said, each with its free places today. Filters go together: all must hold.",
    params(FacilityFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some facilities.", body = FacilityPage)))]
async fn list_facilities(
    access: Access<ReadFacilities>,
    filter: Query<FacilityFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let now = access.now();
    let facilities = access
        .read(move |conn| {
            let total = store::total(conn, &filter.0, count.0, now)?;
            Ok(store::list(conn, &filter.0, &page.0, now)?.of(total))
        })
        .await?;
    access.release_page(&address, &FacilityPage::from(facilities)).await
}

#[utoipa::path(post, path = "/v1/facilities", tag = "facilities", summary = "Apply for the registration of a facility",
    description = "Enters a facility whose registration was applied for. It takes children only once it is registered and has a capacity.",
    request_body = NewFacility,
    responses((status = 201, description = "The new facility.", body = Facility),
        (status = 409, description = "`FA-04`: a new large institution or infant home needs the national authority's exception. `DI-01`: another facility has one of the external identifiers.")))]
async fn apply_for_facility(
    access: Access<ManageFacilities>,
    body: Body<NewFacility>,
) -> Result<Released> {
    let may_except = may_except(&access);
    access.change(move |tx| store::apply(tx, &body.0, may_except)?.created("/v1/facilities")).await
}

#[utoipa::path(get, path = "/v1/facilities/{id}", tag = "facilities", summary = "Read a facility",
    description = "One facility with its states, registrations and capacities. With `as_of`, the facility as it stood on that day, and of what is dated only what held then.",
    params(("id" = FacilityId, Path, description = "The facility."), AsOf),
    responses((status = 200, description = "The facility.", body = Facility)))]
async fn read_facility(
    access: Access<ReadFacilities>,
    id: Path<FacilityId>,
    at: Query<AsOf>,
    include: Include<FacilityWithLists>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (now, at) = (access.now(), at.0);
    let read = move |conn: &mut _| store::read_with(conn, id.0, &include, at, now);
    access.release_with(!is_now(at), &held, &access.read(read).await?).await
}

/// Whether a read asks for the record as it is, so that its version fits the answer.
fn is_now(at: AsOf) -> bool {
    at.as_of.is_none() && at.known_at.is_none()
}

#[utoipa::path(patch, path = "/v1/facilities/{id}", tag = "facilities", summary = "Change a facility",
    description = "Changes the members that are given; null removes what may be absent.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = FacilityPatch,
    responses((status = 200, description = "The facility after the change.", body = Facility),
        (status = 409, description = "`FA-04`: turning it into a large institution or infant home needs the national authority's exception. `DI-01`: another facility has one of the external identifiers.")))]
async fn change_facility(
    access: Access<ManageFacilities>,
    id: Path<FacilityId>,
    seen: IfMatch,
    patch: Patch<FacilityPatch>,
) -> Result<Released> {
    let may_except = may_except(&access);
    access.change(move |tx| store::change(tx, id.0, &seen, &patch.0, may_except)?.ok()).await
}

#[utoipa::path(get, path = "/v1/facilities/{id}/history", tag = "facilities", summary = "Read the history of a facility",
    description = "Who changed what and when, newest first, inspections and staff snapshots included.",
    params(("id" = FacilityId, Path, description = "The facility."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_facility_history(
    access: Access<ReadFacilities>,
    id: Path<FacilityId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<Facility>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(get, path = "/v1/facilities/{id}/capacity", tag = "facilities", summary = "Read the capacities of a facility",
    description = "All authorised capacities with their days; with `as_of`, the one that held on that day.",
    params(("id" = FacilityId, Path, description = "The facility."), AsOf),
    responses((status = 200, description = "The capacities.", body = FacilityCapacity)))]
async fn read_facility_capacity(
    access: Access<ReadFacilities>,
    id: Path<FacilityId>,
    at: Query<AsOf>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (now, at) = (access.now(), at.0);
    let facility = access.read(move |conn| store::read(conn, id.0, at, now)).await?;
    let capacity = FacilityCapacity::from(facility);
    access.release_at(!is_now(at), &held, &capacity).await
}

#[utoipa::path(put, path = "/v1/facilities/{id}/capacity", tag = "facilities", summary = "Set the capacity of a facility",
    description = "Sets the authorised capacity from a day on, in total and where need be by age band, sex and unit. What held before stays in the history. If-Match takes the facility's entity tag.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = CapacityRequest,
    responses((status = 200, description = "All capacities after the change.", body = FacilityCapacity),
        (status = 409, description = "`FA-02`: more children live there than the new capacity allows.")))]
async fn set_facility_capacity(
    access: Access<ManageFacilities>,
    id: Path<FacilityId>,
    seen: IfMatch,
    body: Body<CapacityRequest>,
) -> Result<Released> {
    access
        .change(move |tx| {
            store::set_capacity(tx, id.0, &seen, &body.0)?.map(FacilityCapacity::from).ok()
        })
        .await
}

/// The day of an occupancy.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OccupancyQuery {
    /// The day to count on; today unless said.
    #[param(nullable = false, example = "2026-03-02")]
    as_of: Option<NaiveDate>,
}

#[utoipa::path(get, path = "/v1/facilities/{id}/occupancy", tag = "facilities", summary = "Read how full a facility is",
    description = "How many children live there on a day, by age band, sex and unit, and how many places are free. Counted from the placements each time.",
    params(("id" = FacilityId, Path, description = "The facility."), OccupancyQuery),
    responses((status = 200, description = "The occupancy.", body = FacilityOccupancy)))]
async fn read_facility_occupancy(
    access: Access<ReadFacilities>,
    id: Path<FacilityId>,
    query: Query<OccupancyQuery>,
) -> Result<Released> {
    let (now, as_of) = (access.now(), query.0.as_of);
    let occupancy = access.read(move |conn| store::occupancy(conn, id.0, as_of, now)).await?;
    access.release(&occupancy).await
}

#[utoipa::path(get, path = "/v1/facilities/{id}/inspections", tag = "facilities", summary = "List the inspections of a facility",
    description = "What inspectors found, latest visit first.",
    params(("id" = FacilityId, Path, description = "The facility."), KnownAt, PageQuery),
    responses((status = 200, description = "Some inspections.", body = FacilityInspectionPage)))]
async fn list_facility_inspections(
    access: Access<ReadFacilities>,
    id: Path<FacilityId>,
    when: Query<KnownAt>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let at = when.0.instant(access.now())?;
    let inspections = access.read(move |conn| store::inspections(conn, id.0, at, &page.0)).await?;
    access.release_page(&address, &FacilityInspectionPage::from(inspections)).await
}

#[utoipa::path(post, path = "/v1/facilities/{id}/inspections", tag = "facilities", summary = "Record an inspection",
    description = "Records a visit of inspectors and what they found. It changes no state: that is what the steps are for.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = NewInspection,
    responses((status = 201, description = "The new inspection.", body = Inspection)))]
async fn record_facility_inspection(
    access: Access<InspectFacilities>,
    id: Path<FacilityId>,
    body: Body<NewInspection>,
) -> Result<Released> {
    let collection = format!("/v1/facilities/{}/inspections", id.0);
    access.change(move |tx| store::record_inspection(tx, id.0, &body.0)?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/facilities/{id}/inspections/{inspection_id}", tag = "facilities", summary = "Read an inspection",
    description = "One inspection.",
    params(("id" = FacilityId, Path, description = "The facility."), ("inspection_id" = InspectionId, Path, description = "The inspection."), KnownAt),
    responses((status = 200, description = "The inspection.", body = Inspection)))]
async fn read_facility_inspection(
    access: Access<ReadFacilities>,
    ids: Path<(FacilityId, InspectionId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (facility, id) = ids.0;
    access.read_known(when.0, &held, move |conn| store::find_inspection(conn, facility, id)).await
}
