//! Answers that may leave: what they say about persons is in the access log.
use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{
        StatusCode,
        header::{ETAG, HeaderName, LINK},
    },
};

use super::{receipt, reply::Reply, stream::Blocks};

/// A record on each line.
pub const NDJSON: &str = "application/x-ndjson";

/// The answer of a handler that says who may call it. Only the guard makes them, after the access
/// log has taken every person whom the body names: an answer that passed it by does not compile.
pub struct Released(HttpResponse);

impl Released {
    pub(super) fn json(body: Vec<u8>) -> Self {
        Self(HttpResponse::Ok().content_type("application/json").body(body))
    }

    pub(super) fn not_modified(tag: String) -> Self {
        Self(HttpResponse::NotModified().insert_header((ETAG, tag)).finish())
    }

    pub(super) fn of(reply: Reply, replayed: bool) -> Self {
        Self(reply.respond(replayed))
    }

    /// With the receipt that the log will be held to.
    pub(super) fn received(mut self, receipt: Option<String>) -> Self {
        if let Some(receipt) = receipt.and_then(|receipt| receipt.parse().ok()) {
            self.0.headers_mut().insert(HeaderName::from_static(receipt::HEADER), receipt);
        }
        self
    }

    /// Blocks of this media type that are sent as they come.
    pub(super) fn streamed(kind: &'static str, blocks: Blocks) -> Self {
        Self(HttpResponse::Ok().content_type(kind).body(blocks))
    }

    /// With a header of the operation's own, such as one that says where a copy goes on.
    #[must_use]
    pub fn headed(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = value.parse() {
            self.0.headers_mut().insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Of what was made, if it says where that is.
    #[must_use]
    pub fn made_at(mut self, location: Option<&str>) -> Self {
        if let Some(location) = location {
            *self.0.status_mut() = StatusCode::CREATED;
            self = self.headed("location", location);
        }
        self
    }

    pub(super) fn tagged(mut self, tag: &str) -> Self {
        if let Ok(tag) = tag.parse() {
            self.0.headers_mut().insert(ETAG, tag);
        }
        self
    }

    pub(super) fn linked(mut self, link: Option<String>) -> Self {
        if let Some(link) = link.and_then(|link| link.parse().ok()) {
            self.0.headers_mut().insert(LINK, link);
        }
        self
    }
}

impl Responder for Released {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}
