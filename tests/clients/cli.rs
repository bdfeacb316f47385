//! `kinstead client` and `kinstead issuer`, as an operator runs them.
use std::{fs, os::unix::fs::PermissionsExt as _, process::Output};

use kinstead::platform::{embedded::Role, keys::PrivateKey};
use serde_json::Value;

use crate::support::{
    Database, MASTER_KEY,
    process::{folder, kinstead, text},
};

#[track_caller]
fn lines(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn failed(output: &Output, code: i32, words: &str) {
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{complaint}");
    assert!(complaint.contains(words), "{complaint}");
}

#[test]
fn an_operator_registers_a_client_gives_it_a_key_and_revokes_both() {
    let (database, folder) = (Database::migrated(), folder());
    let run = |arguments: &[&str]| {
        let mut command = kinstead(&["client", "--json"]);
        command.args(arguments).env("DATABASE_URL", database.url(Role::Service));
        command.env("KINSTEAD_MASTER_KEY", MASTER_KEY);
        command.env("KINSTEAD_DATA", folder.path()).output().unwrap()
    };
    let new = [
        "register",
        "Ministry",
        "--role",
        "national_authority",
        "--valid-until",
        "2090-01-01T00:00:00Z",
    ];
    let client = lines(&run(&new)).remove(0);
    assert_eq!((&client["name"], &client["active"]), (&"Ministry".into(), &true.into()));
    assert_eq!(client["default_purpose"], "administration");
    failed(&run(&new), 1, "another client has this name");
    failed(&run(&["register", "Other", "--role", "emperor"]), 1, "none of the roles");
    failed(&run(&["register", "Other"]), 2, "--role");
    failed(&run(&["show", "Nobody"]), 1, "no client is called Nobody");

    let (private, public) = (folder.path().join("private.pem"), folder.path().join("public.pem"));
    // One whose id looks like an option, as that of each 64th does.
    let looks_so = |id: &str| id.starts_with('-') && !id.starts_with("-h");
    let mut keys = std::iter::repeat_with(PrivateKey::generate);
    let key = keys.find(|key| looks_so(&key.public().id())).unwrap();
    fs::write(&private, key.pem().unwrap()).unwrap();
    fs::write(&public, key.public().pem().unwrap()).unwrap();
    let add = |path: &std::path::Path| run(&["add-key", "Ministry", path.to_str().unwrap()]);
    failed(&add(&private), 1, "private key");
    failed(&add(&folder.path().join("none")), 1, "none");
    let added = lines(&add(&public)).remove(0);
    assert_eq!(added["kid"], key.public().id());
    assert_eq!(lines(&run(&["show", "Ministry"])).len(), 2);

    let (kid, why) = (key.public().id(), ["--reason", "It was lost."]);
    failed(&run(&["revoke-key", "Ministry", &kid]), 2, "--reason");
    failed(&run(&["revoke-key", "Ministry", &kid, "--reason", "x"]), 2, "reason");
    let revoke = |arguments: &[&str]| lines(&run(&[arguments, &why].concat())).remove(0);
    assert_eq!(revoke(&["revoke-key", "Ministry", &kid])["revocation_reason"], "It was lost.");
    assert_eq!(revoke(&["revoke", "Ministry"])["active"], false);
    let all = lines(&run(&["list"]));
    assert_eq!(all.iter().filter(|client| client["active"] == false).count(), 1);
    assert!(all.len() > 10);
}

#[test]
fn an_operator_makes_the_next_key() {
    let folder = folder();
    let run = |arguments: &[&str], settings: &[(&str, &str)]| {
        let mut command = kinstead(&["issuer", "--json"]);
        command.args(arguments).env("KINSTEAD_DATA", folder.path());
        command.envs(settings.iter().copied()).output().unwrap()
    };
    failed(&run(&["list"], &[]), 1, "there is no key yet");
    PrivateKey::read_or_create(&folder.path().join("token_private_key.pem")).unwrap();
    let made = lines(&run(&["rotate", "--minutes", "30"], &[])).remove(0);
    let file = made["file"].as_str().unwrap();
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let states = |settings: &[(&str, &str)]| -> Vec<String> {
        let all = lines(&run(&["list"], settings));
        all.iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states(&[]), ["signs", "published, will sign"]);
    lines(&run(&["rotate", "--minutes", "0"], &[]));
    assert_eq!(states(&[]), ["published, its tokens run out", "signs", "published, will sign"]);
    let own = folder.path().join("token_keys").display().to_string();
    assert_eq!(states(&[("KINSTEAD_TOKEN_KEYS", &own)]), ["signs", "published, will sign"]);
    let elsewhere = [("KINSTEAD_TOKEN_KEY_FILE", file)];
    failed(&run(&["rotate"], &elsewhere), 1, "somebody else signs here");
}
