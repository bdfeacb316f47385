//! The keys of an outside issuer, fetched over https by the built binary as an operator runs it.
use std::{
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use jsonwebtoken::{Header, encode};
use kinstead::{
    clients::{Manager, NewClient, store},
    platform::{
        clock::{Clock as _, SystemClock},
        db::change_on,
        embedded::Role,
        idempotency::PLATFORM,
        keys::PrivateKey,
    },
};
use serde_json::json;

use super::system::Signer;
use crate::support::{
    Database, MASTER_KEY,
    process::{Running, folder, kinstead, text},
    read,
};

const LOGIN: &str = "https://login.ministry.example";

/// A web server that speaks TLS and shows the files of a folder. It is killed with this value.
struct Files(Child);

impl Files {
    fn serve(folder: &Path) -> (Self, u16) {
        let openssl = |arguments: &[&str]| {
            let mut command = Command::new("openssl");
            command.args(arguments).current_dir(folder).stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let made = openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ]);
        assert!({ made }.status().unwrap().success());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let accept = format!("127.0.0.1:{port}");
        let server =
            ["s_server", "-accept", &accept, "-cert", "cert.pem", "-key", "key.pem", "-WWW"];
        let files = Self(openssl(&server).spawn().unwrap());
        let begun = Instant::now();
        while TcpStream::connect(&accept).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "openssl serves nothing");
            thread::sleep(Duration::from_millis(20));
        }
        (files, port)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn the_keys_of_an_issuer_come_over_https_from_whom_the_system_trusts() {
    let (database, folder, signer) = (Database::migrated(), folder(), Signer::p256());
    let (_files, port) = Files::serve(folder.path());
    let mut jwk = signer.jwk();
    jwk["kid"] = json!("one");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    write("keys.json", json!({"keys": [jwk]}).to_string());
    let issuer = json!({"issuer": LOGIN, "audience": "kinstead", "algorithm": "ES256", "keys": format!("https://localhost:{port}/keys.json")});
    let issuers = write("issuers.json", json!([issuer]).to_string());
    let key = write("issuer.pem", PrivateKey::generate().public().pem().unwrap());
    let new = NewClient {
        name: "Portal".into(),
        external_issuer: Some(LOGIN.into()),
        external_subject: Some("portal-7".into()),
        ..NewClient::of_role("ngo")
    };
    change_on(&mut database.owner(), PLATFORM, SystemClock.now(), |tx| {
        store::register(tx, &Manager::Operator, new.clone())
    })
    .unwrap();
    let now = SystemClock.now().timestamp();
    let mut header = Header::new(signer.algorithm());
    (header.typ, header.kid) = (Some("at+jwt".into()), Some("one".into()));
    let claims =
        json!({"iss": LOGIN, "aud": "kinstead", "sub": "portal-7", "iat": now, "exp": now + 600});
    let token = encode(&header, &claims, &signer.key()).unwrap();

    for (trusted, status) in [(true, 200), (false, 401)] {
        let mut command = kinstead(&["serve"]);
        command.env("KINSTEAD_DATA", folder.path()).env("KINSTEAD_LISTEN", "127.0.0.1:0");
        command.env("DATABASE_URL", database.url(Role::Service));
        command.env("KINSTEAD_LOG_DATABASE_URL", database.url(Role::Keeper));
        command.env("KINSTEAD_MASTER_KEY", MASTER_KEY);
        command.env("KINSTEAD_TOKEN_KEY_FILE", &key).env("KINSTEAD_ISSUERS_FILE", &issuers);
        if trusted {
            command.env("SSL_CERT_FILE", folder.path().join("cert.pem"));
        }
        let service = Running::start(command, folder.path());
        let (address, said) = service.ready();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = "GET /v1/organisations HTTP/1.1\r\nhost: kinstead\r\nconnection: close";
        write!(stream, "{head}\r\nauthorization: Bearer {token}\r\n\r\n").unwrap();
        let answer = read(&mut stream);
        assert_eq!(answer.status, status, "{said} {}", text(&answer.body));
        service.stop();
    }
}
