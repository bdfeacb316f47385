//! Queries and changes of relations.
use chrono::{DateTime, Utc};
use diesel::{dsl::sql, expression::SqlLiteral, prelude::*, sql_types::Bool};

use super::{find, lock_all};
use crate::{
    children::model::{
        ChildId, NewRelation, Relation, RelationId, RelationKind, RelationPatch, SiblingWish,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, Recorded},
        page::{Page, PageQuery},
        prepared,
        time::AsOf,
        version::IfMatch,
    },
    schema::child_relations::{self as table, dsl},
};

/// The relations of a child, by id. A child has few: they are cut into pages here.
pub fn relations(
    conn: &mut PgConnection,
    child: ChildId,
    when: AsOf,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<Relation>> {
    let (bound, limit) = (page.bind(&(child, when.known_at)), page.limit()?);
    when.is_past(now)?;
    find(conn, child)?;
    bound.cut(all_relations(conn, child, when)?, limit, |relation| relation.id, |_| true)
}

/// All of them at once.
pub(super) fn all_relations(
    conn: &mut PgConnection,
    child: ChildId,
    when: AsOf,
) -> Result<Vec<Relation>> {
    Ok(match when.known_at {
        Some(at) => journal::known_under(conn, child.untyped(), at)?,
        None => dsl::child_relations
            .filter(dsl::child_id.eq(child).and(living()))
            .order(dsl::id)
            .select(Relation::as_select())
            .load(conn)?,
    })
}

/// Not one to a record that was merged: both records had it, and that of the other one is shown.
fn living() -> SqlLiteral<Bool> {
    sql(
        "NOT EXISTS (SELECT FROM children m WHERE m.id = related_child_id AND m.merged_into IS NOT NULL)",
    )
}

pub fn find_relation(conn: &mut PgConnection, child: ChildId, id: RelationId) -> Result<Relation> {
    let relation = table::table.find(id).filter(dsl::child_id.eq(child).and(living()));
    relation.select(Relation::as_select()).first(conn).found::<Relation>()
}

/// The brothers and sisters of a child who are in the registry, by id.
pub fn siblings(conn: &mut PgConnection, child: ChildId) -> Result<Vec<ChildId>> {
    Ok(siblings_of(conn, &[child])?.into_iter().map(|(_, sibling)| sibling).collect())
}

/// The brothers and sisters of several children, each with the child whose they are, by id.
pub fn siblings_of(
    conn: &mut PgConnection,
    children: &[ChildId],
) -> Result<Vec<(ChildId, ChildId)>> {
    let kinds = RelationKind::ALL.iter().filter(|kind| kind.is_sibling());
    let ids = table::table
        .filter(dsl::child_id.eq_any(children).and(dsl::kind.eq_any(kinds)))
        .filter(dsl::related_child_id.is_not_null().and(living()))
        .order(dsl::related_child_id)
        .select((dsl::child_id, dsl::related_child_id));
    let ids: Vec<(ChildId, Option<ChildId>)> = prepared::kept(ids).load(conn)?;
    Ok(ids.into_iter().filter_map(|(child, sibling)| Some((child, sibling?))).collect())
}

/// The brothers and sisters from whom a child is not to be parted.
pub fn kept_together(conn: &mut PgConnection, child: ChildId) -> Result<Vec<ChildId>> {
    let ids = table::table
        .filter(dsl::child_id.eq(child).and(dsl::to_be_kept_together.eq(SiblingWish::Yes)))
        .filter(dsl::related_child_id.is_not_null().and(living()))
        .order(dsl::related_child_id)
        .select(dsl::related_child_id);
    let ids: Vec<Option<ChildId>> = prepared::kept(ids).load(conn)?;
    Ok(ids.into_iter().flatten().collect())
}

/// The same of several children, each with the child who is not to be parted from them, by id.
pub fn kept_together_of(
    conn: &mut PgConnection,
    children: &[ChildId],
) -> Result<Vec<(ChildId, ChildId)>> {
    let ids = table::table
        .filter(dsl::child_id.eq_any(children))
        .filter(dsl::to_be_kept_together.eq(SiblingWish::Yes))
        .filter(dsl::related_child_id.is_not_null().and(living()))
        .order((dsl::child_id, dsl::related_child_id))
        .select((dsl::child_id, dsl::related_child_id));
    let ids: Vec<(ChildId, Option<ChildId>)> = prepared::kept(ids).load(conn)?;
    Ok(ids.into_iter().filter_map(|(child, sibling)| Some((child, sibling?))).collect())
}

/// Records a relation; between two children of the registry also the other one's.
pub fn relate(tx: &mut Tx<'_>, child: ChildId, new: NewRelation) -> Result<Recorded<Relation>> {
    let relation = new.into_relation(child)?;
    let Some(related) = relation.related_child_id else {
        super::lock(tx, child)?;
        let reason = seal_reason(tx, &relation)?;
        diesel::insert_into(table::table)
            .values((&relation, dsl::keep_together_reason.eq(reason)))
            .execute(tx.conn)?;
        return tx.created("added", relation);
    };
    let mirror = mirror_of(tx, &relation, related)?;
    let known = table::table.filter(dsl::child_id.eq(child).and(dsl::related_child_id.eq(related)));
    if diesel::select(diesel::dsl::exists(known)).get_result(tx.conn)? {
        return Err(Error::State("the two children are related already".to_owned()));
    }
    let (one, other) = (seal_reason(tx, &relation)?, seal_reason(tx, &mirror)?);
    diesel::insert_into(table::table)
        .values(vec![
            (&relation, dsl::mirror_id.eq(mirror.id), dsl::keep_together_reason.eq(one)),
            (&mirror, dsl::mirror_id.eq(relation.id), dsl::keep_together_reason.eq(other)),
        ])
        .execute(tx.conn)?;
    tx.created("added", mirror)?.into_value();
    tx.created("added", relation)
}

/// The same relation as the other child has it. Locks both children.
fn mirror_of(tx: &mut Tx<'_>, relation: &Relation, related: ChildId) -> Result<Relation> {
    let (child, unknown) = (relation.child_id, "is the id of no child");
    find(tx.conn, child)?;
    let both = lock_all(tx, &[child, related]).map_err(|error| match error {
        Error::NotFound(_) => Error::value("/related_child_id", "unknown_reference", unknown),
        other => other,
    })?;
    let sex = both.iter().find(|locked| locked.id == child).map(|child| child.sex.as_str());
    let kind = relation.kind.mirror(sex.unwrap_or_default()).ok_or_else(|| {
        let detail = "say it from the child's side, as mother or father: the sex is not known";
        Error::value("/kind", "no_mirror", detail)
    })?;
    let id = RelationId::generate();
    Ok(Relation { id, child_id: related, kind, related_child_id: Some(child), ..relation.clone() })
}

/// Decides anew whether siblings are to be kept together, for both.
pub fn wish(
    tx: &mut Tx<'_>,
    child: ChildId,
    id: RelationId,
    seen: &IfMatch,
    patch: &RelationPatch,
) -> Result<Recorded<Relation>> {
    let related = find_relation(tx.conn, child, id)?.related_child_id;
    let mut both = vec![child];
    both.extend(related);
    lock_all(tx, &both)?;
    let before = find_relation(tx.conn, child, id)?;
    seen.check(&before)?;
    let after = patch.apply(&before)?;
    if let Some(related) = related {
        let mirrored = table::table.filter(dsl::mirror_id.eq(id).and(dsl::child_id.eq(related)));
        let mirror: Relation = mirrored.select(Relation::as_select()).first(tx.conn)?;
        let changed = patch.apply(&mirror)?;
        write(tx, &changed)?;
        tx.changed("wish_changed", &mirror, changed)?.into_value();
    }
    write(tx, &after)?;
    tx.changed("wish_changed", &before, after)
}

fn seal_reason(tx: &mut Tx<'_>, relation: &Relation) -> Result<Option<Vec<u8>>> {
    let reason = relation.keep_together_reason.as_ref();
    tx.seal_some(dsl::keep_together_reason, relation.id.untyped(), reason)
}

fn write(tx: &mut Tx<'_>, relation: &Relation) -> Result<()> {
    let reason = seal_reason(tx, relation)?;
    prepared::update(table::table.find(relation.id))
        .set((
            dsl::to_be_kept_together.eq(relation.to_be_kept_together),
            dsl::keep_together_reason.eq(reason),
            dsl::existing_bond.eq(relation.existing_bond),
            dsl::version.eq(relation.version),
        ))
        .execute(tx.conn)?;
    Ok(())
}
