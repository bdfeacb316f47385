//! Numbers that records have in other systems: their form, and how each domain keeps its own.
use std::fmt;

use chrono::NaiveDate;
use diesel::Queryable;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    error::{Error, Fault, Result},
    gathered::Gathered,
    rule::Refusal,
    time::{check_period, within},
};

/// The number of a record in another system.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema, Queryable)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"system": "urn:example:old-register", "value": "N-0417"}))]
pub struct ExternalId {
    /// The system, as a URI.
    #[validate(length(min = 3, max = 200))]
    #[schema(
        min_length = 3,
        max_length = 200,
        pattern = "^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$",
        example = "urn:example:old-register"
    )]
    pub system: String,
    /// The number in that system.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "N-0417")]
    pub value: String,
    /// First day on which the number is the record's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2017-05-20")]
    pub valid_from: Option<NaiveDate>,
    /// First day on which it no longer is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2030-01-01")]
    pub valid_to: Option<NaiveDate>,
}

impl ExternalId {
    /// Whether it is the record's on that day.
    #[must_use]
    pub fn valid_on(&self, day: NaiveDate) -> bool {
        within(day, self.valid_from.unwrap_or(NaiveDate::MIN), self.valid_to)
    }

    /// Whether both say the same of some day.
    fn clashes(&self, other: &Self) -> bool {
        let before = |end: Option<NaiveDate>, start: Option<NaiveDate>| {
            end.zip(start).is_some_and(|(end, start)| end <= start)
        };
        self.system == other.system
            && self.value == other.value
            && !before(self.valid_to, other.valid_from)
            && !before(other.valid_to, self.valid_from)
    }
}

/// The faults of the member `external_ids`: systems that are no URIs, doubles, periods in disorder.
pub fn check(ids: &[ExternalId], faults: &mut Vec<Fault>) {
    for (index, id) in ids.iter().enumerate() {
        let at = format!("/external_ids/{index}");
        if !is_uri(&id.system) {
            let detail = "must be a URI, such as urn:example:register";
            faults.push(Fault::new(format!("{at}/system"), "not_a_uri", detail));
        }
        let same = |other: &ExternalId| other.system == id.system && other.value == id.value;
        if ids.iter().take(index).any(same) {
            faults.push(Fault::new(&at, "duplicate", "is there twice"));
        }
        check_period(&at, id.valid_from, id.valid_to, faults);
    }
}

/// The same, as a refusal.
pub fn check_whole(ids: &[ExternalId]) -> Result<()> {
    let mut faults = Vec::new();
    check(ids, &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

fn is_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
            && !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_graphic())
    })
}

/// Refuses identifiers of which another record of the kind has one at the same time (DI-01). `kind`
/// is the word for such a record.
pub fn refuse_taken(kind: &str, ids: &[ExternalId], held: &[ExternalId]) -> Result<()> {
    let taken = ids.iter().enumerate().find(|(_, id)| held.iter().any(|other| other.clashes(id)));
    let Some((index, taken)) = taken else { return Ok(()) };
    let detail = format!(
        "another {kind} has this identifier at that time: if it is the same {kind}, go on with its \
         record; if not, one of the two was mistyped"
    );
    Err(Refusal::conflict("DI-01", "data integrity", detail)
        .at(format!("/external_ids/{index}"))
        .fact("system", &taken.system)
        .into())
}

/// Refuses a value to look for without its system: values mean nothing by themselves.
pub fn check_filter(system: Option<&str>, value: Option<&str>) -> Result<()> {
    if value.is_some() && system.is_none() {
        let detail = "is of use only with external_system";
        return Err(Error::query("external_value", "needs_system", detail));
    }
    Ok(())
}

/// The identifiers of the record that a query selects, from the table that keeps them: `owner` is its
/// column for the record's id, `record` the record's table.
#[must_use]
pub fn gathered(table: &str, owner: &str, record: &str) -> Gathered {
    Gathered(format!(
        "COALESCE((SELECT json_agg(json_strip_nulls(json_build_object(
        'system', i.system, 'value', i.value,
        'valid_from', i.valid_from, 'valid_to', i.valid_to)) ORDER BY i.id)
        FROM {table} i WHERE i.{owner} = {record}.id), '[]')"
    ))
}

/// Makes `write_external_ids` for the table in which a domain keeps them: it puts a record's
/// identifiers in the place of those that it had, unless one is another record's (DI-01).
#[macro_export]
macro_rules! external_ids {
    ($table:ident, $owner:ident: $id:ty, $kind:literal) => {
        /// Puts the record's external identifiers in the place of those that it had, unless one is
        /// another record's (DI-01).
        pub fn write_external_ids(
            tx: &mut $crate::platform::db::Tx<'_>,
            owner: $id,
            ids: &[$crate::platform::external_id::ExternalId],
            had: bool,
        ) -> $crate::platform::error::Result<()> {
            use $crate::schema::$table as table;
            if had {
                diesel::delete(table::table.filter(table::$owner.eq(owner))).execute(tx.conn)?;
            }
            write_all_external_ids(tx, &[(owner, ids)])
        }

        /// Writes the external identifiers of records that have none yet, unless one is another
        /// record's (DI-01).
        pub fn write_all_external_ids(
            tx: &mut $crate::platform::db::Tx<'_>,
            all: &[($id, &[$crate::platform::external_id::ExternalId])],
        ) -> $crate::platform::error::Result<()> {
            use $crate::{platform::external_id, schema::$table as table};
            let values: Vec<&str> =
                all.iter().flat_map(|(_, ids)| ids.iter()).map(|id| id.value.as_str()).collect();
            if values.is_empty() {
                return Ok(());
            }
            let mut held: Vec<external_id::ExternalId> = table::table
                .filter(table::value.eq_any(values))
                .select((table::system, table::value, table::valid_from, table::valid_to))
                .load(tx.conn)?;
            let mut rows = Vec::new();
            for (owner, ids) in all {
                external_id::refuse_taken($kind, ids, &held)?;
                held.extend(ids.iter().cloned());
                rows.extend(ids.iter().map(|id| {
                    (
                        table::$owner.eq(*owner),
                        table::system.eq(id.system.clone()),
                        table::value.eq(id.value.clone()),
                        table::valid_from.eq(id.valid_from),
                        table::valid_to.eq(id.valid_to),
                    )
                }));
            }
            $crate::insert_rows!(table::table, tx.conn, rows);
            Ok(())
        }
    };
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId(…)")
    }
}
