//! What became of the records of an import, as a file.
use serde_json::{Value, json};

use super::{lines, read_by_python};
use crate::{
    support::{Country, World, files::send_file},
    trust::{add_elsewhere, elsewhere},
};

const WHO: &str = "sync_client";

fn child(number: usize) -> Value {
    let sex = if number == 3 { "unheard" } else { "female" };
    json!({"kind": "child", "external": {"system": "urn:example:ministry", "value": format!("K-{number}")},
           "data": {"names": [{"use": "official", "given": "Zvezdana", "family": "Oblakovski"}], "sex": sex,
                    "birth_date": "2016-05-20", "area_code": "RS-20", "registration_basis": "without_parental_care"}})
}

#[actix_web::test]
async fn results_leave_as_lines_and_as_rows_and_are_those_of_the_list() {
    let world = World::new().await;
    let _country = Country::of(&world);
    let sent: Vec<Value> = (0..205).map(child).collect();
    let path = format!("/v1/imports/{}/results", send_file(&world, WHO, &sent).await);
    let who = world.persona(WHO);
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{path}?limit=100{cursor}")).await.ok();
        listed.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((listed.len(), &listed[3]["verdict"]), (205, &json!("refused")));
    let all = who.get(&format!("{path}.ndjson")).await;
    assert_eq!(lines(&all), listed);
    assert_eq!(all.header("content-disposition"), "attachment; filename=\"results.ndjson\"");
    let refused = who.get(&format!("{path}.ndjson?verdict=refused")).await;
    assert_eq!(lines(&refused), [listed[3].clone()]);

    let table = who.get(&format!("{path}.csv")).await;
    let table = read_by_python(&[String::from_utf8(table.bytes).unwrap()]).remove(0);
    assert_eq!(table[0][..2], ["id", "version"]);
    assert_eq!(table.len(), 206);
    let at = |name: &str| table[0].iter().position(|column| column == name).unwrap();
    let said = |row: &[String], name: &str| row[at(name)].clone();
    for (row, result) in table[1..].iter().zip(&listed) {
        for column in ["id", "kind", "verdict", "external.value", "problem.code"] {
            let pointer = format!("/{}", column.replace('.', "/"));
            let told = result.pointer(&pointer).and_then(Value::as_str);
            assert_eq!(said(row, column), told.unwrap_or_default(), "{column}");
        }
        assert_eq!(said(row, "line"), result["line"].to_string());
    }
    let errors: Value = serde_json::from_str(&said(&table[4], "problem.errors")).unwrap();
    assert_eq!(errors, listed[3]["problem"]["errors"]);

    // Who may not read the import gets nothing of it.
    add_elsewhere(&world);
    let stranger = world.persona(&elsewhere("sync_client"));
    for ending in ["", ".ndjson", ".csv"] {
        stranger.get(&format!("{path}{ending}")).await.refused(404, "not_found");
        let statistician = world.persona("statistician");
        statistician.get(&format!("{path}{ending}")).await.refused(403, "forbidden");
    }
    who.get(&format!("{path}.csv?limit=5")).await.refused(400, "invalid_query");
}
