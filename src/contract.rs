//! The contract: the OpenAPI documents of all operations.
use std::sync::OnceLock;

use serde_json::Value;

use crate::{
    api,
    platform::{
        document::About,
        error::{Error, Result},
    },
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
    tags: &[
        ("reference", "Areas, organisations, code lists and dated parameters."),
        ("children", "The child, its names, relations, legal statuses and history."),
        (
            "carers",
            "Foster, kinship and adoptive families: from enquiry to approval, and their free places.",
        ),
        ("facilities", "Institutions: registration, capacity, occupancy, inspection."),
        ("placements", "Who lives where: care periods, placements, absences."),
        ("service", "The service itself."),
    ],
};

/// The document with `webhooks`.
pub fn document() -> Result<Value> {
    api().document(&ABOUT)
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
