//! The signature of a webhook ("Signed webhooks"): the hash of its payload and the token that carries it.

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::account::Account;

/// `payload_hash` of a POST: SHA-256 of the body's bytes, lower-case hex.
pub(super) fn payload_hash(body: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, body))
}

/// `payload_hash` of a GET: the parameters, in their order, as a compact JSON object of texts.
pub(super) fn payload_hash_of_query(pairs: &[(String, String)]) -> String {
    let members =
        pairs.iter().map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), Value::from(value.as_str())));
    payload_hash(format!("{{{}}}", members.collect::<Vec<_>>().join(",")).as_bytes())
}

/// The `Authorization` token of a webhook ("Signed webhooks"): HS256 with the account's signature secret.
pub(super) fn sign(account: &Account, application: &str, iat: i64, jti: &str, payload_hash: &str) -> String {
    let claims = json!({
        "iat": iat, "jti": jti, "iss": "Vonage", "payload_hash": payload_hash,
        "api_key": account.api_key, "application_id": application,
    });
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, account.signature_secret.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}
