//! Records that hang on a person, hung on another one: their rows, versions and entries, of whatever kind they are.
//!
//! The migrations say what hangs on whom (`walls.hung`), and the functions of the database that are asked here serve
//! those alone who may change both persons. Content comes from the journal, which holds every record whole.
use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{Array, BigInt, Binary, Nullable, Text, Uuid as SqlUuid},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{NewEntry, changed_members, seat, seat_row};
use crate::platform::{
    db::Tx,
    disclosure::{Person, Persons},
    error::{Error, Result},
    prepared::kept,
    vault::{Class, sealed},
};

/// A row that names a person.
#[derive(Debug, Clone, QueryableByName)]
pub struct Hung {
    #[diesel(sql_type = Text)]
    pub table_name: String,
    /// The column that names the person.
    #[diesel(sql_type = Text)]
    pub column_name: String,
    #[diesel(sql_type = Text)]
    pub row_id: String,
    /// Kind of the record that the row belongs to; absent if it belongs to none.
    #[diesel(sql_type = Nullable<Text>)]
    pub kind: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub record: Option<Uuid>,
}

/// The last entry of a record.
#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = SqlUuid)]
    subject: Uuid,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Binary)]
    after: Vec<u8>,
    #[diesel(sql_type = Array<Text>)]
    persons: Vec<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    parent: Option<Uuid>,
}

impl Last {
    fn open(&self) -> Result<Value> {
        let row = seat_row(self.subject, self.version);
        sealed::open_json(Class::Journal, seat(&row), &self.after).map_err(Error::internal)
    }
}

/// The two persons of whom one takes what hangs on the other.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub from: Uuid,
    pub to: Uuid,
}

impl Hung {
    /// Everything that hangs on `from`.
    pub fn on(conn: &mut PgConnection, Pair { from, to }: Pair) -> Result<Vec<Self>> {
        let rows = sql_query("SELECT * FROM hung_on($1, $2)");
        Ok(rows.bind::<SqlUuid, _>(from).bind::<SqlUuid, _>(to).load(conn)?)
    }

    /// The records that rows belong to, by kind.
    #[must_use]
    pub fn records<'h>(
        rows: impl IntoIterator<Item = &'h Self>,
    ) -> BTreeMap<String, BTreeSet<Uuid>> {
        let mut records: BTreeMap<String, BTreeSet<Uuid>> = BTreeMap::new();
        for row in rows {
            if let (Some(kind), Some(record)) = (&row.kind, row.record) {
                records.entry(kind.clone()).or_default().insert(record);
            }
        }
        records
    }
}

/// The texts in these records that look like ids, as the journal holds them last, by record.
pub fn named_in(
    conn: &mut PgConnection,
    records: &BTreeMap<String, BTreeSet<Uuid>>,
    pair: Pair,
) -> Result<BTreeMap<(String, Uuid), BTreeSet<Uuid>>> {
    let mut named = BTreeMap::new();
    for (kind, ids) in records {
        for last in last_entries(conn, kind, ids, pair)? {
            let mut found = BTreeSet::new();
            gather(&last.open()?, &mut found);
            named.insert((kind.clone(), last.subject), found);
        }
    }
    Ok(named)
}

fn last_entries(
    conn: &mut PgConnection,
    kind: &str,
    ids: &BTreeSet<Uuid>,
    Pair { from, to }: Pair,
) -> Result<Vec<Last>> {
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    Ok(sql_query("SELECT * FROM last_entries($1, $2, $3, $4)")
        .bind::<Text, _>(kind)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<SqlUuid, _>(from)
        .bind::<SqlUuid, _>(to)
        .load(conn)?)
}

impl Tx<'_> {
    /// Lets these rows name the other person, and says so of the records that they belong to. `renew` changes what
    /// else is other than it was in a record of a kind.
    pub fn rehang(
        &mut self,
        rows: &[Hung],
        pair: Pair,
        event: &str,
        renew: impl Fn(&str, &mut Map<String, Value>),
    ) -> Result<()> {
        let mut places: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for row in rows {
            places.entry((&row.table_name, &row.column_name)).or_default().push(&row.row_id);
        }
        for ((table, column), ids) in places {
            sql_query("SELECT rehang($1, $2, $3, $4, $5)")
                .bind::<Text, _>(table)
                .bind::<Text, _>(column)
                .bind::<Array<Text>, _>(ids)
                .bind::<SqlUuid, _>(pair.from)
                .bind::<SqlUuid, _>(pair.to)
                .execute(self.conn)?;
        }
        let records = Hung::records(rows);
        self.retell(&records, pair, event, |kind, record| {
            for value in record.values_mut() {
                swap(value, pair);
            }
            renew(kind, record);
        })
    }

    /// Says of records that something came of them, which counts up their versions.
    pub fn retell(
        &mut self,
        records: &BTreeMap<String, BTreeSet<Uuid>>,
        pair: Pair,
        event: &str,
        renew: impl Fn(&str, &mut Map<String, Value>),
    ) -> Result<()> {
        for (kind, ids) in records {
            sql_query("SELECT count_up($1, $2, $3, $4)")
                .bind::<Text, _>(kind)
                .bind::<Array<SqlUuid>, _>(ids.iter().copied().collect::<Vec<_>>())
                .bind::<SqlUuid, _>(pair.from)
                .bind::<SqlUuid, _>(pair.to)
                .execute(self.conn)?;
            for last in last_entries(self.conn, kind, ids, pair)? {
                self.retell_one(kind, &last, pair, event, &renew)?;
            }
        }
        Ok(())
    }

    fn retell_one(
        &mut self,
        kind: &str,
        last: &Last,
        pair: Pair,
        event: &str,
        renew: impl Fn(&str, &mut Map<String, Value>),
    ) -> Result<()> {
        let before = last.open()?;
        let (mut after, version) = (before.clone(), last.version + 1);
        if let Some(record) = after.as_object_mut() {
            renew(kind, record);
            record.insert("version".to_owned(), json!(version));
        }
        // Who is named in the record as it is now is whom it is about.
        let is_named = |id: &Uuid| {
            let mut named = BTreeSet::new();
            gather(&after, &mut named);
            named.contains(id)
        };
        let moved = !is_named(&pair.from);
        let now = |id: Uuid| if moved && id == pair.from { pair.to } else { id };
        let persons: Result<BTreeSet<Person>, _> =
            last.persons.iter().map(|text| text.parse::<Person>()).collect();
        let persons = persons.map_err(Error::internal)?;
        let persons = persons.into_iter().map(|it| Person { id: now(it.id), ..it }).collect();
        let row = seat_row(last.subject, version);
        let text = serde_json::to_vec(&after).map_err(Error::internal)?;
        let sealed = self.seal_bytes(Class::Journal, seat(&row), &text)?;
        self.entries.push(NewEntry {
            recorded_at: self.now,
            actor: self.actor,
            kind: kind.to_owned().into(),
            event: event.to_owned(),
            subject: last.subject,
            parent: last.parent.map(now),
            version,
            changed: changed_members(Some(&before), &after),
            after: sealed,
            persons: Persons(persons),
        });
        Ok(())
    }
}

/// Puts one person in the place of the other.
fn swap(value: &mut Value, pair: Pair) {
    match value {
        Value::String(text) if text.parse() == Ok(pair.from) => *text = pair.to.to_string(),
        Value::Array(items) => items.iter_mut().for_each(|item| swap(item, pair)),
        Value::Object(members) => members.values_mut().for_each(|member| swap(member, pair)),
        _ => {}
    }
}

fn gather(value: &Value, found: &mut BTreeSet<Uuid>) {
    match value {
        Value::String(text) => found.extend(text.parse::<Uuid>().ok()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Object(members) => members.values().for_each(|member| gather(member, found)),
        _ => {}
    }
}

/// Which of these persons' records were merged, each into which one that was not, if the caller may know of that.
pub fn merged(conn: &mut PgConnection, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, Option<Uuid>>> {
    #[derive(QueryableByName)]
    struct Merged {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        merged_into: Option<Uuid>,
    }
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sql_query("SELECT * FROM merged_persons($1)").bind::<Array<SqlUuid>, _>(ids);
    let rows: Vec<Merged> = kept(rows).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.merged_into)).collect())
}
