//! `/v1/facility-incidents` and `/v1/facility-complaints` over HTTP: without the child, for inspectors.
use crate::{
    incidents::{
        model::{FacilityComplaintPage, FacilityIncidentPage},
        permission::ReadFacilityIncidents,
        store::facilities::{self, FacilityComplaintFilter, FacilityIncidentFilter},
    },
    platform::{
        access::Access,
        error::Result,
        extract::Query,
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
    },
    routes,
};

pub fn routes() -> Routes {
    routes![list_facility_incidents, list_facility_complaints]
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
