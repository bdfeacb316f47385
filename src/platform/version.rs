//! Optimistic concurrency: the entity tag names the record and its version.
use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{ETAG, IF_MATCH, IF_NONE_MATCH},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    error::{Error, Result},
    extract::{Argument, Declared, Header},
    journal::Subject,
};

/// Something with a version, 1 for a new record and one more with each change.
pub trait Versioned: Serialize {
    fn version(&self) -> i64;
}

/// The strong entity tag of a record. It holds the id, so that the tag of one record never fits
/// another.
pub fn etag<T: Subject>(record: &T) -> String {
    format!("\"{}.{}\"", record.subject_id().simple(), record.version())
}

/// The strong entity tag of a record that is answered with the lists under it: that of the record, and
/// a digest of the whole.
pub fn etag_of_whole<T: Subject>(record: &T, whole: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(whole).into();
    let digest = digest.first_chunk().copied().map(Uuid::from_bytes).unwrap_or_default();
    format!("{}{OF_WHOLE}{}\"", bare(&etag(record)), digest.simple())
}

/// What stands between the tag of a record and the digest of what was read with it.
const OF_WHOLE: char = '+';

fn bare(tag: &str) -> &str {
    tag.strip_suffix('"').unwrap_or(tag)
}

/// The version that the client last saw, from `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(String);

impl IfMatch {
    /// Refuses a change of a record that is no longer what the client saw, whether it saw lists with it
    /// or not: they are not what it changes.
    pub fn check<T: Subject>(&self, current: &T) -> Result<()> {
        let tag = etag(current);
        let seen = self.0.split_once(OF_WHOLE).map_or(bare(&self.0), |(record, _)| record);
        if seen == bare(&tag) { Ok(()) } else { Err(Error::Stale(tag)) }
    }

    /// The tag of this very record, for callers that read it in the same transaction.
    pub fn of<T: Subject>(record: &T) -> Self {
        Self(etag(record))
    }
}

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(header) = req.headers().get(IF_MATCH) else {
            return ready(Err(Error::PreconditionRequired));
        };
        let tag = header.to_str().ok().filter(|tag| {
            let bare = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
            bare.is_some_and(|bare| !bare.is_empty() && bare.bytes().all(visible))
        });
        ready(tag.map(|tag| Self(tag.to_owned())).ok_or_else(|| {
            Error::Malformed(
                "malformed_header",
                "If-Match must be one strong entity tag".to_owned(),
            )
        }))
    }
}

impl Argument for IfMatch {
    fn declare(declared: &mut Declared) {
        declared.refusals.extend([400, 412, 428]);
        declared.headers.push(Header {
            name: "If-Match",
            required: true,
            description: "Entity tag of the record as it was read.",
            pattern: Some("^[!-~]{3,}$"),
            example: "\"0199a5b26c1e7d3a9f002b8c4d5e6f70.1\"",
        });
    }
}

/// The version that the client holds already, from `If-None-Match`.
#[derive(Debug, Clone, Default)]
pub struct IfNoneMatch(Option<String>);

impl IfNoneMatch {
    /// Whether the client holds the version with this tag.
    pub(super) fn fits(&self, tag: &str) -> bool {
        self.0.as_deref().is_some_and(|known| {
            known
                .split(',')
                .map(str::trim)
                .any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag)
        })
    }

    /// Answers 304 when the client has this version, else the record with its tag.
    pub fn answer<T: Subject>(&self, record: &T) -> HttpResponse {
        let tag = etag(record);
        if self.fits(&tag) {
            return HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
        }
        HttpResponse::Ok().insert_header((ETAG, tag)).json(record)
    }
}

impl FromRequest for IfNoneMatch {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = req.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
        ready(Ok(Self(header.map(ToOwned::to_owned))))
    }
}

impl Argument for IfNoneMatch {
    fn declare(declared: &mut Declared) {
        declared.not_modified = true;
        declared.headers.push(Header {
            name: "If-None-Match",
            required: false,
            description: "Entity tag that the client holds; 304 if it still fits.",
            pattern: None,
            example: "\"0199a5b26c1e7d3a9f002b8c4d5e6f70.1\"",
        });
    }
}
