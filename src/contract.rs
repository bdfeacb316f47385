//! The contract: the OpenAPI documents of all operations.
use std::{collections::BTreeMap, sync::OnceLock};

use serde_json::{Map, Value, json};

use crate::{
    api,
    platform::{
        cover,
        document::About,
        error::{Error, Result},
    },
    policy::RULES,
    reference::load,
    webhooks::announced,
};

/// What the contract says of the registry.
pub const ABOUT: About = About {
    title: "Kinstead",
    version: env!("CARGO_PKG_VERSION"),
    description: "The national child-care registry: children without parental care and families at \
        risk, the foster, kinship and adoptive families who could take them, the institutions where \
        they should not stay, and who lives where.\n\nPeriods are half-open: an end is the first day \
        that is no longer in them. Every record has a version; a change must name it in `If-Match`. \
        Every POST takes an `Idempotency-Key`. Every refusal is a problem (RFC 9457) with a stable code.",
    merging: "/v1/children/{id}",
    tags: &[
        ("reference", "Areas, organisations, code lists and dated parameters."),
        ("children", "The child, its names, relations, legal statuses and history."),
        (
            "carers",
            "Foster, kinship and adoptive families: from enquiry to approval, and their free places.",
        ),
        ("families", "Families of origin and at risk: members, risks, what was done to help."),
        ("facilities", "Institutions: registration, capacity, occupancy, inspection."),
        ("placements", "Who lives where: care periods, placements, absences."),
        (
            "cases",
            "Work with a child or a family, from the referral to its end, and who is in charge.",
        ),
        ("assessments", "What was found about a child, what is recommended, what was decided."),
        ("care-plans", "What is to become of a child, and who does what by when."),
        (
            "transformations",
            "What institutions become, by when, and where each child goes who lives there.",
        ),
        ("overrides", "Soft rules that were stepped over: for whom, why, until when."),
        ("court-cases", "Cases before courts about a child: heard, decided, appealed, final."),
        ("reviews", "Whether placement and plan are still right for a child."),
        ("deadlines", "Statutory clocks that run, and records that do not add up."),
        ("alerts", "What is due or late by a rule, whose it is to act, and who has seen it."),
        ("visits", "Visits of workers to children: whether they were seen, and when last."),
        ("contact", "Contact with the family: agreed, restricted by decision, what took place."),
        ("incidents", "Incidents of children, and complaints by them or about their care."),
        ("sync", "For systems that keep a true copy of what they may know."),
        ("webhooks", "Changes sent to addresses of the client's own."),
        ("oversight", "What is done outside the usual reach, and who is told of it."),
        (
            "transfers",
            "Children referred or transferred to other organisations: offered, answered, ended.",
        ),
        ("protection", "Where children live whom somebody must not find, and who may know it."),
        ("adoption-links", "Which record a child had before its adoption: sealed."),
        ("access-log", "Who saw whose data, and the proofs that nothing is missing."),
        ("clients", "Who may ask: the registered systems, their keys and their tokens."),
        ("service", "The service itself."),
    ],
};

/// The document with `webhooks`.
pub fn document() -> Result<Value> {
    let mut document = api().document(&ABOUT)?;
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        cover::declare(schemas, &RULES);
    }
    add_codes(&mut document, &load::codes()?);
    if let Some(members) = document.as_object_mut() {
        members.insert("webhooks".to_owned(), announced());
    }
    Ok(document)
}

/// Puts the codes of the release beside each member and parameter whose description names the code
/// list that its codes are of. A country may add to its lists, so they are no `enum`.
fn add_codes(value: &mut Value, lists: &BTreeMap<String, Vec<String>>) {
    let description = value.get("description").and_then(Value::as_str).unwrap_or_default();
    let named = lists_named_by(description);
    let codes: Vec<&String> = named.iter().filter_map(|name| lists.get(name)).flatten().collect();
    let schema = if value.get("schema").is_some() { &mut value["schema"] } else { &mut *value };
    if let Some(text) = text_of(schema).filter(|_| !codes.is_empty()) {
        text.insert("x-extensible-enum".to_owned(), json!(codes));
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| add_codes(item, lists)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| add_codes(member, lists));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The names in backticks after the word list, as far as commas and an or go on with them.
fn lists_named_by(description: &str) -> Vec<String> {
    let Some((_, mut rest)) = description.split_once("list `") else { return Vec::new() };
    let mut names = Vec::new();
    while let Some((name, after)) = rest.split_once('`') {
        names.push(name.to_owned());
        let next = after.strip_prefix(", `").or_else(|| after.strip_prefix(" or `"));
        let Some(next) = next else { break };
        rest = next;
    }
    names
}

/// The schema of the texts themselves, where a schema is one of texts or of lists of them.
fn text_of(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    let kinds = schema.get("type")?.clone();
    let is = |kind: &str| {
        kinds == kind || kinds.as_array().is_some_and(|all| all.contains(&json!(kind)))
    };
    if is("array") {
        return text_of(schema.get_mut("items")?);
    }
    if is("string") { schema.as_object_mut() } else { None }
}

/// The document without `webhooks`, for generators that make client calls out of them.
pub fn sdk_document() -> Result<Value> {
    let mut document = document()?;
    if let Some(members) = document.as_object_mut() {
        members.remove("webhooks");
    }
    Ok(document)
}

/// The document as text, made once.
pub fn text() -> Result<&'static str> {
    static TEXT: OnceLock<String> = OnceLock::new();
    if let Some(text) = TEXT.get() {
        return Ok(text);
    }
    let text = pretty(&document()?)?;
    Ok(TEXT.get_or_init(|| text))
}

/// A document as it is checked in.
pub fn pretty(document: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(document).map_err(Error::internal)?;
    Ok(text + "\n")
}
