//! What an operator may try against the person concerned: each attack is found by both verifiers.
use kinstead::{
    log::{
        checkpoint::Checkpoint,
        entry::{AccessEntry, Salt},
        extract::{AccessLogExtract, Found, Shown},
        tag::{SubjectKey, Tag},
    },
    platform::keys::PrivateKey,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Operator, verifiers::Case};

const ALL: [&str; 6] = ["form", "signature", "entries", "log", "tags", "end"];
const MIRRORED: [&str; 7] = ["form", "signature", "entries", "log", "tags", "end", "mirror"];

struct Scene {
    operator: Operator,
    child: Uuid,
    extract: Value,
}

impl Scene {
    fn new() -> Self {
        let (operator, child) = Operator::with_entries(6);
        let extract = serde_json::to_value(operator.extract(child, None)).unwrap();
        Self { operator, child, extract }
    }

    /// The extract as it stands now.
    fn case(&self) -> Case {
        case(&self.operator, &self.extract)
    }

    fn entries(&mut self) -> &mut Vec<Value> {
        self.extract["entries"].as_array_mut().unwrap()
    }

    /// Changes what an entry says, and lets the commitment follow it.
    fn forge(&mut self, at: usize, member: &str, value: Value) {
        let logged = &mut self.entries()[at];
        logged["opening"]["entry"][member] = value;
        let entry: AccessEntry =
            serde_json::from_value(logged["opening"]["entry"].clone()).unwrap();
        let salt: Salt = serde_json::from_value(logged["opening"]["salt"].clone()).unwrap();
        logged["commitment"] = json!(entry.commitment(&salt).unwrap());
    }

    fn found(&self) -> (SubjectKey, Vec<Found>) {
        self.operator.subjects[&self.child].clone()
    }
}

fn case(operator: &Operator, extract: &Value) -> Case {
    Case::new(extract.to_string().into_bytes(), &[operator.log_key()])
}

fn value(extract: &AccessLogExtract) -> Value {
    serde_json::to_value(extract).unwrap()
}

#[test]
fn an_honest_extract_is_proven_in_every_way() {
    let (mut operator, child) = Operator::with_entries(4);
    let (first, note) = (value(&operator.extract(child, None)), operator.cosigned());
    let size = operator.nodes.size();
    case(&operator, &first).holds(&ALL);
    for _ in 0..7 {
        operator.log(child);
        operator.log(Uuid::new_v4());
    }
    operator.defer(child, 2);
    let second = value(&operator.extract(child, Some(size)));
    assert_eq!(second["entries"][1]["deferred"]["ground"], "criminal_investigation");
    let mut whole = case(&operator, &second).leaves(operator.mirror()).since(note);
    whole.keys.push(operator.witness_key());
    let mut proven = MIRRORED.to_vec();
    proven.splice(2..2, ["witnesses", "history"]);
    whole.holds(&proven);
    whole.since(first.to_string()).holds(&proven);
}

#[test]
fn somebody_nobody_asked_about_has_an_empty_extract() {
    let (operator, _) = Operator::with_entries(3);
    let nobody = Uuid::new_v4();
    let note = operator.cosigned();
    let empty = operator.extract_of(nobody, SubjectKey::generate(), Vec::new(), &note, None);
    case(&operator, &value(&empty)).holds(&ALL);
    let before = Operator::new();
    let empty =
        before.extract_of(nobody, SubjectKey::generate(), Vec::new(), &before.cosigned(), None);
    case(&before, &value(&empty)).leaves(Vec::new()).holds(&MIRRORED);
}

#[test]
fn an_entry_dropped_in_the_middle_is_missed() {
    let mut scene = Scene::new();
    scene.entries().remove(2);
    scene.case().fails("entries");
}

#[test]
fn an_entry_dropped_with_the_rest_renumbered_is_missed() {
    let mut scene = Scene::new();
    scene.entries().remove(2);
    for at in 2..5 {
        scene.extract["entries"][at]["opening"]["entry"]["number"] = json!(at + 1);
    }
    scene.case().fails("entries");
    for at in 2..5 {
        scene.forge(at, "number", json!(at + 1));
    }
    scene.case().fails("log");
}

#[test]
fn a_changed_purpose_is_found() {
    let mut scene = Scene::new();
    scene.extract["entries"][1]["opening"]["entry"]["purpose"] = json!("placement");
    scene.case().fails("entries");
    scene.forge(1, "purpose", json!("placement"));
    scene.case().fails("log");
}

#[test]
fn a_changed_date_is_found() {
    let mut scene = Scene::new();
    let later = json!("2026-11-23T07:30:12.001Z");
    scene.extract["entries"][1]["opening"]["entry"]["at"] = later.clone();
    scene.case().fails("entries");
    scene.forge(1, "at", later);
    scene.case().fails("log");
    // A witness says when it saw a checkpoint: the operator cannot have made it later.
    let mut scene = Scene::new();
    let note = scene.extract["checkpoint"].as_str().unwrap().to_owned();
    scene.extract["checkpoint"] = json!(note.replace("time 2026-11-22T", "time 2026-11-23T"));
    scene.case().fails("signature");
}

#[test]
fn the_last_entry_dropped_is_missed() {
    let mut scene = Scene::new();
    let sorted = scene.operator.sorted();
    let (key, _) = scene.found();
    let last = u64::try_from(sorted.find(&key.tag(6)).unwrap()).unwrap();
    scene.entries().pop();
    scene.case().fails("end");
    // The nearest tags on both sides of the one that is concealed.
    let neighbour = |index: u64| {
        let tag = sorted.tags().get(usize::try_from(index).unwrap())?;
        Some(json!({"tag": tag, "index": index, "path": sorted.inclusion(index).unwrap()}))
    };
    let below = last.checked_sub(1).and_then(neighbour);
    let sides = [("below", below), ("above", neighbour(last + 1))];
    let sides = sides.into_iter().filter_map(|(side, value)| Some((side.to_owned(), value?)));
    scene.extract["absent"] = Value::Object(sides.collect());
    scene.case().fails("end");
    // And with nothing at all.
    scene.extract["absent"] = json!({});
    scene.case().fails("end");
}

#[test]
fn forged_neighbours_are_found() {
    let scene = Scene::new();
    for side in ["below", "above"] {
        for (member, forged) in
            [("tag", json!(Tag([0x80; 16]))), ("index", json!(0)), ("index", json!(17))]
        {
            let mut extract = scene.extract.clone();
            if extract["absent"].get(side).is_none() {
                continue;
            }
            if extract["absent"][side][member] == forged {
                continue;
            }
            extract["absent"][side][member] = forged;
            case(&scene.operator, &extract).fails("end");
        }
        let mut extract = scene.extract.clone();
        extract["absent"].as_object_mut().unwrap().remove(side);
        if extract != scene.extract {
            case(&scene.operator, &extract).fails("end");
        }
    }
}

#[test]
fn a_forged_checkpoint_is_found() {
    let mut scene = Scene::new();
    let honest = scene.operator.checkpoint();
    scene.extract["checkpoint"] = json!(honest.sign(&PrivateKey::generate()).unwrap());
    scene.case().fails("signature");
    // The signature of one checkpoint under the text of another.
    let note = scene.operator.note();
    let other = Checkpoint { tags: honest.root, ..honest };
    let other = other.sign(&PrivateKey::generate()).unwrap();
    let (text, _) = other.split_once("\n\n").unwrap();
    let (_, signatures) = note.split_once("\n\n").unwrap();
    scene.extract["checkpoint"] = json!(format!("{text}\n\n{signatures}"));
    scene.case().fails("signature");
    // A witness that is believed did not sign.
    scene.extract["checkpoint"] = json!(note);
    let mut unseen = scene.case();
    unseen.keys.push(scene.operator.witness_key());
    unseen.fails("witnesses");
    // A cosignature of another checkpoint.
    let cosigned = scene.operator.cosigned();
    scene.operator.log(scene.child);
    let extract = scene.operator.extract(scene.child, None);
    let line = cosigned.lines().last().unwrap();
    scene.extract = value(&extract);
    scene.extract["checkpoint"] = json!(format!("{}{line}\n", scene.operator.note()));
    scene.case().holds(&ALL);
    let mut cosigned = scene.case();
    cosigned.keys.push(scene.operator.witness_key());
    cosigned.fails("signature");
}

#[test]
fn rewritten_history_is_found_by_whoever_holds_an_earlier_checkpoint() {
    let (mut operator, child) = Operator::with_entries(5);
    let (note, size, earlier) =
        (operator.note(), operator.nodes.size(), operator.extract(child, None));
    // The same log, with another purpose in an early entry, and everything after it made anew.
    let mut rewritten = Operator { key: operator.key.clone(), ..Operator::new() };
    for (at, leaf) in operator.leaves.iter().enumerate() {
        let mut leaf = *leaf;
        if at == 1 {
            let (_, found) = operator.subjects.get_mut(&child).unwrap();
            let Shown::Told(opening) = &mut found[0].shown else { panic!() };
            opening.entry.purpose = "placement".to_owned();
            leaf.commitment = opening.entry.commitment(&opening.salt).unwrap();
        }
        rewritten.nodes.push(leaf.hash()).unwrap();
        rewritten.leaves.push(leaf);
        rewritten.tags.push(leaf.tag);
    }
    rewritten.subjects = operator.subjects.clone();
    rewritten.now = operator.now;
    let same_size = value(&rewritten.extract(child, None));
    case(&rewritten, &same_size).leaves(rewritten.mirror()).holds(&MIRRORED);
    case(&rewritten, &same_size).since(note.clone()).fails("history");
    rewritten.log(child);
    let larger = value(&rewritten.extract(child, Some(size)));
    case(&rewritten, &larger).since(note.clone()).fails("history");
    case(&rewritten, &larger).since(value(&earlier).to_string()).fails("history");
    let unproven = value(&rewritten.extract(child, None));
    case(&rewritten, &unproven).since(note).fails("history");
}

#[test]
fn a_tag_left_out_of_the_sorted_tree_is_found() {
    let mut scene = Scene::new();
    let (key, mut found) = scene.found();
    let concealed = key.tag(6);
    let at = scene.operator.tags.iter().position(|tag| *tag == concealed).unwrap();
    // Another tag takes its place, so that the tree is as large as it must be.
    scene.operator.tags[at] = Tag(rand::random());
    let honest = scene.extract.clone();
    let note = scene.operator.note();
    scene.extract["checkpoint"] = json!(note);
    scene.case().fails("tags");
    found.pop();
    let short = scene.operator.extract_of(scene.child, key, found, &note, None);
    let short = case(&scene.operator, &value(&short));
    // By itself such an extract looks whole, which the page says: a mirror shows that it is not.
    short.holds(&ALL);
    short.clone().leaves(scene.operator.mirror()).fails("mirror");
    // And the same person's earlier extract shows it too.
    short.since(honest.to_string()).fails("history");
    // A mirror with that tag changed as well is not the log's.
    let mut mirror = scene.operator.mirror();
    mirror[at * 48..at * 48 + 16].copy_from_slice(&scene.operator.tags[at].0);
    case(&scene.operator, &honest).leaves(mirror).fails("mirror");
}

#[test]
fn an_old_checkpoint_is_told_to_be_a_replay() {
    let mut scene = Scene::new();
    let old = scene.extract.clone();
    scene.operator.log(scene.child);
    let newer = scene.operator.note();
    case(&scene.operator, &old).since(newer).fails("history");
    let newer = value(&scene.operator.extract(scene.child, None));
    case(&scene.operator, &old).since(newer.to_string()).fails("history");
}

#[test]
fn the_extract_of_somebody_else_is_found() {
    let mut scene = Scene::new();
    let other = scene.operator.another(scene.child);
    let mut foreign = value(&scene.operator.extract(other, None));
    foreign["subject"]["id"] = json!(scene.child);
    case(&scene.operator, &foreign).fails("entries");
    for entry in foreign["entries"].as_array_mut().unwrap() {
        entry["opening"]["entry"]["subject"]["id"] = json!(scene.child);
    }
    case(&scene.operator, &foreign).fails("entries");
    // The child's own entries with somebody else's key.
    let (key, _) = scene.operator.subjects[&other].clone();
    scene.extract["key"] = json!(key);
    scene.case().fails("log");
}

#[test]
fn a_truncated_extract_is_found() {
    let mut scene = Scene::new();
    let whole = scene.extract.to_string().into_bytes();
    let mut cut = scene.case();
    cut.file = whole[..whole.len() - 200].to_vec();
    cut.fails("form");
    scene.entries().truncate(3);
    scene.case().fails("end");
    scene.entries().clear();
    scene.case().fails("end");
    scene.extract.as_object_mut().unwrap().remove("absent");
    scene.case().fails("form");
}
