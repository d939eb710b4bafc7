//! Signed webhooks: did the platform send this, to us, just now, and is it whole?
//!
//! The platform puts an HS256 token into `Authorization` (Vonage: "Signed webhooks"). Its key is the *account's signature
//! secret*, neither the API secret nor the application key. The platform's tokens have no `exp`, so age is judged
//! by `iat`; a token that has one, or `nbf`, is held to it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::domain::clock::{Claimed, Clocks};

/// Longer tokens are refused unread: the platform's have a few hundred bytes.
const MAX_TOKEN: usize = 4096;

/// What the platform signed with its token.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// The body of a POST, exactly as it came.
    Body(&'a [u8]),
    /// The query string of a GET, still encoded, without `?`.
    Query(&'a str),
}

/// What a good signature says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Unique per webhook: for the replay cache.
    pub jti: String,
    /// When it was signed, seconds since 1970.
    pub iat: i64,
    pub api_key: Option<String>,
    pub application_id: Option<String>,
    pub payload: PayloadHash,
}

/// How the payload compares with the token's `payload_hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PayloadHash {
    Matches,
    /// The token has none. Only a GET gets this far.
    Absent,
    /// Only a GET gets this far, and only while verification is not strict: how the platform hashes nested parameters
    /// of a query is not documented well enough to turn a caller away for it.
    Differs,
}

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No `Authorization: Bearer …`. The platform sends some webhooks unsigned by mistake and repeats them signed when
    /// it gets a 5xx.
    #[error("the webhook is not signed")]
    Missing,
    #[error("the signature cannot be read")]
    Malformed,
    /// Signed with another secret, by another issuer, with another algorithm, or for another application.
    #[error("the signature is not the platform's")]
    Wrong,
    #[error("the signature is too old, or from the future")]
    Expired,
    #[error("the payload is not what was signed")]
    Payload,
}

/// Verifies webhooks for one account and application.
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<DecodingKey>,
    validation: Validation,
    application_id: Option<String>,
    strict: bool,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.keys.len())
            .field("application_id", &self.application_id)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: Option<String>,
    iat: i64,
    #[serde(default)]
    exp: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
    jti: String,
    #[serde(default)]
    api_key: Option<String>,
    #[serde(default)]
    application_id: Option<String>,
    #[serde(default)]
    payload_hash: Option<String>,
}

impl Verifier {
    /// Accepts every one of `secrets`, so that a secret can be exchanged without losing a call. Empty ones are left out:
    /// anybody can sign with an empty secret.
    #[must_use]
    pub fn new<S: AsRef<str>>(secrets: &[S]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let keys = secrets.iter().map(|secret| secret.as_ref().trim()).filter(|secret| !secret.is_empty());
        let keys = keys.map(|secret| DecodingKey::from_secret(secret.as_bytes())).collect();
        Self { keys, validation, application_id: None, strict: false }
    }

    /// Refuses webhooks that name another application.
    #[must_use]
    pub fn for_application(mut self, id: impl Into<String>) -> Self {
        self.application_id = Some(id.into());
        self
    }

    /// Also refuses a GET whose parameters do not give the signed hash.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Whether there is a secret to verify with at all.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Judges one webhook. `authorization` is the header's value, `now` what the clocks say.
    ///
    /// Whether its `jti` was seen before is the caller's question: this function remembers nothing.
    ///
    /// # Errors
    /// The first rule that the webhook breaks, cheapest first; the payload is hashed only for a token that is genuine.
    pub fn verify(
        &self,
        authorization: Option<&str>,
        payload: Payload<'_>,
        now: impl Into<Clocks>,
    ) -> Result<Verified, SignatureError> {
        let token = bearer(authorization)?;
        let claims = self.claims(token)?;
        if claims.iss.is_some_and(|iss| iss != "Vonage") {
            return Err(SignatureError::Wrong);
        }
        if let (Some(ours), Some(theirs)) = (&self.application_id, &claims.application_id)
            && ours != theirs
        {
            return Err(SignatureError::Wrong);
        }
        if !now.into().accept(&Claimed { iat: claims.iat, exp: claims.exp, nbf: claims.nbf }) {
            return Err(SignatureError::Expired);
        }
        if claims.jti.is_empty() || claims.jti.len() > 200 {
            return Err(SignatureError::Malformed);
        }
        let payload = self.compare(payload, claims.payload_hash.as_deref())?;
        let Claims { jti, iat, api_key, application_id, .. } = claims;
        Ok(Verified { jti, iat, api_key, application_id, payload })
    }

    fn claims(&self, token: &str) -> Result<Claims, SignatureError> {
        if needs_more(token) {
            return Err(SignatureError::Malformed);
        }
        for key in &self.keys {
            match jsonwebtoken::decode::<Claims>(token, key, &self.validation) {
                Ok(data) => return Ok(data.claims),
                Err(error) => match error.kind() {
                    ErrorKind::InvalidSignature => {}
                    ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => return Err(SignatureError::Wrong),
                    _ => return Err(SignatureError::Malformed),
                },
            }
        }
        Err(SignatureError::Wrong)
    }

    fn compare(&self, payload: Payload<'_>, signed: Option<&str>) -> Result<PayloadHash, SignatureError> {
        let Some(signed) = signed else {
            return match payload {
                // Without the hash, a token stolen from one webhook would carry any body.
                Payload::Body(_) => Err(SignatureError::Payload),
                Payload::Query(_) => Ok(PayloadHash::Absent),
            };
        };
        let ours = match payload {
            Payload::Body(bytes) => hex::encode(Sha256::digest(bytes)),
            Payload::Query(query) => hex::encode(Sha256::digest(canonical_query(query))),
        };
        // The letter case of the platform's hex is not documented.
        if bool::from(ours.as_bytes().ct_eq(signed.trim().to_ascii_lowercase().as_bytes())) {
            return Ok(PayloadHash::Matches);
        }
        match payload {
            Payload::Query(_) if !self.strict => Ok(PayloadHash::Differs),
            _ => Err(SignatureError::Payload),
        }
    }
}

/// Whether a token says that it must not be believed by those who do not know its extensions (`crit`, RFC 7515 4.1.11). We
/// know none.
fn needs_more(token: &str) -> bool {
    let header = token.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok());
    let header: Option<serde_json::Value> = header.and_then(|header| serde_json::from_slice(&header).ok());
    header.is_some_and(|header| header.get("crit").is_some())
}

fn bearer(authorization: Option<&str>) -> Result<&str, SignatureError> {
    let value = authorization.map(str::trim).filter(|value| !value.is_empty()).ok_or(SignatureError::Missing)?;
    let (scheme, token) = value.split_once(' ').ok_or(SignatureError::Malformed)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > MAX_TOKEN {
        return Err(SignatureError::Malformed);
    }
    Ok(token)
}

/// The time that a token claims, seconds since 1970. Whether that is true is [`Verifier::verify`]'s question.
#[must_use]
pub fn claimed_time(authorization: Option<&str>) -> Option<i64> {
    let token = bearer(authorization).ok()?;
    jsonwebtoken::dangerous::insecure_decode::<Claims>(token).ok().map(|token| token.claims.iat)
}

/// What the platform hashes for a GET: the decoded parameters as a compact JSON object of strings, in their order
/// (Vonage support: "How to verify the payload hash of a signed webhook").
#[must_use]
pub fn canonical_query(query: &str) -> String {
    let mut out = String::from("{");
    for (at, (name, value)) in url::form_urlencoded::parse(query.as_bytes()).enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&serde_json::Value::from(name.as_ref()).to_string());
        out.push(':');
        out.push_str(&serde_json::Value::from(value.as_ref()).to_string());
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "my-signature-secret-0123456789abcdef";
    const NOW: i64 = 1_587_494_962;
    const BODY: &str = r#"{"from":"442079460000","to":"447700900000","uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab","conversation_uuid":"CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab","status":"ringing","direction":"inbound","timestamp":"2020-01-01T12:00:00.000Z"}"#;
    const BODY_HASH: &str = "a9b42904936d33b639e23a4da16b26a2460874c4c1b612437541c2efede52758";
    const QUERY: &str = "to=442079460000&from=447700900000&conversation_uuid=CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab&uuid=aaaaaaaa-bbbb-cccc-dddd-0123456789ab&region_url=https%3A%2F%2Fapi-us-3.vonage.com";
    const QUERY_HASH: &str = "06aaabea00166ce889c4b98a3ba25a269a2c3abb8fd3893dd078843969eb75bb";
    const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";

    fn claims(hash: &str) -> Value {
        json!({ "iat": NOW, "jti": "c5ba8f24-1a14", "iss": "Vonage", "payload_hash": hash, "api_key": "a1b2c3d",
                "application_id": APPLICATION })
    }

    fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
        let key = EncodingKey::from_secret(secret.as_bytes());
        format!("Bearer {}", jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap())
    }

    fn verify(authorization: &str, payload: Payload<'_>) -> Result<Verified, SignatureError> {
        Verifier::new(&[SECRET]).for_application(APPLICATION).verify(Some(authorization), payload, NOW)
    }

    fn body() -> Payload<'static> {
        Payload::Body(BODY.as_bytes())
    }

    #[test]
    fn believes_a_whole_and_fresh_post() {
        let good = verify(&signed(Algorithm::HS256, SECRET, &claims(BODY_HASH)), body()).unwrap();
        assert_eq!((good.jti.as_str(), good.iat, good.payload), ("c5ba8f24-1a14", NOW, PayloadHash::Matches));
        assert_eq!(good.api_key.as_deref(), Some("a1b2c3d"));
        let upper = claims(&BODY_HASH.to_uppercase());
        assert!(verify(&signed(Algorithm::HS256, SECRET, &upper), body()).is_ok());
        let scheme = signed(Algorithm::HS256, SECRET, &claims(BODY_HASH)).replacen("Bearer", "bEARER", 1);
        assert!(verify(&scheme, body()).is_ok());
    }

    #[test]
    fn hashes_a_get_by_the_official_procedure() {
        assert_eq!(
            canonical_query(QUERY),
            r#"{"to":"442079460000","from":"447700900000","conversation_uuid":"CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab","uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab","region_url":"https://api-us-3.vonage.com"}"#
        );
        let good = signed(Algorithm::HS256, SECRET, &claims(QUERY_HASH));
        assert_eq!(verify(&good, Payload::Query(QUERY)).unwrap().payload, PayloadHash::Matches);
        let other = QUERY.replace("442079460000", "442079460001");
        assert_eq!(verify(&good, Payload::Query(&other)).unwrap().payload, PayloadHash::Differs);
        let strict = Verifier::new(&[SECRET]).strict(true);
        assert_eq!(strict.verify(Some(&good), Payload::Query(&other), NOW), Err(SignatureError::Payload));
    }

    #[test]
    fn a_post_must_carry_the_hash_of_its_body_and_a_get_may() {
        let mut bare = claims(BODY_HASH);
        bare.as_object_mut().unwrap().remove("payload_hash");
        let bare = signed(Algorithm::HS256, SECRET, &bare);
        assert_eq!(verify(&bare, body()), Err(SignatureError::Payload));
        assert_eq!(verify(&bare, Payload::Query(QUERY)).unwrap().payload, PayloadHash::Absent);
        let good = signed(Algorithm::HS256, SECRET, &claims(BODY_HASH));
        let tampered = BODY.replace("ringing", "answered");
        assert_eq!(verify(&good, Payload::Body(tampered.as_bytes())), Err(SignatureError::Payload));
        assert_eq!(verify(&good, Payload::Body(format!("{BODY} ").as_bytes())), Err(SignatureError::Payload));
    }

    #[test]
    fn refuses_by_the_rule_that_is_broken() {
        let verifier = Verifier::new(&[SECRET]).for_application(APPLICATION);
        let cases: Vec<(&str, Option<String>, SignatureError)> = vec![
            ("no header", None, SignatureError::Missing),
            ("empty header", Some("  ".into()), SignatureError::Missing),
            ("no scheme", Some("abc".into()), SignatureError::Malformed),
            ("basic", Some("Basic YWJjOmRlZg==".into()), SignatureError::Malformed),
            ("no token", Some("Bearer ".into()), SignatureError::Malformed),
            ("rubbish", Some("Bearer abc.def.ghi".into()), SignatureError::Malformed),
            ("huge", Some(format!("Bearer {}", "a".repeat(5000))), SignatureError::Malformed),
            ("other secret", Some(signed(Algorithm::HS256, "other", &claims(BODY_HASH))), SignatureError::Wrong),
            ("HS512", Some(signed(Algorithm::HS512, SECRET, &claims(BODY_HASH))), SignatureError::Wrong),
            (
                "alg none",
                Some(format!(
                    "Bearer eyJhbGciOiJub25lIn0.{}.",
                    signed(Algorithm::HS256, SECRET, &claims(BODY_HASH)).split('.').nth(1).unwrap()
                )),
                SignatureError::Malformed,
            ),
        ];
        for (name, header, expected) in cases {
            assert_eq!(verifier.verify(header.as_deref(), body(), NOW), Err(expected), "{name}");
        }
        let changed = |field: &str, value: Value| {
            let mut claims = claims(BODY_HASH);
            claims[field] = value;
            verify(&signed(Algorithm::HS256, SECRET, &claims), body())
        };
        assert_eq!(changed("iss", json!("Mallory")), Err(SignatureError::Wrong));
        assert_eq!(changed("application_id", json!("another")), Err(SignatureError::Wrong));
        assert_eq!(changed("iat", json!(NOW - 301)), Err(SignatureError::Expired));
        assert_eq!(changed("iat", json!(NOW + 301)), Err(SignatureError::Expired));
        assert_eq!(changed("iat", json!(i64::MIN)), Err(SignatureError::Expired));
        assert!(changed("iat", json!(NOW - 300)).is_ok());
        assert_eq!(changed("iat", json!("soon")), Err(SignatureError::Malformed));
        assert_eq!(changed("jti", json!("")), Err(SignatureError::Malformed));
        assert_eq!(changed("jti", Value::Null), Err(SignatureError::Malformed));
    }

    #[test]
    fn f21_a_token_is_held_to_what_it_says_of_its_time() {
        let told = |claim: &str, value: Value| {
            let mut claims = claims(BODY_HASH);
            claims[claim] = value;
            verify(&signed(Algorithm::HS256, SECRET, &claims), body()).map(drop)
        };
        for (claim, value, expected) in [
            ("exp", json!(NOW + 1), Ok(())),
            ("exp", json!(NOW - 59), Ok(())),
            ("exp", json!(NOW - 60), Err(SignatureError::Expired)),
            ("exp", json!(0), Err(SignatureError::Expired)),
            ("exp", json!(i64::MIN), Err(SignatureError::Expired)),
            ("exp", json!(i64::MAX), Ok(())),
            ("exp", Value::Null, Ok(())),
            ("exp", json!("tomorrow"), Err(SignatureError::Malformed)),
            ("nbf", json!(NOW), Ok(())),
            ("nbf", json!(NOW + 60), Ok(())),
            ("nbf", json!(NOW + 61), Err(SignatureError::Expired)),
            ("nbf", json!(i64::MAX), Err(SignatureError::Expired)),
            ("nbf", json!(i64::MIN), Ok(())),
            ("nbf", json!([]), Err(SignatureError::Malformed)),
        ] {
            assert_eq!(told(claim, value.clone()), expected, "{claim} {value}");
        }
    }

    #[test]
    fn f21_a_token_with_an_extension_that_must_be_known_is_refused() {
        let signed_with = |header: &Value| {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", part(header), part(&claims(BODY_HASH)));
            let key = EncodingKey::from_secret(SECRET.as_bytes());
            let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
            verify(&format!("Bearer {message}.{signature}"), body()).map(drop)
        };
        assert_eq!(signed_with(&json!({ "alg": "HS256", "typ": "JWT" })), Ok(()));
        assert_eq!(signed_with(&json!({ "alg": "HS256", "kid": "x" })), Ok(()));
        for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("x"), Value::Null] {
            let header = json!({ "alg": "HS256", "crit": crit });
            assert_eq!(signed_with(&header), Err(SignatureError::Malformed), "{header}");
        }
    }

    #[test]
    fn takes_two_secrets_while_they_are_exchanged_and_none_when_there_is_none() {
        let verifier = Verifier::new(&["new-secret", SECRET]);
        for secret in ["new-secret", SECRET] {
            let header = signed(Algorithm::HS256, secret, &claims(BODY_HASH));
            assert!(verifier.verify(Some(&header), body(), NOW).is_ok());
        }
        let empty = Verifier::new(&["", " "]);
        assert!(!empty.has_secret());
        let header = signed(Algorithm::HS256, "x", &claims(BODY_HASH));
        assert_eq!(empty.verify(Some(&header), body(), NOW), Err(SignatureError::Wrong));
        assert!(!format!("{verifier:?}").contains("secret-0123"));
    }

    proptest! {
        #[test]
        fn no_header_and_no_payload_makes_it_panic(header in "\\PC{0,80}", body in proptest::collection::vec(any::<u8>(), 0..80), query in "\\PC{0,80}") {
            let verifier = Verifier::new(&[SECRET]);
            prop_assert!(verifier.verify(Some(&header), Payload::Body(&body), NOW).is_err());
            let bearer = format!("Bearer {header}");
            prop_assert!(verifier.verify(Some(&bearer), Payload::Query(&query), NOW).is_err());
        }

        /// One flipped bit anywhere in the body is found.
        #[test]
        fn any_flipped_bit_is_found(at in 0..BODY.len(), bit in 0..8u8) {
            let header = signed(Algorithm::HS256, SECRET, &claims(BODY_HASH));
            let mut bytes = BODY.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(verify(&header, Payload::Body(&bytes)), Err(SignatureError::Payload));
        }
    }
}
