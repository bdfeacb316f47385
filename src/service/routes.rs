//! `/`, `/health`, `/version`, `/metrics`, `/openapi.json` and `/problems` over HTTP.
use std::sync::OnceLock;

use actix_web::{HttpResponse, http::header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    contract,
    platform::{
        access::Public,
        error::{Error, Result},
        extract::Path,
        http::Routes,
    },
    routes,
};

/// The meaning of every code of a problem.
const PROBLEMS: &str = include_str!("../../docs/errors.md");

/// Where things are.
#[derive(Debug, Serialize, ToSchema)]
struct Links {
    /// The documentation, for a browser.
    #[schema(example = "/docs/")]
    documentation: &'static str,
    /// The contract (OpenAPI 3.1).
    #[schema(example = "/openapi.json")]
    contract: &'static str,
    /// The code lists.
    #[schema(example = "/v1/code-lists")]
    code_lists: &'static str,
    /// The dated parameters.
    #[schema(example = "/v1/parameters")]
    parameters: &'static str,
    /// Whether the service can work.
    #[schema(example = "/health/ready")]
    health: &'static str,
}

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`; anything else comes as a problem.
    #[schema(example = "ok")]
    status: &'static str,
}

/// What is running.
#[derive(Debug, Serialize, ToSchema)]
struct Version {
    /// Name of the service.
    #[schema(example = "kinstead")]
    name: &'static str,
    /// Version of the service and its contract.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

pub fn routes() -> Routes {
    routes![
        read_root,
        read_liveness,
        read_readiness,
        read_version,
        read_metrics,
        read_contract,
        read_problem_code
    ]
}

/// Starts counting, once for the process, and hands out the counts.
pub fn metrics_recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            log::warn!("somebody else counts already");
        }
        handle
    })
}

#[utoipa::path(get, path = "/", tag = "service", summary = "See where things are",
    description = "Addresses of the documentation, the contract and the lists that a client needs first.",
    responses((status = 200, description = "The addresses.", body = Links)))]
async fn read_root(_public: Public) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=60")).json(
        Links {
            documentation: "/docs/",
            contract: "/openapi.json",
            code_lists: "/v1/code-lists",
            parameters: "/v1/parameters",
            health: "/health/ready",
        },
    ))
}

#[utoipa::path(get, path = "/health/live", tag = "service", summary = "See whether the service runs",
    description = "Answers as long as the process can answer at all.",
    responses((status = 200, description = "It runs.", body = Health)))]
async fn read_liveness(_public: Public) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

#[utoipa::path(get, path = "/health/ready", tag = "service", summary = "See whether the service can work",
    description = "Asks the database. 503 while it does not answer.",
    responses((status = 200, description = "It can work.", body = Health)))]
async fn read_readiness(public: Public) -> Result<HttpResponse> {
    public.ping().await?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

#[utoipa::path(get, path = "/version", tag = "service", summary = "See which version runs",
    description = "Name and version of the service; the contract has the same version.",
    responses((status = 200, description = "The version.", body = Version)))]
async fn read_version(_public: Public) -> Result<HttpResponse> {
    let version = Version { name: "kinstead", version: env!("CARGO_PKG_VERSION") };
    Ok(HttpResponse::Ok().json(version))
}

#[utoipa::path(get, path = "/metrics", tag = "service", summary = "Read the metrics",
    description = "Counts and times in the text format of Prometheus. They tell routes and statuses apart, never persons.",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain",
        example = "http_requests_total{method=\"GET\",route=\"/version\",status=\"200\"} 1")))]
async fn read_metrics(public: Public) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(metrics_recorder().render() + &public.readings()))
}

#[utoipa::path(get, path = "/openapi.json", tag = "service", summary = "Read the contract",
    description = "The OpenAPI document of this very service.",
    responses((status = 200, description = "The document.", body = Object, example = json!({"openapi": "3.1.0"}))))]
async fn read_contract(_public: Public) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .content_type("application/json")
        .body(contract::text()?))
}

#[utoipa::path(get, path = "/problems/{code}", tag = "service", summary = "Read what a problem's code means",
    description = "The page that the `type` of a problem leads to: what happened and what to do.",
    params(("code" = String, Path, description = "Code of the problem.", example = "rule_conflict")),
    responses((status = 200, description = "The page, as Markdown.", body = String, content_type = "text/markdown",
        example = "## rule_conflict\n\nA rule of the registry refuses this.")))]
async fn read_problem_code(_public: Public, code: Path<String>) -> Result<HttpResponse> {
    let page = problem_page(&code.0).ok_or(Error::NotFound("problem_code"))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .content_type("text/markdown; charset=utf-8")
        .body(page))
}

/// The section of a code in the catalogue of problems.
fn problem_page(code: &str) -> Option<String> {
    let known =
        !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let start = PROBLEMS.find(&format!("## {code}\n")).filter(|_| known)?;
    let section = PROBLEMS.get(start..)?;
    let end = section.get(3..)?.find("\n## ").map_or(section.len(), |end| end + 3);
    section.get(..end).map(|section| format!("{}\n", section.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::problem_page;
    use crate::platform::error::CODES;

    #[test]
    fn every_code_has_its_page() {
        for (code, status) in CODES {
            let page = problem_page(code).unwrap_or_else(|| panic!("docs/errors.md lacks {code}"));
            assert!(
                page.contains(&format!("HTTP {status}")),
                "{code} must name its status {status}"
            );
            assert_eq!(page.matches("\n## ").count(), 0, "{code} has more than its section");
        }
        assert!(problem_page("nonsense").is_none() && problem_page("").is_none());
    }
}
