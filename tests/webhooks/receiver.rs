//! A small receiver of webhooks on this machine, that checks signatures from the specification alone.
use std::{
    collections::{BTreeMap, HashMap},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// What came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// What the probe said when it came.
    pub probed: i64,
}

/// How it answers.
#[derive(Debug, Clone)]
pub enum Manner {
    Says(u16, String),
    /// It takes the request and says nothing.
    Silent,
    /// It answers a byte at a time, and never comes to an end.
    Trickles,
    /// It closes the connection.
    HangsUp,
}

type Probe = dyn Fn(&Received) -> i64 + Send;

#[derive(Default)]
struct Memory {
    received: Vec<Received>,
    manners: HashMap<String, Manner>,
    probe: Option<Box<Probe>>,
    held: Vec<TcpStream>,
    connections: usize,
}

#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    memory: Arc<Mutex<Memory>>,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let memory = Arc::new(Mutex::new(Memory::default()));
        let own = Arc::clone(&memory);
        thread::spawn(move || {
            for stream in listener.incoming() {
                own.lock().unwrap().connections += 1;
                let own = Arc::clone(&own);
                thread::spawn(move || answer(stream.unwrap(), &own));
            }
        });
        Self { address, memory }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How it answers at a path from now on.
    pub fn behave(&self, path: &str, manner: Manner) {
        self.memory.lock().unwrap().manners.insert(path.to_owned(), manner);
    }

    pub fn says(&self, path: &str, status: u16) {
        self.behave(path, Manner::Says(status, String::new()));
    }

    /// Asks this about each request when it comes.
    pub fn probe(&self, probe: impl Fn(&Received) -> i64 + Send + 'static) {
        self.memory.lock().unwrap().probe = Some(Box::new(probe));
    }

    /// What came at a path since somebody last looked.
    pub fn take(&self, path: &str) -> Vec<Received> {
        let mut memory = self.memory.lock().unwrap();
        let (taken, rest) = std::mem::take(&mut memory.received)
            .into_iter()
            .partition(|received: &Received| received.path == path);
        memory.received = rest;
        taken
    }

    /// What came at a path and was not taken yet.
    pub fn seen(&self, path: &str) -> Vec<Received> {
        let memory = self.memory.lock().unwrap();
        memory.received.iter().filter(|received| received.path == path).cloned().collect()
    }

    /// How much came at paths that begin like this.
    pub fn count(&self, prefix: &str) -> usize {
        let memory = self.memory.lock().unwrap();
        memory.received.iter().filter(|received| received.path.starts_with(prefix)).count()
    }

    pub fn connections(&self) -> usize {
        self.memory.lock().unwrap().connections
    }
}

fn answer(mut stream: TcpStream, memory: &Mutex<Memory>) {
    let Some(mut received) = read(&stream) else { return };
    let manner = {
        let mut memory = memory.lock().unwrap();
        if let Some(probe) = &memory.probe {
            received.probed = probe(&received);
        }
        let manner = memory.manners.get(&received.path).cloned();
        memory.received.push(received);
        manner.unwrap_or(Manner::Says(204, String::new()))
    };
    match manner {
        Manner::HangsUp => {}
        Manner::Silent => memory.lock().unwrap().held.push(stream),
        Manner::Says(status, more) => {
            let head = format!("HTTP/1.1 {status} So\r\n{more}connection: close");
            drop(write!(stream, "{head}\r\ncontent-length: 0\r\n\r\n"));
        }
        Manner::Trickles => {
            let mut said = b"HTTP/1.1 200 So\r\nx-slow: ".iter().chain([b'a'; 1].iter().cycle());
            while let Some(byte) = said.next()
                && stream.write_all(&[*byte]).is_ok()
            {
                thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

fn read(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body, probed: 0 })
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn signed(&self) -> Vec<u8> {
        let head = format!("{}.{}.", self.id(), self.header("webhook-timestamp"));
        [head.as_bytes(), &self.body].concat()
    }

    fn signatures(&self, version: &str) -> Vec<Vec<u8>> {
        let all = self.header("webhook-signature").split(' ');
        let own = all.filter_map(|one| one.split_once(',')).filter(|(known, _)| *known == version);
        own.map(|(_, text)| BASE64.decode(text).unwrap()).collect()
    }

    /// Whether it is signed by the secret `whsec_…`.
    pub fn is_by_secret(&self, secret: &str) -> bool {
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(&self.signed());
        let expected = mac.finalize().into_bytes().to_vec();
        self.signatures("v1").contains(&expected)
    }

    /// Whether it is signed by the private half of the key `whpk_…`.
    pub fn is_by_key(&self, public: &str) -> bool {
        let key = BASE64.decode(public.strip_prefix("whpk_").unwrap()).unwrap();
        let key = VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
        let signatures = self.signatures("v1a");
        let mut signatures = signatures.iter().map(|it| Signature::from_slice(it).unwrap());
        signatures.any(|it| key.verify(&self.signed(), &it).is_ok())
    }
}
