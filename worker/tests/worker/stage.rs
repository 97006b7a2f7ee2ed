//! What end-to-end tests are played on: a server, a migrated database with logins and patients, the built
//! binary, and tokens.

#![allow(dead_code, unreachable_pub, reason = "the benchmark uses a part of the stage alone")]

use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use diagnosis_worker::client::ApiClient;
use diagnosis_worker::settings::Secret;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use test_cluster::Cluster;
use uuid::Uuid;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub const SECRET: &str = "a-secret-of-the-tests-that-is-long-enough";

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    let cluster = Cluster::start().expect("a PostgreSQL server is installed");
    make_logins(&cluster);
    cluster
});

fn make_logins(cluster: &Cluster) {
    cluster
        .psql(
            "postgres",
            "CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN; \
             CREATE ROLE service_role NOLOGIN BYPASSRLS; \
             CREATE ROLE worker_login LOGIN IN ROLE service_role; \
             CREATE ROLE api_login LOGIN NOINHERIT IN ROLE anon, authenticated;",
        )
        .expect("the logins can be made");
}

/// The people and the assessment that every stage has.
pub const PATIENT: &str = "00000000-0000-0000-0000-000000000001";
pub const OTHER_PATIENT: &str = "00000000-0000-0000-0000-000000000002";
pub const ASSIGNED_CLINICIAN: &str = "00000000-0000-0000-0000-000000000003";
pub const UNASSIGNED_CLINICIAN: &str = "00000000-0000-0000-0000-000000000004";
pub const ADMIN: &str = "00000000-0000-0000-0000-000000000005";
pub const STRANGER: &str = "00000000-0000-0000-0000-000000000006";
pub const ASSESSMENT: &str = "20000000-0000-0000-0000-000000000001";
pub const OTHER_ASSESSMENT: &str = "20000000-0000-0000-0000-000000000002";

const CAST: &str = "
INSERT INTO auth.users (id, raw_app_meta_data) VALUES
    ('00000000-0000-0000-0000-000000000001', '{}'),
    ('00000000-0000-0000-0000-000000000002', '{}'),
    ('00000000-0000-0000-0000-000000000003', '{\"role\": \"clinician\"}'),
    ('00000000-0000-0000-0000-000000000004', '{\"role\": \"clinician\"}'),
    ('00000000-0000-0000-0000-000000000005', '{\"role\": \"admin\"}');
INSERT INTO patient_profiles (id, user_id, full_name) VALUES
    ('10000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001', 'Pat One'),
    ('10000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000002', 'Pat Two');
INSERT INTO clinician_patient_assignments (clinician_user_id, patient_user_id) VALUES
    ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000001');
INSERT INTO assessments (id, patient_id, funnel) VALUES
    ('20000000-0000-0000-0000-000000000001', '10000000-0000-0000-0000-000000000001', 'stress'),
    ('20000000-0000-0000-0000-000000000002', '10000000-0000-0000-0000-000000000002', 'stress');
INSERT INTO assessment_answers (assessment_id, question_id, answer_value) VALUES
    ('20000000-0000-0000-0000-000000000001', 'sleep_hours', 4),
    ('20000000-0000-0000-0000-000000000001', 'stress_level', 8),
    ('20000000-0000-0000-0000-000000000002', 'sleep_hours', 8);
";

/// A database of its own, migrated by the binary and with the cast in it.
pub struct Stage {
    pub database: String,
}

impl Stage {
    pub fn new() -> Self {
        Self::migrated(&CLUSTER)
    }

    /// A stage on a server of the test's own.
    pub fn on(cluster: &Cluster) -> Self {
        make_logins(cluster);
        Self::migrated(cluster)
    }

    fn migrated(cluster: &Cluster) -> Self {
        let database = cluster.create_database().expect("a database can be made");
        let stage = Self { database };
        let migrated = stage
            .command(&["migrate"])
            .env("DATABASE_URL", cluster.url(&stage.database))
            .output()
            .expect("the binary runs");
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        cluster.psql(&stage.database, CAST).expect("the cast can be seated");
        stage
    }

    pub fn cluster() -> &'static Cluster {
        &CLUSTER
    }

    pub fn psql(&self, sql: &str) -> String {
        CLUSTER.psql(&self.database, sql).expect("the statement succeeds")
    }

    /// The value of an expression over a run, as text.
    pub fn run(&self, id: &str, expression: &str) -> String {
        self.psql(&format!("SELECT {expression} FROM diagnosis_runs WHERE id = '{id}'"))
    }

    /// Inserts a queued run and returns its id.
    pub fn enqueue(&self, assessment: &str) -> String {
        self.psql(&format!(
            "INSERT INTO diagnosis_runs (assessment_id, correlation_id) \
             VALUES ('{assessment}', gen_random_uuid()) RETURNING id"
        ))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_diagnosis-worker"));
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", CLUSTER.url_as("worker_login", &self.database))
            .env("API_DATABASE_URL", CLUSTER.url_as("api_login", &self.database))
            .env("SUPABASE_JWT_SECRET", SECRET)
            .env("ANTHROPIC_API_KEY", "sk-test")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Starts `run` or `api` and waits until it answers.
    pub async fn serve(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Server {
        self.serve_into(arguments, environment, Stdio::null()).await
    }

    /// The same, with a place for what it logs.
    pub async fn serve_into(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        log: impl Into<Stdio>,
    ) -> Server {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port is free")
            .port();
        let address = format!("127.0.0.1:{port}");
        let mut command = self.command(arguments);
        let process = command
            .args(["--listen", &address])
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the binary runs");
        let server = Server { origin: format!("http://{address}"), process: Process(process) };
        let http = http();
        for _ in 0..200 {
            if http.get(format!("{}/readyz", server.origin)).send().await.is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server did not come up");
    }
}

pub fn http() -> reqwest::Client {
    diagnosis_worker::provider::http_client().expect("a client can be made")
}

/// A process that ends with the test.
pub struct Process(pub Child);

impl Process {
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.0.id().to_string()])
            .status()
            .expect("kill is installed");
        assert!(sent.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Server {
    pub origin: String,
    pub process: Process,
}

impl Server {
    pub fn client(&self, token: Option<&str>) -> ApiClient {
        ApiClient::new(
            http(),
            self.origin.clone(),
            token.map(|token| Secret::new(token.to_owned())),
        )
    }

    /// A client for a signed-in user.
    pub fn client_of(&self, user: &str) -> ApiClient {
        self.client(Some(&token(&claims(user))))
    }

    /// A client for an operator.
    pub fn operator(&self) -> ApiClient {
        let mut claims = claims(ADMIN);
        claims["app_metadata"] = json!({"role": "admin"});
        self.client(Some(&token(&claims)))
    }
}

pub fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// What Supabase puts into a user's token.
pub fn claims(user: &str) -> Value {
    json!({
        "sub": user,
        "aud": "authenticated",
        "role": "authenticated",
        "exp": now() + 600,
        "app_metadata": {},
        "user_metadata": {},
    })
}

pub fn token(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::new(Algorithm::HS256), claims, &key).expect("claims can be signed")
}

/// Waits until a condition holds.
pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "timed out waiting until {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const QUICK: [&str; 6] = ["--backoff-base", "50ms", "--backoff-max", "200ms", "--poll", "50ms"];

/// Works everything that is due, and returns how often the LLM was asked.
pub async fn work(stage: &Stage, llm: &MockServer) -> usize {
    work_with(stage, llm, &[], &[]).await
}

/// The same with further flags and variables.
pub async fn work_with(
    stage: &Stage,
    llm: &MockServer,
    flags: &[&str],
    environment: &[(&str, &str)],
) -> usize {
    let mut command = stage.command(&["worker", "--until-empty"]);
    command
        .args(QUICK)
        .args(flags)
        .env("ANTHROPIC_BASE_URL", llm.uri())
        .env("DIAGNOSIS_WORKER_LEASE", "5s")
        .envs(environment.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().expect("the binary runs"))
        .await
        .expect("is not cancelled");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    llm.received_requests().await.unwrap_or_default().len()
}

/// An LLM that always replies the same.
pub async fn llm(reply: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path("/v1/messages")).respond_with(reply).mount(&server).await;
    server
}

/// A reply with a document in it.
pub fn ok(document: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(anthropic_answer(document))
}

/// A valid answer of Anthropic's API.
pub fn anthropic_answer(document: &Value) -> Value {
    json!({
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "stop_reason": "tool_use",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "record_diagnosis", "input": document}],
        "usage": {"input_tokens": 10, "output_tokens": 5},
    })
}

pub fn diagnosis() -> Value {
    json!({
        "diagnosis": {"summary": "Short nights.", "findings": [], "evidence_ids": ["sleep_hours"]},
        "confidence": 0.8,
        "metadata": {"note": "kept"},
    })
}

pub fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("stdout is JSON")
}

pub fn uuid(value: &Value) -> Uuid {
    value.as_str().and_then(|text| text.parse().ok()).expect("is a UUID")
}
