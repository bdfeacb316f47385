//! The README's walk, run on a demo; each answer that it shows is compared with what comes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
use std::{collections::HashMap, fs, path::Path, process::Command};

use serde_json::Value;

use crate::support::process::{Running, folder, text};

/// Stands between the outputs of two blocks.
const BETWEEN: &str = "=== end of block ===";
/// Members whose number differs from demo to demo.
const LOOSE_NUMBERS: [&str; 3] = ["score", "distance_km", "version"];
/// Last item of a shown list that goes on.
const GOES_ON: &str = "…";

/// A block to run, and what it must print if that is shown.
struct Block {
    script: String,
    shown: Option<Shown>,
}

enum Shown {
    Json(Value),
    Text(String),
}

#[test]
fn the_walk_of_the_readme_answers_as_it_shows() {
    let folder = folder();
    let data = folder.path().join("demo");
    let demo = Running::demo(&data);
    demo.ready();
    let blocks = walk(&fs::read_to_string("README.md").unwrap());
    assert!(blocks.len() >= 8, "the walk is lost: {} blocks", blocks.len());
    let outputs = run(&blocks, &data);
    assert_eq!(outputs.len(), blocks.len());
    let mut seen = Seen::default();
    for (block, output) in blocks.iter().zip(&outputs) {
        let verdict = match &block.shown {
            None if output.trim().is_empty() => Ok(()),
            None => Err("it prints what is not shown".to_owned()),
            Some(Shown::Text(shown)) if shown.trim() == output.trim() => Ok(()),
            Some(Shown::Text(_)) => Err("the text differs".to_owned()),
            Some(Shown::Json(shown)) => match serde_json::from_str::<Value>(output) {
                Ok(came) => seen.compare(shown, &came, "", ""),
                Err(error) => Err(format!("it is no JSON: {error}")),
            },
        };
        if let Err(why) = verdict {
            panic!("README.md: {why}\n\nafter\n{}\ncame\n{output}", block.script);
        }
    }
    demo.stop();
}

/// The blocks between the marks of the walk.
fn walk(readme: &str) -> Vec<Block> {
    let (_, rest) = readme.split_once("<!-- walk begins -->").unwrap();
    let (walk, _) = rest.split_once("<!-- walk ends -->").unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    // Every second piece is a block: its language, then its lines.
    for fenced in walk.split("\n```").skip(1).step_by(2) {
        let (language, body) = fenced.split_once('\n').unwrap();
        let shown = match language {
            "sh" => {
                blocks.push(Block { script: format!("{body}\n"), shown: None });
                continue;
            }
            "json" => Shown::Json(serde_json::from_str(body).unwrap()),
            "text" => Shown::Text(body.to_owned()),
            other => panic!("the walk has a block of {other}"),
        };
        assert!(blocks.last_mut().unwrap().shown.replace(shown).is_none());
    }
    blocks
}

/// What each block prints, run one after the other in one shell.
fn run(blocks: &[Block], data: &Path) -> Vec<String> {
    let scripts = blocks.iter().map(|block| format!("{}echo '{BETWEEN}'\n", block.script));
    let script = format!("set -euo pipefail\n{}", scripts.collect::<String>());
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).env("demo", data.join("demo.json")).env_remove("http_proxy");
    let output = shell.output().unwrap();
    let printed = text(&output.stdout);
    assert!(
        output.status.success(),
        "the walk broke off after\n{printed}\n{}",
        text(&output.stderr)
    );
    let mut outputs: Vec<String> = printed.split(BETWEEN).map(ToOwned::to_owned).collect();
    outputs.pop();
    outputs
}

/// Which came for each shown value that differs from demo to demo.
#[derive(Default)]
struct Seen {
    came: HashMap<String, String>,
    shown: HashMap<String, String>,
}

impl Seen {
    /// Says what of `shown` did not come; `name` is that of the member.
    fn compare(&mut self, shown: &Value, came: &Value, name: &str, at: &str) -> Result<(), String> {
        match (shown, came) {
            (Value::Object(shown), Value::Object(came)) => {
                shown.iter().try_for_each(|(name, value)| {
                    let at = format!("{at}/{name}");
                    let other = came.get(name).ok_or_else(|| format!("{at} is missing"))?;
                    self.compare(value, other, name, &at)
                })
            }
            (Value::Array(shown), Value::Array(came)) => {
                let open = shown.last().is_some_and(|last| last == GOES_ON);
                let count = shown.len() - usize::from(open);
                if came.len() < count || (!open && came.len() > count) {
                    return Err(format!("{at} has {} items, {count} are shown", came.len()));
                }
                (0..count).try_for_each(|index| {
                    self.compare(&shown[index], &came[index], name, &format!("{at}/{index}"))
                })
            }
            (Value::Number(_), Value::Number(_)) if LOOSE_NUMBERS.contains(&name) => Ok(()),
            (Value::String(shown), Value::String(came)) if is_loose(shown) => {
                if form(shown) != form(came) {
                    return Err(format!("{at} has another form: {came}"));
                }
                self.bind(shown, came, at)
            }
            _ if shown == came => Ok(()),
            _ => Err(format!("{at} is {came}, {shown} is shown")),
        }
    }

    /// One shown value stands for one that comes, everywhere; two ids for two.
    fn bind(&mut self, shown: &str, came: &str, at: &str) -> Result<(), String> {
        let before = self.came.entry(shown.to_owned()).or_insert_with(|| came.to_owned());
        if before != came {
            return Err(format!("{at} is {came}, but {shown} was {before} before"));
        }
        let before = self.shown.entry(came.to_owned()).or_insert_with(|| shown.to_owned());
        let id = form(shown).starts_with("########-");
        if id && before != shown {
            return Err(format!("{at} is {came}, which was shown as {before} before"));
        }
        Ok(())
    }
}

/// Letters and digits of ids and numbers as `#`, so that two of one kind look the same.
fn form(text: &str) -> String {
    let hexadecimal = text.len() == 36 && text.split('-').count() == 5;
    let blank = |letter: char| {
        let one =
            letter.is_ascii_digit() || (hexadecimal && matches!(letter, 'a'..='f' | 'A'..='F'));
        if one { '#' } else { letter }
    };
    text.chars().map(blank).collect()
}

/// Whether a text is a UUID, a registry number, a day or an instant.
fn is_loose(text: &str) -> bool {
    let form = form(text);
    form == "########-####-####-####-############"
        || form == "####-##-##"
        || form.starts_with("####-##-##T##:##:##")
        || form.strip_prefix(|letter: char| letter.is_ascii_uppercase()).is_some_and(|rest| {
            rest.strip_prefix(|letter: char| letter.is_ascii_uppercase()) == Some("-####-######-##")
        })
}

#[test]
fn an_answer_that_is_shown_wrongly_is_noticed() {
    let compare = |shown: Value, came: Value| Seen::default().compare(&shown, &came, "", "");
    let id = |digit: &str| digit.repeat(8) + "-0000-4000-8000-000000000000";
    let (one, two) = (id("1"), id("a"));
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let pair = |a: &str, b: &str| serde_json::json!({"a": a, "b": b});
    assert!(compare(pair(&one, &one), pair(&two, &two)).is_ok());
    assert!(compare(pair(&one, &one), pair(&one, &two)).is_err(), "shown as one, came as two");
    assert!(compare(pair(&one, &two), pair(&one, &one)).is_err(), "shown as two, came as one");
    assert!(compare(json(r#"{"on": "2026-11-22"}"#), json(r#"{"on": "2027-01-02"}"#)).is_ok());
    assert!(
        compare(json(r#"{"no": "CH-2026-000001-82"}"#), json(r#"{"no": "CF-2026-000001-82"}"#))
            .is_err()
    );
    assert!(compare(json(r#"{"placed": 2}"#), json(r#"{"placed": 3}"#)).is_err());
    assert!(compare(json(r#"{"score": 1.0}"#), json(r#"{"score": 0.5}"#)).is_ok());
    assert!(compare(json(r#"{"state": "active"}"#), json(r#"{"state": "ended"}"#)).is_err());
    assert!(compare(json(r#"{"state": "active"}"#), json("{}")).is_err());
    assert!(compare(json("[1]"), json("[1, 2]")).is_err());
    assert!(compare(json(r#"[1, "…"]"#), json("[1, 2]")).is_ok());
}
