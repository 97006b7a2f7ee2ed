//! Row-level security, by attack: every actor tries every statement, and every doubtful token every
//! endpoint. The table in `docs/row-level-security.md` is what this test found.

use std::fmt::Write as _;
use std::path::Path;

use crate::stage::{
    ADMIN, ASSESSMENT, ASSIGNED_CLINICIAN, OTHER_PATIENT, PATIENT, SECRET, STRANGER, Stage,
    UNASSIGNED_CLINICIAN, claims, http, now, token,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const ACTORS: [(&str, &str, &str); 8] = [
    ("the patient", "authenticated", PATIENT),
    ("another patient", "authenticated", OTHER_PATIENT),
    ("the assigned clinician", "authenticated", ASSIGNED_CLINICIAN),
    ("an unassigned clinician", "authenticated", UNASSIGNED_CLINICIAN),
    ("an admin without an assignment", "authenticated", ADMIN),
    ("a signed-in stranger", "authenticated", STRANGER),
    ("anon", "anon", STRANGER),
    ("service_role", "service_role", STRANGER),
];

const STATEMENTS: [(&str, &str); 4] = [
    ("select", "SELECT count(*) FROM diagnosis_runs"),
    (
        "insert",
        "WITH made AS (INSERT INTO diagnosis_runs (assessment_id, correlation_id) \
         VALUES ('20000000-0000-0000-0000-000000000001', 'attack') RETURNING 1) SELECT count(*) FROM made",
    ),
    (
        "update",
        "WITH made AS (UPDATE diagnosis_runs SET attempt = 2 WHERE true RETURNING 1) SELECT count(*) FROM made",
    ),
    ("delete", "WITH made AS (DELETE FROM diagnosis_runs RETURNING 1) SELECT count(*) FROM made"),
];

/// What PostgreSQL answers to a statement of an actor, who comes in like a request of the API does.
fn attack(stage: &Stage, role: &str, user: &str, statement: &str) -> String {
    let login = if role == "service_role" { "worker_login" } else { "api_login" };
    let claims = json!({
        "sub": user,
        "role": role,
        // Users write this themselves.
        "user_metadata": {"role": "admin"},
    });
    let script = format!(
        "BEGIN; SET LOCAL SESSION AUTHORIZATION {login}; SET LOCAL ROLE {role}; \
         SELECT set_config('request.jwt.claims', '{claims}', true); {statement}; ROLLBACK;"
    );
    match Stage::cluster().psql(&stage.database, &script) {
        Ok(output) => match output.lines().last() {
            Some("0") => "nothing".to_owned(),
            Some(rows) => format!("{rows} row"),
            None => String::new(),
        },
        Err(error) => {
            let message = error.to_string();
            let is_refused = message.contains("permission denied") || message.contains("row-level");
            assert!(is_refused, "{message}");
            "refused".to_owned()
        }
    }
}

#[test]
fn every_actor_gets_what_the_documentation_says() {
    let stage = Stage::new();
    stage.enqueue(ASSESSMENT);
    let mut table = String::from(
        "| actor | select | insert | update | delete |\n| --- | --- | --- | --- | --- |\n",
    );
    for (actor, role, user) in ACTORS {
        write!(table, "| {actor} |").expect("writes to a string");
        for (_, statement) in STATEMENTS {
            write!(table, " {} |", attack(&stage, role, user, statement))
                .expect("writes to a string");
        }
        table.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/row-level-security.md");
    let page = format!(
        "# Who may do what with a run\n\nOne run exists, of the patient's assessment. Each actor comes in as \
         a request does, with a claim of `user_metadata.role = admin` that must be worth nothing.\n\
         The test `row_level_security` makes this page and fails where it is not current; \
         `UPDATE_DOCS=1 cargo test -p diagnosis-worker row_level_security` rewrites it.\n\n{table}"
    );
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    assert_eq!(std::fs::read_to_string(path).expect("the page exists"), page);
}

#[tokio::test]
async fn a_token_that_does_not_hold_opens_nothing() {
    let stage = Stage::new();
    let run = stage.enqueue(ASSESSMENT);
    let server = stage.serve(&["api"], &[]).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims(PATIENT);
        change(&mut claims);
        claims
    };
    let signed = |secret: &str, algorithm: Algorithm| {
        let key = EncodingKey::from_secret(secret.as_bytes());
        encode(&Header::new(algorithm), &claims(PATIENT), &key).expect("claims can be signed")
    };
    let unsigned = {
        let part = |value: &Value| {
            use base64::Engine as _;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
        };
        format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(&claims(PATIENT)))
    };
    let without = |claim: &str| {
        token(&with(&|claims| {
            claims.as_object_mut().map(|claims| claims.remove(claim));
        }))
    };
    let tokens = [
        ("forged", signed("another-secret-that-is-long-enough", Algorithm::HS256)),
        ("another algorithm of the same key", signed(SECRET, Algorithm::HS512)),
        ("unsigned", unsigned),
        ("expired", token(&with(&|claims| claims["exp"] = json!(now() - 31)))),
        ("not yet valid", token(&with(&|claims| claims["nbf"] = json!(now() + 60)))),
        ("for another audience", token(&with(&|claims| claims["aud"] = json!("else")))),
        ("without exp", without("exp")),
        ("without sub", without("sub")),
        ("without aud", without("aud")),
        ("with a subject that is no user", token(&with(&|claims| claims["sub"] = json!("x")))),
        ("not a token", "not-a-token".to_owned()),
        ("empty", String::new()),
    ];
    for (what, token) in &tokens {
        for status in statuses(&server.origin, Some(token), &run).await {
            assert_eq!(status, 401, "{what}");
        }
    }
    assert_eq!(statuses(&server.origin, None, &run).await, [401; 4]);
    assert_eq!(stage.psql("SELECT count(*) FROM diagnosis_runs"), "1");
}

#[tokio::test]
async fn a_valid_token_opens_what_its_role_allows() {
    let stage = Stage::new();
    let run = stage.enqueue(ASSESSMENT);
    let server = stage.serve(&["api"], &[]).await;
    let with_role = |user: &str, role: &str| {
        let mut claims = claims(user);
        claims["role"] = json!(role);
        claims["app_metadata"] = json!({"role": "admin"});
        claims
    };
    let in_metadata = |user: &str, kind: &str, role: &str| {
        let mut claims = claims(user);
        claims[kind] = json!({"role": role});
        claims
    };
    // Create, list, show, process; the list itself is always allowed to the signed-in.
    let cases = [
        ("the patient", claims(PATIENT), [201, 200, 200, 403]),
        ("the assigned clinician", claims(ASSIGNED_CLINICIAN), [200, 200, 200, 403]),
        ("another patient", claims(OTHER_PATIENT), [404, 200, 404, 403]),
        ("an unassigned clinician", claims(UNASSIGNED_CLINICIAN), [404, 200, 404, 403]),
        ("a stranger", claims(STRANGER), [404, 200, 404, 403]),
        (
            "a role of one's own making",
            in_metadata(STRANGER, "user_metadata", "admin"),
            [404, 200, 404, 403],
        ),
        ("an admin", in_metadata(ADMIN, "app_metadata", "admin"), [404, 200, 404, 202]),
        ("the system", in_metadata(STRANGER, "app_metadata", "system"), [404, 200, 404, 202]),
        ("anon", with_role(PATIENT, "anon"), [403, 403, 403, 403]),
        ("service_role", with_role(PATIENT, "service_role"), [403; 4]),
        ("a role of the server", with_role(PATIENT, "postgres"), [403; 4]),
    ];
    for (who, claims, expected) in cases {
        let statuses = statuses(&server.origin, Some(&token(&claims)), &run).await;
        assert_eq!(statuses, expected, "{who}");
    }
}

/// The statuses of create, list, show and process.
async fn statuses(origin: &str, token: Option<&str>, run: &str) -> [u16; 4] {
    let http = http();
    let body = json!({"assessmentId": ASSESSMENT, "correlationId": "attack"});
    let requests = [
        http.post(format!("{origin}/api/diagnosis-runs")).json(&body),
        http.get(format!("{origin}/api/diagnosis-runs")),
        http.get(format!("{origin}/api/diagnosis-runs/{run}")),
        http.post(format!("{origin}/api/diagnosis-runs/{run}/process")),
    ];
    let mut statuses = [0; 4];
    for (status, request) in statuses.iter_mut().zip(requests) {
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        *status = request.send().await.expect("answers").status().as_u16();
    }
    statuses
}
