//! A record that another system sends alone, by its number there.
use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{self, Bool},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::{
    apply::{Done, Taker},
    kinds::Imported,
    model::{ImportStrategy, Verdict},
    persons::person,
    record::{ImportNumber, ImportRecord, ImportReference},
};
use crate::platform::{
    disclosure::Person,
    error::{Error, Result},
    inner::{Errands, Inner},
    patch::non_null,
};

/// A record of another system, or a step of one: its kind and its number stand in the address.
///
/// `data` is the body that the operation takes which makes the record, or takes the step. Wherever an id
/// stands in it, a reference may stand instead.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "source_version": 2, "data": {"names": [{"use": "official", "given": "Zvezdana", "family": "Oblakovski"}],
    "sex": "female", "birth_date": "2017-05-20", "area_code": "RS-20", "registration_basis": "without_parental_care"}
}))]
pub struct SentRecord {
    /// Its version there: an older one never replaces a newer one.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(range(min = 0))]
    #[schema(nullable = false, minimum = 0, example = 2)]
    pub source_version: Option<i64>,
    /// The record under which it is listed, if there is one, such as the child of a legal status.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub of: Option<ImportReference>,
    /// The step that it takes; the record itself unless said.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "end")]
    pub step: Option<String>,
    /// What is sent.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

/// What became of a record that was sent alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentVerdict {
    /// Kind of the record.
    #[schema(example = "child")]
    pub kind: String,
    /// Its number in the system that sent it.
    pub external: ImportNumber,
    /// Never `refused`: that is a problem.
    pub verdict: Verdict,
    /// The record in the registry; absent if it is no longer within the caller's reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// Its version now; absent if what was sent is older than what is known, or the same word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1)]
    pub version: Option<i64>,
    /// Where the record is read, if it is new.
    #[serde(skip)]
    pub location: Option<String>,
}

impl SentRecord {
    /// The record, with what its address says.
    pub fn at(self, (kind, system, value): (String, String, String)) -> Result<ImportRecord> {
        let Self { source_version, of, step, data } = self;
        Imported::named(&kind).ok_or(Error::NotFound("kind of records"))?;
        let external = ImportNumber { system, value };
        external.validate().map_err(|_| {
            let detail =
                "the path holds no number of at most 64 characters in a system of 3 to 200";
            Error::Malformed("malformed_id", detail.to_owned())
        })?;
        Ok(ImportRecord { kind, external, source_version, of, step, data })
    }
}

/// Takes a record in.
pub async fn take(inner: &Inner, errands: &Errands, record: &ImportRecord) -> Result<SentVerdict> {
    let strategy = ImportStrategy::CreateOrUpdate;
    let taker = Taker { inner, errands, strategy };
    match taker.taken(record).await {
        Ok(Done::Refused(problem)) => Err(Error::relayed(problem)),
        Ok(Done::Told { verdict, id, version, address }) => Ok(SentVerdict {
            kind: record.kind.clone(),
            external: record.external.clone(),
            location: address.filter(|_| verdict == Verdict::Created),
            verdict,
            id: Some(id),
            version,
        }),
        // What is not there stands in the address, not in the body.
        Err(Error::Invalid(faults)) if faults.iter().any(|it| it.pointer == "/external") => {
            Err(Error::NotFound("record"))
        }
        Err(error) => Err(error),
    }
}

impl SentVerdict {
    /// The person who the record is, if it is one.
    pub fn person(&self) -> Option<Person> {
        person(&self.kind, self.id?)
    }

    /// Without the id of somebody whom the caller does not reach, or whose row it does not see.
    pub fn within(mut self, conn: &mut PgConnection, reached: &BTreeSet<Person>) -> Result<Self> {
        if let Some(person) = self.person()
            && !(reached.contains(&person) && is_seen(conn, &person)?)
        {
            (self.id, self.location) = (None, None);
        }
        Ok(self)
    }
}

/// Whether row-level security shows who this is: its sender may know a number, and no longer the person.
fn is_seen(conn: &mut PgConnection, person: &Person) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Seen {
        #[diesel(sql_type = Bool)]
        seen: bool,
    }
    let table = match person.kind.as_str() {
        "child" => "children",
        "family" => "families",
        _ => "carer_families",
    };
    let asked = sql_query(format!("SELECT EXISTS (SELECT FROM {table} WHERE id = $1) AS seen"));
    Ok(asked.bind::<sql_types::Uuid, _>(person.id).get_result::<Seen>(conn)?.seen)
}
