//! Addresses that lead inward: a listener on this machine sees no connection, whoever names it however.
use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use kinstead::platform::target::Targets;
use serde_json::json;

use super::{Office, Registered, receiver::Receiver};
use crate::feed::{Scene, WHOLE};

const LIST: &str = "/v1/webhook-endpoints";
/// Every name below it may be called.
const ALLOWED: &str = ".hooks.example,.hooks.example:PORT,localhost.example:PORT";

/// Listens on this machine, of both versions, and counts who comes.
struct Trap {
    port: u16,
    came: Arc<AtomicUsize>,
}

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = Arc::new(AtomicUsize::new(0));
        let mut all = vec![listener];
        all.extend(TcpListener::bind(("::1", port)));
        for listener in all {
            let came = Arc::clone(&came);
            thread::spawn(move || {
                for stream in listener.incoming() {
                    came.fetch_add(1, Ordering::SeqCst);
                    drop(stream);
                }
            });
        }
        Self { port, came }
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

/// Addresses that are refused by their text alone.
fn literal(port: u16) -> Vec<String> {
    let hosts = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "0177.0.0.0x1",
        "127.0.0.1.",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "Localhost.Example",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fe80::1%25lo]",
        "[fc00::1]",
        "[0:0:0:0:0:0:0:1]",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "a.hooks.example@127.0.0.1",
        "127.0.0.1#a.hooks.example",
        "127.0.0.1%2f@a.hooks.example",
        "a.hooks.example%00.127.0.0.1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "a.hooks.example.127.0.0.1.nip.example",
    ];
    let mut all: Vec<String> =
        hosts.iter().map(|host| format!("https://{host}:{port}/in")).collect();
    all.extend([
        format!("http://127.0.0.1:{port}/in"),
        format!("http://a.hooks.example:{port}/in"),
        format!("https://user:secret@a.hooks.example:{port}/in"),
        format!("https:\\\\127.0.0.1:{port}\\in"),
        format!("https:127.0.0.1:{port}/in"),
        format!("https:///127.0.0.1:{port}/in"),
        format!("//127.0.0.1:{port}/in"),
        format!("https://a.hooks.example\\@127.0.0.1:{port}/in"),
        format!("https://a.hooks.example\t@127.0.0.1:{port}/in"),
        format!("HTTPS://127.0.0.1:{port}/in"),
        format!("ftp://127.0.0.1:{port}/in"),
        format!("gopher://127.0.0.1:{port}/in"),
        "file:///etc/passwd".to_owned(),
        "https://a.hooks.example:22/in".to_owned(),
        "https://a.hooks.example:0/in".to_owned(),
        "https://a.hooks.example:65536/in".to_owned(),
        "https://a.hooks.example:+443/in".to_owned(),
        "https://hooks.example/in".to_owned(),
        "https://evilhooks.example/in".to_owned(),
        "https://a.hooks.example.evil.example/in".to_owned(),
    ]);
    all
}

/// Where names lead that are fine by themselves.
const INWARD: [&str; 24] = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2001::7f00:1",
    "2002:7f00:1::1",
    "2001:db8::1",
    "fe80::1",
    "fd00::1",
];

/// Someplace outside, where nobody listens who would be called.
const OUTSIDE: &str = "93.184.215.14";

/// A world whose service resolves names by this table.
async fn world(port: u16, table: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Office {
    let hosts = ALLOWED.replace("PORT", &port.to_string());
    let targets = Targets::read(&hosts, false).unwrap();
    let resolver = move |host: &str, port: u16| {
        Ok(table(host).into_iter().map(|address| SocketAddr::new(address, port)).collect())
    };
    let mut office = Office { scene: Scene::new().await, receiver: Receiver::start() };
    office.scene.world.aim(targets.resolved_by(Arc::new(resolver))).await;
    office
}

fn to(address: &str) -> Vec<IpAddr> {
    vec![address.parse().unwrap()]
}

/// Puts an address where only the database sees it: as if it had been fine once.
fn put(office: &Office, endpoint: &Registered, url: &str) {
    use diesel::{RunQueryDsl as _, sql_types::Text};
    let sql = format!(
        "UPDATE webhook_endpoints SET url = $1, state = 'active', disabled_reason = NULL, disabled_at = NULL WHERE id = '{}'",
        endpoint.id
    );
    let done = diesel::sql_query(sql).bind::<Text, _>(url);
    done.execute(&mut office.scene.world.database.owner()).unwrap();
}

#[actix_web::test]
async fn nobody_is_called_at_an_address_that_is_no_name_on_the_list() {
    let trap = Trap::set();
    // Wherever a name would lead: the text alone is looked at.
    let office = world(trap.port, |_| to(OUTSIDE)).await;
    let client = office.scene.world.persona(WHOLE);
    let all = literal(trap.port);
    assert!(all.len() + INWARD.len() >= 60, "{}", all.len());
    for url in &all {
        let refused = client.post(LIST, json!({"url": url})).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], "/url", "{url}: {refused}");
    }
    assert_eq!((trap.came(), office.count("webhook_endpoints")), (0, 0));
}

#[actix_web::test]
async fn nobody_is_called_whose_name_leads_inward() {
    let trap = Trap::set();
    let places = |host: &str| match host.strip_suffix(".hooks.example") {
        // One that leads outside and inward leads inward.
        Some("both") => [to(OUTSIDE), to("127.0.0.1")].concat(),
        Some("fine") => to(OUTSIDE),
        Some("nowhere") => Vec::new(),
        Some(place) => to(INWARD[place.trim_start_matches('n').parse::<usize>().unwrap()]),
        None => to("127.0.0.1"),
    };
    let office = world(trap.port, places).await;
    let client = office.scene.world.persona(WHOLE);
    let names = (0..INWARD.len())
        .map(|place| format!("n{place}"))
        .chain(["both", "nowhere"].map(str::to_owned));
    for name in names {
        let url = format!("https://{name}.hooks.example:{}/in", trap.port);
        let refused = client.post(LIST, json!({"url": url})).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], "/url", "{url}");
    }
    let url = format!("https://fine.hooks.example:{}/in", trap.port);
    client.post(LIST, json!({"url": url})).await.ok();
    assert_eq!((trap.came(), office.count("webhook_endpoints")), (0, 1));
}

#[actix_web::test]
async fn at_each_attempt_the_address_is_looked_at_again() {
    let trap = Trap::set();
    let asked = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&asked);
    // The first time a name leads outside, and inward ever after.
    let mut office = world(trap.port, move |host| {
        let again = own.fetch_add(1, Ordering::SeqCst) > 0;
        to(if again || host == "localhost.example" { "127.0.0.1" } else { OUTSIDE })
    })
    .await;
    let url = format!("https://a.hooks.example:{}/in", trap.port);
    let made =
        office.scene.world.persona(WHOLE).post(LIST, json!({"url": url, "kinds": ["child"]})).await;
    let endpoint = Office::registered(&made);
    office.child();
    office.send();
    let other = [format!("https://localhost.example:{}/in", trap.port)];
    for url in other.iter().chain(&literal(trap.port)) {
        put(&office, &endpoint, url);
        let path = format!("{}/test", endpoint.path());
        office.scene.world.persona(WHOLE).post(&path, json!({})).await.ok();
        office.send();
    }
    assert!(asked.load(Ordering::SeqCst) >= 2);
    assert_eq!(trap.came(), 0);
    let tried = "webhook_attempts WHERE outcome";
    assert!(office.count(&format!("{tried} = 'target_refused'")) >= 50);
    assert_eq!(office.count(&format!("{tried} <> 'target_refused'")), 0);
    // Who was not called was told nothing: the access log says so, too.
    assert_eq!(office.count("access_inbox WHERE operation = 'receiveChange'"), 0);
}

#[actix_web::test]
async fn nobody_follows_where_an_answer_leads_and_no_proxy_is_asked() {
    let trap = Trap::set();
    let mut office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    for status in [300, 301, 302, 303, 307, 308] {
        let location = format!("location: http://127.0.0.1:{}/in\r\n", trap.port);
        office.receiver.behave("/a", super::receiver::Manner::Says(status, location));
        office.child();
        office.send();
    }
    assert_eq!(trap.came(), 0);
    let path = format!("{}/deliveries", endpoint.path());
    let all = office.get(&path).await;
    assert!(all["data"].as_array().unwrap().iter().all(|it| it["state"] == "pending"));
    assert_eq!(office.count("webhook_attempts WHERE outcome <> 'redirect'"), 0);
}
