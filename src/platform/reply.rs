//! The answer to a change, in a form that can be kept and sent again.
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;

use super::{
    disclosure::{self, Persons},
    error::Result,
};

/// Status, headers and body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: Vec<u8>,
    /// Whose data the body holds.
    pub persons: Persons,
}

impl Reply {
    pub fn json(status: u16, body: &impl Serialize) -> Result<Self> {
        let (body, persons) = disclosure::json(body)?;
        Ok(Self { status, etag: None, location: None, body, persons: Persons(persons) })
    }

    #[must_use]
    pub fn tag(mut self, etag: String) -> Self {
        self.etag = Some(etag);
        self
    }

    #[must_use]
    pub fn location(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// The answer; `replayed` says that it was given before.
    #[must_use]
    pub(super) fn respond(self, replayed: bool) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        if let Some(etag) = self.etag {
            response.insert_header((header::ETAG, etag));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        response.content_type("application/json").body(self.body)
    }
}
