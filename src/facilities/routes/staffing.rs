//! `/v1/facilities/{id}/staff-snapshots` over HTTP.
use crate::{
    facilities::{
        model::{
            FacilityId, FacilityStaffSnapshotPage, NewStaffSnapshot, StaffSnapshot, StaffSnapshotId,
        },
        permission::{ReadFacilities, RecordFacilityStaff},
        store,
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        version::IfNoneMatch,
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_facility_staff_snapshots,
        record_facility_staff_snapshot,
        read_facility_staff_snapshot
    ]
}

#[utoipa::path(get, path = "/v1/facilities/{id}/staff-snapshots", tag = "facilities", summary = "List the staff snapshots of a facility",
    description = "Who works in the facility, with how many children, latest day first. Of one day the snapshot counts that was recorded last, which comes first.",
    params(("id" = FacilityId, Path, description = "The facility."), KnownAt, PageQuery),
    responses((status = 200, description = "Some staff snapshots.", body = FacilityStaffSnapshotPage)))]
async fn list_facility_staff_snapshots(
    access: Access<ReadFacilities>,
    id: Path<FacilityId>,
    when: Query<KnownAt>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let at = when.0.instant(access.now())?;
    let found = access.read(move |conn| store::staff_snapshots(conn, id.0, at, &page.0)).await?;
    access.release_page(&address, &FacilityStaffSnapshotPage::from(found)).await
}

#[utoipa::path(post, path = "/v1/facilities/{id}/staff-snapshots", tag = "facilities", summary = "Record who works in a facility",
    description = "Records how many people work in the facility on a day, by role, and how many children there are to each carer, by shift. A mistake is put right by another snapshot of the same day. `FA-06` goes by the latest one.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = NewStaffSnapshot,
    responses((status = 201, description = "The new staff snapshot.", body = StaffSnapshot)))]
async fn record_facility_staff_snapshot(
    access: Access<RecordFacilityStaff>,
    id: Path<FacilityId>,
    body: Body<NewStaffSnapshot>,
) -> Result<Released> {
    let collection = format!("/v1/facilities/{}/staff-snapshots", id.0);
    access.change(move |tx| store::record_staff(tx, id.0, &body.0)?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/facilities/{id}/staff-snapshots/{snapshot_id}", tag = "facilities", summary = "Read a staff snapshot",
    description = "One staff snapshot.",
    params(("id" = FacilityId, Path, description = "The facility."), ("snapshot_id" = StaffSnapshotId, Path, description = "The staff snapshot."), KnownAt),
    responses((status = 200, description = "The staff snapshot.", body = StaffSnapshot)))]
async fn read_facility_staff_snapshot(
    access: Access<ReadFacilities>,
    ids: Path<(FacilityId, StaffSnapshotId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (facility, id) = ids.0;
    access.read_known(when.0, &held, move |conn| store::find_staff(conn, facility, id)).await
}
