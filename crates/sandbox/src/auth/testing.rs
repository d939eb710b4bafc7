//! Tokens as a client makes them, for tests.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Signs any header and claims with a PKCS#8 PEM key.
pub fn sign(head: &Value, claims: &Value, private_key_pem: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
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
