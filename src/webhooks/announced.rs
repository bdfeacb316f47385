//! What the contract says of the messages, in its section of webhooks.
use serde_json::{Value, json};

/// The section: what is sent to endpoints.
#[must_use]
pub fn announced() -> Value {
    let change = "A record changed that the client may keep a copy of. The `type` is the kind of the record and what \
        the event tells, such as `child.changed`; the `data` are the event as `GET /v1/changes` tells it. Read the \
        record to learn what it is now. `left_scope` means that it has to go from every copy.";
    let ended = "The copy cannot go on: the registry was set back, no longer tells of what was changed then, or the \
        client reaches farther or less far than it did. Make it anew from `GET /v1/changes`; messages go on from \
        the present.";
    let test = "A test that the client asked for. It tells of nobody.";
    let event = json!({"$ref": "#/components/schemas/ChangeEvent"});
    let about = json!({
        "type": "object", "description": "The endpoint.", "required": ["endpoint_id"],
        "properties": {"endpoint_id": {
            "type": "string", "format": "uuid", "description": "Its id.",
            "examples": ["0199a5b2-0011-7000-8000-000000000001"],
        }},
    });
    let id = json!({"endpoint_id": "0199a5b2-0011-7000-8000-000000000001"});
    let told = json!({
        "position": 4711, "type": "changed", "kind": "placement", "id": "0199a5b2-6c1e-7d3a-9f00-2b8c4d5e6f70",
        "parent_id": "5d0f6c5e-93a8-4b0e-8f3c-1f2a7a9c0d11", "version": 2,
        "href": "/v1/placements/0199a5b2-6c1e-7d3a-9f00-2b8c4d5e6f70", "recorded_at": "2026-11-22T07:30:12Z", "event": "started", "changed": ["started_on", "state"],
    });
    json!({
        "change": message("receive_change", "A record changed", change, "placement.changed", &event, &told),
        "copyEnded": message("receive_copy_ended", "A copy has to be made anew", ended, "copy.ended", &about, &id),
        "test": message("receive_test", "A test", test, "webhook.test", &about, &id),
    })
}

fn message(
    operation: &str,
    summary: &str,
    description: &str,
    event: &str,
    data: &Value,
    example: &Value,
) -> Value {
    let at = "2026-11-22T07:30:12Z";
    let schema = json!({
        "type": "object", "description": "A message.", "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "description": "What it tells.", "examples": [event]},
            "timestamp": {
                "type": "string", "format": "date-time", "examples": [at],
                "description": "When what it tells of happened.",
            },
            "data": data,
        },
    });
    let example = json!({"type": event, "timestamp": at, "data": example});
    json!({"post": {
        "operationId": crate::platform::document::camel_case(operation),
        "tags": ["webhooks"], "summary": summary, "description": description, "security": [],
        "parameters": [
            header("webhook-id", "Names the message: the same at each attempt. Whoever knows it already takes it and does nothing.",
                "0199a5b2-0012-7000-8000-000000000001"),
            header("webhook-timestamp", "When this attempt was sent, in Unix seconds.", "1795332612"),
            header("webhook-signature", "Signatures of id, timestamp and text, with spaces between them: `v1` by the secret \
                (HMAC-SHA256), `v1a` by the key (Ed25519). One that is good is enough; after a rotation there are four.",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ],
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema, "example": example}}},
        "responses": {
            "204": {"description": "The message was taken: any status from 200 to 299 says so."},
            "410": {"description": "The endpoint is gone: it is disabled."},
            "429": {"description": "Later: `Retry-After` says when. So does 503."},
        },
    }})
}

fn header(name: &str, description: &str, example: &str) -> Value {
    json!({"name": name, "in": "header", "required": true, "description": description,
           "schema": {"type": "string", "examples": [example]}})
}
