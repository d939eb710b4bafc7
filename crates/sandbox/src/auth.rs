//! Who is asking: application and user JWTs (RS256), account credentials (Basic), and what a user's ACL allows.
//!
//! Tokens are checked by hand on the signature primitive rather than with a JWT library: the sandbox is a second reading
//! of the platform's documentation, and the algorithm is pinned here, never taken from the token. Depends on `account`.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::account::{Account, Accounts, Application, public_key_der};
use super::effects::Effects;

/// The longest life of a token that the platform accepts.
const LONGEST_LIFE_S: i64 = 24 * 60 * 60;
/// Life of a token that does not say when it ends.
const USUAL_LIFE_S: i64 = 15 * 60;
/// How far ahead of ours a client's clock may be.
const SKEW_S: i64 = 60;
/// Larger tokens are refused unread.
const LARGEST_TOKEN: usize = 16_384;

/// Why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid")]
    Invalid,
    #[error("the token does not permit this")]
    Permission,
}

impl AuthError {
    /// The socket event that says so.
    pub fn event(self) -> &'static str {
        match self {
            AuthError::Expired => "system:error:expired-token",
            AuthError::Invalid => "system:error:invalid-token",
            AuthError::Permission => "system:error:permission",
        }
    }
}

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        match self {
            AuthError::Permission => problem(
                StatusCode::FORBIDDEN,
                "system:error:permission",
                "Forbidden",
                "You do not have permission to perform this action.",
                None,
            ),
            AuthError::Expired => problem(
                StatusCode::UNAUTHORIZED,
                "system:error:expired-token",
                "Expired token",
                "The token has expired.",
                None,
            ),
            AuthError::Invalid => unauthorized(None),
        }
    }
}

/// The claims of a server's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppClaims {
    pub application_id: String,
    /// Seconds since 1970.
    pub exp: i64,
    /// Set when the token is a user's.
    pub sub: Option<String>,
}

/// The claims of a Client SDK user's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserClaims {
    pub application_id: String,
    /// The user's name (not its `USR-…` id).
    pub sub: String,
    /// Seconds since 1970.
    pub exp: i64,
    pub acl: Acl,
}

impl UserClaims {
    /// May this token do `method` on `path` (`/v0.3/legs`, without query)?
    pub fn allows(&self, method: &str, path: &str) -> bool {
        self.acl.allows(method, path)
    }
}

/// The `acl` claim: path patterns and the methods allowed on each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acl {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    segments: Vec<String>,
    /// None: all of them.
    methods: Option<Vec<String>>,
}

impl Acl {
    /// Reads `{"paths":{"/*/legs/**":{"methods":["GET"]}}}`. A claim of another shape is an invalid token.
    pub fn read(claim: &Value) -> Result<Acl, AuthError> {
        let paths = claim.get("paths").and_then(Value::as_object).ok_or(AuthError::Invalid)?;
        let rules = paths.iter().map(|(path, rule)| {
            let inside = path.strip_prefix('/').filter(|rest| !rest.chars().any(char::is_whitespace));
            let segments = inside.ok_or(AuthError::Invalid)?.split('/').map(str::to_owned).collect();
            let methods = match rule.as_object().ok_or(AuthError::Invalid)?.get("methods") {
                None | Some(Value::Null) => None,
                Some(Value::Array(methods)) => {
                    Some(methods.iter().filter_map(Value::as_str).map(str::to_uppercase).collect())
                }
                Some(_) => return Err(AuthError::Invalid),
            };
            Ok(Rule { segments, methods })
        });
        Ok(Acl { rules: rules.collect::<Result<_, AuthError>>()? })
    }

    /// `*` is exactly one segment, `**` any number of them, none included; everything else is itself.
    pub fn allows(&self, method: &str, path: &str) -> bool {
        let path: Vec<&str> = path.trim_start_matches('/').trim_end_matches('/').split('/').collect();
        self.rules.iter().any(|rule| {
            rule.methods.as_ref().is_none_or(|methods| methods.iter().any(|m| m.eq_ignore_ascii_case(method)))
                && fits(&rule.segments, &path)
        })
    }
}

fn fits(pattern: &[String], path: &[&str]) -> bool {
    // Position by position, keeping the set of pattern positions that are reachable: linear in both, so that a token
    // full of `**` costs nothing.
    let mut reachable = vec![false; pattern.len() + 1];
    reachable[0] = true;
    skip_empty(pattern, &mut reachable);
    for segment in path {
        let mut next = vec![false; pattern.len() + 1];
        for (at, _) in reachable.iter().enumerate().filter(|(_, on)| **on) {
            match pattern.get(at).map(String::as_str) {
                Some("**") => next[at] = true,
                Some("*") if !segment.is_empty() => next[at + 1] = true,
                Some(exact) if exact == *segment => next[at + 1] = true,
                _ => {}
            }
        }
        skip_empty(pattern, &mut next);
        reachable = next;
    }
    reachable[pattern.len()]
}

/// A `**` may stand for nothing.
fn skip_empty(pattern: &[String], reachable: &mut [bool]) {
    for at in 0..pattern.len() {
        if reachable[at] && pattern[at] == "**" {
            reachable[at + 1] = true;
        }
    }
}

/// Verifies a server's token. `now` is seconds since 1970.
pub fn verify_application(accounts: &Accounts, jwt: &str, now: i64) -> Result<AppClaims, AuthError> {
    let (application, claims, exp) = verify(accounts, jwt, now)?;
    let sub = claims.get("sub").and_then(Value::as_str).map(str::to_owned);
    Ok(AppClaims { application_id: application.id, exp, sub })
}

/// Verifies a user's token: `sub` and `acl` are required. `now` is seconds since 1970.
pub fn verify_user(accounts: &Accounts, jwt: &str, now: i64) -> Result<UserClaims, AuthError> {
    let (application, claims, exp) = verify(accounts, jwt, now)?;
    let sub = claims.get("sub").and_then(Value::as_str).filter(|sub| !sub.is_empty()).ok_or(AuthError::Permission)?;
    let acl = Acl::read(claims.get("acl").ok_or(AuthError::Permission)?)?;
    Ok(UserClaims { application_id: application.id, sub: sub.to_owned(), exp, acl })
}

/// Signature, application and times.
fn verify(accounts: &Accounts, jwt: &str, now: i64) -> Result<(Application, Value, i64), AuthError> {
    if jwt.len() > LARGEST_TOKEN {
        return Err(AuthError::Invalid);
    }
    let (signed, signature) = jwt.rsplit_once('.').ok_or(AuthError::Invalid)?;
    let (head, claims) = signed.split_once('.').ok_or(AuthError::Invalid)?;
    let head = part(head)?;
    // Pinned: "none" and HS256 with the public key as the secret are the classic forgeries.
    if head.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(AuthError::Invalid);
    }
    let claims = part(claims)?;
    let id = claims.get("application_id").and_then(Value::as_str).ok_or(AuthError::Invalid)?;
    let application = accounts.get(id).ok_or(AuthError::Invalid)?;
    let key = public_key_der(&application.public_key_pem).ok_or(AuthError::Invalid)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| AuthError::Invalid)?;
    aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, key)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| AuthError::Invalid)?;
    let iat = seconds(claims.get("iat"))?.ok_or(AuthError::Invalid)?;
    claims.get("jti").and_then(Value::as_str).filter(|jti| !jti.is_empty()).ok_or(AuthError::Invalid)?;
    let exp = seconds(claims.get("exp"))?.unwrap_or(iat.saturating_add(USUAL_LIFE_S));
    let starts = seconds(claims.get("nbf"))?.unwrap_or(iat);
    // A sample that rounds its clock for one of the two, and not for the other, is a second above the limit.
    if exp.saturating_sub(iat) > LONGEST_LIFE_S + SKEW_S || iat > now + SKEW_S || starts > now + SKEW_S {
        return Err(AuthError::Invalid);
    }
    if exp <= now {
        return Err(AuthError::Expired);
    }
    Ok((application, claims, exp))
}

fn part(text: &str) -> Result<Value, AuthError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| AuthError::Invalid)?;
    serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object).ok_or(AuthError::Invalid)
}

/// Seconds as a number or, as one of the platform's own samples has it, a string of digits.
fn seconds(claim: Option<&Value>) -> Result<Option<i64>, AuthError> {
    match claim {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(n)) => {
            let whole = n.as_i64().or_else(|| n.as_f64().filter(|f| f.abs() < 1e15).map(|f| f as i64));
            whole.map(Some).ok_or(AuthError::Invalid)
        }
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| AuthError::Invalid),
        Some(_) => Err(AuthError::Invalid),
    }
}

/// The token of `Authorization: Bearer …`; the word in any case, as the Client SDK sends it in lower case.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    scheme(headers, "bearer")
}

/// The value of an `Authorization` header of the given scheme.
fn scheme<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (word, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    word.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// Verifies `Authorization: Basic` with the account's key and secret.
pub fn verify_basic(account: &Account, headers: &HeaderMap) -> Result<(), AuthError> {
    let sent = STANDARD.decode(scheme(headers, "basic").ok_or(AuthError::Invalid)?).map_err(|_| AuthError::Invalid)?;
    let expected = format!("{}:{}", account.api_key, account.api_secret);
    match bool::from(sent.ct_eq(expected.as_bytes())) {
        true => Ok(()),
        false => Err(AuthError::Invalid),
    }
}

/// The platform's 401, RFC 7807.
pub fn unauthorized(effects: Option<&Effects>) -> Response {
    problem(
        StatusCode::UNAUTHORIZED,
        "https://developer.vonage.com/api-errors#unauthorized",
        "Invalid credentials supplied",
        "You did not provide correct credentials.",
        effects.map(|effects| effects.hex(16)),
    )
}

/// An RFC 7807 answer as the platform words them. The Client SDK reads `type`/`code`.
pub fn problem(status: StatusCode, kind: &str, title: &str, detail: &str, instance: Option<String>) -> Response {
    let mut body = json!({ "type": kind, "title": title, "detail": detail, "instance": instance.unwrap_or_default() });
    if kind.starts_with("system:") {
        body["code"] = kind.into();
    }
    (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(body)).into_response()
}

#[cfg(test)]
pub mod testing {
    //! Makes tokens as a client would.
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

    /// Signs any header and claims with a PKCS#8 PEM key.
    pub fn sign(head: &Value, claims: &Value, private_key_pem: &str) -> String {
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let pair = RsaKeyPair::from_pkcs8(pem::parse(private_key_pem).unwrap().contents()).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A good user token.
    pub fn user_token(application: &str, private_key_pem: &str, name: &str, iat: i64, exp: i64) -> String {
        let claims = json!({"application_id": application, "iat": iat, "exp": exp, "jti": "j", "sub": name,
            "acl": {"paths": {"/*/sessions/**": {}, "/*/knocking/**": {}, "/*/legs/**": {}, "/*/rtc/**": {}}}});
        sign(&json!({"alg": "RS256", "typ": "JWT"}), &claims, private_key_pem)
    }
}

#[cfg(test)]
mod tests {
    use super::super::effects::fixed;
    use super::testing::{sign, user_token};
    use super::*;

    const NOW: i64 = 1_795_226_880;

    async fn setting() -> (Accounts, String, String) {
        let effects = fixed::effects(NOW * 1000).0;
        let accounts = Accounts::new(Account::generated(&effects), effects);
        let (application, key) = accounts.create(&json!({"name": "One"})).await.unwrap();
        (accounts, application.id, key.unwrap())
    }

    fn claims(application: &str) -> Value {
        json!({"application_id": application, "iat": NOW, "exp": NOW + 900, "jti": "j", "sub": "Jane", "acl": {"paths": {}}})
    }

    #[tokio::test]
    async fn accepts_a_good_token_and_only_that() {
        let (accounts, id, key) = setting().await;
        let rs256 = json!({"alg": "RS256", "typ": "JWT"});
        let with = |name: &str, value: Value| {
            let mut claims = claims(&id);
            claims[name] = value;
            sign(&rs256, &claims, &key)
        };
        let without = |name: &str| {
            let mut claims = claims(&id);
            claims.as_object_mut().unwrap().remove(name);
            sign(&rs256, &claims, &key)
        };
        use AuthError::{Expired, Invalid, Permission};
        let table: Vec<(&str, String, Result<(), AuthError>)> = vec![
            ("good", sign(&rs256, &claims(&id), &key), Ok(())),
            ("exp as text", with("exp", json!((NOW + 900).to_string())), Ok(())),
            ("no exp lives 15 minutes", without("exp"), Ok(())),
            (
                "no exp, 16 minutes old",
                {
                    let mut c = claims(&id);
                    c["iat"] = json!(NOW - 960);
                    c.as_object_mut().unwrap().remove("exp");
                    sign(&rs256, &c, &key)
                },
                Err(Expired),
            ),
            ("expired", with("exp", json!(NOW)), Err(Expired)),
            ("25 hours", with("exp", json!(NOW + 25 * 3600)), Err(Invalid)),
            ("exp is nonsense", with("exp", json!("soon")), Err(Invalid)),
            ("issued tomorrow", with("iat", json!(NOW + 3600)), Err(Invalid)),
            ("not before an hour", with("nbf", json!(NOW + 3600)), Err(Invalid)),
            ("no iat", without("iat"), Err(Invalid)),
            ("no jti", without("jti"), Err(Invalid)),
            ("another application", with("application_id", json!("nobody")), Err(Invalid)),
            ("no sub", without("sub"), Err(Permission)),
            ("no acl", without("acl"), Err(Permission)),
            ("acl of another shape", with("acl", json!({"paths": []})), Err(Invalid)),
            ("alg RS512 claimed", sign(&json!({"alg": "RS512"}), &claims(&id), &key), Err(Invalid)),
            ("empty", String::new(), Err(Invalid)),
            ("two parts", "a.b".into(), Err(Invalid)),
            ("huge", "x".repeat(100_000), Err(Invalid)),
        ];
        for (case, token, expected) in table {
            assert_eq!(verify_user(&accounts, &token, NOW).map(|_| ()), expected, "{case}");
        }
    }

    #[tokio::test]
    async fn forgeries_are_refused() {
        let (accounts, id, key) = setting().await;
        let good = user_token(&id, &key, "Jane", NOW, NOW + 60);
        assert!(verify_user(&accounts, &good, NOW).is_ok());

        // alg none, with and without a signature
        let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let body = URL_SAFE_NO_PAD.encode(claims(&id).to_string());
        assert_eq!(verify_user(&accounts, &format!("{head}.{body}."), NOW), Err(AuthError::Invalid));

        // HS256 keyed with the public key
        let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
        let public = accounts.get(&id).unwrap().public_key_pem;
        let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
        let tag = aws_lc_rs::hmac::sign(&secret, format!("{head}.{body}").as_bytes());
        let forged = format!("{head}.{body}.{}", URL_SAFE_NO_PAD.encode(tag));
        assert_eq!(verify_user(&accounts, &forged, NOW), Err(AuthError::Invalid));

        // another application's key
        let (_, other) = accounts.create(&json!({"name": "Two"})).await.unwrap();
        let stolen = user_token(&id, &other.unwrap(), "Jane", NOW, NOW + 60);
        assert_eq!(verify_user(&accounts, &stolen, NOW), Err(AuthError::Invalid));

        // somebody else's name under Jane's signature
        let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
        claims["sub"] = json!("Joe");
        parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
        assert_eq!(verify_user(&accounts, &parts.join("."), NOW), Err(AuthError::Invalid));
    }

    #[test]
    fn acl_table() {
        let acl = |paths: Value| Acl::read(&json!({ "paths": paths })).unwrap();
        let table = [
            ("/*/legs/**", "POST", "/v0.3/legs", true),
            ("/*/legs/**", "GET", "/v0.3/legs/123", true),
            ("/*/legs/**", "GET", "/v0.3/legs/123/x/y", true),
            ("/*/legs/**", "GET", "/v0.3/conversations/CON-1/legs", false),
            ("/*/legs/**", "GET", "/legs", false),
            ("/*/legs", "GET", "/v0.3/legs/123", false),
            ("/*/legs/*", "GET", "/v0.3/legs/123", true),
            ("/*/legs/*", "GET", "/v0.3/legs", false),
            ("/**", "DELETE", "/v0.2/conversations/CON-1/members/MEM-1", true),
            ("/**/members/*", "DELETE", "/v0.2/conversations/CON-1/members/MEM-1", true),
            ("/v0.3/legs", "POST", "/v0.3/legs", true),
            ("/v0.3/legs", "POST", "/v0.3/legsx", false),
        ];
        for (pattern, method, path, expected) in table {
            assert_eq!(acl(json!({ pattern: {} })).allows(method, path), expected, "{pattern} {method} {path}");
        }
        let reading = acl(json!({"/*/users/**": {"methods": ["get"]}}));
        assert!(reading.allows("GET", "/v0.3/users/me") && !reading.allows("DELETE", "/v0.3/users/me"));
        assert!(!Acl::default().allows("GET", "/v0.3/users/me"));
        assert!(Acl::read(&json!({"paths": {"legs": {}}})).is_err(), "a path begins with a slash");
    }

    proptest::proptest! {
        #[test]
        fn acl_matching_agrees_with_the_plain_recursion(
            pattern in proptest::collection::vec("(\\*|\\*\\*|a|b)", 0..6),
            path in proptest::collection::vec("(a|b|c)", 0..6),
        ) {
            fn plain(pattern: &[String], path: &[&str]) -> bool {
                match (pattern.split_first(), path.split_first()) {
                    (None, None) => true,
                    (Some((p, rest)), _) if p == "**" => plain(rest, path) || path.split_first().is_some_and(|(_, tail)| plain(pattern, tail)),
                    (Some((p, rest)), Some((s, tail))) => (p == "*" || p == s) && plain(rest, tail),
                    _ => false,
                }
            }
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            proptest::prop_assert_eq!(fits(&pattern, &path), plain(&pattern, &path));
        }

        #[test]
        fn no_text_is_a_token(text in "\\PC{0,200}") {
            let effects = fixed::effects(NOW * 1000).0;
            let accounts = Accounts::new(Account::generated(&effects), effects);
            proptest::prop_assert_eq!(verify_application(&accounts, &text, NOW), Err(AuthError::Invalid));
        }
    }

    #[test]
    fn basic_is_the_accounts_key_and_secret() {
        let account =
            Account { api_key: "a1b2c3d4".into(), api_secret: "s:ecret".into(), signature_secret: "x".into() };
        let headers = |value: String| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            headers
        };
        let good = format!("Basic {}", STANDARD.encode("a1b2c3d4:s:ecret"));
        assert_eq!(verify_basic(&account, &headers(good.replace("Basic", "basic"))), Ok(()));
        assert_eq!(verify_basic(&account, &headers(good)), Ok(()));
        for bad in ["Basic", "Basic !", &format!("Basic {}", STANDARD.encode("a1b2c3d4:")), "Bearer x"] {
            assert_eq!(verify_basic(&account, &headers(bad.into())), Err(AuthError::Invalid), "{bad}");
        }
        assert_eq!(verify_basic(&account, &HeaderMap::new()), Err(AuthError::Invalid));
    }
}
