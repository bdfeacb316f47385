//! `kinstead demo`: a private database with a made-up country, tokens for its personas, and the service.
use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use chrono::Duration;
use clap::Args;
use kinstead::{
    config::Config,
    platform::{db, embedded::Embedded, keys::PrivateKey},
    policy::POLICY,
    seed,
};
use serde_json::{Map, Value, json};

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry, keys},
    seed::{Country, fill},
    serve::{listen, until_stopped},
    signals::Signals,
    token::{client, signing, token},
};

#[derive(Args)]
pub struct Arguments {
    /// Port to listen on, on this machine only; 0 for any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of the database, the key and demo.json [default: `demo` in the usual data folder].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    country: Country,
}

const TOKENS_LIVE: Duration = Duration::hours(12);

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let mut config = Config::from_env_for_demo()?;
    config.data = arguments.data.clone().unwrap_or_else(|| config.data.join("demo"));
    config.listen = ([127, 0, 0, 1], arguments.port).into();
    config.token_max_life = TOKENS_LIVE + Duration::hours(1);
    "serbia-like".clone_into(&mut config.profile);
    let signals = Signals::listen()?;
    let listener = listen(config.listen)?;
    let address = listener.local_addr()?;
    let registry = Registry::open(&config, Company::Alone, &signals, output)?;
    let filled = ensure_filled(&registry, &config, &arguments.country, output);
    filled.or_else(|failure| signals.check().and(Err(failure)))?;
    let key = signing(&config)?;
    let file = fs::canonicalize(&config.data)?.join("demo.json");
    write_private(&file, &tokens(&config, &registry, &key, address)?)?;
    until_stopped(&config, registry, keys(&config)?, listener, &signals, output, || {
        welcome(address, &file, output);
    })
}

/// How far the filling of the demo's database came.
enum Filling {
    Never,
    Begun,
    Done,
}

/// Remembers beside the database how far its filling came, and what it was filled with.
struct Marker {
    begun: PathBuf,
    done: PathBuf,
}

impl Marker {
    fn of(embedded: &Embedded) -> Self {
        let beside = |name| embedded.data().with_file_name(name);
        Self { begun: beside("seeding"), done: beside("seeded") }
    }

    fn filling(&self) -> Filling {
        if self.done.exists() {
            Filling::Done
        } else if self.begun.exists() {
            Filling::Begun
        } else {
            Filling::Never
        }
    }

    fn begin(&self, country: &str) -> std::io::Result<()> {
        let _ = fs::remove_file(&self.done);
        fs::write(&self.begun, country)
    }

    fn finish(&self) -> std::io::Result<()> {
        fs::rename(&self.begun, &self.done)
    }
}

/// Fills the database unless it is full; makes it anew if its filling was broken off.
fn ensure_filled(
    registry: &Registry,
    config: &Config,
    country: &Country,
    output: &Output,
) -> Result<(), Failure> {
    let Some(embedded) = &registry.embedded else { return Ok(()) };
    let marker = Marker::of(embedded);
    let filling = marker.filling();
    if matches!(filling, Filling::Begun) {
        output.note("the demo was broken off while it was filled: it is made anew");
        embedded.recreate()?;
    }
    registry.bring_up(&config.profile)?;
    let wanted =
        format!("{} children, {} years, seed {}", country.children, country.years, country.seed);
    if !seed::is_empty(&mut db::connect_for_work(registry.service()?)?)? {
        if !matches!(filling, Filling::Done) {
            return Err(Failure::Failed(format!(
                "the data folder {} holds a registry that is no demo: it is left alone",
                config.data.display()
            )));
        }
        let kept = fs::read_to_string(&marker.done)?;
        if kept != wanted {
            output.note(&format!("the demo keeps the country of its first start: {kept}"));
        }
        return Ok(());
    }
    marker.begin(&wanted)?;
    fill(registry, country, output)?;
    Ok(marker.finish()?)
}

/// What `demo.json` holds: where the service is, and a token for each kind of user.
fn tokens(
    config: &Config,
    registry: &Registry,
    key: &PrivateKey,
    address: SocketAddr,
) -> Result<Value, Failure> {
    let mut personas = Map::new();
    for (role, _) in POLICY {
        let token = token(config, key, &client(registry, role)?, TOKENS_LIVE)?;
        personas.insert((*role).to_owned(), json!({"token": token}));
    }
    Ok(json!({"base_url": format!("http://{address}"), "personas": personas}))
}

/// Writes a file for its owner alone, whole or not at all.
fn write_private(path: &Path, content: &Value) -> Result<(), Failure> {
    let draft = path.with_extension("json.new");
    let _ = fs::remove_file(&draft);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(format!("{content:#}\n").as_bytes())?;
    Ok(fs::rename(&draft, path)?)
}

/// Where to look and what to try.
fn welcome(address: SocketAddr, file: &Path, output: &Output) {
    let base = format!("http://{address}");
    let quoted = format!("'{}'", file.display().to_string().replace('\'', r"'\''"));
    output.advice(&format!(
        r#"Kinstead's demo answers on {base}

  documentation  {base}/docs/
  contract       {base}/openapi.json
  tokens         {file}, good for 12 hours

Paste these into another terminal:

  curl -s '{base}/v1/areas?level=district&limit=3'

  curl -s -H 'Accept-Language: sr-Cyrl' '{base}/v1/code-lists/care_type'

  TOKEN=$(sed -n '/"case_worker"/,/}}/s/.*"token": "\(.*\)".*/\1/p' {quoted})
  curl -s -H "Authorization: Bearer $TOKEN" '{base}/v1/organisations?kind=centre_for_social_work&area_code=RS-00'
"#,
        file = file.display(),
    ));
    let object = json!({
        "event": "listening",
        "address": base,
        "documentation": format!("{base}/docs/"),
        "tokens": file.display().to_string(),
    });
    output.event(&object);
}
