//! Asks a running service whether it can work: a plain HTTP request over one connection.
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    str::FromStr,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(3);

/// A plain HTTP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Name or address, and port.
    host: String,
    path: String,
}

impl FromStr for Url {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("http://").ok_or("must begin with http://")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, "health/ready"));
        let path = if path.is_empty() { "health/ready" } else { path };
        if host.is_empty() || text.bytes().any(|byte| byte <= b' ') {
            return Err("must be like http://127.0.0.1:8080/health/ready");
        }
        // After the last bracket of an IPv6 address, if it is one.
        let port = host.rsplit(']').next().is_some_and(|end| end.contains(':'));
        let host = if port { host.to_owned() } else { format!("{host}:80") };
        Ok(Self { host, path: format!("/{path}") })
    }
}

impl Url {
    /// The readiness of the service at this address.
    pub fn of_readiness(address: SocketAddr) -> Self {
        let mut address = address;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() {
                [127, 0, 0, 1].into()
            } else {
                [0, 0, 0, 0, 0, 0, 0, 1].into()
            });
        }
        Self { host: address.to_string(), path: "/health/ready".to_owned() }
    }

    /// The status of the answer to GET.
    pub fn status(&self) -> Result<u16, String> {
        let refused = |cause: std::io::Error| format!("{} does not answer: {cause}", self.host);
        let mut addresses = self.host.to_socket_addrs().map_err(refused)?;
        let address = addresses.next().ok_or_else(|| format!("{} has no address", self.host))?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(refused)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(refused)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(refused)?;
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            self.path, self.host
        );
        stream.write_all(request.as_bytes()).map_err(refused)?;
        let mut line = [0_u8; 12];
        stream.read_exact(&mut line).map_err(refused)?;
        let line = String::from_utf8_lossy(&line);
        let status = line.strip_prefix("HTTP/1.1 ").and_then(|status| status.parse().ok());
        status.ok_or_else(|| format!("{} speaks no HTTP", self.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_leave_out_port_and_path() {
        for (text, host, path) in [
            ("http://127.0.0.1:8080/health/live", "127.0.0.1:8080", "/health/live"),
            ("http://service", "service:80", "/health/ready"),
            ("http://[::1]:8080/", "[::1]:8080", "/health/ready"),
            ("http://[::1]", "[::1]:80", "/health/ready"),
        ] {
            let url: Url = text.parse().unwrap();
            assert_eq!((url.host.as_str(), url.path.as_str()), (host, path), "{text}");
        }
        for bad in ["https://service", "service", "http://", "http://a b"] {
            assert!(bad.parse::<Url>().is_err(), "{bad}");
        }
    }
}
