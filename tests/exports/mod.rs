//! Exports: every list as lines of JSON and as a table, for whom and of what the list is.
mod results;
mod streamed;
mod whole;

use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::{Value, json};

use crate::support::{
    Persona, Reply,
    operations::{Operation, contract, operations},
    process::python,
};

/// What the contract says of each operation: to make it takes a while.
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(operations);
static LISTS: LazyLock<BTreeSet<String>> = LazyLock::new(at_the_top);

fn lists() -> BTreeSet<String> {
    LISTS.clone()
}

/// The lists at the top of the contract: what answers pages and lies under no record.
fn at_the_top() -> BTreeSet<String> {
    let document = contract();
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.filter_map(|(path, item)| {
        let schema = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let name = path.strip_prefix("/v1/").filter(|name| !name.contains(['/', '{']))?;
        let is_page = schema["$ref"].as_str().is_some_and(|kind| kind.ends_with("Page"));
        is_page.then(|| name.to_owned())
    });
    all.collect()
}

/// Whether a list takes a parameter.
fn takes(list: &str, name: &str) -> bool {
    let known = OPERATIONS.iter().find(|it| it.path == format!("/v1/{list}"));
    known.unwrap().has("query", name)
}

/// Every record of a list, page by page; or how it is refused.
async fn pages(persona: &Persona<'_>, list: &str, query: &str) -> Result<Vec<Value>, Reply> {
    let paged = takes(list, "limit");
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        let more = if paged { "&limit=3" } else { "" };
        let next = cursor.map(|cursor: String| format!("&cursor={cursor}")).unwrap_or_default();
        let reply = persona.get(&format!("/v1/{list}?{query}{more}{next}")).await;
        if !reply.status.is_success() {
            return Err(reply);
        }
        let page = reply.json();
        records.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(records),
        }
    }
}

fn lines(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let text = std::str::from_utf8(&reply.bytes).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows of tables, as Python's own reader reads them.
fn read_by_python(tables: &[String]) -> Vec<Vec<Vec<String>>> {
    const READ: &str = "import csv, io, json, sys\n\
        tables = json.load(sys.stdin)\n\
        json.dump([list(csv.reader(io.StringIO(table, newline=''), strict=True)) for table in tables], sys.stdout)";
    let mut reader = Command::new(python())
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = reader.stdin.take().unwrap();
    let sent = json!(tables).to_string();
    let feeding = std::thread::spawn(move || input.write_all(sent.as_bytes()).unwrap());
    let output = reader.wait_with_output().unwrap();
    feeding.join().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A record by its columns, as the page on exports says that they are made.
fn cells(record: &Value, columns: &[String]) -> Vec<String> {
    let cell = |column: &String| {
        let value = column.split('.').fold(record, |value, name| &value[name]);
        match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    };
    columns.iter().map(cell).collect()
}

/// A cell without the apostrophe that was put before what begins like a formula.
fn plain(cell: &str) -> String {
    let first = cell.chars().nth(1);
    let guarded = first.is_some_and(|it| "=+-@\t\r\n＝＋－＠'".contains(it));
    let text = if guarded { cell.strip_prefix('\'').unwrap_or(cell) } else { cell };
    text.to_owned()
}

/// The names of all members of a record that are no objects, with dots between them.
fn leaves(record: &Value, at: &str, found: &mut BTreeSet<String>) {
    match record {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let below = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                leaves(member, &below, found);
            }
        }
        _ => {
            found.insert(at.to_owned());
        }
    }
}
