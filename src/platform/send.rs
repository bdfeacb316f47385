//! Sending something to somebody whom a client named: to addresses that were looked at, and no further.
use std::{
    io::ErrorKind,
    net::SocketAddr,
    time::{Duration, Instant},
};

use ureq::{
    Agent, Error as Cause,
    config::Config,
    http::{HeaderMap, Uri, header::RETRY_AFTER},
    tls::{RootCerts, TlsConfig, TlsProvider},
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::target::Target;
use crate::text_enum;

/// How long it may take in all to connect, send and be answered.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// The head of an answer has no more bytes; of its body nothing is read.
const MAX_HEAD: usize = 16 * 1024;

text_enum! {
    /// What came of sending something.
    pub enum SendOutcome {
        /// It was taken (2xx).
        Success = "success",
        /// The answer was another status.
        Status = "status",
        /// The answer leads elsewhere, where nobody goes.
        Redirect = "redirect",
        /// There was no answer in time.
        Timeout = "timeout",
        /// There was no connection, or it broke.
        Connection = "connection",
        /// The other side did not prove to be the one who was meant.
        Tls = "tls",
        /// The name does not resolve.
        UnknownHost = "unknown_host",
        /// The address is one that is not called.
        TargetRefused = "target_refused",
        /// What came back was no answer.
        Protocol = "protocol",
    }
}

/// What came of it, and how long it took.
#[derive(Debug, Clone)]
pub struct Sent {
    pub outcome: SendOutcome,
    pub status: Option<u16>,
    /// What the answer says of when to come again.
    pub retry_after: Option<String>,
    pub took: Duration,
}

impl Sent {
    /// Nothing was sent.
    #[must_use]
    pub fn nothing(outcome: SendOutcome) -> Self {
        Self { outcome, status: None, retry_after: None, took: Duration::ZERO }
    }
}

/// The addresses that were looked at, whatever is asked.
#[derive(Debug)]
struct Pinned(Vec<SocketAddr>);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Cause> {
        let mut found = self.empty();
        for address in &self.0 {
            found.push(*address);
        }
        if self.0.is_empty() { Err(Cause::HostNotFound) } else { Ok(found) }
    }
}

/// Sends a JSON text with these headers to the target at one of these addresses: no redirects, no proxy, a
/// connection of its own.
pub fn post(
    target: &Target,
    addresses: &[SocketAddr],
    headers: &[(&str, &str)],
    body: &[u8],
    patience: Duration,
) -> Sent {
    let begun = Instant::now();
    let agent = agent(target.is_https(), addresses, patience);
    let request = headers
        .iter()
        .fold(agent.post(&target.url), |request, (name, value)| request.header(*name, *value));
    let answer = request.content_type("application/json").send(body);
    let took = begun.elapsed();
    match answer {
        // Its body is left where it is: the connection ends with the answer.
        Ok(answer) => {
            let status = answer.status().as_u16();
            let retry_after = retry_after(answer.headers());
            Sent { outcome: judge(status), status: Some(status), retry_after, took }
        }
        Err(cause) => Sent { took, ..Sent::nothing(fault(&cause)) },
    }
}

fn agent(https: bool, addresses: &[SocketAddr], patience: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::NativeTls)
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .https_only(https)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .max_response_header_size(MAX_HEAD)
        .proxy(None)
        .timeout_global(Some(patience))
        .user_agent("kinstead")
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Pinned(addresses.to_vec()))
}

fn judge(status: u16) -> SendOutcome {
    match status {
        200..=299 => SendOutcome::Success,
        300..=399 => SendOutcome::Redirect,
        _ => SendOutcome::Status,
    }
}

fn retry_after(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    (value.len() <= 100).then(|| value.to_owned())
}

fn fault(cause: &Cause) -> SendOutcome {
    match cause {
        Cause::Timeout(_) => SendOutcome::Timeout,
        Cause::HostNotFound => SendOutcome::UnknownHost,
        Cause::Tls(_) | Cause::NativeTls(_) | Cause::TlsRequired => SendOutcome::Tls,
        Cause::Io(cause) if cause.kind() == ErrorKind::TimedOut => SendOutcome::Timeout,
        // What the encryption says comes wrapped.
        Cause::Io(cause) if cause.kind() == ErrorKind::Other => SendOutcome::Tls,
        Cause::Io(_) | Cause::ConnectionFailed => SendOutcome::Connection,
        _ => SendOutcome::Protocol,
    }
}
