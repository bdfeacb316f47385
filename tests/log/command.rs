//! `kinstead verify`, as the person concerned runs it.
use std::{fs, process::Output};

use kinstead::log::extract::AccessLogExtract;
use serde_json::Value;

use super::Operator;
use crate::support::process::{folder, kinstead, text};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: folder() }
    }

    fn put(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, contents).unwrap();
        path.display().to_string()
    }

    fn extract(&self, name: &str, extract: &AccessLogExtract) -> String {
        self.put(name, serde_json::to_vec(extract).unwrap())
    }
}

fn verify(arguments: &[&str]) -> Output {
    kinstead(&[&["verify"], arguments].concat()).output().unwrap()
}

#[test]
fn what_is_proven_is_told_line_by_line() {
    let (mut operator, child) = Operator::with_entries(2);
    let desk = Desk::new();
    let earlier = desk.put("checkpoint", operator.cosigned());
    operator.log(child);
    let file = desk.extract("extract.json", &operator.extract(child, Some(6)));
    let keys = format!("# both\n{}\n{}\n", operator.log_key(), operator.witness_key());
    let (keys, leaves) = (desk.put("keys", keys), desk.put("leaves", operator.mirror()));
    let given = [&file, "--key", &keys, "--since", &earlier, "--leaves", &leaves];
    let output = verify(&given);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let at = operator.checkpoint().at;
    let told = format!(
        "ok       form: 3 entries about child {child}\n\
         ok       signature: registry.example/access-log signed the state of its 7 leaves as of {at}\n\
         ok       witnesses: cosigned by witness.example/w1\n\
         ok       history: continues the 6 leaves of 2026-11-22 07:36:18 UTC\n\
         ok       entries: 3 are told as they were logged, 0 are deferred\n\
         ok       log: each entry is in the log, under its number\n\
         ok       tags: the tag of each entry is among the sorted tags\n\
         ok       end: there is no entry 4, as far as the tags are sorted\n\
         ok       mirror: both trees are those of the 7 leaves in the mirror\n"
    );
    assert_eq!(text(&output.stdout), told);
    let lines = text(&verify(&[&given[..], &["--json"]].concat()).stdout);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() == 9 && lines.iter().all(|line| line["status"] == "ok"));
    assert_eq!(lines[8]["check"], "mirror");
}

#[test]
fn the_first_fault_ends_it_with_one_sentence() {
    let (mut operator, child) = Operator::with_entries(2);
    let desk = Desk::new();
    let key = operator.log_key().to_string();
    let old = desk.extract("old.json", &operator.extract(child, None));
    operator.log(child);
    let new = desk.extract("new.json", &operator.extract(child, None));
    let output = verify(&[&old, "--key", &key, "--since", &new]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).ends_with("a replay\n"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("a replay"), "{}", text(&output.stderr));
    assert_eq!(verify(&[&new, "--key", &key]).status.code(), Some(0));
    let unseen = verify(&[&new, "--key", &key, "--witnesses", "1"]);
    assert_eq!(unseen.status.code(), Some(1));
    let unsigned = verify(&[&new]);
    assert_eq!(unsigned.status.code(), Some(1));
    assert!(text(&unsigned.stderr).contains("no key of the log"));
}

#[test]
fn wrong_use_is_told_apart_from_a_fault() {
    let desk = Desk::new();
    let (operator, child) = Operator::with_entries(1);
    let file = desk.extract("extract.json", &operator.extract(child, None));
    assert_eq!(verify(&[&file, "--key", "nonsense"]).status.code(), Some(2));
    assert_eq!(verify(&[]).status.code(), Some(2));
    let broken = desk.put("broken.json", "{}");
    let key = operator.log_key().to_string();
    assert_eq!(verify(&[&file, "--key", &key, "--since", &broken]).status.code(), Some(2));
    let missing = format!("{file}.gone");
    let output = verify(&[&missing, "--key", &key]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot be read"));
}
