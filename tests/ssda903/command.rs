//! The commands, run as an operator runs them.
use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use kinstead::{
    platform::embedded::Role,
    ssda903::model::{Return, Table, csv},
};
use serde_json::json;

use super::year;
use crate::support::{
    Country, Database, MASTER_KEY, World,
    process::{folder, kinstead, text},
};

/// A command on this database.
pub fn on(database: &Database, arguments: &[&str]) -> Command {
    let mut command = kinstead(arguments);
    command.env("DATABASE_URL", database.url(Role::Service)).env("KINSTEAD_MASTER_KEY", MASTER_KEY);
    command
}

#[actix_web::test]
async fn a_return_is_exported_as_a_folder_of_files_that_nobody_else_reads() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("male", "2010-05-12");
    let home = country.facility(json!({"total": 8}));
    let stay = json!({
        "starts_on": "2025-06-02", "care_type": "small_group_home", "planned_kind": "medium", "legal_basis": "Family Act, art. 113",
        "provider": {"kind": "facility", "facility_id": home},
    });
    country.lived(child, &[stay], None);
    country.authority_over(child, "full_care_order", "2025-06-02", None);

    let folder = folder();
    let files = folder.path().join("return");
    let export = |year: &str, authority: &str| {
        let arguments = ["export", "ssda903", "--year", year, "--authority", authority];
        on(&world.database, &arguments).arg(&files).output().unwrap()
    };
    let output = export("2026", "RS");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = "wrote 1 children with 1 episodes; England's checks find 0 faults\n";
    assert_eq!(text(&output.stdout), said);
    let (mut whole, mut faults) = (Return::default(), Vec::new());
    for table in Table::of_year(year(2026)) {
        let path = files.join(format!("{}.csv", table.title()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = csv::read(table.title(), &fs::read(&path).unwrap(), &mut whole, &mut faults);
        assert_eq!(read, Some(table));
    }
    assert_eq!(faults, []);
    assert!(whole == country.exported(2026, "RS").whole);

    let again = export("2026", "RS");
    assert!(text(&again.stderr).contains("holds CSV files already"), "{}", text(&again.stderr));
    assert_eq!(again.status.code(), Some(1));
    fs::remove_dir_all(&files).unwrap();
    for (year, authority, why) in [("1999", "RS", "2018 to 2099"), ("2026", "XX", "no area")] {
        let refused = export(year, authority);
        assert!(text(&refused.stderr).contains(why), "{}", text(&refused.stderr));
        assert!(!files.exists());
    }
}
