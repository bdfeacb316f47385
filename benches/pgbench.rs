//! The same statements, sent by pgbench.
use std::{fs, path::PathBuf, process::Command, time::Duration};

use super::{CLIENTS, registry::Registry};

/// The statements of one request, as pgbench takes them.
#[derive(Debug, Clone)]
pub struct Script(pub Vec<String>);

impl Script {
    /// Without what goes to the access log.
    pub fn unlogged(&self) -> Self {
        Self(self.0.iter().filter(|statement| !is_logging(statement)).cloned().collect())
    }

    /// With its row of the access log in the same transaction.
    pub fn logged_at_once(&self) -> Self {
        let logging = self.0.iter().filter(|statement| is_logging(statement)).cloned();
        let mut lines = vec!["BEGIN".to_owned()];
        lines.extend(self.unlogged().0.into_iter().filter(|line| !is_bracket(line)));
        lines.extend(logging);
        lines.push("COMMIT".to_owned());
        Self(lines)
    }

    /// Puts an expression in the place of an id.
    pub fn with(self, id: &str, expression: &str) -> Self {
        let quoted = format!("'{id}'");
        Self(self.0.into_iter().map(|statement| statement.replace(&quoted, expression)).collect())
    }

    /// Gives each run a number of its own, for which the statements use `:n` and `:p`.
    pub fn numbered(self) -> Self {
        let mut lines = vec![
            "SELECT nextval('bench_numbers') AS n \\gset".to_owned(),
            "\\set p random(1, 281474976710655)".to_owned(),
        ];
        lines.extend(self.0);
        Self(lines)
    }

    /// Puts a made-up id in the place of one that the service made.
    pub fn with_new_id(self, id: &str, part: usize) -> Self {
        self.with(
            id,
            &format!("('{part:08}-0000-4000-8000-' || lpad(to_hex(:p::bigint), 12, '0'))::uuid"),
        )
    }
}

fn is_logging(statement: &str) -> bool {
    statement.contains("access_inbox")
}

/// Whether a statement begins or ends a transaction.
fn is_bracket(statement: &str) -> bool {
    ["BEGIN", "COMMIT"].iter().any(|word| statement.starts_with(word))
}

/// Where the server's programs are; some systems link those of them that a service needs from
/// another folder, and pgbench is not one of these.
pub fn program(registry: &Registry) -> PathBuf {
    let beside = fs::canonicalize(registry.programs.join("initdb"))
        .ok()
        .map(|initdb| initdb.with_file_name("pgbench"));
    beside.filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from("pgbench"))
}

/// How long pgbench goes on.
pub enum Until {
    Elapsed(Duration),
    /// As many transactions, of all clients together.
    Done(usize),
}

/// Transactions a second.
pub fn rate(registry: &Registry, until: &Until, scripts: &[Script]) -> f64 {
    let folder = registry.folder.join("pgbench");
    fs::create_dir_all(&folder).expect("a folder for scripts");
    let mut command = Command::new(program(registry));
    command.args(["-n", "-M", "prepared", "-c", &CLIENTS.to_string(), "-j", "2"]);
    match until {
        Until::Elapsed(length) => command.args(["-T", &length.as_secs().to_string()]),
        Until::Done(number) => command.args(["-t", &(number / CLIENTS).to_string()]),
    };
    for (index, script) in scripts.iter().enumerate() {
        let file = folder.join(format!("{index}.sql"));
        let lines: Vec<String> = script
            .0
            .iter()
            .map(|line| {
                if line.starts_with('\\') || line.ends_with("\\gset") {
                    line.clone()
                } else {
                    format!("{line};")
                }
            })
            .collect();
        fs::write(&file, lines.join("\n")).expect("a script");
        command.arg("-f").arg(file);
    }
    let output = command
        .args(["-h", &registry.socket, "-U", "kinstead_service", "kinstead"])
        .output()
        .expect("pgbench must run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = tps.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    tps.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}
