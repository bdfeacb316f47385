//! What only a named few may know: the link between the two records of an adopted child, and where a
//! child lives whose address is protected.
use diesel::{
    PgConnection, RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::BigInt,
};
use kinstead::{
    platform::{clock::Clock as _, db, embedded::Role},
    policy::POLICY,
};
use serde_json::{Value, json};

use super::{add_elsewhere, elsewhere};
use crate::support::{Country, World, with_family};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(conn: &mut PgConnection, of: &str) -> i64 {
    let query = sql_query(format!("SELECT count(*) AS count FROM {of}"));
    query.get_result::<Count>(conn).unwrap().count
}

/// How many rows a client sees, as far as the database goes, by the settings of one of its permissions.
fn seen(world: &World, client: &str, permission: &str, of: &str) -> i64 {
    let mut conn = db::connect(&world.database.url(Role::Service)).unwrap();
    let reach = world.actor(client).reaches[permission].settings(world.clock.now());
    conn.batch_execute(&format!("BEGIN; {reach}")).unwrap();
    count(&mut conn, of)
}

const DECISION: &str = "Basic Court of Nišava, P-14/2026";

fn link(former: impl ToString, new: impl ToString) -> Value {
    json!({"former_child_id": former.to_string(), "new_child_id": new.to_string(), "decision": DECISION})
}

#[actix_web::test]
async fn the_central_adoption_authority_alone_learns_of_a_link() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let (former, new) =
        (country.child("female", "2016-05-01"), country.child("female", "2016-05-01"));
    let authority = world.persona("central_adoption_authority");
    let made = authority.post("/v1/adoption-links", link(former, new)).await;
    let path = made.header("location").to_owned();
    assert_eq!(made.ok()["new_child_id"], json!(new));
    assert_eq!(authority.get(&path).await.ok(), made.ok());
    for child in [former, new] {
        let found = authority.get(&format!("/v1/adoption-links?child_id={child}")).await.ok();
        assert_eq!(found["data"], json!([made.ok()]));
        // It reaches neither record.
        authority.get(&format!("/v1/children/{child}")).await.refused(403, "forbidden");
    }
    for (role, _) in POLICY.iter().filter(|(role, _)| *role != "central_adoption_authority") {
        let other = world.persona(role);
        other.get(&path).await.refused(403, "forbidden");
        other.get(&format!("/v1/adoption-links?child_id={new}")).await.refused(403, "forbidden");
        other.post("/v1/adoption-links", link(new, former)).await.refused(403, "forbidden");
    }
    let watch = world.persona("national_authority");
    for (child, other) in [(former, new), (new, former)] {
        for part in ["", "/history", "/relations", "/timeline"] {
            let told = format!("{:?}", watch.get(&format!("/v1/children/{child}{part}")).await);
            assert!(!told.contains(&other.to_string()), "{told}");
        }
    }
}

#[actix_web::test]
async fn a_link_is_sealed_from_whoever_reaches_everybody() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (former, new) =
        (country.child("female", "2016-05-01"), country.child("female", "2016-05-01"));
    let authority = world.persona("central_adoption_authority");
    authority.post("/v1/adoption-links", link(former, new)).await.ok();
    for (of, all) in [
        ("adoption_links", 1),
        ("adoption_link_children", 2),
        ("journal WHERE kind = 'adoption_link'", 1),
    ] {
        let by = |client, permission| seen(&world, client, permission, of);
        assert_eq!(by("central_adoption_authority", "adoption_links:read"), all, "{of}");
        assert_eq!(by("national_authority", "children:read"), 0, "{of}");
        assert_eq!(by("data_protection_officer", "notices:read"), 0, "{of}");
        let mut registry = world.database.service();
        assert_eq!(count(&mut registry, of), 0, "{of}");
    }
    // What lies in the database in clear names neither child.
    let mut owner = world.database.owner();
    for child in [former, new] {
        let naming = format!(
            "(SELECT to_jsonb(l)::text AS row FROM adoption_links l \
             UNION ALL SELECT to_jsonb(c)::text FROM adoption_link_children c \
             UNION ALL SELECT to_jsonb(j)::text FROM journal j WHERE kind = 'adoption_link') AS t \
             WHERE row LIKE '%{child}%' OR row LIKE '%Basic Court%'"
        );
        assert_eq!(count(&mut owner, &naming), 0);
    }
}

#[actix_web::test]
async fn every_question_about_a_link_stands_in_the_log_of_the_child() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (former, new, other) = (
        country.child("female", "2016-05-01"),
        country.child("female", "2016-05-01"),
        country.child("male", "2014-05-01"),
    );
    let authority = world.persona("central_adoption_authority");
    let made = authority.post("/v1/adoption-links", link(former, new)).await;
    made.ok();
    authority.get(made.header("location")).await.ok();
    let none = authority.get(&format!("/v1/adoption-links?child_id={other}")).await.ok();
    assert_eq!(none["data"], json!([]));
    let logged = |child, operation| {
        let of = format!("access_inbox WHERE subject = '{child}' AND operation = '{operation}'");
        count(&mut world.database.owner(), &of)
    };
    for child in [former, new] {
        assert_eq!(logged(child, "linkAdoption"), 1);
        assert_eq!(logged(child, "readAdoptionLink"), 1);
    }
    assert_eq!(logged(other, "listAdoptionLinks"), 1);
    let nobody = "/v1/adoption-links?child_id=5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90";
    authority.get(nobody).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_record_is_linked_once_at_each_end() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let mut child = || country.child("female", "2016-05-01");
    let (first, second, third) = (child(), child(), child());
    let authority = world.persona("central_adoption_authority");
    let post = |body| authority.post("/v1/adoption-links", body);
    post(link(first, second)).await.ok();
    assert_eq!(
        post(link(first, third)).await.broke("AD-10")["errors"][0]["pointer"],
        "/former_child_id"
    );
    assert_eq!(
        post(link(third, second)).await.broke("AD-10")["errors"][0]["pointer"],
        "/new_child_id"
    );
    post(link(third, third)).await.refused(422, "invalid");
    post(link(third, "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90")).await.refused(422, "invalid");
    // Whoever is adopted again has two.
    post(link(second, third)).await.ok();
    let found = authority.get(&format!("/v1/adoption-links?child_id={second}")).await.ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 2);
    let mut owner = world.database.owner();
    let again = "INSERT INTO adoption_link_children SELECT link_id, 'new', value, blind \
                 FROM adoption_link_children WHERE system = 'former' LIMIT 1";
    assert!(owner.batch_execute(again).is_err());
}

const HIDDEN: &str = "Skrivena 4";

/// A child of the authority's with a protected address, which the case worker recorded: the paths of both.
async fn protected(world: &World, country: &mut Country) -> (String, String) {
    let child = country.child("female", "2016-05-01");
    let path = format!("/v1/children/{child}");
    let hidden = json!({"address_lines": [HIDDEN], "locality": "Lipov Hlad"});
    let worker = world.persona("case_worker");
    let made = worker.post(&format!("{path}/protected-addresses"), hidden).await;
    (path, made.header("location").to_owned())
}

#[actix_web::test]
async fn a_protected_address_is_known_to_those_who_are_named_and_to_nobody_else() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let (path, address) = protected(&world, &mut country).await;
    let list = format!("{path}/protected-addresses");
    let worker = world.persona("case_worker");
    assert_eq!(worker.get(&address).await.ok()["address_lines"], json!([HIDDEN]));
    // Of the same organisation, of the area, of the whole country: as if there were none.
    let none = format!("{list}/5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90");
    assert_eq!(worker.get(&list).await.ok()["data"].as_array().unwrap().len(), 1);
    for other in ["supervisor", "regional_authority", "national_authority"] {
        let other = world.persona(other);
        let (reply, absent) = (other.get(&address).await, other.get(&none).await);
        let (reply, absent) = (reply.refused(404, "not_found"), absent.refused(404, "not_found"));
        assert_eq!(reply["detail"], absent["detail"]);
        assert_eq!(other.get(&list).await.ok(), json!({"data": []}));
    }
    world.persona(&elsewhere("case_worker")).get(&address).await.refused(404, "not_found");
    for (table, all) in
        [("protected_addresses", 1), ("journal WHERE kind = 'protected_address'", 1)]
    {
        let by = |client, permission| seen(&world, client, permission, table);
        assert_eq!(by("case_worker", "protected_addresses:read"), all, "{table}");
        assert_eq!(by("national_authority", "children:read"), 0, "{table}");
        assert_eq!(by("supervisor", "protected_addresses:read"), 0, "{table}");
        assert_eq!(count(&mut world.database.service(), table), 0, "{table}");
    }
    // Nobody names itself, as far as the database goes.
    let mut conn = db::connect(&world.database.url(Role::Service)).unwrap();
    let (client, child) = (world.client("national_authority"), path.rsplit('/').next().unwrap());
    let reach = world.actor(&elsewhere("national_authority")).reaches["children:read"]
        .settings(world.clock.now());
    let name = format!(
        "BEGIN; {reach}; INSERT INTO case_links VALUES (gen_random_uuid(), '{child}', '{client}', NULL, now(), NULL, 1)"
    );
    assert!(conn.batch_execute(&name).unwrap_err().to_string().contains("row-level security"));
    // Without row-level security the guard holds alone.
    let off = "ALTER TABLE protected_addresses DISABLE ROW LEVEL SECURITY; ALTER TABLE journal DISABLE ROW LEVEL SECURITY";
    world.database.owner().batch_execute(off).unwrap();
    world.persona("national_authority").get(&address).await.refused(404, "not_found");
    worker.get(&address).await.ok();
}

#[actix_web::test]
async fn the_responsible_organisation_names_who_may_know_an_address() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let (path, address) = protected(&world, &mut country).await;
    let links = format!("{path}/case-links");
    let supervisor = world.persona("supervisor");
    let until = "2026-11-22T13:00:00Z";
    let named = json!({"client_id": world.client("supervisor"), "valid_until": until});
    let named = supervisor.post(&links, named).await;
    assert_eq!(supervisor.get(&address).await.ok()["locality"], "Lipov Hlad");
    world.clock.advance(chrono::Duration::hours(2));
    let supervisor = world.persona("supervisor");
    supervisor.get(&address).await.refused(404, "not_found");
    let link = named.header("location");
    supervisor
        .step(&format!("{link}/end"), named.etag(), json!({}))
        .await
        .refused(409, "state_conflict");

    // A whole organisation; whoever of it does not reach the child knows no more than before.
    let other = world.actor(&elsewhere("case_worker")).organisation.unwrap();
    let made = supervisor.post(&links, json!({"organisation_id": other})).await;
    world.persona(&elsewhere("case_worker")).get(&address).await.refused(404, "not_found");
    assert_eq!(
        world.persona(&elsewhere("national_authority")).get(&address).await.ok()["address_lines"],
        json!([HIDDEN])
    );
    let end = format!("{}/end", made.header("location"));
    let ended = supervisor.step(&end, made.etag(), json!({})).await;
    assert_eq!(ended.ok()["version"], 2);
    world.persona(&elsewhere("national_authority")).get(&address).await.refused(404, "not_found");
    assert_eq!(supervisor.get(&links).await.ok()["data"].as_array().unwrap().len(), 3);

    for wrong in [
        json!({}),
        json!({"client_id": world.client("supervisor"), "organisation_id": other}),
        json!({"client_id": world.client("supervisor"), "valid_until": "2026-11-22T13:00:00Z"}),
        json!({"client_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90"}),
    ] {
        supervisor.post(&links, wrong).await.refused(422, "invalid");
    }
}

#[actix_web::test]
async fn nobody_but_the_responsible_organisation_records_an_address_or_names_anybody() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let (path, address) = protected(&world, &mut country).await;
    let links = format!("{path}/case-links");
    let own = json!({"client_id": world.client(&elsewhere("supervisor"))});
    let hidden = json!({"address_lines": [HIDDEN]});
    let stranger = world.persona(&elsewhere("supervisor"));
    stranger.post(&links, own.clone()).await.refused(404, "not_found");
    stranger.get(&links).await.refused(404, "not_found");
    // It knows of the child, by a referral.
    let organisation = world.actor(&elsewhere("supervisor")).organisation.unwrap();
    let offer = json!({"kind": "referral", "to_organisation_id": organisation, "reason": "The aunt lives there."});
    world.persona("supervisor").post(&format!("{path}/transfers"), offer).await.ok();
    stranger.get(&path).await.ok();
    stranger.post(&links, own).await.refused(403, "out_of_reach");
    let list = format!("{path}/protected-addresses");
    stranger.post(&list, hidden.clone()).await.refused(403, "out_of_reach");
    stranger.get(&links).await.refused(404, "not_found");
    stranger.get(&address).await.refused(404, "not_found");

    let worker = world.persona("case_worker");
    worker.post(&list, hidden.clone()).await.broke("PA-01");
    let tag = worker.get(&address).await.etag().to_owned();
    let end = format!("{address}/end");
    world.persona("supervisor").step(&end, &tag, json!({})).await.refused(404, "not_found");
    let ended = worker.step(&end, &tag, json!({})).await;
    worker.step(&end, ended.etag(), json!({})).await.refused(409, "state_conflict");
    worker.post(&list, hidden).await.ok();
    assert_eq!(worker.get(&list).await.ok()["data"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn the_family_with_which_a_protected_child_lives_has_no_address() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (path, _) = protected(&world, &mut country).await;
    let family = country.family(1);
    let house = format!("/v1/carer-families/{family}");
    let national = world.persona("national_authority");
    let read = national.get(&house).await;
    let lived_in = json!({"address_lines": ["Kućna 7"], "locality": "Niš", "postcode": "18000"});
    national.patch(&house, read.etag(), lived_in).await.ok();
    assert_eq!(national.get(&house).await.ok()["address_lines"], json!(["Kućna 7"]));
    let child = path.rsplit('/').next().unwrap().parse().unwrap();
    national.post("/v1/placements", with_family(child, family, "2026-06-01")).await.ok();
    for other in ["national_authority", "carer_support_officer", "central_adoption_authority"] {
        let told = world.persona(other).get(&house).await.ok();
        for member in ["address_lines", "locality", "postcode", "lat", "lon"] {
            assert_eq!(told[member], json!(null), "{other}: {member}");
        }
        assert!(told["withheld"].to_string().contains("postcode"), "{told}");
        let listed = world.persona(other).get("/v1/carer-families?view=full").await;
        assert!(!format!("{listed:?}").contains("Kućna 7"), "{other}");
    }
    let read = national.get(&house).await;
    let changed = national.patch(&house, read.etag(), json!({"languages": ["sr"]})).await.ok();
    assert_eq!(changed["address_lines"], json!(null));
    assert_eq!(world.persona("case_worker").get(&house).await.ok()["locality"], "Niš");
}
