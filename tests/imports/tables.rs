//! Tables (CSV): each row is a record, as a line is.
use actix_web::http::Method;
use serde_json::{Value, json};

use super::{Desk, SYSTEM, child, line, reference, verdicts};
use crate::support::Reply;

const WHO: &str = "sync_client";

async fn send(desk: &Desk, text: &str) -> Reply {
    let request = desk.world.persona(WHO).request(Method::POST, "/v1/imports");
    request.bytes("text/csv; charset=utf-8", text.as_bytes().to_vec()).send().await
}

async fn import(desk: &Desk, text: &str) -> Vec<Value> {
    let sent = send(desk, text).await;
    assert_eq!(sent.status, 202, "{sent:?}");
    desk.work().await;
    desk.outcome(WHO, sent.ok()["id"].as_str().unwrap()).await.1
}

#[actix_web::test]
async fn a_row_is_taken_as_the_line_that_says_the_same() {
    let mut desk = Desk::new().await;
    let home = desk.country.facility(json!({"total": 4}));
    let text = format!(
        "kind,system,value,source_version,names.0.use,names.0.given,names.0.family,sex,birth_date,area_code,registration_basis\r\n\
         child,{SYSTEM},K-1,3,official,\"Zvezdana, called \"\"Zora\"\"\",Oblakovski,female,2016-05-20,RS-20,without_parental_care\r\n\
         child,{SYSTEM},K-2,,official,\"Vihor\nof two lines\",Oblakovski,seldom,2016-05-20,RS-20,without_parental_care\r\n\
         child,{SYSTEM},K-3,,official,Zvonka,Oblakovski,female,2016-05-20,RS-20,without_parental_care"
    );
    let results = import(&desk, &text).await;
    assert_eq!(verdicts(&results), ["created", "refused", "created"], "{results:#?}");
    let lines: Vec<i64> = results.iter().map(|it| it["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 5]);
    assert_eq!(results[1]["problem"]["errors"][0]["pointer"], "/data/sex");
    let mut same = child("K-1", "Zvezdana, called \"Zora\"");
    same["source_version"] = json!(3);
    assert_eq!(verdicts(&desk.import(WHO, "", &[same]).await), ["unchanged"]);
    let stays = format!(
        "\u{feff}kind;system;value;child_id.kind;child_id.system;child_id.value;intent;care_type;planned_kind;provider.kind;provider.facility_id;starts_on;legal_basis;care_entry.entry_reason;care_entry.entry_route;care_entry.emergency:boolean\n\
         placement;{SYSTEM};P-1;child;{SYSTEM};K-1;start;small_group_home;long_term;facility;{home};2026-06-02;Family Act, art. 113;neglect;from_family;true\n"
    );
    let placed = import(&desk, &stays).await;
    assert_eq!(verdicts(&placed), ["created"], "{placed:#?}");
    let line = line(
        "placement",
        "P-1",
        json!({
            "child_id": reference("child", "K-1"), "intent": "start", "care_type": "small_group_home",
            "planned_kind": "long_term", "provider": {"kind": "facility", "facility_id": home},
            "starts_on": "2026-06-02", "legal_basis": "Family Act, art. 113",
            "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        }),
    );
    let again = desk.import(WHO, "", &[line]).await;
    assert_eq!((&again[0]["verdict"], &again[0]["id"]), (&json!("unchanged"), &placed[0]["id"]));
}

#[actix_web::test]
async fn a_table_that_is_none_is_refused_whole() {
    let desk = Desk::new().await;
    for text in [
        "kind,kind\nchild,child",
        "kind,names,names.0.given\nchild,a,b",
        "kind,system,value\nchild,urn:x",
        "kind,system,value\nchild,urn:x,1,2",
        "kind,system,value\nchild,urn:x,\"1",
        "Kind of record\nchild",
        "system,value\nurn:x,1",
        "false",
        "\n\n",
        "",
    ] {
        send(&desk, text).await.refused(400, "malformed_upload");
    }
    let there = desk.world.persona(WHO).get("/v1/imports").await.ok();
    assert_eq!(there["data"], json!([]));
}
