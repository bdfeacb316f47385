//! Clients that keep one connection each and send one request after the other.
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{CLIENTS, registry::Registry};

/// A request, ready to be sent but for the token.
#[derive(Clone)]
pub struct Request {
    head: String,
    body: String,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub etag: String,
    pub body: Vec<u8>,
}

/// What a measurement found; times in milliseconds.
pub struct Figures {
    pub rate: f64,
    pub p50: f64,
    pub p99: f64,
    /// Answers other than success.
    pub refused: usize,
}

impl Request {
    pub fn get(path: &str) -> Self {
        Self { head: format!("GET {path} HTTP/1.1\r\n"), body: String::new() }
    }

    pub fn post(path: &str, body: &Value) -> Self {
        Self::with_body("POST", path, "", body)
    }

    pub fn with_body(method: &str, path: &str, etag: &str, body: &Value) -> Self {
        let tag = if etag.is_empty() { String::new() } else { format!("If-Match: {etag}\r\n") };
        Self {
            head: format!("{method} {path} HTTP/1.1\r\nContent-Type: application/json\r\n{tag}"),
            body: body.to_string(),
        }
    }
}

/// One connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Connection {
    /// As the client that is measured.
    pub fn open(registry: &Registry) -> Self {
        Self::open_as(registry, &registry.token)
    }

    pub fn open_as(registry: &Registry, token: &str) -> Self {
        let stream = TcpStream::connect(&registry.address).expect("the service must listen");
        stream.set_nodelay(true).expect("a socket option");
        Self { stream: BufReader::new(stream), token: token.to_owned() }
    }

    pub fn send(&mut self, request: &Request) -> Answer {
        let text = format!(
            "{}Host: bench\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{}",
            request.head,
            self.token,
            request.body.len(),
            request.body
        );
        self.stream.get_mut().write_all(text.as_bytes()).expect("the service must read");
        let mut answer = Answer { status: 0, etag: String::new(), body: Vec::new() };
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            self.stream.read_line(&mut line).expect("the service must answer");
            let text = line.trim_end();
            if let Some(status) = text.strip_prefix("HTTP/1.1 ") {
                answer.status = status[..3].parse().expect("a status");
            } else if let Some((name, value)) = text.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().expect("a length"),
                    "etag" => value.clone_into(&mut answer.etag),
                    _ => {}
                }
            } else if text.is_empty() {
                break;
            }
        }
        answer.body.resize(length, 0);
        self.stream.read_exact(&mut answer.body).expect("the whole body");
        answer
    }
}

/// Sends requests for that long or until there are no more, each client one after the other;
/// `request` gets the running number.
pub fn load(
    registry: &Registry,
    length: Duration,
    request: impl Fn(usize) -> Option<Request> + Sync,
) -> Figures {
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let begun = Instant::now();
    let mut times: Vec<f64> = thread::scope(|scope| {
        let client = || {
            let mut connection = Connection::open(registry);
            let mut times = Vec::new();
            while begun.elapsed() < length {
                let Some(request) = request(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let sent = Instant::now();
                let answer = connection.send(&request);
                times.push(sent.elapsed().as_secs_f64() * 1000.0);
                if answer.status >= 300 {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            }
            times
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().flat_map(|client| client.join().expect("a client must end")).collect()
    });
    let elapsed = begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let refused = refused.into_inner();
    Figures {
        rate: (times.len() - refused) as f64 / elapsed,
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
        refused,
    }
}
