//! What each operation takes and gives, as its routes declare it; refusals of anything else.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use actix_web::{HttpRequest, http::header::ACCEPT};

use super::{
    bounds::Bounds,
    error::{Error, Fault, Result},
    time::is_beyond,
};

/// What one path takes, by method: left by the routes for the guards.
#[derive(Debug, Clone)]
pub struct Operations(pub Arc<BTreeMap<String, Takes>>);

/// What one operation takes and gives.
#[derive(Debug, Clone, Default)]
pub struct Takes {
    /// Its name in the contract.
    pub operation: String,
    /// Names of its query parameters.
    pub query: BTreeSet<String>,
    /// Whether it takes others besides, which it hands on to somebody who judges them.
    pub open: bool,
    /// Those of them that mean nothing without a value, such as numbers and days.
    pub filled: BTreeSet<String>,
    /// Bounds of those that have some.
    pub bounds: BTreeMap<String, Bounds>,
    /// Media type of its answer.
    pub gives: String,
}

/// Refuses query parameters that the operation does not know, so that a filter with a typing error
/// never answers more than was asked for, values beyond the bounds of the contract, and answers that
/// the client cannot read.
pub(super) fn refuse_unknown(req: &HttpRequest) -> Result<()> {
    let Some(takes) = takes(req) else { return Ok(()) };
    let pairs: Vec<(String, String)> = serde_html_form::from_str(req.query_string())
        .map_err(|_| Error::query("", "malformed", "the query is not well formed"))?;
    let mut repeated: BTreeMap<&str, usize> = BTreeMap::new();
    let faults: Vec<Fault> = pairs
        .iter()
        .filter_map(|(name, value)| {
            let times = repeated.entry(name).or_default();
            *times = times.saturating_add(1);
            let pointer = format!("?{name}");
            if !takes.open && !takes.query.contains(name) {
                Some(Fault::new(pointer, "unknown_parameter", "is not known here"))
            } else if value.is_empty() && takes.filled.contains(name) {
                Some(Fault::new(pointer, "wrong_type", "needs a value"))
            } else if value.contains('\0') {
                Some(Fault::new(pointer, "nul_character", "must not hold a NUL character"))
            } else if is_beyond(value) {
                Some(Fault::new(pointer, "out_of_range", "must lie in the years 1900 to 2199"))
            } else {
                takes.bounds.get(name)?.fault(&pointer, value, *times)
            }
        })
        .collect();
    if !faults.is_empty() {
        return Err(Error::BadQuery(faults));
    }
    if acceptable(req, &takes.gives) { Ok(()) } else { Err(Error::NotAcceptable) }
}

/// What the operation of a request takes.
pub(super) fn takes(req: &HttpRequest) -> Option<&Takes> {
    req.app_data::<Operations>()?.0.get(method(req))
}

fn method(req: &HttpRequest) -> &str {
    if req.method() == actix_web::http::Method::HEAD { "GET" } else { req.method().as_str() }
}

fn acceptable(req: &HttpRequest, gives: &str) -> bool {
    let family = gives.split('/').next().unwrap_or_default();
    let mut ranges =
        req.headers().get_all(ACCEPT).filter_map(|header| header.to_str().ok()).peekable();
    ranges.peek().is_none()
        || ranges.flat_map(|header| header.split(',')).any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default();
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            !refused && (kind == "*/*" || kind == gives || kind.strip_suffix("/*") == Some(family))
        })
}
