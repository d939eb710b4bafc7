//! Who is asking: application and user JWTs (RS256), account credentials (Basic), and what a user's ACL allows.
//!
//! Tokens are checked by hand on the signature primitive rather than with a JWT library: the sandbox is a second reading
//! of the platform's documentation, and the algorithm is pinned here, never taken from the token. Depends on `account`.

mod acl;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::account::{Account, Accounts, Application, public_key_der};
use super::effects::Effects;
pub use acl::Acl;

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
