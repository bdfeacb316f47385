//! Refusals in the document: their codes, their form, their headers, and addresses that lead elsewhere.
use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::openapi::HttpMethod;

use super::{About, REQUEST_ID};
use crate::platform::{
    error::{CODES, PROBLEM_JSON},
    http::Declaration,
    need::merged::stays,
};

/// Whether it is asked of a record that may have been merged into another one, and is not told of what was.
pub fn moves(about: &About, declaration: &Declaration) -> bool {
    declaration.permission.is_some()
        && declaration.method == HttpMethod::Get
        && declaration.path.starts_with(about.merging)
        && !stays(&declaration.path)
}

pub fn refusal(status: u16, declared: Option<Value>) -> Value {
    let codes: Vec<&str> =
        CODES.iter().filter(|(_, known)| *known == status).map(|(code, _)| *code).collect();
    let text = format!(
        "Refused: {}.",
        codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ")
    );
    let description = match declared.as_ref().and_then(Value::as_str) {
        Some(declared) if !declared.is_empty() => format!("{text} {declared}"),
        _ => text,
    };
    let code = codes.first().copied().unwrap_or("internal");
    json!({
        "description": description,
        "content": {PROBLEM_JSON: {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": {
                "type": format!("/problems/{code}"), "title": title_of(status),
                "status": status, "code": code, "request_id": REQUEST_ID,
            },
        }},
    })
}

/// A refusal in a form of the operation's own; beside that of problems, if the guards before the
/// operation may refuse like this, too.
pub fn own_form(
    status: u16,
    described: Option<Value>,
    own: Value,
    guards: &BTreeSet<u16>,
) -> Value {
    let mut response = refusal(status, described.clone());
    if guards.contains(&status) {
        let content = response.get_mut("content").and_then(Value::as_object_mut);
        if let (Some(content), Value::Object(own)) = (content, own) {
            content.extend(own);
        }
        return response;
    }
    json!({"description": described, "content": own})
}

fn title_of(status: u16) -> &'static str {
    actix_web::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("refused")
}

pub fn refusal_headers(status: &str, add: &mut dyn FnMut(&str, &str, &str)) {
    if matches!(status, "409" | "429" | "503") {
        add("Retry-After", "Seconds to wait before trying again.", "1");
    }
    if status == "308" {
        add(
            "Location",
            "The same address with the id of the record that this one was merged into.",
            "/v1/children/5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90",
        );
    }
    if status == "405" {
        add("Allow", "Methods that the path takes.", "GET, HEAD");
    }
    if status == "401" {
        add("WWW-Authenticate", "How to authenticate.", "Bearer");
    }
}
