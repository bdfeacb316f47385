//! Checkpoints as other tools read and write them.
use chrono::DateTime;
use kinstead::{
    log::{
        Hash,
        checkpoint::{Checkpoint, MAX_NOTE},
        key::Keys,
        witness,
    },
    platform::keys::PrivateKey,
};

use super::{ORIGIN, Operator};

fn known(operator: &Operator) -> Keys {
    [operator.log_key(), operator.witness_key()].into_iter().collect()
}

#[test]
fn a_checkpoint_has_the_lines_that_the_page_describes() {
    let checkpoint = Checkpoint {
        origin: ORIGIN.to_owned(),
        size: 1042,
        root: Hash([1; 32]),
        tags: Hash([2; 32]),
        at: "2026-11-22T07:30:12Z".parse().unwrap(),
    };
    let operator = Operator::new();
    let note = checkpoint.sign(&operator.key).unwrap();
    let (text, signature) = note.split_once("\n\n").unwrap();
    let lines = [
        "registry.example/access-log",
        "1042",
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        "tags AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
        "time 2026-11-22T07:30:12Z",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    assert!(signature.starts_with("\u{2014} registry.example/access-log "), "{signature}");
    let signed = Checkpoint::verify(&note, &known(&operator)).unwrap();
    assert_eq!((signed.checkpoint, signed.witnesses), (checkpoint, Vec::new()));
}

#[test]
fn a_cosignature_is_one_of_the_checkpoint_at_a_time() {
    let operator = Operator::with_entries(2).0;
    let signed = Checkpoint::verify(&operator.cosigned(), &known(&operator)).unwrap();
    let time = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    assert_eq!(signed.witnesses, [("witness.example/w1".to_owned(), time)]);
    let beyond =
        witness::cosign(&operator.note(), "witness.example/w1", &operator.witness, u64::MAX);
    assert!(Checkpoint::verify(&beyond.unwrap(), &known(&operator)).is_err());
}

#[test]
fn keys_that_nobody_knows_are_passed_over_but_prove_nothing() {
    let operator = Operator::with_entries(2).0;
    let stranger = Operator::new();
    let note =
        witness::cosign(&operator.note(), "elsewhere.example", &stranger.witness, 7).unwrap();
    assert!(Checkpoint::verify(&note, &known(&operator)).unwrap().witnesses.is_empty());
    assert!(Checkpoint::verify(&note, &known(&stranger)).is_err());
    let witnesses: Keys = [operator.witness_key()].into_iter().collect();
    assert!(Checkpoint::verify(&operator.cosigned(), &witnesses).is_err(), "not by the log");
    assert!(Checkpoint::verify(&note, &Keys::default()).is_err());
}

#[test]
fn a_note_that_is_no_checkpoint_is_refused() {
    let operator = Operator::with_entries(2).0;
    let note = operator.note();
    let changed = [
        note.replace("\n6\n", "\n06\n"),
        note.replace("\n6\n", "\n9007199254740992\n"),
        note.replace("\n6\n", "\n-6\n"),
        note.replace("tags ", "tags  "),
        note.replace("tags ", "words "),
        note.replace("time 2026-11-22T", "time 2026-11-22t"),
        note.replace('Z', "+00:00"),
        note.replace("Z\n", "Z\nmore\n"),
        note.replace('\n', "\r\n"),
        note.replace("\n\n", "\n"),
        note.trim_end().to_owned(),
        format!("{note}{}", "x".repeat(MAX_NOTE)),
        String::new(),
    ];
    assert!(Checkpoint::read(&note).is_ok());
    for wrong in changed {
        assert_ne!(wrong, note);
        assert!(Checkpoint::read(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_a_note_cannot_hold_is_not_signed() {
    let (operator, key) = (Operator::with_entries(1).0, PrivateKey::generate());
    for origin in ["", "two words", "one+one", "two\nlines"] {
        let checkpoint = Checkpoint { origin: origin.to_owned(), ..operator.checkpoint() };
        assert!(checkpoint.sign(&key).is_err(), "{origin}");
    }
    let fraction = DateTime::from_timestamp_millis(1_795_000_000_001).unwrap();
    assert!(Checkpoint { at: fraction, ..operator.checkpoint() }.sign(&key).is_err());
    assert!(Checkpoint { size: 1 << 53, ..operator.checkpoint() }.sign(&key).is_err());
}
