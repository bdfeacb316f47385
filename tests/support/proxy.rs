//! A small TCP proxy between a client and the service, which cuts connections where a test wants them cut.
use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Once the service answers: the client sees none of it.
    BeforeTheAnswer,
    /// Once the service has the request, whatever it does with it.
    AfterTheRequest,
}

/// A proxy that takes every request to the service and none of the answers back.
pub struct Proxy {
    address: SocketAddr,
    cut: Arc<AtomicUsize>,
}

impl Proxy {
    pub fn before(service: SocketAddr, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let own = Arc::clone(&count);
        thread::spawn(move || {
            for client in listener.incoming() {
                let own = Arc::clone(&own);
                thread::spawn(move || {
                    pass(&client.unwrap(), service, cut, &own);
                });
            }
        });
        Self { address, cut: count }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> usize {
        self.cut.load(Ordering::SeqCst)
    }
}

/// Takes a request on, and cuts both connections.
fn pass(client: &TcpStream, service: SocketAddr, cut: Cut, cuts: &AtomicUsize) {
    let mut service = TcpStream::connect(service).unwrap();
    let (mut from, mut to) = (client.try_clone().unwrap(), service.try_clone().unwrap());
    let (passed, mut buffer) = (thread::spawn(move || pass_request(&mut from, &mut to)), [0; 1]);
    match cut {
        // The first byte of the answer says that what it tells of is durable.
        Cut::BeforeTheAnswer => service.read_exact(&mut buffer).unwrap(),
        Cut::AfterTheRequest => passed.join().unwrap(),
    }
    cuts.fetch_add(1, Ordering::SeqCst);
    drop(service.shutdown(Shutdown::Both));
    drop(client.shutdown(Shutdown::Both));
}

/// Takes on what a client sends, up to the end of its one request.
fn pass_request(client: &mut TcpStream, service: &mut TcpStream) {
    let (mut sent, mut buffer) = (Vec::new(), [0; 4096]);
    while !is_whole(&sent) {
        let read = client.read(&mut buffer).unwrap_or(0);
        if read == 0 || service.write_all(&buffer[..read]).is_err() {
            break;
        }
        sent.extend_from_slice(&buffer[..read]);
    }
}

fn is_whole(sent: &[u8]) -> bool {
    let text = String::from_utf8_lossy(sent).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.trim().parse::<usize>().unwrap())
}
