//! Requests that the service makes to itself, so that what comes in a file goes the way of what comes alone.
use std::{future::Future, pin::Pin, rc::Rc, sync::Arc};

use actix_http::Request;
use actix_web::{
    HttpMessage as _,
    http::{
        Method, Uri,
        header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH},
    },
    web::Bytes,
};
use serde_json::Value;

use super::{
    error::{Error, Result},
    joint::Joint,
    middleware::RequestId,
    purpose::Errand,
    source::Source,
};

/// An answer as it comes: status, headers and body.
pub type Raw = (u16, HeaderMap, Bytes);
type Call = dyn Fn(Request) -> Pin<Box<dyn Future<Output = Result<Raw>>>>;

/// The service as it answers itself, on one thread.
#[derive(Clone)]
pub struct Inner(Rc<Call>);

type Make = dyn Fn() -> Pin<Box<dyn Future<Output = Result<Inner>>>> + Send + Sync;

/// Makes the service as it answers itself, on the thread that asks.
#[derive(Clone)]
pub struct Making(Arc<Make>);

/// What the requests of one file, or for one answer, have in common.
pub struct Errands {
    pub joint: Rc<Joint>,
    pub purpose: Option<String>,
    pub on_behalf_of: Option<String>,
    pub legal_basis: Option<String>,
    pub request_id: String,
}

/// One request.
pub struct Asked<'a> {
    pub method: Method,
    pub path: &'a str,
    /// The tag of the version that is changed.
    pub seen: Option<&'a str>,
    pub body: Option<&'a Value>,
    /// Where the record comes from that it writes.
    pub source: Option<Source>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub tag: Option<String>,
    pub body: Value,
}

impl Errands {
    /// Those of one request, in this transaction.
    pub fn of(joint: Rc<Joint>, errand: Errand) -> Self {
        let Errand { purpose, on_behalf_of, legal_basis, request_id, .. } = errand;
        Self { joint, purpose, on_behalf_of, legal_basis, request_id }
    }
}

impl Inner {
    pub fn new<F, A>(call: F) -> Self
    where
        F: Fn(Request) -> A + 'static,
        A: Future<Output = Result<Raw>> + 'static,
    {
        Self(Rc::new(move |request| Box::pin(call(request))))
    }

    /// Asks in the transaction that the errands share.
    pub async fn ask(&self, errands: &Errands, asked: Asked<'_>) -> Result<Answer> {
        let (status, headers, body) = (self.0)(request(errands, asked)?).await?;
        let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).map(ToOwned::to_owned);
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).map_err(Error::internal)?
        };
        Ok(Answer { status, tag, body })
    }
}

impl Making {
    pub fn new<F, I>(make: F) -> Self
    where
        F: Fn() -> I + Send + Sync + 'static,
        I: Future<Output = Result<Inner>> + 'static,
    {
        Self(Arc::new(move || Box::pin(make())))
    }

    pub async fn make(&self) -> Result<Inner> {
        (self.0)().await
    }
}

fn request(errands: &Errands, asked: Asked<'_>) -> Result<Request> {
    let body = asked.body.map(serde_json::to_vec).transpose().map_err(Error::internal)?;
    let uri: Uri = asked.path.parse().map_err(Error::internal)?;
    let json = body.as_ref().map(|_| "application/json");
    let headers = [
        (CONTENT_TYPE, json),
        (IF_MATCH, asked.seen),
        (HeaderName::from_static("purpose"), errands.purpose.as_deref()),
        (HeaderName::from_static("on-behalf-of"), errands.on_behalf_of.as_deref()),
        (HeaderName::from_static("legal-basis"), errands.legal_basis.as_deref()),
    ];
    let mut request = Request::with_payload(Bytes::from(body.unwrap_or_default()).into());
    let head = request.head_mut();
    (head.method, head.uri) = (asked.method, uri);
    for (name, value) in headers {
        if let Some(value) = value {
            head.headers.insert(name, HeaderValue::from_str(value).map_err(Error::internal)?);
        }
    }
    let mut extensions = request.extensions_mut();
    extensions.insert(RequestId(errands.request_id.clone()));
    extensions.insert(Rc::clone(&errands.joint));
    if let Some(source) = asked.source {
        extensions.insert(source);
    }
    drop(extensions);
    Ok(request)
}
