//! The one error type, and its form on the wire: RFC 9457 `application/problem+json`.
use std::fmt::Write as _;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde_json::Value;
use uuid::Uuid;

pub use super::problem::{Fault, Problem};
use super::{
    limit::Allowance,
    rule::{Class, Refusal},
};

mod database;

pub use database::Found;

pub const PROBLEM_JSON: &str = "application/problem+json";

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can end a request early.
///
/// A variant exists where a client must tell it apart from the others. What only an operator
/// needs goes in the source of `Internal`, which no client ever sees.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the request is not well formed")]
    Malformed(&'static str, String),
    #[error("a query parameter is unknown or not acceptable")]
    BadQuery(Vec<Fault>),
    #[error("some values are not acceptable")]
    Invalid(Vec<Fault>),
    #[error("credentials are missing or not valid")]
    Unauthenticated,
    #[error("the caller may not do this")]
    Forbidden(&'static str),
    #[error("the caller may not ask for this purpose")]
    Purpose(Vec<String>),
    #[error("the record would lie outside what the caller is responsible for")]
    OutOfReach,
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("this resource does not take the method")]
    MethodNotAllowed(String),
    #[error("none of the media types asked for can be sent")]
    NotAcceptable,
    #[error("the body did not arrive in time")]
    BodyTimeout,
    #[error("the state of the record does not allow this step")]
    State(String),
    #[error("the record was merged into another one")]
    Merged(Box<Merged>),
    #[error("a rule of the registry refuses this")]
    Rule(Box<Refusal>),
    #[error("a decision is dated before what it decides on")]
    Predated(String),
    #[error("a request with this idempotency key is under way")]
    KeyInFlight,
    #[error("this idempotency key was used for another request")]
    KeyReused,
    #[error("the cursor has expired: start from the first page")]
    CursorExpired,
    #[error("the copy cannot go on from this cursor: make it anew")]
    CopyEnded(&'static str),
    #[error("the record changed since it was read")]
    Stale(String),
    #[error("the body is too large")]
    TooLarge(usize),
    #[error("the body must be application/json")]
    UnsupportedMediaType,
    #[error("a change must say which version of the record it changes, in If-Match")]
    PreconditionRequired,
    #[error("the client sends more requests than it may")]
    RateLimited(Allowance),
    #[error("the client reads about more persons than anybody needs")]
    TooManyPersons,
    #[error("the service is busy")]
    Busy,
    #[error("the access log cannot be written: nothing is answered")]
    LogUnavailable,
    /// The service asked itself, and was refused.
    #[error("{}", .0.title)]
    Relayed(Box<Problem>),
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where a record went that is one with another one now.
#[derive(Debug)]
pub struct Merged {
    pub into: Uuid,
    /// The same address with the id of the other record, for whoever reads.
    pub location: Option<String>,
}

/// Every code of [`Error`], with the status it goes with. `docs/errors.md` has a section for each.
pub const CODES: &[(&str, u16)] = &[
    ("moved", 308),
    ("malformed_json", 400),
    ("malformed_upload", 400),
    ("malformed_id", 400),
    ("malformed_header", 400),
    ("purpose_required", 400),
    ("invalid_query", 400),
    ("invalid_cursor", 400),
    ("cursor_mismatch", 400),
    ("unauthenticated", 401),
    ("forbidden", 403),
    ("purpose_not_allowed", 403),
    ("out_of_reach", 403),
    ("not_found", 404),
    ("method_not_allowed", 405),
    ("not_acceptable", 406),
    ("body_timeout", 408),
    ("state_conflict", 409),
    ("merged", 409),
    ("rule_conflict", 409),
    ("idempotency_in_flight", 409),
    ("cursor_expired", 410),
    ("copy_ended", 410),
    ("stale", 412),
    ("body_too_large", 413),
    ("unsupported_media_type", 415),
    ("invalid", 422),
    ("rule_breached", 422),
    ("decision_predated", 422),
    ("idempotency_key_reused", 422),
    ("precondition_required", 428),
    ("rate_limited", 429),
    ("too_many_persons", 429),
    ("busy", 503),
    ("log_unavailable", 503),
    ("internal", 500),
];

impl Error {
    /// An internal error, from anything that says what happened.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The refusal that the service gave itself, from its body.
    #[must_use]
    pub fn relayed(body: Value) -> Self {
        match serde_json::from_value::<Problem>(body) {
            Ok(problem) => match problem.code.as_str() {
                "too_many_persons" => Self::TooManyPersons,
                "busy" => Self::Busy,
                "log_unavailable" => Self::LogUnavailable,
                "internal" => Self::internal("the service failed at what it asked itself"),
                _ => Self::Relayed(Box::new(problem)),
            },
            Err(cause) => Self::internal(cause),
        }
    }

    /// One value of the body that cannot be accepted.
    pub fn value(pointer: &str, code: &str, detail: &str) -> Self {
        Self::Invalid(vec![Fault::new(pointer, code, detail)])
    }

    /// The same error of a value that is a part of another one: its pointers begin with `pointer`.
    #[must_use]
    pub fn below(self, pointer: &str) -> Self {
        match self {
            Self::Invalid(mut faults) => {
                for fault in &mut faults {
                    fault.pointer.insert_str(0, pointer);
                }
                Self::Invalid(faults)
            }
            Self::Rule(mut refusal) => {
                refusal.pointer = refusal.pointer.map(|inner| format!("{pointer}{inner}"));
                Self::Rule(refusal)
            }
            other => other,
        }
    }

    /// Whether it says that something is not there.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::NotFound(_) => true,
            Self::Invalid(faults) => faults.iter().any(|fault| fault.code == "unknown_reference"),
            _ => false,
        }
    }

    /// One query parameter that cannot be accepted.
    pub fn query(name: &str, code: &str, detail: &str) -> Self {
        Self::BadQuery(vec![Fault::new(format!("?{name}"), code, detail)])
    }

    /// The stable code of each variant: the public contract, in one table.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(code, _) => code,
            Self::BadQuery(_) => "invalid_query",
            Self::Invalid(_) => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::Purpose(_) => "purpose_not_allowed",
            Self::OutOfReach => "out_of_reach",
            Self::NotFound(_) => "not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::NotAcceptable => "not_acceptable",
            Self::BodyTimeout => "body_timeout",
            Self::State(_) => "state_conflict",
            Self::Merged(merged) if merged.location.is_some() => "moved",
            Self::Merged(_) => "merged",
            Self::Rule(refusal) => match refusal.class {
                Class::Conflict => "rule_conflict",
                Class::Values => "rule_breached",
            },
            Self::Predated(_) => "decision_predated",
            Self::KeyInFlight => "idempotency_in_flight",
            Self::KeyReused => "idempotency_key_reused",
            Self::CursorExpired => "cursor_expired",
            Self::CopyEnded(_) => "copy_ended",
            Self::Stale(_) => "stale",
            Self::TooLarge(_) => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::PreconditionRequired => "precondition_required",
            Self::RateLimited(_) => "rate_limited",
            Self::TooManyPersons => "too_many_persons",
            Self::Busy => "busy",
            Self::LogUnavailable => "log_unavailable",
            Self::Relayed(problem) => {
                let known = CODES.iter().find(|(code, _)| *code == problem.code);
                known.map_or("internal", |(code, _)| code)
            }
            Self::Internal(_) => "internal",
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Malformed(_, detail) | Self::State(detail) => Some(detail.clone()),
            Self::Forbidden(permission) => Some(format!("this needs the permission {permission}")),
            Self::Purpose(allowed) => Some(format!("its purposes are {}", allowed.join(", "))),
            Self::Rule(refusal) => Some(refusal.detail.clone()),
            Self::RateLimited(allowance) => {
                Some(format!("{} requests a minute are taken", allowance.quota))
            }
            Self::CopyEnded(why) => Some((*why).to_owned()),
            Self::TooLarge(limit) => Some(format!("at most {limit} bytes are taken")),
            Self::MethodNotAllowed(allowed) => Some(format!("it takes {allowed}")),
            _ => None,
        }
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::BadQuery(faults) | Self::Invalid(faults) => faults.clone(),
            Self::Predated(pointer) => {
                let detail = "must not lie before the day of what it decides on";
                vec![Fault::new(pointer, "predated", detail)]
            }
            Self::Rule(refusal) => refusal
                .pointer
                .as_ref()
                .map(|pointer| Fault::new(pointer, "rule", refusal.detail.clone()))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The problem as it is sent, but for what only the edge knows: instance and request id.
    #[must_use]
    pub fn problem(&self) -> Problem {
        if let Self::Relayed(problem) = self {
            return (**problem).clone();
        }
        let code = self.code();
        let refusal = if let Self::Rule(refusal) = self { Some(refusal) } else { None };
        let cited = refusal.and_then(|refusal| refusal.cited.as_ref());
        Problem {
            r#type: format!("/problems/{code}"),
            title: self.to_string(),
            status: self.status_code().as_u16().into(),
            detail: self.detail(),
            instance: None,
            code: code.to_owned(),
            request_id: None,
            errors: self.faults(),
            rule: refusal.map(|refusal| refusal.rule.clone()),
            rule_version: cited.map(|cited| cited.version.to_string()),
            legal_basis: cited.map(|cited| cited.legal_basis.clone()),
            facts: refusal.map(|refusal| refusal.facts.clone()),
            merged_into: if let Self::Merged(merged) = self { Some(merged.into) } else { None },
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        let code = self.code();
        CODES
            .iter()
            .find(|(known, _)| *known == code)
            .and_then(|(_, status)| StatusCode::from_u16(*status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(cause) = self {
            log::error!("{}", chain(cause.as_ref()));
        }
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Unauthenticated => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Self::MethodNotAllowed(allowed) => {
                response.insert_header((header::ALLOW, allowed.as_str()));
            }
            Self::Merged(merged) => {
                if let Some(location) = &merged.location {
                    response.insert_header((header::LOCATION, location.as_str()));
                }
            }
            Self::Stale(etag) => {
                response.insert_header((header::ETAG, etag.as_str()));
            }
            Self::RateLimited(allowance) => {
                response.insert_header((header::RETRY_AFTER, allowance.reset.max(1).to_string()));
            }
            Self::TooManyPersons => {
                response.insert_header((header::RETRY_AFTER, "3600"));
            }
            Self::Busy | Self::LogUnavailable | Self::KeyInFlight => {
                response.insert_header((header::RETRY_AFTER, "1"));
            }
            _ => {}
        }
        response.content_type(PROBLEM_JSON).json(self.problem())
    }
}

/// The causes of an error in one line, without the values that PostgreSQL likes to quote.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(line, ": {cause}");
        next = cause.source();
    }
    line
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Rule(Box::new(refusal))
    }
}
