//! What our own program needs beside an address: a number that leads to an audio socket, and a token for each call, which
//! it gives with its answer to a signed webhook.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use switchboard::store::{NumberRow, Store};
use uuid::Uuid;

use crate::load::Target;
use crate::support::{API_KEY, APPLICATION_ID, SIGNATURE_SECRET};

const NUMBER: &str = "442079460007";

/// Makes the database, with a number that is echoed and recorded.
pub fn prepare(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&format!("sqlite:{}/switchboard.db", folder.display())).await.expect("a database");
        store.migrate().await.expect("tables");
        let row = NumberRow {
            number: NUMBER.into(),
            country: "GB".into(),
            features: "VOICE".into(),
            line: "audio-socket".into(),
            target: Some("echo+record".into()),
            reserved: false,
            created_at: 0,
            assigned_at: 0,
            used_at: None,
            language: None,
        };
        store.numbers().put(&row).await.expect("a number");
        store.close().await;
    });
}

/// As many callers as `count`, each with the path of its socket.
#[expect(clippy::disallowed_methods, reason = "the platform signs with the real time, and ids of its own")]
pub fn calls(addr: SocketAddr, count: usize, round: usize) -> Vec<Target> {
    let key = EncodingKey::from_secret(SIGNATURE_SECRET.as_bytes());
    let iat = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    let mut stream = TcpStream::connect(addr).expect("a connection");
    (0..count)
        .map(|n| {
            let conversation = format!("CON-{round}-{count}-{n}");
            let body = json!({
                "to": NUMBER, "from": format!("4477009{:05}", n % 100_000), "uuid": Uuid::new_v4().simple().to_string(),
                "conversation_uuid": conversation, "endpoint_type": "phone",
            })
            .to_string();
            let claims = json!({
                "iat": iat, "jti": Uuid::new_v4(), "iss": "Vonage",
                "payload_hash": hex::encode(Sha256::digest(&body)),
                "api_key": API_KEY, "application_id": APPLICATION_ID,
            });
            let token = jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token");
            let request = format!(
                "POST /webhooks/answer HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(request.as_bytes()).expect("a webhook goes out");
            let flow = answer(&mut stream);
            let uri = flow.as_array().and_then(|flow| flow.last()).map(|connect| &connect["endpoint"][0]["uri"]);
            let uri = uri.and_then(Value::as_str).unwrap_or_else(|| panic!("a socket, not {flow}"));
            let (_, rest) = uri.split_once("://").expect("a URL");
            let path = rest.find('/').map_or("/", |at| &rest[at..]).to_owned();
            Target { path, conversation }
        })
        .collect()
}

/// One answer of a connection that stays open.
fn answer(stream: &mut TcpStream) -> Value {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let came = stream.read(&mut piece).expect("an answer");
        assert!(came > 0, "the server closed the connection");
        read.extend_from_slice(&piece[..came]);
        let Some(head) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
            .unwrap_or_else(|| panic!("a length in {text}"));
        if read.len() >= head + 4 + length {
            return serde_json::from_slice(&read[head + 4..head + 4 + length]).expect("JSON");
        }
    }
}
