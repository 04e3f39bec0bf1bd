//! `chandlery doctor`: is everything there that the program needs, and does it work?

use std::path::Path;
use std::time::Instant;

use adapters::ops::redis::Redis;
use anyhow::Result;
use app::market::segments::Inventory;
use serde::Serialize;
use serde_json::json;
use store::Db;
use store::migrate::{self, MigrationState};
use store::ops::probe::{self, ServerFacts};

use crate::context::{Context, Database};
use crate::exit::{Exit, Status};
use crate::output;

/// Below this share of free space a disk is called nearly full.
const FREE_SHARE: f64 = 0.15;

/// Check the machine, the data folder and the database, with a test write that is read back
///
/// Starts the own PostgreSQL for its duration where no URL is configured. The exit status is 1 if a check
/// fails; warnings do not change it.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    Ok,
    Warning,
    Failed,
}

/// One line of the result.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    health: Health,
    detail: String,
    duration_ms: f64,
}

/// The checks done so far.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn add(&mut self, name: &'static str, since: Instant, found: Result<(Health, String)>) {
        let (health, detail) =
            found.unwrap_or_else(|error| (Health::Failed, output::causes(&error)));
        let duration_ms = (since.elapsed().as_secs_f64() * 1e5).round() / 1e2;
        self.0.push(Check { name, health, detail, duration_ms });
    }

    fn count(&self, health: Health) -> usize {
        self.0.iter().filter(|check| check.health == health).count()
    }
}

/// Runs every check and prints them all, whatever fails.
pub(crate) async fn run(_: Args, context: &Context) -> Result<()> {
    let checks = context
        .unless_stopped(async {
            let mut checks = Checks::default();
            let since = Instant::now();
            match context.database().await {
                Ok(database) => {
                    check_all(context, &database, since, &mut checks).await;
                    database.close().await?;
                }
                Err(error) => checks.add("start", since, Err(error)),
            }
            tls(context, &mut checks);
            mail(context, &mut checks).await;
            Ok(checks)
        })
        .await?;
    let failed = checks.count(Health::Failed);
    let healthy = failed == 0;
    let body =
        json!({ "healthy": healthy, "version": env!("CARGO_PKG_VERSION"), "checks": checks.0 });
    context.output.result(&body, || table(&checks.0));
    if healthy {
        return Ok(());
    }
    // With --json the document has said it; a second one would be no JSON any more.
    Err(Status::told(Exit::Failed, format!("{failed} of {} checks failed", checks.0.len())))
}

/// The checks in order; what needs an answering server is left out where none answers.
async fn check_all(context: &Context, database: &Database, since: Instant, checks: &mut Checks) {
    if let Some(lease) = &database.lease {
        let pid = lease.postmaster_pid().map_or("?".to_owned(), |pid| pid.to_string());
        let detail = format!("own PostgreSQL in {} (pid {pid})", context.data_dir.display());
        checks.add("start", since, Ok((Health::Ok, detail)));
        checks.add("disk", Instant::now(), disk(&context.data_dir));
    }
    let since = Instant::now();
    let facts = probe::facts(&database.db).await;
    let answers = facts.is_ok();
    checks.add("server", since, facts.map(judge).map_err(Into::into));
    if answers {
        check_database(&database.owner, checks).await;
        if let Some(redis) = context.settings.redis.open() {
            checks.add("redis", Instant::now(), answers_at(&redis).await);
        }
        let since = Instant::now();
        // Before the first migration nothing can be sealed.
        let migrated = migrate::status(&database.db).await;
        let migrated = migrated.is_ok_and(|all| all.iter().all(|step| step.applied_at.is_some()));
        if migrated {
            let found = database.segments.inventory(&database.db).await;
            checks.add("segments", since, found.map(sealed).map_err(Into::into));
        }
    }
}

/// Whether the certificate, where one is set, and its key can be used.
fn tls(context: &Context, checks: &mut Checks) {
    let (since, http) = (Instant::now(), &context.settings.http);
    let Some(file) = &http.tls_cert else { return };
    let fine = || (Health::Ok, format!("certificate and key of {}", file.display()));
    checks.add("tls", since, http.tls().map(|_| fine()).map_err(Into::into));
}

/// Whether the mail server, where one is set, can be reached and lets us in.
async fn mail(context: &Context, checks: &mut Checks) {
    let since = Instant::now();
    let smtp = match context.settings.mail.smtp() {
        Ok(None) => return,
        Ok(Some(smtp)) => smtp,
        Err(error) => return checks.add("mail", since, Err(error)),
    };
    let found = smtp.check().await.map(|answers| match answers {
        true => (Health::Ok, "the mail server answers".to_owned()),
        false => (Health::Failed, "the mail server doesn't answer".to_owned()),
    });
    checks.add("mail", since, found.map_err(Into::into));
}

fn judge(facts: ServerFacts) -> (Health, String) {
    let mut detail = format!(
        "PostgreSQL {}, database {} as {}, {} MB",
        facts.version,
        facts.database,
        facts.user,
        facts.size_bytes / 1_000_000
    );
    let mut health = Health::Ok;
    for (bad, why) in [
        (facts.standby, "it is a standby, which takes no writes"),
        (!facts.durable, "a commit does not wait for the disk: fsync or synchronous_commit is off"),
        (!facts.checksums, "pages have no checksums: damage on the disk may go unseen"),
    ] {
        if bad {
            health = Health::Warning;
            detail += &format!("; {why}");
        }
    }
    (health, detail)
}

async fn check_database(db: &Db, checks: &mut Checks) {
    let since = Instant::now();
    let wrote = probe::write_and_read(db, &std::process::id().to_string()).await;
    let done = (Health::Ok, "committed a number and read the same number back".to_owned());
    checks.add("write and read", since, wrote.map(|()| done).map_err(Into::into));

    let since = Instant::now();
    let states = migrate::status(db).await;
    checks.add("migrations", since, states.map(|states| missing(&states)).map_err(Into::into));

    let (open, idle, waiting) = db.pool_status();
    let most = db.settings().pool_size;
    let detail =
        format!("{open} of {most} connections open, {idle} idle, {waiting} callers waiting");
    checks.add("pool", Instant::now(), Ok((Health::Ok, detail)));
}

async fn answers_at(redis: &Redis) -> Result<(Health, String)> {
    redis.ping().await?;
    Ok((Health::Ok, format!("{} answers", redis.place())))
}

fn missing(states: &[MigrationState]) -> (Health, String) {
    match states.iter().filter(|state| state.applied_at.is_none()).count() {
        0 => (Health::Ok, format!("all {} applied", states.len())),
        missing => {
            let total = states.len();
            (Health::Warning, format!("{missing} of {total} not applied: chandlery migrate up"))
        }
    }
}

fn sealed(found: Inventory) -> (Health, String) {
    let all = format!("{} files, {} MB", found.count, found.bytes / 1_000_000);
    match found.faults.as_slice() {
        [] => (Health::Ok, all),
        [first, rest @ ..] => {
            let more =
                if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            (Health::Failed, format!("{all}; can't be read: {first}{more}"))
        }
    }
}

/// Free space where the own PostgreSQL writes.
fn disk(data_dir: &Path) -> Result<(Health, String)> {
    let disk = rustix::fs::statvfs(data_dir)?;
    let (free, total) = (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
    let share = free as f64 / total.max(1) as f64;
    let health = if share < FREE_SHARE { Health::Warning } else { Health::Ok };
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let detail = format!(
        "{:.1} GB of {:.1} GB free ({:.0} %)",
        gigabytes(free),
        gigabytes(total),
        share * 100.0
    );
    Ok((health, detail))
}

fn table(checks: &[Check]) -> String {
    let mut table = output::table(["", "check", "detail", "ms"]);
    for check in checks {
        let health = match check.health {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Failed => "FAILED",
        };
        let duration = format!("{:.1}", check.duration_ms);
        table.add_row([health, check.name, &check.detail, &duration]);
    }
    table.trim_fmt()
}
