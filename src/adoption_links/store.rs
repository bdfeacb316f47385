//! Queries and changes of adoption links. None opens a transaction.
use diesel::{dsl::exists, prelude::*, select};
use uuid::Uuid;

use super::model::{AdoptionLink, AdoptionLinkId, LinksOfChild, NewAdoptionLink};
use crate::{
    children::{Child, ChildId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
        journal::Recorded,
        reach::beyond,
        rule::Refusal,
        vault::{
            Class, Opened, Seat,
            blind::{self, Sought},
            sealed,
        },
    },
    schema::{adoption_link_children as ends, adoption_links, children},
};

/// Which of the two records of a link a row names.
const FORMER: &str = "former";
const NEW: &str = "new";

fn row(link: Uuid, end: &str) -> Vec<u8> {
    [link.as_bytes().as_slice(), end.as_bytes()].concat()
}

fn seat(row: &[u8]) -> Seat<'_> {
    Seat { table: "adoption_link_children", column: "value", row }
}

fn sought<'v>(end: &'v str, child: &'v str) -> Sought<'v> {
    Sought { table: "adoption_link_children", system: end, value: child }
}

/// Links the record that a child had before its adoption with that which it has since.
pub fn link(tx: &mut Tx<'_>, new: &NewAdoptionLink) -> Result<Recorded<AdoptionLink>> {
    if new.former_child_id == new.new_child_id {
        return Err(Error::value("/new_child_id", "same_child", "is the former record itself"));
    }
    let named = [
        ("/former_child_id", FORMER, new.former_child_id),
        ("/new_child_id", NEW, new.new_child_id),
    ];
    for (pointer, end, child) in named {
        if !is_there(tx.conn, child)? {
            return Err(Error::value(pointer, "unknown_reference", "is that of no child"));
        }
        if !links(tx.conn, end, child)?.is_empty() {
            let detail = "the record is linked already: that of one adoption is that of no other";
            return Err(Refusal::conflict("AD-10", detail).at(pointer).into());
        }
    }
    let link = AdoptionLink {
        id: AdoptionLinkId::generate(),
        former_child_id: new.former_child_id,
        new_child_id: new.new_child_id,
        decision: new.decision.clone(),
        version: 1,
    };
    let id = link.id.untyped();
    let decision = tx.seal(adoption_links::decision, id, &link.decision)?;
    let columns = (
        adoption_links::id.eq(id),
        adoption_links::decision.eq(decision),
        adoption_links::version.eq(link.version),
    );
    diesel::insert_into(adoption_links::table).values(columns).execute(tx.conn)?;
    for (_, end, child) in named {
        write_end(tx, id, end, child)?;
    }
    tx.created("linked", link)
}

fn write_end(tx: &mut Tx<'_>, link: Uuid, end: &str, child: Uuid) -> Result<()> {
    let (row, child) = (row(link, end), child.to_string());
    let value = tx.seal_bytes(Class::Sealed, seat(&row), child.as_bytes())?;
    let blind = tx.blind(sought(end, &child))?;
    let columns = (
        ends::link_id.eq(link),
        ends::system.eq(end),
        ends::value.eq(value),
        ends::blind.eq(blind),
    );
    diesel::insert_into(ends::table).values(columns).execute(tx.conn)?;
    Ok(())
}

/// Whether there is such a child: the authority reaches none.
fn is_there(conn: &mut PgConnection, child: Uuid) -> Result<bool> {
    let child = ChildId::from_untyped(child);
    beyond(conn, |conn| Ok(select(exists(children::table.find(child))).get_result(conn)?))
}

/// The links in which a record stands at this end.
fn links(conn: &mut PgConnection, end: &str, child: Uuid) -> Result<Vec<Uuid>> {
    let blinds = blind::all(conn, sought(end, &child.to_string()))?;
    let rows = ends::table.filter(ends::blind.eq_any(blinds)).select(ends::link_id);
    Ok(rows.load(conn)?)
}

/// One link.
pub fn find(conn: &mut PgConnection, id: AdoptionLinkId) -> Result<AdoptionLink> {
    use adoption_links::{decision, id as row, table};
    let link = table.find(id.untyped()).select(((row, decision), adoption_links::version));
    let (text, version): (Opened<decision, String>, i64) =
        link.first(conn).found::<AdoptionLink>()?;
    let children = ends::table.filter(ends::link_id.eq(id.untyped()));
    let children: Vec<(String, Vec<u8>)> =
        children.select((ends::system, ends::value)).load(conn)?;
    let child = |end: &str| {
        let sealed = children.iter().find(|(known, _)| known == end);
        let (_, sealed) = sealed.ok_or_else(|| Error::internal("a link has two ends"))?;
        open_child(id.untyped(), end, sealed)
    };
    Ok(AdoptionLink {
        id,
        former_child_id: child(FORMER)?,
        new_child_id: child(NEW)?,
        decision: text.into(),
        version,
    })
}

fn open_child(link: Uuid, end: &str, value: &[u8]) -> Result<Uuid> {
    let row = row(link, end);
    let text = sealed::open(Class::Sealed, seat(&row), value).map_err(Error::internal)?;
    Uuid::try_parse_ascii(&text).map_err(Error::internal)
}

/// The links of a child, by either of its records: that of its own adoption, and that of an earlier one.
pub fn of_child(conn: &mut PgConnection, child_id: Uuid) -> Result<LinksOfChild> {
    if !is_there(conn, child_id)? {
        return Err(Error::NotFound(Child::NAME));
    }
    let mut data = Vec::new();
    // A link keeps the ids that it was made with: that of a record that was merged since leads to this one.
    let merged = children::table.filter(children::merged_into.eq(child_id)).select(children::id);
    let merged: Vec<Uuid> = beyond(conn, |conn| Ok(merged.load(conn)?))?;
    for end in [NEW, FORMER] {
        for id in merged.iter().copied().chain([child_id]) {
            for link in links(conn, end, id)? {
                data.push(find(conn, AdoptionLinkId::from_untyped(link))?);
            }
        }
    }
    Ok(LinksOfChild { child_id, data })
}
