//! Answer webhooks as the platform sends them: one call each, signed, ready as bytes before the clock runs.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::support::{API_KEY, APPLICATION_ID, SIGNATURE_SECRET, SUPPORT_NUMBER};

/// `count` requests, no two of the same call.
#[expect(clippy::disallowed_methods, reason = "the platform signs with the real time, and ids of its own")]
pub fn requests(count: usize) -> Vec<Vec<u8>> {
    let key = EncodingKey::from_secret(SIGNATURE_SECRET.as_bytes());
    let iat = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    (0..count)
        .map(|n| {
            let body = json!({
                "to": SUPPORT_NUMBER,
                "from": format!("4477009{:05}", n % 100_000),
                "uuid": Uuid::new_v4().simple().to_string(),
                "conversation_uuid": format!("CON-{}", Uuid::new_v4()),
                "endpoint_type": "phone",
                "region_url": "https://api-eu-3.vonage.com",
            })
            .to_string();
            let claims = json!({
                "iat": iat,
                "jti": Uuid::new_v4(),
                "iss": "Vonage",
                "payload_hash": hex::encode(Sha256::digest(&body)),
                "api_key": API_KEY,
                "application_id": APPLICATION_ID,
            });
            let token = jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token");
            format!(
                "POST /webhooks/answer HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        })
        .collect()
}
