//! Queries and changes of protected addresses and case links. None opens a transaction.
use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*, select};
use uuid::Uuid;

use super::model::{
    CaseLink, CaseLinkId, CaseLinks, NewCaseLink, NewProtectedAddress, ProtectedAddress,
    ProtectedAddressId, ProtectedAddresses,
};
use crate::{
    children::{self, Child, ChildId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
        journal::Recorded,
        version::IfMatch,
    },
    reference::organisations::{OrganisationId, store::check as check_organisation},
    schema::{
        case_links::{self, dsl as link},
        children as child_rows,
        protected_addresses::{self, dsl as address},
    },
};

/// Who asks, and when.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    pub client: Uuid,
    pub organisation: Option<Uuid>,
    pub now: DateTime<Utc>,
}

impl Asker {
    fn of(tx: &Tx<'_>) -> Self {
        Self { client: tx.actor, organisation: tx.organisation, now: tx.now }
    }
}

/// Whether whoever asks is named to know the child's protected address.
fn is_named(conn: &mut PgConnection, child: ChildId, asker: Asker) -> Result<bool> {
    let named = case_links::table
        .filter(link::child_id.eq(child))
        .filter(link::valid_from.le(asker.now))
        .filter(link::valid_until.is_null().or(link::valid_until.gt(asker.now)))
        .filter(link::client_id.eq(asker.client).or(link::organisation_id.eq(asker.organisation)));
    Ok(select(exists(named)).get_result(conn)?)
}

/// Whether the organisation of whoever asks is the one that is responsible for the child.
fn is_responsible(conn: &mut PgConnection, child: ChildId, asker: Asker) -> Result<bool> {
    let responsible = child_rows::table.find(child).select(child_rows::organisation_id);
    let responsible: Option<OrganisationId> = responsible.first(conn).found::<Child>()?;
    Ok(responsible.is_some_and(|known| Some(known.untyped()) == asker.organisation))
}

/// Locks the child, for the organisation that is responsible for it alone.
fn lock(tx: &mut Tx<'_>, child: ChildId) -> Result<()> {
    let _child = children::store::lock(tx, child)?;
    let asker = Asker::of(tx);
    if is_responsible(tx.conn, child, asker)? { Ok(()) } else { Err(Error::OutOfReach) }
}

/// The protected addresses of a child, in force and former, oldest first: for whoever is named to know
/// them. To everybody else there is none.
pub fn addresses(
    conn: &mut PgConnection,
    child: ChildId,
    asker: Asker,
) -> Result<ProtectedAddresses> {
    if !select(exists(child_rows::table.find(child))).get_result(conn)? {
        return Err(Error::NotFound(Child::NAME));
    }
    if !is_named(conn, child, asker)? {
        return Ok(ProtectedAddresses { data: Vec::new() });
    }
    let rows = protected_addresses::table
        .filter(address::child_id.eq(child))
        .order((address::recorded_at, address::id));
    Ok(ProtectedAddresses { data: rows.select(ProtectedAddress::as_select()).load(conn)? })
}

/// One of them.
pub fn find(
    conn: &mut PgConnection,
    child: ChildId,
    id: ProtectedAddressId,
    asker: Asker,
) -> Result<ProtectedAddress> {
    let found = addresses(conn, child, asker)?.data.into_iter().find(|address| address.id == id);
    found.ok_or(Error::NotFound(ProtectedAddress::NAME))
}

/// Records where a child lives whom somebody must not find. The client that records it is named with it.
pub fn protect(
    tx: &mut Tx<'_>,
    child: ChildId,
    new: &NewProtectedAddress,
) -> Result<Recorded<ProtectedAddress>> {
    lock(tx, child)?;
    let asker = Asker::of(tx);
    if !is_named(tx.conn, child, asker)? {
        let own =
            NewCaseLink { client_id: Some(tx.actor), organisation_id: None, valid_until: None };
        let _named = write(tx, child, &own)?;
    }
    let protected = ProtectedAddress {
        id: ProtectedAddressId::generate(),
        child_id: child,
        address_lines: new.address_lines.clone(),
        locality: new.locality.clone(),
        postcode: new.postcode.clone(),
        recorded_at: tx.now,
        ended_at: None,
        version: 1,
    };
    let id = protected.id.untyped();
    let lines = tx.seal(address::address_lines, id, &protected.address_lines)?;
    let locality = tx.seal_some(address::locality, id, protected.locality.as_ref())?;
    let postcode = tx.seal_some(address::postcode, id, protected.postcode.as_ref())?;
    let sealed = (
        address::address_lines.eq(lines),
        address::locality.eq(locality),
        address::postcode.eq(postcode),
    );
    diesel::insert_into(protected_addresses::table)
        .values((&protected, sealed))
        .execute(tx.conn)?;
    tx.created("protected", protected)
}

/// Ends the protection: by whoever is named, of the organisation that is responsible.
pub fn end(
    tx: &mut Tx<'_>,
    child: ChildId,
    id: ProtectedAddressId,
    seen: &IfMatch,
) -> Result<Recorded<ProtectedAddress>> {
    lock(tx, child)?;
    let asker = Asker::of(tx);
    let before = find(tx.conn, child, id, asker)?;
    seen.check(&before)?;
    if before.ended_at.is_some() {
        return Err(Error::State("it has ended already".to_owned()));
    }
    let after =
        ProtectedAddress { ended_at: Some(tx.now), version: before.version + 1, ..before.clone() };
    diesel::update(protected_addresses::table.find(after.id))
        .set((address::ended_at.eq(after.ended_at), address::version.eq(after.version)))
        .execute(tx.conn)?;
    tx.changed("ended", &before, after)
}

/// Names a client or an organisation to know a child's protected address.
pub fn name(tx: &mut Tx<'_>, child: ChildId, new: &NewCaseLink) -> Result<Recorded<CaseLink>> {
    lock(tx, child)?;
    if new.client_id.is_some() == new.organisation_id.is_some() {
        let detail = "needs a client or an organisation, and not both";
        return Err(Error::value("/client_id", "one_of_two", detail));
    }
    if new.valid_until.is_some_and(|end| end <= tx.now) {
        return Err(Error::value("/valid_until", "out_of_order", "must be ahead"));
    }
    if let Some(organisation) = new.organisation_id {
        check_organisation(tx.conn, "/organisation_id", organisation)?;
    }
    write(tx, child, new)
}

fn write(tx: &mut Tx<'_>, child_id: ChildId, new: &NewCaseLink) -> Result<Recorded<CaseLink>> {
    let named = CaseLink {
        id: CaseLinkId::generate(),
        child_id,
        client_id: new.client_id,
        organisation_id: new.organisation_id,
        valid_from: tx.now,
        valid_until: new.valid_until,
        version: 1,
    };
    diesel::insert_into(case_links::table).values(&named).execute(tx.conn)?;
    tx.created("named", named)
}

/// Everybody who was named, for the organisation that is responsible.
pub fn links(conn: &mut PgConnection, child: ChildId, asker: Asker) -> Result<CaseLinks> {
    if !is_responsible(conn, child, asker)? {
        return Err(Error::NotFound(CaseLink::NAME));
    }
    let rows = case_links::table.filter(link::child_id.eq(child)).order(link::id);
    Ok(CaseLinks { data: rows.select(CaseLink::as_select()).load(conn)? })
}

/// One of them.
pub fn find_link(
    conn: &mut PgConnection,
    child: ChildId,
    id: CaseLinkId,
    asker: Asker,
) -> Result<CaseLink> {
    let found = links(conn, child, asker)?.data.into_iter().find(|link| link.id == id);
    found.ok_or(Error::NotFound(CaseLink::NAME))
}

/// Takes back that somebody is named, from now on.
pub fn end_link(
    tx: &mut Tx<'_>,
    child: ChildId,
    id: CaseLinkId,
    seen: &IfMatch,
) -> Result<Recorded<CaseLink>> {
    lock(tx, child)?;
    let asker = Asker::of(tx);
    let before = find_link(tx.conn, child, id, asker)?;
    seen.check(&before)?;
    if before.valid_until.is_some_and(|end| end <= tx.now) {
        return Err(Error::State("it has ended already".to_owned()));
    }
    let after = CaseLink {
        valid_until: Some(tx.now.max(before.valid_from)),
        version: before.version + 1,
        ..before.clone()
    };
    diesel::update(case_links::table.find(id)).set(&after).execute(tx.conn)?;
    tx.changed("ended", &before, after)
}
