//! The OpenAPI document: what each operation declares, and what the platform adds to all of them.
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::HttpMethod;

use super::{
    error::{Error, PROBLEM_JSON, Result},
    example,
    http::Declaration,
};

mod refusals;

use refusals::{moves, own_form, refusal, refusal_headers};

/// What the document says of the whole service.
pub struct About {
    pub title: &'static str,
    pub version: &'static str,
    pub description: &'static str,
    /// Name and description of each tag, in reading order.
    pub tags: &'static [(&'static str, &'static str)],
    /// The beginning of the addresses of persons whose records may be merged into others.
    pub merging: &'static str,
}

const REQUEST_ID: &str = "0199a5b2-6c1e-7d3a-9f00-2b8c4d5e6f70";

/// Builds the document.
pub fn build(
    about: &About,
    declarations: &[Declaration],
    schemas: BTreeMap<String, Value>,
) -> Result<Value> {
    let mut paths: Map<String, Value> = Map::new();
    let mut ordered: Vec<&Declaration> = declarations.iter().collect();
    ordered.sort_by_key(|declaration| &declaration.path);
    for declaration in ordered {
        let operation = operation(about, declaration, &schemas)?;
        let item = paths.entry(declaration.path.clone()).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(name_of(&declaration.method).to_owned(), operation);
        }
    }
    let tags: Vec<Value> =
        about.tags.iter().map(|(name, text)| json!({"name": name, "description": text})).collect();
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": about.title,
            "version": about.version,
            "description": about.description,
            "contact": {"name": "Kinstead", "url": "https://kinstead.example/contact"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The registry that serves this document."}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": {
                "X-Request-Id": {
                    "description": "Id of the request: the one that was sent, or a new one. Quote it when asking for help.",
                    "schema": {"type": "string", "examples": [REQUEST_ID]},
                },
                "RateLimit": {
                    "description": "What the client has left: `r` requests at once, and all of them in `t` seconds; if none is left, the next one in `t` seconds. Absent where requests are not counted.",
                    "schema": {"type": "string", "examples": ["\"client\";r=29950;t=1"]},
                },
                "RateLimit-Policy": {
                    "description": "How many requests the client may send: `q` in `w` seconds. Absent where requests are not counted.",
                    "schema": {"type": "string", "examples": ["\"client\";q=30000;w=60"]},
                },
            },
            "securitySchemes": {"bearer": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "A signed access token (RFC 9068, EdDSA). What its client may do is read from the registry.",
            }},
        },
    }))
}

fn operation(
    about: &About,
    declaration: &Declaration,
    schemas: &BTreeMap<String, Value>,
) -> Result<Value> {
    let mut value = serde_json::to_value(&declaration.operation).map_err(Error::internal)?;
    let Some(operation) = value.as_object_mut() else { return Ok(value) };
    let name = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    operation.insert("operationId".to_owned(), json!(camel_case(name)));
    add_security(operation, declaration.permission);
    add_parameters(operation, declaration);
    if let Some(body) = operation.get_mut("requestBody") {
        let content = body.get_mut("content").and_then(Value::as_object_mut);
        for media in content.into_iter().flat_map(Map::values_mut) {
            add_example(media, schemas);
        }
    }
    add_responses(about, operation, declaration, schemas);
    Ok(value)
}

/// Says who may call. A permission is no OAuth scope, which `security` could name for such schemes
/// only: it stands in a member of ours, and at the end of the description for readers.
fn add_security(operation: &mut Map<String, Value>, permission: Option<&str>) {
    let Some(permission) = permission else {
        operation.insert("security".to_owned(), json!([]));
        return;
    };
    operation.insert("security".to_owned(), json!([{"bearer": []}]));
    operation.insert("x-permission".to_owned(), json!(permission));
    let needs = format!("Needs the permission `{permission}`.");
    let description = match operation.get("description").and_then(Value::as_str) {
        Some(said) if !said.is_empty() => format!("{said}\n\n{needs}"),
        _ => needs,
    };
    operation.insert("description".to_owned(), json!(description));
}

fn add_parameters(operation: &mut Map<String, Value>, declaration: &Declaration) {
    let mut headers: Vec<Value> = declaration
        .declared
        .headers
        .iter()
        .map(|header| {
            let mut schema = json!({"type": "string", "examples": [header.example]});
            if let (Some(pattern), Some(schema)) = (header.pattern, schema.as_object_mut()) {
                schema.insert("pattern".to_owned(), json!(pattern));
            }
            json!({"name": header.name, "in": "header", "required": header.required,
                   "description": header.description, "schema": schema})
        })
        .collect();
    if declaration.method == HttpMethod::Post && declaration.permission.is_some() {
        let text = if stores(declaration) {
            "A key of the client's own for this request, bare or quoted. Repeated within 7 days, the request gets the first answer and has no second effect."
        } else {
            "Taken as with every POST, bare or quoted. This one stores nothing: repeated, it is answered anew."
        };
        headers.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": text,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$", "examples": ["3f1c2a7e-9b1d-4c55-8e21-77a0c1b2d3e4"]},
        }));
    }
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        for parameter in parameters.iter_mut() {
            lift_example(parameter);
        }
        parameters.extend(headers);
    }
    if operation.get("parameters").is_some_and(|list| list.as_array().is_some_and(Vec::is_empty)) {
        operation.remove("parameters");
    }
}

/// Whether it is a POST that leaves something behind: one with a `:verb` only answers.
fn stores(declaration: &Declaration) -> bool {
    declaration.method == HttpMethod::Post
        && declaration.permission.is_some()
        && !declaration.path.contains(':')
}

/// Moves a parameter's example into its schema, where OpenAPI 3.1 and its readers want it.
fn lift_example(parameter: &mut Value) {
    let Some(parameter) = parameter.as_object_mut() else { return };
    if let Some(example) = parameter.remove("example")
        && let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut)
    {
        schema.insert("examples".to_owned(), json!([example]));
    }
    let taken = parameter.get("schema").and_then(|schema| schema.get("description")).cloned();
    if let Some(description) = taken {
        parameter.entry("description").or_insert(description);
    }
}

fn add_example(media: &mut Value, schemas: &BTreeMap<String, Value>) {
    let Some(media) = media.as_object_mut() else { return };
    if media.contains_key("example") || media.contains_key("examples") {
        return;
    }
    let made = media.get("schema").and_then(|schema| example::of(schema, schemas));
    if let Some(example) = made {
        media.insert("example".to_owned(), example);
    }
}

fn add_responses(
    about: &About,
    operation: &mut Map<String, Value>,
    declaration: &Declaration,
    schemas: &BTreeMap<String, Value>,
) {
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else { return };
    let mut statuses = declaration.declared.refusals.clone();
    if stores(declaration) {
        statuses.extend([409, 422]);
    }
    if moves(about, declaration) {
        statuses.insert(308);
    } else if declaration.permission.is_some() && declaration.method != HttpMethod::Get {
        statuses.insert(409);
    }
    // What the operation itself says of a refusal is the words; its form is that of all problems.
    statuses.extend(
        responses.keys().filter_map(|status| status.parse::<u16>().ok()).filter(|it| *it >= 400),
    );
    for status in statuses {
        let known = responses.get(&status.to_string()).cloned().unwrap_or_default();
        let described = known.get("description").cloned();
        let own = known.get("content").filter(|content| content.is_object()).cloned();
        let refused = match own {
            Some(own) => own_form(status, described, own, &declaration.declared.refusals),
            None => refusal(status, described),
        };
        responses.insert(status.to_string(), refused);
    }
    if declaration.declared.not_modified {
        responses.insert(
            "304".to_owned(),
            json!({"description": "The client holds the current version."}),
        );
    }
    for (status, response) in responses.iter_mut() {
        add_headers(status, response, declaration);
        if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) {
            for (kind, media) in content.iter_mut() {
                if kind != PROBLEM_JSON {
                    add_example(media, schemas);
                }
            }
        }
    }
}

const RECEIPT: &str = "Signed promise that the access log has entries for the persons of this answer; absent if \
    there are none. Of many persons it has the digest of a list: `/v1/log/receipts/{answer}`. What it proves: docs/access-log.md.";

fn add_headers(status: &str, response: &mut Value, declaration: &Declaration) {
    let mut headers = Map::new();
    let mut add = |name: &str, text: &str, example: &str| {
        headers.insert(
            name.to_owned(),
            json!({"description": text, "schema": {"type": "string", "examples": [example]}}),
        );
    };
    let tag = "\"0199a5b26c1e7d3a9f002b8c4d5e6f70.1\"";
    let tagged = declaration
        .declared
        .headers
        .iter()
        .any(|header| matches!(header.name, "If-Match" | "If-None-Match"));
    if matches!(status, "201" | "412") || (tagged && matches!(status, "200" | "304")) {
        add("ETag", "Strong entity tag of the record's version.", tag);
    }
    if status == "201" {
        add(
            "Location",
            "Address of the new record.",
            "/v1/placements/0199a5b2-6c1e-7d3a-9f00-2b8c4d5e6f70",
        );
    }
    if status.starts_with('2') && stores(declaration) {
        add("Idempotency-Replayed", "`true` if this answer was given before.", "true");
    }
    if status.starts_with('2') && declaration.declared.headers.iter().any(|it| it.name == "Purpose")
    {
        add("Access-Receipt", RECEIPT, "kinstead-access-receipt/1 kinstead.example/access-log …");
    }
    if status.starts_with('2') && declaration.declared.translated {
        add("Content-Language", "Language of the labels.", "sr-Latn");
    }
    if status == "200" && declaration.declared.linked {
        add(
            "Link",
            "Address of the next page, `rel=\"next\"`; absent on the last one.",
            "</v1/placements?cursor=eyJrIjoi>; rel=\"next\"",
        );
    }
    refusal_headers(status, &mut add);
    if declaration.declared.personal && (status.starts_with('2') || status == "429") {
        for name in ["RateLimit", "RateLimit-Policy"] {
            let there = json!({"$ref": format!("#/components/headers/{name}")});
            headers.insert(name.to_owned(), there);
        }
    }
    headers.insert("X-Request-Id".to_owned(), json!({"$ref": "#/components/headers/X-Request-Id"}));
    if let Some(response) = response.as_object_mut() {
        let all = response.entry("headers").or_insert_with(|| json!({}));
        if let Some(all) = all.as_object_mut() {
            all.extend(headers);
        }
    }
}

/// The media type of an operation's success.
pub fn media_type(operation: &Value) -> Option<String> {
    let responses = operation.get("responses")?.as_object()?;
    let (_, success) = responses.iter().find(|(status, _)| status.starts_with('2'))?;
    success.get("content")?.as_object()?.keys().next().cloned()
}

/// A name as it stands in the contract.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut camel, word| {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
        camel
    })
}

fn name_of(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "get",
        HttpMethod::Post => "post",
        HttpMethod::Put => "put",
        HttpMethod::Delete => "delete",
        HttpMethod::Patch => "patch",
        HttpMethod::Head => "head",
        HttpMethod::Options => "options",
        HttpMethod::Trace => "trace",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn operation_ids_are_camel_case() {
        assert_eq!(super::camel_case("list_care_periods"), "listCarePeriods");
        assert_eq!(super::camel_case("docs"), "docs");
    }
}
