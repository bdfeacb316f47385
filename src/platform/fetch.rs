//! Fetching a small public document over https, such as an issuer's keys, and sending one: bounded in size
//! and time, without redirects, and not by way of a proxy.
use std::{net::SocketAddr, time::Duration};

use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig, TlsProvider},
};

use super::outside::MAX_SET;

/// How long it may take in all.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take to send something and be answered.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);
/// No answer to something that was sent has more bytes.
const MAX_ANSWER: u64 = 16 * 1024;

/// A service that something is sent to, over a connection that is kept.
#[derive(Debug)]
pub struct Post {
    agent: Agent,
    url: String,
}

/// What it answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Post {
    /// To an address with https; or with http to a port of this very machine, if that is allowed.
    pub fn to(url: &str, loopback: bool) -> Result<Self, String> {
        let here = |rest: &str| {
            let address = rest.split('/').next().and_then(|host| host.parse::<SocketAddr>().ok());
            address.is_some_and(|address| address.ip().is_loopback())
        };
        let inside = loopback && url.strip_prefix("http://").is_some_and(here);
        if !inside && !url.starts_with("https://") {
            return Err(format!("{url} does not begin with https://"));
        }
        let agent = agent(SHORT_PATIENCE, !inside);
        Ok(Self { agent, url: url.to_owned() })
    }

    /// Sends a text, or says why it could not be sent.
    pub fn send(&self, text: &str) -> Result<Answer, String> {
        let sent = self.agent.post(&self.url).content_type("text/plain; charset=utf-8").send(text);
        let mut answer = sent.map_err(|cause| cause.to_string())?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = body.map_err(|cause| cause.to_string())?;
        let body = String::from_utf8(body).map_err(|_| "the answer is no text".to_owned())?;
        Ok(Answer { status, body })
    }
}

/// What lies at the address, or why it could not be had.
pub fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let agent = agent(PATIENCE, true);
    let mut answer = agent.get(url).call().map_err(|cause| cause.to_string())?;
    if answer.status() != 200 {
        return Err(format!("the answer is {}", answer.status()));
    }
    let most = u64::try_from(MAX_SET).unwrap_or(0);
    answer.body_mut().with_config().limit(most).read_to_vec().map_err(|cause| cause.to_string())
}

fn agent(patience: Duration, https_only: bool) -> Agent {
    // The library of the database's connections does the encryption, with the system's authorities.
    let tls = TlsConfig::builder()
        .provider(TlsProvider::NativeTls)
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .https_only(https_only)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(patience))
        .user_agent("kinstead")
        .build()
        .into()
}

#[cfg(test)]
mod tests {
    use super::{Post, fetch};

    #[test]
    fn something_is_sent_in_clear_within_this_machine_alone_and_only_if_that_is_allowed() {
        for (url, loopback, fine) in [
            ("https://witness.example/add-checkpoint", false, true),
            ("http://127.0.0.1:9/add-checkpoint", true, true),
            ("http://[::1]:9/add-checkpoint", true, true),
            ("http://127.0.0.1:9/add-checkpoint", false, false),
            ("http://localhost:9/add-checkpoint", true, false),
            ("http://192.0.2.1:9/add-checkpoint", true, false),
            ("http://127.0.0.1:9@192.0.2.1/add-checkpoint", true, false),
            ("http://127.0.0.1.witness.example:9/", true, false),
            ("ftp://witness.example/", true, false),
            ("", true, false),
        ] {
            assert_eq!(Post::to(url, loopback).is_ok(), fine, "{url} {loopback}");
        }
    }

    #[test]
    fn nothing_is_fetched_in_clear() {
        assert!(fetch("http://127.0.0.1:9/keys").unwrap_err().contains("https"));
    }
}
