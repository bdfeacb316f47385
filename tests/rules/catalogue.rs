//! The rules as data: public, dated, in several languages, complete, and changed by the authority alone.
use std::{collections::BTreeSet, fs, path::Path};

use kinstead::rules::deadlines::ALERTING;
use serde_json::{Value, json};

use crate::support::World;

fn version(class: &str, from: &str) -> Value {
    json!({"class": class, "in_force": true, "source": "A law of this test", "valid_from": from})
}

#[actix_web::test]
async fn everybody_reads_what_the_rules_say_and_since_when() {
    let world = World::new().await;
    let rules = world.nobody().get("/v1/rules").await.ok();
    let rules = rules["data"].as_array().unwrap().clone();
    assert!(rules.len() >= 75, "{}", rules.len());
    for rule in &rules {
        assert_eq!(rule["current"]["number"], 1, "{rule}");
        assert!(rule["sentence"].as_str().unwrap().ends_with('.'), "{rule}");
        let soft = rule["current"]["class"] == "soft";
        assert_eq!(
            soft,
            !rule["current"]["override_roles"].as_array().unwrap().is_empty(),
            "{rule}"
        );
        assert!(!(rule["fixed"] == true && rule["current"]["class"] != "hard"), "{rule}");
    }
    let serbian = world
        .nobody()
        .request(actix_web::http::Method::GET, "/v1/rules/PL-01")
        .header("accept-language", "sr-Cyrl")
        .send()
        .await;
    assert!(serbian.ok()["sentence"].as_str().unwrap().starts_with("Дете"));
    assert_eq!(serbian.header("content-language"), "sr-Cyrl");
    let before = world.nobody().get("/v1/rules/PL-16?as_of=1980-01-01").await.ok();
    assert!(before.get("current").is_none());
    world.nobody().get("/v1/rules/XX-99").await.refused(404, "not_found");
    for name in rules.iter().flat_map(|rule| rule["current"]["parameters"].as_array().unwrap()) {
        let path = format!("/v1/parameters/{}", name.as_str().unwrap());
        world.nobody().get(&path).await.ok();
    }
}

#[actix_web::test]
async fn a_rule_is_changed_from_a_day_on_and_never_for_the_past() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let path = "/v1/rules/PL-22/versions";
    world
        .persona("case_worker")
        .post(path, version("alert", "2027-01-01"))
        .await
        .refused(403, "forbidden");
    world.nobody().post(path, version("alert", "2027-01-01")).await.refused(401, "unauthenticated");
    let made = authority.post(path, version("alert", "2027-01-01")).await;
    assert_eq!(
        (&made.ok()["number"], &made.json()["sentences"]["en"]),
        (&json!(2), &json!("Poverty alone is no reason to part a child from its family."))
    );
    for (body, pointer, code) in [
        (version("alert", "2026-11-21"), "/valid_from", "rewrites_past"),
        (version("alert", "2027-01-01"), "/valid_from", "overlapping_version"),
        (version("soft", "2028-01-01"), "/override_roles", "override_of_soft"),
    ] {
        let problem = authority.post(path, body).await.refused(422, "invalid");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    let mut other = version("soft", "2028-01-01");
    other["override_roles"] = json!(["nobody_at_all"]);
    other["override_days"] = json!(30);
    let problem = authority.post(path, other.clone()).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "unknown_code");
    other["override_roles"] = json!(["regional_authority"]);
    other["sentences"] = json!({"uz": "Faqat oʻzbekcha."});
    let problem = authority.post(path, other.clone()).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "incomplete_texts");
    other["sentences"] = json!({"en": "Poverty is no reason."});
    authority.post(path, other).await.ok();
    let weaker = authority.post("/v1/rules/PL-01/versions", version("alert", "2027-01-01")).await;
    assert_eq!(weaker.refused(422, "invalid")["errors"][0]["code"], "fixed_rule");
    let then = |day: &str| format!("/v1/rules/PL-22?as_of={day}");
    for (day, number) in [("2026-12-31", 1), ("2027-01-01", 2), ("2028-01-01", 3)] {
        let rule = world.nobody().get(&then(day)).await.ok();
        assert_eq!(rule["current"]["number"], number, "{day}");
        assert_eq!(rule["versions"].as_array().unwrap().len(), 3);
    }
}

/// Codes of rules in a text: quoted ones, and those that constraints are named by.
fn codes(text: &str) -> BTreeSet<String> {
    let coded = |group: &str, number: &str| {
        // Districts of Serbia have codes of the same form.
        group != "RS"
            && (2..=3).contains(&group.len())
            && number.len() == 2
            && group.chars().all(|c| c.is_ascii_uppercase())
            && number.chars().all(|c| c.is_ascii_digit())
    };
    let whole = |word: &str| {
        let (group, number) = word.split_once('-')?;
        coded(group, number).then(|| word.to_owned())
    };
    let quoted = text.split('"').filter_map(whole);
    let named = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter_map(|word| {
        let mut parts = word.splitn(3, '_');
        let (group, number) = (parts.next()?.to_uppercase(), parts.next()?);
        parts.next()?;
        whole(&format!("{group}-{number}"))
    });
    quoted.chain(named).collect()
}

fn read(folder: &Path, kind: &str, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, kind, found);
        } else if path.extension().is_some_and(|extension| extension == kind) {
            found.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[actix_web::test]
async fn the_catalogue_has_every_rule_that_refuses_and_says_of_no_other_that_it_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    read(&root.join("src"), "rs", &mut sources);
    // Examples name rules, too.
    let mut catalogue = String::new();
    read(&root.join("src/reference/rules"), "rs", &mut catalogue);
    let sources_without = sources.replace(&catalogue, "");
    assert!(sources_without.len() < sources.len());
    sources = sources_without;
    read(&root.join("migrations"), "sql", &mut sources);
    let refusing = codes(&sources);
    let world = World::new().await;
    let rules = world.nobody().get("/v1/rules").await.ok();
    let rules = rules["data"].as_array().unwrap().clone();
    let code = |rule: &Value| rule["code"].as_str().unwrap().to_owned();
    let known: BTreeSet<String> = rules.iter().map(code).collect();
    let unknown: Vec<&String> = refusing.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?} refuse and are not in the catalogue");
    // Held by what the steps are: a move asks for a reason, a final order ends care.
    let by_form = ["PL-09", "AD-10"];
    let applied: BTreeSet<String> =
        rules.iter().filter(|rule| rule["applied"] == true).map(code).collect();
    let silent: Vec<&String> =
        applied.difference(&refusing).filter(|code| !by_form.contains(&code.as_str())).collect();
    assert!(silent.is_empty(), "{silent:?} are said to be applied, and nothing refuses by them");
    let unsaid: Vec<&String> = refusing.difference(&applied).collect();
    assert!(unsaid.is_empty(), "{unsaid:?} refuse and are said not to be applied");
}

#[actix_web::test]
async fn the_catalogue_says_of_every_rule_that_alerts_that_it_does_and_of_no_other() {
    let world = World::new().await;
    let rules = world.nobody().get("/v1/rules").await.ok();
    let rules = rules["data"].as_array().unwrap().clone();
    let said: BTreeSet<&str> = rules
        .iter()
        .filter(|rule| rule["alerts"] == true)
        .map(|rule| rule["code"].as_str().unwrap())
        .collect();
    assert_eq!(said, ALERTING.iter().map(|rule| rule.code).collect());
    for rule in ALERTING {
        let of = rules.iter().find(|known| known["code"] == rule.code).unwrap();
        assert_eq!(of["applied"], true, "{}", rule.code);
        let named: BTreeSet<&str> = of["current"]["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        let lacking: Vec<_> =
            rule.parameters.iter().filter(|name| !named.contains(*name)).collect();
        // Of the young child's clock the catalogue lists with each rule what that rule goes by.
        assert!(lacking.is_empty() || rule.code == "PL-18", "{}: {lacking:?}", rule.code);
    }
}
