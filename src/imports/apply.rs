//! What becomes of one record: it is sent to the operation that writes such records, by the service to itself.
use std::mem;

use actix_web::http::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    kinds::Imported,
    lanes::Line,
    model::{ImportStrategy, ImportVerdict, Verdict},
    record::{ImportNumber, ImportRecord, ImportReference, fault, references},
};
use crate::platform::{
    error::{Error, Result},
    external_id,
    inner::{Answer, Asked, Errands, Inner},
    source::{self, Number, Source, Taken},
};

/// Statuses that say that it may be tried again.
const AGAIN: [u16; 3] = [412, 429, 503];

/// Takes records in, one after another.
pub struct Taker<'t> {
    pub inner: &'t Inner,
    pub errands: &'t Errands,
    pub strategy: ImportStrategy,
}

/// What became of a record, or the refusal that tells why nothing did.
pub enum Done {
    Told {
        verdict: Verdict,
        id: Uuid,
        version: Option<i64>,
        /// Where it is read, unless nothing was asked of it.
        address: Option<String>,
    },
    Refused(Value),
}

impl Taker<'_> {
    /// What became of a line. Fails if the service itself does: then nothing is said of the line.
    pub async fn take(&self, line: Line) -> Result<ImportVerdict> {
        let Line { number, record } = line;
        let record = match record {
            Ok(record) => record,
            Err(problem) => return Ok(ImportVerdict::refused(number, None, problem)),
        };
        let done = match self.taken(&record).await {
            Err(error) => Done::Refused(problem(error)?),
            Ok(done) => done,
        };
        Ok(match done {
            Done::Told { verdict, id, version, .. } => {
                ImportVerdict::told(number, record, verdict, id, version)
            }
            Done::Refused(problem) => ImportVerdict::refused(number, Some(record), problem),
        })
    }

    /// What becomes of a record. Fails with what is wrong with the line, too.
    pub async fn taken(&self, record: &ImportRecord) -> Result<Done> {
        let kind = record.imported()?;
        let source = record.source(kind, self.errands.joint.sender())?;
        let of = match &record.of {
            Some(of) => Some(self.find(of, "/of").await?),
            None => None,
        };
        let number = &record.external;
        let known = self.look_up(kind, &number.system, &number.value).await?;
        if record.step.is_some() {
            return self.step(kind, record, source, of, known).await;
        }
        if let Some(known) = &known
            && self.is_known(known, &source)
        {
            return Ok(unchanged(known.record, None));
        }
        match (known, self.strategy) {
            (Some(_), ImportStrategy::Create) => {
                Err(fault("/external", "already_there", "a record with this number is there"))
            }
            (None, ImportStrategy::Update) => {
                Err(fault("/external", "not_there", "no record with this number is there"))
            }
            (Some(known), _) => self.change(kind, record, source, of, known.record).await,
            (None, _) => self.create(kind, record, source, of).await,
        }
    }

    async fn create(
        &self,
        kind: &Imported,
        record: &ImportRecord,
        source: Source,
        of: Option<Uuid>,
    ) -> Result<Done> {
        let mut data = self.resolved(record).await?;
        if kind.numbers.is_some() {
            add_number(&mut data, record);
        }
        let path = address(kind.collection, of, None);
        let answer = self.send(Method::POST, &path, None, Value::Object(data), source).await?;
        let ImportNumber { system, value } = &record.external;
        let number = number(kind.kind, system, value);
        if answer.status >= 400
            && (source::look_up(&self.errands.joint, &number)?.is_some()
                || self.holder(kind, &number).await?.is_some())
        {
            // Somebody else made it meanwhile.
            return Err(Error::Busy);
        }
        Ok(told(answer, Verdict::Created, |id| address(kind.record, of, Some(id))))
    }

    async fn change(
        &self,
        kind: &Imported,
        record: &ImportRecord,
        source: Source,
        of: Option<Uuid>,
        id: Uuid,
    ) -> Result<Done> {
        let path = address(kind.record, of, Some(id));
        let held = self.read(&path).await?;
        if held.status != 200 {
            return Ok(Done::Refused(held.body));
        }
        let mut data = self.resolved(record).await?;
        if kind.numbers.is_some() && data.contains_key("external_ids") {
            add_number(&mut data, record);
        }
        let differs = |(name, value): &(String, Value)| match held.body.get(name) {
            Some(known) => known != value,
            None => !value.is_null(),
        };
        let news: Map<String, Value> = data.into_iter().filter(differs).collect();
        if news.is_empty() {
            self.errands.joint.remember(source, id);
            let version = held.body.get("version").and_then(Value::as_i64);
            return Ok(unchanged(id, version));
        }
        if !kind.changes {
            // What only a new record is asked for is nothing that it has.
            let differs = news.keys().find(|name| held.body.get(*name).is_some());
            let at = differs.map_or_else(|| "/data".to_owned(), |name| format!("/data/{name}"));
            let detail = "records of this kind change by their steps: say which in step";
            return Err(fault(&at, "changes_by_steps", detail));
        }
        let tag = held.tag.as_deref();
        let answer = self.send(Method::PATCH, &path, tag, Value::Object(news), source).await?;
        Ok(told(answer, Verdict::Updated, |_| path))
    }

    async fn step(
        &self,
        kind: &Imported,
        record: &ImportRecord,
        source: Source,
        of: Option<Uuid>,
        known: Option<Taken>,
    ) -> Result<Done> {
        let Some(known) = known else {
            return Err(fault("/external", "not_there", "no record with this number is there"));
        };
        let ImportNumber { system, value } = &record.external;
        let step = number(&source.kind, system, value);
        if let Some(taken) = source::taken(&self.errands.joint, &step)?
            && self.is_known(&taken, &source)
        {
            return Ok(unchanged(known.record, None));
        }
        let path = address(kind.record, of, Some(known.record));
        let held = self.read(&path).await?;
        if held.status != 200 {
            return Ok(Done::Refused(held.body));
        }
        let step = format!("{path}/{}", record.step.as_deref().unwrap_or_default());
        let data = Value::Object(self.resolved(record).await?);
        let answer = self.send(Method::POST, &step, held.tag.as_deref(), data, source).await?;
        if answer.status == 404 && answer.body.get("rule").is_none() {
            return Err(fault("/step", "unknown_step", "is no step that such records take"));
        }
        Ok(told(answer, Verdict::Updated, |_| path))
    }

    async fn read(&self, path: &str) -> Result<Answer> {
        let asked = Asked { method: Method::GET, path, seen: None, body: None, source: None };
        self.inner.ask(self.errands, asked).await.and_then(certain)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        seen: Option<&str>,
        body: Value,
        source: Source,
    ) -> Result<Answer> {
        let asked = Asked { method, path, seen, body: Some(&body), source: Some(source) };
        self.inner.ask(self.errands, asked).await.and_then(certain)
    }

    /// Whether it says nothing new: an older version, or the same again. That the same has a newer version is
    /// kept.
    fn is_known(&self, known: &Taken, sent: &Source) -> bool {
        if sent.version.zip(known.version).is_some_and(|(sent, known)| sent < known) {
            return true;
        }
        if known.digest != sent.digest {
            return false;
        }
        if sent.version > known.version {
            self.errands.joint.remember(sent.clone(), known.record);
        }
        true
    }

    /// The record with this number, if it is there: by what its sender sent before, or by the numbers that such
    /// records name themselves, if the client may read it.
    async fn look_up(&self, kind: &Imported, system: &str, value: &str) -> Result<Option<Taken>> {
        let number = number(kind.kind, system, value);
        let taken = source::taken(&self.errands.joint, &number)?;
        if taken.is_some() { Ok(taken) } else { self.holder(kind, &number).await }
    }

    /// The record that names this number itself, if the client may read it.
    async fn holder(&self, kind: &Imported, number: &Number) -> Result<Option<Taken>> {
        let Some(numbers) = kind.numbers else { return Ok(None) };
        let Number { system, value, .. } = number;
        let joint = &self.errands.joint;
        let holder = joint.work(|conn| external_id::holder(conn, numbers, system, value))?;
        let Some(record) = holder else { return Ok(None) };
        let read = self.read(&address(kind.record, None, Some(record))).await?;
        Ok((read.status == 200).then(|| Taken { record, version: None, digest: Vec::new() }))
    }

    /// The data of a line with ids in the place of its references.
    async fn resolved(&self, record: &ImportRecord) -> Result<Map<String, Value>> {
        let mut data = Value::Object(record.data.clone());
        let mut found = Vec::new();
        references(&data, "", &mut found);
        for (at, of) in found {
            let id = self.find(&of, &format!("/data{at}")).await?;
            if let Some(place) = data.pointer_mut(&at) {
                *place = json!(id);
            }
        }
        match data {
            Value::Object(data) => Ok(data),
            _ => Err(fault("/data", "wrong_type", "must be an object")),
        }
    }

    /// The record that a reference names.
    async fn find(&self, of: &ImportReference, at: &str) -> Result<Uuid> {
        let kind = Imported::named(&of.kind)
            .ok_or_else(|| fault(at, "unknown_kind", "names no kind of records"))?;
        let found = self.look_up(kind, &of.system, &of.value).await?;
        found
            .map(|found| found.record)
            .ok_or_else(|| fault(at, "unknown_reference", "names a record that is not there"))
    }
}

fn number(kind: &str, system: &str, value: &str) -> Number {
    Number { kind: kind.to_owned(), system: system.to_owned(), value: value.to_owned() }
}

/// The numbers of a record with the one by which it is sent.
fn add_number(data: &mut Map<String, Value>, record: &ImportRecord) {
    let number = &record.external;
    let listed = data.entry("external_ids").or_insert_with(|| json!([]));
    let Some(listed) = listed.as_array_mut() else { return };
    let is_it = |held: &Value| {
        held.get("system") == Some(&json!(number.system))
            && held.get("value") == Some(&json!(number.value))
    };
    if !listed.iter().any(is_it) {
        listed.push(json!({"system": number.system, "value": number.value}));
    }
}

fn address(pattern: &str, of: Option<Uuid>, id: Option<Uuid>) -> String {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    pattern.replace("{of}", &text(of)).replace("{id}", &text(id))
}

/// An answer that says something about the record, and not only that the service is busy.
fn certain(answer: Answer) -> Result<Answer> {
    if AGAIN.contains(&answer.status) {
        return Err(Error::Busy);
    }
    if answer.status >= 500 {
        return Err(Error::internal("a record could not be taken in"));
    }
    Ok(answer)
}

fn unchanged(id: Uuid, version: Option<i64>) -> Done {
    Done::Told { verdict: Verdict::Unchanged, id, version, address: None }
}

fn told(mut answer: Answer, verdict: Verdict, address: impl FnOnce(Uuid) -> String) -> Done {
    if answer.status >= 300 {
        return Done::Refused(located(answer.body));
    }
    let id = answer.body.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let version = answer.body.get("version").and_then(Value::as_i64);
    match id {
        Some(id) => Done::Told { verdict, id, version, address: Some(address(id)) },
        None => Done::Refused(mem::take(&mut answer.body)),
    }
}

/// A problem whose pointers lead into the line, not into the body that was made of it.
fn located(mut problem: Value) -> Value {
    let faults = problem.get_mut("errors").and_then(Value::as_array_mut);
    for fault in faults.into_iter().flatten() {
        if let Some(Value::String(pointer)) = fault.get_mut("pointer")
            && !pointer.starts_with('?')
        {
            pointer.insert_str(0, "/data");
        }
    }
    problem
}

/// The problem that a refusal is; what the service itself failed at is none.
pub fn problem(error: Error) -> Result<Value> {
    match error {
        Error::Busy | Error::LogUnavailable | Error::Internal(_) => Err(error),
        refusal => serde_json::to_value(refusal.problem()).map_err(Error::internal),
    }
}
