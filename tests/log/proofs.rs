//! Extracts are strict: no byte of a proof may differ, and nothing can be said in two ways.
use std::time::Instant;

use kinstead::log::{
    extract::{AccessLogExtract, FORMAT, MAX_BYTES},
    key::Keys,
    proof::{Check, Demand, judge},
};
use serde_json::{Value, json};

use super::{Operator, verifiers::Case};

fn demand(operator: &Operator) -> Demand {
    let keys: Keys = [operator.log_key(), operator.witness_key()].into_iter().collect();
    Demand { keys, ..Demand::default() }
}

#[test]
fn every_byte_that_is_flipped_is_refused() {
    let (mut operator, child) = Operator::with_entries(3);
    operator.defer(child, 2);
    let extract = operator.extract(child, Some(4));
    let demand = demand(&operator);
    let bytes = serde_json::to_vec(&extract).unwrap();
    assert!(judge(&bytes, &demand).holds());
    let mut changed = 0;
    for at in 0..bytes.len() {
        for mask in [0x01, 0x20, 0x80] {
            let mut flipped = bytes.clone();
            flipped[at] ^= mask;
            let verdict = judge(&flipped, &demand);
            if !verdict.holds() {
                continue;
            }
            // What is not proven: the ground and day of a deferral, and a proof nobody asked for.
            let mut read = AccessLogExtract::read(&flipped).unwrap();
            assert_ne!(read, extract, "byte {at}");
            read.consistency.clone_from(&extract.consistency);
            read.entries[1].deferred.clone_from(&extract.entries[1].deferred);
            assert_eq!(read, extract, "byte {at}");
            changed += 1;
        }
    }
    assert!(changed > 0);
}

#[test]
fn every_byte_of_a_consistency_proof_is_needed() {
    let (mut operator, child) = Operator::with_entries(3);
    let earlier = operator.note();
    operator.log(child);
    operator.log(child);
    let extract = operator.extract(child, Some(9));
    let mut demand = demand(&operator);
    demand.since = Some(kinstead::log::proof::Earlier::Checkpoint(earlier));
    let wrong = |extract: &AccessLogExtract| {
        judge(&serde_json::to_vec(extract).unwrap(), &demand).wrong.map(|wrong| wrong.check)
    };
    assert_eq!(wrong(&extract), None);
    let length = extract.consistency.as_ref().unwrap().path.len();
    assert!(length > 2);
    for at in 0..length {
        for byte in 0..32 {
            let mut flipped = extract.clone();
            flipped.consistency.as_mut().unwrap().path[at].0[byte] ^= 0x10;
            assert_eq!(wrong(&flipped), Some(Check::History), "hash {at}, byte {byte}");
        }
    }
}

#[test]
fn nothing_is_said_in_two_ways() {
    let (operator, child) = Operator::with_entries(2);
    let text = serde_json::to_string(&operator.extract(child, None)).unwrap();
    let id = child.to_string();
    let entry = |extra: &str| text.replacen("\"purpose\":", &format!("{extra},\"purpose\":"), 1);
    let changed = [
        entry("\"secret\":1"),
        entry("\"number\":1"),
        entry("\"person\":null"),
        text.replacen("\"number\":1", "\"number\":1.0", 1),
        text.replacen(&id, &id.to_uppercase(), 1),
        text.replacen(&id, &id.replace('-', ""), 1),
        text.replacen("Z\"", "+00:00\"", 1),
        text.replacen('{', "{\"more\":1,", 1),
        text.replacen(FORMAT, "kinstead-access-log/2", 1),
        text.replacen("\"path\":[", &format!("\"path\":[{}", "\"\",".repeat(60)), 1),
        format!("{text}{{}}"),
        "[".repeat(100_000),
        "null".to_owned(),
        String::new(),
    ];
    for wrong in changed {
        assert_ne!(wrong, text);
        let case = Case::new(wrong.clone().into_bytes(), &[operator.log_key()]);
        assert_eq!(case.rust().1.as_deref(), Some("form"), "{wrong:.300}");
        let python = case.python().1;
        assert!(python.is_some(), "{wrong:.300}");
    }
    let large = vec![b' '; MAX_BYTES + 1];
    assert!(AccessLogExtract::read(&large).unwrap_err().contains("larger"));
    // Order and space are free.
    let pretty: Value = serde_json::from_str(&text).unwrap();
    let pretty = serde_json::to_string_pretty(&pretty).unwrap();
    Case::new(pretty.into_bytes(), &[operator.log_key()]).holds(&[
        "form",
        "signature",
        "entries",
        "log",
        "tags",
        "end",
    ]);
}

#[test]
fn without_a_key_nothing_is_believed_but_all_else_is_checked() {
    let (operator, child) = Operator::with_entries(2);
    let mut extract = serde_json::to_value(operator.extract(child, None)).unwrap();
    let unsigned = |extract: &Value| judge(extract.to_string().as_bytes(), &Demand::default());
    let verdict = unsigned(&extract);
    assert_eq!(verdict.wrong.unwrap().check, Check::Signature);
    assert_eq!(verdict.proven.len(), 5);
    extract["entries"][0]["index"] = json!(0);
    assert_eq!(unsigned(&extract).wrong.unwrap().check, Check::Log);
}

#[test]
fn an_entry_is_either_told_or_deferred() {
    let (mut operator, child) = Operator::with_entries(2);
    let told = serde_json::to_value(operator.extract(child, None)).unwrap();
    operator.defer(child, 1);
    let deferred = serde_json::to_value(operator.extract(child, None)).unwrap();
    let mut both = told.clone();
    both["entries"][0]["deferred"] = deferred["entries"][0]["deferred"].clone();
    let mut neither = told;
    neither["entries"][0].as_object_mut().unwrap().remove("opening");
    for wrong in [both, neither] {
        Case::new(wrong.to_string().into_bytes(), &[operator.log_key()]).fails("entries");
    }
}

#[test]
fn an_extract_of_a_thousand_entries_is_proven() {
    let (operator, child) = Operator::with_entries(1000);
    let bytes = serde_json::to_vec(&operator.extract(child, None)).unwrap();
    let demand = Demand { leaves: None, ..demand(&operator) };
    let begun = Instant::now();
    let verdict = judge(&bytes, &demand);
    eprintln!("1000 entries, {} bytes: {:?}", bytes.len(), begun.elapsed());
    assert_eq!(verdict.wrong, None);
}
