//! What for: the purposes for which somebody may ask about persons, and what is said with a request.
use actix_web::{HttpMessage as _, HttpRequest};

use super::{
    access::Permission,
    actor::Actor,
    error::{Error, Result},
    extract::Header,
    middleware::RequestId,
};

const PURPOSE: &str = "Purpose";
const ON_BEHALF_OF: &str = "On-Behalf-Of";
const MOST_PURPOSE: usize = 60;
const MOST_ON_BEHALF: usize = 100;

/// The headers that say it, for the contract.
pub(super) const HEADERS: [Header; 2] = [
    Header {
        name: PURPOSE,
        required: false,
        description: "What the data are wanted for: code of the list `purpose`, one of those that the client may ask for; its usual one unless said. Stands in the access log.",
        pattern: Some("^[a-z0-9_]{1,60}$"),
        example: "case_management",
    },
    Header {
        name: ON_BEHALF_OF,
        required: false,
        description: "Who asks, as the client's own system knows the person. Stands in the access log, readable to auditors alone.",
        pattern: Some("^[A-Za-z0-9._@:/+=-]{1,100}$"),
        example: "worker-4711",
    },
];

/// What somebody asks for, as the access log keeps it.
#[derive(Debug, Clone)]
pub struct Errand {
    pub purpose: Option<String>,
    pub on_behalf_of: Option<String>,
    /// Operation of the contract.
    pub operation: String,
    pub request_id: String,
}

impl Errand {
    /// What a request says. Where `P` opens data about persons it must say what for.
    pub fn of<P: Permission>(req: &HttpRequest, actor: &Actor, operation: &str) -> Result<Self> {
        let purpose = if P::CLASSES.is_empty() { None } else { Some(purpose(req, actor)?) };
        let request_id = req.extensions().get::<RequestId>().map(|id| id.0.clone());
        Ok(Self {
            purpose,
            on_behalf_of: on_behalf_of(req)?,
            operation: operation.to_owned(),
            request_id: request_id.unwrap_or_default(),
        })
    }
}

/// The purpose in the header, else the client's usual one.
fn purpose(req: &HttpRequest, actor: &Actor) -> Result<String> {
    let Some(header) = req.headers().get(PURPOSE) else {
        return actor.default_purpose.clone().ok_or_else(|| {
            let purposes = actor.purposes.join(", ");
            let detail = format!("say in the header Purpose what the data are for: {purposes}");
            Error::Malformed("purpose_required", detail)
        });
    };
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let code = header
        .to_str()
        .ok()
        .filter(|code| (1..=MOST_PURPOSE).contains(&code.len()) && code.bytes().all(fits));
    let Some(code) = code else {
        let detail = "Purpose must be a code of the list purpose";
        return Err(Error::Malformed("malformed_header", detail.to_owned()));
    };
    if actor.purposes.iter().any(|purpose| purpose == code) {
        return Ok(code.to_owned());
    }
    Err(Error::Purpose(actor.purposes.clone()))
}

fn on_behalf_of(req: &HttpRequest) -> Result<Option<String>> {
    let Some(header) = req.headers().get(ON_BEHALF_OF) else { return Ok(None) };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._@:/+=-".contains(&byte);
    let name = header
        .to_str()
        .ok()
        .filter(|name| (1..=MOST_ON_BEHALF).contains(&name.len()) && name.bytes().all(fits));
    name.map(|name| Some(name.to_owned())).ok_or_else(|| {
        let detail = "On-Behalf-Of must be 1 to 100 letters, digits or one of . _ @ : / + = -";
        Error::Malformed("malformed_header", detail.to_owned())
    })
}
