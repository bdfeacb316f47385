//! Clients over HTTP.
use kinstead::{
    clients::{Manager, NewClient, store},
    platform::{clock::Clock as _, db::change_on, idempotency::PLATFORM},
};
use serde_json::json;

use crate::support::{Country, World};

#[actix_web::test]
async fn a_client_is_registered_changed_and_revoked() {
    let world = World::new().await;
    let country = Country::of(&world);
    let authority = world.persona("national_authority");
    let new = json!({
        "name": "Case system", "organisation_id": country.authority, "roles": ["case_worker"],
        "area_codes": ["RS-20"], "purposes": ["case_management", "placement"],
        "default_purpose": "placement", "valid_until": "2028-01-01T00:00:00Z",
    });
    let made = authority.post("/v1/clients", new.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = made.header("location").to_owned();
    let mut body = made.ok();
    for (member, value) in new.as_object().unwrap() {
        assert_eq!(&body[member], value, "{member}");
    }
    assert_eq!(body["active"], true);
    let patch = json!({"area_codes": [], "default_purpose": null, "valid_until": null});
    let changed = authority.patch(&path, made.etag(), patch).await;
    body = changed.ok();
    assert_eq!(body["area_codes"], json!([]));
    assert!(body["default_purpose"].is_null() && body["valid_until"].is_null());

    let why = json!({"reason": "Its contract ended."});
    let revoke = format!("{path}/revoke");
    authority.step(&revoke, made.etag(), why.clone()).await.refused(412, "stale");
    let revoked = authority.step(&revoke, changed.etag(), why.clone()).await;
    body = revoked.ok();
    assert_eq!((&body["active"], &body["version"]), (&json!(false), &json!(3)));
    assert_eq!(body["revocation_reason"], "Its contract ended.");
    assert_eq!(body["revoked_at"], "2026-11-22T12:00:00Z");
    authority.step(&revoke, revoked.etag(), why).await.refused(409, "state_conflict");
    let history = world.persona("auditor").get(&format!("{path}/history")).await.ok();
    let events: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|it| &it["event"]).collect();
    assert_eq!(events, ["revoked", "changed", "registered"]);
    let known =
        world.persona("auditor").get(&format!("{path}?known_at=2026-11-22T12:00:00Z")).await;
    assert_eq!(known.ok(), body);
}

#[actix_web::test]
async fn what_no_client_can_be_is_refused() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    for (members, pointer, code) in [
        (json!({"roles": ["emperor"]}), "/roles/0", "unknown_role"),
        (json!({"roles": ["ngo", "ngo"]}), "/roles/1", "duplicate"),
        (json!({"roles": []}), "/roles", "length"),
        (json!({"area_codes": ["XX-1"]}), "/area_codes/0", "unknown_area"),
        (json!({"purposes": ["curiosity"]}), "/purposes/0", "unknown_code"),
        (
            json!({"purposes": ["court"], "default_purpose": "audit"}),
            "/default_purpose",
            "not_allowed",
        ),
        (json!({"valid_until": "2026-11-22T12:00:00Z"}), "/valid_until", "out_of_order"),
        (json!({"external_issuer": "https://a.example"}), "/external_subject", "missing_member"),
        (json!({"external_subject": "a"}), "/external_issuer", "missing_member"),
        (json!({"organisation_id": uuid::Uuid::new_v4()}), "/organisation_id", "unknown_reference"),
        (json!({"active": true}), "/active", "unknown_member"),
    ] {
        let mut new = json!({"name": "New", "roles": ["ngo"]});
        new.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let problem = authority.post("/v1/clients", new).await.refused(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!(
            (&fault["pointer"], &fault["code"]),
            (&json!(pointer), &json!(code)),
            "{members}"
        );
    }
    let new = |name: &str, subject: &str| json!({"name": name, "roles": ["ngo"], "external_issuer": "https://a.example", "external_subject": subject});
    authority.post("/v1/clients", new("One", "1")).await.ok();
    authority.post("/v1/clients", new("One", "2")).await.refused(409, "state_conflict");
    authority.post("/v1/clients", new("Two", "1")).await.refused(409, "state_conflict");
    let mut conn = world.database.owner();
    let twice = change_on(&mut conn, PLATFORM, world.clock.now(), |tx| {
        store::register(tx, &Manager::Operator, NewClient::of_role("emperor"))
    });
    assert!(twice.is_err(), "an unknown role grants nothing");
}

/// A client that manages others, and the ways by which it might get more.
#[actix_web::test]
async fn nobody_rises_by_way_of_a_client() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let mut conn = world.database.service();
    let find = |conn: &mut _, name| store::find_by_name(conn, name).unwrap().id;
    let (own, worker) = (find(&mut conn, "national_authority"), find(&mut conn, "case_worker"));
    let path = |id| format!("/v1/clients/{id}");
    let why = json!({"reason": "As a test."});
    let key =
        json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": crate::support::key().public().x()}});

    // Itself: neither its record nor its keys, nor its end.
    let me = authority.get(&path(own)).await;
    authority.patch(&path(own), me.etag(), json!({"valid_until": null})).await.broke("CL-01");
    authority.step(&format!("{}/revoke", path(own)), me.etag(), why.clone()).await.broke("CL-01");
    authority.post(&format!("{}/keys", path(own)), key.clone()).await.broke("CL-01");

    // Others: not with the right to manage, whether new or changed.
    for roles in [json!(["national_authority"]), json!(["ngo", "national_authority"])] {
        let problem = authority
            .post("/v1/clients", json!({"name": "Second", "roles": roles}))
            .await
            .broke("CL-02");
        assert_eq!(problem["facts"]["permissions"], json!(["clients:manage"]));
    }
    let other = authority.get(&path(worker)).await;
    let more = json!({"roles": ["national_authority"]});
    authority.patch(&path(worker), other.etag(), more).await.broke("CL-02");

    // Its like, which the operator registered: no key and no change, but its end.
    let like = change_on(&mut world.database.owner(), PLATFORM, world.clock.now(), |tx| {
        let new = NewClient { name: "Like".into(), ..NewClient::of_role("national_authority") };
        store::register(tx, &Manager::Operator, new)
    });
    let like = like.unwrap().id;
    authority.post(&format!("{}/keys", path(like)), key).await.broke("CL-02");
    let seen = authority.get(&path(like)).await;
    authority.patch(&path(like), seen.etag(), json!({"roles": ["ngo"]})).await.broke("CL-02");
    authority.step(&format!("{}/revoke", path(like)), seen.etag(), why).await.ok();
}

#[actix_web::test]
async fn clients_are_found_by_role_organisation_and_state() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let names = async |query: &str| -> Vec<String> {
        let page = authority.get(&format!("/v1/clients?limit=200&{query}")).await.ok();
        let names = page["data"].as_array().unwrap().iter();
        names.map(|client| client["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("role=ngo&role=inspector&sort=-name").await, ["ngo", "inspector"]);
    assert_eq!(names("active=false").await, Vec::<String>::new());
    assert_eq!(
        names(&format!("organisation_id={}", uuid::Uuid::nil())).await,
        Vec::<String>::new()
    );
    assert!(names("active=true&sort=name").await.len() > 10);
    world.persona("case_worker").get("/v1/clients").await.refused(403, "forbidden");
    world.persona("auditor").post("/v1/clients", json!({})).await.refused(403, "forbidden");
}
