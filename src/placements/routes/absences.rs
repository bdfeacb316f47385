//! Absences and missing episodes over HTTP.

use crate::{
    children::ChildId,
    placements::{
        model::{
            AbsencePage, EndAbsenceRequest, EndMissingRequest, MissingEpisode, MissingEpisodeId,
            MissingEpisodePage, NewAbsence, NewMissingEpisode, PlacementId, TemporaryAbsence,
            TemporaryAbsenceId,
        },
        permission::{ManagePlacements, ReadPlacements},
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
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_absences,
        report_absence,
        read_absence,
        end_absence,
        list_missing_episodes,
        report_missing_episode,
        read_missing_episode,
        end_missing_episode
    ]
}

#[utoipa::path(get, path = "/v1/placements/{id}/absences", tag = "placements", summary = "List the absences from a placement",
    description = "Days away to which the child returned or is expected back.",
    params(("id" = PlacementId, Path, description = "The placement."), KnownAt, PageQuery),
    responses((status = 200, description = "Some absences.", body = AbsencePage)))]
async fn list_absences(
    access: Access<ReadPlacements>,
    id: Path<PlacementId>,
    when: Query<KnownAt>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let at = when.0.instant(access.now())?;
    let absences = access.read(move |conn| store::absences(conn, id.0, at, &page.0)).await?;
    access.release_page(&address, &AbsencePage::from(absences)).await
}

#[utoipa::path(post, path = "/v1/placements/{id}/absences", tag = "placements", summary = "Report an absence",
    description = "The child is away for a while and keeps its place: in hospital, on holiday, while the carer is on holiday.",
    params(("id" = PlacementId, Path, description = "The placement.")), request_body = NewAbsence,
    responses((status = 201, description = "The new absence.", body = TemporaryAbsence),
        (status = 409, description = "`PL-24`: the child is away already in these days."),
        (status = 422, description = "`PL-24`: an absence lies inside its placement and the past.")))]
async fn report_absence(
    access: Access<ManagePlacements>,
    id: Path<PlacementId>,
    body: Body<NewAbsence>,
) -> Result<Released> {
    let collection = format!("/v1/placements/{}/absences", id.0);
    access.change(move |tx| store::report_absence(tx, id.0, &body.0)?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/placements/{id}/absences/{absence_id}", tag = "placements", summary = "Read an absence",
    description = "One absence from a placement, with the entity tag that its end asks for.",
    params(("id" = PlacementId, Path, description = "The placement."), ("absence_id" = TemporaryAbsenceId, Path, description = "The absence."), KnownAt),
    responses((status = 200, description = "The absence.", body = TemporaryAbsence)))]
async fn read_absence(
    access: Access<ReadPlacements>,
    ids: Path<(PlacementId, TemporaryAbsenceId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (placement, id) = ids.0;
    access.read_known(when.0, &held, move |conn| store::find_absence(conn, placement, id)).await
}

#[utoipa::path(post, path = "/v1/placements/{id}/absences/{absence_id}/end", tag = "placements", summary = "Report the return from an absence",
    description = "The child is back in its placement.",
    params(("id" = PlacementId, Path, description = "The placement."), ("absence_id" = TemporaryAbsenceId, Path, description = "The absence.")),
    request_body = EndAbsenceRequest,
    responses((status = 200, description = "The absence, ended.", body = TemporaryAbsence),
        (status = 409, description = "It has ended already."), (status = 422, description = "`PL-24`: the first day back is out of order.")))]
async fn end_absence(
    access: Access<ManagePlacements>,
    ids: Path<(PlacementId, TemporaryAbsenceId)>,
    seen: IfMatch,
    body: Body<EndAbsenceRequest>,
) -> Result<Released> {
    let (id, absence) = ids.0;
    access.change(move |tx| store::end_absence(tx, id, absence, &seen, &body.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/children/{id}/missing-episodes", tag = "placements", summary = "List the missing episodes of a child",
    description = "Times in which nobody who should know knew where the child was.",
    params(("id" = ChildId, Path, description = "The child."), KnownAt, PageQuery),
    responses((status = 200, description = "Some missing episodes.", body = MissingEpisodePage)))]
async fn list_missing_episodes(
    access: Access<ReadPlacements>,
    id: Path<ChildId>,
    when: Query<KnownAt>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let at = when.0.instant(access.now())?;
    let missing = move |conn: &mut _| store::missing_episodes(conn, id.0, at, &page.0);
    let episodes = access.read(missing).await?;
    access.release_page(&address, &MissingEpisodePage::from(episodes)).await
}

#[utoipa::path(post, path = "/v1/children/{id}/missing-episodes", tag = "placements", summary = "Report a child missing",
    description = "A child in care is missing, or away without leave. Its placement goes on.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewMissingEpisode,
    responses((status = 201, description = "The new episode.", body = MissingEpisode),
        (status = 409, description = "`PL-32`: the child is not in care, or missing at that time already.")))]
async fn report_missing_episode(
    access: Access<ManagePlacements>,
    id: Path<ChildId>,
    body: Body<NewMissingEpisode>,
) -> Result<Released> {
    let collection = format!("/v1/children/{}/missing-episodes", id.0);
    access.change(move |tx| store::report_missing(tx, id.0, &body.0)?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/children/{id}/missing-episodes/{episode_id}", tag = "placements", summary = "Read a missing episode",
    description = "One missing episode of a child, with the entity tag that its end asks for.",
    params(("id" = ChildId, Path, description = "The child."), ("episode_id" = MissingEpisodeId, Path, description = "The episode."), KnownAt),
    responses((status = 200, description = "The episode.", body = MissingEpisode)))]
async fn read_missing_episode(
    access: Access<ReadPlacements>,
    ids: Path<(ChildId, MissingEpisodeId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (child, id) = ids.0;
    access.read_known(when.0, &held, move |conn| store::find_missing(conn, child, id)).await
}

#[utoipa::path(post, path = "/v1/children/{id}/missing-episodes/{episode_id}/end", tag = "placements", summary = "Report that a missing child was found",
    description = "The child was found or came back; says whether a talk about the return was offered and taken up.",
    params(("id" = ChildId, Path, description = "The child."), ("episode_id" = MissingEpisodeId, Path, description = "The episode.")),
    request_body = EndMissingRequest,
    responses((status = 200, description = "The episode, ended.", body = MissingEpisode),
        (status = 409, description = "It has ended already."), (status = 422, description = "`PL-32`: the end is out of order.")))]
async fn end_missing_episode(
    access: Access<ManagePlacements>,
    ids: Path<(ChildId, MissingEpisodeId)>,
    seen: IfMatch,
    body: Body<EndMissingRequest>,
) -> Result<Released> {
    let (child, id) = ids.0;
    access.change(move |tx| store::end_missing(tx, child, id, &seen, &body.0)?.ok()).await
}
