//! The access log over HTTP: `/v1/log` for everybody, `…/access-log` for the person concerned.
use actix_web::HttpResponse;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use uuid::Uuid;

use super::{
    model::{
        AccessPersonPage, AccessRecordPage, ConsistencyQuery, DeferRequest, LeavesQuery, LogProof,
        LookDeferral, LookDeferralId, ProofQuery, SinceQuery,
    },
    permission::{AuditAccessLog, DeferAccessLog, ReadAccessLog},
    store,
};
use crate::{
    carers::{self, CarerFamily, CarerFamilyId},
    children::{self, Child, ChildId},
    families::{self, Family, FamilyId},
    log::{
        entry::Leaf,
        extract::{AccessLogExtract, Consistency},
    },
    platform::{
        access::{Access, Public},
        access_log,
        disclosure::{About, Person},
        error::{Error, Result},
        extract::{Body, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
    },
    routes,
};

/// Leaves that are sent at once: 480 kB.
const LEAVES: i64 = 10_000;

pub fn routes() -> Routes {
    routes![
        read_log_checkpoint,
        read_log_proof,
        read_log_consistency,
        read_log_leaves,
        read_receipt_persons,
        list_child_access,
        extract_child_access_log,
        list_child_access_persons,
        defer_child_access,
        list_carer_family_access,
        extract_carer_family_access_log,
        list_carer_family_access_persons,
        defer_carer_family_access,
        list_family_access,
        extract_family_access_log,
        list_family_access_persons,
        defer_family_access,
    ]
}

#[utoipa::path(get, path = "/v1/log/checkpoint", tag = "access-log", operation_id = "read_log_checkpoint", summary = "Read the log's last checkpoint",
    description = "The last checkpoint of the access log: a signed note with the number of its entries and the roots of its two trees. Keep it: with it you can prove later that nothing was taken out.",
    responses((status = 200, description = "The signed note.", body = String, content_type = "text/plain",
        example = "kinstead.example/access-log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntags 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntime 2026-11-22T07:30:12Z\n\n— kinstead.example/access-log Az3grlgt…\n")))]
async fn read_log_checkpoint(public: Public) -> Result<HttpResponse> {
    let last = public.read_log(store::last_checkpoint).await?;
    let (_, note) = last.ok_or(Error::NotFound("checkpoint"))?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(note))
}

#[utoipa::path(get, path = "/v1/log/proof", tag = "access-log", operation_id = "read_log_proof", summary = "Prove that an entry is in the log",
    description = "The leaf at a place of the access log and its path to the root of the log at a size (RFC 6962). The leaf tells nothing about anybody.",
    params(ProofQuery),
    responses((status = 200, description = "The leaf and its path.", body = LogProof)))]
async fn read_log_proof(public: Public, asked: Query<ProofQuery>) -> Result<HttpResponse> {
    let proof = public.read_log(move |conn| store::proof(conn, asked.0)).await?;
    Ok(HttpResponse::Ok().json(proof))
}

#[utoipa::path(get, path = "/v1/log/consistency", tag = "access-log", operation_id = "read_log_consistency", summary = "Prove that the log only grew",
    description = "Proof that the access log at one size continues the log at a smaller one (RFC 6962).",
    params(ConsistencyQuery),
    responses((status = 200, description = "The proof.", body = Consistency)))]
async fn read_log_consistency(
    public: Public,
    asked: Query<ConsistencyQuery>,
) -> Result<HttpResponse> {
    let proof = public.read_log(move |conn| store::consistency(conn, asked.0)).await?;
    Ok(HttpResponse::Ok().json(proof))
}

#[utoipa::path(get, path = "/v1/log/leaves", tag = "access-log", operation_id = "read_log_leaves", summary = "Mirror the log",
    description = "Up to 10 000 leaves of the access log from a place on, 48 bytes each, up to the last checkpoint; nothing after its end. They tell nothing about anybody: whoever keeps them can show for everybody that none was taken out.",
    params(LeavesQuery),
    responses((status = 200, description = "The leaves, one after the other.", body = String, content_type = "application/octet-stream", example = "")))]
async fn read_log_leaves(public: Public, asked: Query<LeavesQuery>) -> Result<HttpResponse> {
    let from = asked.0.from.unwrap_or(0);
    let leaves = public.read_log(move |conn| store::leaves(conn, from, LEAVES)).await?;
    let bytes: Vec<u8> = leaves.iter().flat_map(Leaf::bytes).collect();
    Ok(HttpResponse::Ok().content_type("application/octet-stream").body(bytes))
}

#[utoipa::path(get, path = "/v1/log/receipts/{answer}", tag = "access-log", operation_id = "read_receipt_persons", summary = "Complete a receipt of many persons",
    description = "The persons of an answer that is about too many for its `Access-Receipt` to name them (`kinstead-access-receipt/2`): put this behind the receipt, after a space, and keep both. Each person is a hash that tells nothing to whoever does not know its id. Kept for seven days; 404 after, and for an answer whose receipt names its persons.",
    params(("answer" = Uuid, Path, description = "The name of the answer in its receipt: its 16 bytes, written as a UUID.", example = "6f6e6520-616e-7377-6572-277320696421")),
    responses((status = 200, description = "The list, in base64.", body = String, content_type = "text/plain", example = "AAECAwQFBgc=")))]
async fn read_receipt_persons(public: Public, answer: Path<Uuid>) -> Result<HttpResponse> {
    let id = answer.0.into_bytes();
    let list = public.read(move |conn| access_log::persons_of(conn, &id)).await?;
    let list = BASE64.encode(list.ok_or(Error::NotFound("receipt"))?);
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(list))
}

#[utoipa::path(get, path = "/v1/children/{id}/access-log", tag = "access-log", operation_id = "list_child_access", summary = "See who saw a child's data",
    description = "Every look at the child's data, oldest first: when, which organisation, what for. For the person concerned, or whoever represents it, through an authority. A look that may not be told yet is counted, with the ground and the day on which it will be told.",
    params(("id" = ChildId, Path, description = "The child."), PageQuery),
    responses((status = 200, description = "Some looks.", body = AccessRecordPage)))]
async fn list_child_access(
    access: Access<ReadAccessLog>,
    id: Path<ChildId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    access.read(move |conn| children::store::find(conn, id.0)).await?;
    list(access, Person::of::<Child>(id.0), page.0, address).await
}

#[utoipa::path(get, path = "/v1/children/{id}/access-log/extract", tag = "access-log", operation_id = "extract_child_access_log", summary = "Take out who saw a child's data, with proofs",
    description = "All that the access log holds about the child up to its last checkpoint, with the proofs that nothing is missing and nothing was changed. `kinstead verify` checks it offline. It holds the child's key: whoever has it can count the looks at this child from then on.",
    params(("id" = ChildId, Path, description = "The child."), SinceQuery),
    responses((status = 200, description = "The extract.", body = AccessLogExtract)))]
async fn extract_child_access_log(
    access: Access<ReadAccessLog>,
    id: Path<ChildId>,
    since: Query<SinceQuery>,
) -> Result<Released> {
    access.read(move |conn| children::store::find(conn, id.0)).await?;
    extract(access, Person::of::<Child>(id.0), since.0).await
}

#[utoipa::path(get, path = "/v1/children/{id}/access-log/persons", tag = "access-log", operation_id = "list_child_access_persons", summary = "See which of the staff saw a child's data",
    description = "In whose name the clients asked, as they said it in `On-Behalf-Of`; only the looks where they did. For auditors alone. The salt opens the commitment in the entry of that number, so that an auditor can prove the name.",
    params(("id" = ChildId, Path, description = "The child."), PageQuery),
    responses((status = 200, description = "Some names.", body = AccessPersonPage)))]
async fn list_child_access_persons(
    access: Access<AuditAccessLog>,
    id: Path<ChildId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    access.read(move |conn| children::store::find(conn, id.0)).await?;
    persons(access, Person::of::<Child>(id.0), page.0, address).await
}

#[utoipa::path(post, path = "/v1/children/{id}/access-log/defer", tag = "access-log", operation_id = "defer_child_access", summary = "Put off telling who saw a child's data",
    description = "The look is still counted, with its ground and the day on which it will be told; so is this deferral, as a change. When the day has come the look is told, unless it is deferred anew.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = DeferRequest,
    responses((status = 200, description = "The deferral.", body = LookDeferral),
        (status = 409, description = "The look is deferred already.")))]
async fn defer_child_access(
    access: Access<DeferAccessLog>,
    id: Path<ChildId>,
    body: Body<DeferRequest>,
) -> Result<Released> {
    access.read(move |conn| children::store::find(conn, id.0)).await?;
    let whom = Whom { child: Some(id.0), ..Whom::default() };
    defer(access, Person::of::<Child>(id.0), whom, body.0).await
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/access-log", tag = "access-log", operation_id = "list_carer_family_access", summary = "See who saw a carer family's data",
    description = "Every look at the data of the family and its members, oldest first: when, which organisation, what for. A look that may not be told yet is counted, with the ground and the day on which it will be told.",
    params(("id" = CarerFamilyId, Path, description = "The family."), PageQuery),
    responses((status = 200, description = "Some looks.", body = AccessRecordPage)))]
async fn list_carer_family_access(
    access: Access<ReadAccessLog>,
    id: Path<CarerFamilyId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    access.read(move |conn| carers::store::find(conn, id.0)).await?;
    list(access, Person::of::<CarerFamily>(id.0), page.0, address).await
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/access-log/extract", tag = "access-log", operation_id = "extract_carer_family_access_log", summary = "Take out who saw a carer family's data, with proofs",
    description = "All that the access log holds about the family up to its last checkpoint, with the proofs that nothing is missing and nothing was changed. `kinstead verify` checks it offline.",
    params(("id" = CarerFamilyId, Path, description = "The family."), SinceQuery),
    responses((status = 200, description = "The extract.", body = AccessLogExtract)))]
async fn extract_carer_family_access_log(
    access: Access<ReadAccessLog>,
    id: Path<CarerFamilyId>,
    since: Query<SinceQuery>,
) -> Result<Released> {
    access.read(move |conn| carers::store::find(conn, id.0)).await?;
    extract(access, Person::of::<CarerFamily>(id.0), since.0).await
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/access-log/persons", tag = "access-log", operation_id = "list_carer_family_access_persons", summary = "See which of the staff saw a carer family's data",
    description = "In whose name the clients asked, as they said it in `On-Behalf-Of`; only the looks where they did. For auditors alone. The salt opens the commitment in the entry of that number, so that an auditor can prove the name.",
    params(("id" = CarerFamilyId, Path, description = "The family."), PageQuery),
    responses((status = 200, description = "Some names.", body = AccessPersonPage)))]
async fn list_carer_family_access_persons(
    access: Access<AuditAccessLog>,
    id: Path<CarerFamilyId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    access.read(move |conn| carers::store::find(conn, id.0)).await?;
    persons(access, Person::of::<CarerFamily>(id.0), page.0, address).await
}

#[utoipa::path(post, path = "/v1/carer-families/{id}/access-log/defer", tag = "access-log", operation_id = "defer_carer_family_access", summary = "Put off telling who saw a carer family's data",
    description = "The look is still counted, with its ground and the day on which it will be told; so is this deferral, as a change. When the day has come the look is told, unless it is deferred anew.",
    params(("id" = CarerFamilyId, Path, description = "The family.")), request_body = DeferRequest,
    responses((status = 200, description = "The deferral.", body = LookDeferral),
        (status = 409, description = "The look is deferred already.")))]
async fn defer_carer_family_access(
    access: Access<DeferAccessLog>,
    id: Path<CarerFamilyId>,
    body: Body<DeferRequest>,
) -> Result<Released> {
    access.read(move |conn| carers::store::find(conn, id.0)).await?;
    let whom = Whom { carer_family: Some(id.0), ..Whom::default() };
    defer(access, Person::of::<CarerFamily>(id.0), whom, body.0).await
}

#[utoipa::path(get, path = "/v1/families/{id}/access-log", tag = "access-log", operation_id = "list_family_access", summary = "See who saw a family's data",
    description = "Every look at the data of the family and its members, oldest first: when, which organisation, what for. A look that may not be told yet is counted, with the ground and the day on which it will be told.",
    params(("id" = FamilyId, Path, description = "The family."), PageQuery),
    responses((status = 200, description = "Some looks.", body = AccessRecordPage)))]
async fn list_family_access(
    access: Access<ReadAccessLog>,
    id: Path<FamilyId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    access.read(move |conn| families::store::find(conn, id.0)).await?;
    list(access, Person::of::<Family>(id.0), page.0, address).await
}

#[utoipa::path(get, path = "/v1/families/{id}/access-log/extract", tag = "access-log", operation_id = "extract_family_access_log", summary = "Take out who saw a family's data, with proofs",
    description = "All that the access log holds about the family up to its last checkpoint, with the proofs that nothing is missing and nothing was changed. `kinstead verify` checks it offline.",
    params(("id" = FamilyId, Path, description = "The family."), SinceQuery),
    responses((status = 200, description = "The extract.", body = AccessLogExtract)))]
async fn extract_family_access_log(
    access: Access<ReadAccessLog>,
    id: Path<FamilyId>,
    since: Query<SinceQuery>,
) -> Result<Released> {
    access.read(move |conn| families::store::find(conn, id.0)).await?;
    extract(access, Person::of::<Family>(id.0), since.0).await
}

#[utoipa::path(get, path = "/v1/families/{id}/access-log/persons", tag = "access-log", operation_id = "list_family_access_persons", summary = "See which of the staff saw a family's data",
    description = "In whose name the clients asked, as they said it in `On-Behalf-Of`; only the looks where they did. For auditors alone. The salt opens the commitment in the entry of that number, so that an auditor can prove the name.",
    params(("id" = FamilyId, Path, description = "The family."), PageQuery),
    responses((status = 200, description = "Some names.", body = AccessPersonPage)))]
async fn list_family_access_persons(
    access: Access<AuditAccessLog>,
    id: Path<FamilyId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    access.read(move |conn| families::store::find(conn, id.0)).await?;
    persons(access, Person::of::<Family>(id.0), page.0, address).await
}

#[utoipa::path(post, path = "/v1/families/{id}/access-log/defer", tag = "access-log", operation_id = "defer_family_access", summary = "Put off telling who saw a family's data",
    description = "The look is still counted, with its ground and the day on which it will be told; so is this deferral, as a change. When the day has come the look is told, unless it is deferred anew.",
    params(("id" = FamilyId, Path, description = "The family.")), request_body = DeferRequest,
    responses((status = 200, description = "The deferral.", body = LookDeferral),
        (status = 409, description = "The look is deferred already.")))]
async fn defer_family_access(
    access: Access<DeferAccessLog>,
    id: Path<FamilyId>,
    body: Body<DeferRequest>,
) -> Result<Released> {
    access.read(move |conn| families::store::find(conn, id.0)).await?;
    let whom = Whom { family: Some(id.0), ..Whom::default() };
    defer(access, Person::of::<Family>(id.0), whom, body.0).await
}

/// Whose look is deferred: one of them.
#[derive(Default)]
struct Whom {
    child: Option<ChildId>,
    family: Option<FamilyId>,
    carer_family: Option<CarerFamilyId>,
}

async fn defer(
    access: Access<DeferAccessLog>,
    person: Person,
    Whom { child: child_id, family: family_id, carer_family: carer_family_id }: Whom,
    DeferRequest { number, ground, until }: DeferRequest,
) -> Result<Released> {
    let (subject, today) = (person.id, access.now().date_naive());
    let place = move |conn: &mut _| store::place_of_look(conn, subject, number);
    let index = access.read_log(place).await?;
    let id = LookDeferralId::generate();
    let new = LookDeferral {
        id,
        version: 1,
        child_id,
        family_id,
        carer_family_id,
        number,
        ground,
        until,
    };
    access.change(move |tx| store::defer(tx, index, today, new.clone())?.ok()).await
}

async fn list(
    access: Access<ReadAccessLog>,
    person: Person,
    page: PageQuery,
    address: Address,
) -> Result<Released> {
    let (subject, today) = (person.id, access.now().date_naive());
    let looks = access.read_log(move |conn| store::list(conn, subject, today, &page)).await?;
    access.release_page(&address, &About(person, AccessRecordPage::from(looks))).await
}

async fn persons(
    access: Access<AuditAccessLog>,
    person: Person,
    page: PageQuery,
    address: Address,
) -> Result<Released> {
    let subject = person.id;
    let names = access.read_log(move |conn| store::persons(conn, subject, &page)).await?;
    access.release_page(&address, &About(person, AccessPersonPage::from(names))).await
}

async fn extract(
    access: Access<ReadAccessLog>,
    person: Person,
    asked: SinceQuery,
) -> Result<Released> {
    let (of, today) = (person.clone(), access.now().date_naive());
    let extract = access.read_log(move |conn| store::extract(conn, &of, today, asked.since));
    let extract = extract.await?.ok_or(Error::NotFound("checkpoint"))?;
    access.release(&About(person, extract)).await
}
