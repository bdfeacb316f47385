//! A merge that is undone leaves both records as they were, whatever had happened to them.
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::Scene;
use crate::support::{
    around::{complaint, contact_event, contact_plan, incident, visit},
    with_family,
};

/// What is read of a child.
const READ: [&str; 9] = [
    "",
    "/legal-statuses",
    "/relations",
    "/timeline",
    "/missing-episodes",
    "/last-seen",
    "/relations?known_at=2026-11-22T12:00:00Z",
    "/legal-statuses?known_at=2026-11-22T12:00:00Z",
    "/timeline?known_at=2026-11-22T12:00:00Z",
];

/// What is listed of one.
const LISTS: [&str; 8] = [
    "placements",
    "care-periods",
    "contact-plans",
    "contact-events",
    "complaints",
    "incidents",
    "care-plans",
    "visits",
];

/// Something that happens to one of the two records.
#[derive(Debug, Clone, Copy)]
struct Happening {
    to_other: bool,
    kind: usize,
    month: u32,
}

const KINDS: usize = 9;

async fn happen(scene: &mut Scene, family: kinstead::carers::CarerFamilyId, it: Happening) {
    let child = if it.to_other { scene.other } else { scene.one };
    let day = format!("2026-{:02}-10", it.month);
    let later = format!("2026-{:02}-20", it.month);
    let path = |end: &str| format!("/v1/children/{child}/{end}");
    if it.kind == 0 {
        let new = with_family(child, family, &day);
        let placed = scene.country.change(|tx| {
            kinstead::placements::store::create(tx, &crate::support::body(new.clone()))
        });
        if let Ok(placed) = placed {
            scene.country.leave(&placed, &later);
        }
        return;
    }
    let (path, new) = match it.kind {
        1 => (path("visits"), visit(&day)),
        2 => (path("incidents"), incident(&day)),
        3 => (path("complaints"), complaint(&day)),
        4 => (path("contact-plans"), contact_plan()),
        5 => (path("contact-events"), contact_event(&day)),
        6 => (
            path("legal-statuses"),
            json!({"axis": "guardianship", "status": "authority", "valid_from": day, "valid_to": later}),
        ),
        7 => (
            path("relations"),
            json!({"kind": "mother", "person": {"given": format!("Ana{}", it.month)}}),
        ),
        _ => (
            path("care-plans"),
            json!({
                "permanency_goal": "return_6m", "target_date": "2027-05-01", "drafted_on": "2026-11-20",
                "content": {
                    "goals": [{"goal": "Home again.", "measure": "Help at home.", "responsible": "Centre", "due_on": "2027-05-01", "state": "open"}],
                    "participants": [{"role": "child"}], "child_views": {"views": "Wants to go home."},
                },
            }),
        ),
    };
    // What the rules refuse did not happen.
    let _refused_or_not = scene.authority().post(&path, new).await;
}

/// Both records, without versions.
async fn read(scene: &Scene) -> Vec<Value> {
    let authority = scene.authority();
    let mut all = Vec::new();
    for child in [scene.one, scene.other] {
        for end in READ {
            let mut body = authority.get(&format!("/v1/children/{child}{end}")).await.ok();
            unversioned(&mut body);
            all.push(body);
        }
        for list in LISTS {
            let mut body = authority.get(&format!("/v1/{list}?child_id={child}")).await.ok();
            unversioned(&mut body);
            all.push(body);
        }
    }
    all
}

fn unversioned(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("version");
            members.values_mut().for_each(unversioned);
        }
        Value::Array(items) => items.iter_mut().for_each(unversioned),
        _ => {}
    }
}

#[actix_web::test]
async fn merged_and_undone_both_are_what_they_were() {
    let happening = (any::<bool>(), 0..KINDS, 1..11_u32)
        .prop_map(|(to_other, kind, month)| Happening { to_other, kind, month });
    let histories = prop::collection::vec(happening, 4..14);
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let (mut merges, mut refused) = (0, 0);
    for _ in 0..12 {
        let history = histories.new_tree(&mut runner).unwrap().current();
        let mut scene = Scene::new().await;
        let family = scene.country.family(3);
        for it in &history {
            happen(&mut scene, family, *it).await;
        }
        let before = read(&scene).await;
        let merge = scene.merge().await;
        if merge.status.as_u16() == 409 {
            assert_eq!(read(&scene).await, before, "{history:?}");
            refused += 1;
            continue;
        }
        let union =
            scene.authority().get(&format!("/v1/placements?child_id={}", scene.one)).await.ok();
        let placed = |all: &[Value]| -> usize {
            let lists = all.iter().filter_map(|body| body["data"].as_array());
            lists.flatten().filter(|it| it["care_type"].is_string()).count()
        };
        assert_eq!(union["data"].as_array().unwrap().len(), placed(&before), "{history:?}");
        scene.undo(&merge.ok(), json!([])).await.ok();
        assert_eq!(read(&scene).await, before, "{history:?}");
        merges += 1;
    }
    assert!(merges > 3, "{merges} merged, {refused} refused");
}
