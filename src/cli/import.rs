//! `kinstead import`: files of records are taken in, here or by the service that is at work.
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use actix_web::rt::{System, time::sleep};
use clap::Args;
use flate2::read::MultiGzDecoder;
use kinstead::{
    clients,
    config::Config,
    imports::{
        self, Import, ImportAtomic, ImportId, ImportMode, ImportOnRule, ImportQuery, ImportState,
        Importer, Wish,
    },
    platform::{
        clock::{Clock as _, SystemClock},
        db,
    },
    seed,
    server::{Parts, assemble},
};
use serde_json::{Value, json};

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry, keys},
    serve::refuse_pending,
    signals::Signals,
};

/// Refused records that are told of; the others are counted.
const TOLD: usize = 50;
/// How often it is looked how far a service is that works on the file.
const LOOK_EVERY: Duration = Duration::from_millis(300);

#[derive(Args)]
pub struct Arguments {
    /// Files of records, one on each line, or tables if they end in .csv; packed by gzip if they end in .gz.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Name of the client that sends them: they are written by its permissions.
    #[arg(long)]
    client: String,
    /// Only say what would become of the records.
    #[arg(long)]
    validate: bool,
    /// Keep a file only if nothing in it is refused.
    #[arg(long)]
    whole: bool,
    /// Take history from before the registry's first day although it breaks soft rules.
    #[arg(long)]
    legacy: bool,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env()?;
    let signals = Signals::listen()?;
    let registry = Registry::open(&config, Company::Beside, &signals, output)?;
    let done = work(&registry, &config, arguments, &signals, output);
    done.or_else(|failure| signals.check().and(Err(failure)))
}

fn work(
    registry: &Registry,
    config: &Config,
    arguments: &Arguments,
    signals: &Signals,
    output: &Output,
) -> Result<(), Failure> {
    let url = registry.service()?;
    refuse_pending(url)?;
    let databases = registry.databases()?;
    let parts = assemble(config, &databases, keys(config)?, Arc::new(SystemClock))?;
    let mut conn = db::connect_for_work(url)?;
    let client = clients::store::find_by_name(&mut conn, &arguments.client)?.id.untyped();
    let asked = ImportQuery {
        mode: arguments.validate.then_some(ImportMode::Validate),
        strategy: None,
        atomic: arguments.whole.then_some(ImportAtomic::File),
        on_rule: arguments.legacy.then_some(ImportOnRule::Legacy),
    };
    let mut refused = 0;
    for file in &arguments.files {
        let wish = Wish { client, asked: asked.clone(), table: is_table(file) };
        let id = imports::deposit(&mut conn, SystemClock.now(), &wish, opened(file)?)?;
        let ended = System::new().block_on(taken_in(&parts, id, signals, output))?;
        refused += told(&mut conn, file, &ended, output)?;
    }
    if refused == 0 { Ok(()) } else { Err(Failure::Said(1)) }
}

fn is_table(file: &Path) -> bool {
    let ends = |file: &Path, by| file.extension().is_some_and(|it| it.eq_ignore_ascii_case(by));
    let inside = file.file_stem().map(Path::new).filter(|_| ends(file, "gz"));
    ends(inside.unwrap_or(file), "csv")
}

fn opened(file: &Path) -> Result<Box<dyn Read>, Failure> {
    let open = File::open(file)
        .map_err(|cause| Failure::WrongUse(format!("cannot read {}: {cause}", file.display())))?;
    let packed = file.extension().is_some_and(|ending| ending == "gz");
    Ok(if packed { Box::new(MultiGzDecoder::new(open)) } else { Box::new(open) })
}

/// Works on an import to its end, or waits for the service that does.
async fn taken_in(
    parts: &Parts,
    id: ImportId,
    signals: &Signals,
    output: &Output,
) -> Result<Import, Failure> {
    let importer = Importer::new(parts.platform.clone(), parts.desk.clone());
    let meter = output.meter();
    loop {
        signals.check()?;
        if !importer.work().await? {
            sleep(LOOK_EVERY).await;
        }
        let import = importer.find(id)?;
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        let (done, of) = (number(import.progress.judged()), number(import.records));
        meter.show(seed::Progress { what: "records", done, of });
        if import.ended_at.is_some() {
            return Ok(import);
        }
    }
}

/// Says what became of a file; how many of its records were refused.
fn told(
    conn: &mut diesel::PgConnection,
    file: &Path,
    import: &Import,
    output: &Output,
) -> Result<i64, Failure> {
    for refusal in imports::refusals(conn, import.id, TOLD)? {
        let problem = refusal.problem.unwrap_or_default();
        let kind = refusal.kind.unwrap_or_else(|| "no kind".to_owned());
        let object =
            json!({"event": "refused", "line": refusal.line, "kind": kind, "problem": problem});
        output.result(&format!("line {}, {kind}: {}", refusal.line, sentence(&problem)), &object);
    }
    let progress = &import.progress;
    let how = match import.state {
        ImportState::Failed => import.failure.clone().unwrap_or_default(),
        ImportState::Cancelled => "it was broken off".to_owned(),
        ImportState::Done | ImportState::Open => "done".to_owned(),
    };
    let text = format!(
        "{}: {} created, {} updated, {} unchanged, {} refused; {how}",
        file.display(),
        progress.created,
        progress.updated,
        progress.unchanged,
        progress.refused
    );
    output.result(&text, &json!({"event": "imported", "file": file, "import": import}));
    let failed = import.state != ImportState::Done;
    Ok(progress.refused + i64::from(failed))
}

/// What a problem says, in one line.
fn sentence(problem: &Value) -> String {
    let text = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let faults = problem.get("errors").and_then(Value::as_array);
    let faults = faults.into_iter().flatten();
    let faults: Vec<String> = faults
        .map(|fault| format!("{} {}", text(fault, "pointer"), text(fault, "detail")))
        .collect();
    let rule = text(problem, "rule");
    let whole = [rule, text(problem, "title"), text(problem, "detail"), faults.join("; ")];
    whole.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}
