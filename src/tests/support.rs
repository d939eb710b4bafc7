//! What several integration tests need: the real program as a child process, and webhooks signed as the platform does.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The signature secret that the tests give the program.
pub const SIGNATURE_SECRET: &str = "a-signature-secret-for-the-tests-only";

/// The running program. Dropping it kills it, without a chance to tidy up.
pub struct Program {
    child: Child,
    pub url: String,
    pub client: reqwest::Client,
}

impl Program {
    /// Starts `serve --sandbox` on free ports with everything it keeps in `folder`, and waits until it answers.
    pub async fn serve(folder: &Path) -> Self {
        let port = free_port();
        let database = format!("sqlite:{}", folder.join("switchboard.db").display());
        let child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .args(["serve", "--sandbox", "--sandbox-addr", "127.0.0.1:0", "--log", "warn"])
            .args(["--port", &port.to_string(), "--database-url", &database])
            .arg("--data-dir")
            .arg(folder)
            .env("VONAGE_SIGNATURE_SECRET", SIGNATURE_SECRET)
            .current_dir(folder)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test is its own composition root")]
        let client = reqwest::Client::new();
        let mut program = Self { child, url: format!("http://127.0.0.1:{port}"), client };
        for _ in 0..600 {
            if let Ok(answer) = program.client.get(format!("{}/readyz", program.url)).send().await
                && answer.status().is_success()
            {
                return program;
            }
            assert_eq!(program.child.try_wait().unwrap(), None, "the program ended while it was starting");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        unreachable!("the program did not become ready in 30 s");
    }

    /// SIGKILL: nothing in the program runs any more.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, as a service manager stops a program.
    pub fn terminate(mut self) -> std::process::ExitStatus {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The `Authorization` of a webhook with this body (Vonage signed webhooks: HS256, no `exp`).
pub fn signature(body: &str, jti: &str) -> String {
    let claims = json!({
        "iat": now_seconds(),
        "jti": jti,
        "iss": "Vonage",
        "payload_hash": hex::encode(Sha256::digest(body)),
    });
    let key = EncodingKey::from_secret(SIGNATURE_SECRET.as_bytes());
    format!("Bearer {}", jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the program under test reads the machine's clock")]
fn now_seconds() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

/// The answer webhook of call number `n`: a telephone dials the support number.
pub fn answer_webhook(n: usize) -> Value {
    json!({
        "to": "442079460000", "from": "447700900123", "endpoint_type": "phone",
        "uuid": leg(n), "conversation_uuid": conversation(n),
        "region_url": "https://api-us-3.vonage.com",
    })
}

pub fn conversation(n: usize) -> String {
    format!("CON-00000000-0000-4000-8000-{n:012}")
}

fn leg(n: usize) -> String {
    format!("{n:032x}")
}
