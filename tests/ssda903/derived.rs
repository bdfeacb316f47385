//! The return that is made out of what the registry has.
use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types};
use kinstead::{
    carers::CarerFamilyId,
    children::{self, ChildId},
    facilities::FacilityId,
    placements::{Placement, store as placements},
    platform::db::change_on,
    reference::organisations,
    ssda903::{
        model::{Episode, Return},
        store::{self, Exported},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::year;
use crate::support::{Country, World, body};

fn family(id: CarerFamilyId) -> Value {
    json!({"kind": "carer_family", "carer_family_id": id})
}

fn facility(id: FacilityId) -> Value {
    json!({"kind": "facility", "facility_id": id})
}

fn stay(on: &str, care: (&str, &str), provider: &Value, why: Option<&str>) -> Value {
    let mut stay = json!({
        "starts_on": on, "care_type": care.0, "planned_kind": care.1, "provider": provider,
        "legal_basis": "Family Act, art. 113",
    });
    if care.1 == "short_term" {
        stay["expected_end_on"] = json!("2030-01-01");
    }
    if let Some(why) = why {
        stay["end_reason"] = json!(why);
    }
    stay
}

impl Country {
    /// Takes over a care period; its last placement.
    pub fn lived(
        &mut self,
        child: ChildId,
        stays: &[Value],
        exit: Option<Value>,
    ) -> Vec<Placement> {
        let mut new = json!({
            "child_id": child, "placements": stays,
            "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": false},
        });
        if let Some(exit) = exit {
            new["exit"] = exit;
        }
        let new = [body(new)];
        let made =
            change_on(&mut self.conn, Uuid::nil(), self.now, |tx| placements::take_over(tx, &new));
        made.unwrap().remove(0).placements
    }

    pub fn authority_over(&mut self, child: ChildId, status: &str, from: &str, to: Option<&str>) {
        let mut new = json!({"axis": "care_authority", "status": status, "valid_from": from});
        if let Some(to) = to {
            new["valid_to"] = json!(to);
        }
        drop(self.change(|tx| children::store::set_status(tx, child, body(new.clone()))).unwrap());
    }

    pub fn exported(&mut self, number: i32, authority: &str) -> Exported {
        store::export(&mut self.conn, year(number), authority).unwrap()
    }
}

/// What is told of an episode but for the child and the postcodes.
fn told(row: &Episode) -> String {
    let Episode {
        decom,
        rne,
        ls,
        cin,
        place,
        place_provider,
        dec,
        rec,
        reason_place_change,
        urn,
        ..
    } = row;
    [decom, rne, ls, cin, place, place_provider, dec, rec, reason_place_change, urn]
        .map(String::as_str)
        .join(",")
}

fn episodes(whole: &Return) -> Vec<String> {
    whole.episodes.iter().map(told).collect()
}

#[actix_web::test]
async fn episodes_are_cut_where_placement_or_legal_status_changes() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("female", "2014-05-12");
    let (first, second) = (family(country.family(3)), family(country.family(3)));
    let home = facility(country.facility(json!({"total": 8})));
    let lived = country.lived(
        child,
        &[
            stay("2025-02-03", ("foster_short_term", "short_term"), &first, Some("care_plan")),
            stay("2025-09-01", ("small_group_home", "medium"), &home, Some("child_request")),
            stay("2025-12-01", ("foster_short_term", "short_term"), &second, Some("status_change")),
            stay("2026-02-01", ("foster_long_term", "long_term"), &second, None),
        ],
        None,
    );
    country.authority_over(child, "voluntary_agreement", "2025-02-03", Some("2025-06-01"));
    country.authority_over(child, "interim_order", "2025-06-01", Some("2025-12-01"));
    country.authority_over(child, "full_care_order", "2025-12-01", None);
    let away = json!({"reason": "hospital", "started_on": "2025-10-01", "ended_on": "2025-10-20"});
    drop(
        country
            .change(|tx| placements::report_absence(tx, lived[1].id, &body(away.clone())))
            .unwrap(),
    );

    let exported = country.exported(2026, "RS");
    assert_eq!(exported.faults, []);
    assert_eq!(
        episodes(&exported.whole),
        [
            "03/02/2025,S,V2,N1,U6,PR1,01/06/2025,X1,,",
            "01/06/2025,L,C1,N1,U6,PR1,01/09/2025,X1,CARPL,",
            "01/09/2025,P,C1,N1,K2,PR1,01/10/2025,X1,,XXXXXXX",
            "01/10/2025,P,C1,N1,T1,,20/10/2025,X1,,",
            "20/10/2025,P,C1,N1,K2,PR1,01/12/2025,X1,CHILD,XXXXXXX",
            "01/12/2025,B,C2,N1,U6,PR1,01/02/2026,X1,PLACE,",
            "01/02/2026,T,C2,N1,U4,PR1,,,,",
        ]
    );
    let header = &exported.whole.headers[0];
    assert_eq!((header.sex.as_str(), header.dob.as_str()), ("F", "12/05/2014"));
    assert_eq!((header.ethnic.as_str(), header.upn.as_str()), ("NOBT", ""));
    let posts: Vec<&str> = exported.whole.episodes.iter().map(|row| row.pl_post.as_str()).collect();
    assert!(
        posts[0] == posts[1] && posts[1] != posts[2] && posts[2] == posts[4] && posts[3].is_empty()
    );
    assert!(posts[5] == posts[6] && posts[5] != posts[4]);

    // The year before knows nothing of what came later, and says the rest alike.
    let before = country.exported(2025, "RS");
    assert_eq!(before.faults, []);
    assert_eq!(episodes(&before.whole), ["03/02/2025,S,V2,N1,U6,PR1,,,,"]);
    assert_eq!(before.whole.episodes[0].pl_post, posts[0]);
    let earlier = country.exported(2024, "RS");
    assert!(earlier.whole == Return::default() && earlier.children == 0);
    // Until 2024 the sexes had numbers; nobody was in care then.
    let after = country.exported(2027, "RS");
    assert_eq!(episodes(&after.whole), ["01/02/2026,T,C2,N1,U4,PR1,,,,"]);
}

#[actix_web::test]
async fn what_the_registry_lacks_stays_empty_and_is_told() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("male", "2010-05-12");
    let home = facility(country.facility(json!({"total": 8})));
    let exit =
        json!({"ended_on": "2026-01-01", "exit_reason": "reunified_planned", "planned_exit": true});
    let stays = [stay("2025-06-02", ("small_group_home", "medium"), &home, Some("care_plan"))];
    country.lived(child, &stays, Some(exit));
    country.authority_over(child, "voluntary_agreement", "2025-06-12", None);
    let exported = country.exported(2026, "RS");
    assert_eq!(
        episodes(&exported.whole),
        [
            "02/06/2025,S,,N1,K2,PR1,12/06/2025,X1,,XXXXXXX",
            "12/06/2025,L,V2,N1,K2,PR1,01/01/2026,E4A,,XXXXXXX",
        ]
    );
    let faults: Vec<String> = exported.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["Episodes:2 LS [144] the legal status is a code of the list"]);
}

#[derive(QueryableByName)]
struct Look {
    #[diesel(sql_type = sql_types::Uuid)]
    subject: Uuid,
}

#[actix_web::test]
async fn an_authority_tells_of_its_own_children_and_the_access_log_of_each() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let home = facility(country.facility(json!({"total": 8})));
    let (ours, theirs) = (country.child("male", "2010-05-12"), country.child("male", "2011-05-12"));
    let centre = json!({"kind": "centre_for_social_work", "name": "Centre", "area_code": "RS-20", "valid_from": "2001-01-01"});
    let centre =
        country.change(|tx| organisations::store::register(tx, &body(centre.clone()))).unwrap();
    let own = country.authority;
    country.authority = centre.id;
    let local = country.child("female", "2012-05-12");
    country.authority = own;
    for child in [ours, local] {
        let stays = [stay("2025-06-02", ("small_group_home", "medium"), &home, None)];
        country.lived(child, &stays, None);
    }
    // Whoever was in care in other years is in none of it.
    let exit =
        json!({"ended_on": "2024-01-01", "exit_reason": "reunified_planned", "planned_exit": true});
    let stays = [stay("2023-06-02", ("small_group_home", "medium"), &home, Some("care_plan"))];
    country.lived(theirs, &stays, Some(exit));

    let looks = || -> Vec<Uuid> {
        let sql = "SELECT subject FROM access_inbox WHERE operation = 'export_ssda903' AND subject_kind = 'child' \
            AND purpose = 'statistics' AND outcome = 'released' ORDER BY subject";
        let rows: Vec<Look> = sql_query(sql).load(&mut world.database.admin()).unwrap();
        rows.into_iter().map(|row| row.subject).collect()
    };
    assert!(looks().is_empty());
    let exported = country.exported(2026, "RS-20");
    assert_eq!((exported.children, exported.whole.headers.len()), (1, 1));
    assert_eq!(exported.whole.headers[0].sex, "F");
    assert_eq!(looks(), [local.untyped()]);
    let exported = country.exported(2026, "RS");
    assert_eq!(exported.children, 2);
    let mut all = vec![ours.untyped(), local.untyped(), local.untyped()];
    all.sort();
    assert_eq!(looks(), all);
    assert!(store::export(&mut country.conn, year(2026), "XX").is_err());
}
