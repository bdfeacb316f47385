//! The service on a socket, for what only a real connection shows.
use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use kinstead::{
    platform::{clock::Clock, ring::KeySource},
    server::{assemble, serve},
};
use tokio::sync::oneshot;

use super::{World, key, settings};

/// A running service on the world's database.
pub struct Live {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What came back over the wire.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Live {
    pub fn start(world: &World) -> Self {
        Self::start_by(world, Arc::new(world.clock.clone()))
    }

    /// The same by another clock, for clients that go by the machine's.
    pub fn start_by(world: &World, clock: Arc<dyn Clock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let urls = world.database.urls();
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let thread = thread::spawn(move || {
            let config = settings();
            let parts = assemble(&config, &urls, KeySource::held(key()), clock).unwrap();
            ready.send(()).unwrap();
            let done =
                actix_web::rt::System::new().block_on(serve(parts, listener, 1, async move {
                    drop(stopped.await);
                }));
            done.unwrap();
        });
        is_ready.recv().unwrap();
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// One request; `headers` are whole lines.
    pub fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        ask(self.connect(), method, path, headers, body)
    }
}

/// One request over this connection; `headers` are whole lines.
pub fn ask(
    mut stream: TcpStream,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &[u8],
) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: kinstead\r\nconnection: close\r\n");
    for header in headers {
        head += header;
        head += "\r\n";
    }
    if !body.is_empty() {
        write!(head, "content-length: {}\r\n", body.len()).unwrap();
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    // A service that refuses early may close before it has read all.
    drop(stream.write_all(body));
    read(&mut stream)
}

/// The rest of the connection, as one answer.
pub fn read(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes));
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head, body: bytes.get(end + 4..).unwrap_or_default().to_vec() }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap_or_default();
        drop(self.thread.take().unwrap().join());
    }
}
