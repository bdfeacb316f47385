//! What for: the purposes for which somebody may ask about persons, and what is said with a request.
use actix_web::{HttpMessage as _, HttpRequest};

use super::{
    access::Permission,
    actor::Actor,
    error::{Error, Result},
    extract::Header,
    middleware::RequestId,
    receipt::{ReceiptId, Said},
};

const PURPOSE: &str = "Purpose";
const ON_BEHALF_OF: &str = "On-Behalf-Of";
const MOST_PURPOSE: usize = 60;
const MOST_ON_BEHALF: usize = 100;
const LEGAL_BASIS: &str = "Legal-Basis";
const MOST_LEGAL_BASIS: usize = 200;

/// The headers that say it, for the contract.
pub(super) const HEADERS: [Header; 3] = [
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
    Header {
        name: LEGAL_BASIS,
        required: false,
        description: "The law that the request stands on. Stands in the access log, readable to the person concerned.",
        pattern: Some("^[!-~]([ -~]{0,198}[!-~])?$"),
        example: "Family Law, art. 267",
    },
];

/// What somebody asks for, as the access log keeps it.
#[derive(Debug, Clone)]
pub struct Errand {
    pub purpose: Option<String>,
    pub on_behalf_of: Option<String>,
    pub legal_basis: Option<String>,
    /// Operation of the contract.
    pub operation: String,
    pub request_id: String,
    /// Names the answer in the log and in its receipt.
    pub answer: ReceiptId,
}

impl Errand {
    /// What a request says. Where `P` opens data about persons it must say what for.
    pub fn of<P: Permission>(req: &HttpRequest, actor: &Actor, operation: &str) -> Result<Self> {
        let purpose = if P::CLASSES.is_empty() { None } else { Some(purpose(req, actor)?) };
        let request_id = req.extensions().get::<RequestId>().map(|id| id.0.clone());
        Ok(Self {
            purpose,
            on_behalf_of: on_behalf_of(req)?,
            legal_basis: legal_basis(req)?,
            operation: operation.to_owned(),
            request_id: request_id.unwrap_or_default(),
            answer: rand::random(),
        })
    }

    /// The same errand for another answer: two have never one id.
    #[must_use]
    pub(super) fn anew(&self) -> Self {
        Self { answer: rand::random(), ..self.clone() }
    }

    /// What the entries and the receipt of its answer say of it.
    pub(super) fn said<'s>(&'s self, actor: &Actor, field_classes: &'s [&'s str]) -> Said<'s> {
        Said {
            client: actor.id,
            // A client of no organisation is one of the registry itself.
            organisation: actor.organisation.unwrap_or_default(),
            purpose: self.purpose.as_deref().unwrap_or_default(),
            legal_basis: self.legal_basis.as_deref(),
            operation: &self.operation,
            field_classes,
            request_id: &self.request_id,
        }
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

fn legal_basis(req: &HttpRequest) -> Result<Option<String>> {
    let Some(header) = req.headers().get(LEGAL_BASIS) else { return Ok(None) };
    let fits = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    let text = header
        .to_str()
        .ok()
        .filter(|text| (1..=MOST_LEGAL_BASIS).contains(&text.len()) && text.bytes().all(fits));
    text.map(|text| Some(text.to_owned())).ok_or_else(|| {
        let detail = "Legal-Basis must be 1 to 200 visible characters of ASCII";
        Error::Malformed("malformed_header", detail.to_owned())
    })
}
