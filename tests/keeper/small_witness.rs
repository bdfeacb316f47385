//! A small witness on this machine, written from c2sp.org/tlog-witness and RFC 9162 alone. It knows nothing of
//! the service's own types.
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha256};

pub type Root = [u8; 32];

/// How it answers.
#[derive(Clone)]
pub enum Manner {
    Honest,
    /// It takes the request and says nothing.
    Silent,
    /// It says this, whatever it is asked.
    Says(u16, String),
}

struct Memory {
    key: SigningKey,
    name: String,
    log: Option<(String, VerifyingKey)>,
    last: (u64, Root),
    /// The old sizes with which it was asked.
    asked: Vec<u64>,
    manner: Manner,
    /// Connections that nobody answers.
    held: Vec<TcpStream>,
}

pub struct SmallWitness {
    pub address: SocketAddr,
    memory: Arc<Mutex<Memory>>,
}

impl SmallWitness {
    pub fn start(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let memory = Arc::new(Mutex::new(Memory {
            key: SigningKey::from_bytes(&rand::random()),
            name: name.to_owned(),
            log: None,
            last: (0, Sha256::digest([]).into()),
            asked: Vec::new(),
            manner: Manner::Honest,
            held: Vec::new(),
        }));
        let own = Arc::clone(&memory);
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &own);
            }
        });
        Self { address, memory }
    }

    /// Its verifier key, as others are given it.
    pub fn key(&self) -> String {
        let memory = self.memory.lock().unwrap();
        let typed = [&[4], memory.key.verifying_key().as_bytes().as_slice()].concat();
        let id = u32::from_be_bytes(id(&memory.name, &typed));
        format!("{}+{id:08x}+{}", memory.name, BASE64.encode(typed))
    }

    /// Which log it watches.
    pub fn watch(&self, origin: &str, key: [u8; 32]) {
        let key = VerifyingKey::from_bytes(&key).unwrap();
        self.memory.lock().unwrap().log = Some((origin.to_owned(), key));
    }

    /// What it believes to have cosigned last.
    pub fn remember(&self, size: u64, root: Root) {
        self.memory.lock().unwrap().last = (size, root);
    }

    pub fn last(&self) -> (u64, Root) {
        self.memory.lock().unwrap().last
    }

    pub fn behave(&self, manner: Manner) {
        self.memory.lock().unwrap().manner = manner;
    }

    /// The old sizes with which it was asked since this was asked last.
    pub fn asked(&self) -> Vec<u64> {
        std::mem::take(&mut self.memory.lock().unwrap().asked)
    }
}

fn answer(mut stream: TcpStream, memory: &Mutex<Memory>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut first, mut length) = (String::new(), String::new(), 0);
    while reader.read_line(&mut line).unwrap() > 2 {
        if first.is_empty() {
            first.clone_from(&line);
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    assert!(first.starts_with("POST /w/add-checkpoint HTTP/1.1"), "{first}");
    let mut memory = memory.lock().unwrap();
    let (status, said) = match memory.manner.clone() {
        Manner::Honest => memory.judge(&String::from_utf8(body).unwrap()),
        Manner::Says(status, body) => (status, body),
        Manner::Silent => return memory.held.push(stream),
    };
    let kind = if status == 409 { "text/x.tlog.size" } else { "text/plain" };
    let head = format!("HTTP/1.1 {status} So\r\ncontent-type: {kind}\r\nconnection: close");
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{said}", said.len()).unwrap();
}

impl Memory {
    /// What the protocol wants it to say.
    fn judge(&mut self, body: &str) -> (u16, String) {
        let (head, note) = body.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
        self.asked.push(old);
        let path: Vec<Root> =
            lines.map(|line| BASE64.decode(line).unwrap().try_into().unwrap()).collect();
        let (text, signatures) = note.rsplit_once("\n\n").unwrap();
        let text = format!("{text}\n");
        let mut lines = text.lines();
        let origin = lines.next().unwrap();
        let size: u64 = lines.next().unwrap().parse().unwrap();
        let root: Root = BASE64.decode(lines.next().unwrap()).unwrap().try_into().unwrap();
        let Some((_, key)) = self.log.as_ref().filter(|(known, _)| known == origin) else {
            return (404, String::new());
        };
        if !signatures.lines().any(|line| signed(line, origin, key, &text)) {
            return (403, String::new());
        }
        if old > size {
            return (400, String::new());
        }
        let (seen, seen_root) = self.last;
        if old != seen || old == size && root != seen_root {
            return (409, format!("{seen}\n"));
        }
        let fine = match old {
            0 => path.is_empty(),
            old if old == size => path.is_empty(),
            old => is_consistent((old, seen_root), (size, root), path),
        };
        if !fine {
            return (422, String::new());
        }
        self.last = (size, root);
        (200, format!("\u{2014} other.example/w AAAAAAAA\n{}", self.cosign(&text)))
    }

    pub fn cosign(&self, text: &str) -> String {
        let time: u64 = 1_795_348_800;
        let message = format!("cosignature/v1\ntime {time}\n{text}");
        let typed = [&[4], self.key.verifying_key().as_bytes().as_slice()].concat();
        let signature = self.key.sign(message.as_bytes()).to_bytes();
        let whole = [&id(&self.name, &typed), &time.to_be_bytes()[..], &signature].concat();
        format!("\u{2014} {} {}\n", self.name, BASE64.encode(whole))
    }
}

impl SmallWitness {
    /// A cosignature of any text.
    pub fn cosign(&self, text: &str) -> String {
        self.memory.lock().unwrap().cosign(text)
    }
}

fn id(name: &str, typed: &[u8]) -> [u8; 4] {
    let whole = Sha256::new().chain_update(name).chain_update("\n").chain_update(typed).finalize();
    whole[..4].try_into().unwrap()
}

/// Whether the line is the log's signature of the text.
fn signed(line: &str, origin: &str, key: &VerifyingKey, text: &str) -> bool {
    let parts: Vec<&str> = line.split(' ').collect();
    let bytes = BASE64.decode(parts[2]).unwrap();
    let typed = [&[1], key.as_bytes().as_slice()].concat();
    parts[1] == origin
        && bytes[..4] == id(origin, &typed)
        && Signature::from_slice(&bytes[4..])
            .is_ok_and(|signature| key.verify(text.as_bytes(), &signature).is_ok())
}

fn node(left: &Root, right: &Root) -> Root {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// RFC 9162, 2.1.4.2.
fn is_consistent(old: (u64, Root), new: (u64, Root), mut path: Vec<Root>) -> bool {
    if path.is_empty() {
        return false;
    }
    if old.0.is_power_of_two() {
        path.insert(0, old.1);
    }
    let (mut first, mut last) = (old.0 - 1, new.0 - 1);
    while first % 2 == 1 {
        (first, last) = (first / 2, last / 2);
    }
    let (mut former, mut latter) = (path[0], path[0]);
    for sibling in &path[1..] {
        if last == 0 {
            return false;
        }
        if first % 2 == 1 || first == last {
            (former, latter) = (node(sibling, &former), node(sibling, &latter));
            while first % 2 == 0 && first != 0 {
                (first, last) = (first / 2, last / 2);
            }
        } else {
            latter = node(&latter, sibling);
        }
        (first, last) = (first / 2, last / 2);
    }
    last == 0 && former == old.1 && latter == new.1
}
