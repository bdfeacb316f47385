//! `/v1/care-periods` and `/v1/children/{id}/timeline` over HTTP.

use crate::{
    children::ChildId,
    placements::{
        model::{
            CarePeriod, CarePeriodId, CarePeriodPage, CarePeriodWithLists, ChildTimeline,
            CorrectionReason, PastCarePeriod,
        },
        permission::{CorrectPlacements, ManagePlacements, ReadPlacements},
        store::{self, CarePeriodFilter},
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        include::Include,
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::AsOf,
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_care_periods,
        take_over_care_period,
        read_care_period,
        reopen_care_period,
        read_care_period_history,
        read_child_timeline
    ]
}

#[utoipa::path(get, path = "/v1/care-periods", tag = "placements", summary = "List care periods",
    description = "Care periods, by id unless said. With `as_of`, those that included that day, as they were then; with `known_at` those of a child as the registry knew them then.",
    params(CarePeriodFilter, PageQuery, CountQuery), responses((status = 200, description = "Some care periods.", body = CarePeriodPage)))]
async fn list_care_periods(
    access: Access<ReadPlacements>,
    filter: Query<CarePeriodFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    filter.0.asked().is_past(access.now())?;
    let periods = access
        .read(move |conn| {
            let total = store::total_periods(conn, &filter.0, count.0)?;
            Ok(store::list_periods(conn, &filter.0, &page.0)?.of(total))
        })
        .await?;
    access.release_page(&address, &CarePeriodPage::from(periods)).await
}

#[utoipa::path(post, path = "/v1/care-periods", tag = "placements", summary = "Take over a care period of the past",
    description = "Records a care period from an older register with all its placements in one change: each lasts until the next one begins, the last one until the exit, or still. Every rule holds as if the steps had been recorded when they were taken; the family's approvals and the facility's registration and capacities of those days must be recorded before. The care periods of a child are taken over in their order. A placement that begins now is made by `POST /v1/placements`.",
    request_body = PastCarePeriod,
    responses((status = 201, description = "The care period, taken over.", body = CarePeriod),
        (status = 409, description = "`PL-01`, `PL-04`: the child was in care then. `PL-05`, `PL-07`, `PL-10`: its age or life. `PL-11`, `PL-13`: the provider could not take it then. `PL-12`: the provider had no room on one of the days."),
        (status = 422, description = "`PL-02`: a placement ends before it begins. `PL-06`: a day lies ahead.")))]
async fn take_over_care_period(
    access: Access<ManagePlacements>,
    body: Body<PastCarePeriod>,
) -> Result<Released> {
    access.change(move |tx| store::take_over_one(tx, &body.0)?.created("/v1/care-periods")).await
}

#[utoipa::path(get, path = "/v1/care-periods/{id}", tag = "placements", summary = "Read a care period",
    description = "One care period; with `as_of` as it was true on that day, with `known_at` as the registry knew it then.",
    params(("id" = CarePeriodId, Path, description = "The care period."), AsOf),
    responses((status = 200, description = "The care period.", body = CarePeriod)))]
async fn read_care_period(
    access: Access<ReadPlacements>,
    id: Path<CarePeriodId>,
    when: Query<AsOf>,
    include: Include<CarePeriodWithLists>,
    held: IfNoneMatch,
) -> Result<Released> {
    let is_past = when.0.is_past(access.now())?;
    let read = move |conn: &mut _| store::read_period(conn, id.0, &include, when.0);
    access.release_with(is_past, &held, &access.read(read).await?).await
}

#[utoipa::path(post, path = "/v1/care-periods/{id}/reopen", tag = "placements", summary = "Reopen a care period after an erroneous exit",
    description = "Takes back an exit that never was: the period and its last placement go on. An adoption whose final order ended the period is taken back from the child's record with it. A child that comes back into care starts a new placement instead.",
    params(("id" = CarePeriodId, Path, description = "The care period.")), request_body = CorrectionReason,
    responses((status = 200, description = "The care period, open.", body = CarePeriod),
        (status = 409, description = "`PL-04`: the child came into care again later. `PL-07`: it died, or another adoption is recorded. `PL-12`: the provider has no room today.")))]
async fn reopen_care_period(
    access: Access<CorrectPlacements>,
    id: Path<CarePeriodId>,
    seen: IfMatch,
    body: Body<CorrectionReason>,
) -> Result<Released> {
    access.change(move |tx| store::reopen(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/care-periods/{id}/history", tag = "placements", summary = "Read the history of a care period",
    description = "Who changed what and when, newest first.",
    params(("id" = CarePeriodId, Path, description = "The care period."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_care_period_history(
    access: Access<ReadPlacements>,
    id: Path<CarePeriodId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<CarePeriod>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(get, path = "/v1/children/{id}/timeline", tag = "placements", summary = "See where a child lives and lived",
    description = "The child's care periods with their placements, its absences and missing episodes, and where it lives. With `as_of` as it was true on that day, with `known_at` as far as the registry knew then.",
    params(("id" = ChildId, Path, description = "The child."), AsOf),
    responses((status = 200, description = "The timeline.", body = ChildTimeline)))]
async fn read_child_timeline(
    access: Access<ReadPlacements>,
    id: Path<ChildId>,
    asked: Query<AsOf>,
) -> Result<Released> {
    let now = access.now();
    let timeline = access.read(move |conn| store::timeline(conn, id.0, asked.0, now)).await?;
    access.release(&timeline).await
}
