//! The built binary, run as a newcomer and an operator run it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use kinstead::{
    contract,
    platform::{embedded::Role, keys::PrivateKey},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use crate::support::{
    Database, MASTER_KEY,
    process::{Running, folder, kinstead, postmaster, processes, text},
};

#[track_caller]
fn ended(output: &Output, code: i32) -> String {
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}\n{complained}");
    if code == 0 { said } else { complained }
}

/// The one sentence with which a command failed.
#[track_caller]
fn failed(output: &Output, words: &str) {
    let complaint = ended(output, 1);
    let lines: Vec<&str> =
        complaint.lines().filter(|line| line.starts_with("kinstead: ")).collect();
    assert!(lines.len() == 1 && lines[0].contains(words), "{complaint}");
}

/// The status and body of a GET, over a connection of its own.
fn get(address: &str, path: &str, token: Option<&str>) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let authorization = authorization.unwrap_or_default();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or_default()))
}

#[track_caller]
fn ok(address: &str, path: &str, token: Option<&str>) -> Value {
    let (status, body) = get(address, path, token).unwrap();
    assert_eq!(status, 200, "{body}");
    body
}

#[test]
fn help_tells_a_newcomer_what_there_is() {
    let help = ended(&kinstead(&["--help"]).output().unwrap(), 0);
    for word in [
        "serve",
        "demo",
        "migrate",
        "openapi",
        "seed",
        "client",
        "issuer",
        "keys",
        "token",
        "doctor",
        "verify",
        "Examples:",
        "Exit codes:",
        "DATABASE_URL",
        "KINSTEAD_DATA",
        "RUST_LOG",
    ] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
    assert!(ended(&kinstead(&["help", "demo"]).output().unwrap(), 0).contains("--port"));
    assert!(ended(&kinstead(&["serve", "--nonsense"]).output().unwrap(), 2).contains("--nonsense"));
    let role = ["migrate", "--runtime-role", "a\"; DROP ROLE b"];
    ended(&kinstead(&role).output().unwrap(), 2);
}

#[test]
fn every_fault_of_the_configuration_is_told_at_once() {
    let misconfigured = |arguments: &[&str]| {
        let mut command = kinstead(arguments);
        command.env("KINSTEAD_LISTEN", "nowhere").env("KINSTEAD_CONNECTIONS", "0");
        command.env("DATABASE_URL", "mysql://user:secret@host/db");
        command.output().unwrap()
    };
    let faults = [
        "KINSTEAD_LISTEN",
        "KINSTEAD_CONNECTIONS",
        "DATABASE_URL",
        "KINSTEAD_TOKEN_KEY_FILE",
        "KINSTEAD_LOG_DATABASE_URL",
        "KINSTEAD_MASTER_KEY_FILE",
    ];
    let complaint = ended(&misconfigured(&["serve"]), 3);
    for fault in faults {
        assert!(complaint.contains(fault), "{fault} is missing: {complaint}");
    }
    assert!(!complaint.contains("secret"));
    let object: Value =
        serde_json::from_str(&ended(&misconfigured(&["serve", "--json"]), 3)).unwrap();
    assert_eq!(object["faults"].as_array().unwrap().len(), faults.len());
    let doctor = misconfigured(&["doctor"]);
    ended(&doctor, 3);
    assert_eq!(text(&doctor.stdout).matches("fault    configuration").count(), faults.len());
}

#[test]
fn openapi_prints_and_writes_the_contract() {
    let whole = ended(&kinstead(&["openapi"]).output().unwrap(), 0);
    assert_eq!(whole, contract::text().unwrap());
    let sdk = contract::pretty(&contract::sdk_document().unwrap()).unwrap();
    assert_eq!(ended(&kinstead(&["openapi", "--sdk"]).output().unwrap(), 0), sdk);
    let folder = folder();
    let path = folder.path().join("contract");
    ended(&kinstead(&["openapi", "--write"]).arg(&path).output().unwrap(), 0);
    assert_eq!(fs::read_to_string(path.join("openapi.json")).unwrap(), whole);
    assert_eq!(fs::read_to_string(path.join("openapi.sdk.json")).unwrap(), sdk);
}

#[test]
fn without_postgresql_one_sentence_says_so() {
    let folder = folder();
    let mut serve = kinstead(&["serve"]);
    serve.env("KINSTEAD_DATA", folder.path()).env("KINSTEAD_LISTEN", "127.0.0.1:0");
    let output = serve.env("KINSTEAD_POSTGRESQL", "/nonexistent").output().unwrap();
    failed(&output, "/nonexistent (KINSTEAD_POSTGRESQL) holds no programs of a PostgreSQL server");
}

#[test]
fn an_address_that_is_taken_is_noticed_before_anything_is_made() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = folder();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut demo = kinstead(&["demo", "--port", &port, "--data"]);
    failed(&demo.arg(folder.path().join("demo")).output().unwrap(), "cannot listen on");
    assert!(!folder.path().join("demo").exists());
}

#[test]
fn the_demo_answers_keeps_its_data_and_stops_whole() {
    let folder = folder();
    let data = folder.path().join("demo");
    let demo = Running::demo(&data);
    let (address, said) = demo.ready();
    assert!(said.contains(&format!("http://{address}/docs/")), "{said}");

    let file = data.join("demo.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let tokens = || -> Value { serde_json::from_slice(&fs::read(&file).unwrap()).unwrap() };
    let first = tokens();
    assert_eq!(first["base_url"], format!("http://{address}"));
    for persona in [
        "national_authority",
        "regional_authority",
        "case_worker",
        "facility_officer",
        "statistician",
        "ngo",
        "sync_client",
    ] {
        let token = first["personas"][persona]["token"].as_str().unwrap();
        ok(&address, "/v1/organisations?limit=1", Some(token));
    }
    let token = first["personas"]["case_worker"]["token"].as_str().unwrap();
    let before = ok(&address, "/v1/organisations?kind=court", Some(token));
    assert_eq!(before["data"].as_array().unwrap().len(), 12);
    assert_eq!(get(&address, "/v1/organisations", None).unwrap().0, 401);

    // What it tells a newcomer to paste must work.
    let pasted: Vec<&str> =
        said.lines().filter(|line| line.contains("curl ") || line.contains("TOKEN=")).collect();
    let script = format!("set -e\n{}", pasted.join("\n").replace("curl -s", "curl -sSf"));
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(pasted.len() == 4 && output.status.success(), "{script}\n{}", text(&output.stderr));

    beside_the_demo(&data, &address);
    demo.stop();

    let demo = Running::demo(&data);
    let (address, _) = demo.ready();
    let after = tokens();
    assert_ne!(first["personas"]["ngo"], after["personas"]["ngo"]);
    let token = after["personas"]["case_worker"]["token"].as_str().unwrap();
    assert_eq!(ok(&address, "/v1/organisations?kind=court", Some(token)), before);
    demo.stop();
}

/// Other commands work on the data folder of a running service.
fn beside_the_demo(data: &Path, address: &str) {
    let on_data =
        |arguments: &[&str]| kinstead(arguments).env("KINSTEAD_DATA", data).output().unwrap();
    let token = ended(&on_data(&["token", "--as", "ngo"]), 0);
    ok(address, "/v1/organisations", Some(token.trim()));
    failed(&on_data(&["token", "--as", "nobody"]), "no client is called nobody");
    ended(&on_data(&["token", "--as", "ngo", "--minutes", "600"]), 2);
    failed(&on_data(&["seed", "--children", "1"]), "holds areas already");

    crate::imports::commands::beside_the_demo(&on_data, data);
    let report = ended(&on_data(&["doctor"]), 0);
    assert!(report.lines().all(|line| line.starts_with("ok ")), "{report}");
    for check in [
        "configuration",
        "master key",
        "encryption",
        "PostgreSQL programs",
        "database",
        "migrations",
        "run-time role",
        "extensions",
        "code lists",
        "time zone",
        "server log",
        "disk",
        "clock",
    ] {
        assert!(report.contains(&format!("ok       {check}: ")), "{check} is missing:\n{report}");
    }
    let url = format!("http://{address}/health/ready");
    ended(&kinstead(&["doctor", "--url", &url]).output().unwrap(), 0);
    failed(
        &kinstead(&["doctor", "--url", "http://127.0.0.1:1"]).output().unwrap(),
        "does not answer",
    );

    let mut second = kinstead(&["demo", "--port", "0", "--data"]);
    failed(&second.arg(data).output().unwrap(), "another kinstead works on the data folder");
}

#[test]
fn a_demo_that_was_killed_while_it_was_filled_is_made_anew() {
    let folder = folder();
    let data = folder.path().join("demo");
    let mut demo = Running::demo(&data);
    demo.until("! areas: ");
    demo.signal(Signal::SIGKILL);
    demo.wait();
    // The database outlives its service; the next one takes it over.
    let demo = Running::demo(&data);
    let (address, said) = demo.ready();
    assert!(said.contains("it is made anew"), "{said}");
    let areas = ok(&address, "/v1/areas?limit=200", None);
    assert_eq!(areas["data"].as_array().unwrap().len(), 155);
    demo.stop();

    let other = folder.path().join("other");
    let mut demo = Running::demo(&other);
    demo.until("! areas: ");
    demo.signal(Signal::SIGINT);
    assert_eq!(demo.wait().code(), Some(1));
    let last = demo.until("! kinstead: ").pop().unwrap();
    assert_eq!(last, "! kinstead: stopped before it was done");
    // The program that stops the database may still be on its way out itself.
    let since = Instant::now();
    while !processes(&other).is_empty() && since.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(processes(&other), Vec::<String>::new());
}

#[test]
fn the_service_outlives_its_database_and_the_database_its_service() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut service = Running::serve(&data);
    let (address, _) = service.ready();
    let killed = postmaster(&data).unwrap();
    kill(Pid::from_raw(killed), Signal::SIGKILL).unwrap();
    let since = Instant::now();
    loop {
        let (status, _) = get(&address, "/health/ready", None).unwrap();
        assert!(matches!(status, 200 | 503), "{status}");
        if status == 200 && postmaster(&data).is_some_and(|pid| pid != killed) {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(15), "it does not come back");
        thread::sleep(Duration::from_millis(20));
    }
    ok(&address, "/v1/code-lists/sex", None);

    service.signal(Signal::SIGKILL);
    service.wait();
    let orphan = postmaster(&data);
    let again = Running::serve(&data);
    let (address, _) = again.ready();
    ok(&address, "/v1/code-lists/sex", None);
    assert_eq!(postmaster(&data), orphan, "it is taken over, not started again");
    again.stop();

    let report = kinstead(&["doctor"]).env("KINSTEAD_DATA", &data).output().unwrap();
    assert!(ended(&report, 0).contains("ok       database"));
    assert_eq!(processes(&data), Vec::<String>::new());
}

#[test]
fn the_line_of_a_request_names_its_trace_and_nobody() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut command = kinstead(&["serve"]);
    command.env("KINSTEAD_DATA", &data).env("KINSTEAD_LISTEN", "127.0.0.1:0");
    command.env("RUST_LOG", "info,kinstead=debug");
    let service = Running::start(command, &data);
    let (address, _) = service.ready();
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let child = "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90";
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = format!(
        "GET /v1/children/{child} HTTP/1.1\r\nHost: {address}\r\nX-Request-Id: walk-1\r\n\
         traceparent: 00-{trace}-{span}-01\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let line = service.line_with("request_id=walk-1");
    for part in [format!("trace_id={trace}"), "route=/v1/children/{id}".into(), "status=401".into()]
    {
        assert!(line.contains(&part), "{part} is missing: {line}");
    }
    assert!(!line.contains(child), "{line}");
    service.stop();
}

#[test]
fn an_outside_database_is_migrated_by_its_owner_before_it_is_served() {
    let database = Database::empty();
    let folder = folder();
    let key = folder.path().join("issuer.pem");
    fs::write(&key, PrivateKey::generate().public().pem().unwrap()).unwrap();
    let command = |arguments: &[&str], owner: bool| {
        let mut command = kinstead(arguments);
        command.env("KINSTEAD_DATA", folder.path()).env("KINSTEAD_LISTEN", "127.0.0.1:0");
        command
            .env("DATABASE_URL", database.url(Role::Service))
            .env("KINSTEAD_LOG_DATABASE_URL", database.url(Role::Keeper))
            .env("KINSTEAD_TOKEN_KEY_FILE", &key)
            .env("KINSTEAD_MASTER_KEY", MASTER_KEY);
        if owner {
            command.env("KINSTEAD_DATABASE_OWNER_URL", database.url(Role::Owner));
        }
        command
    };
    let run = |arguments: &[&str], owner| command(arguments, owner).output().unwrap();
    failed(&run(&["serve"], false), "run `kinstead migrate` first");
    assert!(ended(&run(&["migrate"], false), 3).contains("KINSTEAD_DATABASE_OWNER_URL"));

    let done = ended(&run(&["migrate"], true), 0);
    assert!(
        done.contains("ran migration") && done.contains("\"kinstead_service\" was let in"),
        "{done}"
    );
    let again = ended(&run(&["migrate", "--json"], true), 0);
    let lines: Vec<Value> = again.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["migration"], Value::Null);
    assert_eq!(lines[1]["new_parameter_values"], 0);
    failed(&run(&["migrate", "--runtime-role", "nobody_known"], true), "knows no role");

    let written = ended(&run(&["seed", "--children", "10", "--json", "--quiet"], true), 0);
    let summary: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(summary["areas"], 155);
    failed(&run(&["seed"], true), "holds areas already");

    let service = Running::start(command(&["serve"], false), folder.path());
    let (address, _) = service.ready();
    ok(&address, "/v1/areas/RS-20", None);
    service.stop();
    let report = ended(&run(&["doctor"], false), 0);
    assert!(!report.contains("fault"), "{report}");
}
