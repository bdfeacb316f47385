//! Numbers that two persons have of whom the writer may know one alone. Such a number is taken as if
//! nobody had it: a refusal would tell that somebody does. It is contested until one of both loses it,
//! and those who watch over the whole country are told.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::{
    PgConnection, RunQueryDsl as _, sql_query,
    sql_types::{Array, Integer},
};
use uuid::Uuid;

use super::{Blinds, ExternalId, KeptExternalId, refuse_taken};
use crate::platform::{
    db::Tx,
    disclosure::Person,
    error::{Error, Result},
};

/// Tells those who watch over the whole country that a number of this person is contested.
pub type Watch = dyn Fn(&mut Tx<'_>, &Person) -> Result<()> + Send + Sync;

/// Whoever writes a number holds its turn under this.
const TURNS: i32 = 0x6E75_6D62;
/// Whoever writes numbers shares this, and whoever writes very many has it alone: the database remembers
/// a bounded number of locks.
const ALL_TURNS: i32 = 0x6E75_6D63;
/// From how many numbers on their turns are taken all at once.
const VERY_MANY: usize = 1000;

/// What a table keeps of an identifier: its row, whose it is, system, value, days, whether it is contested.
pub type Row = (i64, Uuid, String, Vec<u8>, Option<NaiveDate>, Option<NaiveDate>, bool);

/// An identifier that somebody has.
#[derive(Clone)]
pub struct Held {
    pub row: i64,
    pub owner: Uuid,
    pub id: ExternalId,
    pub contested: bool,
}

impl Held {
    /// Opens rows of a table.
    pub fn open(table: &str, rows: Vec<Row>) -> Result<Vec<Self>> {
        let open = |(row, owner, system, value, valid_from, valid_to, contested): Row| {
            let id = KeptExternalId::opened(table, owner, (system, valid_from, valid_to), &value);
            Ok(Self { row, owner, id: id.map_err(Error::internal)?, contested })
        };
        rows.into_iter().map(open).collect()
    }
}

/// Waits for the turn of these numbers: whoever writes one of them too waits until this transaction is
/// over, so that no two are written at once that would clash. Different numbers share a turn so seldom that
/// changes of many records, whatever their order, do not wait for one another in a circle.
pub fn take_turns(conn: &mut PgConnection, sought: &Blinds) -> Result<()> {
    let turn = |index: &Vec<u8>| index.last_chunk::<4>().map(|end| i32::from_be_bytes(*end));
    let turns: BTreeSet<i32> = sought.indexes().iter().filter_map(turn).collect();
    if turns.len() >= VERY_MANY {
        let alone = sql_query("SELECT pg_advisory_xact_lock($1, 0)");
        alone.bind::<Integer, _>(ALL_TURNS).execute(conn)?;
        return Ok(());
    }
    sql_query(
        "WITH shared AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared($1, 0)) \
         SELECT pg_advisory_xact_lock($2, turn) FROM shared, unnest($3) AS turn",
    )
    .bind::<Integer, _>(ALL_TURNS)
    .bind::<Integer, _>(TURNS)
    .bind::<Array<Integer>, _>(turns.into_iter().collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// What is judged by when a record's identifiers are written.
pub struct Ledger {
    kind: &'static str,
    /// Those that the record had.
    had: Vec<Held>,
    /// Those of persons whom the writer reaches.
    near: Vec<ExternalId>,
    /// Those of others that are not contested, and those that are written and are not.
    firm: Vec<ExternalId>,
    /// Those of others that are.
    waiting: Vec<Held>,
    written: Vec<ExternalId>,
}

impl Ledger {
    /// `others` are all that have one of the numbers, `seen` those that the database shows to the
    /// writer. `kind` is the word for such a record.
    pub fn of(
        tx: &mut Tx<'_>,
        kind: &'static str,
        had: Vec<Held>,
        others: Vec<Held>,
        (seen, person): (&[Held], &dyn Fn(Uuid) -> Person),
    ) -> Result<Self> {
        let reached = tx.reached(seen.iter().map(|held| person(held.owner)).collect())?;
        let near = seen.iter().filter(|held| reached.contains(&held.owner));
        let near = near.map(|held| held.id.clone()).collect();
        let (waiting, firm): (Vec<_>, Vec<_>) = others.into_iter().partition(|it| it.contested);
        let firm = firm.into_iter().map(|held| held.id).collect();
        Ok(Self { kind, had, near, firm, waiting, written: Vec::new() })
    }

    /// Which of a record's identifiers are contested, and whether one of them is newly so. Refuses those
    /// that somebody has whom the writer reaches (DI-01). What the record had stays as it was.
    pub fn judge(&mut self, ids: &[ExternalId]) -> Result<(Vec<bool>, bool)> {
        let had = |id: &ExternalId| self.had.iter().find(|held| held.id == *id);
        let new = ids.iter().enumerate().filter(|(_, id)| had(id).is_none());
        refuse_taken(self.kind, new, &self.near)?;
        let clashes = |id: &ExternalId| self.firm.iter().any(|other| other.clashes(id));
        let contested: Vec<bool> = ids
            .iter()
            .map(|id| had(id).map_or_else(|| clashes(id), |held| held.contested))
            .collect();
        let anew =
            ids.iter().zip(&contested).any(|(id, contested)| *contested && had(id).is_none());
        let firm = ids.iter().zip(&contested).filter(|(_, contested)| !**contested);
        self.firm.extend(firm.map(|(id, _)| id.clone()));
        self.near.extend_from_slice(ids);
        self.written.extend_from_slice(ids);
        Ok((contested, anew))
    }

    /// The rows that are contested no more, because the record that had the number lost it.
    pub fn settled(&self) -> Vec<i64> {
        let lost =
            self.had.iter().filter(|held| !held.contested && !self.written.contains(&held.id));
        let lost: Vec<&ExternalId> = lost.map(|held| &held.id).collect();
        let mut firm = self.firm.clone();
        let mut settled = Vec::new();
        for held in &self.waiting {
            let freed = lost.iter().any(|id| id.clashes(&held.id));
            if freed && !firm.iter().any(|other| other.clashes(&held.id)) {
                firm.push(held.id.clone());
                settled.push(held.row);
            }
        }
        settled
    }
}

/// The records among these rows that have a number which is contested.
#[must_use]
pub fn parties(rows: &[Held]) -> BTreeSet<Uuid> {
    let contests = |held: &&Held| {
        let mut others = rows.iter().filter(|other| other.owner != held.owner);
        others.any(|other| (held.contested || other.contested) && other.id.clashes(&held.id))
    };
    rows.iter().filter(contests).map(|held| held.owner).collect()
}

/// Makes `write_external_ids` for a table in which a domain keeps the identifiers of persons: it puts a
/// record's identifiers in the place of those that it had, unless one is another's whom the writer
/// reaches (DI-01). One that is another's whom it does not reach is contested.
#[macro_export]
macro_rules! person_ids {
    ($table:ident, $owner:ident: $record:ty, $kind:literal) => {
        /// Puts the record's external identifiers in the place of those that it had, unless one is
        /// another's (DI-01).
        pub fn write_external_ids(
            tx: &mut $crate::platform::db::Tx<'_>,
            owner: $crate::platform::id::Id<$record>,
            ids: &[$crate::platform::external_id::ExternalId],
            had: bool,
        ) -> $crate::platform::error::Result<()> {
            let had = if had { ids_of(tx.conn, owner)? } else { Vec::new() };
            replace_external_ids(tx, had, &[(owner, ids)])
        }

        /// Writes the external identifiers of records that have none yet, unless one is another's
        /// (DI-01).
        pub fn write_all_external_ids(
            tx: &mut $crate::platform::db::Tx<'_>,
            all: &[(
                $crate::platform::id::Id<$record>,
                &[$crate::platform::external_id::ExternalId],
            )],
        ) -> $crate::platform::error::Result<()> {
            replace_external_ids(tx, Vec::new(), all)
        }

        /// The records that share a contested number with this one, itself among them; none if none of
        /// its numbers is contested.
        pub fn contested_with(
            conn: &mut diesel::PgConnection,
            owner: $crate::platform::id::Id<$record>,
        ) -> $crate::platform::error::Result<Vec<$crate::platform::id::Id<$record>>> {
            use $crate::platform::{external_id, external_id::contested, id::Id};
            let own = ids_of(conn, owner)?;
            let ids = own.iter().map(|held| &held.id);
            let sought = external_id::Blinds::of(conn, stringify!($table), ids)?;
            let parties = contested::parties(&holders(conn, &sought)?);
            Ok(parties.into_iter().map(Id::from_untyped).collect())
        }

        fn ids_of(
            conn: &mut diesel::PgConnection,
            owner: $crate::platform::id::Id<$record>,
        ) -> $crate::platform::error::Result<Vec<$crate::platform::external_id::contested::Held>> {
            use $crate::{platform::external_id::contested::Held, schema::$table as table};
            let rows = table::table.filter(table::$owner.eq(owner)).select((
                table::id,
                table::$owner,
                table::system,
                table::value,
                table::valid_from,
                table::valid_to,
                table::contested,
            ));
            Held::open(stringify!($table), rows.load(conn)?)
        }

        fn holders(
            conn: &mut diesel::PgConnection,
            sought: &$crate::platform::external_id::Blinds,
        ) -> $crate::platform::error::Result<Vec<$crate::platform::external_id::contested::Held>> {
            use $crate::{platform::external_id::contested::Held, schema::$table as table};
            let rows = table::table.filter(table::blind.eq_any(sought.indexes())).select((
                table::id,
                table::$owner,
                table::system,
                table::value,
                table::valid_from,
                table::valid_to,
                table::contested,
            ));
            Held::open(stringify!($table), rows.order(table::id).load(conn)?)
        }

        /// What is judged by, when it is the turn of these numbers. What the record had is gone then.
        fn ledger(
            tx: &mut $crate::platform::db::Tx<'_>,
            had: &[$crate::platform::external_id::contested::Held],
            sought: &$crate::platform::external_id::Blinds,
        ) -> $crate::platform::error::Result<$crate::platform::external_id::contested::Ledger> {
            use $crate::{
                platform::{disclosure::Person, external_id::contested, id::Id, reach},
                schema::$table as table,
            };
            contested::take_turns(tx.conn, sought)?;
            let mut before = Vec::new();
            if let Some(first) = had.first() {
                let owner = Id::<$record>::from_untyped(first.owner);
                // Whether they are contested may have changed until it was our turn.
                before = ids_of(tx.conn, owner)?;
                diesel::delete(table::table.filter(table::$owner.eq(owner))).execute(tx.conn)?;
            }
            let others = reach::beyond(tx.conn, |conn| holders(conn, sought))?;
            let seen = if others.is_empty() { Vec::new() } else { holders(tx.conn, sought)? };
            let person = |owner| Person::of(Id::<$record>::from_untyped(owner));
            contested::Ledger::of(tx, $kind, before, others, (&seen, &person))
        }

        fn replace_external_ids(
            tx: &mut $crate::platform::db::Tx<'_>,
            had: Vec<$crate::platform::external_id::contested::Held>,
            all: &[(
                $crate::platform::id::Id<$record>,
                &[$crate::platform::external_id::ExternalId],
            )],
        ) -> $crate::platform::error::Result<()> {
            use $crate::{
                platform::{disclosure::Person, external_id::Blinds, reach},
                schema::$table as table,
            };
            let new = all.iter().flat_map(|(_, ids)| ids.iter());
            let ids = had.iter().map(|held| &held.id).chain(new);
            let sought = Blinds::of(tx.conn, stringify!($table), ids)?;
            if sought.is_empty() {
                return Ok(());
            }
            let mut ledger = ledger(tx, &had, &sought)?;
            let mut rows = Vec::new();
            for (owner, ids) in all {
                let (contested, anew) = ledger.judge(ids)?;
                if anew {
                    tx.contest(Person::of(*owner));
                }
                for (id, contested) in ids.iter().zip(contested) {
                    let sealed = id.sealed(tx, stringify!($table), owner.untyped())?;
                    rows.push((
                        table::$owner.eq(*owner),
                        table::system.eq(id.system.clone()),
                        table::value.eq(sealed.value),
                        table::valid_from.eq(id.valid_from),
                        table::valid_to.eq(id.valid_to),
                        table::blind.eq(sealed.blind),
                        table::contested.eq(contested),
                    ));
                }
            }
            $crate::insert_rows!(table::table, tx.conn, rows);
            let settled = ledger.settled();
            if !settled.is_empty() {
                reach::beyond(tx.conn, |conn| {
                    let rows = table::table.filter(table::id.eq_any(settled));
                    Ok(diesel::update(rows).set(table::contested.eq(false)).execute(conn)?)
                })?;
            }
            Ok(())
        }
    };
}
