//! What handlers take: bodies, query parameters and path parameters, each refused with a problem.
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    future::{Future, Ready, ready},
    pin::Pin,
    time::Duration,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header::CONTENT_ENCODING, web,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};
use sha2::{Digest, Sha256};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::{
    disclosure::{self, Person},
    error::{Error, Fault, Result},
    idempotency::BodyDigest,
    include::Included,
    items::ITEM,
    strict,
    time::{is_beyond, names_a_time},
};

/// Largest body that an operation takes, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// What the arguments of a handler say about its operation, for the contract.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says one thing of its own")]
pub struct Declared {
    /// Statuses with which the arguments may refuse.
    pub refusals: BTreeSet<u16>,
    /// Headers that the arguments read.
    pub headers: Vec<Header>,
    /// What can be read with the record that is answered.
    pub included: Option<Included>,
    /// Whether the answer may be 304.
    pub not_modified: bool,
    /// Whether the answer is a page with a link to the next one.
    pub linked: bool,
    /// Whether labels and texts are translated.
    pub translated: bool,
    /// Whether the operation is served to registered clients only.
    pub personal: bool,
}

/// A header that an argument reads.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    pub name: &'static str,
    pub required: bool,
    pub description: &'static str,
    /// What it must look like, if anything else is refused.
    pub pattern: Option<&'static str>,
    pub example: &'static str,
}

/// An argument that a handler may have.
pub trait Argument: FromRequest<Error = Error> + 'static {
    fn declare(declared: &mut Declared);
}

/// A JSON body that has been validated. Null is refused: an absent value is left out.
pub struct Body<T>(pub T);

/// A JSON merge patch (RFC 7396) that has been validated: null removes a value. The contract names
/// `application/json` alone, as generated clients want one media type for each body.
pub struct Patch<T>(pub T);

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = collect(req, payload, &["application/json"]);
        let req = req.clone();
        Box::pin(async move { read(&req, &bytes.await?, false).map(Self) })
    }
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Patch<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = collect(req, payload, &["application/json", "application/merge-patch+json"]);
        let req = req.clone();
        Box::pin(async move { read(&req, &bytes.await?, true).map(Self) })
    }
}

impl<T: DeserializeOwned + Validate + 'static> Argument for Body<T> {
    fn declare(declared: &mut Declared) {
        declared.refusals.extend([400, 408, 413, 415, 422]);
    }
}

impl<T: DeserializeOwned + Validate + 'static> Argument for Patch<T> {
    fn declare(declared: &mut Declared) {
        Body::<T>::declare(declared);
    }
}

/// Reads the whole body in time and in bounds, and leaves its digest with the request.
pub(super) fn collect(
    req: &HttpRequest,
    payload: &mut Payload,
    types: &[&str],
) -> impl Future<Output = Result<web::Bytes>> + use<> {
    let wanted =
        types.contains(&req.content_type()) && !req.headers().contains_key(CONTENT_ENCODING);
    let announced = req
        .headers()
        .get("Content-Length")
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let (req, payload) = (req.clone(), payload.take());
    async move {
        if announced.is_some_and(|length| length > MAX_BODY) {
            return Err(Error::TooLarge(MAX_BODY));
        }
        if !wanted {
            return Err(Error::UnsupportedMediaType);
        }
        let body = web::Payload::from_request(&req, &mut { payload }).await;
        let body = body.map_err(|_| Error::UnsupportedMediaType)?;
        let bytes = tokio::time::timeout(BODY_DEADLINE, body.to_bytes_limited(MAX_BODY))
            .await
            .map_err(|_| Error::BodyTimeout)?
            .map_err(|_| Error::TooLarge(MAX_BODY))?
            .map_err(|_| Error::Malformed("malformed_json", "the body broke off".to_owned()))?;
        req.extensions_mut().insert(BodyDigest(Sha256::digest(&bytes).into()));
        Ok(bytes)
    }
}

/// Whose ids stand in a body, left with the request for the guard.
pub(super) struct Named(pub BTreeSet<Person>);

fn read<T: DeserializeOwned + Validate>(req: &HttpRequest, bytes: &[u8], nulls: bool) -> Result<T> {
    let (parsed, named) = disclosure::listening(|| parse(bytes, nulls));
    req.extensions_mut().insert(Named(named));
    parsed
}

/// Reads a value as the body of a request is read; null may stand in it.
pub fn parse_line<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T> {
    parse(bytes, true)
}

fn parse<T: DeserializeOwned + Validate>(bytes: &[u8], nulls: bool) -> Result<T> {
    let value = strict::read(bytes).map_err(|error| match error.inner().classify() {
        Category::Data => refused(&error),
        Category::Syntax | Category::Eof | Category::Io => not_json(error.inner()),
    })?;
    let parsed: T = strict::decode(&value).map_err(|error| refused(&error))?;
    refuse_unstorable(&value, nulls)?;
    parsed.validate().map_err(|errors| {
        let mut faults = Vec::new();
        flatten(&errors, "", &mut faults);
        Error::Invalid(faults)
    })?;
    Ok(parsed)
}

fn not_json(error: &serde_json::Error) -> Error {
    let detail = format!("not JSON at line {}, column {}", error.line(), error.column());
    Error::Malformed("malformed_json", detail)
}

/// Says what is wrong without repeating a value: values may be personal.
fn refused(error: &strict::At) -> Error {
    let pointer = pointer(error.path());
    let message = error.inner().to_string();
    let name = escaped(message.split('`').nth(1).unwrap_or_default());
    let (pointer, code, detail) = if message.starts_with("missing field `") {
        (format!("{pointer}/{name}"), "missing_member", "is required")
    } else if message.starts_with("unknown field `") {
        let there = pointer.ends_with(&format!("/{name}"));
        let pointer = if there { pointer } else { format!("{pointer}/{name}") };
        (pointer, "unknown_member", "is not known here")
    } else if message.starts_with("duplicate field `") {
        (format!("{pointer}/{name}"), "duplicate_member", "is there twice")
    } else if message.starts_with("unknown variant") {
        (pointer, "unknown_value", "is none of the values that may stand here")
    } else {
        (pointer, "wrong_type", "has the wrong type or form")
    };
    Error::Invalid(vec![Fault::new(pointer, code, detail)])
}

/// A name as it stands in a pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escaped(key)),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// Refuses what JSON allows and the registry cannot keep: NUL characters, days of other ages, and
/// null where a value is simply left out.
fn refuse_unstorable(value: &Value, nulls: bool) -> Result<()> {
    let mut faults = Vec::new();
    search(value, "", &mut String::new(), nulls, &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

fn search(value: &Value, member: &str, at: &mut String, nulls: bool, faults: &mut Vec<Fault>) {
    let length = at.len();
    match value {
        Value::Null if !nulls => {
            faults.push(Fault::new(at.clone(), "null", "must be left out rather than null"));
        }
        Value::String(text) if text.contains('\0') => {
            faults.push(Fault::new(at.clone(), "nul_character", "must not hold a NUL character"));
        }
        Value::String(text) if names_a_time(member) && is_beyond(text) => {
            let detail = "must lie in the years 1900 to 2199";
            faults.push(Fault::new(at.clone(), "out_of_range", detail));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let _ = write!(at, "/{index}");
                // A merge patch replaces lists as a whole: nothing in them is removed by null.
                search(item, member, at, false, faults);
                at.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, inner) in members {
                let _ = write!(at, "/{}", escaped(name));
                search(inner, name, at, nulls, faults);
                at.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn flatten(errors: &ValidationErrors, at: &str, faults: &mut Vec<Fault>) {
    for (name, kind) in errors.errors() {
        // The rules of a whole object are said of the object.
        // A member that is called like a keyword of Rust comes with its mark.
        let name = name.trim_start_matches("r#");
        let here = if name == "__all__" { at.to_owned() } else { format!("{at}/{name}") };
        match kind {
            ValidationErrorsKind::Field(found) => faults.extend(found.iter().map(|error| {
                let detail = error.message.as_deref().unwrap_or("is not acceptable");
                let item = error.params.get(ITEM).map(|index| format!("/{index}"));
                Fault::new(here.clone() + &item.unwrap_or_default(), &error.code, detail)
            })),
            ValidationErrorsKind::Struct(inner) => flatten(inner, &here, faults),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    flatten(inner, &format!("{here}/{index}"), faults);
                }
            }
        }
    }
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
}

/// Query parameters. Unknown ones are refused by the guard, which knows all that an operation takes.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let reader = serde_html_form::Deserializer::from_bytes(req.query_string().as_bytes());
        let parsed = serde_path_to_error::deserialize(reader);
        ready(parsed.map(Self).map_err(|error: serde_path_to_error::Error<_>| {
            let name = pointer(error.path()).trim_start_matches('/').to_owned();
            Error::query(&name, "wrong_type", "is missing or has the wrong type or form")
        }))
    }
}

impl<T: DeserializeOwned + 'static> Argument for Query<T> {
    fn declare(declared: &mut Declared) {
        declared.refusals.insert(400);
    }
}

/// Path parameters.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parsed = web::Path::<T>::from_request(req, payload).into_inner();
        ready(parsed.map(|path| Self(path.into_inner())).map_err(|_| {
            Error::Malformed(
                "malformed_id",
                "the path holds no identifier of the right form".to_owned(),
            )
        }))
    }
}

impl<T: DeserializeOwned + 'static> Argument for Path<T> {
    fn declare(declared: &mut Declared) {
        declared.refusals.extend([400, 404]);
    }
}
