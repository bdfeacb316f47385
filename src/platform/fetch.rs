//! Fetching a small public document over https, such as an issuer's keys: bounded in size and time,
//! without redirects, and not by way of a proxy.
use std::time::Duration;

use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig, TlsProvider},
};

use super::outside::MAX_SET;

/// How long it may take in all.
const PATIENCE: Duration = Duration::from_secs(10);

/// What lies at the address, or why it could not be had.
pub fn fetch(url: &str) -> Result<Vec<u8>, String> {
    // The library of the database's connections does the encryption, with the system's authorities.
    let tls = TlsConfig::builder()
        .provider(TlsProvider::NativeTls)
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let agent: Agent = Agent::config_builder()
        .tls_config(tls)
        .https_only(true)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .user_agent("kinstead")
        .build()
        .into();
    let mut answer = agent.get(url).call().map_err(|cause| cause.to_string())?;
    if answer.status() != 200 {
        return Err(format!("the answer is {}", answer.status()));
    }
    let most = u64::try_from(MAX_SET).unwrap_or(0);
    answer.body_mut().with_config().limit(most).read_to_vec().map_err(|cause| cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::fetch;

    #[test]
    fn nothing_is_fetched_in_clear() {
        assert!(fetch("http://127.0.0.1:9/keys").unwrap_err().contains("https"));
    }
}
