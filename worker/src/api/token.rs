//! Bearer tokens: who is calling, and as which database role.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Api, ApiError};
use crate::settings::Secret;

/// How far the clocks of the issuer and this machine may be apart, in seconds.
const LEEWAY: u64 = 5;
/// Keys are fetched anew after this time, and sooner for a key id that is not known.
const KEYS_LAST: Duration = Duration::from_secs(600);
/// Keys of this age are no longer used while they are fetched anew: they may have been withdrawn long ago.
const KEYS_LAST_AT_MOST: Duration = Duration::from_secs(1200);
/// Unknown key ids, and keys that cannot be had, do not make this machine ask more often than that.
const FETCH_PAUSE: Duration = Duration::from_secs(5);
const FETCH_LIMIT: Duration = Duration::from_secs(10);

/// Where the keys are that tokens are signed with.
pub enum KeySource {
    /// One secret, for HS256.
    Secret(Secret),
    /// Published keys, for asymmetric algorithms.
    Published {
        /// Fetches them.
        client: reqwest::Client,
        /// Where they are.
        url: String,
    },
}

/// What tokens must say.
#[derive(Debug, Clone)]
pub struct TokenRules {
    /// The audience.
    pub audience: String,
    /// The issuer, where one is pinned.
    pub issuer: Option<String>,
}

/// Verifies tokens.
pub struct Verifier {
    source: KeySource,
    rules: TokenRules,
    published: Arc<Mutex<Published>>,
}

/// The keys as they were last fetched, when that was last tried, and whether it is being tried.
#[derive(Default)]
struct Published {
    keys: Option<(JwkSet, Instant)>,
    asked: Option<Instant>,
    /// Closes when the fetch that is under way has ended.
    fetch: Option<watch::Receiver<()>>,
}

impl Verifier {
    /// A verifier with keys from a source.
    pub fn new(source: KeySource, rules: TokenRules) -> Self {
        Self { source, rules, published: Arc::default() }
    }

    /// The caller that a token speaks for.
    pub async fn verify(&self, token: &str) -> Result<Caller, ApiError> {
        let header = decode_header(token).map_err(|_| ApiError::Unauthorized)?;
        let (key, algorithms) = match &self.source {
            KeySource::Secret(secret) => {
                (DecodingKey::from_secret(secret.expose().as_bytes()), vec![Algorithm::HS256])
            }
            KeySource::Published { client, url } => {
                let jwk = self.published_key(client, url, header.kid.as_deref()).await?;
                let key = DecodingKey::from_jwk(&jwk).map_err(|_| ApiError::Unauthorized)?;
                // A published key is public: taken as an HMAC secret it would let anybody sign.
                let algorithms = match key.family() {
                    AlgorithmFamily::Hmac => return Err(ApiError::Unauthorized),
                    family => family.algorithms().to_vec(),
                };
                (key, algorithms)
            }
        };
        if !algorithms.contains(&header.alg) {
            return Err(ApiError::Unauthorized);
        }
        let claims = decode(token, &key, &self.validation(algorithms))
            .map_err(|_| ApiError::Unauthorized)?
            .claims;
        Caller::from_claims(claims)
    }

    fn validation(&self, algorithms: Vec<Algorithm>) -> Validation {
        let mut validation =
            Validation { algorithms, leeway: LEEWAY, validate_nbf: true, ..Validation::default() };
        validation.set_audience(&[&self.rules.audience]);
        let mut required = vec!["exp", "sub", "aud"];
        if let Some(issuer) = &self.rules.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        validation
    }

    /// The key of an id. Whoever names a known one has it at once, however long the keys take to be fetched
    /// anew; one request does that for all.
    async fn published_key(
        &self,
        client: &reqwest::Client,
        url: &str,
        id: Option<&str>,
    ) -> Result<Jwk, ApiError> {
        let fetch = {
            let mut published = lock(&self.published);
            let (found, age) = published.find(id);
            let fetch = if found.is_some() && age <= KEYS_LAST {
                None
            } else {
                published.fetch.clone().or_else(|| self.start_fetch(&mut published, client, url))
            };
            match found {
                Some(key) if age <= KEYS_LAST_AT_MOST => return Ok(key),
                _ => fetch,
            }
        };
        if let Some(mut fetch) = fetch {
            // It sends nothing; it closes.
            let _ = fetch.changed().await;
        }
        let published = lock(&self.published);
        // Keys that cannot be renewed stay good.
        published.find(id).0.ok_or(published.unknown())
    }

    fn start_fetch(
        &self,
        published: &mut Published,
        client: &reqwest::Client,
        url: &str,
    ) -> Option<watch::Receiver<()>> {
        if published.asked.is_some_and(|asked| asked.elapsed() < FETCH_PAUSE) {
            return None;
        }
        let (ended, fetching) = watch::channel(());
        published.fetch = Some(fetching.clone());
        let (shared, client, url) = (Arc::clone(&self.published), client.clone(), url.to_owned());
        tokio::spawn(async move {
            let fetched = fetch(&client, &url).await;
            let mut published = lock(&shared);
            published.asked = Some(Instant::now());
            published.fetch = None;
            match fetched {
                Some(keys) => published.keys = Some((keys, Instant::now())),
                None => tracing::error!("the token keys cannot be fetched"),
            }
            drop(published);
            drop(ended);
        });
        Some(fetching)
    }
}

fn lock(published: &Mutex<Published>) -> MutexGuard<'_, Published> {
    published.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Published {
    /// The key of an id, and the age of the keys.
    fn find(&self, id: Option<&str>) -> (Option<Jwk>, Duration) {
        match &self.keys {
            Some((keys, at)) => (find(keys, id), at.elapsed()),
            None => (None, Duration::MAX),
        }
    }

    /// Why a key is not here: nobody signs with it, or no keys could be had, which is this machine's trouble.
    const fn unknown(&self) -> ApiError {
        if self.keys.is_some() { ApiError::Unauthorized } else { ApiError::Unavailable }
    }
}

async fn fetch(client: &reqwest::Client, url: &str) -> Option<JwkSet> {
    let response = client.get(url).timeout(FETCH_LIMIT).send().await.ok()?;
    response.error_for_status().ok()?.json().await.ok()
}

/// The key of an id; without an id, the only one that there is.
fn find(keys: &JwkSet, id: Option<&str>) -> Option<Jwk> {
    match (id, keys.keys.as_slice()) {
        (Some(id), keys) => {
            keys.iter().find(|key| key.common.key_id.as_deref() == Some(id)).cloned()
        }
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

/// Who is calling, by a token that has been verified.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The claims, as the database's policies read them.
    pub(super) claims: String,
    /// The database role that the caller acts as.
    pub(super) role: &'static str,
    /// Whether `app_metadata` calls the caller admin or system.
    pub(super) is_operator: bool,
}

impl Caller {
    fn from_claims(claims: Map<String, Value>) -> Result<Self, ApiError> {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        // The policies compare it with users' ids.
        if text(claims.get("sub")).is_none_or(|subject| Uuid::parse_str(&subject).is_err()) {
            return Err(ApiError::Unauthorized);
        }
        let role = match text(claims.get("role")).as_deref() {
            Some("authenticated") | None => "authenticated",
            Some("anon") => "anon",
            Some(_) => return Err(ApiError::Forbidden),
        };
        // Users can edit their user_metadata: a role in there is worth nothing.
        let metadata_role = claims.get("app_metadata").and_then(|metadata| metadata.get("role"));
        let is_operator = role == "authenticated"
            && matches!(text(metadata_role).as_deref(), Some("admin" | "system"));
        let claims = serde_json::to_string(&claims).map_err(|_| ApiError::Unauthorized)?;
        Ok(Self { claims, role, is_operator })
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let header = parts.headers.get(header::AUTHORIZATION).ok_or(ApiError::Unauthorized)?;
        let (scheme, token) = header
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .ok_or(ApiError::Unauthorized)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(ApiError::Unauthorized);
        }
        api.verifier.verify(token.trim()).await
    }
}
