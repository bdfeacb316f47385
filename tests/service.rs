//! The service itself: health, metrics, documents, headers, and what happens when it is busy.
use std::{
    io::Write,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use actix_web::http::Method;
use diesel::connection::SimpleConnection;
use kinstead::{
    clients::store::find_by_name,
    platform::{db::connect, embedded::Role, error::CODES},
    service::metrics_recorder,
};
use serde_json::json;

use crate::support::{
    AREA, Country, Database, Everything, Live, World, operations::operations, read,
};

fn bearer(world: &World, role: &str) -> String {
    let client = find_by_name(&mut world.database.service(), role).unwrap();
    format!("authorization: Bearer {}", world.token(client.id.untyped()))
}

#[actix_web::test]
async fn the_root_leads_to_everything_else() {
    let world = World::new().await;
    let links = world.nobody().get("/").await.ok();
    for address in links.as_object().unwrap().values() {
        let reply = world.nobody().get(address.as_str().unwrap()).await;
        assert!(reply.status.is_success(), "{address} {:?}", reply.status);
    }
    assert_eq!(world.nobody().get("/version").await.ok()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(world.nobody().get("/health/live").await.ok()["status"], "ok");
    assert_eq!(
        world.nobody().get("/openapi.json").await.ok(),
        kinstead::contract::document().unwrap()
    );
    world.nobody().get("/nowhere").await.refused(404, "not_found");
    for (code, _) in CODES {
        let page = world.nobody().get(&format!("/problems/{code}")).await;
        assert!(
            page.status.is_success() && page.header("content-type").starts_with("text/markdown"),
            "{code}"
        );
    }
}

#[actix_web::test]
async fn a_service_without_its_database_says_so() {
    let world = World::new().await;
    world.nobody().get("/health/ready").await.ok();
    let name = world.database.url(Role::Admin);
    let mut admin = world.database.owner();
    admin.batch_execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$").unwrap();
    let mut superuser = connect(&name).unwrap();
    superuser.batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").unwrap();
    let reply = world.nobody().get("/health/ready").await;
    reply.refused(503, "busy");
    assert_eq!(reply.header("retry-after"), "1");
    world.nobody().get("/health/live").await.ok();
    superuser.batch_execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT -1', current_database()); END $$").unwrap();
    let started = Instant::now();
    while !world.nobody().get("/health/ready").await.status.is_success() {
        assert!(started.elapsed() < Duration::from_secs(20), "the service must recover");
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
    }
}

#[actix_web::test]
async fn metrics_count_and_name_nobody() {
    metrics_recorder();
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("female", "2016-05-01");
    world.persona("case_worker").get(&format!("/v1/children/{child}")).await.ok();
    let text = String::from_utf8(world.nobody().get("/metrics").await.bytes).unwrap();
    let line = text.lines().find(|line| {
        line.starts_with("http_requests_total")
            && line.contains("route=\"/v1/children/{id}\"")
            && line.contains("status=\"200\"")
    });
    assert!(line.is_some(), "{text}");
    assert!(!text.contains(&child.to_string()) && !text.contains("Zvezdana"), "{text}");
    let known = operations();
    for line in text.lines().filter(|line| line.contains("route=\"/v1/")) {
        let route = line.split("route=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(known.iter().any(|operation| operation.path == route), "{route} is no pattern");
    }
}

#[actix_web::test]
async fn the_documentation_needs_no_other_host() {
    let world = World::new().await;
    let page = world.nobody().get("/docs/").await;
    assert!(
        page.status.is_success() && page.header("content-type").starts_with("text/html"),
        "{}",
        page.status
    );
    let html = String::from_utf8(page.bytes).unwrap();
    let assets: Vec<&str> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|start| html.split(start).skip(1).map(|rest| rest.split('"').next().unwrap()))
        .collect();
    assert!(assets.len() >= 4, "{html}");
    for asset in assets {
        assert!(!asset.contains("//"), "{asset} lies elsewhere");
        let reply = world.nobody().get(&format!("/docs/{}", asset.trim_start_matches("./"))).await;
        assert!(reply.status.is_success() && !reply.bytes.is_empty(), "{asset} {}", reply.status);
    }
    let start = world.nobody().get("/docs/swagger-initializer.js").await;
    let script = String::from_utf8(start.bytes).unwrap();
    assert!(script.contains("/openapi.json") && !script.contains("https://"), "{script}");
    assert_eq!(world.nobody().get("/docs").await.header("location"), "/docs/");
}

#[actix_web::test]
async fn request_ids_are_taken_or_made() {
    let world = World::new().await;
    let long = "x".repeat(129);
    for (sent, taken) in [
        ("abc-1.2:3_x", true),
        (&*"x".repeat(128), true),
        (&*long, false),
        ("", false),
        ("a b", false),
        ("<script>", false),
        ("a\"b", false),
    ] {
        let reply = world
            .nobody()
            .request(Method::GET, "/nowhere")
            .header("x-request-id", sent)
            .send()
            .await;
        let problem = reply.refused(404, "not_found");
        assert_eq!(problem["request_id"] == sent, taken, "{sent}");
        assert_eq!(problem["instance"], "/nowhere");
    }
    let made = world.nobody().get("/version").await;
    assert!(made.header("x-request-id").parse::<uuid::Uuid>().is_ok(), "{made:?}");
    assert_eq!(made.header("x-content-type-options"), "nosniff");
}

#[actix_web::test]
async fn personal_answers_are_never_cached() {
    let all = Everything::new().await;
    for operation in operations()
        .iter()
        .filter(|operation| operation.method == "GET" && operation.permission.is_some())
    {
        let reply = all.ask(operation, &all.path(operation)).send().await;
        assert!(reply.status.is_success(), "{} {reply:?}", operation.name());
        assert_eq!(reply.header("cache-control"), "no-store", "{}", operation.name());
        if operation.has("header", "If-None-Match") {
            let tag = reply.etag();
            for known in
                [tag.to_owned(), format!("W/{tag}"), format!("\"x.1\", {tag}"), "*".to_owned()]
            {
                let asking = all.ask(operation, &all.path(operation));
                let held = asking.header("if-none-match", &known).send().await;
                let got = (held.status.as_u16(), held.bytes.len(), held.etag());
                assert_eq!(got, (304, 0, tag), "{} {known}", operation.name());
            }
            let other = all
                .ask(operation, &all.path(operation))
                .header("if-none-match", "\"other\"")
                .send()
                .await;
            assert_eq!(other.status, 200, "{}", operation.name());
        }
    }
}

#[actix_web::test]
async fn pages_link_to_the_next_one() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let made: Vec<String> =
        (0..3).map(|_| country.child("female", "2016-05-01").to_string()).collect();
    let worker = world.persona("case_worker");
    let (mut address, mut seen) = (format!("/v1/children?limit=1&area_code={AREA}"), Vec::new());
    loop {
        let page = worker.get(&address).await;
        let body = page.ok();
        seen.push(body["data"][0]["id"].as_str().unwrap().to_owned());
        let Some(link) = page.header("link").strip_prefix('<') else {
            assert!(body.get("next_cursor").is_none());
            break;
        };
        let (next, relation) = link.split_once('>').unwrap();
        assert_eq!(relation, "; rel=\"next\"");
        assert!(next.contains(body["next_cursor"].as_str().unwrap()));
        next.clone_into(&mut address);
    }
    seen.sort();
    let mut made = made;
    made.sort();
    assert_eq!(seen, made);
}

#[actix_web::test]
async fn head_answers_like_get_without_a_body_and_answers_are_compressed() {
    let all = Everything::new().await;
    let live = Live::start(&all.world);
    // These tell of the very requests that ask for them.
    let moving = ["/metrics", "/log/", "access-log"];
    for operation in operations().iter().filter(|operation| {
        operation.method == "GET" && !moving.iter().any(|part| operation.path.contains(part))
    }) {
        let path = all.asked(operation, &all.path(operation));
        let token = bearer(&all.world, operation.role().unwrap_or("national_authority"));
        let (get, head) =
            (live.ask("GET", &path, &[&token], b""), live.ask("HEAD", &path, &[&token], b""));
        assert_eq!(get.status, 200, "{path} {get:?}");
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        for header in ["content-type", "etag", "cache-control", "content-length"] {
            assert_eq!(get.header(header), head.header(header), "{path} {header}");
        }
    }
    for (asked, sent) in
        [("gzip", Some("gzip")), ("br", Some("br")), ("br, gzip", Some("br")), ("identity", None)]
    {
        let answer = live.ask("GET", "/openapi.json", &[&format!("accept-encoding: {asked}")], b"");
        assert_eq!(answer.header("content-encoding"), sent, "{}", answer.head);
        if sent.is_some() {
            assert!(
                answer
                    .header("vary")
                    .is_some_and(|vary| vary.to_lowercase().contains("accept-encoding")),
                "{}",
                answer.head
            );
        }
    }
}

#[actix_web::test]
async fn a_busy_service_says_when_to_come_back() {
    let world = World::new().await;
    let live = Live::start(&world);
    let token = bearer(&world, "national_authority");
    let mut owner = world.database.owner();
    owner.batch_execute("BEGIN; LOCK TABLE organisations IN ACCESS EXCLUSIVE MODE").unwrap();
    thread::scope(|scope| {
        let ask = || live.ask("GET", "/v1/organisations", &[&token], b"");
        let held: Vec<_> = (0..10).map(|_| scope.spawn(ask)).collect();
        let mut admin = connect(&world.database.url(Role::Admin)).unwrap();
        let started = Instant::now();
        while Database::waiting(&mut admin) < 10 {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "the connections must all be taken"
            );
            thread::sleep(Duration::from_millis(10));
        }
        let asked = Instant::now();
        let refused = live.ask("GET", "/v1/areas", &[], b"");
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (503, Some("1")),
            "{refused:?}"
        );
        assert!(asked.elapsed() < Duration::from_millis(1500), "{:?}", asked.elapsed());
        assert_eq!(live.ask("GET", "/health/live", &[], b"").status, 200);
        owner.batch_execute("ROLLBACK").unwrap();
        for one in held {
            let answer = one.join().unwrap();
            assert!([200, 503].contains(&answer.status), "{answer:?}");
        }
    });
    assert_eq!(live.ask("GET", "/v1/organisations", &[&token], b"").status, 200);
}

#[actix_web::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = World::new().await;
    let live = Live::start(&world);
    let token = bearer(&world, "national_authority");
    let head = |more: &str| {
        format!(
            "POST /v1/organisations HTTP/1.1\r\nhost: kinstead\r\nconnection: close\r\n{token}\r\ncontent-type: application/json\r\n{more}\r\n\r\n"
        )
    };
    let mut slow = live.connect();
    slow.write_all(format!("{}{{\"kind\": ", head("content-length: 500")).as_bytes()).unwrap();
    let mut huge = live.connect();
    huge.write_all(head("transfer-encoding: chunked").as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..160 {
        if huge.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    drop(huge.write_all(b"0\r\n\r\n"));
    let refused = read(&mut huge);
    assert!([413, 0].contains(&refused.status), "{refused:?}");
    assert_eq!(live.ask("GET", "/health/live", &[], b"").status, 200);
    let late = read(&mut slow);
    assert_eq!(late.status, 408, "{late:?}");
    assert!(String::from_utf8_lossy(&late.body).contains("body_timeout"));
    assert_eq!(live.ask("GET", "/v1/organisations", &[&token], b"").status, 200);
}

/// Keeps what is logged.
struct Capture(Mutex<String>);

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        use std::fmt::Write as _;
        let mut text = self.0.lock().unwrap();
        writeln!(text, "{} {}", record.target(), record.args()).unwrap();
        struct Pairs<'t>(&'t mut String);
        impl<'kvs> log::kv::VisitSource<'kvs> for Pairs<'_> {
            fn visit_pair(
                &mut self,
                key: log::kv::Key<'kvs>,
                value: log::kv::Value<'kvs>,
            ) -> Result<(), log::kv::Error> {
                writeln!(self.0, "{key}={value}").unwrap();
                Ok(())
            }
        }
        record.key_values().visit(&mut Pairs(&mut text)).unwrap();
    }

    fn flush(&self) {}
}

#[actix_web::test]
async fn nothing_personal_is_logged() {
    static CAPTURE: Capture = Capture(Mutex::new(String::new()));
    // Other tests of this process may run beside this one: they are captured, too.
    log::set_logger(&CAPTURE).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let world = World::new().await;
    drop(Country::of(&world));
    let worker = world.persona("case_worker");
    let new = json!({
        "names": [{"use": "official", "given": "Canarija", "family": "Kanarinčević"}], "sex": "female", "birth_date": "2017-03-19", "area_code": AREA,
        "registration_basis": "without_parental_care",
    });
    let made = worker.post("/v1/children", new.clone()).await;
    made.ok();
    let path = made.header("location").to_owned();
    worker.get(&path).await.ok();
    worker
        .post(
            "/v1/children:search",
            json!({"name": "Canarija Kanarinčević", "born_on": "2017-03-19"}),
        )
        .await
        .ok();
    let mut wrong = new;
    wrong["sex"] = json!("Canarija");
    worker.post("/v1/children", wrong.clone()).await.refused(422, "invalid");
    wrong["sex"] = json!("female");
    wrong["area_code"] = json!("Kanarin");
    worker.post("/v1/children", wrong).await.refused(422, "invalid");
    world
        .database
        .owner()
        .batch_execute(
            "ALTER TABLE child_names ADD CONSTRAINT broken CHECK (family = '') NOT VALID",
        )
        .unwrap();
    let broken = json!({"names": [{"use": "official", "given": "Canarija", "family": "Kanarinčević"}], "sex": "female", "birth_date": "2017-03-19", "area_code": AREA, "registration_basis": "without_parental_care"});
    worker.post("/v1/children", broken).await.refused(500, "internal");
    let text = CAPTURE.0.lock().unwrap().clone();
    assert!(text.contains("route=/v1/children") && text.contains("broken"), "{text}");
    for secret in ["Canarija", "Kanarin", "2017-03-19", "canarija"] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}
