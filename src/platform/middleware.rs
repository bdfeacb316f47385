//! What happens around every request: its id, its line in the log, its metrics, its headers.
use std::time::Instant;

use actix_web::{
    Error as ActixError, HttpMessage as _, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{error::PROBLEM_JSON, limit::Allowance};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID: usize = 128;
const TRACE_PARENT: &str = "traceparent";

/// The id of a request, left with it for whoever writes of it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Left with a refusal that has a form of its own and is no problem.
#[derive(Debug, Clone, Copy)]
pub struct OwnForm;

/// Wraps every request, known path or not.
pub async fn around(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let started = Instant::now();
    let id = request_id(&req);
    req.extensions_mut().insert(RequestId(id.clone()));
    let sent = req.headers().get(TRACE_PARENT).and_then(|parent| parent.to_str().ok());
    let trace = sent.and_then(trace_id).unwrap_or_default().to_owned();
    let method = req.method().clone();
    let mut response = next.call(req).await?.map_into_boxed_body();
    // The pattern, not the path: a path may hold an id.
    let route = response.request().match_pattern().unwrap_or_else(|| "unknown".to_owned());
    let status = response.status();
    let leads_elsewhere = status == StatusCode::PERMANENT_REDIRECT;
    let refused = status.is_client_error() || status.is_server_error() || leads_elsewhere;
    let own = response.response().extensions().get::<OwnForm>().is_some();
    if refused && !own {
        response = as_problem(response, &id);
    }
    tell_allowance(&mut response);
    finish_headers(&mut response, &id);
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    let labels =
        [("method", method.to_string()), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels[..2])
        .record(elapsed.as_secs_f64());
    log::debug!(method = method.as_str(), route = route.as_str(), status = status, micros:? = elapsed.as_micros(), request_id = id.as_str(), trace_id = trace.as_str(); "request");
    Ok(response)
}

/// The id that the client sent, if it is safe to repeat, or a new one.
fn request_id(req: &ServiceRequest) -> String {
    let sent = req.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| {
        (1..=MAX_REQUEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    });
    sent.map_or_else(|| Uuid::now_v7().to_string(), ToOwned::to_owned)
}

/// The trace that the request is a part of (W3C Trace Context), so that its line in the log is found
/// from the client's side.
fn trace_id(parent: &str) -> Option<&str> {
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let some = |text: &str| text.bytes().any(|byte| byte != b'0');
    let mut parts = parent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let (span, flags) = (parts.next()?, parts.next()?);
    let known = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
    let whole = hex(trace, 32) && some(trace) && hex(span, 16) && some(span) && hex(flags, 2);
    (known && whole).then_some(trace)
}

/// Says how many requests the client has left, if the guard counted this one.
fn tell_allowance(response: &mut ServiceResponse<BoxBody>) {
    let counted = response.request().extensions().get::<Allowance>().copied();
    let Some(allowance) = counted else { return };
    for (name, value) in
        [("ratelimit-policy", allowance.policy()), ("ratelimit", allowance.state())]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}

fn finish_headers(response: &mut ServiceResponse<BoxBody>, id: &str) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// After this come a system and a number in it.
const NUMBERS: &str = "/external";

/// Completes a problem with the path and the request id; turns the framework's own refusals, which
/// have no body or a plain one, into problems.
fn as_problem(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let (req, refusal) = response.into_parts();
    let is_problem = refusal
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(PROBLEM_JSON.as_bytes()));
    let status = refusal.status();
    let (head, body) = refusal.into_parts();
    let sent: Option<Value> = is_problem
        .then(|| body.try_into_bytes().ok())
        .flatten()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut problem = sent.unwrap_or_else(|| of_status(status));
    if let Some(problem) = problem.as_object_mut() {
        problem.insert("instance".to_owned(), json!(nameless(req.path())));
        problem.insert("request_id".to_owned(), json!(id));
    }
    let mut answer = HttpResponse::build(status);
    for (name, value) in head.headers().iter().filter(|(name, _)| **name != CONTENT_TYPE) {
        answer.append_header((name.clone(), value.clone()));
    }
    let answer = answer.content_type(PROBLEM_JSON).body(problem.to_string());
    ServiceResponse::new(req, answer)
}

/// The path up to a number that another system gave somebody: problems are kept by those who send such numbers.
fn nameless(path: &str) -> &str {
    path.find(NUMBERS).and_then(|place| path.get(..place + NUMBERS.len())).unwrap_or(path)
}

fn of_status(status: StatusCode) -> Value {
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        StatusCode::REQUEST_TIMEOUT => "body_timeout",
        status if status.is_client_error() => "malformed_header",
        _ => "internal",
    };
    let title = status.canonical_reason().unwrap_or("refused");
    json!({"type": format!("/problems/{code}"), "title": title, "status": status.as_u16(), "code": code})
}

#[cfg(test)]
mod tests {
    use super::trace_id;

    /// Examples and rules of the W3C recommendation.
    #[test]
    fn a_trace_is_known_by_a_well_formed_parent() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let span = "00f067aa0ba902b7";
        for parent in [format!("00-{trace}-{span}-01"), format!("cc-{trace}-{span}-01-what-comes")]
        {
            assert_eq!(trace_id(&parent), Some(trace), "{parent}");
        }
        for parent in [
            format!("ff-{trace}-{span}-01"),
            format!("00-{trace}-{span}-01-more"),
            format!("00-{trace}-{span}"),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{}-{span}-01", &trace[1..]),
            "00-\n".to_owned(),
            String::new(),
        ] {
            assert_eq!(trace_id(&parent), None, "{parent}");
        }
    }
}
