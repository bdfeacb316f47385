//! `/v1/facility-incidents` and `/v1/facility-complaints` over HTTP: without the child, for inspectors. And what a
//! facility reports itself.
use crate::{
    facilities::FacilityId,
    incidents::{
        model::{FacilityComplaintPage, FacilityIncidentPage, Incident, NewFacilityIncident},
        permission::{ReadFacilityIncidents, ReportFacilityIncidents},
        store::{
            self,
            facilities::{self, FacilityComplaintFilter, FacilityIncidentFilter},
        },
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
    },
    routes,
};

pub fn routes() -> Routes {
    routes![report_facility_incident, list_facility_incidents, list_facility_complaints]
}

#[utoipa::path(post, path = "/v1/facilities/{id}/incidents", tag = "incidents", summary = "Report an incident from a facility",
    description = "Reports what happened to a child on a day on which it lived in the facility, by whoever works there, to whoever is responsible for the child and goes on with it. The facility reads at `/v1/incidents` what it reported, without its words and what the investigation came to.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = NewFacilityIncident,
    responses((status = 201, description = "The incident.", body = Incident),
        (status = 409, description = "`IN-01`: the death of the child on that day is not recorded. `IN-02`: its death has an incident. `PL-07`: the child had died or was adopted by then.")))]
async fn report_facility_incident(
    access: Access<ReportFacilityIncidents>,
    id: Path<FacilityId>,
    body: Body<NewFacilityIncident>,
) -> Result<Released> {
    access.change(move |tx| store::report_from(tx, id.0, &body.0)?.created("/v1/incidents")).await
}

#[utoipa::path(get, path = "/v1/facility-incidents", tag = "incidents", summary = "List incidents in facilities, without the child",
    description = "Incidents of children who lived in a facility that day, by id. Who they were is not told.",
    params(FacilityIncidentFilter, PageQuery), responses((status = 200, description = "Some incidents.", body = FacilityIncidentPage)))]
async fn list_facility_incidents(
    access: Access<ReadFacilityIncidents>,
    filter: Query<FacilityIncidentFilter>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let found = access.read(move |conn| facilities::incidents(conn, &filter.0, &page.0)).await?;
    access.release_page(&address, &FacilityIncidentPage::from(found)).await
}

#[utoipa::path(get, path = "/v1/facility-complaints", tag = "incidents", summary = "List complaints about facilities, without the child",
    description = "Complaints that concern a day on which the child lived in a facility, by id. Who complained, and for whom, is not told.",
    params(FacilityComplaintFilter, PageQuery), responses((status = 200, description = "Some complaints.", body = FacilityComplaintPage)))]
async fn list_facility_complaints(
    access: Access<ReadFacilityIncidents>,
    filter: Query<FacilityComplaintFilter>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let found = access.read(move |conn| facilities::complaints(conn, &filter.0, &page.0)).await?;
    access.release_page(&address, &FacilityComplaintPage::from(found)).await
}
