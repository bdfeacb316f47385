//! Returns that are taken over.
use std::{fs, path::Path};

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types};
use kinstead::{
    children::{self, Child},
    platform::{db::change_on, version::IfMatch},
    ssda903::{
        import::{Found, Imported, import, judge},
        model::{Return, Year},
        store,
    },
};
use serde_json::json;
use uuid::Uuid;

use super::{command::on, folder, sample, written, year};
use crate::support::{
    Country, Database, World, body, noon,
    process::{self, text},
};

fn both() -> Vec<(Year, Return)> {
    [2025, 2026].map(|number| (year(number), sample(number))).into()
}

fn take_over(country: &mut Country, years: &[(Year, Return)]) -> Result<Imported, Vec<Found>> {
    import(&mut country.conn, country.now, years, Some("RS")).unwrap()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

fn count(country: &mut Country, from: &str) -> i64 {
    let sql = format!("SELECT count(*) AS count FROM {from}");
    sql_query(sql).get_result::<Count>(&mut country.conn).unwrap().count
}

#[actix_web::test]
async fn two_years_are_taken_over_and_told_again_byte_for_byte() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let years = both();
    assert_eq!(judge(&years).unwrap(), []);
    let imported = take_over(&mut country, &years).unwrap();
    assert_eq!((imported.children, imported.care_periods, imported.placements), (10, 10, 15));
    for number in [2025, 2026] {
        let exported = store::export(&mut country.conn, year(number), "RS").unwrap();
        assert_eq!(exported.faults, []);
        assert_eq!(written(number, &exported.whole), written(number, &sample(number)));
    }
    // It went through the stores, and the journal has all of it.
    for (kind, event, many) in [
        ("child", "registered", 10),
        ("care_period", "taken_over", 10),
        ("placement", "taken_over", 15),
        ("temporary_absence", "reported", 2),
        ("child", "adopted", 1),
    ] {
        let rows = format!("journal WHERE kind = '{kind}' AND event = '{event}'");
        assert_eq!(count(&mut country, &rows), many, "{kind} {event}");
    }
    let kept = i64::try_from(imported.kept).unwrap();
    assert_eq!(count(&mut country, "journal WHERE kind = 'return_fact'"), kept);
    assert_eq!(count(&mut country, "return_facts"), kept);
    assert_eq!(count(&mut country, "legal_statuses WHERE axis = 'care_authority'"), 16);
}

#[actix_web::test]
async fn what_was_kept_is_told_as_long_as_the_registry_makes_the_same() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    take_over(&mut country, &both()).unwrap();
    let of = |country: &mut Country| {
        let whole = store::export(&mut country.conn, year(2026), "RS").unwrap().whole;
        let header = whole.headers.iter().find(|row| row.child == "FIC002").unwrap();
        let ad1 = whole.ad1[0].clone();
        (header.upn.clone(), header.sex.clone(), header.ethnic.clone(), ad1.sex_adoptr)
    };
    let text = |said: [&str; 4]| said.map(str::to_owned).into();
    assert_eq!(of(&mut country), text(["UN1", "M", "WBRI", "MF"]));
    let child: Vec<Uuid> = sql_query("SELECT id FROM children WHERE adopted_on IS NOT NULL")
        .load::<Id>(&mut country.conn)
        .unwrap()
        .into_iter()
        .map(|row| row.id)
        .collect();
    let change = |tx: &mut kinstead::platform::db::Tx<'_>| {
        let id = kinstead::children::ChildId::from_untyped(child[0]);
        let child: Child = children::store::find(tx.conn, id)?;
        let patch = json!({"sex": "female", "correction_reason": "The birth certificate says so."});
        children::store::change(tx, id, &IfMatch::of(&child), &body(patch))
    };
    change_on(&mut country.conn, Uuid::nil(), country.now, change).unwrap();
    // The file that changed is told anew, the others as they were.
    assert_eq!(of(&mut country), text(["", "F", "OOTH", "MF"]));
}

/// A registry that holds nothing at all has no authority either: one is made.
#[test]
fn an_empty_registry_becomes_that_of_the_authority() {
    let database = Database::without_personas();
    let (mut conn, years) = (database.service(), both());
    let imported = import(&mut conn, noon(), &years, None).unwrap().unwrap();
    assert_eq!(imported.children, 10);
    for (of, whole) in &years {
        let exported = store::export(&mut conn, *of, "GB-ENG").unwrap();
        assert_eq!(written(of.number(), &exported.whole), written(of.number(), whole));
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

#[actix_web::test]
async fn a_return_is_taken_over_whole_or_not_at_all() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    // The last child is too young for where it is said to have lived: no check of England's says so.
    let mut years = both();
    let last = years[1].1.episodes.iter_mut().find(|row| row.child == "FIC009").unwrap();
    "01/06/2013".clone_into(&mut last.decom);
    let found = take_over(&mut country, &years).unwrap_err();
    let told: Vec<String> = found.iter().map(|(_, fault)| fault.to_string()).collect();
    assert_eq!(found[0].0.number(), 2026);
    assert!(
        told.len() == 1 && told[0].starts_with("Header:9 [registry]") && told[0].contains("PL-05"),
        "{told:?}"
    );
    for table in ["children", "carer_families", "facilities", "care_periods", "return_facts"] {
        assert_eq!(count(&mut country, table), 0, "{table}");
    }
    // Nothing changed here, so the registry would tell of one episode, not of two.
    let mut years = both();
    let second = years[1].1.episodes.iter_mut().find(|row| row.decom == "08/05/2025").unwrap();
    "L1".clone_into(&mut second.ls);
    let found = take_over(&mut country, &years).unwrap_err();
    let told: Vec<String> = found.iter().map(|(_, fault)| fault.to_string()).collect();
    let other = "DECOM [registry] the registry would tell other days of this child's care";
    assert_eq!(told, [4, 5].map(|line| format!("Episodes:{line} {other}")));
    assert_eq!(count(&mut country, "children"), 0);
    // The same numbers a second time are refused as they are when they are entered singly.
    take_over(&mut country, &both()).unwrap();
    let again = take_over(&mut country, &both()).unwrap_err();
    assert!(again.iter().all(|(_, fault)| fault.detail.contains("DI-01")), "{again:?}");
    assert_eq!(count(&mut country, "children"), 10);
}

#[test]
fn rows_of_whom_nobody_says_who_it_is_are_told_of() {
    let mut years = both();
    years[1].1.headers.retain(|row| row.child != "FIC004");
    let twin = years[1].1.headers[0].clone();
    years[1].1.headers.push(twin);
    "FIC-010".clone_into(&mut years[1].1.oc3[0].child);
    let told: Vec<String> =
        judge(&years).unwrap().iter().map(|(_, fault)| fault.to_string()).collect();
    assert_eq!(
        told,
        [
            "Header:2 CHILD [child] the child is in the file twice",
            "Episodes:14 CHILD [child] the child is not in Header",
            "Episodes:15 CHILD [child] the child is not in Header",
            "OC3:2 CHILD [child] is no number of a child: 1 to 20 letters and digits",
            "PrevPerm:3 CHILD [child] the child is not in Header",
        ]
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[actix_web::test]
async fn the_command_checks_first_and_tells_line_by_line() {
    let world = World::new().await;
    let folder_ = process::folder();
    let returns = folder_.path().join("returns");
    for number in [2025, 2026] {
        copy(&folder(number), &returns.join(number.to_string()));
    }
    let run = |arguments: &[&str]| {
        let all = [&["import", "ssda903"], arguments].concat();
        on(&world.database, &all).arg(&returns).output().unwrap()
    };
    let valid = run(&["--validate"]);
    assert_eq!(text(&valid.stdout), "2 years with 25 episodes break no check\n");
    let path = returns.join("2026/Episodes.csv");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("01/12/2025,E5", "01/12/2025,E55")).unwrap();
    let refused = run(&["--authority", "RS"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stdout);
    assert_eq!(
        said,
        "2026 Episodes:13 REC [149] the reason why the episode ended is a code of the list\n"
    );
    assert!(text(&refused.stderr).contains("nothing was taken over: 1 faults"));

    fs::write(&path, &good).unwrap();
    let done = run(&["--json"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("\"children\":10"), "{}", text(&done.stdout));
    // One year by itself, whose number is found in its days.
    fs::remove_dir_all(&returns).unwrap();
    copy(&folder(2025), &returns);
    let valid = run(&["--validate"]);
    assert_eq!(text(&valid.stdout), "1 years with 4 episodes break no check\n");
    fs::remove_file(returns.join("Header.csv")).unwrap();
    let missing = text(&run(&["--validate"]).stdout);
    assert_eq!(missing, "2025 Header [columns] is missing\n");
}
