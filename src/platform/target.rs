//! Whom the service calls at an address that a client named: names on a list, at addresses that lie outside.
//!
//! An address is taken apart here and nowhere else, by a grammar that knows no literal address, no user and no
//! escapes. Its name is resolved here, once, and the connection goes to the addresses that were looked at.
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _},
    str::FromStr,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use super::send::SendOutcome;

/// Longer addresses are not taken.
const MAX_URL: usize = 2000;
/// The port of https.
const HTTPS: u16 = 443;
/// How long a name may take to be resolved.
const PATIENCE: Duration = Duration::from_secs(5);
/// Addresses of a name that are looked at; who has more is refused.
const MOST_ADDRESSES: usize = 16;

/// Resolves a name and a port.
pub type Resolver = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Whom the service may call.
#[derive(Clone)]
pub struct Targets {
    allowed: Vec<Allowed>,
    /// Whether ports of this very machine may be called, without encryption.
    loopback: bool,
    resolver: Arc<Resolver>,
}

impl fmt::Debug for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Targets({:?}, {})", self.allowed, self.loopback)
    }
}

/// A name on the list, or with a dot before it all names below it; with the port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    name: String,
    below: bool,
    port: u16,
}

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is no https address of a name.
    Form,
    /// Its host or port is not on the list.
    NotAllowed,
    /// Its name does not resolve.
    Unknown,
    /// Its name leads to where nobody outside is.
    Inward,
}

impl Refused {
    /// Its code and a sentence.
    #[must_use]
    pub fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Form => ("not_https", "must be an https address of a host by its name"),
            // Where a name leads is nobody's business but ours.
            Self::NotAllowed | Self::Inward => {
                ("host_not_allowed", "its host is not one that may be called")
            }
            Self::Unknown => ("unknown_host", "its host does not resolve"),
        }
    }

    /// What came of sending something there.
    #[must_use]
    pub fn outcome(self) -> SendOutcome {
        match self {
            Self::Unknown => SendOutcome::UnknownHost,
            Self::Form | Self::NotAllowed | Self::Inward => SendOutcome::TargetRefused,
        }
    }
}

/// An address that may be called, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub url: String,
    host: String,
    port: u16,
    /// The port of this very machine, where that is allowed.
    here: Option<SocketAddr>,
}

impl Target {
    /// Whether it is called with encryption.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.here.is_none()
    }
}

impl Targets {
    /// Those of a list such as `hooks.ministry.example, .region.example:8443`: a name is that name alone,
    /// one with a dot before it is every name below, at any depth. The port is 443 unless said.
    pub fn read(list: &str, loopback: bool) -> Result<Self, String> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let allowed: Result<_, _> = entries.map(str::parse).collect();
        Ok(Self { allowed: allowed?, loopback, resolver: Arc::new(resolve) })
    }

    /// The same with another way to resolve names.
    #[must_use]
    pub fn resolved_by(self, resolver: Arc<Resolver>) -> Self {
        Self { resolver, ..self }
    }

    /// Takes an address apart; refuses one that is not on the list.
    pub fn parse(&self, url: &str) -> Result<Target, Refused> {
        if url.len() > MAX_URL || !url.bytes().all(is_plain) {
            return Err(Refused::Form);
        }
        if let Some(here) = self.here(url) {
            let (host, port) = (here.ip().to_string(), here.port());
            return Ok(Target { url: url.to_owned(), host, port, here: Some(here) });
        }
        let rest = url.strip_prefix("https://").ok_or(Refused::Form)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, port) = host_and_port(rest.get(..end).unwrap_or_default())?;
        let fits = |allowed: &Allowed| allowed.fits(host, port);
        if !self.allowed.iter().any(fits) {
            return Err(Refused::NotAllowed);
        }
        Ok(Target { url: url.to_owned(), host: host.to_owned(), port, here: None })
    }

    /// The addresses at which the target is called: all of them lie outside, or none is called.
    pub fn resolve(&self, target: &Target) -> Result<Vec<SocketAddr>, Refused> {
        if let Some(here) = target.here {
            return Ok(vec![here]);
        }
        let found = (self.resolver)(&target.host, target.port).map_err(|_| Refused::Unknown)?;
        if found.is_empty() {
            return Err(Refused::Unknown);
        }
        let fine = |found: &SocketAddr| is_outside(found.ip()) && found.port() == target.port;
        if found.len() <= MOST_ADDRESSES && found.iter().all(fine) {
            Ok(found)
        } else {
            Err(Refused::Inward)
        }
    }

    /// The port of this very machine that an address names, if such may be called.
    fn here(&self, url: &str) -> Option<SocketAddr> {
        let rest = url.strip_prefix("http://").filter(|_| self.loopback)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let here: SocketAddr = rest.get(..end)?.parse().ok()?;
        let own = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        own.contains(&here.ip()).then_some(here)
    }
}

impl Allowed {
    fn fits(&self, host: &str, port: u16) -> bool {
        let named = if self.below {
            host.strip_suffix(&self.name).is_some_and(|rest| rest.ends_with('.'))
        } else {
            host == self.name
        };
        named && port == self.port
    }
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(entry: &str) -> Result<Self, String> {
        let below = entry.starts_with('.');
        let rest = entry.strip_prefix('.').unwrap_or(entry);
        let (name, port) = host_and_port(rest)
            .map_err(|_| format!("{entry} is no name of a host, in lower case, with its port"))?;
        Ok(Self { name: name.to_owned(), below, port })
    }
}

/// A name in lower case of two labels at least, and a port. The last label begins with a letter: so nothing
/// that somebody could take for a number is a name.
fn host_and_port(authority: &str) -> Result<(&str, u16), Refused> {
    let (host, port) = match authority.split_once(':') {
        None => (authority, HTTPS),
        Some((host, port)) => {
            let digits = !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
            (host, port.parse().ok().filter(|_| digits).ok_or(Refused::Form)?)
        }
    };
    let is_label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    let is_name = host.contains('.')
        && host.len() <= 253
        && host.split('.').all(is_label)
        && top.starts_with(|first: char| first.is_ascii_lowercase());
    if is_name { Ok((host, port)) } else { Err(Refused::Form) }
}

/// Whether a byte may stand in an address: what two readers could read differently may not.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte)
}

/// Resolves a name by the system, in time.
fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let (tell, told) = mpsc::channel();
    let name = host.to_owned();
    thread::spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
        // Nobody may wait for it any more.
        let _ = tell.send(found);
    });
    told.recv_timeout(PATIENCE).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Networks of version 4 in which nobody outside is (RFC 6890 and its registry): first address, bits.
const INWARD_4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// What of version 6 is given to anybody; all else is inward: loopback, mapped, translated, local, multicast.
const GIVEN_6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// And of that what is not: protocols such as Teredo, documentation, 6to4.
const INWARD_6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address is one of the open internet.
#[must_use]
pub fn is_outside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let bits = u32::from(address);
            let within = |&(first, length): &(Ipv4Addr, u32)| {
                (bits ^ u32::from(first)).checked_shr(32 - length).unwrap_or_default() == 0
            };
            !INWARD_4.iter().any(within)
        }
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let within = |&(first, length): &(Ipv6Addr, u32)| {
                (bits ^ u128::from(first)).checked_shr(128 - length).unwrap_or_default() == 0
            };
            within(&GIVEN_6) && !INWARD_6.iter().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_open_internet_and_no_others_are_outside() {
        for (address, fine) in [
            ("93.184.215.14", true),
            ("1.1.1.1", true),
            ("223.255.255.255", true),
            ("9.255.255.255", true),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.128.0.0", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("2606:2800:21f:cb07::1", true),
            ("2a00:1450:4001::1", true),
            ("0.0.0.0", false),
            ("100.127.255.255", false),
            ("172.31.255.255", false),
            ("198.19.255.255", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:1.1.1.1", false),
            ("::1.1.1.1", false),
            ("64:ff9b::1.1.1.1", false),
            ("64:ff9b:1::1", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:1ff::1", false),
            ("2001:200::1", true),
            ("2001:db8::1", false),
            ("2002:101:101::1", false),
            ("3fff:fff::1", false),
            ("5f00::1", false),
            ("fc00::1", false),
            ("fdff::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_outside(address.parse().unwrap()), fine, "{address}");
        }
    }

    #[test]
    fn a_name_on_the_list_is_itself_and_with_a_dot_those_below_it() {
        let targets = Targets::read("hooks.ministry.example, .region.example:8443", false).unwrap();
        for (url, found) in [
            ("https://hooks.ministry.example/in?x=1", Ok(443)),
            ("https://hooks.ministry.example:443", Ok(443)),
            ("https://a.region.example:8443/", Ok(8443)),
            ("https://a.b.region.example:8443/", Ok(8443)),
            ("https://region.example:8443/", Err(Refused::NotAllowed)),
            ("https://otherregion.example:8443/", Err(Refused::NotAllowed)),
            ("https://a.region.example/", Err(Refused::NotAllowed)),
            ("https://x.hooks.ministry.example/", Err(Refused::NotAllowed)),
            ("https://hooks.ministry.example:8443/", Err(Refused::NotAllowed)),
            ("https://hooks.ministry.example.evil.example/", Err(Refused::NotAllowed)),
            ("https://hooks.ministry.example./", Err(Refused::Form)),
            ("https://HOOKS.ministry.example/", Err(Refused::Form)),
            ("https://hooks.ministry.example:0443/", Err(Refused::Form)),
            ("https://u@hooks.ministry.example/", Err(Refused::Form)),
        ] {
            assert_eq!(targets.parse(url).map(|target| target.port), found, "{url}");
        }
        for list in ["Hooks.example", "hooks", "10.0.0.1", "https://hooks.example", "*.example"] {
            assert!(Targets::read(list, false).is_err(), "{list}");
        }
    }
}
