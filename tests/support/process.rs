//! The built binary as a process: started, listened to, stopped, and never left behind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        OnceLock,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

pub const PATIENCE: Duration = Duration::from_secs(120);

/// The binary, with nothing of this process's environment that could configure it.
pub fn kinstead(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinstead"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    for name in ["PATH", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// A folder that the database's user can pass through.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A process that is running, with what it writes. It is killed with this value, and so is the
/// database of its data folder.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    data: PathBuf,
}

impl Running {
    pub fn start(mut command: Command, data: &Path) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (send, lines) = channel();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let other = send.clone();
        thread::spawn(move || {
            BufReader::new(stdout)
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| send.send(line))
        });
        thread::spawn(move || {
            let lines = BufReader::new(stderr).lines().map_while(Result::ok);
            lines.map(|line| format!("! {line}")).try_for_each(|line| other.send(line))
        });
        Self { child, lines, data: data.to_owned() }
    }

    pub fn demo(data: &Path) -> Self {
        let mut command = kinstead(&["demo", "--port", "0", "--children", "40", "--data"]);
        command.arg(data);
        Self::start(command, data)
    }

    pub fn serve(data: &Path) -> Self {
        let mut command = kinstead(&["serve"]);
        command.env("KINSTEAD_DATA", data).env("KINSTEAD_LISTEN", "127.0.0.1:0");
        Self::start(command, data)
    }

    /// Everything that is written until a line begins so.
    #[track_caller]
    pub fn until(&self, beginning: &str) -> Vec<String> {
        self.until_one(beginning, |line| line.starts_with(beginning))
    }

    /// The line that holds this, as soon as it is written.
    #[track_caller]
    pub fn line_with(&self, part: &str) -> String {
        self.until_one(part, |line| line.contains(part)).pop().unwrap()
    }

    #[track_caller]
    fn until_one(&self, wanted: &str, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen: Vec<String> = Vec::new();
        while !seen.last().is_some_and(|line| is_it(line)) {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => seen.push(line),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no line with {wanted}:\n{}", seen.join("\n"))
                }
            }
        }
        seen
    }

    /// What it wrote since somebody last listened.
    pub fn said(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// Waits until it answers; its address and what it wrote.
    #[track_caller]
    pub fn ready(&self) -> (String, String) {
        let lines = self.until("ready");
        assert_eq!(lines.last().unwrap(), "ready");
        let address = lines.iter().find_map(|line| {
            let rest = line.split_once(" on http://").filter(|_| !line.starts_with("! "))?.1;
            Some(rest.to_owned())
        });
        (address.unwrap(), lines.join("\n"))
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it as an operator does; nothing of it may be left.
    #[track_caller]
    pub fn stop(mut self) {
        self.signal(Signal::SIGTERM);
        assert_eq!(self.wait().code(), Some(0));
        assert_eq!(processes(&self.data), Vec::<String>::new());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A test that failed may leave a database: only then is there a process that names the folder.
        for _ in 0..100 {
            let Some(pid) = postmaster(&self.data) else { break };
            if processes(&self.data).is_empty() {
                break;
            }
            let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The process id of the database of a data folder.
pub fn postmaster(data: &Path) -> Option<i32> {
    let file = fs::read_to_string(data.join("postgres/data/postmaster.pid")).ok()?;
    file.lines().next()?.parse().ok()
}

/// The processes that name a folder in their command line.
pub fn processes(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let lines = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        fs::read(entry.path().join("cmdline")).ok().map(|line| text(&line).replace('\0', " "))
    });
    lines.filter(|line| line.contains(&folder)).collect()
}

/// The interpreter of the project's environment, which is made when it is not there.
pub fn python() -> &'static Path {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let made = Command::new("scripts/python-tools.sh")
            .args([".venv", "scripts/requirements.txt"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
    });
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.venv/bin/python"))
}
