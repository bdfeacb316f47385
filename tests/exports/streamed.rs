//! How exports leave: one state of the registry, block by block, and broken off visibly.
use actix_web::{
    body::{BoxBody, to_bytes},
    dev::ServiceResponse,
    test::{TestRequest, call_service, init_service},
};
use diesel::connection::SimpleConnection as _;
use kinstead::server::app;

use crate::support::World;

/// More organisations than are read ahead of whoever does not read.
const MANY: usize = 4000;

async fn scene() -> World {
    let world = World::new().await;
    let many = format!(
        "INSERT INTO organisations (id, version, kind, name, area_code, valid_from) \
         SELECT gen_random_uuid(), 1, 'court', 'before', 'RS', '2001-01-01' FROM generate_series(1, {MANY})"
    );
    world.database.owner().batch_execute(&many).unwrap();
    world
}

/// Asks for the list of organisations, and reads nothing of it but its head.
async fn begun(world: &World, address: &str) -> ServiceResponse<BoxBody> {
    let service = init_service(app(&world.parts)).await;
    let token = format!("Bearer {}", world.token(world.client("sync_client")));
    let request = TestRequest::with_uri(address).insert_header(("authorization", token));
    call_service(&service, request.to_request()).await.map_into_boxed_body()
}

async fn rest(answer: ServiceResponse<BoxBody>) -> Option<String> {
    let bytes = to_bytes(answer.into_body()).await.ok()?;
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

#[actix_web::test]
async fn an_export_is_of_one_state_of_the_registry() {
    let world = scene().await;
    for ending in ["ndjson", "csv"] {
        let answer = begun(&world, &format!("/v1/exports/organisations.{ending}?kind=court")).await;
        assert_eq!(answer.status(), 200);
        let meanwhile = "UPDATE organisations SET name = 'after' WHERE kind = 'court'; \
            INSERT INTO organisations (id, version, kind, name, area_code, valid_from) \
            SELECT gen_random_uuid(), 1, 'court', 'later', 'RS', '2001-01-01' FROM generate_series(1, 500)";
        world.database.owner().batch_execute(meanwhile).unwrap();
        let text = rest(answer).await.unwrap();
        assert_eq!(text.matches("before").count(), MANY, "{ending}");
        assert!(!text.contains("after") && !text.contains("later"));
        let back = "DELETE FROM organisations WHERE name = 'later'; \
            UPDATE organisations SET name = 'before' WHERE kind = 'court'";
        world.database.owner().batch_execute(back).unwrap();
    }
}

#[actix_web::test]
async fn exports_leave_connections_to_others() {
    let world = scene().await;
    let mut unread = Vec::new();
    let refused = loop {
        let answer = begun(&world, "/v1/exports/organisations.csv").await;
        if !answer.status().is_success() {
            break answer;
        }
        unread.push(answer);
    };
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers().get("retry-after").unwrap(), "1");
    assert!((1..=8).contains(&unread.len()), "{}", unread.len());
    world.persona("sync_client").get("/v1/organisations").await.ok();
    let whole = rest(unread.pop().unwrap()).await.unwrap();
    assert!(whole.lines().count() > MANY);
    assert_eq!(begun(&world, "/v1/exports/organisations.csv").await.status(), 200);
}

#[actix_web::test]
async fn an_export_that_breaks_off_has_no_end() {
    let world = scene().await;
    for ending in ["ndjson", "csv"] {
        let answer = begun(&world, &format!("/v1/exports/organisations.{ending}")).await;
        assert_eq!(answer.status(), 200);
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
            WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()";
        world.database.admin().batch_execute(end).unwrap();
        assert_eq!(rest(answer).await, None, "{ending}");
    }
    assert_eq!(begun(&world, "/v1/exports/organisations.csv").await.status(), 200);
}
