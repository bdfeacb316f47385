//! Canaries: unique values of each class in records of persons, and every answer to everybody searched for
//! them.
use std::collections::BTreeSet;

use kinstead::{
    platform::reach::Relation,
    policy::{POLICY, TIES},
};
use serde_json::json;

use super::{add_elsewhere, elsewhere, matrix::ask};
use crate::support::{Everything, operations::operations};

/// A value that stands in one class of one kind of persons' data, and nowhere else.
const CANARIES: [(&str, &str, &str); 10] = [
    ("child", "personal", "Kanarinka"),
    ("child", "identifying", "N-CANARY-77"),
    ("child", "identifying", "a canary's reason"),
    ("child", "identifying", "a canary's case"),
    ("family", "personal", "Sinica"),
    ("family", "identifying", "a canary's risk"),
    // A child whose address is protected lives there.
    ("carer_family", "sheltering", "Kanarinska 99"),
    ("carer_family", "identifying", "Žutokljun"),
    ("child", "sealed", "Skrovita 99"),
    ("adoption_link", "sealed", "Basic Court, P-14/2026"),
];

/// Who recorded the child's protected address.
const NAMED: &str = "case_worker";

/// Whether a client of the role may be told: `own` says whether the records are of its organisation. The
/// child lives in no facility. Of its protected address one client is named to know.
fn may_know(role: &str, own: bool, kind: &str, class: &str) -> bool {
    if class == "sheltering" || (kind, class) == ("child", "sealed") {
        return role == NAMED && own;
    }
    TIES.iter().any(|(held, of, relation, classes)| {
        let holds = match relation {
            Relation::Everywhere => true,
            Relation::InArea | Relation::OfOrganisation => own,
            Relation::LivesWith => false,
        };
        *held == role && *of == kind && classes.contains(&class) && holds
    })
}

async fn put_canaries(all: &Everything) {
    let authority = all.world.persona("national_authority");
    let child = format!("/v1/children/{}", all.child());
    let tag = authority.get(&child).await.etag().to_owned();
    let marked = json!({
        "names": [{"use": "official", "given": "Zvezdana", "family": "Kanarinka"}],
        "external_ids": [{"system": "urn:example:canary", "value": "N-CANARY-77"}],
        "sex": "male", "correction_reason": "a canary's reason",
    });
    authority.patch(&child, &tag, marked).await.ok();
    let family = format!("/v1/carer-families/{}", all.family());
    let read = authority.get(&family).await;
    let tag = read.etag().to_owned();
    let person = read.ok()["persons"][0].clone();
    let marked = json!({
        "address_lines": ["Kanarinska 99"],
        "persons": [{"id": person["id"], "role": "applicant", "given_name": "Rastko",
                     "family_name": "Žutokljun", "birth_date": "1980-01-01"}],
    });
    authority.patch(&family, &tag, marked).await.ok();
    let hidden = format!("{child}/protected-addresses");
    let named = all.world.persona(NAMED);
    let known = named.get(&hidden).await.ok()["data"][0]["id"].as_str().unwrap().to_owned();
    let tag = named.get(&format!("{hidden}/{known}")).await.etag().to_owned();
    named.step(&format!("{hidden}/{known}/end"), &tag, json!({})).await.ok();
    named.post(&hidden, json!({"address_lines": ["Skrovita 99"]})).await.ok();
    let origin = format!("/v1/families/{}", all.family_of_origin());
    let tag = authority.get(&origin).await.etag().to_owned();
    let mother = json!({"role": "mother", "given_name": "Sinica", "in_household": true});
    let named = authority.patch(&origin, &tag, json!({"members": [mother]})).await;
    let risk = json!({"risk_level": "high", "on": "2026-11-22", "reason": "a canary's risk"});
    authority.step(&format!("{origin}/risk-levels"), named.etag(), risk).await.ok();
    let cases = authority.get(&format!("/v1/cases?child_id={}", all.child())).await.ok();
    let case = format!("/v1/cases/{}", cases["data"][0]["id"].as_str().unwrap());
    let tag = authority.get(&case).await.etag().to_owned();
    let step = json!({"on": "2026-11-22", "reason": "a canary's case"});
    authority.step(&format!("{case}/register"), &tag, step).await.ok();
}

#[actix_web::test]
async fn no_answer_to_anybody_holds_what_they_may_not_know() {
    let all = Everything::new().await;
    add_elsewhere(&all.world);
    put_canaries(&all).await;
    let mut told = BTreeSet::new();
    for operation in operations() {
        for (role, held) in POLICY {
            for (own, client) in [(true, (*role).to_owned()), (false, elsewhere(role))] {
                let reply = ask(&all, &operation, &client).await;
                let headers = format!("{:?}", reply.headers);
                let text = String::from_utf8_lossy(&reply.bytes).into_owned() + &headers;
                for (kind, class, canary) in CANARIES.iter().filter(|(.., it)| text.contains(it)) {
                    let permitted =
                        operation.permission.as_deref().is_some_and(|it| held.contains(&it));
                    assert!(
                        permitted && may_know(role, own, kind, class),
                        "{} tells {client} {canary}",
                        operation.name()
                    );
                    told.insert((canary, own));
                }
            }
        }
    }
    // They are there to be found: each is told to somebody of the own organisation and elsewhere, but what
    // the one alone may know who is named.
    assert_eq!(told.len(), 2 * CANARIES.len() - 2, "{told:?}");
}
