//! Files of records, sent and taken in.
use actix_web::http::Method;
use kinstead::imports::Importer;
use serde_json::Value;

use super::World;

/// Sends a file in this role, and takes it in; the import's id.
pub async fn send_file(world: &World, role: &str, lines: &[Value]) -> String {
    let file = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n").into_bytes();
    let sending = world.persona(role).request(Method::POST, "/v1/imports");
    let sent = sending.bytes("application/x-ndjson", file).send().await.ok();
    take_in(world).await;
    sent["id"].as_str().unwrap().to_owned()
}

/// Takes in what was sent.
pub async fn take_in(world: &World) {
    let importer = Importer::new(world.parts.platform.clone(), world.parts.desk.clone());
    while importer.work().await.unwrap() {}
}
