//! Whatever a file holds, the verifier ends; and what it takes for true is what was logged.
#![no_main]
use std::sync::LazyLock;

use kinstead::{
    log::{
        checkpoint::Checkpoint,
        entry::{AccessEntry, AnswerId, Leaf, Salt, Subject},
        extract::{AccessLogExtract, Found, Opening, Shown, Source},
        key::{Role, VerifierKey},
        proof::{Demand, Earlier, judge},
        tag::{SortedTags, SubjectKey},
        tree::Nodes,
    },
    platform::keys::PrivateKey,
};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use serde_json::Value;
use uuid::Uuid;

const ORIGIN: &str = "registry.example/access-log";
const ENTRIES: u8 = 5;

/// A log with one subject, at one checkpoint.
struct Genuine {
    extract: AccessLogExtract,
    text: Vec<u8>,
    demand: Demand,
}

static GENUINE: LazyLock<Genuine> = LazyLock::new(|| genuine().expect("a log can be made"));

fn genuine() -> Option<Genuine> {
    let (key, signer) = (SubjectKey([7; 32]), PrivateKey::generate());
    let subject = Subject { kind: "child".to_owned(), id: Uuid::from_u128(1) };
    let (mut nodes, mut tags, mut found) = (Nodes::default(), Vec::new(), Vec::new());
    let mut earlier = None;
    for number in 1..=ENTRIES {
        let (entry, salt) = (entry(&subject, number)?, Salt([number; 32]));
        let tag = key.tag(number.into());
        let leaf = Leaf { tag, commitment: entry.commitment(&salt).ok()? };
        found.push(Found {
            index: nodes.size(),
            shown: Shown::Told(Box::new(Opening { salt, entry })),
        });
        nodes.push(leaf.hash()).ok()?;
        tags.push(tag);
        if number == 2 {
            earlier = Some(checkpoint(&nodes, &tags)?.sign(&signer).ok()?);
        }
    }
    let note = checkpoint(&nodes, &tags)?.sign(&signer).ok()?;
    let (tags, mut log) = (SortedTags::of(tags).ok()?, |places: &[u64]| nodes.read(places));
    let source = Source { note: &note, log: &mut log, tags: &tags };
    let extract = AccessLogExtract::build(subject, key, found, source, Some(2)).ok()?;
    let keys = [VerifierKey::new(ORIGIN, Role::Log, signer.public()).ok()?].into_iter().collect();
    let demand = Demand { keys, since: earlier.map(Earlier::Checkpoint), ..Demand::default() };
    Some(Genuine { text: serde_json::to_vec(&extract).ok()?, extract, demand })
}

fn entry(subject: &Subject, number: u8) -> Option<AccessEntry> {
    Some(AccessEntry {
        subject: subject.clone(),
        number: number.into(),
        at: "2026-11-22T07:30:12.5Z".parse().ok()?,
        client: Uuid::from_u128(2),
        organisation: Uuid::from_u128(3),
        person: None,
        purpose: "placement".to_owned(),
        legal_basis: None,
        operation: "getChild".to_owned(),
        field_classes: vec!["personal".to_owned()],
        request_id: "r".to_owned(),
        outcome: "released".to_owned(),
        answer: Some(AnswerId([4; 16])),
    })
}

fn checkpoint(nodes: &Nodes, tags: &[kinstead::log::tag::Tag]) -> Option<Checkpoint> {
    Some(Checkpoint {
        origin: ORIGIN.to_owned(),
        size: nodes.size(),
        root: nodes.root().ok()?,
        tags: SortedTags::of(tags.to_vec()).ok()?.root().ok()?,
        at: "2026-11-22T07:30:12Z".parse().ok()?,
    })
}

// Random bytes are hardly ever JSON: half of the time one value of an extract is changed instead.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let read = data.get(..size).and_then(|data| serde_json::from_slice(data).ok());
    let mut value: Value =
        read.or_else(|| serde_json::from_slice(&GENUINE.text).ok()).unwrap_or_default();
    alter(&mut value, seed / 2);
    let text = value.to_string();
    let kept = text.len().min(max_size).min(data.len());
    data[..kept].copy_from_slice(&text.as_bytes()[..kept]);
    kept
});

/// Goes down to a value that the seed chooses, and changes it.
fn alter(value: &mut Value, seed: u32) {
    let (turn, rest) = (seed as usize, seed / 7 + 1);
    match value {
        Value::Array(items) if !items.is_empty() => {
            let (at, count) = (turn % items.len(), items.len());
            match seed % 13 {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.swap(at, count - 1),
                _ => alter(&mut items[at], rest),
            }
        }
        Value::Object(members) if !members.is_empty() => {
            let name = members.keys().nth(turn % members.len()).cloned().unwrap_or_default();
            if seed % 29 == 0 {
                members.remove(&name);
            } else if let Some(member) = members.get_mut(&name) {
                alter(member, rest);
            }
        }
        Value::String(text) => {
            let mut bytes = text.clone().into_bytes();
            if !bytes.is_empty() {
                let at = turn % bytes.len();
                bytes[at] = b"AZaz09+/=Qgw"[turn / 31 % 12];
                *text = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        Value::Number(_) => *value = Value::from([0, 1, 4, 5, 1 << 53, u64::MAX][turn % 6]),
        other => *other = Value::from(u64::from(seed)),
    }
}

fuzz_target!(|data: &[u8]| {
    let Genuine { extract, text, demand } = &*GENUINE;
    assert!(judge(text, demand).holds());
    let _ = judge(data, &Demand::default());
    if judge(data, demand).holds() {
        assert_eq!(AccessLogExtract::read(data).as_ref(), Ok(extract));
    }
});
