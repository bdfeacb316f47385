//! The families themselves: register, search, read, change, check, train, take steps.

use crate::{
    carers::{
        model::{
            CarerFamily, CarerFamilyId, CarerFamilyPatch, CarerFamilyStep, CarerFamilyWithLists,
            CarerStepRequest, NewCarerCheck, NewCarerFamily, NewCarerTraining, PastCarerFamily,
        },
        permission::{ApproveCarers, ManageCarers, ReadCarers},
        store::{self, CarerFamilyFilter, CarerFamilyPage},
    },
    platform::{
        access::{Access, Permission as _},
        error::{Error, Result},
        extract::{Body, Patch, Path, Query},
        http::{Address, Routes},
        include::Include,
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::AsOf,
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
    },
    reference::parameters,
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_carer_families,
        register_carer_family,
        take_over_carer_family,
        read_carer_family,
        change_carer_family,
        add_carer_check,
        add_carer_training,
        advance_carer_family,
        read_carer_family_history
    ]
}

#[utoipa::path(get, path = "/v1/carer-families", tag = "carers", operation_id = "list_carer_families",
    summary = "List carer families, or search for one that has room",
    description = "The carer families that fit, with their free places today: `purpose=foster&near=43.32,21.90&within_km=50&age=4&places_min=2&sibling_group=2` finds a foster family nearby with room for two siblings.",
    params(CarerFamilyFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some carer families.", body = CarerFamilyPage)))]
async fn list_carer_families(
    access: Access<ReadCarers>,
    filter: Query<CarerFamilyFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let now = access.now();
    let families = access
        .read(move |conn| {
            let today = parameters::today(conn, now)?;
            let total = store::total(conn, &filter.0, count.0, today)?;
            Ok(store::list(conn, &filter.0, &page.0, today)?.of(total))
        })
        .await?;
    access.release_page(&address, &CarerFamilyPage::from(families)).await
}

#[utoipa::path(post, path = "/v1/carer-families", tag = "carers", operation_id = "register_carer_family",
    summary = "Register a carer family",
    description = "Registers a household that asks to become carers, in the state `enquiry`, with its people.",
    request_body = NewCarerFamily,
    responses((status = 201, description = "The new carer family.", body = CarerFamily),
        (status = 409, description = "`DI-01`: another carer family has one of the external identifiers.")))]
async fn register_carer_family(
    access: Access<ManageCarers>,
    body: Body<NewCarerFamily>,
) -> Result<Released> {
    access.change(move |tx| store::register(tx, &body.0)?.created("/v1/carer-families")).await
}

#[utoipa::path(post, path = "/v1/past-carer-families", tag = "carers", operation_id = "take_over_carer_family",
    summary = "Take over a carer family of the past",
    description = "Records a family from an older register with its whole history in one change: its checks and training, the steps that it took and its approvals, each judged as if it had been recorded on its day. The family is then one like any other.",
    request_body = PastCarerFamily,
    responses((status = 201, description = "The carer family, taken over.", body = CarerFamily),
        (status = 409, description = "`CF-01`: an approval without all checks and training. Another approval for a part of the time, or a step that does not follow.")))]
async fn take_over_carer_family(
    access: Access<ApproveCarers>,
    body: Body<PastCarerFamily>,
) -> Result<Released> {
    access.change(move |tx| store::take_over_one(tx, &body.0)?.created("/v1/carer-families")).await
}

#[utoipa::path(get, path = "/v1/carer-families/{id}", tag = "carers", operation_id = "read_carer_family",
    summary = "Read a carer family",
    description = "The household, its checks, training and states. With `as_of`, what had been done by that day; with `known_at`, what the registry knew at that instant; both answer without an entity tag.",
    params(("id" = CarerFamilyId, Path, description = "The carer family."), AsOf),
    responses((status = 200, description = "The carer family.", body = CarerFamily)))]
async fn read_carer_family(
    access: Access<ReadCarers>,
    id: Path<CarerFamilyId>,
    when: Query<AsOf>,
    include: Include<CarerFamilyWithLists>,
    held: IfNoneMatch,
) -> Result<Released> {
    let is_past = when.0.is_past(access.now())?;
    let read = move |conn: &mut _| store::find_with(conn, id.0, &include, when.0);
    access.release_with(is_past, &held, &access.read(read).await?).await
}

#[utoipa::path(patch, path = "/v1/carer-families/{id}", tag = "carers", operation_id = "change_carer_family",
    summary = "Change a carer family",
    description = "Changes the members that are given; null ends what may be absent. `persons` is the whole household: who is left out has left it.",
    params(("id" = CarerFamilyId, Path, description = "The carer family.")), request_body = CarerFamilyPatch,
    responses((status = 200, description = "The carer family after the change.", body = CarerFamily),
        (status = 409, description = "`DI-01`: another carer family has one of the external identifiers.")))]
async fn change_carer_family(
    access: Access<ManageCarers>,
    id: Path<CarerFamilyId>,
    seen: IfMatch,
    patch: Patch<CarerFamilyPatch>,
) -> Result<Released> {
    access.change(move |tx| store::change(tx, id.0, &seen, &patch.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/carer-families/{id}/checks", tag = "carers", operation_id = "add_carer_check",
    summary = "Add a check of a person or of the home",
    description = "Adds a completed check. The last one of its kind counts: before approval every adult needs `criminal_record`, `child_abuse_register` and `health`, and the family `references` and `housing_visit`.",
    params(("id" = CarerFamilyId, Path, description = "The carer family.")), request_body = NewCarerCheck,
    responses((status = 200, description = "The carer family with the check.", body = CarerFamily)))]
async fn add_carer_check(
    access: Access<ManageCarers>,
    id: Path<CarerFamilyId>,
    seen: IfMatch,
    body: Body<NewCarerCheck>,
) -> Result<Released> {
    access.change(move |tx| store::add_check(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/carer-families/{id}/trainings", tag = "carers", operation_id = "add_carer_training",
    summary = "Add training that was completed",
    description = "Adds completed training of one person or of every applicant. Before approval every applicant needs `initial` training.",
    params(("id" = CarerFamilyId, Path, description = "The carer family.")), request_body = NewCarerTraining,
    responses((status = 200, description = "The carer family with the training.", body = CarerFamily)))]
async fn add_carer_training(
    access: Access<ManageCarers>,
    id: Path<CarerFamilyId>,
    seen: IfMatch,
    body: Body<NewCarerTraining>,
) -> Result<Released> {
    access.change(move |tx| store::add_training(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/carer-families/{id}/{step}", tag = "carers", operation_id = "advance_carer_family",
    summary = "Take a step towards approval or after it",
    description = "Takes a step of the family's life cycle. `refuse`, `suspend`, `reinstate` and `revoke` also need the permission `carers:approve`. `revoke` and `resign` end the approvals that are in force or to come; `expire` is possible once the last approval has run out. A family is approved at `/v1/carer-families/{id}/approvals`.",
    params(("id" = CarerFamilyId, Path, description = "The carer family."), ("step" = inline(CarerFamilyStep), Path, description = "The step.")),
    request_body = CarerStepRequest,
    responses((status = 200, description = "The carer family after the step.", body = CarerFamily),
        (status = 409, description = "The family's state does not allow the step.")))]
async fn advance_carer_family(
    access: Access<ManageCarers>,
    path: Path<(CarerFamilyId, CarerFamilyStep)>,
    seen: IfMatch,
    body: Body<CarerStepRequest>,
) -> Result<Released> {
    let (id, step) = path.0;
    if step.decides() && !access.actor.permissions.contains(ApproveCarers::NAME) {
        return Err(Error::Forbidden(ApproveCarers::NAME));
    }
    access.change(move |tx| store::take(tx, id, &seen, step.into(), &body.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/history", tag = "carers", operation_id = "read_carer_family_history",
    summary = "Read the history of a carer family",
    description = "Who changed what and when, of the family and of its approvals, newest first.",
    params(("id" = CarerFamilyId, Path, description = "The carer family."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_carer_family_history(
    access: Access<ReadCarers>,
    id: Path<CarerFamilyId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<CarerFamily>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}
