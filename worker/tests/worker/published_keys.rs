//! Tokens that are verified with published keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diagnosis_worker::api::{ApiError, KeySource, TokenRules, Verifier};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{PATIENT, claims, http};

/// Made for these tests with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.
const KEYS: [&str; 2] = [
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzikkPr412rq9IMPE\nRoJyRcWTwkDA3yPIQhei+0RARS2hRANCAAQhIL+UbIzfgyn33LFSAkdYIg3yplO3\n5Ug9eV2ZYzJxWW0vsk0NFK6EjcyMkNlGMTIzl9jeXRQRQWjGg5D112+i",
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglIn/bEKweegj6OgH\nw9wO7fDuqvlfNAW4shbBnguVqdGhRANCAASXXsspxbzZzvp9fvAc6HV7HnPW4UyW\nEf0xlo11au7TIhF/CkXqa7UZAIuwjZIs1yWup3Al9sIV9O/1qf6JGz4H",
];

fn key(index: usize) -> EncodingKey {
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", KEYS[index]);
    EncodingKey::from_ec_pem(pem.as_bytes()).expect("is a key")
}

fn published(indices: &[usize]) -> JwkSet {
    let keys = indices.iter().map(|index| {
        let mut jwk = Jwk::from_encoding_key(&key(*index), Algorithm::ES256).expect("is a key");
        jwk.common.key_id = Some(format!("key-{index}"));
        jwk
    });
    JwkSet { keys: keys.collect() }
}

fn token(index: usize, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(format!("key-{index}"));
    encode(&header, claims, &key(index)).expect("claims can be signed")
}

async fn publish(server: &MockServer, keys: &JwkSet) {
    server.reset().await;
    let reply = ResponseTemplate::new(200).set_body_json(keys);
    Mock::given(method("GET")).respond_with(reply).mount(server).await;
}

fn verifier(server: &MockServer, issuer: Option<&str>) -> Verifier {
    let rules =
        TokenRules { audience: "authenticated".to_owned(), issuer: issuer.map(str::to_owned) };
    Verifier::new(KeySource::Published { client: http(), url: server.uri() }, rules)
}

async fn fetches(server: &MockServer) -> usize {
    server.received_requests().await.unwrap_or_default().len()
}

#[tokio::test]
async fn a_token_of_a_published_key_holds_and_the_keys_are_fetched_once() {
    let server = MockServer::start().await;
    publish(&server, &published(&[0, 1])).await;
    let verifier = verifier(&server, None);
    for index in [0, 1, 0, 1] {
        assert!(verifier.verify(&token(index, &claims(PATIENT))).await.is_ok());
    }
    assert_eq!(fetches(&server).await, 1);
}

#[tokio::test]
async fn a_published_key_opens_nothing_to_anybody_else() {
    let server = MockServer::start().await;
    publish(&server, &published(&[0])).await;
    let verifier = verifier(&server, None);
    let stolen_id = {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("key-0".to_owned());
        encode(&header, &claims(PATIENT), &key(1)).expect("can be signed")
    };
    // The public key taken for the secret of a symmetric algorithm.
    let confused = {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("key-0".to_owned());
        let public = serde_json::to_vec(&published(&[0]).keys[0]).expect("is JSON");
        encode(&header, &claims(PATIENT), &EncodingKey::from_secret(&public)).expect("is signed")
    };
    let unknown = token(1, &claims(PATIENT));
    for token in [&stolen_id, &confused, &unknown] {
        assert_eq!(verifier.verify(token).await.err(), Some(ApiError::Unauthorized));
    }
    for _ in 0..20 {
        assert_eq!(verifier.verify(&unknown).await.err(), Some(ApiError::Unauthorized));
    }
    assert_eq!(
        fetches(&server).await,
        1,
        "unknown ids do not make this machine ask again and again"
    );
}

#[tokio::test]
async fn a_key_that_is_published_later_is_found() {
    let server = MockServer::start().await;
    publish(&server, &published(&[0])).await;
    let verifier = verifier(&server, None);
    assert!(verifier.verify(&token(0, &claims(PATIENT))).await.is_ok());
    publish(&server, &published(&[0, 1])).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(6)).await;
    tokio::time::resume();
    assert!(verifier.verify(&token(1, &claims(PATIENT))).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_unknown_keys_makes_no_caller_with_a_known_one_wait() {
    let server = MockServer::start().await;
    publish(&server, &published(&[0])).await;
    let verifier = Arc::new(verifier(&server, None));
    assert!(verifier.verify(&token(0, &claims(PATIENT))).await.is_ok());
    server.reset().await;
    let slow =
        ResponseTemplate::new(200).set_body_json(published(&[0])).set_delay(Duration::from_secs(5));
    Mock::given(method("GET")).respond_with(slow).mount(&server).await;
    // The pause after the first fetch ends.
    tokio::time::sleep(Duration::from_millis(5200)).await;
    let strangers: Vec<_> = (0..50)
        .map(|_| {
            let verifier = Arc::clone(&verifier);
            tokio::spawn(async move { verifier.verify(&token(1, &claims(PATIENT))).await.err() })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(fetches(&server).await, 1, "the keys are being fetched");
    for _ in 0..20 {
        let start = Instant::now();
        assert!(verifier.verify(&token(0, &claims(PATIENT))).await.is_ok());
        assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    }
    for stranger in strangers {
        assert_eq!(stranger.await.expect("ends"), Some(ApiError::Unauthorized));
    }
    assert_eq!(fetches(&server).await, 1, "one request fetches them for all");
}

#[tokio::test]
async fn old_keys_are_good_while_new_ones_are_fetched_but_not_very_old_ones() {
    let server = MockServer::start().await;
    publish(&server, &published(&[0])).await;
    let verifier = verifier(&server, None);
    let (old, new) = (token(0, &claims(PATIENT)), token(1, &claims(PATIENT)));
    assert!(verifier.verify(&old).await.is_ok());
    // The first key is withdrawn.
    publish(&server, &published(&[1])).await;
    let pass = async |seconds| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
    };
    pass(601).await;
    assert!(verifier.verify(&old).await.is_ok(), "it is good until the keys are here");
    assert!(verifier.verify(&new).await.is_ok());
    assert_eq!(verifier.verify(&old).await.err(), Some(ApiError::Unauthorized));
    publish(&server, &published(&[0])).await;
    pass(1201).await;
    assert_eq!(verifier.verify(&new).await.err(), Some(ApiError::Unauthorized));
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_this_machines_trouble_and_asked_for_in_moderation() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let verifier = verifier(&server, None);
    for _ in 0..20 {
        let refused = verifier.verify(&token(0, &claims(PATIENT))).await.err();
        assert_eq!(refused, Some(ApiError::Unavailable));
    }
    assert_eq!(fetches(&server).await, 1);
}

#[tokio::test]
async fn the_issuer_is_pinned_where_one_is_configured() {
    let server = MockServer::start().await;
    publish(&server, &published(&[0])).await;
    let verifier = verifier(&server, Some("https://issuer.example"));
    let cases = [
        (json!("https://issuer.example"), true),
        (json!("https://another.example"), false),
        (Value::Null, false),
    ];
    for (issuer, holds) in cases {
        let mut claims = claims(PATIENT);
        if !issuer.is_null() {
            claims["iss"] = issuer.clone();
        }
        assert_eq!(verifier.verify(&token(0, &claims)).await.is_ok(), holds, "{issuer}");
    }
}
