//! Both verifiers, the Rust one and the one in `examples/`, which know nothing of each other.
use std::{fs, process::Command};

use kinstead::log::{
    extract::AccessLogExtract,
    key::{Keys, VerifierKey},
    proof::{Demand, Earlier, judge},
};

use crate::support::process::{python, text};

/// A file with what it is held against.
#[derive(Clone)]
pub struct Case {
    pub file: Vec<u8>,
    pub keys: Vec<VerifierKey>,
    pub since: Option<Vec<u8>>,
    pub leaves: Option<Vec<u8>>,
    pub receipts: Option<String>,
}

impl Case {
    pub fn new(file: Vec<u8>, keys: &[VerifierKey]) -> Self {
        Self { file, keys: keys.to_vec(), since: None, leaves: None, receipts: None }
    }

    #[must_use]
    pub fn since(mut self, earlier: impl Into<Vec<u8>>) -> Self {
        self.since = Some(earlier.into());
        self
    }

    #[must_use]
    pub fn leaves(mut self, leaves: Vec<u8>) -> Self {
        self.leaves = Some(leaves);
        self
    }

    #[must_use]
    pub fn receipts(mut self, lines: &[String]) -> Self {
        self.receipts = Some(lines.join("\n"));
        self
    }

    /// What the Rust verifier proves, and the check that fails.
    pub fn rust(&self) -> (Vec<String>, Option<String>) {
        let since = self.since.as_ref().map(|bytes| match AccessLogExtract::read(bytes) {
            Ok(extract) => Earlier::Extract(Box::new(extract)),
            Err(_) => Earlier::Checkpoint(text(bytes)),
        });
        let demand = Demand {
            keys: self.keys.iter().cloned().collect::<Keys>(),
            witnesses: None,
            since,
            leaves: self.leaves.clone(),
            receipts: self.receipts.clone(),
        };
        let verdict = judge(&self.file, &demand);
        let proven = verdict.proven.iter().map(|finding| finding.check.to_string()).collect();
        (proven, verdict.wrong.map(|wrong| wrong.check.to_string()))
    }

    /// The same by the Python verifier.
    pub fn python(&self) -> (Vec<String>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        let mut command = Command::new(python());
        command.arg("examples/verify_extract.py").arg(write("extract.json", &self.file));
        for key in &self.keys {
            command.arg("--key").arg(key.to_string());
        }
        if let Some(since) = &self.since {
            command.arg("--since").arg(write("since", since));
        }
        if let Some(leaves) = &self.leaves {
            command.arg("--leaves").arg(write("leaves", leaves));
        }
        if let Some(receipts) = &self.receipts {
            command.arg("--receipts").arg(write("receipts", receipts.as_bytes()));
        }
        let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        let said = text(&output.stdout);
        let with = |status: &str| -> Vec<String> {
            let lines = said.lines().filter_map(|line| line.strip_prefix(status));
            lines.map(|line| line.trim().split(':').next().unwrap().to_owned()).collect()
        };
        let wrong = with("fault").pop();
        let expected = Some(i32::from(wrong.is_some()));
        assert_eq!(output.status.code(), expected, "{said}\n{}", text(&output.stderr));
        (with("ok"), wrong)
    }

    /// Both verifiers prove the same, and all of it.
    #[track_caller]
    pub fn holds(&self, proven: &[&str]) {
        for (checks, wrong) in [self.rust(), self.python()] {
            assert_eq!((checks.as_slice(), wrong), (owned(proven).as_slice(), None));
        }
    }

    /// Both verifiers find the same fault first.
    #[track_caller]
    pub fn fails(&self, check: &str) {
        assert_eq!(self.rust().1.as_deref(), Some(check), "the Rust verifier");
        assert_eq!(self.python().1.as_deref(), Some(check), "the Python verifier");
    }
}

fn owned(checks: &[&str]) -> Vec<String> {
    checks.iter().map(|check| (*check).to_owned()).collect()
}
