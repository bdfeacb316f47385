//! Receipts convict an operator who drops or changes an entry before anybody had a checkpoint with it.
use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use chrono::Duration;
use kinstead::{
    log::{entry::AccessEntry, extract::Shown},
    platform::{
        disclosure::Person,
        keys::PrivateKey,
        receipt::{Receipt, Said, list},
    },
};
use uuid::Uuid;

use super::{ORIGIN, Operator, verifiers::Case};

const ALL: [&str; 7] = ["form", "signature", "entries", "log", "tags", "end", "receipts"];

/// A log in which each look is old enough to be in the checkpoint.
fn settled(many: usize) -> (Operator, uuid::Uuid) {
    let (mut operator, child) = Operator::with_entries(many);
    operator.now += Duration::minutes(10);
    (operator, child)
}

fn case(operator: &Operator, child: uuid::Uuid) -> Case {
    let extract = serde_json::to_vec(&operator.extract(child, None)).unwrap();
    Case::new(extract, &[operator.log_key()])
}

#[test]
fn what_a_receipt_promises_is_in_the_log() {
    let (operator, child) = settled(3);
    let other = operator.another(child);
    let lines = [
        operator.receipt(child, 1),
        operator.receipt(child, 3),
        operator.receipt(child, 1),
        operator.receipt(other, 1),
        String::new(),
    ];
    case(&operator, child).receipts(&lines).holds(&ALL);
    case(&operator, child).receipts(&[]).holds(&ALL);
}

#[test]
fn a_receipt_whose_entry_was_dropped_is_found() {
    // The look never got to the log: the receipt is all there is of it.
    let (mut operator, child) = settled(3);
    let mut twin = Operator::new();
    twin.key = operator.key.clone();
    twin.log(child);
    let lost = twin.receipt(child, 1);
    case(&operator, child).receipts(std::slice::from_ref(&lost)).fails("receipts");
    // An entry that is deferred may be the one, but not two.
    operator.defer(child, 2);
    case(&operator, child).receipts(std::slice::from_ref(&lost)).holds(&ALL);
    twin.log(child);
    let both = [lost, twin.receipt(child, 2)];
    case(&operator, child).receipts(&both).fails("receipts");
}

#[test]
fn a_receipt_that_is_too_young_proves_nothing_yet() {
    let (operator, child) = settled(3);
    let mut twin = Operator::new();
    twin.key = operator.key.clone();
    twin.now = operator.now - Duration::minutes(6);
    twin.log(child);
    let young = twin.receipt(child, 1);
    case(&operator, child).receipts(&[young]).holds(&ALL);
}

#[test]
fn an_entry_that_says_something_else_than_its_receipt_is_found() {
    let (mut operator, child) = settled(2);
    let told = operator.receipt(child, 2);
    let (_, found) = operator.subjects.get_mut(&child).unwrap();
    let other = {
        let kinstead::log::extract::Shown::Told(opening) = &found[1].shown else { panic!() };
        let mut entry = opening.entry.clone();
        entry.purpose = "court".to_owned();
        let purpose = super::receipt(&entry).sign(&operator.key);
        let mut entry = opening.entry.clone();
        entry.at += Duration::seconds(1);
        let date = super::receipt(&entry).sign(&operator.key);
        [purpose, date]
    };
    case(&operator, child).receipts(&[told]).holds(&ALL);
    for receipt in other {
        case(&operator, child).receipts(&[receipt]).fails("receipts");
    }
}

#[test]
fn a_receipt_that_was_tampered_with_is_refused() {
    let (operator, child) = settled(2);
    let line = operator.receipt(child, 1);
    let stranger = {
        let mut twin = Operator::new();
        twin.key = std::sync::Arc::new(PrivateKey::generate());
        twin.log(child);
        twin.receipt(child, 1)
    };
    let mut wrong = vec![
        stranger,
        line.replace("registry.example", "register.example"),
        line.replace("receipt/1", "receipt/2"),
        line.replacen(' ', "  ", 1),
        line.trim_end_matches('=').to_owned(),
        "nonsense".to_owned(),
        format!("{line} {line}"),
    ];
    // Every character counts.
    for (at, was) in line.char_indices().skip(53) {
        let other = if was == 'A' { 'B' } else { 'A' };
        wrong.push(format!("{}{other}{}", &line[..at], &line[at + was.len_utf8()..]));
    }
    for tampered in &wrong {
        let case = case(&operator, child).receipts(std::slice::from_ref(tampered));
        assert_eq!(case.rust().1.as_deref(), Some("receipts"), "{tampered}");
    }
    for tampered in wrong.iter().take(9) {
        case(&operator, child).receipts(std::slice::from_ref(tampered)).fails("receipts");
    }
}

/// The receipt of an answer about so many others besides, and its list.
fn of_many(operator: &Operator, entry: &AccessEntry, others: usize) -> (String, Option<Vec<u8>>) {
    let person = |id| Person { kind: "child".to_owned(), id, mentioned: false };
    let mut persons: Vec<Person> = (0..others).map(|_| person(Uuid::new_v4())).collect();
    persons.push(person(entry.subject.id));
    let classes: Vec<&str> = entry.field_classes.iter().map(String::as_str).collect();
    let said = Said {
        client: entry.client,
        organisation: entry.organisation,
        purpose: &entry.purpose,
        legal_basis: entry.legal_basis.as_deref(),
        operation: &entry.operation,
        field_classes: &classes,
        request_id: &entry.request_id,
    };
    let id = entry.answer.unwrap().0;
    let receipt = Receipt::new(ORIGIN, entry.at, id, &said, &persons).unwrap();
    (receipt.sign(&operator.key), list(&id, persons.iter().map(ToString::to_string)))
}

#[test]
fn a_receipt_of_many_persons_is_short_and_convicts_with_their_list() {
    let (operator, child) = settled(2);
    let Shown::Told(opening) = &operator.subjects[&child].1[1].shown else { panic!() };
    let entry = &opening.entry;
    for others in [0, 1, 31] {
        let (line, list) = of_many(&operator, entry, others);
        assert!(list.is_none() && line.len() < 700, "{line}");
        case(&operator, child).receipts(&[line]).holds(&ALL);
    }
    for others in [32, 33, 2000] {
        let (line, list) = of_many(&operator, entry, others);
        assert!(line.starts_with("kinstead-access-receipt/2 ") && line.len() < 400, "{line}");
        let list = list.unwrap();
        assert_eq!(list.len(), 8 * (others + 1));
        let with = |list: &[u8]| format!("{line} {}", BASE64.encode(list));
        let found = case(&operator, child).receipts(&[with(&list)]);
        found.holds(&ALL);
        // Nobody is taken out, put in or changed, and without the list nothing is proven.
        let changed = [&[list[0] ^ 1], &list[1..]].concat();
        let wrong = [
            line.clone(),
            with(&[]),
            with(&list[8..]),
            with(&changed),
            with(&[&list[..], &[0; 8]].concat()),
            with(&list).replacen("receipt/2", "receipt/1", 1),
        ];
        for wrong in wrong {
            case(&operator, child).receipts(&[wrong]).fails("receipts");
        }
    }
    let mut twin = Operator::new();
    twin.key = operator.key.clone();
    twin.log(child);
    let Shown::Told(lost) = &twin.subjects[&child].1[0].shown else { panic!() };
    let (line, told) = of_many(&twin, &lost.entry, 99);
    let line = format!("{line} {}", BASE64.encode(told.unwrap()));
    case(&operator, child).receipts(&[line]).fails("receipts");
    let (line, _) = of_many(&operator, entry, 1);
    case(&operator, child).receipts(&[format!("{line} AAAA")]).fails("receipts");
}
