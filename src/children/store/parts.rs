//! Names and external identifiers: rows of their own for searching, parts of the child's record.
use diesel::prelude::*;

use crate::{
    children::{Child, ChildId, model::ChildName, search_key::search_key},
    insert_rows, person_ids,
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
pub fn replace_names(tx: &mut Tx<'_>, child: &Child) -> Result<()> {
    diesel::delete(names_table::table.filter(names_table::child_id.eq(child.id)))
        .execute(tx.conn)?;
    write_all_names(tx, std::slice::from_ref(child))
}

/// Writes the names of children who have none yet.
pub fn write_all_names(tx: &mut Tx<'_>, children: &[Child]) -> Result<()> {
    let row = |child: ChildId, name: &ChildName| {
        (
            names_table::child_id.eq(child),
            names_table::name_use.eq(name.r#use.clone()),
            names_table::given.eq(name.given.clone()),
            names_table::middle.eq(name.middle.clone()),
            names_table::family.eq(name.family.clone()),
            names_table::valid_from.eq(name.valid_from),
            names_table::valid_to.eq(name.valid_to),
            names_table::search_key.eq(search_key(&name.whole())),
        )
    };
    let of_child =
        |child: &Child| child.names.iter().map(|name| row(child.id, name)).collect::<Vec<_>>();
    let rows: Vec<_> = children.iter().flat_map(of_child).collect();
    insert_rows!(names_table::table, tx.conn, rows);
    Ok(())
}

person_ids!(child_external_ids, child_id: Child, "child");
