//! Receivers behind real TLS: who does not prove to be the one who was meant gets nothing.
use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use kinstead::platform::{
    send::{SendOutcome, post},
    target::Targets,
};

use crate::support::process::{folder, python, text};

/// A receiver that says its port, and each body that it gets.
const RECEIVER: &str = r"
import http.server, ssl, sys
class Take(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers['content-length'])).decode(), flush=True)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Take)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
";
/// Names the folder of certificates to this very test, where it runs with them.
const AGAIN: &str = "KINSTEAD_TEST_CERTIFICATES";
const SELF: &str = "webhooks::tls::who_does_not_prove_to_be_the_one_who_was_meant_gets_nothing";

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    let output = command.args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", text(&output.stderr));
}

/// An authority for certificates.
fn authority(folder: &Path, name: &str) {
    openssl(
        folder,
        &format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.pem \
             -subj /CN={name} -days 2 -addext basicConstraints=critical,CA:TRUE"
        ),
    );
}

/// A certificate of the name `host`, by this authority.
fn certificate(folder: &Path, name: &str, host: &str, by: &str) {
    fs::write(folder.join(format!("{name}.ext")), format!("subjectAltName=DNS:{host}\n")).unwrap();
    openssl(
        folder,
        &format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={host}"
        ),
    );
    openssl(
        folder,
        &format!(
            "x509 -req -in {name}.csr -CA {by}.pem -CAkey {by}.key -CAcreateserial -days 2 -out {name}.pem -extfile {name}.ext"
        ),
    );
}

struct Receiver {
    process: Child,
    lines: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl Receiver {
    fn start(folder: &Path, certificate: &str) -> Self {
        let mut command = Command::new(python());
        command.args([
            "-c",
            RECEIVER,
            &format!("{certificate}.pem"),
            &format!("{certificate}.key"),
        ]);
        let mut process = command.current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        Self { process, lines, port: line.trim().parse().unwrap() }
    }

    /// Sends something to it as `hooks.example`; what came of it, and what it got.
    fn sent(mut self) -> (SendOutcome, Vec<String>) {
        let targets = Targets::read(&format!("hooks.example:{}", self.port), false).unwrap();
        let target = targets.parse(&format!("https://hooks.example:{}/in", self.port)).unwrap();
        let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))];
        let sent = post(&target, &here, &[("webhook-id", "1")], b"{}", Duration::from_secs(15));
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let got = self.lines.by_ref().lines().map(Result::unwrap).collect();
        (sent.outcome, got)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn who_does_not_prove_to_be_the_one_who_was_meant_gets_nothing() {
    if let Some(certificates) = env::var_os(AGAIN) {
        return judge(Path::new(&certificates));
    }
    let folder = folder();
    for name in ["known", "unknown"] {
        authority(folder.path(), name);
    }
    certificate(folder.path(), "right", "hooks.example", "known");
    certificate(folder.path(), "other_name", "hooks.example.evil.example", "known");
    certificate(folder.path(), "other_authority", "hooks.example", "unknown");
    // Whom to believe is read once, by a process: so this runs in one of its own.
    let again = Command::new(env::current_exe().unwrap())
        .args(["--exact", SELF, "--nocapture"])
        .env(AGAIN, folder.path())
        .env("SSL_CERT_FILE", folder.path().join("known.pem"))
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let said = text(&again.stdout);
    assert!(again.status.success() && said.contains("1 passed"), "{said}{}", text(&again.stderr));
}

fn judge(folder: &Path) {
    let (outcome, got) = Receiver::start(folder, "right").sent();
    assert_eq!((outcome, got), (SendOutcome::Success, vec!["{}".to_owned()]));
    for certificate in ["other_name", "other_authority", "unknown"] {
        let (outcome, got) = Receiver::start(folder, certificate).sent();
        assert_eq!((outcome, got), (SendOutcome::Tls, Vec::new()), "{certificate}");
    }
}
