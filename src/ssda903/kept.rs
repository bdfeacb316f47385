//! What a return said of a child that the registry has no place for.
//!
//! It is kept when a return is taken over, beside what the registry itself makes of that child and year. As
//! long as it makes the same, the return says again what it said; from then on, what the registry has.
use std::fmt;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{Return, Table};
use crate::{
    children::ChildId,
    platform::{id::Id, vault::Opened},
    record,
    schema::return_facts,
    sealed_columns,
};

pub type ReturnFactId = Id<ReturnFact>;

/// What a return said of a child.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = return_facts, check_for_backend(diesel::pg::Pg))]
pub struct ReturnFact {
    pub id: ReturnFactId,
    pub child_id: ChildId,
    /// The reporting year, by the year in which it ended.
    pub year: i32,
    /// The files in which it said something else than the registry makes.
    #[diesel(select_expression = (return_facts::id, return_facts::files))]
    #[diesel(select_expression_type = (return_facts::id, return_facts::files))]
    #[diesel(deserialize_as = Opened<return_facts::files, Vec<KeptFile>>)]
    #[diesel(skip_insertion)]
    pub files: Vec<KeptFile>,
    /// Version of the record, which is never changed.
    pub version: i64,
}

/// The rows about a child in a file, cell by cell.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Name of the file.
    pub file: String,
    /// What the return said.
    pub said: Vec<Vec<String>>,
    /// What the registry made of the same.
    pub made: Vec<Vec<String>>,
}

sealed_columns!(return_facts: Identifying { files });

record!(ReturnFact {
    name: "return_fact",
    id: "ReturnFactId",
    example: "3c7b0f9e-52d1-4a86-8e1f-6d9a0b4c2e57",
    personal: true,
    under: child_id,
});

impl fmt::Debug for ReturnFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReturnFact({})", self.id)
    }
}

impl From<Opened<return_facts::files, Self>> for Vec<KeptFile> {
    fn from(opened: Opened<return_facts::files, Self>) -> Self {
        opened.into_value()
    }
}

/// The rows of a file as they are kept.
fn cells(whole: &Return, table: Table) -> Vec<Vec<String>> {
    let row = |row: Vec<&str>| row.into_iter().map(str::to_owned).collect();
    whole.rows(table).into_iter().map(row).collect()
}

/// The files in which a return says something else of a child than the registry makes.
#[must_use]
pub fn differing(said: &Return, made: &Return) -> Vec<KeptFile> {
    let file = |table: &Table| {
        let (said, made) = (cells(said, *table), cells(made, *table));
        (said != made).then(|| KeptFile { file: table.title().to_owned(), said, made })
    };
    Table::ALL.iter().filter_map(file).collect()
}

/// What is told of a child: what the registry makes, and what was kept where it still makes what it made then.
#[must_use]
pub fn told(made: &Return, kept: &[KeptFile]) -> Return {
    let mut told = Return::default();
    for &table in Table::ALL {
        let mut rows = cells(made, table);
        let of_file = kept.iter().find(|kept| kept.file == table.title());
        if let Some(kept) = of_file.filter(|kept| kept.made == rows) {
            rows.clone_from(&kept.said);
        }
        for row in rows {
            told.add(table, 0, row);
        }
    }
    told
}
