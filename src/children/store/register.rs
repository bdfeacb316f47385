//! Registering children, one or many.
use chrono::Datelike as _;
use diesel::{prelude::*, sql_types};

use super::{check, parts, seal_reason};
use crate::{
    children::model::{Child, NewChild},
    insert_rows,
    platform::{
        check_digit,
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
    },
    reference::{organisations, parameters},
    schema::children::{self, dsl},
};

diesel::define_sql_function! {
    /// The next number of a sequence.
    fn nextval(sequence: sql_types::Text) -> sql_types::BigInt;
}

/// Registers a child.
pub fn register(tx: &mut Tx<'_>, new: NewChild) -> Result<Recorded<Child>> {
    let made = register_all(tx, vec![new])?;
    let child = made.value().first().cloned();
    let child = child.ok_or_else(|| Error::internal("a child was lost"))?;
    Ok(made.map(|_| child))
}

/// Registers several children, all or none, as an import does.
pub fn register_all(tx: &mut Tx<'_>, new: Vec<NewChild>) -> Result<Recorded<Vec<Child>>> {
    let today = parameters::today(tx.conn, tx.now)?;
    let mut all = Vec::new();
    for new in new {
        let mut child = new.into_child(String::new(), today);
        child.organisation_id = organisations::store::responsible(tx, child.organisation_id)?;
        check(tx.conn, None, &child, today)?;
        let serial = diesel::select(nextval("child_registry_no")).get_result(tx.conn)?;
        child.registry_no = check_digit::with_check("CH", today.year(), serial);
        all.push(child);
    }
    let mut rows = Vec::new();
    for child in &all {
        let reason = dsl::correction_reason.eq(seal_reason(tx, child)?);
        rows.push((child.clone(), dsl::modified_at.eq(tx.now), reason));
    }
    insert_rows!(children::table, tx.conn, rows);
    parts::write_all_names(tx, &all)?;
    let ids: Vec<_> = all.iter().map(|child| (child.id, child.external_ids.as_slice())).collect();
    parts::write_all_external_ids(tx, &ids)?;
    let mut made = Vec::new();
    for child in all {
        made.push(tx.created("registered", child)?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("nobody was registered"))
}
