//! Names and external identifiers: rows of their own for searching, parts of the child's record.
use diesel::prelude::*;

use crate::{
    children::{Child, ChildId, search_key::search_key},
    external_ids,
    platform::{db::Tx, error::Result, external_id, gathered::Gathered},
    schema::child_names as names_table,
};

/// The names of the child that a query selects.
pub fn names() -> Gathered {
    Gathered(
        "COALESCE((SELECT json_agg(json_strip_nulls(json_build_object(
        'use', n.name_use, 'given', n.given, 'middle', n.middle, 'family', n.family,
        'valid_from', n.valid_from, 'valid_to', n.valid_to)) ORDER BY n.id)
        FROM child_names n WHERE n.child_id = children.id), '[]')"
            .to_owned(),
    )
}

/// The external identifiers of the child that a query selects.
pub fn external_ids() -> Gathered {
    external_id::gathered("child_external_ids", "child_id", "children")
}

/// Puts the child's names in the place of those that it had.
pub fn write_names(tx: &mut Tx<'_>, child: &Child, had: bool) -> Result<()> {
    if had {
        diesel::delete(names_table::table.filter(names_table::child_id.eq(child.id)))
            .execute(tx.conn)?;
    }
    for name in &child.names {
        diesel::insert_into(names_table::table)
            .values((
                names_table::child_id.eq(child.id),
                names_table::name_use.eq(&name.r#use),
                names_table::given.eq(&name.given),
                names_table::middle.eq(&name.middle),
                names_table::family.eq(&name.family),
                names_table::valid_from.eq(name.valid_from),
                names_table::valid_to.eq(name.valid_to),
                names_table::search_key.eq(search_key(&name.whole())),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

external_ids!(child_external_ids, child_id: ChildId, "child");
