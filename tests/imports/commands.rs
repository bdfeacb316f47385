//! `kinstead import`.
use std::{fs, path::Path, process::Output};

use serde_json::json;

use super::child;
use crate::support::process::text;

/// Takes a file in beside a service that runs on this data folder: whichever of the two comes first.
pub fn beside_the_demo(on_data: &dyn Fn(&[&str]) -> Output, data: &Path) {
    let file = data.join("records.ndjson");
    let line = |number: &str, born: &str| {
        let mut line = child(number, "Zvezdana");
        line["data"]["area_code"] = json!("RS");
        line["data"]["birth_date"] = json!(born);
        line
    };
    let lines = [line("K-1", "2016-05-20"), line("K-2", "2016-02-30")];
    fs::write(&file, format!("{}\n{}\n", lines[0], lines[1])).unwrap();
    let import = |more: &[&str]| {
        let arguments = ["import", "--client", "sync_client", file.to_str().unwrap()];
        let output = on_data(&[&arguments, more].concat());
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    for (more, counts) in [
        (["--validate"].as_slice(), "1 created, 0 updated, 0 unchanged, 1 refused"),
        (&[], "1 created, 0 updated, 0 unchanged, 1 refused"),
        (&[], "0 created, 0 updated, 1 unchanged, 1 refused"),
    ] {
        let told = import(more);
        assert!(told.contains(counts), "{told}");
        assert!(told.contains("line 2, child: ") && told.contains("/data/birth_date"), "{told}");
    }
    let whole = import(&["--whole", "--json"]);
    assert!(whole.contains("nothing of the file was kept"), "{whole}");
}
