//! One export: a list read page by page, and sent block by block.
use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde_json::Value;

use super::{
    model::{ExportedList, RESULTS, Table},
    rows::rows,
};
use crate::{
    imports::ImportId,
    platform::{
        access::{Access, Permission, Relay},
        desk::Desk,
        error::{Error, Fault, Result},
        extract::{Argument, Declared},
        released::{NDJSON, Released},
    },
};

/// Records that are read, and sent, together: the most that a page takes.
const TOGETHER: &str = "limit=200";
/// Media type of a table whose first row names its columns.
const CSV: &str = "text/csv; charset=utf-8; header=present";
/// What an export decides by itself, or has no place for.
const OWN: [&str; 3] = ["limit", "cursor", "count"];

/// How an export is written.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    Lines,
    Rows,
}

impl Form {
    fn ending(self) -> &'static str {
        match self {
            Self::Lines => "ndjson",
            Self::Rows => "csv",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Lines => NDJSON,
            Self::Rows => CSV,
        }
    }
}

/// A list that is on its way out.
pub struct Export {
    /// Where it is read, after `/v1/`.
    list: String,
    /// What the file is called.
    name: &'static str,
    table: &'static Table,
    query: String,
}

impl Export {
    pub fn of(list: &str, filters: Filters) -> Result<Self> {
        let list = ExportedList::named(list).ok_or(Error::NotFound("list"))?;
        let (name, table) = (list.as_str(), Table::named(list.as_str())?);
        Ok(Self { list: name.to_owned(), name, table, query: filters.0 })
    }

    /// What became of the records of an import.
    pub fn results(import: ImportId, filters: Filters) -> Result<Self> {
        let list = RESULTS.replace("{id}", &import.to_string());
        Ok(Self { list, name: "results", table: Table::named(RESULTS)?, query: filters.0 })
    }

    /// Answers with a file, of a name that tells nothing of what is in it.
    pub async fn answer<P: Permission>(
        self,
        access: &Access<P>,
        desk: Desk,
        form: Form,
    ) -> Result<Released> {
        let file = format!("attachment; filename=\"{}.{}\"", self.name, form.ending());
        let send = async move |relay: &_| self.send(relay, form).await;
        Ok(access.relay(desk, form.media_type(), send).await?.headed("content-disposition", &file))
    }

    /// Reads it to its end, and sends each page as it comes.
    async fn send(&self, relay: &Relay, form: Form) -> Result<()> {
        let (mut cursor, mut first) = (None, true);
        loop {
            let mut page = relay.read(&self.address(cursor.as_deref())).await?;
            let block = self.block(form, &page, first)?;
            if !block.is_empty() {
                relay.send(block).await?;
            }
            first = false;
            match page.get_mut("next_cursor").map(Value::take) {
                Some(Value::String(next)) => cursor = Some(next),
                _ => return Ok(()),
            }
        }
    }

    fn address(&self, cursor: Option<&str>) -> String {
        let paged = self.table.paged.then(|| TOGETHER.to_owned());
        let cursor = cursor.map(|cursor| format!("cursor={cursor}"));
        let asked = Some(self.query.clone()).filter(|query| !query.is_empty());
        let query = asked.into_iter().chain(paged).chain(cursor).collect::<Vec<_>>().join("&");
        format!("/v1/{}?{query}", self.list)
    }

    fn block(&self, form: Form, page: &Value, first: bool) -> Result<Vec<u8>> {
        let records = page.get("data").and_then(Value::as_array).map(Vec::as_slice);
        let records = records.ok_or_else(|| Error::internal("a list answered no page"))?;
        match form {
            Form::Rows => rows(self.table, records, first),
            Form::Lines => {
                let mut lines = Vec::new();
                for record in records {
                    serde_json::to_writer(&mut lines, record).map_err(Error::internal)?;
                    lines.push(b'\n');
                }
                Ok(lines)
            }
        }
    }
}

/// What the list is asked with: its own parameters, which it judges itself.
pub struct Filters(String);

impl FromRequest for Filters {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(req.query_string()))
    }
}

impl Argument for Filters {
    fn declare(declared: &mut Declared) {
        declared.refusals.insert(400);
    }
}

fn read(query: &str) -> Result<Filters> {
    let pairs: Vec<(String, String)> = serde_html_form::from_str(query)
        .map_err(|_| Error::query("", "malformed", "the query is not well formed"))?;
    let own = pairs.iter().filter(|(name, _)| OWN.contains(&name.as_str()));
    let told = own.map(|(name, _)| {
        Fault::new(format!("?{name}"), "unknown_parameter", "means nothing to an export")
    });
    let faults: Vec<Fault> = told.collect();
    if faults.is_empty() { Ok(Filters(query.to_owned())) } else { Err(Error::BadQuery(faults)) }
}
