//! What several integration tests need: the real program as a child process, and webhooks signed as the platform does.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The signature secret that the tests give the program.
pub const SIGNATURE_SECRET: &str = "a-signature-secret-for-the-tests-only";

const PROGRAM: &str = env!("CARGO_BIN_EXE_switchboard");

/// The running program. Dropping it kills it, without a chance to tidy up.
pub struct Program {
    child: Child,
    pub url: String,
    /// Where its sandbox is.
    pub sandbox: String,
    pub client: reqwest::Client,
}

impl Program {
    /// Starts `serve --sandbox` on free ports with everything it keeps in `folder`, and waits until it answers.
    pub async fn serve(folder: &Path) -> Self {
        Self::start(Command::new(PROGRAM), folder, "warn", Stdio::inherit()).await
    }

    /// The same, logging everything at this level into `server.log` in the folder.
    pub async fn serve_logging(folder: &Path, level: &str) -> Self {
        let log = std::fs::File::create(folder.join("server.log")).unwrap();
        Self::start(Command::new(PROGRAM), folder, level, log.into()).await
    }

    /// The same, where the system allows it few open files: at first so many, and when it asks for more, `most`.
    pub async fn serve_with_files(folder: &Path, first: u32, most: u32) -> Self {
        let log = std::fs::File::create(folder.join("server.log")).unwrap();
        let mut shell = Command::new("sh");
        let limits = format!("ulimit -Sn {first} && ulimit -Hn {most} && exec \"$0\" \"$@\"");
        shell.args(["-c", &limits, PROGRAM]);
        Self::start(shell, folder, "warn", log.into()).await
    }

    async fn start(mut program: Command, folder: &Path, level: &str, errors: Stdio) -> Self {
        let (port, sandbox) = (free_port(), free_port());
        let database = format!("sqlite:{}", folder.join("switchboard.db").display());
        let child = program
            .args(["serve", "--sandbox", "--log", level, "--sandbox-addr", &format!("127.0.0.1:{sandbox}")])
            .args(["--port", &port.to_string(), "--database-url", &database])
            .arg("--data-dir")
            .arg(folder)
            .env("VONAGE_SIGNATURE_SECRET", SIGNATURE_SECRET)
            // A test has two telephones text each other faster than people do.
            .env("PRIVATE_TEXTS_PER_MINUTE", "0")
            .env("PRIVATE_SAME_TEXTS_PER_HOUR", "0")
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test is its own composition root")]
        let client = reqwest::Client::new();
        let url = |port| format!("http://127.0.0.1:{port}");
        let mut program = Self { child, url: url(port), sandbox: url(sandbox), client };
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

    /// A key for the JSON interfaces, made by the command beside the server.
    pub fn api_key(&self, folder: &Path) -> String {
        let database = format!("sqlite:{}", folder.join("switchboard.db").display());
        let made = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .args(["api-key", "create", "--name", "test", "--database-url", &database])
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap().split_whitespace().next_back().unwrap().to_owned()
    }

    /// Signs in as the sandbox's operator: the session's cookie.
    pub async fn operator(&self) -> String {
        let form = [("name", "Olivia")];
        // The answer is a redirect, and what counts is in its headers.
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let signed = client.post(format!("{}/api/sandbox-sign-in", self.url)).form(&form).send().await.unwrap();
        let cookies: Vec<&str> =
            signed.headers().get_all("set-cookie").iter().filter_map(|c| c.to_str().ok()).collect();
        cookies.iter().find_map(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned()
    }

    /// Writes down every live event of every call, as the operator's pages get them.
    pub async fn listen_to_calls(&self, into: Arc<Mutex<String>>) -> tokio::task::JoinHandle<()> {
        let cookie = self.operator().await;
        let mut stream =
            self.client.get(format!("{}/live/calls", self.url)).header("cookie", cookie).send().await.unwrap();
        assert_eq!(stream.status(), 200, "the operator's stream");
        tokio::spawn(async move {
            while let Ok(Some(chunk)) = stream.chunk().await {
                into.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk));
            }
        })
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
pub fn free_port() -> u16 {
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
pub fn now_seconds() -> i64 {
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
