//! `/v1/placements` over HTTP: lists, reads and steps.

use crate::{
    placements::{
        model::{
            CancelRequest, CorrectRequest, CorrectionReason, EndRequest, MoveRequest, NewPlacement,
            Placement, PlacementDecision, PlacementEvaluation, PlacementId, PlacementPage,
            PlacementWithLists, SiblingPlacements, SiblingPlacementsMade, StartRequest,
        },
        permission::{CorrectPlacements, ManagePlacements, ReadPlacements},
        store::{self, PlacementFilter},
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
        list_placements,
        read_placement,
        create_placement,
        evaluate_placement,
        create_sibling_placements,
        start_placement,
        move_placement,
        end_placement,
        cancel_placement,
        correct_placement,
        annul_placement,
        read_placement_decision,
        read_placement_history
    ]
}

#[utoipa::path(get, path = "/v1/placements", tag = "placements", summary = "List placements",
    description = "Placements, by id unless said. With `as_of`, those in which the child lived on that day, as they were then; with `known_at` those of a child as the registry knew them then.",
    params(PlacementFilter, PageQuery, CountQuery), responses((status = 200, description = "Some placements.", body = PlacementPage)))]
async fn list_placements(
    access: Access<ReadPlacements>,
    filter: Query<PlacementFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    filter.0.asked().is_past(access.now())?;
    let placements = access
        .read(move |conn| {
            let total = store::total(conn, &filter.0, count.0)?;
            Ok(store::list(conn, &filter.0, &page.0)?.of(total))
        })
        .await?;
    access.release_page(&address, &PlacementPage::from(placements)).await
}

#[utoipa::path(get, path = "/v1/placements/{id}", tag = "placements", summary = "Read a placement",
    description = "One placement; with `as_of` as it was true on that day, with `known_at` as the registry knew it then.",
    params(("id" = PlacementId, Path, description = "The placement."), AsOf),
    responses((status = 200, description = "The placement.", body = Placement)))]
async fn read_placement(
    access: Access<ReadPlacements>,
    id: Path<PlacementId>,
    when: Query<AsOf>,
    include: Include<PlacementWithLists>,
    held: IfNoneMatch,
) -> Result<Released> {
    let is_past = when.0.is_past(access.now())?;
    let read = move |conn: &mut _| store::read(conn, id.0, &include, when.0);
    access.release_with(is_past, &held, &access.read(read).await?).await
}

#[utoipa::path(post, path = "/v1/placements", tag = "placements", summary = "Plan or start a placement",
    description = "Plans a placement, or starts it at once and opens a care period with it. A child in care moves from its placement instead.",
    request_body = NewPlacement,
    responses((status = 201, description = "The new placement.", body = Placement),
        (status = 409, description = "`PL-01`: the child is in care already. `PL-04`: it was in care on that day. `PL-05`, `PL-07`, `PL-10`: the child's age or life does not allow it. `PL-11`: the provider may not take it. `PL-12`: no free place. `PL-13`: admissions are stopped."),
        (status = 422, description = "`PL-05`, `PL-06`: the day is before the birth or in the future. `PL-34`: informal kinship care is no placement.")))]
async fn create_placement(
    access: Access<ManagePlacements>,
    body: Body<NewPlacement>,
) -> Result<Released> {
    access.change(move |tx| store::create(tx, &body.0)?.created("/v1/placements")).await
}

#[utoipa::path(post, path = "/v1/placements:evaluate", tag = "placements", operation_id = "evaluate_placement", summary = "Ask what would come of a placement",
    description = "Judges a placement as if it were made now, and keeps nothing: what each rule says, on which facts, what would have to change, and which families could take the child instead.",
    request_body = NewPlacement,
    responses((status = 200, description = "What the rules say.", body = PlacementEvaluation)))]
async fn evaluate_placement(
    access: Access<ManagePlacements>,
    body: Body<NewPlacement>,
) -> Result<Released> {
    let evaluation = access.rehearse(move |tx| store::evaluate(tx, &body.0)).await?;
    access.release(&evaluation).await
}

#[utoipa::path(post, path = "/v1/sibling-placements", tag = "placements", summary = "Place siblings together",
    description = "Plans or starts placements of siblings in one transaction: all are placed or none is.",
    request_body = SiblingPlacements,
    responses((status = 201, description = "The new placements, in the order of the request.", body = SiblingPlacementsMade),
        (status = 409, description = "As for a single placement; nothing was done for any of them.")))]
async fn create_sibling_placements(
    access: Access<ManagePlacements>,
    body: Body<SiblingPlacements>,
) -> Result<Released> {
    access
        .change(move |tx| {
            store::create_siblings(tx, &body.0)?.created_all(|data| SiblingPlacementsMade { data })
        })
        .await
}

#[utoipa::path(post, path = "/v1/placements/{id}/start", tag = "placements", summary = "Start a planned placement",
    description = "The child moves in: a care period opens with this placement. A planned placement of a child in care starts by a move.",
    params(("id" = PlacementId, Path, description = "The placement.")), request_body = StartRequest,
    responses((status = 200, description = "The placement, active.", body = Placement),
        (status = 409, description = "`PL-01`, `PL-04`, `PL-05`, `PL-07`, `PL-10`, `PL-11`, `PL-12`, `PL-13`, or the state does not allow it.")))]
async fn start_placement(
    access: Access<ManagePlacements>,
    id: Path<PlacementId>,
    seen: IfMatch,
    body: Body<StartRequest>,
) -> Result<Released> {
    access.change(move |tx| store::start(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/placements/{id}/move", tag = "placements", summary = "Let a child move",
    description = "Ends this placement and starts the next one on the same day, in one transaction. Answers the next one.",
    params(("id" = PlacementId, Path, description = "The placement that ends.")), request_body = MoveRequest,
    responses((status = 200, description = "The placement that started.", body = Placement),
        (status = 409, description = "`PL-10`, `PL-11`, `PL-12`, `PL-13`, `PL-24`, or the state does not allow it."),
        (status = 422, description = "`PL-02`: a second move on one day. `PL-06`: a move in the future.")))]
async fn move_placement(
    access: Access<ManagePlacements>,
    id: Path<PlacementId>,
    seen: IfMatch,
    body: Body<MoveRequest>,
) -> Result<Released> {
    access.change(move |tx| store::move_on(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/placements/{id}/end", tag = "placements", summary = "End a placement and the care period",
    description = "The child leaves care: the placement ends, and its care period closes with a reason. A planned return to the family stands on an assessment of the return that was decided, is valid that day and recommends it, and on a day on which the child is visited first.",
    params(("id" = PlacementId, Path, description = "The placement.")), request_body = EndRequest,
    responses((status = 200, description = "The placement, ended.", body = Placement),
        (status = 409, description = "`PL-07`: care ends on the day of death. `PL-24`, `PL-32`: the child is away or missing. `PLN-01`: no assessment stands for a planned return. Or the state does not allow it."),
        (status = 422, description = "`PL-02`: the end is not after the start. `PL-06`: it is in the future. `PLN-01`: no first visit after a planned return, or one that is too late.")))]
async fn end_placement(
    access: Access<ManagePlacements>,
    id: Path<PlacementId>,
    seen: IfMatch,
    body: Body<EndRequest>,
) -> Result<Released> {
    access.change(move |tx| store::end(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/placements/{id}/cancel", tag = "placements", summary = "Cancel a planned placement",
    description = "Gives up a plan.", params(("id" = PlacementId, Path, description = "The placement.")), request_body = CancelRequest,
    responses((status = 200, description = "The placement, cancelled.", body = Placement)))]
async fn cancel_placement(
    access: Access<ManagePlacements>,
    id: Path<PlacementId>,
    seen: IfMatch,
    body: Body<CancelRequest>,
) -> Result<Released> {
    access.change(move |tx| store::cancel(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/placements/{id}/correct", tag = "placements", summary = "Correct a placement",
    description = "Puts right what was recorded wrongly. The neighbours' dates follow, so that no gap opens. A limit that the truth exceeded in the past is kept in `flags`; today's limits hold.",
    params(("id" = PlacementId, Path, description = "The placement.")), request_body = CorrectRequest,
    responses((status = 200, description = "The placement, corrected.", body = Placement),
        (status = 409, description = "`PL-04`, `PL-11`, `PL-12`, `PL-13`: not possible as of today."),
        (status = 422, description = "`PL-02`: this placement or a neighbour would be left without a day.")))]
async fn correct_placement(
    access: Access<CorrectPlacements>,
    id: Path<PlacementId>,
    seen: IfMatch,
    body: Body<CorrectRequest>,
) -> Result<Released> {
    access.change(move |tx| store::correct(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/placements/{id}/annul", tag = "placements", summary = "Annul a placement that never was",
    description = "Takes back a placement entered in error. The one before it, else the one after it, takes its days; if there is none, the care period is annulled with it.",
    params(("id" = PlacementId, Path, description = "The placement.")), request_body = CorrectionReason,
    responses((status = 200, description = "The placement, entered in error.", body = Placement),
        (status = 409, description = "`PL-12`: the neighbour has no room for these days. `PL-24`: an absence is recorded for it. Or the state does not allow it.")))]
async fn annul_placement(
    access: Access<CorrectPlacements>,
    id: Path<PlacementId>,
    seen: IfMatch,
    body: Body<CorrectionReason>,
) -> Result<Released> {
    access.change(move |tx| store::annul(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/placements/{id}/decision", tag = "placements", summary = "Read what a placement was decided on",
    description = "What every rule said on the day on which the placement began, and in `ending` what the rules said when care ended with it: in which version, on which facts; and the soft rules that were stepped over. It is as it was written then. A placement that was only planned has none, and of one that was taken over from the past there is its end at most.",
    params(("id" = PlacementId, Path, description = "The placement.")),
    responses((status = 200, description = "The decision.", body = PlacementDecision)))]
async fn read_placement_decision(
    access: Access<ReadPlacements>,
    id: Path<PlacementId>,
) -> Result<Released> {
    let decision = access.read(move |conn| store::decision(conn, id.0)).await?;
    access.release(&decision).await
}

#[utoipa::path(get, path = "/v1/placements/{id}/history", tag = "placements", summary = "Read the history of a placement",
    description = "Who changed what and when, newest first.",
    params(("id" = PlacementId, Path, description = "The placement."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_placement_history(
    access: Access<ReadPlacements>,
    id: Path<PlacementId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<Placement>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}
