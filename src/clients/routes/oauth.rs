//! `/oauth/token`: a client gives an assertion and gets an access token (RFC 6749 4.4, RFC 7523).
//!
//! The one endpoint that refuses in another form than a problem: that of RFC 6749 5.2, which the
//! libraries of clients know.
use actix_web::{HttpResponse, http::header};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    clients::{
        model::{ClientId, ClientKeyId},
        store::{self, Presented},
    },
    platform::{
        access::Public, assertion::Assertion, error::Result, form::Form, http::Routes,
        middleware::OwnForm,
    },
    routes, text_enum,
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub fn routes() -> Routes {
    routes![issue_token]
}

/// A request for an access token.
#[derive(ToSchema)]
#[expect(dead_code, reason = "what is read is a form; this says what of")]
struct TokenRequest {
    /// `client_credentials`.
    #[schema(example = "client_credentials")]
    grant_type: String,
    /// What kind of proof the client gives.
    #[schema(example = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")]
    client_assertion_type: String,
    /// A JWT that is signed with one of the client's keys: `iss` and `sub` are the client's id, `aud` is the
    /// issuer as one text, `jti` is new each time, `exp` is at most five minutes ahead.
    #[schema(example = "eyJhbGciOiJFZERTQSIsImtpZCI6ImtQckt...")]
    client_assertion: String,
    /// The client's id, if it is said twice.
    #[schema(nullable = false, required = false, example = "0199a5b2-0004-7000-8000-000000000001")]
    client_id: Option<String>,
}

/// An access token.
#[allow(clippy::struct_field_names, reason = "the names are those of RFC 6749")]
#[derive(Serialize, ToSchema)]
struct AccessToken {
    /// The token, for the header `Authorization: Bearer`.
    #[schema(example = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9...")]
    access_token: String,
    /// How it is used.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How long it lives, in seconds.
    #[schema(example = 300)]
    expires_in: i64,
}

text_enum! {
    /// Why there is no token (RFC 6749 5.2).
    pub enum TokenErrorCode {
        InvalidRequest = "invalid_request",
        InvalidClient = "invalid_client",
        InvalidScope = "invalid_scope",
        UnsupportedGrantType = "unsupported_grant_type",
    }
}

/// A refusal in the form of RFC 6749.
#[derive(Debug, Serialize, ToSchema)]
struct TokenError {
    /// Why there is no token.
    error: TokenErrorCode,
    /// The same for a person.
    #[schema(example = "the assertion is missing or not valid, or its client may not act")]
    error_description: &'static str,
}

#[utoipa::path(post, path = "/oauth/token", tag = "clients", summary = "Get an access token",
    description = "A client proves with one of its keys who it is and gets a token that lives five minutes (RFC 6749 4.4, RFC 7523). Each assertion is taken once. Refusals have the form of RFC 6749 5.2; only what is refused before the form is read is a problem.",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token.", body = AccessToken),
        (status = 400, description = "`invalid_request`, `invalid_scope` or `unsupported_grant_type`.", body = TokenError,
            example = json!({"error": "invalid_request", "error_description": "grant_type is missing"})),
        (status = 401, description = "`invalid_client`: the assertion is not good, was used before, or its client may not act.", body = TokenError,
            example = json!({"error": "invalid_client", "error_description": "the assertion is missing or not valid, or its client may not act"})),
        (status = 429, description = "The client asks too often; the assertion is used up all the same.")))]
async fn issue_token(public: Public, form: Form) -> Result<HttpResponse> {
    let granted = match read(form) {
        Ok(assertion) => grant(&public, assertion).await?,
        Err(refusal) => Err(refusal),
    };
    Ok(granted.map_or_else(TokenError::response, AccessToken::response))
}

/// The assertion of a request, if the request is one for a token.
fn read(form: Form) -> Result<Assertion, TokenError> {
    use TokenErrorCode::{InvalidRequest, InvalidScope, UnsupportedGrantType};
    let pairs = form.0.map_err(|_| TokenError::new(InvalidRequest, "the body must be a form"))?;
    let value = |name: &str| -> Result<Option<&str>, TokenError> {
        let mut values = pairs.iter().filter(|(known, _)| known == name);
        let (first, second) = (values.next(), values.next());
        if second.is_some() {
            return Err(TokenError::new(InvalidRequest, "a parameter is there twice"));
        }
        Ok(first.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()))
    };
    let (kind, assertion) = (value("client_assertion_type")?, value("client_assertion")?);
    let (named, scope, secret) = (value("client_id")?, value("scope")?, value("client_secret")?);
    match value("grant_type")? {
        Some("client_credentials") => {}
        Some(_) => {
            let detail = "the only one is client_credentials";
            return Err(TokenError::new(UnsupportedGrantType, detail));
        }
        None => return Err(TokenError::new(InvalidRequest, "grant_type is missing")),
    }
    if secret.is_some() {
        return Err(TokenError::new(InvalidRequest, "no secret is ever sent: sign an assertion"));
    }
    if scope.is_some() {
        return Err(TokenError::new(
            InvalidScope,
            "there are no scopes: the registry knows the roles",
        ));
    }
    let assertion = assertion.filter(|_| kind == Some(ASSERTION_TYPE)).and_then(Assertion::read);
    let assertion = assertion.ok_or_else(TokenError::client)?;
    let same = named.is_none_or(|named| named == assertion.client.to_string());
    if same { Ok(assertion) } else { Err(TokenError::client()) }
}

/// The token for an assertion that is good and was not used before.
async fn grant(public: &Public, assertion: Assertion) -> Result<Result<AccessToken, TokenError>> {
    let (now, issuer, client) =
        (public.now(), public.tokens().issuer().to_owned(), assertion.client);
    let key = public.work(move |conn| spend(conn, &assertion, &issuer, now)).await?;
    let Some(key) = key else { return Ok(Err(TokenError::client())) };
    public.count(client)?;
    let Some((access_token, life)) = public.tokens().issue(client, key.untyped(), now)? else {
        let detail = "this service signs no tokens: ask its issuer";
        return Ok(Err(TokenError::new(TokenErrorCode::UnsupportedGrantType, detail)));
    };
    Ok(Ok(AccessToken { access_token, token_type: "Bearer", expires_in: life.num_seconds() }))
}

/// Uses up an assertion; the key that it was signed with, if it was good.
fn spend(
    conn: &mut PgConnection,
    assertion: &Assertion,
    issuer: &str,
    now: DateTime<Utc>,
) -> Result<Option<ClientKeyId>> {
    let presented = Presented {
        client: ClientId::from_untyped(assertion.client),
        kid: assertion.kid().map(ToOwned::to_owned),
    };
    let Some(key) = store::live_key(conn, &presented, now)? else { return Ok(None) };
    let Some(proven) = assertion.check(&key.jwk, issuer, now)? else { return Ok(None) };
    let first = store::spend(conn, &proven.hash, proven.expires_at)?;
    Ok(first.then_some(key.id))
}

impl AccessToken {
    fn response(self) -> HttpResponse {
        HttpResponse::Ok().insert_header((header::PRAGMA, "no-cache")).json(self)
    }
}

impl TokenError {
    fn new(error: TokenErrorCode, error_description: &'static str) -> Self {
        Self { error, error_description }
    }

    /// One answer for all that may be wrong with a client: whoever guesses learns nothing.
    fn client() -> Self {
        let detail = "the assertion is missing or not valid, or its client may not act";
        Self::new(TokenErrorCode::InvalidClient, detail)
    }

    fn response(self) -> HttpResponse {
        let mut response = match self.error {
            TokenErrorCode::InvalidClient => HttpResponse::Unauthorized(),
            _ => HttpResponse::BadRequest(),
        };
        if self.error == TokenErrorCode::InvalidClient {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let mut response = response.insert_header((header::PRAGMA, "no-cache")).json(self);
        response.extensions_mut().insert(OwnForm);
        response
    }
}
