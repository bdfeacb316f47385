//! Whether the access log has an entry for exactly the persons of an answer, looked at from outside.
use std::{cell::RefCell, collections::BTreeSet};

use diesel::{
    PgConnection, QueryResult, RunQueryDsl, sql_query,
    sql_types::{Array, Text, Uuid as SqlUuid},
};
use kinstead::platform::{db, embedded::Role};
use serde_json::Value;
use uuid::Uuid;

use super::{Database, world::Reply};

/// Compares every answer of a world with the log. It knows nothing of the service's own types: every
/// UUID in a body that is a child's, a family's or a carer family's is a person who is told of.
pub struct LogCheck {
    url: String,
    /// Opened when it is first needed, and anew when a test ended it.
    conn: RefCell<Option<PgConnection>>,
}

/// Who was told of. A page of the log itself is about somebody whom it does not name.
const RELEASED: &str = "SELECT subject AS id FROM access_inbox \
    WHERE request_id = $1 AND outcome = 'released' AND operation NOT LIKE 'list%Access%'";

const LOGGED: &str = "SELECT subject AS id FROM access_inbox WHERE request_id = $1 \
    UNION SELECT subject FROM access_log_entries WHERE entry->>'request_id' = $1";

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

impl LogCheck {
    pub fn of(database: &Database) -> Self {
        Self { url: database.url(Role::Owner), conn: RefCell::default() }
    }

    /// Fails unless everybody who is told of in a success is in the log, and nobody else but those who
    /// were changed by it.
    #[track_caller]
    pub fn check(&self, reply: &Reply) {
        if !reply.status.is_success() {
            return;
        }
        let (told, request) = (self.told(&reply.bytes), reply.header("x-request-id"));
        let missing: Vec<_> = told.difference(&self.logged(request)).copied().collect();
        assert!(missing.is_empty(), "the access log lacks {missing:?} for {reply:?}");
        let released = self.of_request(RELEASED, request);
        let more: Vec<_> = released.difference(&told).collect();
        assert!(more.is_empty(), "the access log tells of {more:?}, who are not in {reply:?}");
    }

    /// The children, families and carer families whose ids stand in a body.
    pub fn told(&self, body: &[u8]) -> BTreeSet<Uuid> {
        let mut ids = Vec::new();
        // One value, or one on each line.
        let values = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
        values.flatten().for_each(|value| collect(&value, &mut ids));
        if ids.is_empty() {
            // Or a table.
            let words = body.split(|byte| !byte.is_ascii_hexdigit() && *byte != b'-');
            ids.extend(words.filter_map(|word| Uuid::try_parse_ascii(word).ok()));
        }
        if ids.is_empty() {
            return BTreeSet::new();
        }
        let known = "SELECT id FROM children WHERE id = ANY ($1) UNION SELECT id FROM families WHERE id = ANY ($1) \
            UNION SELECT id FROM carer_families WHERE id = ANY ($1)";
        self.rows(|conn| sql_query(known).bind::<Array<SqlUuid>, _>(&ids).load(conn))
    }

    /// The persons in the log for a request, whether or not a keeper has taken them up yet.
    pub fn logged(&self, request: &str) -> BTreeSet<Uuid> {
        self.of_request(LOGGED, request)
    }

    fn of_request(&self, sql: &str, request: &str) -> BTreeSet<Uuid> {
        self.rows(|conn| sql_query(sql).bind::<Text, _>(request).load(conn))
    }

    fn rows(&self, query: impl Fn(&mut PgConnection) -> QueryResult<Vec<Row>>) -> BTreeSet<Uuid> {
        let mut open = self.conn.borrow_mut();
        let first = open.as_mut().and_then(|conn| query(conn).ok());
        // Where no database answers, nothing of it was told.
        let again = || db::connect(&self.url).ok().map(|conn| query(open.insert(conn)).unwrap());
        let rows = first.or_else(again).unwrap_or_default();
        rows.into_iter().map(|row| row.id).collect()
    }
}

fn collect(value: &Value, ids: &mut Vec<Uuid>) {
    match value {
        Value::String(text) => ids.extend(text.parse::<Uuid>()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, ids)),
        Value::Object(members) => members.values().for_each(|member| collect(member, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
