//! Numbers that records have in other systems: their form, and how each domain keeps its own.
use std::{collections::HashMap, fmt};

use chrono::NaiveDate;
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _, sql_query, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

pub mod contested;

use super::{
    db::Tx,
    error::{Error, Fault, Result},
    gathered::{Gathered, Parts},
    rule::Refusal,
    time::{check_period, within},
    vault::{
        Class, Seat, Unopened,
        blind::{self, Sought},
        sealed,
    },
};

/// The number of a record in another system.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
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
pub fn refuse_taken<'i>(
    kind: &str,
    mut ids: impl Iterator<Item = (usize, &'i ExternalId)>,
    held: &[ExternalId],
) -> Result<()> {
    let taken = ids.find(|(_, id)| held.iter().any(|other| other.clashes(id)));
    let Some((index, taken)) = taken else { return Ok(()) };
    let detail = format!(
        "another {kind} has this identifier at that time: if it is the same {kind}, go on with its \
         record; if not, one of the two was mistyped"
    );
    Err(Refusal::conflict("DI-01", detail)
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
        'table', '{table}', 'owner', i.{owner}, 'system', i.system, 'value', i.value,
        'valid_from', i.valid_from, 'valid_to', i.valid_to)) ORDER BY i.id)
        FROM {table} i WHERE i.{owner} = {record}.id), '[]')"
    ))
}

/// An identifier as it was gathered: its value is sealed.
#[derive(Deserialize)]
pub struct KeptExternalId {
    table: String,
    owner: Uuid,
    system: String,
    value: String,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
}

impl TryFrom<Parts<KeptExternalId>> for Vec<ExternalId> {
    type Error = Unopened;

    fn try_from(parts: Parts<KeptExternalId>) -> Result<Self, Unopened> {
        Vec::from(parts).into_iter().map(KeptExternalId::open).collect()
    }
}

impl KeptExternalId {
    fn open(self) -> Result<ExternalId, Unopened> {
        let Self { table, owner, system, value, valid_from, valid_to } = self;
        Self::opened(&table, owner, (system, valid_from, valid_to), &sealed::of_json(&value)?)
    }

    /// Opens the value of an identifier of this system and these days.
    fn opened(
        table: &str,
        owner: Uuid,
        (system, valid_from, valid_to): (String, Option<NaiveDate>, Option<NaiveDate>),
        sealed: &[u8],
    ) -> Result<ExternalId, Unopened> {
        let mut id = ExternalId { system, value: String::new(), valid_from, valid_to };
        let row = id.row(owner);
        let value = sealed::open(Class::Identifying, seat(table, &row), sealed)?;
        id.value = String::from_utf8(value).map_err(|_| Unopened)?;
        Ok(id)
    }
}

fn seat<'r>(table: &'r str, row: &'r [u8]) -> Seat<'r> {
    Seat { table, column: "value", row }
}

/// What of an identifier is written in other words than its own.
pub struct SealedId {
    pub value: Vec<u8>,
    pub blind: Vec<u8>,
}

impl ExternalId {
    /// What tells its row from all others of the record: of two that are alike in all of this only the
    /// value differs, and both are the record's on the same days.
    fn row(&self, owner: Uuid) -> Vec<u8> {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let days = format!("{}/{}", day(self.valid_from), day(self.valid_to));
        [owner.as_bytes().as_slice(), self.system.as_bytes(), b"\0", days.as_bytes()].concat()
    }

    /// Its value for the table that keeps it, sealed, and the index by which it is found.
    pub fn sealed(&self, tx: &mut Tx<'_>, table: &str, owner: Uuid) -> Result<SealedId> {
        let row = self.row(owner);
        let value = tx.seal_bytes(Class::Identifying, seat(table, &row), self.value.as_bytes())?;
        let blind = tx.blind(Sought { table, system: &self.system, value: &self.value })?;
        Ok(SealedId { value, blind })
    }
}

/// The blind indexes by which the rows of a table with this value are found; none if it is not asked
/// for.
pub fn blinds(
    conn: &mut PgConnection,
    table: &str,
    system: Option<&str>,
    value: Option<&str>,
) -> Result<Option<Vec<Vec<u8>>>> {
    let sought = system.zip(value).map(|(system, value)| Sought { table, system, value });
    sought.map(|sought| blind::all(conn, sought)).transpose()
}

/// The record that has this number now, whoever may know of it, if it is only one: from the table that keeps
/// them and its column for the record.
pub fn holder(
    conn: &mut PgConnection,
    (table, owner): (&str, &str),
    system: &str,
    value: &str,
) -> Result<Option<Uuid>> {
    #[derive(QueryableByName)]
    struct Holder {
        #[diesel(sql_type = sql_types::Uuid)]
        id: Uuid,
    }
    let blinds = blinds(conn, table, Some(system), Some(value))?.unwrap_or_default();
    let sql = format!("SELECT DISTINCT {owner} AS id FROM {table} WHERE blind = ANY ($1)");
    let query = sql_query(sql).bind::<sql_types::Array<sql_types::Binary>, _>(blinds);
    let holders: Vec<Holder> = query.load(conn)?;
    Ok(if let [one] = &*holders { Some(one.id) } else { None })
}

/// The blind indexes of identifiers that are to be written: under each key that rows may have theirs
/// under.
pub struct Blinds(HashMap<Vec<u8>, ExternalId>);

impl Blinds {
    pub fn of<'i>(
        conn: &mut PgConnection,
        table: &str,
        ids: impl Iterator<Item = &'i ExternalId>,
    ) -> Result<Self> {
        let mut ids = ids.peekable();
        let mut all = HashMap::new();
        if ids.peek().is_some() {
            let keys = blind::Keys::of(conn)?;
            for id in ids {
                let sought = Sought { table, system: &id.system, value: &id.value };
                all.extend(keys.all(sought)?.into_iter().map(|index| (index, id.clone())));
            }
        }
        Ok(Self(all))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn indexes(&self) -> Vec<Vec<u8>> {
        self.0.keys().cloned().collect()
    }

    /// The identifiers that rows have, which were found by their indexes.
    #[must_use]
    pub fn held(&self, rows: Vec<Found>) -> Vec<ExternalId> {
        let id = |(index, valid_from, valid_to): Found| {
            Some(ExternalId { valid_from, valid_to, ..self.0.get(&index)?.clone() })
        };
        rows.into_iter().filter_map(id).collect()
    }
}

/// The blind index of a row, and the days on which its identifier is the record's.
pub type Found = (Vec<u8>, Option<NaiveDate>, Option<NaiveDate>);

/// Makes `write_external_ids` for a table in which a domain keeps those of records that everybody may
/// know of: it puts a record's identifiers in the place of those that it had, unless one is another
/// record's (DI-01). For those of persons: [`person_ids!`](crate::person_ids).
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
            let new = all.iter().flat_map(|(_, ids)| ids.iter());
            let sought = external_id::Blinds::of(tx.conn, stringify!($table), new)?;
            if sought.is_empty() {
                return Ok(());
            }
            let known = table::table.filter(table::blind.eq_any(sought.indexes()));
            let known = known.select((table::blind, table::valid_from, table::valid_to));
            let found = known.load(tx.conn)?;
            let mut held = sought.held(found);
            let mut rows = Vec::new();
            for (owner, ids) in all {
                external_id::refuse_taken($kind, ids.iter().enumerate(), &held)?;
                held.extend(ids.iter().cloned());
                for id in *ids {
                    let sealed = id.sealed(tx, stringify!($table), owner.untyped())?;
                    rows.push((
                        table::$owner.eq(*owner),
                        table::system.eq(id.system.clone()),
                        table::value.eq(sealed.value),
                        table::valid_from.eq(id.valid_from),
                        table::valid_to.eq(id.valid_to),
                        table::blind.eq(sealed.blind),
                    ));
                }
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
