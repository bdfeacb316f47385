//! The pages tell the truth as far as it can be looked up: links, commands, settings, operations, tables.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use kinstead::{api, config::SETTINGS, platform::error::CODES};

use crate::support::process::{kinstead, text};

/// Commands that have commands of their own.
const GROUPS: [&str; 4] = ["client", "export", "import", "issuer"];

/// Folders that hold no page of ours.
const ELSEWHERE: [&str; 3] = ["target", "node_modules", "data"];

/// Every page with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let (mut folders, mut pages) = (vec![PathBuf::from(".")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            let ours = !name.starts_with('.') && !ELSEWHERE.contains(&name.as_str());
            if entry.file_type().unwrap().is_dir() && ours {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    pages
}

fn page(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text outside fenced blocks, and the lines inside those of the shell.
fn parts(page: &str) -> (String, Vec<String>) {
    let (mut prose, mut shell, mut fence) = (String::new(), Vec::new(), None);
    for line in page.lines() {
        match (line.strip_prefix("```"), &fence) {
            (Some(language), None) => fence = Some(language.to_owned()),
            (Some(_), Some(_)) => fence = None,
            (None, Some(language)) if language == "sh" => shell.push(line.to_owned()),
            (None, Some(_)) => {}
            (None, None) => prose = prose + line + "\n",
        }
    }
    (prose, shell)
}

/// What stands between single backquotes.
fn spans(prose: &str) -> Vec<String> {
    prose.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " ")).collect()
}

/// All commands of a page: shell lines and spans, without what stands before the program.
fn commands(page: &str) -> Vec<Vec<String>> {
    let (prose, shell) = parts(page);
    let words = |line: String| -> Vec<String> {
        let words = line.split_whitespace().map(|word| word.trim_matches(';').to_owned());
        words.skip_while(|word| word == "until" || word.contains('=')).collect()
    };
    spans(&prose).into_iter().chain(shell).map(words).collect()
}

/// Every command that begins with `program`, with the page it is on.
fn commands_of(program: &str) -> Vec<(PathBuf, Vec<String>)> {
    let mut found = Vec::new();
    for (path, page) in pages() {
        let named = commands(&page)
            .into_iter()
            .filter(|words| words.first().is_some_and(|word| word == program));
        found.extend(named.map(|words| (path.clone(), words)));
    }
    assert!(found.len() > 5, "no page names {program} any more");
    found
}

#[test]
fn every_link_leads_somewhere() {
    let mut checked = 0;
    for (path, page) in pages() {
        let prose = parts(&page).0;
        for rest in prose.split("](").skip(1) {
            let target = rest.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file =
                if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(file.exists(), "{} links to {target}", path.display());
            let lands = anchor.is_empty() || headings(&file).contains(anchor);
            assert!(lands, "{} links to {target}, which is no heading", path.display());
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} links");
}

/// The anchors of a page's headings.
fn headings(path: &Path) -> BTreeSet<String> {
    let prose = parts(&fs::read_to_string(path).unwrap()).0;
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(kept).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_make_command_exists() {
    let makefile = page("Makefile");
    for (path, words) in commands_of("make") {
        let Some(target) = words.get(1).filter(|word| !word.starts_with('#')) else { continue };
        let known = makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
        assert!(known, "{} names `{}`", path.display(), words.join(" "));
    }
}

#[test]
fn every_command_of_the_binary_exists_with_its_options() {
    for (path, words) in commands_of("kinstead") {
        let shown = words.join(" ");
        let (mut arguments, mut options) = (vec!["help"], Vec::new());
        for word in words.iter().skip(1) {
            if let Some(option) = word.strip_prefix("--") {
                options.push(option.split('=').next().unwrap());
            } else if word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                && (arguments.len() == 1 || arguments.len() == 2 && GROUPS.contains(&arguments[1]))
            {
                arguments.push(word);
            }
        }
        let output = kinstead(&arguments).output().unwrap();
        assert!(output.status.success(), "{} names `{shown}`", path.display());
        let help = text(&output.stdout);
        for option in options {
            assert!(help.contains(&format!("--{option}")), "{} names `{shown}`", path.display());
        }
    }
}

#[test]
fn the_table_of_settings_is_that_of_the_code() {
    let page = page("docs/operations.md");
    let (_, section) = page.split_once("\n## Settings\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let listed: Vec<(String, String)> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<String> =
                line.split('|').map(|cell| cell.trim().replace('`', "")).collect();
            (cells[1].clone(), cells[2].clone())
        })
        .collect();
    let known: Vec<(String, String)> = SETTINGS
        .iter()
        .map(|(name, default, _)| ((*name).to_owned(), (*default).to_owned()))
        .collect();
    assert_eq!(listed, known);
}

#[test]
fn every_code_of_a_problem_has_its_section() {
    let page = page("docs/errors.md");
    let sections: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let codes: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(sections, codes);
}

#[test]
fn every_operation_that_a_page_names_exists() {
    let operations = api().permissions();
    let mut checked = 0;
    for (path, page) in pages() {
        for span in spans(&parts(&page).0) {
            let Some((method, rest)) = span.split_once(' ') else { continue };
            let full = rest.starts_with("/v1/") && !rest.contains('…');
            if !["GET", "POST", "PATCH", "PUT", "DELETE"].contains(&method) || !full {
                continue;
            }
            let wanted = rest.split(['?', ' ']).next().unwrap();
            let known = operations.iter().any(|(verb, path, _)| verb == method && path == wanted);
            let planned = path.ends_with("adding-an-operation.md");
            assert!(known || planned, "{} names `{span}`", path.display());
            checked += 1;
        }
    }
    assert!(checked > 3, "only {checked} operations");
}

#[test]
fn every_table_with_personal_data_that_is_named_exists() {
    let page = page("docs/data-protection.md");
    let section =
        page.split("\n## ").find(|section| section.starts_with("What lies where")).unwrap();
    let schema = page_of_migrations();
    let mut checked = 0;
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        for table in spans(row.split('|').nth(1).unwrap()) {
            assert!(
                schema.contains(&format!("CREATE TABLE {table} (")),
                "there is no table {table}"
            );
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} tables");
}

#[test]
fn the_page_on_data_protection_names_every_table() {
    let page = page("docs/data-protection.md");
    let schema = fs::read_to_string("src/schema.rs").unwrap();
    let begins = |line: &&str| {
        line.ends_with(") {") && line.starts_with("    ") && !line.starts_with("     ")
    };
    let tables = schema.lines().filter(begins).filter_map(|line| line.trim().split(" (").next());
    let tables: Vec<&str> = tables.collect();
    assert!(tables.contains(&"children") && tables.len() > 50, "{tables:?}");
    let unnamed: Vec<&&str> =
        tables.iter().filter(|table| !page.contains(&format!("`{table}`"))).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

fn page_of_migrations() -> String {
    let folders = fs::read_dir("migrations").unwrap();
    folders
        .map(|folder| fs::read_to_string(folder.unwrap().path().join("up.sql")).unwrap())
        .collect()
}

#[test]
fn the_map_is_short_and_what_it_names_is_there() {
    let map = page("ARCHITECTURE.md");
    assert!(map.lines().count() < 200, "{} lines", map.lines().count());
    let roots = ["src/", "tests/", "docs/", "migrations/", "contract/", "benches/"];
    for span in spans(&parts(&map).0) {
        let path = roots.iter().any(|root| span.starts_with(root)) && !span.contains('…');
        assert!(!path || Path::new(&span).exists(), "ARCHITECTURE.md names {span}");
    }
}
