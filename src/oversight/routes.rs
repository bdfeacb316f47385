//! `/v1/emergency-accesses` and `/v1/notices` over HTTP.
use super::{
    model::{
        ContestedRecords, EmergencyAccess, EmergencyAccessId, EmergencyAccessPage,
        NewEmergencyAccess, Notice, NoticeId, NoticePage, Review,
    },
    permission::{
        OpenEmergencyAccess, ReadContestedIdentifiers, ReadEmergencyAccess, ReadNotices,
        ReviewEmergencyAccess,
    },
    store::{self, Audience, EmergencyAccessFilter, NoticeFilter},
};
use crate::{
    platform::{
        access::{Access, Permission},
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
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
        list_emergency_accesses,
        open_emergency_access,
        read_emergency_access,
        review_emergency_access,
        list_notices,
        read_notice,
        read_contested_records,
        acknowledge_notice
    ]
}

#[utoipa::path(get, path = "/v1/emergency-accesses", tag = "oversight", summary = "List the accesses in an emergency",
    description = "Who opened whose record in an emergency, and what came of the review: those of the caller's organisation and those to children whom it may know of.",
    params(EmergencyAccessFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some accesses.", body = EmergencyAccessPage)))]
async fn list_emergency_accesses(
    access: Access<ReadEmergencyAccess>,
    filter: Query<EmergencyAccessFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let now = access.now();
    let list = move |conn: &mut _| {
        let total = store::total(conn, &filter.0, count.0, now)?;
        Ok(store::list(conn, &filter.0, &page.0, now)?.of(total))
    };
    let accesses = access.read(list).await?;
    access.release_page(&address, &EmergencyAccessPage::from(accesses)).await
}

#[utoipa::path(post, path = "/v1/emergency-accesses", tag = "oversight", summary = "Open a child's record in an emergency",
    description = "Opens one child's record to the client for at most an hour, though it stands in no relation to the child. Two notices leave with it, and somebody else reviews it within 72 hours; nobody can hold them back.",
    request_body = NewEmergencyAccess,
    responses((status = 201, description = "The access.", body = EmergencyAccess)))]
async fn open_emergency_access(
    access: Access<OpenEmergencyAccess>,
    body: Body<NewEmergencyAccess>,
) -> Result<Released> {
    access.change(move |tx| store::open(tx, &body.0)?.created("/v1/emergency-accesses")).await
}

#[utoipa::path(get, path = "/v1/emergency-accesses/{id}", tag = "oversight", summary = "Read an access in an emergency",
    description = "One access in an emergency, with its review.",
    params(("id" = EmergencyAccessId, Path, description = "The access."), KnownAt),
    responses((status = 200, description = "The access.", body = EmergencyAccess)))]
async fn read_emergency_access(
    access: Access<ReadEmergencyAccess>,
    id: Path<EmergencyAccessId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(post, path = "/v1/emergency-accesses/{id}/review", tag = "oversight", summary = "Review an access in an emergency",
    description = "Records whether the access was needed. Whoever opened the record does not review it.",
    params(("id" = EmergencyAccessId, Path, description = "The access.")), request_body = Review,
    responses((status = 200, description = "The access, reviewed.", body = EmergencyAccess),
        (status = 409, description = "It was reviewed already, or the client opened it itself.")))]
async fn review_emergency_access(
    access: Access<ReviewEmergencyAccess>,
    id: Path<EmergencyAccessId>,
    seen: IfMatch,
    body: Body<Review>,
) -> Result<Released> {
    access.change(move |tx| store::review(tx, id.0, &seen, &body.0)?.ok()).await
}

fn audience<P: Permission>(access: &Access<P>) -> Audience {
    Audience { organisation: access.actor.organisation, everybody: access.watches() }
}

#[utoipa::path(get, path = "/v1/notices", tag = "oversight", summary = "List the notices",
    description = "What the caller's organisation was told of: accesses in an emergency, clients that ask for too many children, and, for those who watch over the whole country, contested identifiers.",
    params(NoticeFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some notices.", body = NoticePage)))]
async fn list_notices(
    access: Access<ReadNotices>,
    filter: Query<NoticeFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let of = audience(&access);
    let list = move |conn: &mut _| {
        let total = store::total_notices(conn, &filter.0, of, count.0)?;
        Ok(store::list_notices(conn, &filter.0, of, &page.0)?.of(total))
    };
    let notices = access.read(list).await?;
    access.release_page(&address, &NoticePage::from(notices)).await
}

#[utoipa::path(get, path = "/v1/notices/{id}", tag = "oversight", summary = "Read a notice", description = "One notice.",
    params(("id" = NoticeId, Path, description = "The notice."), KnownAt),
    responses((status = 200, description = "The notice.", body = Notice)))]
async fn read_notice(
    access: Access<ReadNotices>,
    id: Path<NoticeId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let of = audience(&access);
    access.read_known(when.0, &held, move |conn| store::find_notice(conn, id.0, of)).await
}

#[utoipa::path(get, path = "/v1/notices/{id}/contested-records", tag = "oversight", summary = "Read which records share a contested identifier",
    description = "The record that a notice of the kind `contested_identifier` names, and those that have the same number; none once one of them has lost it, and none for a notice of another kind.",
    params(("id" = NoticeId, Path, description = "The notice.")),
    responses((status = 200, description = "The records.", body = ContestedRecords)))]
async fn read_contested_records(
    access: Access<ReadContestedIdentifiers>,
    id: Path<NoticeId>,
) -> Result<Released> {
    let of = audience(&access);
    let records = access.read(move |conn| store::contested_records(conn, id.0, of)).await?;
    access.release(&records).await
}

#[utoipa::path(post, path = "/v1/notices/{id}/acknowledge", tag = "oversight", summary = "Take note of a notice",
    description = "Records that somebody took note. The notice stays.",
    params(("id" = NoticeId, Path, description = "The notice.")),
    responses((status = 200, description = "The notice, acknowledged.", body = Notice),
        (status = 409, description = "Somebody took note of it already.")))]
async fn acknowledge_notice(
    access: Access<ReadNotices>,
    id: Path<NoticeId>,
    seen: IfMatch,
) -> Result<Released> {
    let of = audience(&access);
    access.change(move |tx| store::acknowledge(tx, id.0, &seen, of)?.ok()).await
}
