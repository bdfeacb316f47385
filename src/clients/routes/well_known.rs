//! `/.well-known/…`: what a client and others need to know of this service as an issuer of tokens.
use actix_web::{HttpResponse, http::header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    platform::{
        access::Public,
        error::Result,
        http::{BaseUrl, Routes},
        jwk::PublicJwk,
    },
    routes,
};

/// How long others may keep what is published, in seconds: far shorter than a new key is published
/// before it signs.
const KEPT: &str = "public, max-age=60";

pub fn routes() -> Routes {
    routes![read_authorization_server, read_token_keys]
}

/// What this service is as an issuer of tokens (RFC 8414).
#[derive(Serialize, ToSchema)]
struct AuthorizationServer {
    /// Its name as an issuer: the `aud` of assertions, and the `iss` of its tokens.
    #[schema(example = "https://kinstead.example")]
    issuer: String,
    /// Where tokens are asked for.
    #[schema(example = "https://kinstead.example/oauth/token")]
    token_endpoint: String,
    /// Where its keys are.
    #[schema(example = "https://kinstead.example/.well-known/jwks.json")]
    jwks_uri: String,
    /// The grants that there are.
    #[schema(example = json!(["client_credentials"]))]
    grant_types_supported: Vec<&'static str>,
    /// None: nobody logs in here.
    #[schema(example = json!([]))]
    response_types_supported: Vec<&'static str>,
    /// How clients prove who they are.
    #[schema(example = json!(["private_key_jwt"]))]
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// The algorithms of their assertions.
    #[schema(example = json!(["EdDSA", "ES256"]))]
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// The documentation, for a browser.
    #[schema(example = "https://kinstead.example/docs/")]
    service_documentation: String,
}

/// A set of public keys (RFC 7517).
#[derive(Serialize, ToSchema)]
struct KeySet {
    /// The keys, the one that signs now and those before and after it.
    keys: Vec<PublicJwk>,
}

#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "clients",
    summary = "Read what this service is as an issuer of tokens",
    description = "Names of the issuer, addresses, and what the token endpoint takes (RFC 8414).",
    responses((status = 200, description = "What it is.", body = AuthorizationServer)))]
async fn read_authorization_server(public: Public, base: BaseUrl) -> Result<HttpResponse> {
    let issuer = public.tokens().issuer().to_owned();
    let base = if base.0.is_empty() { issuer.trim_end_matches('/').to_owned() } else { base.0 };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, KEPT)).json(AuthorizationServer {
        issuer,
        token_endpoint: format!("{base}/oauth/token"),
        jwks_uri: format!("{base}/.well-known/jwks.json"),
        grant_types_supported: vec!["client_credentials"],
        response_types_supported: vec![],
        token_endpoint_auth_methods_supported: vec!["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: vec!["EdDSA", "ES256"],
        service_documentation: format!("{base}/docs/"),
    }))
}

#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "clients", summary = "Read the keys of the token issuer",
    description = "The public keys with which the service's tokens can be checked. A new one stands here before it signs, an old one until its last token has run out.",
    responses((status = 200, description = "The keys.", body = KeySet)))]
async fn read_token_keys(public: Public) -> Result<HttpResponse> {
    let keys = public.tokens().published();
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, KEPT)).json(KeySet { keys }))
}
