//! What the benchmarks share: programs under test as child processes, and what they cost.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};

/// The account of the benchmarks. Nothing of it exists anywhere.
pub const API_KEY: &str = "bench123";
pub const SIGNATURE_SECRET: &str = "not-a-secret-only-for-the-benchmarks";
pub const APPLICATION_ID: &str = "78d335fa-323d-0114-9c3d-d6f0d48968cf";
pub const SUPPORT_NUMBER: &str = "442079460000";

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// The clock, in one place: everything here measures time.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// A program under test. It is stopped when this is dropped.
pub struct Server {
    pub addr: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts `command`, which will listen on `port`, and waits for `GET /healthz` to answer 200.
    /// Returns it with the time that took.
    pub fn start(mut command: Command, port: u16) -> (Self, Duration) {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let began = now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the program starts");
        let mut server = Self { addr, child };
        while !server.healthy() {
            if let Ok(Some(status)) = server.child.try_wait() {
                panic!("{command:?} ended with {status}");
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{command:?} does not answer");
            std::thread::sleep(Duration::from_micros(500));
        }
        (server, began.elapsed())
    }

    fn healthy(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.addr) else { return false };
        let mut answer = [0; 12];
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").is_ok()
            && stream.read_exact(&mut answer).is_ok()
            && answer == *b"HTTP/1.1 200"
    }

    /// Processor time used so far, in user and system mode.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("/proc");
        // The second field is the name in parentheses and may contain blanks; time is in ticks of 1/100 s.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<u64>().expect("ticks");
        Duration::from_millis(10 * (ticks(11) + ticks(12)))
    }

    /// Resident memory in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("/proc");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("VmRSS");
        1024 * line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("kB")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A child that is gone already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Our own program as it runs in production: real platform settings, a SQLite file, webhooks verified.
pub fn switchboard(port: u16, folder: &Path, core: Option<u8>) -> Command {
    let mut command = pinned(env!("CARGO_BIN_EXE_switchboard"), core);
    command.arg("serve").current_dir(folder).env_clear().envs([
        ("PORT", port.to_string()),
        ("DATA_DIR", folder.display().to_string()),
        ("DATABASE_URL", format!("sqlite:{}/switchboard.db", folder.display())),
        ("PUBLIC_URL", format!("http://127.0.0.1:{port}")),
        ("VONAGE_API_KEY", API_KEY.to_owned()),
        ("VONAGE_API_SECRET", "not-a-secret".to_owned()),
        ("VONAGE_APPLICATION_ID", APPLICATION_ID.to_owned()),
        ("VONAGE_PRIVATE_KEY", private_key()),
        ("VONAGE_SIGNATURE_SECRET", SIGNATURE_SECRET.to_owned()),
        ("SUPPORT_PHONE_NUMBER", SUPPORT_NUMBER.to_owned()),
        ("DESTINATION_PHONE_NUMBER", "447700900000".to_owned()),
        ("LOG", "warn".to_owned()),
    ]);
    command
}

/// `program`, on one processor when asked: a server and its load must not fight for the same one.
pub fn pinned(program: impl AsRef<Path>, core: Option<u8>) -> Command {
    let program = program.as_ref();
    match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &core.to_string()]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

fn private_key() -> String {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).expect("PKCS #8");
    pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref().to_vec()))
}

/// The middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// One line of a report: `name ratio=… bar=… ok|short`. `at_least` says on which side of the bar it is good to be.
#[expect(clippy::print_stdout, reason = "this is the report")]
pub fn report(name: &str, unit: &str, value: f64, bar: f64, at_least: bool) {
    let good = if at_least { value >= bar } else { value <= bar };
    println!("{name} {unit}={value:.2} bar={bar} {}", if good { "ok" } else { "short" });
}
