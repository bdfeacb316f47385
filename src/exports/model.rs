//! What can be exported, and which columns a list has: those of its records in the contract, whatever the data.
use std::{collections::BTreeMap, sync::OnceLock};

use serde_json::{Map, Value};

use crate::{
    contract,
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// A list that can be exported, by the end of its address.
    pub enum ExportedList {
        Alerts = "alerts",
        Areas = "areas",
        Assessments = "assessments",
        CarePeriods = "care-periods",
        CarePlans = "care-plans",
        CarerFamilies = "carer-families",
        Cases = "cases",
        Children = "children",
        Clients = "clients",
        CodeLists = "code-lists",
        Complaints = "complaints",
        Consumers = "consumers",
        ContactEvents = "contact-events",
        ContactPlans = "contact-plans",
        ContactRestrictions = "contact-restrictions",
        CourtCases = "court-cases",
        Deadlines = "deadlines",
        EmergencyAccesses = "emergency-accesses",
        Facilities = "facilities",
        FacilityComplaints = "facility-complaints",
        FacilityIncidents = "facility-incidents",
        Families = "families",
        Imports = "imports",
        Incidents = "incidents",
        Notices = "notices",
        Organisations = "organisations",
        Overrides = "overrides",
        Parameters = "parameters",
        Placements = "placements",
        Reconciliation = "reconciliation",
        Reviews = "reviews",
        Rules = "rules",
        Transfers = "transfers",
        TransformationPlans = "transformation-plans",
        TransitionPlans = "transition-plans",
        Visits = "visits",
        WebhookEndpoints = "webhook-endpoints",
    }
}

impl ExportedList {
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|list| list.as_str() == name)
    }
}

/// What became of the records of an import: a list under a record, which may have a million rows.
pub const RESULTS: &str = "imports/{id}/results";

/// A list as a table.
#[derive(Debug)]
pub struct Table {
    pub columns: Vec<Column>,
    /// Whether it is read page by page.
    pub paged: bool,
}

/// A member of the records, or a member of such a member.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// Names from the outermost to the innermost, with dots between them.
    pub name: String,
    /// Where its value is (RFC 6901).
    pub pointer: String,
}

/// Every list that can be exported, by its name; read from the contract once.
fn tables() -> Result<&'static BTreeMap<&'static str, Table>> {
    static TABLES: OnceLock<BTreeMap<&'static str, Table>> = OnceLock::new();
    if let Some(tables) = TABLES.get() {
        return Ok(tables);
    }
    let document = contract::document()?;
    let lists = ExportedList::ALL.iter().map(|list| list.as_str()).chain([RESULTS]);
    let read = lists.filter_map(|list| Some((list, Table::of(&document, list)?))).collect();
    Ok(TABLES.get_or_init(|| read))
}

impl Table {
    /// How a list is exported.
    pub fn named(list: &str) -> Result<&'static Self> {
        tables()?.get(list).ok_or_else(|| Error::internal("the contract lacks a list"))
    }

    fn of(document: &Value, list: &str) -> Option<Self> {
        let operation = document.get("paths")?.get(format!("/v1/{list}"))?.get("get")?;
        let page = operation.pointer("/responses/200/content/application~1json/schema")?;
        let page = resolved(document, page)?;
        let record = page.pointer("/properties/data/items")?;
        let mut columns = Vec::new();
        add_columns(document, record, &Column::default(), &mut columns);
        // What says which record it is comes first, what is missing of it last.
        columns.sort_by_key(|column| match column.name.as_str() {
            "id" => 0,
            "version" => 1,
            "withheld" => 3,
            _ => 2,
        });
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let is_limit = |parameter: &Value| parameter.get("name").is_some_and(|it| it == "limit");
        let paged = parameters.is_some_and(|all| all.iter().any(is_limit));
        Some(Self { columns, paged })
    }
}

impl Column {
    fn below(&self, name: &str) -> Self {
        let dot = if self.name.is_empty() { "" } else { "." };
        Self {
            name: format!("{}{dot}{name}", self.name),
            pointer: format!("{}/{name}", self.pointer),
        }
    }
}

fn add_columns(document: &Value, schema: &Value, at: &Column, found: &mut Vec<Column>) {
    let schema = resolved(document, schema);
    match schema.and_then(|schema| schema.get("properties")?.as_object()) {
        Some(members) if !members.is_empty() => add_members(document, members, at, found),
        _ => found.push(at.clone()),
    }
}

fn add_members(
    document: &Value,
    members: &Map<String, Value>,
    at: &Column,
    found: &mut Vec<Column>,
) {
    for (name, member) in members {
        add_columns(document, member, &at.below(name), found);
    }
}

/// The schema that a reference leads to.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> Option<&'d Value> {
    let mut schema = schema;
    while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        schema = document.pointer(reference.strip_prefix('#')?)?;
    }
    Some(schema)
}
