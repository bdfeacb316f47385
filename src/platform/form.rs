//! Bodies that are forms, for endpoints whose refusals have a form of their own.
use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::{
    error::{Error, Result},
    extract::{Argument, Declared, collect},
};

/// Names and values of a form, or why it is none. The extraction itself never refuses.
pub struct Form(pub Result<Vec<(String, String)>>);

impl FromRequest for Form {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = collect(req, payload, &["application/x-www-form-urlencoded"]);
        Box::pin(async move { Ok(Self(bytes.await.and_then(|bytes| parse(&bytes)))) })
    }
}

impl Argument for Form {
    fn declare(_: &mut Declared) {}
}

fn parse(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    serde_html_form::from_bytes(bytes)
        .map_err(|_| Error::Malformed("malformed_json", "the body is no form".to_owned()))
}
