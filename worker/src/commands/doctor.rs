//! `doctor`: examines the database, the logins and the queue, and says what to do about what it finds.

use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use sqlx::FromRow;
use sqlx::postgres::PgListener;
use tokio::time::timeout;

use crate::database::{Database, DatabaseError};
use crate::login::Login;
use crate::settings;

const LISTEN_LIMIT: Duration = Duration::from_secs(3);
const CHANNEL: &str = "diagnosis_worker_doctor";
/// Older transactions keep vacuum from cleaning up behind the queue.
const OLD_TRANSACTION_SECONDS: i64 = 300;
/// Runs that are due for longer have no worker, or too few.
const LONG_LAG_SECONDS: i64 = 60;

/// Other logins' sessions do not show when they began.
const BLIND: &str = " (of this login's own sessions; GRANT pg_read_all_stats TO it to see all)";

#[derive(FromRow)]
struct Findings {
    is_secured: bool,
    policies: i64,
    anon_may_read: bool,
    lag_seconds: i64,
    dead_leases: i64,
    oldest_transaction_seconds: i64,
    sees_all_sessions: bool,
}

/// What an examination came to.
enum Verdict {
    Good(String),
    Bad(String),
}

struct Report {
    is_healthy: bool,
}

impl Report {
    fn tell(&mut self, what: &str, verdict: Verdict) -> anyhow::Result<()> {
        match verdict {
            Verdict::Good(detail) => super::print(format_args!("ok    {what}: {detail}")),
            Verdict::Bad(detail) => {
                self.is_healthy = false;
                super::print(format_args!("bad   {what}: {detail}"))
            }
        }
    }

    fn judge(
        &mut self,
        what: &str,
        is_good: bool,
        detail: impl fmt::Display,
    ) -> anyhow::Result<()> {
        let detail = detail.to_string();
        self.tell(what, if is_good { Verdict::Good(detail) } else { Verdict::Bad(detail) })
    }
}

/// Runs the subcommand.
pub async fn run() -> anyhow::Result<ExitCode> {
    let mut report = Report { is_healthy: true };
    let worker = Database::connect_worker(settings::worker_database()?, 2).await;
    let worker = match worker {
        Ok(worker) => worker,
        Err(error) => {
            report.tell("connection", Verdict::Bad(error.to_string()))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    report.tell("connection", Verdict::Good("DATABASE_URL answers".to_owned()))?;
    match Login::of(&worker).await?.check_worker() {
        Ok(()) => report.tell("worker's login", Verdict::Good("may work the queue".to_owned()))?,
        Err(error) => report.tell("worker's login", Verdict::Bad(error.to_string()))?,
    }
    examine_api_login(&mut report).await?;
    match findings(&worker).await {
        Ok(findings) => tell(&mut report, &findings)?,
        Err(error) => report.tell("queue", Verdict::Bad(error.to_string()))?,
    }
    match listen_round_trip(&worker).await {
        Some(took) => report.tell("LISTEN", Verdict::Good(format!("round trip {took:?}")))?,
        None => report.tell(
            "LISTEN",
            Verdict::Bad("no notification came; start the worker with --no-listen".to_owned()),
        )?,
    }
    Ok(if report.is_healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine_api_login(report: &mut Report) -> anyhow::Result<()> {
    let (options, is_derived) = settings::api_database()?;
    let checked = match Database::connect(options, 1).await {
        Ok(api) => {
            Login::of(&api).await.map_err(Into::into).and_then(|login| login.check_api(is_derived))
        }
        Err(error) => Err(error.into()),
    };
    match checked {
        Ok(()) => report.tell("API's login", Verdict::Good("may act as its callers".to_owned())),
        Err(error) => report.tell("API's login", Verdict::Bad(error.to_string())),
    }
}

async fn findings(database: &Database) -> Result<Findings, DatabaseError> {
    let query = sqlx::query_as(include_str!("doctor.sql"));
    database.run(|connection| Box::pin(query.fetch_one(connection))).await
}

fn tell(report: &mut Report, findings: &Findings) -> anyhow::Result<()> {
    let Findings { policies, lag_seconds, dead_leases, oldest_transaction_seconds, .. } = findings;
    report.judge(
        "row-level security",
        findings.is_secured && *policies >= 4 && !findings.anon_may_read,
        format_args!(
            "enabled: {}, policies: {policies}, anon may read: {}",
            findings.is_secured, findings.anon_may_read
        ),
    )?;
    report.judge(
        "lag",
        *lag_seconds <= LONG_LAG_SECONDS,
        format_args!("the longest waiting run is due for {lag_seconds} s"),
    )?;
    report.judge(
        "dead leases",
        *dead_leases == 0,
        format_args!("{dead_leases} runs wait to be rescued from a lost worker"),
    )?;
    report.judge(
        "oldest transaction",
        *oldest_transaction_seconds <= OLD_TRANSACTION_SECONDS,
        format_args!(
            "open for {oldest_transaction_seconds} s; an old one keeps vacuum from cleaning up{}",
            if findings.sees_all_sessions { "" } else { BLIND }
        ),
    )
}

async fn listen_round_trip(database: &Database) -> Option<Duration> {
    let mut listener = PgListener::connect_with(database.pool()).await.ok()?;
    listener.listen(CHANNEL).await.ok()?;
    let start = Instant::now();
    let query = sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL);
    database.run(|connection| Box::pin(query.execute(connection))).await.ok()?;
    timeout(LISTEN_LIMIT, listener.recv()).await.ok()?.ok()?;
    Some(start.elapsed())
}
