//! The shape of the code: who may name whom, how long files and functions are, who writes a table.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

mod lists;

use lists::{ABOVE, ARROWS, MACROS, OWNERS};

const MAX_FILE: usize = 400;
const MAX_FUNCTION: usize = 60;
/// The table of a state machine names every pair.
const MAX_TABLE: usize = 100;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

/// Every source file below `folder`, by its path in the repository.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&root().join(folder), &mut found);
    assert!(!found.is_empty());
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, fs::read_to_string(path).unwrap())
    };
    found.into_iter().map(read).collect()
}

/// The module below `src` that a file belongs to.
fn module(file: &str) -> &str {
    file.trim_start_matches("src/").split(['/', '.']).next().unwrap()
}

/// The text without comments and string literals.
fn code(text: &str) -> String {
    let (mut kept, mut chars) = (String::new(), text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => {
                chars.by_ref().find(|c| *c == '\n');
                kept.push('\n');
            }
            '"' => {
                while let Some(inside) = chars.next() {
                    match inside {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
                kept.push_str("\"\"");
            }
            '\'' if chars.peek() == Some(&'"') => drop(chars.next()),
            other => kept.push(other),
        }
    }
    kept
}

/// The first segments of every path that begins with `crate::` or `kinstead::`, groups included.
fn named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for start in ["crate::", "kinstead::"] {
        for (at, _) in code.match_indices(start) {
            let rest = &code[at + start.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let mut depth = 0;
                let mut first = true;
                for word in split(group) {
                    match word.as_str() {
                        "{" => depth += 1,
                        "}" if depth == 0 => break,
                        "}" => depth -= 1,
                        "," => first = depth == 0,
                        word if first => {
                            found.insert(word.to_owned());
                            first = false;
                        }
                        _ => {}
                    }
                }
            } else {
                found.extend(split(rest).first().cloned());
            }
        }
    }
    found
}

fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if matches!(c, '{' | '}' | ',') {
            words.push(c.to_string());
        }
        if c == ';' {
            break;
        }
    }
    words
}

#[test]
fn paths_are_read_from_nested_groups() {
    let text = "use crate::{children::{model::{Child, ChildId}, store}, page_of, platform::db::Tx};\n fn f() { crate::seed::run() } // crate::cli\n \"crate::config\"";
    let expected: Vec<_> = ["children", "page_of", "platform", "seed"].map(str::to_owned).into();
    assert_eq!(named(&code(text)).into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn arrows_point_one_way() {
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        let from = module(&file);
        let allowed =
            arrows.get(from).unwrap_or_else(|| panic!("{from} is missing in the list of arrows"));
        for to in named(&code(&text)) {
            let fine = to == from
                || to == "schema"
                || MACROS.contains(&to.as_str())
                || allowed.contains(&to.as_str())
                || *allowed == ABOVE && (to == "api" || arrows.contains_key(to.as_str()));
            if !fine {
                wrong.push(format!("{file}: {from} names {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut wrong = Vec::new();
    for (file, text) in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        let generated = file == "src/schema.rs";
        if !generated && !text.starts_with("//! ") {
            wrong.push(format!("{file} does not say what it is"));
        }
        let lines = text.lines().count();
        if !generated && lines > MAX_FILE {
            wrong.push(format!("{file} has {lines} lines"));
        }
        if file.starts_with("src/") && !file.ends_with("/tests.rs") {
            let (text, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
            wrong.extend(
                functions(text)
                    .into_iter()
                    .filter(|(name, lines)| {
                        *lines > if name == "after" { MAX_TABLE } else { MAX_FUNCTION }
                    })
                    .map(|(name, lines)| format!("{file}: {name} has {lines} lines")),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Names and lengths of the functions of a file that is laid out by rustfmt.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let Some((before, after)) = bare.split_once("fn ") else { continue };
        let head = before.split_whitespace().all(|word| {
            ["pub", "async", "const", "pub(super)", "pub(crate)", "pub(in"].contains(&word)
        });
        if !head || bare.ends_with(';') || bare.ends_with('}') {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(line.len() - bare.len()));
        if let Some(length) = lines[at..].iter().position(|line| *line == closing) {
            let name = after.split(['(', '<']).next().unwrap();
            found.push((name.to_owned(), length + 1));
        }
    }
    found
}

#[test]
fn the_steps_of_a_state_machine_have_no_arm_for_the_rest() {
    let mut machines = 0;
    for (file, text) in sources("src") {
        let Some((_, rest)) = text.split_once("fn after(self") else { continue };
        machines += 1;
        let body = rest.split("\n    }\n").next().unwrap();
        assert!(!body.contains("_ =>"), "{file}: a new state must be thought of");
    }
    assert!(machines >= 3, "only {machines} state machines were found");
}

#[test]
fn only_the_owner_writes_a_table() {
    let schema = fs::read_to_string(root().join("src/schema.rs")).unwrap();
    let tables: BTreeSet<&str> = schema
        .lines()
        .filter_map(|line| {
            line.strip_prefix("    ")?
                .split_once(" (")?
                .1
                .ends_with(") {")
                .then(|| line.trim().split(' ').next())?
        })
        .collect();
    assert!(tables.len() > 20, "{tables:?}");
    let owner = |table: &str| {
        let owners: Vec<_> = OWNERS
            .iter()
            .filter(|(_, owned)| {
                owned
                    .iter()
                    .any(|one| *one == table || one.ends_with('_') && table.starts_with(one))
            })
            .map(|(owner, _)| *owner)
            .collect();
        assert_eq!(owners.len(), 1, "the table {table} needs one owner, not {owners:?}");
        owners[0]
    };
    for table in &tables {
        owner(table);
    }
    let (mut writes, mut wrong) = (0, Vec::new());
    for (file, text) in sources("src") {
        for table in written(&text).iter().filter(|table| tables.contains(table.as_str())) {
            writes += 1;
            if module(&file) != owner(table) {
                wrong.push(format!("{file} writes {table} of {}", owner(table)));
            }
        }
    }
    assert!(writes > 20, "only {writes} writes were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The tables that a file inserts into, updates or deletes from, by diesel or by SQL.
fn written(text: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut alias = BTreeMap::new();
    for (at, _) in text.match_indices(" as ") {
        let before: String = text[..at]
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        alias.insert(word(&text[at + 4..]), before);
    }
    let starts = [
        "insert_into(",
        "insert_rows!(",
        "::update(",
        "diesel::delete(",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "COPY ",
    ];
    let mut found = Vec::new();
    for start in starts {
        for (at, _) in text.match_indices(start) {
            let rest = text[at + start.len()..].trim_start().trim_start_matches("schema::");
            let name = word(rest);
            found.push(alias.get(&name).cloned().unwrap_or(name));
        }
    }
    found
}
