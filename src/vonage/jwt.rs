//! The tokens that we mint: for our own REST calls, and for the Client SDK in a browser.
//!
//! Pure functions of key, claims, time and id. Signing is aws-lc's: the `rsa` crate leaks timing (RUSTSEC-2023-0071), and
//! visitors decide when we sign.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};

/// How long a token for one of our own REST calls is valid. It is minted for each request, so this only has to outlast
/// a slow one and a wrong clock.
pub const APPLICATION_TOKEN_SECONDS: u64 = 5 * 60;

/// Why a key is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("no application key is configured")]
    Missing,
    #[error("the private key is not an RSA key in PEM form (BEGIN PRIVATE KEY)")]
    NotPem,
    #[error("the key could not be used or made")]
    Unusable,
}

/// A Vonage application's id and its private key.
#[derive(Clone)]
pub struct ApplicationKey {
    application_id: String,
    key: EncodingKey,
}

impl fmt::Debug for ApplicationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationKey").field("application_id", &self.application_id).finish_non_exhaustive()
    }
}

impl ApplicationKey {
    /// Reads the private key as the dashboard hands it out: RSA, PEM, PKCS#8 or PKCS#1.
    ///
    /// A key that came through an environment variable with `\n` written out is accepted.
    ///
    /// # Errors
    /// [`KeyError::NotPem`] when the text is no such key; [`KeyError::Unusable`] when it is one but cannot sign.
    pub fn from_pem(application_id: impl Into<String>, pem: &str) -> Result<Self, KeyError> {
        let pem = pem.trim().replace("\\n", "\n");
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| KeyError::NotPem)?;
        let key = Self { application_id: application_id.into(), key };
        // A DER that is no key is found out only when signing; better at start than at the first visitor.
        key.application_token(0, "probe")?;
        Ok(key)
    }

    /// The application that owns the key.
    #[must_use]
    pub fn application_id(&self) -> &str {
        &self.application_id
    }

    /// A token for our own REST calls, which carries no user. `now` is seconds since 1970, `jti` a new id.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when the key cannot sign.
    pub fn application_token(&self, now: i64, jti: &str) -> Result<String, KeyError> {
        self.sign(&self.claims(now, APPLICATION_TOKEN_SECONDS, jti))
    }

    /// A token for the Client SDK of one user.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when the key cannot sign.
    pub fn user_token(&self, user: &UserToken<'_>, now: i64, jti: &str) -> Result<String, KeyError> {
        let mut claims = self.claims(now, user.seconds, jti);
        let paths: Map<String, Value> = user.paths.iter().map(|path| ((*path).to_owned(), json!({}))).collect();
        claims.insert("sub".into(), user.name.into());
        claims.insert("acl".into(), json!({ "paths": paths }));
        self.sign(&claims)
    }

    fn claims(&self, now: i64, seconds: u64, jti: &str) -> Map<String, Value> {
        let exp = now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
        let mut claims = Map::new();
        claims.insert("application_id".into(), self.application_id.as_str().into());
        claims.insert("iat".into(), now.into());
        claims.insert("exp".into(), exp.into());
        claims.insert("jti".into(), jti.into());
        claims
    }

    fn sign(&self, claims: &Map<String, Value>) -> Result<String, KeyError> {
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &self.key).map_err(|_| KeyError::Unusable)
    }
}

/// What a Client SDK token says (Vonage Client SDK: "JWTs and ACLs").
#[derive(Debug, Clone, Copy)]
pub struct UserToken<'a> {
    /// The user's *name*, not its `USR-…` id.
    pub name: &'a str,
    /// The paths it opens, such as `/*/sessions/**`, with every method.
    pub paths: &'a [&'a str],
    /// How long it is valid; the platform takes at most 24 h.
    pub seconds: u64,
}

/// A new RSA-2048 key pair for an application.
pub struct NewKeyPair {
    /// PEM, PKCS#8.
    pub private: String,
    /// PEM, the form in which the Application API takes it.
    pub public: String,
}

impl NewKeyPair {
    /// Makes a pair from the operating system's randomness: tens of milliseconds, rarely half a second.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when the operating system gives no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        Self::of(&KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Unusable)?)
    }

    /// The pair that belongs to a private key.
    ///
    /// # Errors
    /// [`KeyError::NotPem`] when the text is not an RSA private key.
    pub fn from_private_pem(text: &str) -> Result<Self, KeyError> {
        let block = pem::parse(text).map_err(|_| KeyError::NotPem)?;
        let pair = KeyPair::from_pkcs8(block.contents()).or_else(|_| KeyPair::from_der(block.contents()));
        Self::of(&pair.map_err(|_| KeyError::NotPem)?)
    }

    fn of(pair: &KeyPair) -> Result<Self, KeyError> {
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Unusable)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| KeyError::Unusable)?;
        let encode = |tag: &str, der: &[u8]| {
            let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
            pem::encode_config(&pem::Pem::new(tag, der), config)
        };
        Ok(Self { private: encode("PRIVATE KEY", private.as_ref()), public: encode("PUBLIC KEY", public.as_ref()) })
    }
}

impl fmt::Debug for NewKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;

    const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
    const NOW: i64 = 1_795_226_880;

    /// Making a key is the slow part, so the tests share one.
    fn pair() -> &'static NewKeyPair {
        static PAIR: OnceLock<NewKeyPair> = OnceLock::new();
        PAIR.get_or_init(|| NewKeyPair::generate().unwrap())
    }

    fn claims(token: &str, algorithm: Algorithm) -> Map<String, Value> {
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        let key = DecodingKey::from_rsa_pem(pair().public.as_bytes()).unwrap();
        jsonwebtoken::decode(token, &key, &validation).unwrap().claims
    }

    #[test]
    fn an_application_token_has_the_documented_claims_and_no_user() {
        let key = ApplicationKey::from_pem(APPLICATION, &pair().private).unwrap();
        let token = key.application_token(NOW, "jti-1").unwrap();
        let expected = json!({ "application_id": APPLICATION, "iat": NOW, "exp": NOW + 300, "jti": "jti-1" });
        assert_eq!(Value::Object(claims(&token, Algorithm::RS256)), expected);
    }

    #[test]
    fn a_user_token_opens_its_paths_and_no_more() {
        let key = ApplicationKey::from_pem(APPLICATION, &pair().private).unwrap();
        let user = UserToken { name: "visitor-7", paths: &["/*/sessions/**", "/*/knocking/**"], seconds: 900 };
        let claims = claims(&key.user_token(&user, NOW, "jti-2").unwrap(), Algorithm::RS256);
        assert_eq!(claims["sub"], "visitor-7");
        assert_eq!(claims["exp"], NOW + 900);
        assert_eq!(claims["acl"], json!({ "paths": { "/*/sessions/**": {}, "/*/knocking/**": {} } }));
    }

    #[test]
    fn tokens_are_functions_of_their_arguments() {
        let key = ApplicationKey::from_pem(APPLICATION, &pair().private).unwrap();
        assert_eq!(key.application_token(NOW, "a"), key.application_token(NOW, "a"));
        assert_ne!(key.application_token(NOW, "a"), key.application_token(NOW, "b"));
    }

    #[test]
    fn reads_a_key_with_written_out_line_ends_and_refuses_what_is_no_key() {
        let escaped = pair().private.replace('\n', "\\n");
        assert!(ApplicationKey::from_pem(APPLICATION, &escaped).is_ok());
        for bad in ["", "secret", &pair().public, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
            assert!(ApplicationKey::from_pem(APPLICATION, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_public_half_can_be_derived() {
        assert_eq!(NewKeyPair::from_private_pem(&pair().private).unwrap().public, pair().public);
        assert!(matches!(NewKeyPair::from_private_pem("no key"), Err(KeyError::NotPem)));
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = ApplicationKey::from_pem(APPLICATION, &pair().private).unwrap();
        let shown = format!("{key:?} {:?}", pair());
        assert!(shown.contains(APPLICATION));
        assert!(!shown.contains("BEGIN PRIVATE KEY"));
        let secret_line = pair().private.lines().nth(3).unwrap();
        assert!(!shown.contains(secret_line));
    }
}
